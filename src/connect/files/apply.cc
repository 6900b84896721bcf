/// One batch into the store: its effects, its error lines, what undo needs, and the job's place, in one transaction.
#include "connect/files/job.h"

#include "base/text.h"
#include "events/events.h"
#include "people/attributes.h"
#include "people/profile.h"
#include "team/team.h"

namespace koi::connect::files {
namespace {

constexpr std::string_view kMove =
    "UPDATE import_job SET row_at = row_at + $3, byte_at = $4, good = good + $5, bad = bad + $6, "
    "orders_made = orders_made + $7, orders_changed = orders_changed + $8, people_made = people_made + $9, "
    "events_made = events_made + $10, repeats = repeats + $11 WHERE id = $1 AND row_at = $2 AND state = $12";
constexpr std::string_view kAddErrors =
    "INSERT INTO import_error (import_id, first_row, lines, csv) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kAddEffect =
    "INSERT INTO import_effect (import_id, first_row, kind, ids) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kAddName =
    "INSERT INTO import_name (import_id, kind, name) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

struct Effects {
  std::vector<std::int64_t> orders, orders_changed, people, profiles;
  std::vector<std::pair<std::string_view, std::string>> names;  // kind, name
  bool named(std::string_view kind, std::string_view name) {
    for (const auto& n : names) if (n.first == kind && n.second == name) return true;
    names.emplace_back(kind, name);
    return false;
  }
};

/// One batch at work.
class Applying {
 public:
  Applying(Tx& tx, const Job& job, Batch& batch) : tx_(tx), job_(job), batch_(batch), source_(effect_source(job.id)) {}

  Result<> order(OrderItem& item) {
    TRY(buyer(item));
    TRY(const auto done, commerce::upsert_order(tx_, item.order));
    count(item, done);
    return {};
  }

  /// All orders at once. Buyers first: one of them may turn out to be the same person as an earlier one.
  Result<> orders() {
    for (auto& item : batch_.orders) { TRY(buyer(item)); }
    if (merged_) {
      for (auto& item : batch_.orders)
        if (item.order.person) { TRY(item.order.person, people::root_of(tx_, item.order.person)); }
    }
    std::vector<const commerce::OrderIn*> all;
    for (const auto& item : batch_.orders) all.push_back(&item.order);
    TRY(const auto done, commerce::upsert_orders(tx_, all));
    for (std::size_t i = 0; i < done.size(); ++i) count(batch_.orders[i], done[i]);
    return {};
  }

  Result<> customer(CustomerItem& item) {
    const auto at = item.at == Instant{} ? tx_.now() : item.at;
    TRY(const auto who, person(item.who, item.row.line, at));
    if (!item.tags.empty()) {
      TRY(people::tag_person(tx_, {.person = who, .tags = item.tags, .source = source_, .expires = {}, .create = true, .why = {}}));
      for (const auto& tag : item.tags) effects_.named("tag", tag);
      effects_.profiles.push_back(who.v);
    }
    if (item.consent) {
      TRY(people::record_consent(tx_, {.person = who, .channel = "sms", .purpose = "marketing", .granted = *item.consent,
                                       .evidence = evidence(item.row.line), .notice_version = {}, .at = at}));
    }
    TRY(place(item, who, at));
    if (item.inviter) {
      TRY(const auto inviter, people::resolve(tx_, {&*item.inviter, 1}, evidence(item.row.line)));
      note(inviter);
      TRY(people::set_inviter(tx_, who, inviter.person, at));
    }
    ++done_.good;
    return {};
  }

  Result<> event(EventItem& item) {
    TRY(const auto who, person(item.who, item.row.line, item.at));
    TRY(const auto receipt, events::accept(tx_, {.kind = item.kind, .person = who, .subject = 0, .at = item.at,
                                                 .source = job_.source, .id = item.id, .props = item.props,
                                                 .amount_fen = item.amount_fen, .raw_at = {}, .received_at = {}, .late = false}));
    if (receipt.verdict == events::Verdict::rejected || receipt.verdict == events::Verdict::quarantined) {
      return fail(Errc::invalid, receipt.code, receipt.pointer);
    }
    ++(receipt.verdict == events::Verdict::duplicate ? done_.repeats : done_.events_made);
    ++done_.good;
    return {};
  }

  /// Custom columns nobody has seen become text attributes that keep their header as label.
  Result<> define_attributes() {
    if (batch_.attributes.empty()) return {};
    TRY(const auto defs, people::attribute_defs(tx_));
    for (const auto& [key, label] : batch_.attributes) {
      if (people::find_def(defs, key) != nullptr) continue;
      auto made = people::define_attribute(tx_, {.key = key, .zh = std::string(take_chars(label, 20)), .en = key});
      if (!made && made.error().kind == Errc::internal) return std::unexpected(made.error());
    }
    return {};
  }

  /// Runs one item so that its refusal undoes only itself and becomes error lines.
  template <class Item, class Step>
  Result<> guarded(Item& item, std::span<const Origin> rows, Step step) {
    const auto done = done_;
    const auto people = effects_.people.size(), profiles = effects_.profiles.size();
    auto ran = tx_.nested([&] { return (this->*step)(item); });
    if (ran) return {};
    const auto& e = ran.error();  // the store's own trouble is nobody's bad row
    if (e.kind == Errc::internal || e.kind == Errc::unavailable || e.code.starts_with("store.")) return ran;
    done_ = done;
    effects_.people.resize(people);
    effects_.profiles.resize(profiles);
    const auto& header = batch_header();
    for (const auto& row : rows) {
      append_error(batch_.errors, header, batch_.cells(row), row.line, {}, ran.error().detail,
                   std::string(fault_text(Fault::refused).zh) + " / " + std::string(fault_text(Fault::refused).en) + " (" +
                       ran.error().code + ")");
      ++refused_;
    }
    return {};
  }

  Result<Done> finish(std::string_view state) {
    done_.bad = batch_.bad + refused_;
    TRY(const auto moved, tx_.exec(kMove, job_.id, batch_.first_row, batch_.rows, batch_.bytes, done_.good, done_.bad,
                                   done_.orders_made, done_.orders_changed, done_.people_made, done_.events_made,
                                   done_.repeats, state));
    if (moved == 0) return fail(Errc::conflict, "connect.import_moved");
    if (!batch_.errors.empty()) { TRY(tx_.exec(kAddErrors, job_.id, batch_.first_row, done_.bad, batch_.errors)); }
    TRY(keep("order", effects_.orders));
    TRY(keep("order_changed", effects_.orders_changed));
    TRY(keep("person", effects_.people));
    TRY(keep("profile", effects_.profiles));
    for (const auto& [kind, name] : effects_.names) { TRY(tx_.exec(kAddName, job_.id, kind, name)); }
    return done_;
  }
  void count_checked() { done_.good = batch_.rows - batch_.bad; }

 private:
  std::string evidence(std::int64_t line) const { return source_ + ":line " + std::to_string(line); }
  std::size_t batch_header() const { return batch_.columns; }

  Result<> buyer(OrderItem& item) {
    item.order.person = {};
    if (item.buyer.idents.empty()) return {};
    auto found = person(item.buyer, item.rows.front().line, item.order.at);
    // "0", "-" or "none" for a buyer: the order counts, its buyer stays unknown.
    if (!found && found.error().code != "people.no_identifier") return std::unexpected(std::move(found).error());
    if (found) item.order.person = *found;
    return {};
  }

  void count(const OrderItem& item, const commerce::Upserted& done) {
    const auto rows = static_cast<std::int64_t>(item.rows.size());
    done_.good += rows;
    if (done.created) { ++done_.orders_made; effects_.orders.push_back(done.order.v); }
    else if (done.changed) { ++done_.orders_changed; effects_.orders_changed.push_back(done.order.v); }
    else done_.repeats += rows;
  }

  void note(const people::Resolved& who) {
    merged_ = merged_ || who.merged;
    if (!who.created) return;
    ++done_.people_made;
    effects_.people.push_back(who.person.v);
  }

  Result<PersonId> person(const Profile& who, std::int64_t line, Instant at) {
    TRY(const auto found, people::resolve(tx_, who.idents, evidence(line)));
    note(found);
    if (!who.attributes.empty()) {
      TRY(people::set_attributes(tx_, {.person = found.person, .values = who.attributes, .source = source_, .at = at,
                                       .define_unknown = true}));
      for (const auto& [key, value] : who.attributes) effects_.named("attribute", key);
      if (effects_.profiles.empty() || effects_.profiles.back() != found.person.v) effects_.profiles.push_back(found.person.v);
    }
    return found.person;
  }

  /// Owner and store by the merchant's own numbers; a name nobody knows stays as an attribute, so nothing is lost.
  Result<> place(const CustomerItem& item, PersonId who, Instant at) {
    StaffId owner;
    std::string path;
    std::vector<std::pair<std::string, std::string>> unknown;
    if (!item.store.empty()) {
      TRY(const auto unit, team::unit_by_code(tx_, item.store));
      if (unit) path = unit->path;
      else unknown.emplace_back("store_name", item.store);
    }
    if (!item.owner.empty()) {
      TRY(const auto staff, team::staff_by_wecom(tx_, item.owner));
      if (staff) { owner = staff->id; path = staff->unit_path; }
      else unknown.emplace_back("owner_name", item.owner);
    }
    if (!path.empty()) { TRY(people::assign_owner(tx_, who, owner, path)); }
    if (unknown.empty()) return {};
    for (const auto& [key, value] : unknown) effects_.named("attribute", key);
    return people::set_attributes(tx_, {.person = who, .values = unknown, .source = source_, .at = at, .define_unknown = true});
  }

  Result<> keep(std::string_view kind, const std::vector<std::int64_t>& ids) {
    if (ids.empty()) return {};
    TRY(tx_.exec(kAddEffect, job_.id, batch_.first_row, kind, store::Blob{pack_ids(ids)}));
    return {};
  }

  Tx& tx_;
  const Job& job_;
  Batch& batch_;
  std::string source_;
  Effects effects_;
  Done done_;
  std::int64_t refused_ = 0;
  bool merged_ = false;
};

}  // namespace

Result<Done> apply_batch(Tx& tx, const Job& job, Batch& batch, bool careful) {
  Applying a(tx, job, batch);
  TRY(a.define_attributes());
  if (careful) {
    for (auto& item : batch.orders) { TRY(a.guarded(item, item.rows, &Applying::order)); }
  } else {
    TRY(a.orders());
  }
  for (auto& item : batch.customers) {
    TRY(careful ? a.guarded(item, {&item.row, 1}, &Applying::customer) : a.customer(item));
  }
  for (auto& item : batch.events) {
    TRY(careful ? a.guarded(item, {&item.row, 1}, &Applying::event) : a.event(item));
  }
  return a.finish("running");
}

Result<Done> check_batch(Tx& tx, const Job& job, Batch& batch) {
  Applying a(tx, job, batch);
  a.count_checked();
  return a.finish("checking");
}

}  // namespace koi::connect::files
