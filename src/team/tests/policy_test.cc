#include <gtest/gtest.h>

#include "team/passwords.h"
#include "team/team.h"
#include "team/tests/matrix.h"

namespace koi::team {
namespace {

TEST(Policy, CoversEveryRouteOfTheRoom) {
  for (const auto& gap : testing::policy_gaps({routes()})) ADD_FAILURE() << gap;
}

TEST(Policy, RefusesWhatHasNoLine) {
  for (const auto& label : role_labels()) {
    EXPECT_FALSE(role_may(label.role, "person.fly")) << label.name;
    EXPECT_FALSE(role_may(label.role, "")) << label.name;
    EXPECT_FALSE(role_may(label.role, "*")) << label.name;
  }
}

TEST(Policy, AnAdministratorHoldsEveryLineAndNobodyElseManagesMembers) {
  for (const auto& line : policy()) EXPECT_TRUE(role_may(Role::admin, line.permission)) << line.permission;
  for (const auto& label : role_labels()) {
    EXPECT_EQ(role_may(label.role, "member.write"), label.role == Role::admin) << label.name;
  }
}

TEST(Policy, WithholdsStrongPermissionsFromWeakSessions) {
  for (const auto& label : role_labels()) {
    for (const auto& line : policy()) {
      EXPECT_EQ(permissions_of(label.role, false).contains(line.permission),
                role_may(label.role, line.permission) && !line.strong)
          << label.name << " " << line.permission;
    }
  }
}

TEST(Policy, NamesOfRolesAndReachesGoThereAndBack) {
  for (const auto& label : role_labels()) {
    Role role{};
    EXPECT_TRUE(parse_role(role_text(label.role), role));
    EXPECT_EQ(role, label.role);
    EXPECT_TRUE(reach_allowed(label.role, label.reach)) << label.name;
  }
  for (const auto reach : {Reach::own, Reach::team, Reach::store, Reach::region, Reach::all}) {
    Reach back{};
    EXPECT_TRUE(parse_reach(reach_text(reach), back));
    EXPECT_EQ(back, reach);
  }
  EXPECT_FALSE(reach_allowed(Role::guide, Reach::all));
  EXPECT_FALSE(reach_allowed(Role::manager, Reach::own));
}

TEST(Password, FollowsTheTable) {
  const std::string own[] = {"liumei", "一点茶"};
  const struct {
    std::string password, want;
  } rows[] = {
      {"short", "team.password_short"},
      {"elevenchars", "team.password_short"},
      {"八个字的密码不够长", "team.password_short"},
      {std::string(129, 'x') + "yzabc", "team.password_long"},
      {"password1234", "team.password_common"},
      {"P@ssw0rd1234", "team.password_common"},
      {"Passw0rd!2024", "team.password_common"},
      {"Admin@123456", "team.password_common"},
      {"qwertyuiop12", "team.password_common"},
      {"MyPassword2024!!", "team.password_common"},
      {"woaini520520520", "team.password_common"},
      {"123456789012", "team.password_common"},
      {"839201847562", "team.password_common"},
      {"abcdefghijklm", "team.password_common"},
      {"aaaaaaaaaaaaaa", "team.password_common"},
      {"xyz1xyz1xyz1", "team.password_common"},
      {"Koipond-2026-x9", "team.password_own"},
      {"锦鲤池里有很多很多的大锦鲤", "team.password_own"},
      {"LiuMei likes tea", "team.password_own"},
      {"我家的一点茶最好喝了真的吗", "team.password_own"},
      {"correct horse battery staple", "ok"},
      {"k7#Vq2!mZx9$", "ok"},
      {"小桥流水人家枯藤老树昏鸦", "ok"},
      {"tall-ships-at-3am", "ok"},
  };
  for (const auto& row : rows)
    EXPECT_EQ(koi::testing::outcome(check_password(row.password, own)), row.want) << row.password;
}

TEST(Password, IsArgon2idWithNineteenMebibytesAndTwoPasses) {
  const auto hash = hash_password("tall-ships-at-3am");
  EXPECT_TRUE(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$")) << hash;
  EXPECT_TRUE(verify_password(hash, "tall-ships-at-3am"));
  EXPECT_FALSE(verify_password(hash, "tall-ships-at-4am"));
  EXPECT_FALSE(verify_password(dummy_hash(), ""));
}

TEST(HashPool, RefusesWhatHasNoPlaceAndTakesPlacesBack) {
  HashPool pool;
  std::vector<HashPool::Place> held;
  for (int i = 0; i < HashPool::kPlaces; ++i) {
    auto place = pool.take();
    ASSERT_TRUE(place.has_value());
    held.push_back(std::move(*place));
  }
  EXPECT_EQ(koi::testing::outcome(pool.take()), "auth.busy");
  held.pop_back();
  EXPECT_TRUE(pool.take().has_value());
}

}  // namespace
}  // namespace koi::team
