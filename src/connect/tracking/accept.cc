/// Prepared events into the log: who it is about, then the event. Nothing is parsed here.
#include "connect/tracking/tracking.h"
#include "people/profile.h"

namespace koi::connect::tracking {
namespace {

constexpr std::size_t kAhead = 8;  // events

std::span<const people::Ident> idents_of(const Prepared& batch, const Item& item) {
  return std::span(batch.idents).subspan(item.first_ident, item.idents);
}

/// A refusal of one event; what the store cannot do now fails the whole request instead, so that it is sent again.
bool is_refusal(const Error& e) { return e.kind != Errc::internal && e.kind != Errc::unavailable && !e.code.starts_with("store."); }

Result<people::Resolved> resolve_item(Tx& tx, const Prepared& batch, const Item& item) {
  const auto idents = idents_of(batch, item);
  if (item.type == Type::alias) {
    // The old id is another user's when that is known, else an anonymous one.
    const people::Ident as_user{"user_id:" + batch.source, std::string(item.previous), true};
    TRY(const auto known, people::find(tx, as_user));
    if (known) {
      std::vector<people::Ident> both(idents.begin(), idents.end());
      for (auto& i : both) if (i.value == item.previous) i = as_user;
      return people::resolve(tx, both, item.evidence);
    }
  }
  auto found = people::resolve(tx, idents, item.evidence);
  if (!found && found.error().code == "people.raced") return fail(Errc::unavailable, "connect.try_again");
  return found;
}

Result<> set_traits(Tx& tx, const Prepared& batch, const Item& item, PersonId person) {
  if (item.traits == 0) return {};
  const auto from = batch.traits.begin() + item.first_trait;
  people::SetAttributes set{.person = person, .values = {}, .source = "sdk:" + batch.source, .at = item.at, .define_unknown = true};
  set.values.assign(from, from + item.traits);
  auto all = tx.nested([&] { return people::set_attributes(tx, set); });
  if (all || !is_refusal(all.error())) return all;
  // One trait of the wrong type does not cost the others.
  for (std::uint32_t i = 0; i < item.traits; ++i) {
    set.values.assign(from + i, from + i + 1);
    auto one = tx.nested([&] { return people::set_attributes(tx, set); });
    if (!one && !is_refusal(one.error())) return one;
  }
  return {};
}

Result<Outcome> accept_item(Tx& tx, const Prepared& batch, const Item& item) {
  if (!item.refused.empty()) return Outcome{events::Verdict::rejected, std::string(item.refused), {}};
  const auto who = resolve_item(tx, batch, item);
  if (!who) {
    if (!is_refusal(who.error())) return std::unexpected(who.error());
    return Outcome{events::Verdict::rejected, who.error().code, {}};
  }
  TRY(auto receipt, events::accept(tx, {.kind = item.kind, .person = who->person, .subject = 0, .at = item.at,
                                        .source = batch.source, .id = item.id, .props = item.props,
                                        .amount_fen = item.amount_fen, .raw_at = item.raw_at,
                                        .received_at = batch.received, .late = item.late,
                                        .hash = item.hash}));
  const bool fresh = receipt.verdict == events::Verdict::accepted || receipt.verdict == events::Verdict::late;
  if (fresh) { TRY(set_traits(tx, batch, item, who->person)); }
  return Outcome{receipt.verdict, std::move(receipt.code), std::move(receipt.pointer)};
}

}  // namespace

Result<std::vector<Outcome>> accept(Tx& tx, const Prepared& batch) {
  std::vector<Outcome> out;
  out.reserve(batch.items.size());
  for (std::size_t i = 0; i < batch.items.size(); ++i) {
    const auto& item = batch.items[i];
    if (i + kAhead < batch.items.size()) people::expect(tx, idents_of(batch, batch.items[i + kAhead]));
    TRY(auto one, accept_item(tx, batch, item));
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace koi::connect::tracking
