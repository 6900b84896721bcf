#include "simulate/tests/box.h"

namespace koi::simulate {
namespace {
using box::Box;

std::string version_of(Box& b, const std::string& chat) { return text(object(b.post("groupchat/get", {{"chat_id", chat}}), "group_chat"), "member_version"); }

TEST(SimulateGroups, EveryChangeIsANewMemberVersionAndOneEvent) {
  Box b;
  const auto chat = b.world.corp.groups[0].id;
  const auto customer = b.customer();
  const auto owner = b.world.corp.staff[b.world.corp.groups[0].owner].userid;
  auto last = version_of(b, chat);
  const struct { std::string path; json::object body; std::string detail, scene; } rows[] = {
      {"group/invite", {{"chat_id", chat}, {"external_userid", customer}, {"userid", owner}}, "add_member", "0"},
      {"group/remove", {{"chat_id", chat}, {"external_userid", customer}}, "del_member", "1"},
      {"group/rename", {{"chat_id", chat}, {"name", "新名字"}}, "change_name", ""},
      {"group/rename", {{"chat_id", chat}, {"notice", "新公告"}}, "change_notice", ""},
      {"group/owner", {{"chat_id", chat}, {"userid", b.user(3)}}, "change_owner", ""},
  };
  for (const auto& r : rows) {
    const auto before = b.world.told_seq;
    b.sim(r.path, r.body);
    EXPECT_EQ(b.world.told_seq, before + 1) << r.path;
    EXPECT_EQ(b.told_field("UpdateDetail"), r.detail);
    EXPECT_EQ(b.told_field("LastMemVer"), last);
    last = version_of(b, chat);
    EXPECT_EQ(b.told_field("CurMemVer"), last);
    EXPECT_EQ(b.told_field(r.detail == "add_member" ? "JoinScene" : "QuitScene"), r.scene);
  }
  b.sim("group/dismiss", {{"chat_id", chat}});
  EXPECT_EQ(b.told().back(), "dismiss");
  EXPECT_EQ(b.code("groupchat/get", {{"chat_id", chat}}), 40050);
}

TEST(SimulateGroups, AJoinWayLetsPeopleInWithItsState) {
  Box b;
  const auto chat = b.world.corp.groups[0].id;
  const auto way = text(b.post("groupchat/add_join_way", {{"scene", 2}, {"chat_id_list", json::array{chat}}, {"state", "lg_1"}}), "config_id");
  const auto customer = b.customer();
  EXPECT_EQ(text(b.sim("customer/scan", {{"external_userid", customer}, {"code", way}}), "chat_id"), chat);
  EXPECT_EQ(b.told_field("JoinScene"), "3");
  EXPECT_EQ(b.told_field("MemChangeList"), "<Item><![CDATA[" + customer + "]]></Item>");
  EXPECT_EQ(b.refusal("customer/scan", {{"external_userid", customer}, {"code", "lg_1"}}), "simulate.in_group");
  bool found = false;
  const auto group = object(b.post("groupchat/get", {{"chat_id", chat}, {"need_name", 1}}), "group_chat");
  for (const auto& m : array(group, "member_list"))
    if (const auto& member = m.get_object(); text(member, "userid") == customer)
      found = text(member, "state") == "lg_1" && number(member, "join_scene") == 3 && text(member, "name") == "测试";
  EXPECT_TRUE(found);
  b.sim("customer/leave", {{"external_userid", customer}, {"chat_id", chat}});
  EXPECT_EQ(b.told_field("QuitScene"), "0");
}

TEST(SimulateGroups, AFullCodeOpensTheNextGroupOrTurnsPeopleAway) {
  for (const bool create : {true, false}) {
    Box b({.customers = 0, .groups = 1});
    const auto chat = b.world.corp.groups[0].id;
    const auto way = text(b.post("groupchat/add_join_way", {{"scene", 2}, {"chat_id_list", json::array{chat}}, {"auto_create_room", create ? 1 : 0},
                                                            {"room_base_name", "会员群"}, {"room_base_id", 7}}), "config_id");
    for (int i = 0; i < 199; ++i) b.sim("customer/scan", {{"external_userid", b.customer()}, {"code", way}});
    EXPECT_EQ(b.world.corp.groups[0].members.size(), 200u);
    const auto last = b.sim("customer/scan", {{"external_userid", b.customer()}, {"code", way}});
    if (create) {
      EXPECT_EQ(text(last, "name"), "会员群7");
      EXPECT_EQ(array(object(b.post("groupchat/get_join_way", {{"config_id", way}}), "join_way"), "chat_id_list").size(), 2u);
    } else {
      EXPECT_EQ(text(last, "code"), "simulate.group_full");
    }
  }
}

TEST(SimulateGroups, ListsByOwnerAndStatusInPages) {
  Box b({.staff = 10, .groups = 25});
  std::set<std::string> seen;
  std::string cursor;
  do {
    const auto page = b.post("groupchat/list", {{"limit", 10}, {"cursor", cursor}});
    for (const auto& g : array(page, "group_chat_list")) EXPECT_TRUE(seen.insert(text(g.get_object(), "chat_id")).second);
    cursor = text(page, "next_cursor");
  } while (!cursor.empty());
  EXPECT_EQ(seen.size(), 25u);
  EXPECT_EQ(b.code("groupchat/list", {{"status_filter", 0}}), 40063);
  EXPECT_EQ(b.code("groupchat/list", {{"limit", 1001}}), 40058);
  const auto owner = b.user(b.world.corp.groups[0].owner);
  const auto mine = array(b.post("groupchat/list", {{"limit", 100}, {"owner_filter", {{"userid_list", json::array{owner}}}}}), "group_chat_list").size();
  EXPECT_GT(mine, 0u);
  EXPECT_LT(mine, 25u);
  b.sim("staff/resign", {{"userid", owner}});
  EXPECT_EQ(array(b.post("groupchat/list", {{"limit", 100}, {"status_filter", 1}}), "group_chat_list").size(), mine);
}

TEST(SimulateGroups, JoinWaysHoldFiveGroupsAndUpdatesReplaceEverything) {
  Box b({.groups = 6});
  json::array six;
  for (const auto& g : b.world.corp.groups) six.emplace_back(g.id);
  const json::array five(six.begin(), six.begin() + 5);
  EXPECT_EQ(b.code("groupchat/add_join_way", {{"scene", 2}, {"chat_id_list", six}}), 41091);
  EXPECT_EQ(b.code("groupchat/add_join_way", {{"scene", 2}, {"chat_id_list", json::array{"wrnone"}}}), 40050);
  const auto id = text(b.post("groupchat/add_join_way", {{"scene", 2}, {"chat_id_list", five}, {"remark", "旧"}, {"state", "s"}}), "config_id");
  EXPECT_EQ(b.code("groupchat/update_join_way", {{"config_id", id}, {"scene", 2}, {"chat_id_list", json::array{six[5]}}}), 0);
  const auto way = object(b.post("groupchat/get_join_way", {{"config_id", id}}), "join_way");
  EXPECT_EQ(text(way, "remark"), "");
  EXPECT_EQ(text(way, "state"), "");
  EXPECT_EQ(array(way, "chat_id_list").size(), 1u);
  EXPECT_EQ(b.code("groupchat/del_join_way", {{"config_id", id}}), 0);
  EXPECT_EQ(b.code("groupchat/get_join_way", {{"config_id", id}}), 41044);
}

// ---- customers and groups change hands

struct Handover { Box b{{.staff = 10, .customers = 0, .groups = 0}}; std::string customer = b.friend_of(b.user(0)); };

std::int64_t item_code(const json::object& reply, std::string_view list = "customer") {
  return array(reply, list).empty() ? number(reply, "errcode") : number(array(reply, list)[0].get_object(), "errcode");
}
json::object hand_over(Box& b, const std::string& customer, StaffNo from, StaffNo to) {
  return {{"handover_userid", b.user(from)}, {"takeover_userid", b.user(to)}, {"external_userid", json::array{customer}}};
}

TEST(SimulateTransfer, TakesADayAndTellsBothSides) {
  Handover h;
  auto& b = h.b;
  b.post("remark", {{"userid", b.user(0)}, {"external_userid", h.customer}, {"remark", "老客"}});
  EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, h.customer, 0, 1))), 0);
  EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, h.customer, 0, 1))), 40129);
  EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, h.customer, 0, 2))), 40100);
  const json::object ask{{"handover_userid", b.user(0)}, {"takeover_userid", b.user(1)}};
  EXPECT_EQ(number(array(b.post("transfer_result", ask), "customer")[0].get_object(), "status"), 2);
  const auto before = b.world.told_seq;
  b.advance(86'399);
  EXPECT_TRUE(b.told(before).empty());
  b.advance(1);
  EXPECT_EQ(b.told(before), (std::vector<std::string>{"add_external_contact", "del_external_contact"}));
  EXPECT_EQ(b.told_field("Source"), "DELETE_BY_TRANSFER");
  EXPECT_EQ(number(array(b.post("transfer_result", ask), "customer")[0].get_object(), "status"), 1);
  EXPECT_EQ(b.world.corp.relation(1, b.world.corp.customer_no(h.customer))->remark, "老客");
  EXPECT_EQ(b.world.corp.relation(0, b.world.corp.customer_no(h.customer)), nullptr);
}

TEST(SimulateTransfer, TwiceInNinetyDaysOnTheJob) {
  Handover h;
  auto& b = h.b;
  for (StaffNo from = 0; from < 2; ++from) {
    EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, h.customer, from, from + 1))), 0);
    b.advance(86'400);
  }
  EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, h.customer, 2, 3))), 40128);
  b.advance(89 * 86'400);
  EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, h.customer, 2, 3))), 0);
}

TEST(SimulateTransfer, TheCustomerMayRefuseAndTheTakerMayBeFull) {
  Handover h;
  auto& b = h.b;
  b.post("transfer_customer", hand_over(b, h.customer, 0, 1));
  b.sim("customer/refuse_transfer", {{"external_userid", h.customer}});
  EXPECT_EQ(b.told_field("FailReason"), "customer_refused");
  b.advance(2 * 86'400);
  EXPECT_NE(b.world.corp.relation(0, b.world.corp.customer_no(h.customer)), nullptr);

  b.post("transfer_customer", hand_over(b, h.customer, 0, 2));
  b.sim("staff/set", {{"userid", b.user(2)}, {"customers_max", 0}});
  b.advance(86'400);
  EXPECT_EQ(b.told_field("FailReason"), "customer_limit_exceed");
  EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, h.customer, 0, 2))), 40099);
}

TEST(SimulateTransfer, RefusalsByCode) {
  Handover h;
  auto& b = h.b;
  const StaffNo unverified = 9, inactive = 8;
  EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, h.customer, 0, 0))), 40130);
  EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, "wmnone", 0, 1))), 40096);
  EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, h.customer, 1, 2))), 40131);
  EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, h.customer, 0, unverified))), 40098);
  EXPECT_EQ(item_code(b.post("transfer_customer", hand_over(b, h.customer, 0, inactive))), 41054);
  EXPECT_EQ(item_code(b.post("resigned/transfer_customer", hand_over(b, h.customer, 0, 1))), 40097);
  json::object many = hand_over(b, h.customer, 0, 1);
  many["external_userid"] = json::array(101, "wm");
  EXPECT_EQ(b.code("transfer_customer", many), 81017);
}

TEST(SimulateTransfer, WhoLeavesLeavesCustomersToAssign) {
  Box b({.staff = 10, .customers = 0, .groups = 0});
  std::vector<std::string> customers;
  for (int i = 0; i < 5; ++i) customers.push_back(b.friend_of(b.user(0)));
  EXPECT_EQ(b.code("get_unassigned_list", {{"page_size", 2}}), 0);
  b.sim("staff/resign", {{"userid", b.user(0)}});
  EXPECT_EQ(b.told().back(), "delete_user");
  const auto first = b.post("get_unassigned_list", {{"page_size", 3}});
  EXPECT_EQ(array(first, "info").size(), 3u);
  EXPECT_FALSE(first.at("is_last").as_bool());
  const auto second = b.post("get_unassigned_list", {{"page_size", 3}, {"cursor", text(first, "next_cursor")}});
  EXPECT_EQ(array(second, "info").size(), 2u);
  EXPECT_TRUE(second.at("is_last").as_bool());
  EXPECT_EQ(item_code(b.post("resigned/transfer_customer", hand_over(b, customers[0], 0, 1))), 0);
  b.advance(86'400);
  EXPECT_EQ(array(b.post("get_unassigned_list", {{"page_size", 10}}), "info").size(), 4u);
  b.sim("staff/rehire", {{"userid", b.user(0)}});
  EXPECT_TRUE(array(b.post("get_unassigned_list", {{"page_size", 10}}), "info").empty());
}

TEST(SimulateGroupTransfer, OnTheJobTwiceInNinetyDaysAndNeverToTheSame) {
  Box b({.staff = 10, .groups = 1});
  const auto chat = b.world.corp.groups[0].id;
  const auto give = [&](StaffNo to, std::string_view path = "groupchat/onjob_transfer") {
    return item_code(b.post(path, {{"chat_id_list", json::array{chat}}, {"new_owner", b.user(to)}}), "failed_chat_list");
  };
  EXPECT_EQ(give(1), 0);
  EXPECT_EQ(give(1), 90504);
  EXPECT_EQ(give(2), 0);
  EXPECT_EQ(give(3), 90508);
  b.advance(91 * 86'400);
  EXPECT_EQ(give(3), 0);
  EXPECT_EQ(give(4, "groupchat/transfer"), 90500);
  b.sim("staff/resign", {{"userid", b.user(3)}});
  EXPECT_EQ(give(4), 90502);
  EXPECT_EQ(give(4, "groupchat/transfer"), 0);
  EXPECT_EQ(b.world.corp.groups[0].status, 3);
}

TEST(SimulateGroupTransfer, ThreeHundredADayOfOneOwner) {
  Box b({.staff = 10, .customers = 0, .groups = 0});
  std::vector<std::string> chats;
  for (int i = 0; i < 301; ++i) chats.push_back(text(b.sim("group/create", {{"userid", b.user(0)}, {"name", "g"}}), "chat_id"));
  std::size_t failed = 0;
  for (std::size_t from = 0; from < chats.size(); from += 100) {
    json::array ids(chats.begin() + static_cast<std::ptrdiff_t>(from), chats.begin() + static_cast<std::ptrdiff_t>(std::min(from + 100, chats.size())));
    failed += array(b.post("groupchat/onjob_transfer", {{"chat_id_list", ids}, {"new_owner", b.user(1)}}), "failed_chat_list").size();
  }
  EXPECT_EQ(failed, 1u);
  b.advance(86'400);
  EXPECT_TRUE(array(b.post("groupchat/onjob_transfer", {{"chat_id_list", json::array{chats.back()}}, {"new_owner", b.user(1)}}), "failed_chat_list").empty());
}

}  // namespace
}  // namespace koi::simulate
