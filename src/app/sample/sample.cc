#include "app/sample/sample.h"

#include <fmt/format.h>

#include "app/rooms.h"
#include "app/sample/crowds.h"
#include "app/sample/desk.h"
#include "app/sample/office.h"
#include "app/sample/story.h"
#include "events/events.h"
#include "people/stages.h"
#include "store/trail.h"
#include "team/team.h"

namespace koi::app {

namespace {

constexpr std::int64_t kDayMs = 86'400'000;
constexpr int kGuidesAStore = 3;
constexpr int kStepsABatch = 400;
constexpr int kDaysBetweenSweeps = 7;
constexpr int kOfficeDay = 120;
constexpr std::string_view kAnyone = "SELECT COUNT(*) FROM person";

Result<UnitId> place(Tx& tx, UnitId parent, std::string_view name, std::string_view kind, const std::string& code) {
  return team::create_unit(tx, Scope::everything("sample"), {.parent = parent, .name = std::string(name), .kind = std::string(kind), .code = code});
}

}  // namespace

Result<std::vector<Shop>> open_shops(Tx& tx, Chance& chance) {
  std::vector<Shop> shops;
  std::string region_name;
  UnitId region;
  int region_number = 0, city_number = 0;
  for (const auto& city : setting::cities()) {
    if (city.region != region_name) {
      region_name = city.region;
      TRY(region, place(tx, {}, city.region, "region", fmt::format("R{}", ++region_number)));
    }
    TRY(const auto city_unit, place(tx, region, city.name, "city", fmt::format("C{}", ++city_number)));
    for (int i = 0; i < city.stores; ++i) {
      Shop shop;
      shop.code = fmt::format("S{:03}", shops.size() + 1);
      shop.city = city.name;
      TRY(shop.unit, place(tx, city_unit, setting::street_names()[shops.size()], "store", shop.code));
      TRY(const auto unit, team::find_unit(tx, Scope::everything("sample"), shop.unit));
      shop.path = unit.path;
      for (int g = 0; g < kGuidesAStore; ++g) {
        const auto name = std::string(chance.one_of(setting::surnames())) + std::string(chance.one_of(setting::given_names()));
        TRY(const auto staff, team::create_staff(tx, Scope::everything("sample"),
                                                 {.name = name, .unit = shop.unit, .wecom_userid = fmt::format("guide-{}-{}", shop.code, g + 1)}));
        shop.guides.push_back(staff);
      }
      shops.push_back(std::move(shop));
    }
  }
  return shops;
}

Result<SampleFigures> live_sample(Db& db, ManualClock& clock, const SamplePlan& plan,
                                  const std::function<void(std::int64_t, std::int64_t)>& progress) {
  TRY(const auto anyone, db.read([](Tx& tx) { return tx.one<std::int64_t>(kAnyone); }));
  if (anyone > 0) return fail(Errc::conflict, "sample.not_empty");
  Chance places(plan.seed + 1);
  TRY(auto shops, db.write([&](Tx& tx) -> Result<std::vector<Shop>> {
    TRY(store::set_setting(tx, "merchant.name", "锦鲤茶铺"));
    TRY(store::set_setting(tx, "merchant.zone", "Asia/Shanghai"));
    TRY(store::set_setting(tx, kSeedKept, std::to_string(plan.seed)));
    return open_shops(tx, places);
  }));
  Story story(plan, std::move(shops));
  if (!story.over(to_ms(plan.until))) clock.set(from_ms(story.next_ms()));
  TRY(db.write([&](Tx& tx) { return story.open(tx); }));
  const auto until = to_ms(plan.until);
  std::int64_t swept = 0;
  const auto office_day = story.next_ms() + kOfficeDay * kDayMs;
  bool office_done = false;
  while (!story.over(until)) {
    const auto day = story.next_ms() - story.next_ms() % kDayMs;
    clock.set(from_ms(story.next_ms()));
    TRY(db.write([&](Tx& tx) -> Result<> {
      for (int i = 0; i < kStepsABatch && !story.over(std::min(until, day + kDayMs)); ++i) { TRY(story.take(tx)); }
      return {};
    }));
    if (swept == 0) swept = day;
    if (day - swept >= kDaysBetweenSweeps * kDayMs) {
      TRY(events::drain(db, consumers()));
      swept = day;
    }
    if (!office_done && day >= office_day) {
      TRY(do_office_work(db, story));
      office_done = true;
    }
    progress(story.figures().people, plan.people);
  }
  clock.set(plan.until);
  TRY(events::drain(db, consumers()));
  TRY(draw_segments(db));
  TRY(db.write([](Tx& tx) { return save_charts(tx); }));
  return story.figures();
}

}  // namespace koi::app
