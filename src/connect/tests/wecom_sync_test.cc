// Walks through a simulated corp: complete, exact, and the same however often they are cut off.
#include "commerce/tests/desk_call.h"
#include "connect/tests/wecom_box.h"
#include "connect/wecom/corp.h"
#include "connect/wecom/sync_desk.h"
#include "connect/wecom/contacts.h"
#include "connect/wecom/corp.h"
#include "entry/arrivals.h"
#include "entry/group_codes.h"

namespace koi::connect::wecom::testing {
namespace {

/// What the simulator holds, in the order of our rows.
std::string friends_there(const simulate::Corp& corp) {
  std::set<std::string> lines;
  for (const auto& s : corp.staff)
    for (const auto& [no, r] : s.customers) {
      auto tags = r.tags;
      std::ranges::sort(tags);
      std::string joined;
      for (const auto& t : tags) joined += (joined.empty() ? "" : ",") + t;
      lines.insert(s.userid + "|" + corp.customers[no].id + "|" + r.remark + "|" + joined + "|" + std::to_string(r.add_way) + "|" + r.state + "|" +
                   std::to_string(r.created * 1000) + "\n");
    }
  std::string out;
  for (const auto& l : lines) out += l;
  return out;
}
std::string friends_here(SyncWorld& x) {
  const auto text = x.rows("SELECT userid, external_userid, remark, tags, add_way, state, created_at FROM connect_wecom_contact WHERE deleted_at IS NULL "
                           "ORDER BY userid, external_userid", 7);
  std::set<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    lines.insert(text.substr(at, end - at + 1));
    at = end + 1;
  }
  std::string out;
  for (const auto& l : lines) out += l;
  return out;
}

TEST(WecomSync, FirstWalkIsCompleteAndExact) {
  SyncWorld x(corp_shape(6, 500));
  const auto run = x.sync();
  EXPECT_EQ(run.kind, "first");
  EXPECT_EQ(run.state, "done");
  EXPECT_EQ(run.error, "");
  EXPECT_EQ(friends_here(x), friends_there(x.sim.world.corp));
  std::int64_t relations = 0, known = 0;
  for (const auto& c : x.sim.world.corp.customers) relations += static_cast<std::int64_t>(c.staff.size()), known += c.staff.empty() ? 0 : 1;
  EXPECT_EQ(run.customers, relations);
  EXPECT_EQ(run.added, relations);
  EXPECT_EQ(run.staff_done, run.staff_total);
  EXPECT_EQ(x.w.count("person"), known);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM relation WHERE kind = 'staff' AND state = 'active'"), relations);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM person WHERE owner_staff_id IS NULL"), 0);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM person WHERE unit_path = ''"), 0);
  EXPECT_EQ(x.w.count("connect_sync_diff"), 0) << "at first everything is new";
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_wecom_tag"), 9);
  std::int64_t members = 0;
  for (const auto& g : x.sim.world.corp.groups) members += std::ranges::count(g.members, false, &simulate::Member::is_staff);
  EXPECT_EQ(run.chats, 3);
  EXPECT_EQ(x.w.count("connect_wecom_chat_member"), members);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM relation WHERE kind = 'group' AND state = 'joined'"), members);
  const auto orphans = x.w.read([](Tx& tx) { return people::orphans(tx); });
  EXPECT_EQ(orphans.value_or(-1), 0);
}

TEST(WecomSync, LookingAgainChangesNothing) {
  SyncWorld x(corp_shape(5, 200));
  x.sync();
  const auto before = x.state();
  x.pass(86'400);
  const auto run = x.sync();
  EXPECT_EQ(run.kind, "asked");
  EXPECT_EQ(run.added + run.gone + run.changed, 0);
  EXPECT_EQ(x.state(), before);
}

/// Cuts the walk off at every place where it may be, reopens the store, and lets it go on.
TEST(WecomSync, CutOffAnywhereItEndsTheSame) {
  const auto shape = corp_shape(2, 1100, 2);  // some six pages each: two transactions
  SyncWorld whole(shape);
  int steps = 0;
  {
    const auto run = whole.begin();
    EXPECT_EQ(outcome(whole.go(run.id, {.lanes = 1, .go_on = [&] { return ++steps > 0; }})), "ok");
  }
  const auto wanted = whole.state();
  ASSERT_GT(steps, 12);
  const int stride = koi::testing::on_postgres() ? 5 : 1;
  for (int cut = 0; cut < steps; cut += stride) {
    SyncWorld x(shape);
    const auto run = x.begin();
    int left = cut;
    const auto stopped = x.go(run.id, {.lanes = 1, .go_on = [&] { return left-- > 0; }});
    ASSERT_EQ(outcome(stopped), "connect.sync_stopped") << cut;
    x.w.reopen();
    const auto done = x.go(run.id);
    ASSERT_EQ(outcome(done), "ok") << cut;
    EXPECT_EQ(done->customers, whole.w.number("SELECT customers FROM connect_sync_run")) << cut;
    EXPECT_EQ(done->added, done->customers) << cut;
    ASSERT_EQ(x.state(), wanted) << "cut off at " << cut;
  }
}

TEST(WecomSync, AWalkThatStumblesGoesOnWhereItStood) {
  SyncWorld x(corp_shape(4, 260));
  const auto run = x.begin();
  x.sim.sim("faults", {{"path", "externalcontact/batch/get_by_user"}, {"errcode", 45009}, {"skip", 2}});
  EXPECT_EQ(outcome(x.go(run.id)), "connect.wecom_limit");
  const auto stands = x.w.read([&](Tx& tx) { return find_run(tx, run.id); });
  ASSERT_TRUE(stands);
  EXPECT_EQ(stands->state, "running");
  EXPECT_EQ(stands->phase, "customers");
  EXPECT_EQ(outcome(x.go(run.id)), "ok");
  EXPECT_EQ(friends_here(x), friends_there(x.sim.world.corp));
}

TEST(WecomSync, ACursorThatLivesNoMoreIsReadAgainFromTheBeginning) {
  SyncWorld x(corp_shape(2, 1000));
  const auto run = x.begin();
  x.sim.sim("faults", {{"path", "externalcontact/batch/get_by_user"}, {"errcode", 40058}, {"skip", 5}});
  const auto done = x.go(run.id, {.lanes = 1, .go_on = {}});
  ASSERT_EQ(outcome(done), "ok");
  EXPECT_EQ(done->staff_failed, 0);
  EXPECT_EQ(friends_here(x), friends_there(x.sim.world.corp));
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM relation_history"), x.w.number("SELECT COUNT(*) FROM relation")) << "nothing twice";
  x.sim.sim("faults", {{"path", "externalcontact/batch/get_by_user"}, {"errcode", 40058}, {"skip", 1}, {"times", 1000}});
  const auto never = x.go(x.begin().id, {.lanes = 1, .go_on = {}});
  ASSERT_EQ(outcome(never), "ok");
  EXPECT_EQ(never->staff_failed, 2);
}

TEST(WecomSync, OneMembersRefusalCostsTheOthersNothing) {
  SyncWorld x(corp_shape(4, 100));
  const auto run = x.begin();
  x.sim.sim("faults", {{"path", "externalcontact/batch/get_by_user"}, {"errcode", 60011}});
  const auto done = x.go(run.id, {.lanes = 1, .go_on = {}});
  ASSERT_EQ(outcome(done), "ok");
  EXPECT_EQ(done->staff_failed, 1);
  EXPECT_EQ(done->staff_done, done->staff_total - 1);
  const auto troubles = x.w.read([&](Tx& tx) { return troubles_of(tx, run.id); });
  ASSERT_EQ(troubles.value_or(std::vector<StaffTrouble>{}).size(), 1u);
  EXPECT_TRUE(troubles->front().error.starts_with("60011"));
}

TEST(WecomSync, ASecondAskJoinsTheWalkThatIsOn) {
  SyncWorld x(corp_shape(3, 20));
  const auto a = x.begin(), b = x.begin("asked");
  EXPECT_EQ(a.id, b.id);
}

TEST(WecomSync, FindsWhatWasPlanted) {
  SyncWorld x(corp_shape(4, 80));
  x.sync();
  auto& corp = x.sim.world.corp;
  const auto& guide = corp.staff[0];
  ASSERT_GE(guide.customers.size(), 4u);
  std::vector<std::string> mine;
  for (const auto& [no, r] : guide.customers)
    if (corp.customers[no].staff.size() == 1) mine.push_back(corp.customers[no].id);
  ASSERT_GE(mine.size(), 3u);
  x.pass(3600);
  const auto fresh = x.sim.friend_of(guide.userid);
  x.sim.sim("staff/delete", {{"external_userid", mine[0]}, {"userid", guide.userid}});
  EXPECT_EQ(x.sim.code("remark", {{"userid", guide.userid}, {"external_userid", mine[1]}, {"remark", "新备注"}}), 0);
  auto& relation = *corp.relation(0, corp.customer_no(mine[2]));
  const auto had = relation.tags;
  relation.tags = {corp.tags[1].tags[0].id};
  x.pass(60);
  const auto run = x.sync("daily");
  EXPECT_EQ(run.added, 1);
  EXPECT_EQ(run.gone, 1);
  EXPECT_EQ(run.changed, had == relation.tags ? 1 : 2);
  const auto added = x.diffs(run.id, "added"), gone = x.diffs(run.id, "gone"), remark = x.diffs(run.id, "remark"), tags = x.diffs(run.id, "tags");
  ASSERT_EQ(added.size(), 1u);
  EXPECT_EQ(added[0].external_userid, fresh);
  ASSERT_EQ(gone.size(), 1u);
  EXPECT_EQ(gone[0].external_userid, mine[0]);
  ASSERT_EQ(remark.size(), 1u);
  EXPECT_EQ(remark[0].external_userid, mine[1]);
  EXPECT_EQ(remark[0].said_before, "");
  EXPECT_EQ(remark[0].said_now, "新备注");
  ASSERT_EQ(tags.size(), 1u);
  EXPECT_EQ(tags[0].said_now, corp.tags[1].tags[0].name);
  EXPECT_EQ(friends_here(x), friends_there(corp));
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM relation WHERE state = 'deleted_by_customer'"), 1);
  EXPECT_EQ(x.sync("daily").changed, 0);
}

TEST(WecomSync, WhoIsGivenToAnotherGuideGoesToThem) {
  SyncWorld x(corp_shape(4, 40));
  x.sync();
  auto& corp = x.sim.world.corp;
  simulate::CustomerNo who = 0;
  while (corp.customers[who].staff.size() != 1) ++who;
  const auto from = corp.customers[who].staff.front();
  const simulate::StaffNo to = from == 0 ? 1 : 0;
  const auto id = corp.customers[who].id;
  x.pass(100);
  x.sim.sim("staff/delete", {{"external_userid", id}, {"userid", x.sim.user(from)}});
  simulate::Relation r;
  r.created = x.sim.world.now();
  r.add_way = 202;
  corp.befriend(to, who, std::move(r));
  x.pass(10);
  const auto run = x.sync("daily");
  const auto owners = x.diffs(run.id, "owner");
  ASSERT_EQ(owners.size(), 1u);
  EXPECT_EQ(owners[0].external_userid, id);
  const auto owner = x.rows("SELECT s.wecom_userid FROM connect_wecom_contact c JOIN person p ON p.id = c.person_id JOIN staff s ON s.id = p.owner_staff_id "
                            "WHERE c.external_userid = '" + id + "' AND c.deleted_at IS NULL", 1);
  EXPECT_EQ(owner, x.sim.user(to) + "\n");
}

TEST(WecomSync, StaffThatStandHereAreMetNotMadeAgain) {
  SyncWorld x(corp_shape(4, 20));
  const auto everything = Scope::everything("test");
  const auto shop = x.w.write([&](Tx& tx) { return team::create_unit(tx, everything, {.parent = {}, .name = "我们的店", .kind = "store", .code = "S1"}); });
  const auto known = x.w.write([&](Tx& tx) { return team::create_staff(tx, everything, {.name = "我们叫她小敏", .unit = *shop, .wecom_userid = x.sim.user(0)}); });
  const auto mobile = x.w.write([&](Tx& tx) -> Result<StaffId> {
    TRY(const auto s, team::create_staff(tx, everything, {.name = "李华", .unit = *shop, .wecom_userid = {}}));
    TRY(team::create_user(tx, {.login = x.sim.world.corp.staff[1].mobile, .display_name = "李华", .role = team::Role::guide, .staff = s, .password_hash = {}}));
    return s;
  });
  ASSERT_EQ(outcome(mobile), "ok");
  x.sync();
  const auto find = [&](StaffId id) { return *x.w.read([&](Tx& tx) { return team::find_staff(tx, everything, id); }); };
  EXPECT_EQ(find(*known).name, "我们叫她小敏");
  EXPECT_EQ(find(*known).unit, *shop);
  EXPECT_EQ(find(*mobile).wecom_userid, x.sim.user(1));
  EXPECT_EQ(x.w.count("staff"), 4);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_wecom_department"), static_cast<std::int64_t>(x.sim.world.corp.departments.size()));
  // Who leaves the company leaves here too; who only cannot be seen does not.
  x.pass(60);
  x.sim.sim("staff/resign", {{"userid", x.sim.user(2)}});
  x.sync("daily");
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM staff WHERE state = 'left'"), 1);
}

TEST(WecomSync, TheNightlyLookComesOnceANight) {
  SyncWorld x(corp_shape(3, 10));
  const auto due = [&] { return x.w.write([&](Tx& tx) { return begin_daily(tx, x.corp); }); };
  EXPECT_FALSE(due()->has_value()) << "nothing before the first walk";
  x.sync();
  EXPECT_FALSE(due()->has_value()) << "today everything was looked at";
  x.pass(86'400);
  const auto run = due();
  ASSERT_TRUE(run && run->has_value());
  EXPECT_EQ((*run)->kind, "daily");
  EXPECT_FALSE(due()->has_value());
  EXPECT_EQ(outcome(x.go((*run)->id)), "ok");
  EXPECT_FALSE(due()->has_value());
}

TEST(WecomSync, WhoWasErasedIsNotTakenUpAgain) {
  SyncWorld x(corp_shape(3, 30));
  x.sync();
  const auto person = x.w.number("SELECT MIN(person_id) FROM connect_wecom_contact");
  const auto people_before = x.w.count("person");
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return people::erase(tx, PersonId{person}); })), "ok");
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_wecom_contact WHERE remark <> '' AND person_id = " + std::to_string(person)), 0);
  x.pass(86'400);
  const auto run = x.sync("daily");
  EXPECT_EQ(run.added + run.changed, 0);
  EXPECT_EQ(x.w.count("person"), people_before);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM identifier WHERE person_id = " + std::to_string(person)), 0);
}

TEST(WecomSync, ReportsAreOfOnesOwnCustomers) {
  SyncWorld x(corp_shape(4, 60));
  x.sync();
  x.pass(60);
  for (simulate::StaffNo no = 0; no < 2; ++no) x.sim.friend_of(x.sim.user(no));
  x.pass(60);
  const auto run = x.sync("daily");
  EXPECT_EQ(x.diffs(run.id).size(), 2u);
  const auto staff = x.w.read([&](Tx& tx) { return team::staff_by_wecom(tx, x.sim.user(0)); });
  const auto mine = x.w.read([&](Tx& tx) { return diffs_of(tx, Scope::of(Reach::own, (*staff)->id, (*staff)->unit_path), x.corp, {}); });
  ASSERT_EQ(mine->size(), 1u);
  EXPECT_EQ((*mine)[0].userid, x.sim.user(0));
  const auto nobodys = x.w.read([&](Tx& tx) { return diffs_of(tx, Scope::of(Reach::store, {}, ""), x.corp, {}); });
  EXPECT_TRUE(nobodys->empty());
}

// ---- one friendship at a time, as callbacks and walks meet ---------------------------------------------------------

struct ContactWorld : SyncWorld {
  ContactWorld() : SyncWorld(corp_shape(3, 0, 0)) {
    sync();
    for (simulate::StaffNo no = 0; no < 2; ++no) {
      const auto staff = w.read([&](Tx& tx) { return team::staff_by_wecom(tx, sim.user(no)); });
      keepers.push_back({(*staff)->id, (*staff)->unit_path});
    }
    c.userid = sim.user(0), c.external_userid = "wmOne", c.name = "小林", c.unionid = "oUone", c.created = w.clock().now() - std::chrono::hours(24);
  }
  Applied apply(const Contact& contact, int keeper = 0, std::optional<Instant> asked = {}) {
    auto done = w.write([&](Tx& tx) { return apply_contact(tx, corp, keepers[static_cast<std::size_t>(keeper)], contact, asked.value_or(w.clock().now())); });
    EXPECT_EQ(outcome(done), "ok") << (done ? "" : done.error().detail);
    return done.value_or(Applied{});
  }
  Gone gone(const Contact& contact, std::optional<Instant> asked = {}) {
    auto done = w.write([&](Tx& tx) { return contact_gone(tx, corp, contact.userid, contact.external_userid, asked.value_or(w.clock().now())); });
    EXPECT_EQ(outcome(done), "ok");
    return done.value_or(Gone{});
  }
  std::int64_t friends_added() { return w.number("SELECT COUNT(*) FROM relation_history WHERE state = 'active'"); }
  std::string tag(int n) const { return sim.world.corp.tags[0].tags[static_cast<std::size_t>(n)].id; }
  Contact c;
  std::vector<Keeper> keepers;
};

TEST(WecomContact, OlderNewsChangesNothing) {
  ContactWorld x;
  const auto before = x.w.clock().now();
  x.pass(10);
  EXPECT_TRUE(x.apply(x.c).added);
  auto older = x.c;
  older.remark = "旧";
  EXPECT_TRUE(x.apply(older, 0, before).skipped);
  EXPECT_FALSE(x.gone(x.c, before).person) << "a list from before the friendship proves nothing";
  x.pass(10);
  EXPECT_TRUE(x.gone(x.c).person);
  EXPECT_TRUE(x.apply(x.c, 0, x.w.clock().now() - Millis{5000}).skipped) << "a page from before the end";
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_wecom_contact WHERE deleted_at IS NULL"), 0);
}

TEST(WecomContact, WhoComesBackIsAFriendAnew) {
  ContactWorld x;
  x.apply(x.c);
  x.pass(10);
  x.gone(x.c);
  x.pass(10);
  auto again = x.c;
  again.created = x.w.clock().now();
  x.pass(1);
  EXPECT_TRUE(x.apply(again).added);
  EXPECT_EQ(x.friends_added(), 2);
  EXPECT_FALSE(x.apply(again).added);
  EXPECT_EQ(x.friends_added(), 2);
}

TEST(WecomContact, WhatACallbackToldIsNotToldAgain) {
  ContactWorld x;
  const auto told = x.w.write([&](Tx& tx) -> Result<> {
    const people::Ident ident{"wecom_external_userid:" + x.corp, "wmOne"};
    TRY(const auto who, people::resolve(tx, std::span(&ident, 1), "callback"));
    TRY(entry::arrive(tx, {.person = who.person, .staff = x.keepers[0].staff, .state = "", .welcome_code = {}, .add_way = 1, .at = x.c.created + Millis{2000}, .nick = {}}));
    return {};
  });
  ASSERT_EQ(outcome(told), "ok");
  EXPECT_TRUE(x.apply(x.c).added);
  EXPECT_EQ(x.friends_added(), 1);
}

TEST(WecomContact, ATagStandsWhileAnyFriendshipShowsIt) {
  ContactWorld x;
  auto other = x.c;
  other.userid = x.sim.user(1);
  x.c.tags = other.tags = {x.tag(0)};
  x.apply(x.c, 0);
  x.apply(other, 1);
  const auto held = [&] { return x.w.number("SELECT COUNT(*) FROM tag_assignment"); };
  EXPECT_EQ(held(), 1);
  x.c.tags.clear();
  EXPECT_TRUE(x.apply(x.c, 0).tags);
  EXPECT_EQ(held(), 1);
  other.tags.clear();
  x.apply(other, 1);
  EXPECT_EQ(held(), 0);
}

TEST(WecomContact, TwoCorpsIdsAreOnePersonByUnionid) {
  ContactWorld x;
  const auto one = x.apply(x.c).person;
  auto other = x.c;
  other.external_userid = "wmTwo", other.userid = x.sim.user(1);
  EXPECT_EQ(x.apply(other, 1).person, one);
}

TEST(WecomContact, TheOwnerWhoIsLeftPassesThemOn) {
  ContactWorld x;
  auto other = x.c;
  other.userid = x.sim.user(1), other.created += std::chrono::hours(1);
  x.apply(x.c, 0);
  x.apply(other, 1);
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) -> Result<> {
    TRY(const auto people, ownerless(tx, {}, 100));
    return own(tx, people);
  })), "ok");
  EXPECT_EQ(x.w.number("SELECT owner_staff_id FROM person"), x.keepers[0].staff.v) << "the oldest friend";
  x.pass(5);
  const auto gone = x.gone(x.c);
  EXPECT_TRUE(gone.owner);
  EXPECT_EQ(x.w.number("SELECT owner_staff_id FROM person"), x.keepers[1].staff.v);
  EXPECT_FALSE(x.gone(other).owner) << "nobody else is there";
}

TEST(WecomChats, MembersComeAndGoAndGroupsEnd) {
  SyncWorld x(corp_shape(4, 60, 3));
  x.sync();
  auto& corp = x.sim.world.corp;
  const auto chat = corp.groups[0].id, ended = corp.groups[1].id, left = corp.groups[2].id;
  const auto inside = [&](const std::string& id) {
    return x.w.number("SELECT COUNT(*) FROM connect_wecom_chat_member m JOIN connect_wecom_chat c ON c.id = m.chat WHERE m.left_at IS NULL AND c.chat_id = '" + id + "'");
  };
  const auto before = inside(chat);
  ASSERT_GE(before, 2);
  x.pass(600);
  const auto stranger = x.sim.customer("路过的人");
  EXPECT_EQ(x.sim.refusal("group/invite", {{"chat_id", chat}, {"external_userid", stranger}, {"userid", x.sim.user(0)}}), "");
  std::string gone;
  for (const auto& m : corp.groups[0].members)
    if (!m.is_staff && gone.empty() && corp.customers[m.who].id != stranger) gone = corp.customers[m.who].id;
  EXPECT_EQ(x.sim.refusal("customer/leave", {{"chat_id", chat}, {"external_userid", gone}}), "");
  EXPECT_EQ(x.sim.refusal("group/dismiss", {{"chat_id", ended}}), "");
  EXPECT_EQ(x.sim.refusal("group/rename", {{"chat_id", left}, {"name", "改了名的群"}}), "");
  corp.groups[2].status = 1;
  x.pass(600);
  const auto run = x.sync("daily");
  EXPECT_EQ(run.chats, 2);
  EXPECT_EQ(inside(chat), before);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM relation WHERE kind = 'group' AND state = 'left'"), 1);
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM identifier WHERE value = '" + stranger + "'"), 1) << "who is in a group is somebody, friend or not";
  EXPECT_EQ(x.rows("SELECT state FROM group_chat WHERE chat_id = '" + ended + "'", 1), "dismissed\n");
  EXPECT_EQ(x.rows("SELECT state, name FROM group_chat WHERE chat_id = '" + left + "'", 2), "ownerless|改了名的群\n");
  const auto state = x.state();
  x.pass(600);
  x.sync("daily");
  EXPECT_EQ(x.state(), state) << "and nothing twice";
  // A look at one group knows no status, and keeps the one the list said.
  EXPECT_EQ(outcome(look_at_chat(x.db(), x.platform, x.corp, left)), "ok");
  EXPECT_EQ(x.rows("SELECT state FROM group_chat WHERE chat_id = '" + left + "'", 1), "ownerless\n");
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(WecomSyncApi, SaysHowFarItIsAndWhatItFound) {
  SyncWorld x(corp_shape(4, 60));
  const auto all = Scope::everything("test");
  const auto ask = [&](std::string_view method, std::string_view path, std::string body = {}) {
    return koi::testing::DeskCall(x.db(), all, std::move(body)).at("corp", x.corp).send(sync_routes(), method, path);
  };
  EXPECT_TRUE(says(ask("POST", "/v1/channels/wecom/{corp}:sync"), "connect.no_corp"));
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) {
    return put_corp(tx, {.corp_id = x.corp, .name = {}, .base_url = {}, .secret = "secret", .token = "QDG6eK", .aes_key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", .agent_id = {}, .disabled = {}}, std::string(32, 'k'));
  })), "ok");
  EXPECT_TRUE(says(ask("GET", "/v1/channels/wecom/{corp}/sync"), R"("run":null)"));
  const auto began = ask("POST", "/v1/channels/wecom/{corp}:sync");
  EXPECT_TRUE(says(began, R"("kind":"first","state":"running","phase":"directory")")) << began;
  const auto run = x.w.read([&](Tx& tx) { return open_run(tx, x.corp); });
  ASSERT_TRUE(run && run->has_value());
  EXPECT_EQ(outcome(x.go((*run)->id)), "ok");
  const auto done = ask("GET", "/v1/channels/wecom/{corp}/sync");
  EXPECT_TRUE(says(done, R"("state":"done","phase":"over")") && says(done, "\"customers\":" + std::to_string((*run)->id.v ? x.w.number("SELECT customers FROM connect_sync_run") : 0))) << done;
  x.pass(60);
  for (int i = 0; i < 3; ++i) x.sim.friend_of(x.sim.user(0));
  x.sync("daily");
  const auto first = koi::testing::DeskCall(x.db(), all).at("corp", x.corp).with("limit", "2").send(sync_routes(), "GET", "/v1/channels/wecom/{corp}/sync-diffs");
  EXPECT_TRUE(says(first, R"("kind":"added")") && says(first, R"("next":")")) << first;
  EXPECT_TRUE(says(ask("GET", "/v1/channels/wecom/{corp}/tag-conflicts"), R"("data":[])"));
  EXPECT_TRUE(says(ask("PUT", "/v1/channels/wecom/{corp}/tag-rule", R"({"rule":"nobody"})"), "connect.tag_rule"));
  EXPECT_EQ(ask("PUT", "/v1/channels/wecom/{corp}/tag-rule", R"({"rule":"ours"})"), "");
  EXPECT_TRUE(says(ask("GET", "/v1/channels/wecom/{corp}/sync"), R"("tag_rule":"ours")"));
}

TEST(WecomDesk, DoesByItselfWhatIsWanted) {
  SyncWorld x(corp_shape(4, 60));
  SyncDesk desk(x.db(), {.corps = [&](Tx&) -> Result<std::vector<std::string>> { return std::vector{x.corp}; },
                         .platform = [&](const std::string&) -> Result<std::shared_ptr<Platform>> { return std::shared_ptr<Platform>(std::shared_ptr<void>(), &x.platform); }});
  const auto run = x.begin();
  desk.start();
  desk.settle();
  const auto now = x.w.read([&](Tx& tx) { return find_run(tx, run.id); });
  desk.stop();
  ASSERT_EQ(outcome(now), "ok");
  EXPECT_EQ(now->state, "done");
  EXPECT_EQ(desk.figures().failures, 0u) << desk.figures().parked;
  EXPECT_EQ(friends_here(x), friends_there(x.sim.world.corp));
}

TEST(WecomSync, DISABLED_Speed) {
  SyncWorld x(corp_shape(100, 50'000, 100));
  const auto began = std::chrono::steady_clock::now();
  const auto run = x.sync();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::cout << run.customers << " in " << took.count() << " s: " << static_cast<double>(run.customers) / took.count() << "/s\n";
  x.pass(86'400);
  const auto again = std::chrono::steady_clock::now();
  x.sync("daily");
  const std::chrono::duration<double> second = std::chrono::steady_clock::now() - again;
  std::cout << "again: " << static_cast<double>(run.customers) / second.count() << "/s\n";
}

}  // namespace
}  // namespace koi::connect::wecom::testing
