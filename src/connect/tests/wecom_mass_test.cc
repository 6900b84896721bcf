// Mass sends against the simulated corp: through whom, how many, what became of each, lost answers, kills, caps, media.
#include <random>

#include "connect/tests/wecom_box.h"
#include "connect/wecom/corp.h"
#include "connect/wecom/inbox.h"
#include "connect/wecom/mass/mass.h"
#include "connect/wecom/media/media.h"
#include "entry/arrivals.h"
#include "people/profile.h"

namespace koi::connect::wecom::testing {
namespace {

struct Stopped {};
const std::string kPng("\x89PNG\r\n\x1a\n and then some", 22);

/// The corp behind a network that loses answers, and a process that dies.
class LossyPlatform final : public Platform {
 public:
  explicit LossyPlatform(Platform& under) : under_(under) {}
  void send(std::string_view method, std::string_view path, Query query, std::string body, PlatformDone done) override {
    ++calls[std::string(path)];
    if (lose_next == path) {
      lose_next.clear();
      under_.send(method, path, std::move(query), std::move(body), [](Result<json::object>) {});
      return done(fail(Errc::unavailable, "connect.wecom_unknown_outcome"));
    }
    if (drop_next == path) {
      drop_next.clear();
      return done(fail(Errc::unavailable, "connect.wecom_unknown_outcome"));
    }
    const auto dice = rough == 0 ? 1000u : static_cast<unsigned>(rng() % 1000);
    if (dice < rough) throw Stopped{};
    if (dice < 2 * rough) return done(fail(Errc::unavailable, "connect.wecom_unknown_outcome"));
    if (dice >= 4 * rough) return under_.send(method, path, std::move(query), std::move(body), std::move(done));
    under_.send(method, path, std::move(query), std::move(body), [](Result<json::object>) {});
    if (dice < 3 * rough) throw Stopped{};
    done(fail(Errc::unavailable, "connect.wecom_unknown_outcome"));
  }
  void send_form(std::string_view path, Query query, std::string_view content_type, std::string body, PlatformDone done) override {
    ++calls[std::string(path)];
    under_.send_form(path, std::move(query), content_type, std::move(body), std::move(done));
  }
  std::map<std::string, int> calls;
  std::string lose_next, drop_next;  // a path: done and not answered; not even done
  unsigned rough = 0;                // of a thousand, each of four troubles
  std::mt19937_64 rng;

 private:
  Platform& under_;
};

entry::WelcomePart picture(MediaId id) {
  entry::WelcomePart part;
  part.kind = "image", part.media = to_text(id);
  return part;
}
const Scope kAll = Scope::everything("test");

struct MassWorld : SyncWorld {
  explicit MassWorld(int staff = 3, int customers = 6, int groups = 0) : SyncWorld(corp_shape(staff, 0, 0)), lossy(platform) {
    for (int i = 0; i < customers; ++i) friends.push_back(sim.friend_of(sim.user(static_cast<simulate::StaffNo>(i % staff))));
    for (int i = 0; i < groups; ++i) sim.sim("group/create", {{"userid", sim.user(static_cast<simulate::StaffNo>(i % staff))}, {"name", "福利群" + std::to_string(i)}});
    const auto put = w.write([&](Tx& tx) {
      return put_corp(tx, {.corp_id = corp, .secret = "secret", .token = "QDG6eK", .aes_key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}, std::string(32, 'k'));
    });
    EXPECT_EQ(outcome(put), "ok");
    sync();
  }

  PersonId person(const std::string& external) {
    const auto found = w.read([&](Tx& tx) { return people::find(tx, {"wecom_external_userid:" + corp, external}); });
    EXPECT_TRUE(found && *found);
    return found && *found ? **found : PersonId{};
  }
  StaffId staff(simulate::StaffNo no) {
    const auto found = w.read([&](Tx& tx) { return team::staff_by_wecom(tx, sim.user(no)); });
    return found && *found ? (*found)->id : StaffId{};
  }
  static MassSpec spec(std::string text = "会员日 8.8 折") {
    MassSpec s;
    s.name = "会员日", s.text = std::move(text);
    return s;
  }
  Mass draft(const MassSpec& s, std::string kind = "person") {
    const auto made = w.write([&](Tx& tx) { return create_mass(tx, kAll, {corp, kind, s, "test"}); });
    EXPECT_EQ(outcome(made), "ok") << (made ? "" : made.error().detail);
    if (!made) throw std::runtime_error("no draft");
    return *made;
  }
  Mass now(MassId id) { return *w.read([&](Tx& tx) { return find_mass(tx, kAll, id); }); }
  std::string plan(MassId id) { return outcome(w.write([&](Tx& tx) { return plan_mass(tx, kAll, id); })); }
  std::string start(MassId id) { return outcome(w.write([&](Tx& tx) { return start_mass(tx, kAll, id, {}); })); }
  std::string stop(MassId id) { return outcome(w.write([&](Tx& tx) { return stop_mass(tx, kAll, id); })); }

  /// Rounds until nothing is due; a killed process is followed by a new one.
  void work() {
    const PlatformOf of = [this](const std::string&) -> Result<std::shared_ptr<Platform>> { return std::shared_ptr<Platform>(std::shared_ptr<void>(), &lossy); };
    for (int i = 0; i < 400; ++i) {
      try {
        const auto done = work_mass(db(), of, 10);
        ASSERT_EQ(outcome(done), "ok") << (done ? "" : done.error().detail);
        if (*done == 0) return;
      } catch (const Stopped&) {
        ++kills;
        w.reopen();
      }
    }
    ADD_FAILURE() << "never at rest";
  }
  /// Drafted, planned, started, and handed to the guides.
  MassId out(const MassSpec& s, std::string kind = "person") {
    const auto id = draft(s, std::move(kind)).id;
    EXPECT_EQ(plan(id), "ok");
    work();
    EXPECT_EQ(start(id), "ok");
    pass(61);
    work();
    return id;
  }
  std::vector<MassTask> tasks(MassId id) { return *w.read([&](Tx& tx) { return mass_tasks(tx, kAll, id, "", {}, 200); }); }
  /// Every task of the platform that this guide has not confirmed.
  int confirm(simulate::StaffNo no) {
    int n = 0;
    for (auto& [msgid, task] : sim.world.books.mass)
      if (const auto at = task.senders.find(no); at != task.senders.end() && at->second == 0 && !task.cancelled) {
        EXPECT_EQ(sim.refusal("staff/confirm", {{"userid", sim.user(no)}, {"msgid", msgid}}), "");
        ++n;
      }
    return n;
  }
  void see_results(std::int64_t after = 130) {
    pass(after);
    work();
  }
  /// How often somebody got these words, over all their guides.
  int heard(const std::string& external, const std::string& text) {
    int n = 0;
    const auto no = sim.world.corp.customer_no(external);
    for (const auto s : sim.world.corp.customers[no].staff) {
      const auto* r = sim.world.corp.relation(s, no);
      if (!r || !r->rare) continue;
      n += static_cast<int>(std::ranges::count_if(r->rare->chat, [&](const auto& line) { return line.text == text; }));
    }
    return n;
  }
  std::string state_of(MassId id, const std::string& external) {
    auto out = rows("SELECT state FROM connect_wecom_mass_target WHERE mass_id = " + std::to_string(id.v) + " AND person_id = " + std::to_string(person(external).v), 1);
    return out.empty() ? "none" : out.substr(0, out.find('\n'));
  }
  std::int64_t told() {
    const auto kinds = w.read([](Tx& tx) { return events::count_kinds(tx); });
    EXPECT_EQ(outcome(kinds), "ok");
    for (const auto& k : *kinds)
      if (k.kind == "message_sent_by_staff") return k.events;
    return 0;
  }

  LossyPlatform lossy;
  std::vector<std::string> friends;
  int kills = 0;
};

TEST(WecomMass, GoesThroughTheOwnerAndSaysWhatBecameOfEach) {
  MassWorld c(3, 6);
  // Known by two: their owner speaks, not who befriended them last.
  c.sim.sim("customer/add", {{"external_userid", c.friends[0]}, {"userid", c.sim.user(2)}});
  c.sync();
  const auto id = c.out(MassWorld::spec());
  const auto m = c.now(id);
  EXPECT_EQ(m.state, "sent");
  EXPECT_EQ(m.found, 6);
  EXPECT_EQ(m.total, 6);
  EXPECT_EQ(m.tasks, 3);
  EXPECT_EQ(c.lossy.calls["externalcontact/add_msg_template"], 3);
  // One deletes their guide before the guide confirms.
  c.sim.sim("customer/delete", {{"external_userid", c.friends[1]}, {"userid", c.sim.user(1)}});
  EXPECT_EQ(c.confirm(0) + c.confirm(1), 2);
  c.see_results();
  EXPECT_EQ(c.state_of(id, c.friends[0]), "sent");
  EXPECT_EQ(c.state_of(id, c.friends[1]), "lost");
  EXPECT_EQ(c.state_of(id, c.friends[2]), "waiting");
  EXPECT_EQ(c.heard(c.friends[0], "会员日 8.8 折"), 1);
  EXPECT_EQ(c.told(), 3);
  c.see_results();
  EXPECT_EQ(c.told(), 3) << "told once each";
  EXPECT_EQ(c.confirm(2), 1);
  c.see_results();
  const auto end = c.now(id);
  EXPECT_EQ(end.state, "done");
  EXPECT_EQ(end.sent, 5);
  EXPECT_EQ(end.lost, 1);
  EXPECT_EQ(end.confirmed, 3);
}

TEST(WecomMass, LeavesOutWhoSaidNoAndWhoHasNobody) {
  MassWorld c(2, 4);
  const auto say = [&](const std::string& external, bool granted) {
    const auto said = c.w.write([&](Tx& tx) { return people::record_consent(tx, {.person = c.person(external), .channel = "wecom", .purpose = "marketing", .granted = granted, .evidence = "card", .notice_version = "1", .at = {}}); });
    EXPECT_EQ(outcome(said), "ok");
  };
  say(c.friends[0], false);
  say(c.friends[1], true);
  c.sim.sim("staff/delete", {{"external_userid", c.friends[2]}, {"userid", c.sim.user(0)}});
  c.sync();
  const auto id = c.out(MassWorld::spec());
  EXPECT_EQ(c.state_of(id, c.friends[0]), "unasked");
  EXPECT_EQ(c.state_of(id, c.friends[1]), "waiting");
  EXPECT_EQ(c.state_of(id, c.friends[2]), "friendless");
  EXPECT_EQ(c.state_of(id, c.friends[3]), "waiting");
  auto strict = MassWorld::spec("只给同意过的");
  strict.consent = "granted";
  const auto second = c.out(strict);
  EXPECT_EQ(c.state_of(second, c.friends[3]), "unasked");
  EXPECT_EQ(c.state_of(second, c.friends[1]), "waiting");
  EXPECT_EQ(c.now(second).total, 1);
}

TEST(WecomMass, AnAnswerThatWasLostIsLookedForAndNothingIsSaidTwice) {
  MassWorld c(1, 3);
  const auto id = c.draft(MassWorld::spec("只此一次")).id;
  EXPECT_EQ(c.plan(id), "ok");
  c.work();
  EXPECT_EQ(c.start(id), "ok");
  // The same words of somebody else are no answer of ours.
  const auto other = c.sim.friend_of(c.sim.user(0));
  c.sim.post("add_msg_template", {{"chat_type", "single"}, {"external_userid", json::array{other}}, {"sender", c.sim.user(0)}, {"text", {{"content", "只此一次"}}}});
  c.lossy.lose_next = "externalcontact/add_msg_template";
  c.pass(61);
  c.work();
  EXPECT_EQ(c.tasks(id).at(0).state, "asked");
  c.pass(61);
  c.work();
  EXPECT_EQ(c.tasks(id).at(0).state, "made");
  EXPECT_EQ(c.lossy.calls["externalcontact/add_msg_template"], 1);
  c.confirm(0);
  c.see_results();
  for (const auto& f : c.friends) EXPECT_EQ(c.heard(f, "只此一次"), 1);
  EXPECT_EQ(c.now(id).sent, 3);
}

TEST(WecomMass, WhatNeverArrivedIsAskedForAgain) {
  MassWorld c(1, 3);
  const auto id = c.draft(MassWorld::spec("再来一次")).id;
  c.plan(id);
  c.work();
  c.start(id);
  c.lossy.drop_next = "externalcontact/add_msg_template";
  c.pass(61);
  c.work();
  c.pass(61);
  c.work();
  EXPECT_EQ(c.lossy.calls["externalcontact/add_msg_template"], 2);
  c.confirm(0);
  c.see_results();
  for (const auto& f : c.friends) EXPECT_EQ(c.heard(f, "再来一次"), 1);
}

TEST(WecomMass, KillsAndLostAnswersNeverSayItTwiceAndForgetNobody) {
  for (const std::uint64_t seed : {11u, 12u, 13u, 14u}) {
    SCOPED_TRACE(seed);
    MassWorld c(4, 12);
    c.lossy.rng.seed(seed);
    c.lossy.rough = 60;
    const auto id = c.draft(MassWorld::spec("掷骰子")).id;
    c.plan(id);
    c.work();
    c.start(id);
    for (int round = 0; round < 30; ++round) {
      c.pass(61);
      c.work();
      for (simulate::StaffNo no = 0; no < 4; ++no) c.confirm(no);
    }
    c.lossy.rough = 0;
    for (int round = 0; round < 4; ++round) c.see_results(700);
    for (const auto& f : c.friends) EXPECT_EQ(c.heard(f, "掷骰子"), 1);
    EXPECT_EQ(c.now(id).sent, 12);
    EXPECT_EQ(c.now(id).state, "done");
    EXPECT_EQ(c.told(), 12);
  }
}

TEST(WecomMass, CapsHoldForTwoThatWerePlannedAtOnce) {
  MassWorld c(1, 3);
  ASSERT_EQ(outcome(c.w.write([&](Tx& tx) { return put_mass_quota(tx, {c.corp, "person", 1, 0, 0, 0}); })), "ok");
  const auto a = c.draft(MassWorld::spec("甲")).id, b = c.draft(MassWorld::spec("乙")).id;
  c.plan(a), c.plan(b);
  c.work();
  EXPECT_EQ(c.now(b).capped, 0) << "neither has begun";
  c.start(a), c.start(b);
  c.pass(61);
  c.work();
  EXPECT_EQ(c.now(a).total, 3);
  EXPECT_EQ(c.now(b).total, 0);
  EXPECT_EQ(c.now(b).capped, 3);
  EXPECT_EQ(c.now(b).state, "done");
  c.confirm(0);
  c.see_results();
  // A day later there is room again.
  c.pass(86'400);
  EXPECT_EQ(c.now(c.out(MassWorld::spec("丙"))).total, 3);
}

TEST(WecomMass, APlatformCapIsBelieved) {
  MassWorld c(1, 2);
  c.sim.world.books.mass_month_max = 1;
  c.sim.post("add_msg_template", {{"chat_type", "single"}, {"external_userid", json::array{c.friends[0]}}, {"sender", c.sim.user(0)}, {"text", {{"content", "别家的"}}}});
  c.confirm(0);
  const auto id = c.out(MassWorld::spec());
  c.confirm(0);
  c.see_results();
  EXPECT_EQ(c.state_of(id, c.friends[0]), "full");
  EXPECT_EQ(c.state_of(id, c.friends[1]), "sent");
  EXPECT_EQ(c.now(id).full, 1);
}

TEST(WecomMass, GroupsGoThroughTheirOwners) {
  MassWorld c(2, 2, 4);
  auto s = MassWorld::spec("群里见");
  s.groups_named = "福利群";
  const auto id = c.out(s, "group");
  EXPECT_EQ(c.now(id).found, 4);
  EXPECT_EQ(c.now(id).tasks, 2);
  EXPECT_EQ(c.confirm(0) + c.confirm(1), 2);
  c.see_results();
  EXPECT_EQ(c.now(id).sent, 4);
  EXPECT_EQ(c.now(id).state, "done");
  for (const auto& g : c.sim.world.corp.groups) EXPECT_EQ(std::ranges::count_if(g.chat, [](const auto& line) { return line.text == "群里见"; }), 1);
  s.staff = {c.staff(1)};
  EXPECT_EQ(c.now(c.out(s, "group")).found, 2);
}

TEST(WecomMass, IsTakenBackWithinAMinuteAndCalledOffAfterIt) {
  MassWorld c(2, 4);
  const auto id = c.draft(MassWorld::spec("算了")).id;
  c.plan(id);
  c.work();
  c.start(id);
  c.pass(30);
  c.work();
  EXPECT_EQ(c.stop(id), "ok");
  EXPECT_EQ(c.now(id).state, "ready");
  c.pass(120);
  c.work();
  EXPECT_EQ(c.lossy.calls["externalcontact/add_msg_template"], 0);
  EXPECT_EQ(c.start(id), "ok");
  c.pass(61);
  c.work();
  c.confirm(0);
  EXPECT_EQ(c.stop(id), "ok");
  c.see_results();
  EXPECT_EQ(c.now(id).state, "cancelled");
  EXPECT_EQ(c.now(id).sent, 2);
  EXPECT_EQ(c.state_of(id, c.friends[1]), "cancelled");
  EXPECT_EQ(c.confirm(1), 0) << "it is cancelled there, too";
  EXPECT_EQ(c.stop(id), "connect.mass_state");
}

TEST(WecomMass, RemindsThreeTimesADayAndSaysSo) {
  MassWorld c(1, 1);
  const auto id = c.out(MassWorld::spec());
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(*c.w.write([&](Tx& tx) { return remind_mass(tx, kAll, id); }), 1);
    c.work();
    EXPECT_EQ(c.tasks(id).at(0).error.find("41094") != std::string::npos, i == 3);
  }
  EXPECT_TRUE(c.tasks(id).at(0).reminded_at.has_value());
  c.confirm(0);
  c.see_results();
  EXPECT_EQ(*c.w.write([&](Tx& tx) -> Result<std::int64_t> { TRY(find_mass(tx, kAll, id)); return 0; }), 0);
  EXPECT_EQ(outcome(c.w.write([&](Tx& tx) { return remind_mass(tx, kAll, id); })), "connect.mass_state");
}

TEST(WecomMass, NobodyWaitsLongerThanAWeek) {
  MassWorld c(1, 2);
  const auto id = c.out(MassWorld::spec());
  for (int day = 0; day < 9; ++day) c.see_results(86'400);
  EXPECT_EQ(c.now(id).state, "done");
  EXPECT_EQ(c.state_of(id, c.friends[0]), "unsent");
  EXPECT_LT(c.lossy.calls["externalcontact/get_groupmsg_task"], 20);
}

TEST(WecomMass, APlanGrowsOldAndAnAudienceThatIsGoneIsSaid) {
  MassWorld c(1, 2);
  const auto id = c.draft(MassWorld::spec()).id;
  EXPECT_EQ(c.start(id), "connect.mass_state");
  c.plan(id);
  c.work();
  c.pass(90'000);
  EXPECT_EQ(c.start(id), "connect.mass_stale");
  c.plan(id);
  c.work();
  EXPECT_EQ(c.now(id).found, 2) << "what an earlier plan found is forgotten";
  EXPECT_EQ(c.w.count("connect_wecom_mass_target"), 2);
  auto nobody = MassWorld::spec();
  nobody.audience.owner = StaffId{424242};
  const auto empty = c.draft(nobody).id;
  c.plan(empty);
  c.work();
  EXPECT_EQ(c.start(empty), "connect.mass_nobody");
}

TEST(WecomMass, RefusesWhatThePlatformWouldRefuse) {
  MassWorld c(1, 1);
  const auto verdict = [&](const MassSpec& s, std::string kind = "person") { return outcome(c.w.write([&](Tx& tx) { return create_mass(tx, kAll, {c.corp, kind, s, "test"}); })); };
  auto s = MassWorld::spec();
  EXPECT_EQ(verdict(s, "both"), "connect.mass_kind");
  s.text = "";
  EXPECT_EQ(verdict(s), "connect.mass_empty");
  s.text = std::string(4001, 'x');
  EXPECT_EQ(verdict(s), "connect.mass_text");
  s.text = "亲爱的{nick}";
  EXPECT_EQ(verdict(s), "connect.mass_variable");
  s = MassWorld::spec();
  s.parts.resize(1);
  s.parts[0].kind = "sticker";
  EXPECT_EQ(verdict(s), "connect.mass_part");
  s.parts[0].kind = "image";
  EXPECT_EQ(verdict(s), "connect.mass_part");
  s.parts[0].media = "med_zzz";
  EXPECT_EQ(verdict(s), "connect.no_media");
  s.parts[0].kind = "link", s.parts[0].media = "", s.parts[0].title = "a", s.parts[0].url = "https://a.example";
  EXPECT_EQ(verdict(s), "ok");
  s.parts.resize(10, s.parts[0]);
  EXPECT_EQ(verdict(s), "connect.mass_part");
  s = MassWorld::spec();
  s.name = "";
  EXPECT_EQ(verdict(s), "connect.mass_name");
  s.name = "x", s.consent = "maybe";
  EXPECT_EQ(verdict(s), "connect.mass_consent");
  for (const auto n : {-1, 32}) EXPECT_EQ(outcome(c.w.write([&](Tx& tx) { return put_mass_quota(tx, {c.corp, "person", n, 0, 0, 0}); })), "connect.mass_quota");
  EXPECT_EQ(c.w.count("connect_wecom_mass"), 1) << "the good one";
}

TEST(WecomMass, ARefusalStandsOnTheGuidesTask) {
  MassWorld c(2, 4);
  const auto id = c.draft(MassWorld::spec()).id;
  c.plan(id);
  c.work();
  c.start(id);
  c.sim.sim("staff/resign", {{"userid", c.sim.user(1)}});
  c.pass(61);
  c.work();
  const auto m = c.now(id);
  EXPECT_EQ(m.refused, 1);
  EXPECT_EQ(m.failed, 2);
  for (const auto& t : c.tasks(id)) EXPECT_EQ(t.error.empty(), t.state != "refused") << t.error;
}

TEST(WecomMass, AScopeSeesItsOwn) {
  MassWorld c(2, 4);
  const auto mine = Scope::of(Reach::own, c.staff(0), {});
  const auto made = c.w.write([&](Tx& tx) { return create_mass(tx, mine, {c.corp, "person", MassWorld::spec(), "guide"}); });
  ASSERT_EQ(outcome(made), "ok");
  const auto id = made->id;
  c.plan(id);
  c.work();
  EXPECT_EQ(c.now(id).found, 2) << "only their own customers";
  EXPECT_EQ(outcome(c.w.read([&](Tx& tx) { return find_mass(tx, mine, id); })), "ok");
  const auto theirs = Scope::of(Reach::own, c.staff(1), {});
  EXPECT_EQ(outcome(c.w.read([&](Tx& tx) { return find_mass(tx, theirs, id); })), "connect.no_mass");
  const auto all = c.draft(MassWorld::spec()).id;
  EXPECT_EQ(outcome(c.w.read([&](Tx& tx) { return find_mass(tx, mine, all); })), "connect.no_mass");
  EXPECT_EQ(c.w.read([&](Tx& tx) { return list_mass(tx, mine, "", {}, 50); })->size(), 1u);
  EXPECT_EQ(c.w.read([&](Tx& tx) { return list_mass(tx, theirs, "", {}, 50); })->size(), 0u);
}

TEST(WecomMass, WhoIsErasedBeforeItGoesOutGetsNothing) {
  MassWorld c(1, 2);
  const auto id = c.draft(MassWorld::spec("被遗忘")).id;
  c.plan(id);
  c.work();
  c.start(id);
  ASSERT_EQ(outcome(c.w.write([&](Tx& tx) { return people::erase(tx, c.person(c.friends[0])); })), "ok");
  c.pass(61);
  c.work();
  c.confirm(0);
  c.see_results();
  EXPECT_EQ(c.heard(c.friends[0], "被遗忘"), 0);
  EXPECT_EQ(c.heard(c.friends[1], "被遗忘"), 1);
  EXPECT_EQ(c.w.number("SELECT COUNT(*) FROM connect_wecom_mass_target WHERE name = '" + c.friends[0] + "'"), 0);
}

TEST(WecomMedia, IsBroughtOnceAndAgainBeforeItDies) {
  MassWorld c(1, 2);
  const auto media = c.w.write([&](Tx& tx) { return keep_media(tx, {"海报.png", kPng}); });
  ASSERT_EQ(outcome(media), "ok");
  EXPECT_EQ(media->kind, "image");
  EXPECT_EQ(c.w.write([&](Tx& tx) { return keep_media(tx, {"海报.png", kPng}); })->id, media->id);
  auto s = MassWorld::spec();
  s.parts = {picture(media->id)};
  c.out(s);
  EXPECT_EQ(c.lossy.calls["media/upload"], 1);
  EXPECT_EQ(outcome(c.w.write([&](Tx& tx) { return drop_media(tx, media->id); })), "connect.media_in_use");
  c.pass(59 * 3600);
  c.out(s);
  EXPECT_EQ(c.lossy.calls["media/upload"], 1);
  c.pass(2 * 3600);
  c.out(s);
  EXPECT_EQ(c.lossy.calls["media/upload"], 2);
  EXPECT_EQ(c.tasks(c.out(s)).at(0).state, "made") << "the platform knows the id";
  EXPECT_EQ(outcome(c.w.write([&](Tx& tx) { return keep_media(tx, {"x", "12345"}); })), "connect.media_empty");
  EXPECT_EQ(outcome(c.w.write([&](Tx& tx) { return keep_media(tx, {"x.png", kPng + std::string(kImageMax, 'x')}); })), "connect.media_large");
}

TEST(WecomMedia, AWelcomeCarriesAPictureOfOurs) {
  MassWorld c(1, 1);
  const auto media = c.w.write([&](Tx& tx) { return keep_media(tx, {"欢迎.png", kPng}); });
  ASSERT_EQ(outcome(media), "ok");
  entry::CodeSpec code;
  code.name = "门口";
  code.members.resize(1);
  code.members[0].staff = c.staff(0);
  code.welcome.text = "你好";
  code.welcome.parts = {picture(media->id)};
  ASSERT_EQ(outcome(c.w.write([&](Tx& tx) { return entry::create_code(tx, kAll, {code, "", "k"}); })), "ok");
  EXPECT_EQ(outcome(c.w.write([&](Tx& tx) { return drop_media(tx, media->id); })), "connect.media_in_use");
  ASSERT_EQ(outcome(tend_welcome_media(c.db(), c.lossy, c.corp)), "ok");
  ASSERT_EQ(outcome(tend_welcome_media(c.db(), c.lossy, c.corp)), "ok");
  EXPECT_EQ(c.lossy.calls["media/upload"], 1);
  const auto known = [&] { return *c.w.read([&](Tx& tx) { return known_media(tx, c.corp, media->id, Place::message, kMediaLife); }); };
  const auto first = known();
  EXPECT_NE(first, "");
  c.pass(61 * 3600);
  EXPECT_EQ(known(), first) << "still good there";
  ASSERT_EQ(outcome(tend_welcome_media(c.db(), c.lossy, c.corp)), "ok");
  EXPECT_NE(known(), first);
}

}  // namespace
}  // namespace koi::connect::wecom::testing
