// Facts out of real tables: of one person and of everybody they are the same, and what was written.
#include <gtest/gtest.h>

#include "people/attributes.h"
#include "people/profile.h"
#include "people/tests/pond.h"
#include "segments/flip.h"
#include "segments/stored_facts.h"
#include "segments/text.h"

namespace koi::segments {
namespace stored {

const Instant kNow = *parse_rfc3339("2026-03-31T16:30:00.000Z");
constexpr Millis kDay = std::chrono::days(1);

/// Two people: `rich` has everything, and brought `bare`.
struct TwoPeople : people::Pond {
  PersonId rich, inner, bare;
  events::columns::View view;
  std::shared_ptr<events::columns::Roster> roster = std::make_shared<events::columns::Roster>();

  TwoPeople() : Pond(1, {segments::schema()}) {
    set_now_ms(to_ms(kNow));
    rich = person({{"wx_unionid", "u1"}});
    inner = person({{"wx_openid:wx1", "o1"}});
    bare = person({{"order_buyer:s", "b1"}});
    EXPECT_TRUE(merge(rich, inner));
    fill();
    for (const auto id : {rich, inner, bare}) roster->add(id.v);
    auto ties = std::make_shared<events::columns::Ties>();
    const auto root = roster->find(rich.v), node = roster->find(inner.v);
    ties->root_of[node] = root;
    ties->nodes_of[root] = {root, node};
    ties->inner.add(node);
    ties->tied.add(node);
    ties->tied.add(root);
    view.ties = ties;
    view.erased = std::make_shared<events::columns::People>();
    view.woven = std::make_shared<events::columns::People>(ties->tied);
    view.roster = roster;
    view.people = roster->size();
  }

  void fill() {
    const auto at = kNow - 10 * kDay;
    ASSERT_EQ(testing::outcome(write([&](Tx& tx) -> Result<> {
      for (const auto& def : {people::AttributeDef{.key = "level", .type = "enum", .zh = "等级", .en = "Level", .options = {"gold", "silver"}}, people::AttributeDef{.key = "age", .type = "number", .zh = "年龄", .en = "Age"},
                              people::AttributeDef{.key = "budget", .type = "money", .zh = "预算", .en = "Budget"}, people::AttributeDef{.key = "due", .type = "date", .zh = "预产期", .en = "Due"},
                              people::AttributeDef{.key = "likes", .type = "multi", .zh = "喜好", .en = "Likes", .options = {"tea", "cake"}}})
        TRY(people::define_attribute(tx, def));
      TRY(people::set_attributes(tx, {.person = rich, .values = {{"level", "silver"}}, .source = "form", .at = at - kDay}));
      TRY(people::set_attributes(tx, {.person = rich, .values = {{"level", "gold"}, {"age", "31.5"}, {"budget", "50"}, {"due", "2026-04-03"}, {"likes", "tea,cake"}},
                                      .source = "form", .at = at}));
      TRY(people::tag_person(tx, {.person = inner, .tags = {"偏好/奶茶"}, .source = "manual", .expires = kNow + kDay, .create = true}));
      TRY(people::relate(tx, {.person = inner, .kind = "staff", .other = 7, .state = "active", .channel = "wecom", .at = at}));
      TRY(people::relate(tx, {.person = rich, .kind = "group", .other = 5, .state = "joined", .at = at}));
      TRY(people::record_consent(tx, {.person = rich, .channel = "wecom", .purpose = "service", .granted = true, .at = at}));
      TRY(people::assign_owner(tx, rich, StaffId{7}, "/1/"));
      TRY(tx.exec("UPDATE person SET stage = 'active', channel = 'wecom', store = 'S1', member_no = 'M1', orders = 3, paid_fen = 9900, last_paid_at = $1 WHERE id = $2", at, rich));
      TRY(tx.exec("UPDATE person SET inviter_id = $1 WHERE id = $2", inner, bare));
      return {};
    })), "ok");
  }

  /// Who the rule selects, both ways: "rich", "bare", "rich bare", "".
  std::string chosen(const std::string& text) {
    const auto parsed = parse_rule(text);
    EXPECT_TRUE(parsed) << text;
    const Moment m{kNow, *Zone::find("Asia/Shanghai")};
    const KindNumbers kinds;
    Record record(view, kinds, {});
    std::string all, each;
    const auto said = [](std::string& to, const char* name) { to += (to.empty() ? "" : " ") + std::string(name); };
    const auto read_both = read([&](Tx& tx) -> Result<> {
      const auto table = stored_facts(tx, view);
      TRY(const auto people, people_of(parsed->rule, record, *table, m));
      Deeds deeds(record);
      for (const auto& [id, name] : {std::pair(rich, "rich"), std::pair(bare, "bare")}) {
        if (people.has(roster->find(id.v))) said(all, name);
        TRY(const auto facts, stored_facts_of(tx, id, parsed->rule, m));
        if (judge(parsed->rule, *facts, deeds, m)) said(each, name);
      }
      return {};
    });
    EXPECT_EQ(testing::outcome(read_both), "ok") << text;
    EXPECT_EQ(all, each) << text;
    return all;
  }
};

}  // namespace stored
using namespace stored;

TEST(StoredFacts, AreWhatWasWritten) {
  TwoPeople w;
  const auto staff = to_text(StaffId{7}), inviter = to_text(w.rich);
  const struct { std::string rule; const char* want; } rows[] = {
      {"everyone", "rich bare"},
      {R"(stage = "active")", "rich"}, {R"(channel = "wecom")", "rich"}, {R"(store in ("S1", "S2"))", "rich"}, {R"(member_no starts with "M")", "rich"},
      {"member_no is missing", "bare"}, {R"(member_no != "M2")", "rich"},
      {"orders >= 3", "rich"}, {"orders < 3", "bare"}, {"paid >= 99元", "rich"}, {"refunded = 0元", "rich bare"},
      {"last_paid_at in last 10d", ""}, {"last_paid_at in last 11d", "rich"}, {"first_paid_at is missing", "rich bare"}, {"created_at is set", "rich bare"},
      {"staff = \"" + staff + "\"", "rich"}, {"staff is missing", "bare"}, {"inviter = \"" + inviter + "\"", "bare"},
      {R"(tags has any ("奶茶"))", "rich"}, {R"(tags under "偏好")", "rich"}, {R"(tags has none ("奶茶"))", "bare"}, {"size(tags) = 0", "bare"},
      {"friends has any (\"" + staff + "\")", "rich"}, {R"(groups has any ("5"))", "rich"}, {R"(relation.state has any ("active"))", "rich"},
      {"relation.days = 10", "rich"}, {"relation.days(\"" + staff + "\") >= 10", "rich"}, {"relation.days is missing", "bare"},
      {"referrals(1) = 1", "rich"}, {"referrals(2) = 1", "rich"}, {"referrals(1) = 0", "bare"},
      {R"(has_id("wx_unionid"))", "rich"}, {R"(has_id("wx_openid"))", "rich"}, {R"(has_id("order_buyer"))", "bare"}, {R"(has_id("wx_open") is false)", "rich bare"},
      {R"(consent("wecom", "service") = "granted")", "rich"}, {R"(consent("wecom", "service") is missing)", "bare"}, {R"(reachable("wecom", "service"))", "rich"},
      {R"(reachable("sms", "service"))", ""},
      {R"(level = "gold")", "rich"}, {"age = 31.5", "rich"}, {"budget = 50元", "rich"}, {"due = 2026-04-03", "rich"}, {"due anniversary in next 2d", "rich"},
      {R"(likes has all ("tea", "cake"))", "rich"}, {"likes is missing", "bare"}, {"size(likes) = 0", ""},
      {R"(level changed within last 11d)", "rich"}, {R"(level changed from "silver" to "gold" within last 11d)", "rich"}, {R"(level changed to "silver" within last 11d)", ""},
      {"paid in top 50%", "rich"}, {"paid in bottom 50%", "bare"}, {"zscore(orders) >= 1", "rich"},
      {R"(in segment "老客")", ""}, {R"(in list "名单")", ""}};
  for (const auto& row : rows) EXPECT_EQ(w.chosen(row.rule), row.want) << row.rule;
}

TEST(StoredFacts, SayWhenTheyChangeByThemselves) {
  TwoPeople w;
  const auto flip = [&](const char* text) {
    const auto rule = parse_rule(text)->rule;
    const Moment m{kNow, Zone::utc()};
    const KindNumbers kinds;
    Record record(w.view, kinds, {});
    return w.read([&](Tx& tx) -> Result<Instant> {
      TRY(const auto facts, stored_facts_of(tx, w.rich, rule, m));
      return next_flip(rule, *facts, Deeds(record), m);
    }).value_or(Instant{});
  };
  EXPECT_EQ(flip(R"(tags has any ("奶茶"))"), kNow + kDay);
  EXPECT_EQ(flip("relation.days = 10"), kNow + kDay);
  EXPECT_EQ(flip("orders = 3"), Instant::max());
}

}  // namespace koi::segments
