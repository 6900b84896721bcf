#include "team/sessions.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "team/setup.h"
#include "team/sign_in.h"
#include "team/throttle.h"
#include "tests/support/world.h"

namespace koi::team {
namespace {

using koi::testing::outcome;
const auto kAll = Scope::everything("test");

struct Pond {
  koi::testing::World w{{store::schema(), schema()}};
  template <class F>
  auto do_(F fn) {
    auto got = w.write(fn);
    EXPECT_TRUE(got.has_value()) << (got ? "" : got.error().code + " " + got.error().detail);
    return std::move(got).value();
  }
  UserId user(const std::string& login, Role role = Role::admin, StaffId staff = {}, std::optional<Reach> reach = {}) {
    return do_([&](Tx& tx) {
      return create_user(tx, {.login = login,
                              .display_name = login,
                              .role = role,
                              .reach = reach,
                              .staff = staff,
                              .password_hash = "hash of " + login});
    });
  }
  OpenedSession session(UserId user) {
    return do_([&](Tx& tx) { return open_session(tx, {user, "10.0.0.1", "test", {}, false}); });
  }
  std::optional<LiveSession> live(const std::string& token) {
    return *w.read([&](Tx& tx) { return find_session(tx, token); });
  }
};

TEST(Session, EndsAfterThirtyIdleMinutesAndTwelveHours) {
  Pond p;
  const auto user = p.user("mei");
  const auto idle = p.session(user), busy = p.session(user);
  EXPECT_GE(idle.token.size(), 43u);  // 256 bits
  EXPECT_EQ(p.w.number("SELECT COUNT(*) FROM session WHERE csrf = '" + idle.token + "'"), 0);
  for (int minutes = 0; minutes < 12 * 60; minutes += 10) {
    ASSERT_TRUE(p.live(busy.token)) << minutes;
    EXPECT_EQ(p.live(idle.token).has_value(), minutes < 30) << minutes;
    (void)p.do_([&](Tx& tx) -> Result<int> {
      TRY(touch_session(tx, busy.id));
      return 0;
    });
    p.w.clock().advance(Millis{10 * 60'000});
  }
  EXPECT_FALSE(p.live(busy.token));
}

TEST(Session, EndsAtOnceWhenItsMemberIsDisabledOrLeaves) {
  Pond p;
  const auto boss = p.user("boss");
  const auto unit = p.do_([&](Tx& tx) { return create_unit(tx, kAll, {{}, "S1", "store", "s1"}); });
  const auto staff = p.do_([&](Tx& tx) { return create_staff(tx, kAll, {"Li", unit, "li"}); });
  const auto guide = p.user("li.guide", Role::guide, staff), other = p.user("other", Role::analyst);
  std::vector<OpenedSession> sessions;
  for (int i = 0; i < 20; ++i) sessions.push_back(p.session(other));
  (void)p.do_([&](Tx& tx) {
    return edit_user(tx, {.user = other, .display_name = {}, .role = {}, .reach = {}, .staff = {}, .active = false});
  });
  for (const auto& s : sessions) EXPECT_FALSE(p.live(s.token));

  const auto guides = p.session(guide);
  EXPECT_TRUE(p.live(guides.token));
  (void)p.do_([&](Tx& tx) { return edit_staff(tx, kAll, {staff, {}, {}, "left", {}}); });
  EXPECT_FALSE(p.live(guides.token));
  EXPECT_EQ(outcome(p.w.write([&](Tx& tx) { return disable_user(tx, boss); })), "team.last_admin");
}

TEST(Session, KeepsTheNewestFifty) {
  Pond p;
  const auto user = p.user("mei");
  const auto first = p.session(user);
  for (int i = 0; i < kSessionsPerUser; ++i) {
    p.w.clock().advance(Millis{1});
    (void)p.session(user);
  }
  EXPECT_FALSE(p.live(first.token));
  EXPECT_EQ(p.w.number("SELECT COUNT(*) FROM session WHERE ended_at IS NULL"), kSessionsPerUser);
}

TEST(Scope, StandsOnThePlaceTheStaffBelongToToday) {
  Pond p;
  const auto unit = [&](UnitId parent, const char* name, const char* kind) {
    return p.do_([&](Tx& tx) { return create_unit(tx, kAll, {parent, name, kind, name}); });
  };
  const auto east = unit({}, "east", "region"), sh = unit(east, "sh", "city"), s1 = unit(sh, "s1", "store"),
             t1 = unit(s1, "t1", "team"), s2 = unit(sh, "s2", "store"), west = unit({}, "west", "region");
  const auto path = [&](UnitId id) { return (*p.w.read([&](Tx& tx) { return find_unit(tx, kAll, id); })).path; };
  const auto staff = p.do_([&](Tx& tx) { return create_staff(tx, kAll, {"Li", t1, "li"}); });
  const struct {
    Reach reach;
    bool own, team, store, sibling, region, elsewhere;
  } rows[] = {{Reach::team, true, true, false, false, false, false},
              {Reach::store, true, true, true, false, false, false},
              {Reach::region, true, true, true, true, true, false},
              {Reach::all, true, true, true, true, true, true}};
  const auto user = p.user("li.boss", Role::manager, staff);
  const auto session = p.session(user);
  for (const auto& row : rows) {
    (void)p.do_([&](Tx& tx) {
      return edit_user(tx,
                       {.user = user, .display_name = {}, .role = {}, .reach = row.reach, .staff = {}, .active = {}});
    });
    const auto scope = scope_of(*p.live(session.token));
    EXPECT_EQ(scope.covers(staff, path(t1)), row.own) << reach_text(row.reach);
    EXPECT_EQ(scope.covers({}, path(t1)), row.team) << reach_text(row.reach);
    EXPECT_EQ(scope.covers({}, path(s1)), row.store) << reach_text(row.reach);
    EXPECT_EQ(scope.covers({}, path(s2)), row.sibling) << reach_text(row.reach);
    EXPECT_EQ(scope.covers({}, path(east)), row.region) << reach_text(row.reach);
    EXPECT_EQ(scope.covers({}, path(west)), row.elsewhere) << reach_text(row.reach);
  }
  // Moved to another store: the next request stands there.
  (void)p.do_([&](Tx& tx) {
    return edit_user(tx,
                     {.user = user, .display_name = {}, .role = {}, .reach = Reach::store, .staff = {}, .active = {}});
  });
  (void)p.do_([&](Tx& tx) { return edit_staff(tx, kAll, {staff, {}, {}, {}, s2}); });
  EXPECT_TRUE(scope_of(*p.live(session.token)).covers({}, path(s2)));
  EXPECT_FALSE(scope_of(*p.live(session.token)).covers({}, path(s1)));
}

TEST(Scope, OfAMemberWithoutAPlaceCoversNothing) {
  LiveSession s;
  for (const char* reach : {"own", "team", "store", "region", "", "everything"}) {
    s.reach = reach;
    EXPECT_FALSE(scope_of(s).covers({}, "/1/")) << reach;
    EXPECT_FALSE(scope_of(s).covers(StaffId{7}, "/1/")) << reach;
  }
}

TEST(Members, FollowTheTable) {
  Pond p;
  const auto staff = p.do_([&](Tx& tx) { return create_staff(tx, kAll, {"Li", {}, "li"}); });
  const struct {
    const char* login;
    Role role;
    std::optional<Reach> reach;
    StaffId staff;
    const char* want;
  } rows[] = {{"me", Role::admin, {}, {}, "team.login"},
              {"has space", Role::admin, {}, {}, "team.login"},
              {"刘梅", Role::admin, {}, {}, "team.login"},
              {"mei", Role::admin, {}, {}, "ok"},
              {" MEI ", Role::admin, {}, {}, "team.login_taken"},
              {"li1", Role::guide, {}, {}, "team.staff_needed"},
              {"li1", Role::guide, Reach::all, staff, "team.reach"},
              {"li1", Role::guide, {}, StaffId{5}, "team.no_staff"},
              {"li1", Role::guide, {}, staff, "ok"},
              {"li2", Role::manager, {}, staff, "team.staff_taken"},
              {"ana", Role::analyst, {}, {}, "ok"}};
  for (const auto& row : rows) {
    const auto got = p.w.write([&](Tx& tx) {
      return create_user(tx, {.login = row.login,
                              .display_name = {},
                              .role = row.role,
                              .reach = row.reach,
                              .staff = row.staff,
                              .password_hash = {}});
    });
    EXPECT_EQ(outcome(got), row.want) << row.login;
  }
}

TEST(Setup, TakesOneLinkOnce) {
  Pond p;
  const auto old = p.do_([](Tx& tx) { return create_setup_token(tx); });
  const auto token = p.do_([](Tx& tx) { return create_setup_token(tx); });
  const auto complete = [&](const std::string& t, const char* zone = "Asia/Shanghai") {
    return outcome(p.w.write([&](Tx& tx) {
      return complete_setup(tx, {t, "boss", "Boss", "hash", "一点茶", zone, "food"});
    }));
  };
  EXPECT_EQ(complete("guess"), "auth.bad_link");
  EXPECT_EQ(complete(old), "auth.bad_link") << "a later link replaces it";
  EXPECT_EQ(complete(token, "Moon/Base"), "team.zone");
  EXPECT_EQ(complete(token), "ok");
  EXPECT_EQ(complete(token), "team.set_up");
  EXPECT_EQ(outcome(p.w.write([](Tx& tx) { return create_setup_token(tx); })), "team.set_up");
}

TEST(Setup, AnInvitationEndsAfterThreeDaysAndMakesAMemberActive) {
  Pond p;
  const auto user = p.do_([&](Tx& tx) {
    return create_user(
        tx, {.login = "mei", .display_name = {}, .role = Role::analyst, .reach = {}, .staff = {}, .password_hash = {}});
  });
  const auto accept = [&](const std::string& token) {
    return outcome(p.w.write([&](Tx& tx) { return accept_invite(tx, token, "hash"); }));
  };
  const auto late = p.do_([&](Tx& tx) { return create_invite_token(tx, user); });
  p.w.clock().advance(Millis{72 * 3'600'000});
  EXPECT_EQ(accept(late), "auth.bad_link");
  const auto token = p.do_([&](Tx& tx) { return create_invite_token(tx, user); });
  EXPECT_EQ(accept(token), "ok");
  EXPECT_EQ(accept(token), "auth.bad_link");
  EXPECT_EQ((*p.w.read([&](Tx& tx) { return find_user(tx, user); })).state, "active");
}

TEST(Throttle, EvaluatesAtMostTwentyOfAThousandGuesses) {
  const struct {
    const char* how;
    int logins, addresses;
    int step_ms;
  } rows[] = {{"one login, one address", 1, 1, 10},
              {"many logins, one address", 1000, 1, 10},
              {"one login, many addresses", 1, 1000, 10},
              {"one guess a second", 1, 1, 1000}};
  for (const auto& row : rows) {
    Pond p;
    int evaluated = 0;
    for (int i = 0; i < 1000; ++i) {
      const auto got = p.w.write([&](Tx& tx) {
        return claim_attempt(
            tx, {"login" + std::to_string(i % row.logins), "10.0.0." + std::to_string(i % row.addresses), {}});
      });
      if (got)
        ++evaluated;
      else
        EXPECT_EQ(got.error().code, "auth.throttled");
      p.w.clock().advance(Millis{row.step_ms});
    }
    EXPECT_LE(evaluated, 20) << row.how;
    EXPECT_GE(evaluated, 5) << row.how;
  }
}

TEST(Throttle, LeavesTheOwnersBrowserAlone) {
  Pond p;
  const auto user = p.user("mei");
  const auto owner = p.session(user);
  const auto sign_in = [&](const std::string& device) {
    return outcome(p.w.write([&](Tx& tx) { return ask(tx, {"mei", "10.0.0.9", "test", device}); }));
  };
  for (int i = 0; i < 50; ++i) (void)sign_in({});
  EXPECT_EQ(sign_in({}), "auth.throttled");
  EXPECT_EQ(sign_in("made up"), "auth.throttled");
  EXPECT_EQ(sign_in(owner.device), "ok");
  // The browser is known to its own member only: to others it is a stranger's.
  std::string last;
  for (int i = 0; i < 20; ++i) {
    last = outcome(p.w.write([&](Tx& tx) { return ask(tx, {"other", "10.0.0.9", "test", owner.device}); }));
  }
  EXPECT_EQ(last, "auth.throttled");
  EXPECT_EQ(sign_in(owner.device), "ok");
}

TEST(Throttle, ForgetsAfterSuccessAndWithTime) {
  Pond p;
  const AttemptFrom from{"mei", "10.0.0.1", {}};
  for (int i = 0; i < 30; ++i) {  // a member who mistypes four times and then gets in
    for (int wrong = 0; wrong < 4; ++wrong) (void)p.do_([&](Tx& tx) { return claim_attempt(tx, from); });
    (void)p.do_([&](Tx& tx) -> Result<int> {
      TRY(const auto claim, claim_attempt(tx, from));
      TRY(honour_claim(tx, claim));
      return 0;
    });
    p.w.clock().advance(Millis{20 * 60'000});
  }
}

TEST(Throttle, NeverLetsMoreThroughThanItsWaitsAllow) {
  Pond p;
  int address = 0;
  rc::check([&] {
    const auto gaps = *rc::gen::container<std::vector<int>>(60, rc::gen::inRange(0, 3000));
    const AttemptFrom from{"login" + std::to_string(++address), std::to_string(address), {}};
    const auto start = p.w.clock().now();
    int evaluated = 0;
    for (const int gap : gaps) {
      p.w.clock().advance(Millis{gap});
      if (p.w.write([&](Tx& tx) { return claim_attempt(tx, from); })) ++evaluated;
    }
    // Five are free; the n-th after them waits at least 2^(n-1) s after the one before.
    const auto seconds = (p.w.clock().now() - start).count() / 1000;
    int most = 5;
    for (std::int64_t waited = 1; waited <= seconds; waited += std::int64_t{1} << (most - 5)) ++most;
    RC_ASSERT(evaluated <= most + 1);
  });
}

}  // namespace
}  // namespace koi::team
