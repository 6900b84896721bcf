// Group codes on the wire.
#include <gtest/gtest.h>

#include "entry/group_spec.h"
#include "entry/tests/group_world.h"

namespace koi::entry {
namespace {

using namespace testing;

const std::string kSmallGroup = R"({"spec":{"name":"会员群","entries":[{"kind":"join","name":"一群","chats":["g1"],"auto_create":false}]},"slug":"members"})";

TEST(GroupApi, MakesShowsChangesAndCopies) {
  GroupWorld w;
  ASSERT_EQ(w.call("POST", "/v1/group-codes", {.body = kSmallGroup}), "201");
  const auto id = w.text("/id");
  EXPECT_EQ(w.text("/slug") + " " + w.text("/url") + " " + w.text("/ver"), "members http://shop.example/g/members 1");
  EXPECT_EQ(w.text("/spec/group_cap") + " " + w.text("/spec/hold_minutes") + " " + w.text("/entries/0/ready"), "200 15 false");
  EXPECT_EQ(w.call("POST", "/v1/group-codes", {.body = kSmallGroup}), "entry.slug_taken");
  w.join_platform();
  ASSERT_EQ(w.call("GET", "/v1/group-codes/{code}", {.parts = {id}}), "200");
  EXPECT_EQ(w.text("/entries/0/ready") + " " + w.text("/entries/0/left") + " " + w.header("ETag"), "true 200 \"v1\"");
  const auto entry = w.text("/spec/entries/0/id");
  const std::string edit = R"({"spec":{"name":"新会员群","entries":[{"id":")" + entry + R"(","kind":"join","chats":["g1","g2"],"auto_create":false}]}})";
  EXPECT_EQ(w.call("PUT", "/v1/group-codes/{code}", {.parts = {id}, .body = edit, .headers = {{"if-match", "\"v1\""}}}), "200");
  EXPECT_EQ(w.call("PUT", "/v1/group-codes/{code}", {.parts = {id}, .body = edit, .headers = {{"if-match", "\"v1\""}}}), "http.stale");
  EXPECT_EQ(w.call("PUT", "/v1/group-codes/{code}", {.parts = {id}, .body = R"({"spec":{"name":"x","group_cap":0}})", .headers = {{"if-match", "\"v2\""}}}), "entry.limit");
  EXPECT_EQ(w.pointer, "/spec/group_cap");
  EXPECT_EQ(w.call("POST", "/v1/group-codes/{code}:pause", {.parts = {id}}), "200");
  EXPECT_EQ(w.text("/state"), "paused");
  EXPECT_EQ(w.call("POST", "/v1/group-codes/{code}:resume", {.parts = {id}}), "200");
  EXPECT_EQ(w.call("POST", "/v1/group-codes/{code}:clone", {.parts = {id}, .body = R"({"name":"副本"})"}), "201");
  EXPECT_EQ(w.text("/spec/name") + " " + w.text("/spec/entries/0/chats/1"), "副本 g2");
  EXPECT_NE(w.text("/id"), id);
  EXPECT_EQ(w.call("GET", "/v1/group-codes", {.query = {{"q", "副本"}}}), "200");
  EXPECT_EQ(w.text("/data/0/name") + " " + w.text("/data/1"), "副本 missing");
  EXPECT_EQ(w.call("GET", "/v1/group-codes", {.query = {{"limit", "1"}}}), "200");
  EXPECT_NE(w.text("/next"), "null");
  EXPECT_EQ(w.call("POST", "/v1/group-codes/{code}:delete", {.parts = {id}}), "200");
  EXPECT_EQ(w.call("PUT", "/v1/group-codes/{code}", {.parts = {id}, .body = edit}), "entry.deleted");
  EXPECT_EQ(w.call("GET", "/v1/group-codes/{code}/qr", {.parts = {id}}), "200");
  EXPECT_NE(w.last.body.find("<svg"), std::string::npos);
  EXPECT_EQ(w.call("GET", "/v1/group-codes/{code}/qr", {.parts = {id}, .query = {{"format", "gif"}}}), "entry.format");
}

TEST(GroupApi, ARepeatGivesTheSameCode) {
  GroupWorld w;
  const std::string body = R"({"spec":{"name":"群"},"key":"once"})";
  ASSERT_EQ(w.call("POST", "/v1/group-codes", {.body = body}), "201");
  const auto id = w.text("/id");
  ASSERT_EQ(w.call("POST", "/v1/group-codes", {.body = body}), "201");
  EXPECT_EQ(w.text("/id"), id);
  EXPECT_EQ(w.call("POST", "/v1/group-codes", {.body = R"({"spec":{"name":"别的"},"key":"once"})"}), "entry.key_reused");
}

TEST(GroupApi, PicturesComeAndGo) {
  GroupWorld w;
  const auto code = w.make_group(GroupWorld::groups_of({}));
  const auto id = to_text(code.id);
  const std::string png = std::string("\x89PNG\r\n\x1a\n", 8) + "one", jpeg = "\xff\xd8\xff two";
  ASSERT_EQ(w.call("POST", "/v1/group-codes/{code}/images", {.parts = {id}, .body = png, .query = {{"name", "一群"}}}), "201");
  const auto first = w.text("/id");
  EXPECT_EQ(w.text("/name") + " " + w.text("/type") + " " + w.text("/expired"), "一群 image/png false");
  EXPECT_EQ(w.call("POST", "/v1/group-codes/{code}/images", {.parts = {id}, .body = "<svg>"}), "entry.group_image");
  EXPECT_EQ(w.call("POST", "/v1/group-codes/{code}/images", {.parts = {id}, .body = png + std::string(3 << 20, 'x')}), "entry.group_image_size");
  EXPECT_EQ(w.call("POST", "/v1/group-codes/{code}/images", {.parts = {id}, .body = png, .query = {{"expires_at", "2020-01-01T00:00:00Z"}}}), "entry.group_image_time");
  ASSERT_EQ(w.call("POST", "/v1/group-codes/{code}/images", {.parts = {id}, .body = jpeg, .query = {{"instead", first}}}), "201");
  const auto second = w.text("/id");
  EXPECT_EQ(w.call("GET", "/v1/group-codes/{code}/images/{image}", {.parts = {id, first}}), "entry.no_image");
  ASSERT_EQ(w.call("GET", "/v1/group-codes/{code}/images/{image}", {.parts = {id, second}}), "200");
  EXPECT_EQ(w.last.content_type + " " + w.last.body.substr(4), "image/jpeg two");
  w.pass(6 * kDay + kHour);
  ASSERT_EQ(w.call("GET", "/v1/group-codes/{code}/images", {.parts = {id}}), "200");
  EXPECT_EQ(w.text("/data/0/id") + " " + w.text("/data/0/ends_soon") + " " + w.text("/data/1"), second + " true missing");
  w.time();
  ASSERT_EQ(w.call("GET", "/v1/group-codes/{code}/alarms", {.parts = {id}}), "200");
  EXPECT_EQ(w.text("/data/0/kind"), "group_image_expiring");
  ASSERT_EQ(w.call("GET", "/v1/code-alarms", {}), "200");  // those of live codes only
  EXPECT_EQ(w.text("/data/0"), "missing");
  EXPECT_EQ(w.call("DELETE", "/v1/group-codes/{code}/images/{image}", {.parts = {id, second}}), "204");
  ASSERT_EQ(w.call("GET", "/v1/group-codes/{code}", {.parts = {id}}), "200");
  EXPECT_EQ(w.text("/spec/entries"), "[]");
}

TEST(GroupApi, ATryLeavesNothingBehind) {
  GroupWorld w;
  auto spec = GroupWorld::pool_of(2);
  spec.group_cap = 1;
  const auto code = w.make_group(spec);
  const auto id = to_text(code.id);
  ASSERT_EQ(w.call("POST", "/v1/group-codes/{code}/preview", {.parts = {id}, .body = R"({"visitors":3})"}), "200");
  EXPECT_EQ(w.text("/data/0/name") + " " + w.text("/data/1/name") + " " + w.text("/data/2/kind"), "g1 g2 text");
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM entry_group_seat"), 0);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM entry_group_day"), 0);
  EXPECT_EQ(w.call("POST", "/v1/group-codes/{code}/preview", {.parts = {id}, .body = R"({"visitors":101})"}), "entry.preview_size");
}

TEST(GroupApi, SomebodyOfAStoreSeesAndChangesTheirOwnOnly) {
  GroupWorld w;
  auto mine = GroupWorld::pool_of(1);
  mine.unit = UnitId{11};
  auto other = GroupWorld::pool_of(1);
  other.unit = UnitId{12};
  const auto a = to_text(w.make_group(mine).id), b = to_text(w.make_group(other).id);
  w.make_group(GroupWorld::pool_of(1));  // everybody's: of those who see all
  w.scope = Scope::of(Reach::store, StaffId{1}, "/1/11/");
  ASSERT_EQ(w.call("GET", "/v1/group-codes", {}), "200");
  EXPECT_EQ(w.text("/data/0/id") + " " + w.text("/data/1"), a + " missing");
  for (const auto* path : {"/v1/group-codes/{code}", "/v1/group-codes/{code}/stats", "/v1/group-codes/{code}/images", "/v1/group-codes/{code}/alarms", "/v1/group-codes/{code}/qr"}) {
    EXPECT_EQ(w.call("GET", path, {.parts = {a}}), "200") << path;
    EXPECT_EQ(w.call("GET", path, {.parts = {b}}), "entry.no_code") << path;
  }
  EXPECT_EQ(w.call("POST", "/v1/group-codes/{code}:pause", {.parts = {b}}), "entry.no_code");
  EXPECT_EQ(w.call("POST", "/v1/group-codes", {.body = kSmallGroup}), "entry.out_of_reach");
}

TEST(GroupApi, ThePageSaysWhatTheCodeSays) {
  GroupWorld w;
  auto spec = GroupWorld::pool_of(1);
  spec.title = "进群领<券>";
  spec.guide = "长按 & 识别";
  w.make_group(spec, "page");
  ASSERT_EQ(w.call("GET", "/g/{slug}", {.parts = {"page"}}), "200");
  EXPECT_NE(w.last.body.find("进群领&lt;券&gt;"), std::string::npos);
  EXPECT_NE(w.last.body.find("长按 &amp; 识别"), std::string::npos);
  EXPECT_NE(w.last.body.find("https://qr.example/g"), std::string::npos);
  EXPECT_NE(w.header("Set-Cookie").find("koi_visitor="), std::string::npos);
  ASSERT_EQ(w.call("GET", "/g/{slug}", {.parts = {"nothing"}}), "404");
  EXPECT_NE(w.last.body.find("没有这个二维码"), std::string::npos);
  // Who only looks takes no seat.
  const auto before = w.number("SELECT COUNT(*) FROM entry_group_seat");
  EXPECT_EQ(w.call("GET", "/g/{slug}", {.parts = {"page"}, .headers = {{"purpose", "prefetch"}}}), "200");
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM entry_group_seat"), before);
}

TEST(GroupApi, ThePageGoesOnToAStaffCodeWithWhatTheAddressCarried) {
  GroupWorld w;
  const auto staff = w.make(EntryWorld::spec_of(1), "guides");
  auto spec = GroupWorld::groups_of({});
  spec.fallback.code = staff.id;
  w.make_group(spec, "full");
  ASSERT_EQ(w.call("GET", "/g/{slug}", {.parts = {"full"}, .query = {{"utm_source", "tv"}}}), "303");
  EXPECT_EQ(w.header("Location"), "/c/guides?utm_source=tv");
}

TEST(GroupApi, AStoreCodeLeadsToAGroupCodeWhenNobodyServes) {
  GroupWorld w;
  w.make_group(GroupWorld::pool_of(1), "storegroup");
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].lifetime_cap = 1;
  spec.fallback.group_url = "/g/storegroup";
  w.make(spec, "store");
  ASSERT_EQ(w.call("GET", "/c/{slug}", {.parts = {"store"}}), "200");
  ASSERT_EQ(w.call("GET", "/c/{slug}", {.parts = {"store"}}), "200");
  EXPECT_NE(w.last.body.find("href=\"/g/storegroup\""), std::string::npos);
}

}  // namespace
}  // namespace koi::entry
