#include "insight/earlier.h"

#include <algorithm>
#include <unordered_map>

namespace koi::insight {
namespace {

// An edge that changed since has its state from the history; the others still stand as they stood.
#define KOI_EDGE_THEN(column)                                                                                           \
  "CASE WHEN r.at <= $1 THEN r." column " ELSE (SELECT h." column " FROM relation_history h WHERE h.origin_id = r.origin_id" \
  " AND h.kind = r.kind AND h.other = r.other AND h.at <= $1 ORDER BY h.at DESC, h.state LIMIT 1) END"
constexpr std::string_view kTies =
    "SELECT r.person_id, r.kind, r.other, " KOI_EDGE_THEN("state") ", " KOI_EDGE_THEN("at")
    " FROM relation r WHERE r.first_at <= $1";
// The last word of a channel by then, with a way to meet the person there by then.
constexpr std::string_view kReachable =
    "SELECT DISTINCT c.person_id FROM consent_entry c WHERE c.purpose = 'marketing' AND c.granted = 1 AND c.evidence <> ''"
    " AND c.at <= $1 AND NOT EXISTS (SELECT 1 FROM consent_entry n WHERE n.person_id = c.person_id AND n.channel = c.channel"
    "   AND n.purpose = c.purpose AND n.at <= $1 AND (n.at > c.at OR (n.at = c.at AND (n.granted = 0 OR n.evidence = ''))))"
    " AND CASE WHEN c.channel IN ('wecom', 'mp', 'mini') THEN EXISTS (SELECT 1 FROM relation r WHERE r.person_id = c.person_id"
    "   AND r.kind = 'staff' AND r.first_at <= $1 AND (r.channel = c.channel OR (r.channel = '' AND c.channel = 'wecom'))"
    "   AND " KOI_EDGE_THEN("state") " = 'active')"
    " ELSE EXISTS (SELECT 1 FROM identifier i WHERE i.person_id = c.person_id AND i.first_at <= $1"
    "   AND i.ns = CASE WHEN c.channel IN ('sms', 'phone') THEN 'phone_e164' ELSE 'email' END) END";
constexpr std::string_view kOptedOut =
    "SELECT person_id FROM consent_entry WHERE purpose = 'marketing' AND granted = 0 AND at > $1 AND at <= $2";
constexpr std::string_view kInvitedSince = "SELECT person_id FROM invite_edge WHERE at > $1";

Result<> turn_back_ties(Tx& tx, People& people, std::int64_t then) {
  std::unordered_map<std::int64_t, std::vector<std::int64_t>> friends;  // staff, people
  const std::array<store::Param, 1> params{then};
  TRY(tx.each_raw(kTies, params, [&](const store::Statement& s) -> Result<> {
    auto* who = people.find(s.integer(0));
    if (who == nullptr || s.is_null(3)) return {};
    const auto state = s.text(3);
    if (state == "active" || state == "joined") {
      who->connected = true;
      if (s.text(1) == "staff") friends[s.integer(2)].push_back(who->id);
    } else if (state != "transferred" && s.integer(4) > then - 7 * kDayMs) {
      who->lost_week = true;
    }
    return {};
  }));
  for (auto& [staff, theirs] : friends) {
    std::ranges::sort(theirs);
    people.staff_friends.push_back(std::ranges::unique(theirs).begin() - theirs.begin());
  }
  return {};
}

}  // namespace

Result<> turn_back(Tx& tx, People& people, Instant at) {
  const auto then = to_ms(at);
  std::erase_if(people.rows, [&](const Who& who) { return who.first_seen > then; });
  for (auto& who : people.rows) who.connected = who.reachable = who.lost_week = false;
  people.staff_friends.clear();
  TRY(turn_back_ties(tx, people, then));
  const std::array<store::Param, 1> until{then};
  const std::array<store::Param, 2> week{then - 7 * kDayMs, then};
  TRY(tx.each_raw(kReachable, until, [&](const store::Statement& s) -> Result<> {
    if (auto* who = people.find(s.integer(0))) who->reachable = true;
    return {};
  }));
  TRY(tx.each_raw(kOptedOut, week, [&](const store::Statement& s) -> Result<> {
    if (auto* who = people.find(s.integer(0))) who->lost_week = true;
    return {};
  }));
  return tx.each_raw(kInvitedSince, until, [&](const store::Statement& s) -> Result<> {
    if (auto* who = people.find(s.integer(0))) who->inviter = 0;
    return {};
  });
}

Result<Before> before_of(Tx& tx, People people, std::vector<Sale> sales, const Calendar& calendar, Instant then) {
  Before out{.as_of = then, .days = kBeforeDays, .figures = {}};
  TRY(turn_back(tx, people, then));
  std::erase_if(sales, [&](const Sale& sale) { return sale.at > to_ms(then); });
  if (people.rows.empty() && sales.empty()) return out;
  const auto t = triangle_of(people, sales, calendar, then);
  for (const auto* n : figures_of(t))
    if (n->value) out.figures.emplace(n->metric, *n->value);
  return out;
}

}  // namespace koi::insight
