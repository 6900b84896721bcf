#include "insight/facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "store/trail.h"

namespace koi::insight {
namespace {

constexpr std::string_view kSales =
    "SELECT o.person_id, o.ordered_at, o.net_fen, o.counts, CASE WHEN v.first_order_id = o.id THEN 1 ELSE 0 END"
    " FROM shop_order o LEFT JOIN customer_value v ON v.origin_id = o.origin_id";
constexpr std::string_view kSalesInScope =
    "SELECT o.person_id, o.ordered_at, o.net_fen, o.counts, CASE WHEN v.first_order_id = o.id THEN 1 ELSE 0 END"
    " FROM shop_order o JOIN person p ON p.id = o.person_id LEFT JOIN customer_value v ON v.origin_id = o.origin_id"
    " WHERE " KOI_INSIGHT_SCOPE("p");
constexpr std::string_view kPeople =
    "SELECT p.id, p.first_seen_at, p.inviter_id, COALESCE(p.channel, ''), p.stage, p.acquired_at, p.retained_at,"
    " p.converted_at, p.repurchased_at, p.referred_at FROM person p WHERE p.merged_into IS NULL AND " KOI_INSIGHT_SCOPE("p")
    " ORDER BY p.id";
constexpr std::string_view kRelations = "SELECT person_id, kind, other, state, at FROM relation";
constexpr std::string_view kReachable = "SELECT person_id FROM reachability WHERE purpose = 'marketing'";
constexpr std::string_view kOptedOut =
    "SELECT person_id FROM consent_entry WHERE purpose = 'marketing' AND granted = 0 AND at > $1 AND at <= $2";

constexpr std::string_view kStages[] = {"prospect", "new", "active", "dormant", "lost"};
constexpr std::int64_t kCalendarDaysMax = 200 * 366;

bool before(const Sale& a, const Sale& b) {
  if (a.person != b.person) return a.person < b.person;
  if (a.at != b.at) return a.at < b.at;
  return a.node_first > b.node_first;
}

/// Ties of people to staff and groups: who stands, who left this week, and when the last tie of the lost ones broke.
Result<> load_ties(Tx& tx, People& people) {
  std::vector<std::pair<std::int64_t, std::int64_t>> friends;  // staff, person
  std::vector<std::int64_t> broke(people.rows.size(), 0);
  const auto now = to_ms(tx.now());
  TRY(tx.each_raw(kRelations, {}, [&](const store::Statement& s) -> Result<> {
    auto* who = people.find(s.integer(0));
    if (who == nullptr) return {};
    const auto state = s.text(3);
    const auto at = s.integer(4);
    if (state == "active" || state == "joined") {
      who->connected = true;
      if (s.text(1) == "staff") friends.emplace_back(s.integer(2), who->id);
    } else if (state != "transferred") {
      auto& last = broke[static_cast<std::size_t>(who - people.rows.data())];
      last = std::max(last, at);
      if (at > now - 7 * kDayMs && at <= now) who->lost_week = true;
    }
    return {};
  }));
  std::ranges::sort(friends);
  friends.erase(std::ranges::unique(friends).begin(), friends.end());
  for (std::size_t i = 0; i < friends.size(); ++i) {
    if (i == 0 || friends[i].first != friends[i - 1].first) people.staff_friends.push_back(0);
    ++people.staff_friends.back();
  }
  for (std::size_t i = 0; i < broke.size(); ++i)
    if (broke[i] != 0 && !people.rows[i].connected) people.lost.push_back({broke[i], people.rows[i].channel});
  return {};
}

Result<> load_consent(Tx& tx, People& people) {
  TRY(tx.each_raw(kReachable, {}, [&](const store::Statement& s) -> Result<> {
    if (auto* who = people.find(s.integer(0))) who->reachable = true;
    return {};
  }));
  const std::array<store::Param, 2> week{to_ms(tx.now()) - 7 * kDayMs, to_ms(tx.now())};
  return tx.each_raw(kOptedOut, week, [&](const store::Statement& s) -> Result<> {
    if (auto* who = people.find(s.integer(0))) who->lost_week = true;
    return {};
  });
}

/// The five steps a person may have reached, columns 5 to 9, and the days between two that follow each other. The path
/// ends before the first step that is missing: a later one counts as reached, not as walked.
void take_path(People& people, const store::Statement& s) {
  bool walked = true;
  for (int step = 0; step < 5; ++step) {
    const auto at = static_cast<std::size_t>(step);
    if (s.is_null(5 + step)) {
      walked = false;
      continue;
    }
    ++people.reached[at];
    if (!walked) continue;
    ++people.path[at];
    if (step == 0) continue;
    const auto days = static_cast<float>(s.integer(5 + step) - s.integer(4 + step)) / static_cast<float>(kDayMs);
    if (days >= 0) people.path_days[at - 1].push_back(days);
  }
}

}  // namespace

ScopeParams::ScopeParams(const Scope& scope)
    : unlimited(scope.unlimited()), staff(scope.reach() == Reach::own ? scope.staff() : StaffId{}),
      path(scope.reach() == Reach::own || scope.unlimited() ? std::string() : scope.unit_path()) {}
std::string ScopeParams::key() const {
  if (unlimited) return "all";
  return staff ? fmt::format("own:{}", staff.v) : "in:" + path;
}

Result<std::vector<Sale>> load_sales(Tx& tx, const Scope& scope) {
  const ScopeParams in(scope);
  std::vector<Sale> out;
  const auto take = [&](const store::Statement& s) -> Result<> {
    out.push_back({s.is_null(0) ? 0 : s.integer(0), s.integer(1), s.integer(2), s.integer(3) != 0, s.integer(4) != 0});
    return {};
  };
  if (in.unlimited) {
    TRY(tx.each_raw(kSales, {}, take));
  } else {
    const std::array<store::Param, 3> params{in.unlimited, in.staff, in.path};
    TRY(tx.each_raw(kSalesInScope, params, take));
  }
  std::ranges::sort(out, before);
  return out;
}

std::span<const Sale> known_buyers(std::span<const Sale> sales) {
  const auto first = std::ranges::find_if(sales, [](const Sale& s) { return s.person != 0; });
  return sales.subspan(static_cast<std::size_t>(first - sales.begin()));
}

Who* People::find(std::int64_t id) {
  const auto at = std::ranges::lower_bound(rows, id, {}, &Who::id);
  return at != rows.end() && at->id == id ? &*at : nullptr;
}

Result<People> load_people(Tx& tx, const Scope& scope) {
  People out;
  out.channels.emplace_back();
  std::map<std::string, std::uint16_t, std::less<>> channels{{"", 0}};
  const ScopeParams in(scope);
  const std::array<store::Param, 3> params{in.unlimited, in.staff, in.path};
  TRY(tx.each_raw(kPeople, params, [&](const store::Statement& s) -> Result<> {
    Who who{.id = s.integer(0), .first_seen = s.integer(1), .inviter = s.is_null(2) ? 0 : s.integer(2)};
    const auto channel = s.text(3);
    auto at = channels.find(channel);
    if (at == channels.end() && channels.size() < 60'000) {
      at = channels.emplace(std::string(channel), static_cast<std::uint16_t>(out.channels.size())).first;
      out.channels.emplace_back(channel);
    }
    who.channel = at == channels.end() ? std::uint16_t{0} : at->second;
    who.stage = static_cast<std::uint8_t>(std::ranges::find(kStages, s.text(4)) - std::begin(kStages));
    take_path(out, s);
    out.rows.push_back(who);
    return {};
  }));
  TRY(load_ties(tx, out));
  TRY(load_consent(tx, out));
  return out;
}

Calendar::Calendar(const Zone& zone, std::int64_t from_ms, std::int64_t to_ms) : zone_(zone) {
  first_day_ = days_of(zone.day_of(koi::from_ms(from_ms)));
  auto last_day = days_of(zone.day_of(koi::from_ms(std::max(from_ms, to_ms))));
  last_day = std::min(last_day, first_day_ + kCalendarDaysMax);
  for (auto day = first_day_; day <= last_day; ++day) {
    starts_.push_back(koi::to_ms(zone.start_of(LocalDay{std::chrono::days{day}})));
    months_.push_back(month_of_day(day));
  }
}
std::int64_t Calendar::day_of(std::int64_t ms) const {
  const auto after = std::ranges::upper_bound(starts_, ms);
  return first_day_ + std::max<std::int64_t>(0, after - starts_.begin() - 1);
}
int Calendar::month_of(std::int64_t ms) const { return months_[static_cast<std::size_t>(day_of(ms) - first_day_)]; }

int month_of_day(std::int64_t day) {
  const std::chrono::year_month_day date{LocalDay{std::chrono::days{day}}};
  return static_cast<int>(date.year()) * 12 + static_cast<int>(static_cast<unsigned>(date.month())) - 1;
}
std::string month_text(int month) { return fmt::format("{:04}-{:02}", month / 12, month % 12 + 1); }
std::optional<int> parse_month(std::string_view text) {
  const auto day = parse_day(std::string(text) + "-01");
  if (!day) return std::nullopt;
  return month_of_day(days_of(*day));
}
Instant month_start(const Zone& zone, int month) {
  const std::chrono::year_month_day first{std::chrono::year{month / 12}, std::chrono::month{static_cast<unsigned>(month % 12 + 1)},
                                          std::chrono::day{1}};
  return zone.start_of(LocalDay{first});
}
std::int64_t days_of(LocalDay day) { return day.time_since_epoch().count(); }

Result<Zone> merchant_zone(Tx& tx) {
  TRY(const auto name, store::setting(tx, "merchant.zone"));
  return Zone::find(name.value_or("Asia/Shanghai")).value_or(Zone::utc());
}

}  // namespace koi::insight
