// What the platform counts of staff is read every morning, once, and corrected when the platform corrects itself.
#include <gtest/gtest.h>

#include "connect/tests/wecom_door.h"
#include "connect/wecom/figures/figures.h"
#include "commerce/tests/desk_call.h"

namespace koi::connect::wecom::testing {
namespace {

struct FiguresWorld : SyncWorld {
  FiguresWorld() : SyncWorld(corp_shape(4, 12, 2)) { sync(); }

  std::int64_t today() { return simulate::World::day_of(to_ms(w.clock().now()) / 1000); }
  simulate::DayFigures& counted(simulate::StaffNo no, int days_ago) { return sim.world.books.days[{no, today() - days_ago}]; }
  FiguresRead read_once() {
    auto done = read_figures(db(), platform, corp);
    EXPECT_EQ(outcome(done), "ok");
    return done.value_or(FiguresRead{});
  }
  /// Until nobody is left.
  FiguresRead read() {
    FiguresRead sum;
    for (int i = 0; i < 20; ++i) {
      const auto done = read_once();
      if (done.asked == 0) break;
      sum.asked += done.asked, sum.kept += done.kept, sum.corrected += done.corrected, sum.refused += done.refused;
    }
    return sum;
  }
  void fault(std::string_view path, int errcode, int times = 1, int skip = 0, std::string_view kind = "error") {
    sim.sim("faults", {{"path", path}, {"kind", kind}, {"errcode", errcode}, {"times", times}, {"skip", skip}, {"ms", 3'600'000}});
  }
  std::string kept() { return rows("SELECT userid, day, requests, friends, chats, messages, lost, reply_bps, reply_minutes, changed_at FROM connect_wecom_figure ORDER BY 1, 2", 10) +
                              rows("SELECT userid, day, new_groups, groups_total, new_members, messages, changed_at FROM connect_wecom_group_figure ORDER BY 1, 2", 7); }
  std::string look() { return rows("SELECT CASE WHEN done_on > 0 THEN 1 ELSE 0 END, error, detail FROM connect_wecom_figure_look", 3); }
  StaffId staff(simulate::StaffNo no) {
    const auto one = w.read([&](Tx& tx) { return team::staff_by_wecom(tx, sim.user(no)); });
    return one && *one ? (*one)->id : StaffId{};
  }
  FindFigures days(int from, int until) {
    const auto at = [&](int ago) { return LocalDay{std::chrono::days{today() - ago}}; };
    return {.from = at(from), .until = at(until), .staff = {}, .unit = {}};
  }
  std::vector<StaffFigures> list(const Scope& scope, const FindFigures& find) {
    auto out = w.read([&](Tx& tx) { return staff_figures(tx, scope, find); });
    EXPECT_EQ(outcome(out), "ok");
    return out.value_or(std::vector<StaffFigures>{});
  }
  std::int64_t asked_about() { return w.number("SELECT COUNT(*) FROM connect_wecom_figure_read WHERE what = 'staff'"); }
};

const Scope kFiguresAll = Scope::everything("test");
constexpr std::string_view kBehaviour = "externalcontact/get_user_behavior_data";

TEST(WecomFigures, TheFirstReadGoesThirtyDaysBackAndASecondChangesNothing) {
  FiguresWorld x;
  auto& d = x.counted(0, 3);
  d.applied = 5, d.added = 4, d.chats = 8, d.messages = 20, d.replied = 6, d.reply_seconds = 6 * 180, d.negative = 1;
  const auto first = x.read();
  const auto n = x.asked_about();
  ASSERT_GT(n, 0);
  EXPECT_EQ(x.w.count("connect_wecom_figure"), n * kFiguresBack);
  EXPECT_EQ(x.rows("SELECT requests, friends, chats, messages, lost, reply_bps, reply_minutes FROM connect_wecom_figure WHERE chats > 0", 7), "5|4|8|20|1|7500|3\n");
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_wecom_figure WHERE chats = 0 AND reply_bps IS NULL AND reply_minutes IS NULL"), n * kFiguresBack - 1);
  EXPECT_GT(x.w.count("connect_wecom_group_figure"), 0);
  EXPECT_EQ(first.kept, x.w.count("connect_wecom_figure") + x.w.count("connect_wecom_group_figure"));
  EXPECT_EQ(x.look(), "1||\n");

  const auto before = x.kept();
  EXPECT_EQ(x.read_once().asked, 0) << "today's is done";
  ASSERT_TRUE(x.w.write([](Tx& tx) -> Result<> {
    TRY(tx.exec("DELETE FROM connect_wecom_figure_read"));
    TRY(tx.exec("DELETE FROM connect_wecom_figure_look"));
    return {};
  }));
  x.w.clock().advance(Millis{60'000});
  const auto again = x.read();
  EXPECT_EQ(again.asked, first.asked);
  EXPECT_EQ(again.kept + again.corrected, 0);
  EXPECT_EQ(x.kept(), before);
}

TEST(WecomFigures, EveryMorningBringsYesterdayAndWhatWasCorrectedTheDayBefore) {
  FiguresWorld x;
  x.counted(1, 1).added = 3;
  x.read();
  const auto kept = x.w.count("connect_wecom_figure");
  x.pass(20 * 3600);  // 06:53 of the next day there
  x.counted(1, 1).added = 7;
  x.counted(1, 2).added = 4;
  x.counted(1, 3).added = 99;  // too late: read for good
  EXPECT_EQ(x.read_once().asked, 0) << "not counted before the morning";
  x.pass(2 * 3600);
  const auto done = x.read();
  EXPECT_EQ(done.kept, x.asked_about() + x.w.number("SELECT COUNT(*) FROM connect_wecom_figure_read WHERE what = 'groups'"));
  EXPECT_EQ(done.corrected, 1);
  EXPECT_EQ(x.w.count("connect_wecom_figure"), kept + x.asked_about());
  EXPECT_EQ(x.rows("SELECT friends FROM connect_wecom_figure WHERE friends > 0 ORDER BY day", 1), "4\n7\n");
}

TEST(WecomFigures, DaysOfAPauseAreMadeUpFor) {
  FiguresWorld x;
  x.read();
  const auto kept = x.w.count("connect_wecom_figure");
  x.pass(5 * 86'400);
  for (int i = 1; i <= 5; ++i) x.counted(0, i).added = i;
  x.read();
  EXPECT_EQ(x.w.count("connect_wecom_figure"), kept + 5 * x.asked_about());
  EXPECT_EQ(x.rows("SELECT friends FROM connect_wecom_figure WHERE friends > 0 ORDER BY day", 1), "5\n4\n3\n2\n1\n");
}

TEST(WecomFigures, AnAppWithoutTheRightIsShownAndAskedAgainInAnHour) {
  FiguresWorld x;
  x.fault(kBehaviour, 48002, 9);
  const auto done = x.read_once();
  EXPECT_EQ(done.kept + done.refused, 0);
  EXPECT_TRUE(x.look().starts_with("0|connect.wecom_refused|48002"));
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) {
    return put_corp(tx, {.corp_id = x.corp, .name = "锦鲤", .base_url = {}, .secret = "s", .token = std::string(kDoorToken), .aes_key = std::string(kDoorAes), .agent_id = {}, .disabled = {}}, std::string(32, 'k'));
  })), "ok");
  const auto shown = x.w.read([](Tx& tx) { return figures_looks(tx); });
  ASSERT_TRUE(shown && shown->size() == 1);
  EXPECT_EQ(shown->front().state, "refused");
  x.sim.sim("faults", {}, "DELETE");
  EXPECT_EQ(x.read().asked, 0) << "not at once";
  x.pass(3601);
  EXPECT_GT(x.read().kept, 0);
  EXPECT_EQ(x.w.read([](Tx& tx) { return figures_looks(tx); })->front().state, "well");
}

TEST(WecomFigures, OneWhoIsRefusedHoldsNobodyUp) {
  FiguresWorld x;
  x.fault(kBehaviour, 60111);
  const auto done = x.read();
  EXPECT_EQ(done.refused, 1);
  EXPECT_EQ(x.w.count("connect_wecom_figure"), (x.asked_about() - 1) * kFiguresBack);
  const auto refused = x.w.read([](Tx& tx) { return figures_refused(tx, kFiguresAll, 10); });
  ASSERT_TRUE(refused && refused->size() == 1);
  EXPECT_TRUE(refused->front().detail.starts_with("60111"));
  x.pass(86'400);
  x.read();
  EXPECT_EQ(x.w.count("connect_wecom_figure"), x.asked_about() * (kFiguresBack + 1) - 1) << "the day before the first try is too long ago";
  EXPECT_TRUE(x.w.read([](Tx& tx) { return figures_refused(tx, kFiguresAll, 10); })->empty());
}

TEST(WecomFigures, WhatBreaksOffGoesOnWhereItStood) {
  FiguresWorld x;
  x.fault(kBehaviour, -1, 9, 2);
  x.read_once();
  const auto so_far = x.w.count("connect_wecom_figure");
  EXPECT_GT(so_far, 0);
  EXPECT_TRUE(x.look().starts_with("0|connect.wecom_busy")) << x.look();
  x.sim.sim("faults", {}, "DELETE");
  EXPECT_EQ(x.read_once().asked, 0);
  x.pass(601);
  const auto rest = x.read();
  EXPECT_EQ(x.w.count("connect_wecom_figure"), x.asked_about() * kFiguresBack);
  EXPECT_EQ(rest.kept, x.w.count("connect_wecom_figure") + x.w.count("connect_wecom_group_figure") - so_far);
}

TEST(WecomFigures, SharesAreWeightedByChatsAndEverybodySeesTheirOwn) {
  FiguresWorld x;
  const auto put = [&](simulate::StaffNo no, int ago, int chats, int replied, int minutes) {
    auto& d = x.counted(no, ago);
    d.chats = chats, d.replied = replied, d.reply_seconds = replied * minutes * 60, d.added = chats;
  };
  put(0, 1, 30, 15, 2);
  put(0, 2, 10, 10, 6);
  put(1, 1, 5, 5, 1);
  x.read();
  const auto all = x.list(kFiguresAll, x.days(7, 1));
  ASSERT_EQ(static_cast<std::int64_t>(all.size()), x.asked_about());
  EXPECT_EQ(all[0].staff, x.staff(0)) << "most new customers first";
  EXPECT_EQ(all[0].sum.chats, 40);
  EXPECT_EQ(all[0].sum.reply_bps, 6250) << "30 at 50 % and 10 at 100 %, days without chats left out";
  EXPECT_EQ(all[0].sum.reply_minutes, 3);
  EXPECT_EQ(all[0].days, 7);
  EXPECT_FALSE(all.back().sum.reply_bps);

  const auto own = x.list(Scope::of(Reach::own, x.staff(1), {}), x.days(7, 1));
  ASSERT_EQ(own.size(), 1u);
  EXPECT_EQ(own[0].sum.chats, 5);
  EXPECT_TRUE(x.list(Scope::of(Reach::own, {}, {}), x.days(7, 1)).empty());
  EXPECT_TRUE(x.list(Scope::of(Reach::store, {}, {}), x.days(7, 1)).empty());
  EXPECT_TRUE(x.list(Scope::of(Reach::store, {}, "/999999/"), x.days(7, 1)).empty());
  const auto place = x.rows("SELECT u.path, COUNT(*) FROM staff m JOIN org_unit u ON u.id = m.unit_id GROUP BY u.path ORDER BY 2 DESC, 1 LIMIT 1", 2);
  const auto path = place.substr(0, place.find('|'));
  const auto here = x.list(Scope::of(Reach::store, {}, path), x.days(7, 1));
  EXPECT_GT(here.size(), 0u);
  EXPECT_LE(here.size(), all.size());
  const auto total = x.w.read([&](Tx& tx) { return figures_in_all(tx, kFiguresAll, x.days(7, 1)); });
  EXPECT_EQ(total->chats, 45);
  EXPECT_EQ(total->reply_bps, 6667);
  EXPECT_EQ(outcome(x.w.read([&](Tx& tx) { return staff_figures(tx, kFiguresAll, x.days(1, 7)); })), "connect.figure_days");
  EXPECT_EQ(outcome(x.w.read([&](Tx& tx) { return staff_figures(tx, kFiguresAll, x.days(400, 1)); })), "connect.figure_days");
}

TEST(WecomFigures, AreListedAndTakenAwayAsATable) {
  FiguresWorld x;
  auto& d = x.counted(0, 1);
  d.added = 2, d.chats = 3, d.replied = 1, d.reply_seconds = 240;
  x.read();
  const auto ask = [&](const Scope& scope, std::string_view method, std::string_view path) { return koi::testing::DeskCall(x.db(), scope).send(figure_routes(), method, path); };
  const auto report = ask(kFiguresAll, "GET", "/v1/staff-figures");
  EXPECT_NE(report.find(R"("total":{"requests":0,"friends":2,"chats":3,"messages":0,"lost":0,"reply_bps":3333,"reply_minutes":4})"), report.npos) << report;
  EXPECT_NE(report.find(R"("owners":[{)"), report.npos) << report;
  const auto table = ask(Scope::of(Reach::own, x.staff(0), {}), "POST", "/v1/staff-figures:export");
  EXPECT_EQ(std::ranges::count(table, '\n'), 1 + 7) << table;
  EXPECT_NE(table.find(",0,2,3,0,33.33,4,0\r\n"), table.npos) << table;
}

}  // namespace
}  // namespace koi::connect::wecom::testing
