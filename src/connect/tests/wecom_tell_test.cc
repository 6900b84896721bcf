// Messages of the app to staff: once, within what one person takes, with a result for each; and what is told by itself.
#include "connect/tests/wecom_door.h"
#include "connect/wecom/tell/tell.h"
#include "connect/wecom/tell/watch.h"
#include "entry/alarms.h"

namespace koi::connect::wecom::testing {
namespace {

using namespace std::chrono_literals;

/// The simulated platform behind a line that may fail before or after it.
struct Line final : Platform {
  explicit Line(Platform& to) : platform(to) {}
  void send(std::string_view method, std::string_view path, Query query, std::string body, PlatformDone done) override {
    bodies.push_back(body);
    const auto how = trouble.empty() ? std::string() : trouble.front();
    if (!trouble.empty() && trouble.front() != "gone") trouble.erase(trouble.begin());
    if (how == "unreachable") return done(fail(Errc::unavailable, "connect.unreachable"));
    if (how == "limit") return done(fail(Errc::throttled, "connect.wecom_limit", "45009"));
    if (how == "token") return done(fail(Errc::unauthenticated, "connect.wecom_token", "40001"));
    if (how == "no right") return done(fail(Errc::invalid, "connect.wecom_refused", "60011 no privilege"));
    if (how == "gone") return done(fail(Errc::unavailable, "connect.wecom_unknown_outcome"));
    platform.send(method, path, std::move(query), std::move(body), [how, done](Result<json::object> reply) {
      done(how == "lost" ? fail(Errc::unavailable, "connect.wecom_unknown_outcome") : std::move(reply));
    });
  }
  Platform& platform;
  std::vector<std::string> trouble, bodies;  // of the next calls
};

struct TellWorld : DoorWorld {
  TellWorld() {
    for (const auto& app : sim.world.gate.apps())
      if (app.name == "app") agent = parse_int(app.agent).value_or(0);
  }
  TellStaff message(const std::string& key, std::vector<std::string> to) { return {corp, key, "标题", "正文 " + key, {}, std::move(to), "test"}; }
  NoticeId tell(const TellStaff& cmd) {
    const auto id = w.write([&](Tx& tx) { return tell_staff(tx, cmd); });
    EXPECT_EQ(outcome(id), "ok");
    return id.value_or(NoticeId{});
  }
  /// Until nothing more is due at once.
  std::string send() {
    for (;;) {
      const auto more = send_notices(db(), line, corp, agent);
      if (!more) return more.error().code;
      if (!*more) return "ok";
    }
  }
  std::string states(NoticeId id) {
    const auto all = w.read([&](Tx& tx) { return list_notices(tx, corp, {}, 200); });
    if (!all) return all.error().code + " " + all.error().detail;
    std::set<std::string> each;  // the stores sort letters differently
    for (const auto& n : *all)
      if (n.id == id)
        for (const auto& p : n.people) each.insert(p.userid + ":" + p.state + (p.error.empty() ? "" : "(" + p.error + ")"));
    std::string out;
    for (const auto& one : each) out += (out.empty() ? "" : " ") + one;
    return out;
  }
  std::size_t shown() { return sim.world.books.messages.size(); }
  std::int64_t waiting() { return w.number("SELECT COUNT(*) FROM connect_wecom_notice_to WHERE state <> 'sent'"); }
  std::int64_t agent = 0;
  Line line{platform};
};

TEST(WecomTell, EachIsToldOnceAndHasAResult) {
  TellWorld x;
  const auto a = x.sim.user(0), b = x.sim.user(1);
  const auto id = x.tell(x.message("k1", {a, b, "nobody", a}));
  EXPECT_EQ(x.states(id), b + ":waiting " + a + ":waiting nobody:waiting");
  EXPECT_EQ(x.send(), "ok");
  ASSERT_EQ(x.shown(), 1u);
  const auto& m = x.sim.world.books.messages.begin()->second;
  EXPECT_EQ(m.to.size(), 2u);
  EXPECT_EQ(m.type, "text");
  EXPECT_NE(m.body.find("正文 k1"), std::string::npos);
  const auto all = x.w.read([&](Tx& tx) { return list_notices(tx, x.corp, {}, 10); });
  EXPECT_EQ((std::tuple{all->front().sent, all->front().failed, all->front().waiting}), (std::tuple{2, 1, 0}));
  EXPECT_EQ(all->front().people.front().error, "connect.notice_invalid") << "those it did not reach stand first";
  EXPECT_EQ(x.tell(x.message("k1", {b})), id) << "the key stands for the message";
  auto other = x.message("k1", {a});
  other.body = "别的";
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return tell_staff(tx, other); })), "connect.message_differs");
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.line.bodies.size(), 1u);
}

TEST(WecomTell, ACardLeadsSomewhereAndCarriesNoTags) {
  TellWorld x;
  auto card = x.message("k", {x.sim.user(0)});
  card.body = "<a href=\"http://evil.cn\">张三</a>";
  card.url = "https://koi.example.com/codes";
  x.tell(card);
  EXPECT_EQ(x.send(), "ok");
  const auto body = json::parse(x.line.bodies.front()).get_object();
  EXPECT_EQ(text_in(body, "msgtype"), "textcard");
  const auto& shown = object_in(body, "textcard");
  EXPECT_EQ(text_in(shown, "url"), card.url);
  EXPECT_NE(text_in(shown, "description").find("＜a href"), std::string::npos);
  EXPECT_EQ(number_in(body, "enable_duplicate_check"), 1);
  EXPECT_LE(number_in(body, "duplicate_check_interval"), 14'400);
}

TEST(WecomTell, NobodyGetsMoreThanThePlatformShows) {
  TellWorld x;
  const auto a = x.sim.user(0), b = x.sim.user(1);
  for (int i = 0; i < 31; ++i) x.tell(x.message("a" + std::to_string(i), {a}));
  x.tell(x.message("b", {a, b}));
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.shown(), 31u) << "thirty to one, and the other's message is not held up";
  EXPECT_EQ(x.waiting(), 2);
  x.pass(59);
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.waiting(), 2);
  x.pass(1);
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.waiting(), 0) << "kept, and sent a minute later";
}

TEST(WecomTell, AnHourHoldsAThousand) {
  TellWorld x;
  const auto a = x.sim.user(0);
  for (int i = 0; i < 1'005; ++i) x.tell(x.message("a" + std::to_string(i), {a}));
  for (int minute = 0; minute < 40; ++minute) {
    EXPECT_EQ(x.send(), "ok");
    EXPECT_EQ(x.shown(), std::min<std::size_t>(1'000, 30u * (static_cast<std::size_t>(minute) + 1)));
    x.pass(60);
  }
  EXPECT_EQ(x.shown(), 1'000u);
  x.pass(20 * 60);
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.shown(), 1'005u);
}

TEST(WecomTell, ALostAnswerIsAskedForWordForWord) {
  TellWorld x;
  const auto id = x.tell(x.message("k", {x.sim.user(0), x.sim.user(1)}));
  x.line.trouble = {"lost"};
  EXPECT_EQ(x.send(), "connect.wecom_unknown_outcome");
  EXPECT_EQ(x.shown(), 1u);
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.line.bodies.size(), 1u) << "not before it has settled";
  x.pass(61);
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.shown(), 1u) << "the platform knows it by its words";
  ASSERT_EQ(x.line.bodies.size(), 2u);
  EXPECT_EQ(x.line.bodies[0], x.line.bodies[1]);
  EXPECT_EQ(x.states(id), x.sim.user(1) + ":sent " + x.sim.user(0) + ":sent");
}

TEST(WecomTell, WhatNobodyKnowsIsLeftToTheOperator) {
  TellWorld x;
  const auto a = x.sim.user(0);
  const auto id = x.tell(x.message("k", {a}));
  x.line.trouble = {"gone"};
  for (int i = 0; i < 300; ++i, x.pass(61)) (void)x.send();
  EXPECT_EQ(x.states(id), a + ":unknown(connect.wecom_unknown_outcome)");
  const auto asked = x.line.bodies.size();
  EXPECT_GT(asked, 200u);
  x.line.trouble.clear();
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.line.bodies.size(), asked) << "never again by itself: the platform would show it a second time";
  EXPECT_EQ(x.w.write([&](Tx& tx) { return tell_again(tx, x.corp, id); }).value_or(-1), 1);
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.states(id), a + ":sent");
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return tell_again(tx, x.corp, NoticeId{7}); })), "connect.no_notice");
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return tell_again(tx, "wwother", id); })), "connect.no_notice");
}

TEST(WecomTell, WhatWasNotDoneWaitsAndARefusalIsSaid) {
  TellWorld x;
  const auto a = x.sim.user(0);
  const auto id = x.tell(x.message("k", {a}));
  for (const auto& [how, code] : std::map<std::string, std::string>{{"unreachable", "connect.unreachable"}, {"limit", "connect.wecom_limit"}, {"token", "connect.wecom_token"}}) {
    x.line.trouble = {how};
    EXPECT_EQ(x.send(), code);
    EXPECT_TRUE(x.states(id).starts_with(a + ":waiting(" + code)) << x.states(id);
  }
  x.line.trouble = {"no right"};
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.states(id), a + ":failed(connect.wecom_refused 60011 no privilege)");
  EXPECT_EQ(x.shown(), 0u);
  EXPECT_EQ(x.w.write([&](Tx& tx) { return tell_again(tx, x.corp, id); }).value_or(-1), 1);
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.states(id), a + ":sent");
  const auto nobody = x.tell(x.message("n", {"nobody"}));
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.states(nobody), "nobody:failed(connect.notice_invalid)");
  x.agent = 0;
  const auto later = x.tell(x.message("later", {a}));
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.states(later), a + ":waiting");
}

/// Whatever the line does, in the end everybody saw each message once.
TEST(WecomTell, NothingIsShownTwiceOnABadLine) {
  for (std::uint64_t seed = 1; seed <= (koi::testing::long_run() ? 60 : 8); ++seed) {
    TellWorld x;
    Rng rng(seed);
    std::vector<std::string> everybody;
    for (int i = 0; i < 3; ++i) everybody.push_back(x.sim.user(static_cast<std::size_t>(i)));
    std::size_t told = 0;
    const char* troubles[] = {"", "", "lost", "unreachable", "limit", "gone once"};
    for (int turn = 0; turn < 40; ++turn) {
      if (rng.below(2) == 0) x.tell(x.message(std::to_string(told++), {everybody.begin(), everybody.begin() + 1 + static_cast<std::ptrdiff_t>(rng.below(3))}));
      const auto how = std::string(troubles[rng.below(std::size(troubles))]);
      x.line.trouble = how.empty() ? std::vector<std::string>{} : std::vector{how == "gone once" ? std::string("unreachable") : how};
      (void)x.send();
      x.pass(static_cast<std::int64_t>(rng.below(50)));
    }
    x.line.trouble.clear();
    for (int i = 0; i < 5; ++i, x.pass(61)) EXPECT_EQ(x.send(), "ok");
    EXPECT_EQ(x.waiting(), 0) << seed;
    std::map<std::string, int> seen;
    for (const auto& [id, m] : x.sim.world.books.messages)
      for (const auto& to : m.to) ++seen[to + " " + text_in(object_in(json::parse(m.body).get_object(), "text"), "content")];
    for (const auto& [what, times] : seen) EXPECT_EQ(times, 1) << seed << " " << what;
    EXPECT_EQ(static_cast<std::int64_t>(seen.size()), x.w.count("connect_wecom_notice_to")) << seed;
  }
}

TEST(WecomTell, RefusesWhatThePlatformWould) {
  TellWorld x;
  const auto good = x.message("k", {"a"});
  const auto with = [&](auto change) {
    auto cmd = good;
    change(cmd);
    return outcome(x.w.write([&](Tx& tx) { return tell_staff(tx, cmd); }));
  };
  EXPECT_EQ(with([](TellStaff& c) { c.title = " "; }), "connect.notice_text");
  EXPECT_EQ(with([](TellStaff& c) { c.title = std::string(129, 'a'); }), "connect.notice_text");
  EXPECT_EQ(with([](TellStaff& c) { c.body = std::string(kTextBodyMax + 1, 'a'); }), "connect.notice_text");
  EXPECT_EQ(with([](TellStaff& c) { c.url = "https://a.cn", c.body = std::string(kCardBodyMax + 1, 'a'); }), "connect.notice_text");
  EXPECT_EQ(with([](TellStaff& c) { c.url = "javascript:alert(1)"; }), "connect.notice_text");
  EXPECT_EQ(with([](TellStaff& c) { c.key.clear(); }), "connect.notice_text");
  EXPECT_EQ(with([](TellStaff& c) { c.userids.clear(); }), "connect.notice_nobody");
  EXPECT_EQ(with([](TellStaff& c) { c.userids = {"a|b"}; }), "connect.notice_nobody");
  EXPECT_EQ(with([](TellStaff& c) { c.userids = {"@all"}; }), "connect.notice_nobody");
  EXPECT_EQ(with([](TellStaff&) {}), "ok");
  EXPECT_EQ(cut_bytes("锦鲤池", 9), "锦鲤池");
  EXPECT_EQ(cut_bytes("锦鲤池塘", 9), "锦鲤…");
  EXPECT_EQ(cut_bytes("锦鲤池塘", 8), "锦…");
}

struct WatchWorld : TellWorld {
  WatchWorld() {
    manager = w.write([&](Tx& tx) { return staff_of(tx, corp, sim.user(0)); }).value_or(StaffId{});
  }
  std::string watch(std::vector<StaffId> staff, bool codes = true, bool connection = true) {
    return outcome(w.write([&](Tx& tx) { return put_watch(tx, {corp, staff, codes, connection}); }));
  }
  void alarm(std::int64_t code, std::string_view kind) {
    EXPECT_EQ(outcome(w.write([&](Tx& tx) { return entry::raise_alarm(tx, {entry::CodeId{code}, {}, kind, "2"}); })), "ok");
  }
  int tell(const std::string& site = "https://koi.example.com") {
    const auto n = tell_troubles(db(), corp, site);
    EXPECT_EQ(outcome(n), "ok") << (n ? "" : n.error().detail);
    return n.value_or(-1);
  }
  Notice last() { return w.read([&](Tx& tx) { return list_notices(tx, corp, {}, 1); })->front(); }
  void sql(std::string_view text) {
    EXPECT_EQ(outcome(w.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(text));
      return {};
    })), "ok");
  }
  StaffId manager;
};

TEST(WecomWatch, AlarmsOfCodesAreToldOnceAndTogether) {
  WatchWorld x;
  x.alarm(1, "cap_reached");
  EXPECT_EQ(x.tell(), 0) << "nobody watches";
  x.pass(1);
  EXPECT_EQ(x.watch({x.manager}), "ok");
  EXPECT_EQ(x.tell(), 0) << "what was wrong before is not told";
  x.pass(1);
  for (int i = 2; i < 9; ++i) x.alarm(i, "nobody_on_duty");
  EXPECT_EQ(x.tell(), 1);
  EXPECT_EQ(x.last().title, "活码提醒：7 条待处理");
  EXPECT_NE(x.last().body.find("没有导购在班"), std::string::npos);
  EXPECT_NE(x.last().body.find("另有 2 条"), std::string::npos);
  EXPECT_EQ(x.last().url, "https://koi.example.com/codes");
  EXPECT_EQ(x.last().people.front().userid, x.sim.user(0));
  x.alarm(3, "nobody_on_duty");
  EXPECT_EQ(x.tell(), 0) << "the same alarm once more";
  x.alarm(3, "way_failed");
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return entry::settle_alarm(tx, entry::CodeId{3}, {}, "way_failed"); })), "ok");
  EXPECT_EQ(x.tell(), 0) << "closed before it was told";
  EXPECT_EQ(x.send(), "ok");
  EXPECT_EQ(x.shown(), 1u);
  EXPECT_EQ(x.watch({x.manager}, false), "ok");
  x.alarm(20, "cap_reached");
  EXPECT_EQ(x.tell(), 0) << "switched off";
}

TEST(WecomWatch, TroublesOfTheConnectionAreToldAndAgainNextDay) {
  WatchWorld x;
  EXPECT_EQ(x.watch({x.manager}), "ok");
  x.pass(1);
  const auto run = x.begin();
  x.sql("UPDATE connect_sync_run SET state = 'failed', error = 'connect.wecom_refused', ended_at = " + std::to_string(to_ms(x.w.clock().now())) + " WHERE id = " + std::to_string(run.id.v));
  EXPECT_EQ(x.tell(""), 1);
  EXPECT_EQ(x.last().title, "企业微信同步失败");
  EXPECT_NE(x.last().body.find("企业微信拒绝了请求"), std::string::npos) << x.last().body;
  EXPECT_EQ(x.last().url, "") << "nobody knows where this server is";
  EXPECT_EQ(x.tell(), 0);
  x.pass(86'400);
  EXPECT_EQ(x.tell(), 0) << "a walk failed once";
  EXPECT_EQ(x.watch({x.manager}, true, false), "ok");
  (void)x.begin();
  x.sql("UPDATE connect_sync_run SET state = 'failed', error = 'connect.wecom_refused', ended_at = " + std::to_string(to_ms(x.w.clock().now())) + " WHERE state = 'running'");
  EXPECT_EQ(x.tell(), 0);
}

TEST(WecomWatch, OnlyMembersOfTheCorpCanWatch) {
  WatchWorld x;
  const auto stranger = x.w.write([&](Tx& tx) { return team::create_staff(tx, Scope::everything("test"), {.name = "路人", .unit = {}, .wecom_userid = {}}); }).value();
  EXPECT_EQ(x.watch({stranger}), "connect.unknown_staff");
  EXPECT_EQ(x.watch({StaffId{77}}), "connect.unknown_staff");
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return put_watch(tx, {"wwnobody", {}, true, true}); })), "connect.no_corp");
  EXPECT_EQ(x.watch({x.manager, x.manager}), "ok");
  const auto found = x.w.read([&](Tx& tx) { return find_watch(tx, x.corp); });
  EXPECT_EQ(found->staff, std::vector{x.manager});
  EXPECT_EQ(found->ver, 1);
  EXPECT_EQ(x.watch({}), "ok");
  x.pass(1);
  x.alarm(1, "cap_reached");
  EXPECT_EQ(x.tell(), 0);
}

}  // namespace
}  // namespace koi::connect::wecom::testing
