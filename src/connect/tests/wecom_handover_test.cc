// A member of staff leaves, or gives customers away: planned by rule, asked within the platform's limits, over days of the
// simulator's clock, with refusals, full receivers, lost answers and kills. Whose customer somebody is, is looked at all the time.
#include <random>

#include "connect/tests/wecom_box.h"
#include "connect/wecom/handover.h"
#include "connect/wecom/inbox.h"
#include "people/profile.h"
#include "team/handover.h"

namespace koi::connect::wecom::testing {
namespace {

using team::HandoverId, team::HandoverRow, team::HandoverSpec;

struct Killed {};

/// The corp behind a network that loses answers and a process that dies.
class RoughPlatform final : public Platform {
 public:
  RoughPlatform(Platform& under, std::function<void()> seen) : under_(under), seen_(std::move(seen)) {}
  void send(std::string_view method, std::string_view path, Query query, std::string body, PlatformDone done) override {
    ++calls[std::string(path)];
    seen_();
    const auto dice = rough == 0 ? 1000u : static_cast<unsigned>(rng() % 1000);
    if (dice < rough) throw Killed{};                                       // before anything was sent
    if (dice < 2 * rough) return done(fail(Errc::unavailable, "connect.wecom_unknown_outcome"));
    if (dice >= 4 * rough) return under_.send(method, path, std::move(query), std::move(body), std::move(done));
    under_.send(method, path, std::move(query), std::move(body), [](Result<json::object>) {});
    if (dice < 3 * rough) throw Killed{};                                   // after it was done
    done(fail(Errc::unavailable, "connect.wecom_unknown_outcome"));
  }
  void send_form(std::string_view path, Query query, std::string_view content_type, std::string body, PlatformDone done) override {
    under_.send_form(path, std::move(query), content_type, std::move(body), std::move(done));
  }
  std::map<std::string, int> calls;
  unsigned rough = 0;  // of a thousand, each of four troubles
  std::mt19937_64 rng;

 private:
  Platform& under_;
  std::function<void()> seen_;
};

struct HandoverWorld : SyncWorld {
  explicit HandoverWorld(int staff, int customers, int groups) : SyncWorld(corp_shape(staff, 0, 0)), rough(platform, [this] { look_at_owners(); }) {
    for (int i = 0; i < customers; ++i) friends.push_back(sim.friend_of(sim.user(0)));
    for (int i = 0; i < groups; ++i) sim.sim("group/create", {{"userid", sim.user(0)}, {"name", "群" + std::to_string(i)}});
    sync();
  }

  StaffId staff(simulate::StaffNo no) {
    const auto found = w.read([&](Tx& tx) { return team::staff_by_wecom(tx, sim.user(no)); });
    return found && *found ? (*found)->id : StaffId{};
  }
  void leaves(simulate::StaffNo no) {
    sim.sim("staff/resign", {{"userid", sim.user(no)}});
    const auto id = staff(no);
    const auto done = w.write([&](Tx& tx) { return team::edit_staff(tx, Scope::everything("test"), {.staff = id, .name = {}, .wecom_userid = {}, .state = "left", .unit = {}}); });
    EXPECT_EQ(outcome(done), "ok");
  }
  HandoverSpec to_everybody(std::string mode, int first, int last) {
    HandoverSpec s;
    s.from = staff(0), s.mode = std::move(mode), s.rule = "equal";
    for (int i = first; i <= last; ++i) s.receivers.push_back({.staff = staff(static_cast<simulate::StaffNo>(i)), .capacity = -1, .tags = {}, .segment = {}, .stage = {}, .store = {}});
    return s;
  }
  team::HandoverPreview preview(const HandoverSpec& s) {
    const auto got = w.read([&](Tx& tx) { return team::preview_handover(tx, Scope::everything("test"), s); });
    EXPECT_EQ(outcome(got), "ok") << (got ? "" : got.error().detail);
    return got.value_or(team::HandoverPreview{});
  }
  HandoverId start(const HandoverSpec& s) {
    const auto got = w.write([&](Tx& tx) { return team::start_handover(tx, Scope::everything("test"), s, "user test", "k1"); });
    EXPECT_EQ(outcome(got), "ok") << (got ? "" : got.error().detail);
    return got.value_or(HandoverId{});
  }
  HandoverRow row(HandoverId id) { return *w.read([&](Tx& tx) { return team::find_handover(tx, Scope::everything("test"), id); }); }

  /// Rounds until nothing is due now; killed ones are taken up by a new process.
  void work() {
    const PlatformOf of = [this](const std::string&) -> Result<std::shared_ptr<Platform>> { return std::shared_ptr<Platform>(std::shared_ptr<void>(), &rough); };
    for (int i = 0; i < 500; ++i) {
      try {
        const auto done = work_handovers(db(), of, 10);
        look_at_owners();
        EXPECT_EQ(outcome(done), !done && rough.rough > 0 ? "connect.wecom_unknown_outcome" : "ok") << (done ? "" : done.error().detail);
        if (!done || *done == 0) return;
      } catch (const Killed&) {
        ++kills;
        w.reopen();
        look_at_owners();
      }
    }
    ADD_FAILURE() << "never at rest";
  }
  /// Everybody has one owner: the receiver of the item that moved, the giver of any other.
  void look_at_owners() {
    ++looks;
    ASSERT_EQ(w.number("SELECT COUNT(*) FROM person WHERE owner_staff_id IS NULL AND merged_into IS NULL"), 0);
    ASSERT_EQ(w.number("SELECT COUNT(*) FROM handover_item i JOIN person p ON p.id = i.person_id WHERE i.kind = 'person' AND "
                       "((i.state = 'moved' AND p.owner_staff_id <> i.to_staff) OR (i.state <> 'moved' AND p.owner_staff_id <> i.from_staff))"), 0);
  }
  /// What the platform holds against what we think.
  void same_as_platform() {
    for (const auto& external : friends) {
      const auto no = sim.world.corp.customer_no(external);
      const auto owner = w.read([&](Tx& tx) -> Result<std::string> {
        TRY(const auto person, people::find(tx, {"wecom_external_userid:" + corp, external}));
        return tx.one<std::string>("SELECT s.wecom_userid FROM person p JOIN staff s ON s.id = p.owner_staff_id WHERE p.id = $1", *person);
      });
      ASSERT_TRUE(owner);
      ASSERT_NE(sim.world.corp.relation(sim.world.corp.staff_no(*owner), no), nullptr) << external << " is not a friend of " << *owner;
    }
  }
  void hear(std::int64_t after) {
    for (const auto& h : sim.world.told) {
      if (h.seq <= after) continue;
      std::string text = "<xml>";
      for (const auto& f : h.event.fields) text += "<" + std::string(f.name) + "><![CDATA[" + f.value + "]]></" + std::string(f.name) + ">";
      const auto xml = crypto::read_callback_xml(text + "</xml>");
      ASSERT_TRUE(xml);
      const auto meant = w.write([&](Tx& tx) { return take_meaning(tx, corp, h.event.event + "/" + h.event.change, *xml, from_ms(h.at * 1000)); });
      EXPECT_EQ(outcome(meant), "ok") << (meant ? "" : meant.error().detail);
    }
  }

  std::vector<std::string> friends;
  RoughPlatform rough;
  int kills = 0, looks = 0;
};

TEST(WecomHandover, ThreeThousandCustomersAndFortyGroupsOfOneWhoLeft) {
  HandoverWorld x(8, 3000, 40);
  x.leaves(0);
  auto spec = x.to_everybody("left", 1, 6);
  spec.daily_max = 200;
  const auto p = x.preview(spec);
  EXPECT_EQ(p.people, 3000);
  EXPECT_EQ(p.groups, 40);
  EXPECT_EQ(p.unplaced, 0);
  ASSERT_EQ(p.receivers.size(), 6u);
  for (const auto& r : p.receivers) EXPECT_EQ(r.gets, 500);
  EXPECT_EQ(p.days, 4);  // 500 at 200 a day, and a day for the last to say no

  x.sim.sim("staff/set", {{"userid", x.sim.user(1)}, {"customers_max", 300}});  // fuller than anybody thought
  const auto id = x.start(spec);
  EXPECT_EQ(x.start(spec), id) << "the same key";
  std::vector<std::int64_t> moved_by_day;
  int days = 0;
  for (; days < 12 && x.row(id).state == "running"; ++days) {
    for (int hour = 0; hour < 24; ++hour) {
      x.work();
      x.pass(3600);
    }
    moved_by_day.push_back(x.row(id).moved);
  }
  const auto end = x.row(id);
  EXPECT_EQ(end.state, "done");
  EXPECT_EQ(end.moved, 3040);
  EXPECT_EQ(end.failed + end.refused + end.full, 0);
  EXPECT_LE(days, 6);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM person p JOIN staff s ON s.id = p.owner_staff_id WHERE s.wecom_userid = '" + x.sim.user(1) + "'"), 300);
  EXPECT_EQ(x.w.number("SELECT COALESCE(MAX(used), 0) FROM handover_quota WHERE what = 'people'"), 200);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM owner_history h WHERE h.owner_staff_id IS NULL"), 0);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_wecom_chat WHERE owner = '" + x.sim.user(0) + "'"), 0);
  x.same_as_platform();
  for (const auto& [path, n] : x.rough.calls) RecordProperty(path, n);
  std::cout << "[ figures  ] days " << days << ", looks at owners " << x.looks << ", calls:";
  for (const auto& [path, n] : x.rough.calls) std::cout << " " << path << "=" << n;
  std::cout << std::endl;
}

TEST(WecomHandover, OnTheJobCustomersMayRefuseAndGoToTheNextOrStay) {
  HandoverWorld x(5, 30, 4);
  auto spec = x.to_everybody("onjob", 1, 2);
  spec.attempts_max = 2;
  const auto id = x.start(spec);
  x.work();
  EXPECT_EQ(x.row(id).waiting, 30);
  EXPECT_EQ(x.row(id).moved, 4) << "groups change hands at once";
  const auto told = x.sim.world.told_seq;
  x.sim.sim("customer/refuse_transfer", {{"external_userid", x.friends[0]}});
  x.sim.sim("customer/refuse_transfer", {{"external_userid", x.friends[1]}});
  x.hear(told);  // the push comes before any look
  EXPECT_EQ(x.row(id).planned, 2);
  x.look_at_owners();
  x.work();
  const auto again = x.sim.world.told_seq;
  x.sim.sim("customer/refuse_transfer", {{"external_userid", x.friends[0]}});
  x.hear(again);
  EXPECT_EQ(x.row(id).refused, 1);
  for (int hour = 0; hour < 30; ++hour) {
    x.pass(3600);
    x.work();
  }
  const auto end = x.row(id);
  EXPECT_EQ(end.state, "done");
  EXPECT_EQ(end.moved, 33);
  EXPECT_EQ(end.refused, 1);
  x.same_as_platform();
  // Somebody asks again, and this time nobody says no.
  EXPECT_EQ(*x.w.write([&](Tx& tx) { return team::retry_handover(tx, Scope::everything("test"), id); }), 1);
  for (int hour = 0; hour < 30; ++hour) {
    x.work();
    x.pass(3600);
  }
  EXPECT_EQ(x.row(id).moved, 34);
  EXPECT_EQ(x.row(id).state, "done");
  x.same_as_platform();
}

TEST(WecomHandover, PushesAloneEndItToo) {
  HandoverWorld x(4, 12, 0);
  x.leaves(0);
  const auto id = x.start(x.to_everybody("left", 1, 3));
  x.work();
  EXPECT_EQ(x.row(id).waiting, 12);
  const auto person = *x.w.read([&](Tx& tx) { return people::find(tx, {"wecom_external_userid:" + x.corp, x.friends[0]}); });
  const auto serving = *x.w.read([&](Tx& tx) { return team::serving_staff(tx, *person); });
  EXPECT_NE(serving, x.staff(0)) << "who has left serves nobody";
  const auto told = x.sim.world.told_seq;
  x.pass(86'400);
  x.hear(told);
  x.look_at_owners();
  const auto end = x.row(id);
  EXPECT_EQ(end.moved, 12);
  EXPECT_EQ(end.state, "done");
  x.hear(told);  // and again
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM owner_history"), 24);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM relation_history WHERE state = 'transferred'"), 12);
  x.same_as_platform();
}

TEST(WecomHandover, TwiceInNinetyDaysAndThenItWaits) {
  HandoverWorld x(4, 3, 1);
  auto from = x.staff(0);
  for (int turn = 0; turn < 2; ++turn) {
    HandoverSpec s;
    s.from = from, s.mode = "onjob", s.rule = "one";
    s.receivers.push_back({.staff = x.staff(static_cast<simulate::StaffNo>(turn + 1)), .capacity = -1, .tags = {}, .segment = {}, .stage = {}, .store = {}});
    ASSERT_EQ(outcome(x.w.write([&](Tx& tx) { return team::start_handover(tx, Scope::everything("test"), s, "user test"); })), "ok");
    for (int hour = 0; hour < 26; ++hour) {
      const PlatformOf of = [&](const std::string&) -> Result<std::shared_ptr<Platform>> { return std::shared_ptr<Platform>(std::shared_ptr<void>(), &x.platform); };
      for (int i = 0; i < 5; ++i) ASSERT_EQ(outcome(work_handovers(x.db(), of, 10)), "ok");
      ASSERT_EQ(outcome(work_looks(x.db(), x.platform, x.corp, 100)), "ok");
      x.pass(3600);
    }
    from = x.staff(static_cast<simulate::StaffNo>(turn + 1));
    ASSERT_EQ(x.w.number("SELECT COUNT(*) FROM person WHERE owner_staff_id = " + std::to_string(from.v)), 3);
  }
  HandoverSpec third;
  third.from = from, third.mode = "onjob", third.rule = "one";
  third.receivers.push_back({.staff = x.staff(3), .capacity = -1, .tags = {}, .segment = {}, .stage = {}, .store = {}});
  const auto p = x.preview(third);
  EXPECT_EQ(p.limited, 3);
  EXPECT_EQ(p.limited_groups, 1);
  EXPECT_GE(p.days, 85);
  ASSERT_TRUE(p.limited_until);
}

/// Kills, lost answers, refusals, pauses and full receivers, as the seed has it.
class HandoverSim : public ::testing::TestWithParam<unsigned> {};
TEST_P(HandoverSim, EverybodyHasOneOwnerAndItEnds) {
  HandoverWorld x(6, 60, 6);
  x.rough.rng.seed(GetParam());
  std::mt19937_64 rng(GetParam() * 77 + 1);
  const bool left = GetParam() % 2 == 0;
  if (left) x.leaves(0);
  auto spec = x.to_everybody(left ? "left" : "onjob", 1, 4);
  spec.daily_max = 6 + static_cast<std::int64_t>(rng() % 10);
  x.sim.sim("staff/set", {{"userid", x.sim.user(1)}, {"customers_max", 5}});
  const auto id = x.start(spec);
  x.rough.rough = 40;
  for (int hour = 0; hour < 24 * 14; ++hour) {
    if (x.row(id).state == "done") break;
    const auto dice = rng() % 40;
    if (!left && dice == 0) x.sim.sim("customer/refuse_transfer", {{"external_userid", x.friends[rng() % x.friends.size()]}});
    if (dice == 1) (void)x.w.write([&](Tx& tx) { return team::pause_handover(tx, Scope::everything("test"), id); });
    if (dice >= 2 && dice < 20) (void)x.w.write([&](Tx& tx) { return team::resume_handover(tx, Scope::everything("test"), id); });
    x.work();
    x.pass(1800 + static_cast<std::int64_t>(rng() % 3600));
  }
  const auto end = x.row(id);
  EXPECT_EQ(end.state, "done") << "seed " << GetParam() << " planned " << end.planned << " asked " << end.asked << " waiting " << end.waiting << " " << end.error;
  EXPECT_EQ(end.moved + end.refused + end.full + end.failed, 66);
  EXPECT_GE(end.moved, 50);
  if (left) {
    EXPECT_EQ(end.moved, 66);
  }
  x.rough.rough = 0;
  x.same_as_platform();
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM owner_history h"), 60 + x.w.number("SELECT COUNT(*) FROM handover_item WHERE kind = 'person' AND state = 'moved'"));
}
INSTANTIATE_TEST_SUITE_P(Seeds, HandoverSim, ::testing::Range(1u, 13u));

}  // namespace
}  // namespace koi::connect::wecom::testing
