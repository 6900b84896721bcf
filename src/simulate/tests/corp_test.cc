#include "simulate/tests/box.h"

namespace koi::simulate {
namespace {
using box::Box;

std::string whole_corp(const Corp& corp) {
  std::string out = corp.id;
  for (const auto& s : corp.staff) {
    out += s.userid + s.mobile;
    for (const auto& [customer, r] : s.customers) out += corp.customers[customer].id + std::to_string(r.created) + std::to_string(r.add_way);
  }
  for (const auto& c : corp.customers) out += c.id + c.name + c.unionid;
  for (const auto& g : corp.groups) out += g.id + std::to_string(g.members.size());
  for (const auto& g : corp.tags) out += g.id;
  return out;
}

TEST(SimulateCorp, TheSameSeedMakesTheSameCorp) {
  const auto one = make_corp({7, "", 12, 500, 5}, box::kStart), two = make_corp({7, "", 12, 500, 5}, box::kStart), other = make_corp({8, "", 12, 500, 5}, box::kStart);
  EXPECT_EQ(whole_corp(one), whole_corp(two));
  EXPECT_NE(whole_corp(one), whole_corp(other));
  EXPECT_EQ(one.customers.size(), 500u);
  EXPECT_EQ(one.groups.size(), 5u);
}

TEST(SimulateCorp, AShopBringsItsOwnPeople) {
  const auto corp = make_corp({7, "", 2, 30, 1, "锦鲤茶铺", {{"guide-1", "陈静", "湖滨店"}, {"guide-2", "王敏", "西溪店"}, {"guide-3", "李娜", "湖滨店"}}}, box::kStart);
  EXPECT_EQ(corp.name, "锦鲤茶铺");
  ASSERT_EQ(corp.staff.size(), 5u);
  EXPECT_EQ(corp.staff[2].userid, "guide-1");
  EXPECT_EQ(corp.staff[2].departments, corp.staff[4].departments);
  EXPECT_NE(corp.staff[2].departments, corp.staff[3].departments);
  EXPECT_EQ(std::ranges::count(corp.departments, "湖滨店", &Department::name), 1);
}

TEST(SimulateCorp, IdsAreUniqueAndHaveTheirShapes) {
  auto corp = make_corp({3, "", 300, 20'000, 40}, box::kStart);
  std::set<std::string> ids;
  for (const auto& c : corp.customers) {
    EXPECT_TRUE(c.id.starts_with(c.type == 1 ? "wm" : "wo")) << c.id;
    EXPECT_EQ(c.unionid.empty(), c.type == 2);
    ids.insert(c.id);
  }
  for (const auto& s : corp.staff) ids.insert(s.userid);
  EXPECT_EQ(ids.size(), 20'300u);
  EXPECT_TRUE(corp.id.starts_with("ww"));
  for (CustomerNo no = 0; no < corp.customers.size(); ++no) ASSERT_EQ(corp.customer_no(corp.customers[no].id), no);
}

TEST(SimulateCorp, ActsOfTheSameSeedHaveTheSameIds) {
  std::string ids[2];
  for (auto& out : ids) {
    Box b({.seed = 5});
    const auto way = b.way({{"state", "lc"}});
    const auto customer = b.customer();
    out = b.world.corp.id + b.token + way + customer + json::serialize(b.sim("customer/scan", {{"external_userid", customer}, {"code", way}}));
  }
  EXPECT_EQ(ids[0], ids[1]);
}

TEST(SimulateClock, HeldTimeMovesOnlyByHandAndTimersHappenAtTheirOwnTime) {
  Box b;
  std::vector<Seconds> at;
  for (const Seconds wait : {300, 20, 100'000})
    b.world.after(wait, [&] { at.push_back(b.world.now() - box::kStart); });
  EXPECT_EQ(b.world.now(), box::kStart);
  b.advance(86'400);
  EXPECT_EQ(at, (std::vector<Seconds>{20, 300}));
  EXPECT_EQ(b.world.now(), box::kStart + 86'400);
  b.advance(20'000);
  EXPECT_EQ(at.back(), 100'000);
}

TEST(SimulateLively, TheSameSeedLivesTheSameWeek) {
  std::vector<std::string> weeks[2];
  for (auto& week : weeks) {
    Box b({.seed = 9, .customers = 300, .lively = true});
    b.way();
    b.advance(7 * 86'400);
    week = b.told();
  }
  EXPECT_EQ(weeks[0], weeks[1]);
  EXPECT_GT(std::ranges::count(weeks[0], "add_external_contact"), 10);
  EXPECT_GT(std::ranges::count(weeks[0], "del_follow_user"), 1);
  EXPECT_GT(std::ranges::count(weeks[0], "update"), 3);
}

TEST(SimulateLively, NothingHappensUnlessAskedFor) {
  Box b;
  b.advance(30 * 86'400);
  EXPECT_TRUE(b.told().empty());
}

}  // namespace
}  // namespace koi::simulate
