// Keeping segments: names, versions, what names what.
#include "segments/chunks.h"
#include "segments/keep.h"
#include "segments/lists.h"
#include "segments/survey.h"
#include "segments/tests/desk.h"
#include "segments/text.h"

namespace koi::segments {
namespace store_cases {

struct Keeping : desk::Shop {
  Result<Segment> make_one(const std::string& name, const std::string& text, Mode mode = Mode::asked, const std::string& tag = {}) {
    return write([&](Tx& tx) { return create_segment(tx, {name, {}, mode, {.text = text, .json = {}}, tag, "user 1"}); });
  }
  std::string rule_text(SegmentId id) {
    const auto rule = read([&](Tx& tx) { return rule_of(tx, id); });
    return rule ? print_rule(*rule) : rule.error().code;
  }
  Result<Segment> change(const UpdateSegment& cmd) { return write([&](Tx& tx) { return update_segment(tx, cmd); }); }
  std::int64_t refill(SegmentId id) { return number("SELECT refill FROM segment_state WHERE segment_id = " + std::to_string(id.v)); }
  void filled(SegmentId id) {
    check(write([&](Tx& tx) { return tx.exec("UPDATE segment_state SET refill = 0, version = (SELECT version FROM segment WHERE id = $1), filled_at = 1 WHERE segment_id = $1", id); }));
  }
  std::vector<std::int64_t> members(const Segment& s) {
    std::vector<std::int64_t> out;
    check(read([&](Tx& tx) -> Result<> {
      TRY(const auto survey, Survey::begin(tx, Scope::everything("test")));
      TRY(const auto people, survey->members(s));
      out = survey->nodes(people);
      return {};
    }));
    return out;
  }
};

}  // namespace store_cases
using namespace store_cases;

TEST(KeepSegment, RefusesCirclesOverTags) {
  Keeping w;
  const auto make = [&](const char* name, const char* text, const char* tag, Mode mode = Mode::live) { return w.make_one(name, text, mode, tag); };
  ASSERT_EQ(testing::outcome(make("丙", "everyone", "环/t3")), "ok");
  ASSERT_EQ(testing::outcome(make("甲", R"(tags has any ("环/t3"))", "环/t1")), "ok");
  ASSERT_EQ(testing::outcome(make("问甲", R"(tags has none ("t1") or orders > 9)", "", Mode::asked)), "ok");
  const auto other = make("乙", "orders > 0", "环/t2");
  ASSERT_EQ(testing::outcome(other), "ok");
  const struct { const char *name, *rule, *tag, *want, *way; } rows[] = {
      {"甲", R"(tags has any ("环/t2"))", nullptr, "ok", ""},
      {"乙", R"(not tags has any ("环/t1"))", nullptr, "segments.tag_cycle", "乙 > #环/t1 > 甲 > #环/t2 > 乙"},
      {"乙", R"(tags under "环")", nullptr, "segments.tag_cycle", "乙 > #环/t1 > 甲 > #环/t2 > 乙"},
      {"乙", "size(tags) > 3", nullptr, "segments.tag_cycle", "乙 > #环/t1 > 甲 > #环/t2 > 乙"},
      {"乙", R"(in segment "问甲")", nullptr, "segments.tag_cycle", "乙 > 问甲 > #环/t1 > 甲 > #环/t2 > 乙"},
      {"乙", R"(in segment "甲")", nullptr, "segments.tag_cycle", "乙 > 甲 > #环/t2 > 乙"},
      {"乙", R"(tags has any ("环/t2"))", nullptr, "ok", ""},  // its own tag: gives none
      {"乙", R"(not tags has any ("环/t1"))", "", "ok", ""},   // gives no tag any more
      {"乙", "", "环/t2", "segments.tag_cycle", "乙 > #环/t1 > 甲 > #环/t2 > 乙"},
      {"丙", R"(in segment "乙")", nullptr, "ok", ""}};
  for (const auto& row : rows) {
    const auto id = w.read([&](Tx& tx) { return find_segment(tx, row.name); })->id;
    UpdateSegment cmd{.id = id, .ver = {}, .name = {}, .description = {}, .tag = {}, .mode = {}, .rule = {}, .archived = {}, .by = {}};
    if (row.tag != nullptr) cmd.tag = row.tag;
    if (*row.rule != 0) cmd.rule = Written{.text = row.rule, .json = {}};
    const auto done = w.change(cmd);
    EXPECT_EQ(testing::outcome(done), row.want) << row.name << " " << row.rule;
    EXPECT_EQ(done ? "" : done.error().detail, row.way);
  }
  EXPECT_EQ(testing::outcome(make("丁", R"(tags has any ("环/t1"))", "环/t2")), "segments.tag_cycle") << "another that gives what is looked at";
  EXPECT_EQ(testing::outcome(make("丁", R"(tags has any ("环/t1"))", "环/t2", Mode::asked)), "segments.tag") << "asked ones give none";
}

TEST(KeepSegment, RefusesWhatCannotBeKept) {
  Keeping w;
  ASSERT_TRUE(w.make_one("老客", "count(order_paid) >= 2"));
  const struct { const char *name, *text; Mode mode; const char *tag, *want; } rows[] = {
      {"", "everyone", Mode::asked, "", "segments.name"},
      {" 老客 ", "everyone", Mode::asked, "", "segments.name_taken"},
      {"a\nb", "everyone", Mode::asked, "", "segments.name"},
      {"x", "everyon", Mode::asked, "", "segments.syntax"},
      {"x", "ordres > 1", Mode::asked, "", "segments.unknown_name"},
      {"x", "did(order_paid where amount > 5)", Mode::asked, "", "segments.money_unit"},
      {"x", "in segment \"新客\"", Mode::asked, "", "segments.unknown_name"},
      {"x", "in segment \"x\"", Mode::asked, "", "segments.unknown_name"},
      {"x", "everyone", Mode::fixed, "", "segments.mode"},
      {"x", "everyone", Mode::asked, "分层/x", "segments.tag"},
      {"x", "everyone", Mode::live, "分层", "segments.tag"},
      {"x", "in segment \"老客\"", Mode::live, "分层/x", "ok"}};
  for (const auto& row : rows) EXPECT_EQ(testing::outcome(w.make_one(row.name, row.text, row.mode, row.tag)), row.want) << row.name << " " << row.text;
  EXPECT_EQ(w.count("segment_version"), 2);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM tag WHERE name = 'x'"), 1);  // a live segment's tag is there before anybody carries it
}

TEST(KeepSegment, AChangedMeaningIsAVersionAndALiveOneIsFilledAnew) {
  Keeping w;
  const auto made = w.make_one("老客", "count(order_paid) >= 2", Mode::live);
  ASSERT_TRUE(made);
  EXPECT_EQ(w.refill(made->id), 1);
  w.filled(made->id);
  const auto renamed = w.change({.id = made->id, .ver = 1, .name = "熟客", .description = "来过两次"});
  ASSERT_TRUE(renamed);
  EXPECT_EQ(std::pair(renamed->version, renamed->ver), std::pair(std::int64_t{1}, std::int64_t{2}));
  EXPECT_EQ(w.refill(made->id), 0);
  const auto same = w.change({.id = made->id, .rule = Written{.text = "count( order_paid ) >= 2", .json = {}}});
  ASSERT_TRUE(same);
  EXPECT_EQ(same->version, 1);
  const auto other = w.change({.id = made->id, .rule = Written{.text = "count(order_paid) >= 3", .json = {}}, .by = "user 2"});
  ASSERT_TRUE(other);
  EXPECT_EQ(other->version, 2);
  EXPECT_EQ(w.refill(made->id), 1);
  EXPECT_EQ(testing::outcome(w.change({.id = made->id, .ver = 1, .name = "x"})), "segments.stale");
  const auto versions = w.read([&](Tx& tx) { return versions_of(tx, made->id); });
  ASSERT_TRUE(versions);
  ASSERT_EQ(versions->size(), 2u);
  EXPECT_EQ((*versions)[0].by_whom, "user 2");
  EXPECT_EQ(print_rule((*versions)[1].rule), "count(order_paid) >= 2");
  EXPECT_EQ(testing::outcome(w.read([&](Tx& tx) { return rule_of(tx, made->id, 3); })), "segments.no_version");
}

TEST(KeepSegment, NewNamesAreWrittenIntoTheRulesThatSayThem) {
  Keeping w;
  const auto base = w.make_one("老客", "count(order_paid) >= 2");
  const auto user = w.make_one("沉睡老客", "in segment \"老客\" and not did(order_paid within last 30d)", Mode::live);
  ASSERT_TRUE(base && user);
  w.filled(user->id);
  EXPECT_EQ(testing::outcome(w.write([&](Tx& tx) { return delete_segment(tx, base->id); })), "segments.in_use");
  EXPECT_EQ(testing::outcome(w.change({.id = base->id, .archived = true})), "segments.in_use");
  ASSERT_TRUE(w.change({.id = base->id, .name = "回头客"}));
  EXPECT_EQ(w.rule_text(user->id), "in segment \"回头客\" and not did(order_paid within last 30d)");
  EXPECT_EQ(w.refill(user->id), 0);  // it means the same
  EXPECT_EQ(w.number("SELECT version FROM segment_state"), 2);
  ASSERT_TRUE(w.change({.id = base->id, .rule = Written{.text = "count(order_paid) >= 9", .json = {}}}));
  EXPECT_EQ(w.refill(user->id), 1);  // it does not any more
  EXPECT_EQ(testing::outcome(w.change({.id = base->id, .rule = Written{.text = "in segment \"沉睡老客\"", .json = {}}})), "segments.cycle");
  ASSERT_TRUE(w.write([&](Tx& tx) { return delete_segment(tx, user->id); }));
  ASSERT_TRUE(w.change({.id = base->id, .archived = true}));
  EXPECT_EQ(testing::outcome(w.read([&](Tx& tx) { return find_segment(tx, "回头客"); })), "segments.no_segment");
  EXPECT_EQ(testing::outcome(w.read([&](Tx& tx) { return find_segment(tx, to_text(base->id)); })), "ok");
  ASSERT_TRUE(w.make_one("回头客", "everyone"));
  EXPECT_EQ(testing::outcome(w.change({.id = base->id, .archived = false})), "segments.name_taken");
}

TEST(KeepSegment, MembersAreKeptOrAsked) {
  Keeping w;
  using Ids = std::vector<std::int64_t>;
  const auto asked = w.make_one("买过", "did(order_paid)");
  const auto live = w.make_one("买过两次", "count(order_paid) >= 2", Mode::live);
  const auto both = w.make_one("只买过一次", "in segment \"买过\" and not in segment \"买过两次\"");
  ASSERT_TRUE(asked && live && both);
  EXPECT_EQ(w.members(*asked), (Ids{w.tea.v, w.cup.v}));
  EXPECT_EQ(w.members(*live), (Ids{w.tea.v}));  // being filled: its rule answers
  EXPECT_EQ(w.members(*both), (Ids{w.cup.v}));
  const auto fixed = w.write([&](Tx& tx) { return create_snapshot(tx, {"三月买过", {}, parse_rule("did(order_paid)")->rule, {w.tea.v, w.cup.v}, "user 1"}); });
  ASSERT_TRUE(fixed);
  w.check(w.write([&](Tx& tx) { return keep_people(tx, live->id, std::array{w.none.v}); }));
  w.filled(live->id);
  EXPECT_EQ(w.members(*live), (Ids{w.none.v}));  // kept: what stands there counts
  w.paid(w.none, 0, 100);
  EXPECT_EQ(w.members(*asked).size(), 3u);
  EXPECT_EQ(w.members(*fixed), (Ids{w.tea.v, w.cup.v}));
  w.check(w.write([&](Tx& tx) { return people::merge(tx, {w.tea, w.cup, "test"}); }));
  EXPECT_EQ(w.members(*fixed), (Ids{w.tea.v}));
  w.check(w.write([&](Tx& tx) { return people::erase(tx, w.tea); }));
  EXPECT_EQ(w.members(*fixed), Ids{});
  EXPECT_EQ(testing::outcome(w.change({.id = fixed->id, .rule = Written{.text = "everyone", .json = {}}})), "segments.fixed");
  EXPECT_EQ(testing::outcome(w.change({.id = fixed->id, .mode = Mode::live})), "segments.fixed");
}

TEST(PersonLists, HoldPeopleThroughMergesAndFillLiveSegmentsAnew) {
  Keeping w;
  const auto list = w.write([](Tx& tx) { return create_list(tx, "展会名单", "春季"); });
  ASSERT_TRUE(list);
  const auto user = w.make_one("展会来客", "in list \"展会名单\"", Mode::live);
  ASSERT_TRUE(user);
  w.filled(user->id);
  const auto rows = rows_of_file("id\n" + to_text(w.tea) + "\norder_buyer:shop,\"cup\"\norder_buyer:shop,nobody\n12x\n" + to_text(w.tea) + "\n");
  ASSERT_TRUE(rows);
  const auto everything = Scope::everything("test");
  const auto brought = w.write([&](Tx& tx) -> Result<Brought> {
    TRY(const auto meant, people_meant(tx, everything, *rows));
    return add_to_list(tx, list->id, meant);
  });
  ASSERT_TRUE(brought) << brought.error().code;
  EXPECT_EQ(std::tuple(brought->added, brought->already, brought->bad_rows), std::tuple(2, 1, 2));
  EXPECT_EQ(std::pair(brought->bad[0].line, brought->bad[0].code), (std::pair<std::int64_t, std::string>(4, "people.not_found")));
  EXPECT_EQ(brought->bad[1].line, 5);
  EXPECT_EQ(w.refill(user->id), 1);
  EXPECT_EQ(w.members(*user), (std::vector<std::int64_t>{w.tea.v, w.cup.v}));
  w.check(w.write([&](Tx& tx) { return people::merge(tx, {w.none, w.cup, "test"}); }));
  EXPECT_EQ(w.members(*user), (std::vector<std::int64_t>{w.tea.v, w.none.v}));
  EXPECT_EQ(testing::outcome(w.write([&](Tx& tx) { return delete_list(tx, list->id); })), "segments.in_use");
  ASSERT_TRUE(w.write([&](Tx& tx) { return update_list(tx, {.id = list->id, .name = "展会"}); }));
  EXPECT_EQ(w.rule_text(user->id), "in list \"展会\"");
  EXPECT_EQ(w.write([&](Tx& tx) { return take_from_list(tx, everything, list->id, std::array{w.cup, w.tea}); }).value_or(0), 2);
  EXPECT_EQ(w.members(*user), std::vector<std::int64_t>{});
  EXPECT_EQ(testing::outcome(w.write([](Tx& tx) { return create_list(tx, "展会", ""); })), "segments.name_taken");
}

}  // namespace koi::segments
