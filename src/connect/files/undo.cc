/// Taking an import back, in bounded steps: each is one transaction that forgets its own effect row, so a kill loses
/// nothing and repeats nothing.
#include <unordered_set>

#include "connect/files/job.h"
#include "events/events.h"
#include "people/known.h"
#include "people/profile.h"
#include "people/stages.h"
#include "people/tags.h"

namespace koi::connect::files {
namespace {

struct Effect {
  std::int64_t first_row = 0;
  std::string kind;
  store::Blob ids;
};
BOOST_DESCRIBE_STRUCT(Effect, (), (first_row, kind, ids))

// Orders go before what is known about their buyers, and that before the buyers themselves.
constexpr std::string_view kNext =
    "SELECT first_row, kind, ids FROM import_effect WHERE import_id = $1 ORDER BY CASE kind WHEN 'order' THEN 1 "
    "WHEN 'order_changed' THEN 2 WHEN 'profile' THEN 3 ELSE 4 END, first_row DESC LIMIT 1";
constexpr std::string_view kForget = "DELETE FROM import_effect WHERE import_id = $1 AND first_row = $2 AND kind = $3";
constexpr std::string_view kLaterChanges =
    "SELECT e.ids FROM import_effect e JOIN import_job j ON j.id = e.import_id "
    "WHERE e.kind = 'order_changed' AND e.import_id > $1 AND j.state <> 'undone'";
constexpr std::string_view kNames = "SELECT name FROM import_name WHERE import_id = $1 AND kind = $2 ORDER BY name";
constexpr std::string_view kForgetNames = "DELETE FROM import_name WHERE import_id = $1";
constexpr std::string_view kUndone = "UPDATE import_job SET state = 'undone', ended_at = $2 WHERE id = $1 AND state = 'undoing'";

// Whether anything but this import speaks of the person.
constexpr std::string_view kForeignIdentifiers =
    "SELECT COUNT(*) FROM identifier WHERE person_id = $1 AND SUBSTR(evidence, 1, $2) <> $3";
constexpr std::string_view kMerged = "SELECT COUNT(*) FROM person WHERE merged_into = $1 OR (id = $1 AND merged_into IS NOT NULL)";
constexpr std::string_view kForeignValues = "SELECT COUNT(*) FROM attribute_value WHERE person_id = $1 AND source <> $2 AND value <> ''";
constexpr std::string_view kInvited = "SELECT COUNT(*) FROM person WHERE inviter_id = $1";
constexpr std::string_view kDropShown = "DELETE FROM person_attribute WHERE person_id = $1";
constexpr std::string_view kDropKey = "DELETE FROM person_key WHERE person_id = $1";
constexpr std::string_view kDropPerson = "DELETE FROM person WHERE id = $1";

/// Rows that follow a person; those of the first kind go with one this import made, any other keeps the person.
bool goes_along(std::string_view table) {
  for (const auto t : {"identifier", "identifier_past", "attribute_value", "attribute_history", "search_token",
                       "customer_value", "owner_history", "consent_entry", "invite_edge", "reveal"}) {
    if (table == t) return true;
  }
  return false;
}
struct Table { std::string count, drop; bool along; };
/// Built once: the store knows a statement by the address of its text.
const std::vector<Table>& tables() {
  static const auto all = [] {
    std::vector<Table> out;
    for (const auto& t : people::followers()) {
      out.push_back({"SELECT COUNT(*) FROM " + t + " WHERE person_id = $1", "DELETE FROM " + t + " WHERE origin_id = $1", goes_along(t)});
    }
    return out;
  }();
  return all;
}

/// Kinds that the log keeps of orders, profiles and identities: they do not make somebody's person of it.
bool is_own_trace(std::string_view kind) {
  for (const auto prefix : {"order_", "refund_", "tag_", "consent_", "identity_", "referral_", "stage_", "person_", "attribute_", "owner_", "segment_"}) {
    if (kind.starts_with(prefix)) return true;
  }
  return false;
}

class Undo {
 public:
  Undo(Tx& tx, const Job& job, const std::unordered_set<std::int64_t>& changed)
      : tx_(tx), job_(job), changed_(changed), source_(effect_source(job.id)) {}

  /// One effect row: the place in the file it stands for; nothing when none is left.
  Result<std::optional<std::int64_t>> step() {
    TRY(const auto effect, tx_.maybe<Effect>(kNext, job_.id));
    if (!effect) return std::nullopt;
    const auto ids = unpack_ids(effect->ids.bytes);
    if (effect->kind == "order") { TRY(orders(ids)); }
    if (effect->kind == "profile") { TRY(profiles(ids)); }
    if (effect->kind == "person") { TRY(persons(ids)); }
    TRY(tx_.exec(kForget, job_.id, effect->first_row, effect->kind));
    return effect->first_row;
  }

 private:
  Result<> orders(std::span<const std::int64_t> ids) {
    for (const auto id : ids) {
      if (changed_.contains(id)) continue;
      auto removed = commerce::remove_order(tx_, commerce::OrderId{id});
      if (!removed && removed.error().kind != Errc::not_found) return removed;
    }
    return {};
  }

  Result<> profiles(std::span<const std::int64_t> ids) {
    TRY(const auto attributes, tx_.all<std::string>(kNames, job_.id, "attribute"));
    TRY(const auto tags, tx_.all<std::string>(kNames, job_.id, "tag"));
    people::SetAttributes clear{.person = {}, .values = {}, .source = source_, .at = tx_.now(), .define_unknown = false};
    for (const auto& a : attributes) clear.values.emplace_back(a, std::string());
    for (const auto id : ids) {
      const auto root = people::root_of(tx_, PersonId{id});
      if (!root) continue;  // erased or taken back meanwhile
      clear.person = *root;
      if (!clear.values.empty()) { TRY(people::set_attributes(tx_, clear)); }
      if (!tags.empty()) { TRY(untag(*root)); }
    }
    return {};
  }

  /// Only the tags of this very import: an earlier one may have given the same.
  Result<> untag(PersonId root) {
    TRY(const auto held, people::tags_of(tx_, root));
    for (const auto& tag : held) {
      if (tag.source == "import" && tag.by_whom == to_text(job_.id)) { TRY(people::take_tag(tx_, root, tag.tag, "import", "undo")); }
    }
    return {};
  }

  Result<> persons(std::span<const std::int64_t> ids) {
    bool dropped = false;
    for (const auto id : ids) {
      TRY(const bool ours, only_ours(PersonId{id}));
      if (!ours) continue;
      for (const auto& t : tables()) { TRY(tx_.exec(t.drop, id)); }
      TRY(people::forget_stages(tx_, PersonId{id}));
      for (const auto sql : {kDropShown, kDropKey, kDropPerson}) { TRY(tx_.exec(sql, id)); }
      // Whoever keeps people by number (segments, columns) learns from the log that this one is nobody.
      TRY(events::append(tx_, {.kind = "data_erased", .person = PersonId{id}}));
      dropped = true;
    }
    // What this process remembers of identifiers may lead to somebody who is gone.
    if (auto* known = people::Known::of(tx_); dropped && known != nullptr) known->forget_all();
    return {};
  }

  Result<bool> only_ours(PersonId person) {
    TRY(const auto identifiers, tx_.one<std::int64_t>(kForeignIdentifiers, person, source_.size() + 1, source_ + ":"));
    TRY(const auto merged, tx_.one<std::int64_t>(kMerged, person));
    TRY(const auto values, tx_.one<std::int64_t>(kForeignValues, person, source_));
    TRY(const auto invited, tx_.one<std::int64_t>(kInvited, person));
    if (identifiers + merged + values + invited > 0) return false;
    for (const auto& t : tables()) {
      if (t.along) continue;
      TRY(const auto rows, tx_.one<std::int64_t>(t.count, person));
      if (rows > 0) return false;
    }
    const std::array<PersonId, 1> who{person};
    TRY(const auto seen, events::timeline(tx_, {.people = who, .limit = 200}));
    for (const auto& e : seen) if (!is_own_trace(e.kind)) return false;
    return seen.size() < 200;
  }

  Tx& tx_;
  const Job& job_;
  const std::unordered_set<std::int64_t>& changed_;
  std::string source_;
};

}  // namespace

Result<Progress> run_undo(Db& db, ImportId import, const RunOptions& options) {
  TRY(const auto job, db.read([&](Tx& tx) { return load_job(tx, import); }));
  if (job.state != "undoing") return fail(Errc::conflict, "connect.import_state", job.state);
  std::unordered_set<std::int64_t> changed;
  TRY(db.read([&](Tx& tx) -> Result<> {
    return tx.each<std::string>(kLaterChanges, [&](std::string&& ids) -> Result<> {
      for (const auto id : unpack_ids(ids)) changed.insert(id);
      return {};
    }, import);
  }));
  Progress progress{.state = "undoing"};
  const ShardKey shard{static_cast<std::uint64_t>(import.v)};
  for (std::int64_t n = 0;; ++n) {
    if ((options.stop != nullptr && *options.stop) || (options.batches_max > 0 && n == options.batches_max)) return progress;
    TRY(const auto from, db.write([&](Tx& tx) { return Undo(tx, job, changed).step(); }, shard));
    if (!from) break;
    progress.rows_done = std::max(progress.rows_done, job.row_at - *from);  // kinds one after the other, each from the end
    if (options.on_progress) options.on_progress(progress);
  }
  TRY(db.write([&](Tx& tx) -> Result<> {
    TRY(tx.exec(kForgetNames, import));
    TRY(tx.exec(kUndone, import, tx.now()));
    return {};
  }, shard));
  progress.state = "undone";
  return progress;
}

}  // namespace koi::connect::files
