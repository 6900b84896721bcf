// Who is on duty for which codes on a day, and how full they are.
#include <algorithm>

#include "entry/known.h"
#include "entry/report.h"
#include "entry/slots.h"
#include "store/rows.h"

namespace koi::entry {

struct ShownRow { StaffId staff; std::int64_t day = 0, shown = 0; };
BOOST_DESCRIBE_STRUCT(ShownRow, (), (staff, day, shown))
struct AddsRow { StaffId staff; std::int64_t adds = 0; };
BOOST_DESCRIBE_STRUCT(AddsRow, (), (staff, adds))

namespace {

constexpr std::string_view kShown = "SELECT staff_id, day, day_assigned FROM entry_code_guide WHERE code_id = $1 ORDER BY staff_id LIMIT 10000";
constexpr std::string_view kAdds =
    "SELECT staff_id, CAST(SUM(adds) AS BIGINT) FROM entry_code_day WHERE code_id = $1 AND day = $2 GROUP BY staff_id ORDER BY staff_id";
constexpr int kHours = 24, kHourMinutes = 60;

/// One day on the merchant's wall, minute by minute.
std::vector<std::int64_t> minutes_of(const Duty& duty, LocalDay day) {
  std::vector<std::int64_t> out(kHours, 0);
  const auto first = (static_cast<int>(std::chrono::weekday{day}.iso_encoding()) - 1) * kDayMinutes;
  for (int minute = 0; minute < kDayMinutes; ++minute) {
    const Moment moment{day, day.time_since_epoch().count(), minute / kHourMinutes, first + minute};
    if (duty.on(moment)) ++out[static_cast<std::size_t>(minute / kHourMinutes)];
  }
  return out;
}

class Loader {
 public:
  Loader(Tx& tx, const Scope& scope, CodeLoad& out) : tx_(tx), scope_(scope), out_(out) {}

  Result<> add(CodeId id, std::optional<LocalDay> day) {
    TRY(const auto known, known_lately(tx_, id));
    now_ = moment_of(known->zone, tx_.now());
    out_.day = day.value_or(now_.day);
    day_ = out_.day.time_since_epoch().count();
    shown_.clear();
    adds_.clear();
    TRY(tx_.each<ShownRow>(kShown, [&](ShownRow&& row) -> Result<> { if (row.day == day_) shown_[row.staff] = row.shown; return {}; }, id));
    TRY(tx_.each<AddsRow>(kAdds, [&](AddsRow&& row) -> Result<> { adds_[row.staff] = row.adds; return {}; }, id, day_));
    for (std::size_t level = 0; level < known->levels.size(); ++level)
      for (const auto& seat : known->levels[level]) TRY(this->seat(*known, seat, static_cast<std::int64_t>(level), {}));
    for (const auto& store : known->stores)
      for (const auto& seat : store.seats) TRY(this->seat(*known, seat, 0, store.name));
    return {};
  }

  void finish() {
    out_.on_duty.assign(kHours, 0);
    for (auto& [id, guide] : guides_) {
      for (int hour = 0; hour < kHours; ++hour)
        if (guide.active && guide.online && guide.minutes[static_cast<std::size_t>(hour)] * 2 >= kHourMinutes) ++out_.on_duty[static_cast<std::size_t>(hour)];
      out_.guides.push_back(std::move(guide));
    }
  }

 private:
  Result<> seat(const KnownCode& known, const Seat& s, std::int64_t level, const std::string& store) {
    if (!scope_.covers(s.guide.id, s.guide.unit_path)) return {};
    SeatLoad out;
    out.code = known.code.id;
    out.code_name = known.code.spec.name;
    out.store = store;
    out.level = level;
    out.weight = s.weight;
    out.online = !known.off->contains({known.code.id, s.guide.id});
    out.ready = known.code.spec.mode == CodeMode::direct || !s.qr_url.empty();
    out.minutes = minutes_of(*s.duty, out_.day);
    const bool off = known.off->contains({CodeId{}, s.guide.id});
    out.on_duty_now = s.guide.active && out.online && !off && s.duty->on(now_);
    auto& guide = guides_[s.guide.id];
    // Who sits in two places of one code is shown and befriended once.
    if (std::ranges::find(guide.seats, out.code, &SeatLoad::code) == guide.seats.end()) {
      out.shown = shown_.contains(s.guide.id) ? shown_.at(s.guide.id) : 0;
      out.friends = adds_.contains(s.guide.id) ? adds_.at(s.guide.id) : 0;
    }
    out.daily_cap = s.daily_cap;
    out.lifetime_cap = s.lifetime_cap;
    const SlotOf of{known.code.id, s.guide.id, day_, 0};
    if (s.daily_cap > 0) { TRY(out.daily_used, slots_used(tx_, of, {'d', s.daily_cap})); }
    if (s.lifetime_cap > 0) { TRY(out.lifetime_used, slots_used(tx_, of, {'l', s.lifetime_cap})); }
    if (guide.minutes.empty()) guide.minutes.assign(kHours, 0);
    for (std::size_t hour = 0; hour < guide.minutes.size(); ++hour) guide.minutes[hour] = std::max(guide.minutes[hour], out.minutes[hour]);
    guide.staff = s.guide.id;
    guide.name = s.guide.name;
    guide.active = s.guide.active;
    guide.online = !off;
    guide.on_duty_now = guide.on_duty_now || out.on_duty_now;
    guide.shown += out.shown;
    guide.friends += out.friends;
    guide.seats.push_back(std::move(out));
    return {};
  }

  Tx& tx_;
  const Scope& scope_;
  CodeLoad& out_;
  Moment now_{};
  std::int64_t day_ = 0;
  std::map<StaffId, std::int64_t> shown_, adds_;
  std::map<StaffId, GuideLoad> guides_;
};

}  // namespace

Result<CodeLoad> load_codes(Tx& tx, const Scope& scope, const LoadQuery& query) {
  CodeLoad out;
  Loader loader(tx, scope, out);
  if (query.code) {
    TRY(find_code(tx, scope, query.code));
    TRY(loader.add(query.code, query.day));
  } else {
    CodeFilter filter;
    filter.state = "active";
    filter.limit = kLoadCodesMax + 1;
    TRY(auto codes, list_codes(tx, scope, filter));
    out.more = codes.size() > kLoadCodesMax;
    if (out.more) codes.resize(kLoadCodesMax);
    for (const auto& code : codes) TRY(loader.add(code.id, query.day));
  }
  loader.finish();
  return out;
}

}  // namespace koi::entry
