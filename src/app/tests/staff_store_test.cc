// Where the owner stands, as rules say it: team knows the places, people who owns whom, segments asks.
#include <gtest/gtest.h>

#include "app/rooms.h"
#include "people/profile.h"
#include "segments/keep.h"
#include "segments/live.h"
#include "segments/membership.h"
#include "segments/survey.h"
#include "segments/text.h"
#include "team/team.h"
#include "tests/support/world.h"

namespace koi::app {
namespace {

const std::vector<store::Migration>& every_schema_of_shops() {
  static const auto all = schemas();
  return all;
}

/// 华东/上海/徐家汇店 with a guide, 华东大区 with another, and a customer of each.
struct Shops : testing::World {
  UnitId east, city, shop, other;
  StaffId guide, stranger;
  PersonId near, far;

  Shops() : World({every_schema_of_shops()}) {
    const auto all = Scope::everything("test");
    const auto made = write([&](Tx& tx) -> Result<> {
      TRY(events::install_catalogue(tx));
      TRY(events::open_log(tx));
      TRY(east, team::create_unit(tx, all, {.parent = {}, .name = "华东", .kind = "region", .code = {}}));
      TRY(city, team::create_unit(tx, all, {.parent = east, .name = "上海", .kind = "city", .code = {}}));
      TRY(shop, team::create_unit(tx, all, {.parent = city, .name = "徐家汇店", .kind = "store", .code = {}}));
      TRY(other, team::create_unit(tx, all, {.parent = {}, .name = "华东大区", .kind = "region", .code = {}}));
      TRY(guide, team::create_staff(tx, all, {.name = "小林", .unit = shop, .wecom_userid = {}}));
      TRY(stranger, team::create_staff(tx, all, {.name = "小周", .unit = other, .wecom_userid = {}}));
      TRY(near, person(tx, "near", guide, "/1/"));
      TRY(far, person(tx, "far", stranger, "/2/"));
      return {};
    });
    EXPECT_EQ(testing::outcome(made), "ok");
  }
  static Result<PersonId> person(Tx& tx, const std::string& name, StaffId owner, std::string_view path) {
    const std::vector<people::Ident> idents{{"user_id:test", name}};
    TRY(const auto got, people::resolve(tx, idents, "test"));
    TRY(people::assign_owner(tx, got.person, owner, path));
    return got.person;
  }
  /// "near", "far", "near far", "".
  std::string asked(const std::string& text) {
    const auto parsed = segments::parse_rule(text);
    EXPECT_TRUE(parsed) << text;
    std::string out;
    const auto done = read([&](Tx& tx) -> Result<> {
      TRY(const auto survey, segments::Survey::begin(tx, Scope::everything("test")));
      TRY(const auto people, survey->people(parsed->rule));
      for (const auto node : survey->nodes(people)) out += (out.empty() ? "" : " ") + std::string(node == near.v ? "near" : "far");
      return {};
    });
    EXPECT_EQ(testing::outcome(done), "ok") << text;
    return out;
  }
  std::string kept(segments::SegmentId id) {
    EXPECT_EQ(testing::outcome(events::drain(db(), consumers())), "ok");
    EXPECT_EQ(testing::outcome(segments::settle_live(db())), "ok");
    std::string out;
    EXPECT_TRUE(read([&](Tx& tx) {
      return segments::each_kept(tx, [&](segments::SegmentId, std::int64_t who) { out += (out.empty() ? "" : " ") + std::string(who == near.v ? "near" : "far"); }, id);
    }));
    return out;
  }
  void edit(const team::EditUnit& cmd) {
    EXPECT_EQ(testing::outcome(write([&](Tx& tx) { return team::edit_unit(tx, Scope::everything("test"), cmd); })), "ok");
  }
};

TEST(StaffStore, IsTheWayToTheOwnersPlaceInNames) {
  Shops w;
  const struct { const char* rule; const char* want; } rows[] = {
      {R"(staff.store under "华东/上海")", "near"}, {R"(staff.store under "华东/上海/徐家汇店")", "near"}, {R"(staff.store under "华东")", "near"},
      {R"(staff.store under "华东大区")", "far"}, {R"(staff.store under "华东/上")", ""}, {R"(staff.store under "上海")", ""},
      {R"(staff.store = "华东/上海/徐家汇店")", "near"}, {R"(staff.store in ("华东大区", "华南"))", "far"}, {"depth(staff.store) = 3", "near"},
      {R"(staff.name = "小林")", "near"}, {R"(staff.store starts with "/")", ""}};
  for (const auto& row : rows) EXPECT_EQ(w.asked(row.rule), row.want) << row.rule;
}

TEST(StaffStore, LiveSegmentsFollowNamesOfPlacesAndMovesOfStaff) {
  Shops w;
  const auto segment = w.write([&](Tx& tx) {
    return segments::create_segment(tx, {.name = "上海", .mode = segments::Mode::live, .rule = {.text = R"(staff.store under "华东/上海")"}});
  });
  ASSERT_EQ(testing::outcome(segment), "ok");
  EXPECT_EQ(w.kept(segment->id), "near");
  w.edit({.unit = w.city, .name = "申城", .code = {}, .state = {}});
  EXPECT_EQ(w.kept(segment->id), "") << "the place is called otherwise";
  w.edit({.unit = w.city, .name = "上海", .code = {}, .state = {}});
  EXPECT_EQ(w.kept(segment->id), "near");
  const auto moved = w.write([&](Tx& tx) {
    return team::edit_staff(tx, Scope::everything("test"), {.staff = w.stranger, .name = {}, .wecom_userid = {}, .state = {}, .unit = w.shop});
  });
  ASSERT_EQ(testing::outcome(moved), "ok");
  EXPECT_EQ(w.kept(segment->id), "near far");
}

}  // namespace
}  // namespace koi::app
