#include "entry/outcomes.h"

#include <algorithm>
#include <tuple>

namespace koi::entry {
namespace {

/// The outcome a deed of nobody's code counts for: the last that had begun by then.
Outcome* credited(std::vector<Outcome>& outcomes, Instant at) {
  Outcome* best = nullptr;
  for (auto& o : outcomes)
    if (o.added_at <= at && (best == nullptr || std::tuple(best->added_at, best->arrival) < std::tuple(o.added_at, o.arrival))) best = &o;
  return best;
}

void earliest(std::optional<Instant>& slot, Instant at) {
  if (!slot || at < *slot) slot = at;
}

void order(Outcome& o, Instant at, std::int64_t fen) {
  ++o.orders;
  o.order_fen += fen;
  if (!o.first_order_at || at < *o.first_order_at) {
    o.repeat_order_at = o.first_order_at;
    o.first_order_at = at;
  } else {
    earliest(o.repeat_order_at, at);
  }
}

/// Begins an outcome and says whether the friendship stands, from all words about it.
void befriend(Outcome& o, std::span<const Deed> deeds, bool& begun) {
  std::tuple<Instant, bool> last{};  // at one instant the parting is the later word
  for (const auto& d : deeds) {
    const bool word = d.kind == DeedKind::requested || d.kind == DeedKind::added;
    if (word && d.code == o.code && d.staff == o.staff) {
      if (!begun || d.at < o.added_at) o.added_at = d.at;
      begun = true;
      if (d.kind == DeedKind::added) earliest(o.accepted_at, d.at);
    }
    if (d.staff == o.staff && (d.kind == DeedKind::added || d.kind == DeedKind::deleted || d.kind == DeedKind::transferred))
      last = std::max(last, {d.at, d.kind != DeedKind::added});
  }
  if (!begun || !std::get<1>(last)) return;
  for (const auto& d : deeds)
    if (d.kind == DeedKind::deleted && d.staff == o.staff && d.at == std::get<0>(last) && d.at >= o.added_at) o.lost_at = d.at;
}

}  // namespace

void take_deed(std::vector<Outcome>& outcomes, const Deed& d) {
  if (d.kind == DeedKind::replied && d.staff) {
    for (auto& o : outcomes)
      if (o.staff == d.staff && o.added_at <= d.at) earliest(o.first_reply_at, d.at);
    return;
  }
  auto* o = credited(outcomes, d.at);
  if (o == nullptr) return;
  switch (d.kind) {
    case DeedKind::replied: earliest(o->first_reply_at, d.at); break;
    case DeedKind::grouped: earliest(o->group_at, d.at); break;
    case DeedKind::ordered: order(*o, d.at, d.fen); break;
    case DeedKind::refunded: o->order_fen -= d.fen; break;
    default: break;
  }
}

std::vector<Outcome> fold_deeds(std::span<const Outcome> arrivals, std::vector<Deed> deeds) {
  std::vector<Outcome> out;
  for (const auto& arrival : arrivals) {
    // Two nodes of one person who came through the same code to the same guide are one arrival.
    if (std::ranges::any_of(out, [&](const Outcome& o) { return o.code == arrival.code && o.staff == arrival.staff; })) continue;
    auto o = arrival;
    bool begun = false;
    befriend(o, deeds, begun);
    if (begun) out.push_back(std::move(o));
  }
  for (const auto& d : deeds) take_deed(out, d);
  return out;
}

void Sums::add(const Sums& o, std::int64_t times) {
  boost::mp11::mp_for_each<boost::describe::describe_members<Sums, boost::describe::mod_public>>(
      [&](auto d) { this->*d.pointer += times * (o.*d.pointer); });
}

void SumBook::count(const Outcome& o, std::int64_t times) {
  const auto n = [](const auto& slot) { return slot ? std::int64_t{1} : std::int64_t{0}; };
  Sums one;
  one.adds = 1;
  one.accepted = n(o.accepted_at);
  one.replied = n(o.first_reply_at);
  one.grouped = n(o.group_at);
  one.ordered = n(o.first_order_at);
  one.repeated = n(o.repeat_order_at);
  one.lost = n(o.lost_at);
  one.orders = o.orders;
  one.order_fen = o.order_fen;
  at({o.code, o.day, o.hour, o.staff}).add(one, times);
}

Result<> SumBook::write(Tx& tx) {
  static constexpr std::string_view kPut =
      "INSERT INTO entry_code_day (code_id, day, hour, staff_id, scans, visitors, shown, adds, accepted, replied, grouped, ordered, repeated, lost, orders, order_fen) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) ON CONFLICT (code_id, day, hour, staff_id) DO UPDATE SET "
      "scans = entry_code_day.scans + excluded.scans, visitors = entry_code_day.visitors + excluded.visitors, shown = entry_code_day.shown + excluded.shown, adds = entry_code_day.adds + excluded.adds, "
      "accepted = entry_code_day.accepted + excluded.accepted, replied = entry_code_day.replied + excluded.replied, "
      "grouped = entry_code_day.grouped + excluded.grouped, ordered = entry_code_day.ordered + excluded.ordered, "
      "repeated = entry_code_day.repeated + excluded.repeated, lost = entry_code_day.lost + excluded.lost, "
      "orders = entry_code_day.orders + excluded.orders, order_fen = entry_code_day.order_fen + excluded.order_fen";
  for (const auto& [k, s] : sums_) {
    if (s == Sums{}) continue;
    TRY(tx.exec(kPut, k.code, k.day, k.hour, k.staff.v, s.scans, s.visitors, s.shown, s.adds, s.accepted, s.replied, s.grouped, s.ordered, s.repeated, s.lost,
                s.orders, s.order_fen));
  }
  sums_.clear();
  return {};
}

}  // namespace koi::entry
