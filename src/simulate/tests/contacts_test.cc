#include "simulate/tests/box.h"

namespace koi::simulate {
namespace {
using box::Box;

TEST(SimulateContacts, BatchWalksEveryRelationOnceEvenWhileSomeGo) {
  Box b({.staff = 20, .customers = 700});
  std::vector<std::string> users;
  std::size_t want = 0;
  for (const auto& s : b.world.corp.staff) users.push_back(s.userid), want += s.customers.size();
  std::set<std::string> seen;
  std::string cursor;
  std::size_t rows = 0, pages = 0;
  do {
    const auto page = b.post("batch/get_by_user", {{"userid_list", list_of(users)}, {"limit", 37}, {"cursor", cursor}});
    ASSERT_EQ(number(page, "errcode"), 0);
    for (const auto& row : array(page, "external_contact_list")) {
      const auto& r = row.get_object();
      ++rows;
      seen.insert(text(object(r, "follow_info"), "userid") + "/" + text(object(r, "external_contact"), "external_userid"));
      EXPECT_FALSE(has(object(r, "follow_info"), "tags"));  // tag ids only, here
    }
    if (++pages == 3) b.sim("staff/delete", {{"userid", users[0]}, {"external_userid", b.world.corp.customers[b.world.corp.staff[0].customers.begin()->first].id}});
    cursor = text(page, "next_cursor");
  } while (!cursor.empty());
  EXPECT_EQ(rows, seen.size());
  EXPECT_EQ(rows, want);  // the one that went was already read
  EXPECT_EQ(pages, (want + 36) / 37);
}

TEST(SimulateContacts, RefusesWhatThePlatformRefuses) {
  Box b;
  const auto customer = b.friend_of(b.user(0));
  json::array many(101, "ZhaoMin");
  const struct { std::string path; json::object body; int want; } rows[] = {
      {"batch/get_by_user", {{"userid_list", json::array{}}}, 40063},
      {"batch/get_by_user", {{"userid_list", many}}, 40035},
      {"batch/get_by_user", {{"userid_list", json::array{"ghost"}}}, 40003},
      {"batch/get_by_user", {{"userid_list", json::array{b.user(0)}}, {"limit", 101}}, 40058},
      {"batch/get_by_user", {{"userid_list", json::array{b.user(0)}}, {"cursor", "???"}}, 40058},
      {"remark", {{"userid", b.user(0)}, {"external_userid", customer}}, 40063},
      {"remark", {{"userid", b.user(0)}, {"external_userid", customer}, {"remark", "一二三四五六七八九十一二三四五六七八九十"}}, 0},
      {"remark", {{"userid", b.user(0)}, {"external_userid", customer}, {"remark", "一二三四五六七八九十一二三四五六七八九十多"}}, 40058},
      {"remark", {{"userid", b.user(0)}, {"external_userid", "wmghost"}, {"remark", "a"}}, 40096},
      {"remark", {{"userid", b.user(1)}, {"external_userid", customer}, {"remark", "a"}}, 84061},
  };
  for (const auto& r : rows) EXPECT_EQ(b.code(r.path, r.body), r.want) << r.path << json::serialize(r.body);
  EXPECT_EQ(number(b.get("externalcontact/get", {{"external_userid", "wmghost"}}), "errcode"), 40096);
  const auto lonely = b.customer();
  EXPECT_EQ(number(b.get("externalcontact/get", {{"external_userid", lonely}}), "errcode"), 84061);
}

TEST(SimulateContacts, AStaffWithoutCustomersAnswers84061) {
  Box b({.customers = 0, .groups = 0});
  EXPECT_EQ(number(b.get("externalcontact/list", {{"userid", b.user(0)}}), "errcode"), 84061);
}

TEST(SimulateContacts, GetShowsEveryFollowerWithTagsStateAndMobiles) {
  Box b;
  const auto customer = b.customer();
  const auto way = b.way({{"state", "lc_7"}});
  const auto first = b.sim("customer/scan", {{"external_userid", customer}, {"code", way}});
  b.sim("customer/add", {{"external_userid", customer}, {"userid", b.user(3)}, {"add_way", 3}});
  const auto userid = text(first, "userid");
  b.post("remark", {{"userid", userid}, {"external_userid", customer}, {"remark_mobiles", json::array{"13900001111"}}});
  b.post("mark_tag", {{"userid", userid}, {"external_userid", customer}, {"add_tag", json::array{b.world.corp.tags[0].tags[0].id}}});
  b.sim("staff/edit", {{"userid", userid}, {"external_userid", customer}, {"own_tags", json::array{"爱喝奶茶"}}});
  const auto got = b.get("externalcontact/get", {{"external_userid", customer}});
  const auto& follow = array(got, "follow_user");
  ASSERT_EQ(follow.size(), 2u);
  const auto& mine = follow[0].get_object();
  EXPECT_EQ(text(mine, "state"), "lc_7");
  EXPECT_EQ(number(mine, "add_way"), 1);
  EXPECT_EQ(texts(mine, "remark_mobiles"), std::vector<std::string>{"13900001111"});
  ASSERT_EQ(array(mine, "tags").size(), 2u);
  EXPECT_EQ(number(array(mine, "tags")[0].get_object(), "type"), 1);
  EXPECT_FALSE(has(array(mine, "tags")[1].get_object(), "tag_id"));  // personal tags carry none
  b.post("remark", {{"userid", userid}, {"external_userid", customer}, {"remark_mobiles", json::array{""}}});
  EXPECT_TRUE(b.world.corp.relation(b.world.corp.staff_no(userid), b.world.corp.customer_no(customer))->rare->mobiles.empty());
}

TEST(SimulateWays, JudgeTypeSceneStateAndPeople) {
  Box b({.staff = 130});
  json::array crowd;
  for (StaffNo i = 0; i < 101; ++i) crowd.emplace_back(b.user(i));
  const auto verified = json::array{b.user(0)};
  const std::string thirty(30, 'x'), more(31, 'x');
  const struct { json::object body; int want; } rows[] = {
      {{{"scene", 2}, {"user", verified}}, 41037},
      {{{"type", 1}, {"user", verified}}, 41038},
      {{{"type", 3}, {"scene", 2}, {"user", verified}}, 41039},
      {{{"type", 1}, {"scene", 3}, {"user", verified}}, 41040},
      {{{"type", 1}, {"scene", 1}, {"style", 9}, {"user", verified}}, 41042},
      {{{"type", 1}, {"scene", 2}, {"user", json::array{b.user(0), b.user(1)}}}, 41041},
      {{{"type", 1}, {"scene", 2}}, 40063},
      {{{"type", 2}, {"scene", 2}, {"user", crowd}}, 41041},
      {{{"type", 2}, {"scene", 2}, {"party", json::array{1}}}, 41041},
      {{{"type", 2}, {"scene", 2}, {"party", json::array{99}}}, 60003},
      {{{"type", 2}, {"scene", 2}, {"user", json::array{"ghost"}}}, 40003},
      {{{"type", 2}, {"scene", 2}, {"user", json::array{b.user(128)}}}, 41054},
      {{{"type", 2}, {"scene", 2}, {"user", json::array{b.user(129)}}}, 40098},
      {{{"type", 1}, {"scene", 2}, {"user", verified}, {"state", thirty}}, 0},
      {{{"type", 1}, {"scene", 2}, {"user", verified}, {"state", more}}, 40058},
      {{{"type", 1}, {"scene", 2}, {"user", verified}, {"remark", more}}, 40058},
      {{{"type", 2}, {"scene", 2}, {"user", verified}, {"is_temp", true}}, 40058},
      {{{"type", 1}, {"scene", 2}, {"user", verified}, {"is_temp", true}, {"expires_in", 15 * 86'400}}, 40058},
      {{{"type", 1}, {"scene", 2}, {"user", verified}, {"is_temp", true}}, 0},
  };
  for (const auto& r : rows) EXPECT_EQ(b.code("add_contact_way", r.body), r.want) << json::serialize(r.body).substr(0, 200);
}

TEST(SimulateWays, AreReadListedReplacedAndDeleted) {
  Box b;
  const auto id = b.way({{"state", "a"}});
  b.advance(10);
  const auto second = b.way();
  EXPECT_EQ(b.code("update_contact_way", {{"config_id", id}, {"user", json::array{b.user(2)}}, {"remark", "新"}}), 0);
  const auto way = object(b.post("get_contact_way", {{"config_id", id}}), "contact_way");
  EXPECT_EQ(texts(way, "user"), std::vector<std::string>{b.user(2)});
  EXPECT_EQ(text(way, "state"), "a");
  const auto page = b.post("list_contact_way", {{"limit", 1}});
  EXPECT_EQ(text(array(page, "contact_way")[0].get_object(), "config_id"), id);
  const auto rest = b.post("list_contact_way", {{"limit", 1}, {"cursor", text(page, "next_cursor")}});
  EXPECT_EQ(text(array(rest, "contact_way")[0].get_object(), "config_id"), second);
  EXPECT_FALSE(has(rest, "next_cursor"));
  EXPECT_EQ(b.code("del_contact_way", {{"config_id", id}}), 0);
  EXPECT_EQ(b.code("get_contact_way", {{"config_id", id}}), 41044);
  EXPECT_EQ(b.code("get_contact_way", {{"x", 1}}), 41043);
  // Another app neither sees nor manages it.
  const auto other = b.login("other");
  EXPECT_EQ(number(b.ask("POST", "externalcontact/get_contact_way", {{"config_id", second}}, {{"access_token", other}}), "errcode"), 41044);
}

TEST(SimulateWays, TheQuotaIsSharedWithGroups) {
  Box b;
  b.sim("limits", {{"ways", 1}});
  EXPECT_FALSE(b.way().empty());
  const json::object body{{"type", 1}, {"scene", 2}, {"user", json::array{b.user(0)}}};
  EXPECT_EQ(b.code("add_contact_way", body), 41045);
  EXPECT_EQ(b.code("groupchat/add_join_way", {{"scene", 2}, {"chat_id_list", json::array{b.world.corp.groups[0].id}}}), 41045);
}

TEST(SimulateWays, ExclusiveCodesKeepACustomerWithTheFirst) {
  Box b;
  const auto way = b.way({{"is_exclusive", true}});
  const auto customer = b.customer();
  const auto first = b.sim("customer/scan", {{"external_userid", customer}, {"code", way}});
  EXPECT_EQ(text(first, "result"), "added");
  for (int i = 0; i < 5; ++i) {
    const auto again = b.sim("customer/scan", {{"external_userid", customer}, {"code", way}});
    EXPECT_EQ(text(again, "result"), "known");
    EXPECT_EQ(text(again, "userid"), text(first, "userid"));
  }
}

TEST(SimulateFriends, VerificationAsksFirstAndHalfEventsComeBeforeWholeOnes) {
  Box b;
  const auto asks = b.way({{"skip_verify", false}, {"state", "v"}});
  const auto customer = b.customer();
  const auto asked = b.sim("customer/scan", {{"external_userid", customer}, {"code", asks}});
  EXPECT_EQ(text(asked, "result"), "asked");
  EXPECT_TRUE(b.told().empty());
  b.sim("staff/accept", {{"userid", text(asked, "userid")}, {"external_userid", customer}});
  EXPECT_EQ(b.told(), std::vector<std::string>{"add_external_contact"});
  EXPECT_EQ(b.told_field("State"), "v");
  EXPECT_FALSE(b.told_field("WelcomeCode").empty());

  const auto other = b.customer();
  const auto half = b.sim("customer/scan", {{"external_userid", other}, {"code", b.way()}, {"half", true}});
  EXPECT_EQ(b.told().back(), "add_half_external_contact");
  EXPECT_FALSE(b.told_field("WelcomeCode").empty());
  b.sim("staff/accept", {{"userid", text(half, "userid")}, {"external_userid", other}});
  EXPECT_EQ(b.told().back(), "add_external_contact");
  EXPECT_TRUE(b.told_field("WelcomeCode").empty());  // the half event had it
}

TEST(SimulateFriends, NoWelcomeCodeWhereThePlatformGivesNone) {
  Box b;
  b.sim("staff/set", {{"userid", b.user(0)}, {"console_welcome", true}});
  b.friend_of(b.user(0));
  EXPECT_TRUE(b.told_field("WelcomeCode").empty());
  const auto wecom = text(b.sim("customers", {{"type", 2}}), "external_userid");
  b.sim("customer/add", {{"external_userid", wecom}, {"userid", b.user(1)}});
  EXPECT_TRUE(b.told_field("WelcomeCode").empty());
  const auto talker = b.friend_of(b.user(2));
  EXPECT_FALSE(b.told_field("WelcomeCode").empty());
  b.sim("customer/say", {{"external_userid", talker}, {"userid", b.user(2)}, {"text", "hi"}});
  b.sim("customer/delete", {{"external_userid", talker}, {"userid", b.user(2)}});
  EXPECT_EQ(b.told().back(), "del_follow_user");
  b.sim("customer/add", {{"external_userid", talker}, {"userid", b.user(2)}});
  EXPECT_EQ(b.told().back(), "add_external_contact");
  EXPECT_TRUE(b.told_field("WelcomeCode").empty());  // they have chatted
}

TEST(SimulateFriends, OwnCallsTellNobodyAndHandsDo) {
  Box b;
  const auto customer = b.friend_of(b.user(0));
  const auto before = b.world.told_seq;
  b.post("remark", {{"userid", b.user(0)}, {"external_userid", customer}, {"remark", "a"}});
  b.post("mark_tag", {{"userid", b.user(0)}, {"external_userid", customer}, {"add_tag", json::array{b.world.corp.tags[0].tags[0].id}}});
  b.post("add_corp_tag", {{"group_name", "新组"}, {"tag", json::array{json::object{{"name", "一"}}}}});
  b.sim("staff/edit", {{"userid", b.user(0)}, {"external_userid", customer}, {"mobiles", json::array{"1"}}});  // mobiles alone tell nobody
  EXPECT_TRUE(b.told(before).empty());
  b.sim("staff/edit", {{"userid", b.user(0)}, {"external_userid", customer}, {"remark", "b"}});
  b.sim("staff/delete", {{"userid", b.user(0)}, {"external_userid", customer}});
  b.sim("tags/add", {{"group_name", "手工"}, {"name", "一"}});
  EXPECT_EQ(b.told(before), (std::vector<std::string>{"edit_external_contact", "del_external_contact", "create", "create"}));
}

}  // namespace
}  // namespace koi::simulate
