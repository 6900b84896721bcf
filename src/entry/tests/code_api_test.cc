// The routes of live codes: what they show, to whom, and what they refuse.
#include <gtest/gtest.h>

#include "entry/report.h"
#include "entry/tests/entry_desk.h"

namespace koi::entry {
namespace {

using namespace testing;
using koi::testing::outcome;

constexpr std::string_view kCodes = "/v1/codes", kCode = "/v1/codes/{code}";

std::string spec_body(const CodeSpec& spec, std::string_view more = {}) { return R"({"spec":)" + spec_text(spec) + std::string(more) + "}"; }

TEST(CodeApi, MakesShowsChangesAndEndsACode) {
  EntryDesk w;
  auto spec = EntryWorld::spec_of(2);
  ASSERT_EQ(w.call("POST", kCodes, {.body = spec_body(spec, R"(,"slug":"zhanjia","key":"k1")")}), "201");
  EXPECT_EQ(w.text("/url"), "http://shop.example/c/zhanjia");
  EXPECT_EQ(w.text("/state") + w.text("/ways_waiting") + w.header("ETag"), "active2\"v1\"");
  EXPECT_EQ(w.text("/advice/0/code") + " " + w.text("/advice/0/pointer"), "entry.no_backup /spec/backup");
  const auto id = w.text("/id");
  EXPECT_EQ(w.call("POST", kCodes, {.body = spec_body(spec, R"(,"key":"k1")")}), "201");
  EXPECT_EQ(w.text("/id"), id) << "the same key is the same code";
  spec.channel = "别处";
  EXPECT_EQ(w.call("POST", kCodes, {.body = spec_body(spec, R"(,"key":"k1")")}), "entry.key_reused");
  EXPECT_EQ(w.call("POST", kCodes, {.body = spec_body(spec, R"(,"slug":"zhanjia")")}), "entry.slug_taken");
  EXPECT_EQ(w.call("POST", kCodes, {.body = spec_body(spec, R"(,"slug":"A b")")}), "entry.slug");
  EXPECT_EQ(w.pointer, "/slug");
  w.platform();
  ASSERT_EQ(w.call("GET", kCode, {.parts = {id}}), "200");
  EXPECT_EQ(w.text("/ways_ready") + w.text("/spec/members/1/weight"), "21");
  EXPECT_EQ(w.call("PUT", kCode, {.parts = {id}, .body = spec_body(spec), .headers = {{"if-match", "\"v1\""}}}), "200");
  EXPECT_EQ(w.text("/spec/channel") + w.header("ETag"), "别处\"v2\"");
  EXPECT_EQ(w.call("PUT", kCode, {.parts = {id}, .body = spec_body(spec), .headers = {{"if-match", "\"v1\""}}}), "http.stale");
  EXPECT_EQ(w.call("POST", "/v1/codes/{code}:pause", {.parts = {id}}), "200");
  EXPECT_EQ(w.text("/state"), "paused");
  EXPECT_EQ(w.call("POST", "/v1/codes/{code}:resume", {.parts = {id}}), "200");
  EXPECT_EQ(w.call("POST", "/v1/codes/{code}:clone", {.parts = {id}, .body = R"({"name":"展架二","key":"k2"})"}), "201");
  EXPECT_EQ(w.text("/spec/name"), "展架二");
  EXPECT_NE(w.text("/id"), id);
  EXPECT_EQ(w.call("POST", "/v1/codes/{code}:delete", {.parts = {id}}), "200");
  EXPECT_EQ(w.call("POST", "/v1/codes/{code}:delete", {.parts = {id}}), "200") << "again is nothing new";
  EXPECT_EQ(w.call("PUT", kCode, {.parts = {id}, .body = spec_body(spec)}), "entry.deleted");
  EXPECT_EQ(w.call("GET", kCode, {.parts = {"cod_0000000000009"}}), "entry.no_code");
  EXPECT_EQ(w.call("GET", kCode, {.parts = {"nonsense"}}), "http.no_such_id");
}

TEST(CodeApi, ListsInPagesWithSumsAndCosts) {
  EntryDesk w;
  auto spec = EntryWorld::spec_of(1);
  spec.cost_day_fen = 100;
  spec.cost_total_fen = 1000;
  const auto one = w.make(spec, "first-code");
  spec.name = "地铁口";
  spec.folder = "户外";
  const auto two = w.make(spec);
  w.whom(one.id, {"a", "b", "a"});
  const auto friend_ = w.person(1);
  ASSERT_EQ(outcome(w.come(one.id, friend_, 1)), "ok");
  w.tell("order_paid", friend_, "{}", 4200, kMinute);
  w.drain();
  ASSERT_EQ(w.call("GET", kCodes, {.query = {{"limit", "1"}}}), "200");
  EXPECT_EQ(w.text("/data/0/name") + w.text("/data/0/cost_fen") + w.text("/data/0/sums/scans"), "地铁口11000");
  const auto next = w.text("/next");
  ASSERT_EQ(w.call("GET", kCodes, {.query = {{"limit", "1"}, {"cursor", next}}}), "200");
  EXPECT_EQ(w.text("/data/0/slug") + w.text("/next"), "first-codenull");
  EXPECT_EQ(w.text("/data/0/sums"), R"({"scans":3,"visitors":2,"shown":3,"adds":1,"accepted":1,"replied":0,"grouped":0,"ordered":1,"repeated":0,"lost":0,"orders":1,"order_fen":4200})");
  EXPECT_EQ(w.text("/data/0/scans") + w.text("/data/0/friends"), "31");
  struct { const char* name; const char* value; std::size_t want; } const filters[] = {
      {"q", "地铁", 1}, {"q", "first-code", 1}, {"q", "50%", 0}, {"folder", "户外", 1}, {"channel", "展架", 2}, {"state", "paused", 0}, {"state", "deleted", 0}};
  for (const auto& f : filters) {
    ASSERT_EQ(w.call("GET", kCodes, {.query = {{f.name, f.value}}}), "200") << f.name;
    EXPECT_EQ(w.json().at("data").as_array().size(), f.want) << f.name << "=" << f.value;
  }
  w.pass(40 * kDay);
  ASSERT_EQ(w.call("GET", kCodes, {.query = {{"q", "first-code"}}}), "200");
  EXPECT_EQ(w.text("/data/0/sums/scans") + " " + w.text("/data/0/scans") + " " + w.text("/data/0/cost_fen"), "0 3 3000") << "thirty days only";
  EXPECT_EQ(w.call("GET", kCodes, {.query = {{"limit", "0"}}}), "http.bad_query");
  EXPECT_EQ(w.call("GET", kCodes, {.query = {{"cursor", "x"}}}), "http.bad_cursor");
  EXPECT_EQ(w.call("GET", kCodes, {.query = {{"folders", "x"}}}), "http.unknown_query");
}

TEST(CodeApi, RefusesWhatCannotBeMeantAndSaysWhere) {
  struct { const char* what; const char* change; const char* code; const char* pointer; } const rows[] = {
      {"no name", R"({"name":" "})", "entry.name", "/spec/name"},
      {"nobody", R"({"members":[]})", "entry.no_member", "/spec/members"},
      {"a stranger", R"({"members":[{"staff":"stf_0000000000zzz"}]})", "entry.unknown_staff", "/spec/members/0/staff"},
      {"staff and unit", R"({"members":[{"staff":"stf_0000000000001","unit":"org_000000000000b"}]})", "entry.member", "/spec/members/0"},
      {"a cap below zero", R"({"members":[{"staff":"stf_0000000000001","daily_cap":-1}]})", "entry.cap_zero", "/spec/members/0"},
      {"a cap beyond reason", R"({"daily_cap":1000001})", "entry.limit", "/spec/daily_cap"},
      {"no weight", R"({"members":[{"staff":"stf_0000000000001","weight":0}]})", "entry.weight", "/spec/members/0/weight"},
      {"half a slot", R"({"members":[{"staff":"stf_0000000000001","schedule":{"week":[{"slots":["09:00"]}]}}]})", "entry.slot", "/spec/members/0/schedule/week/0/slots/0"},
      {"an hour that is none", R"({"members":[{"staff":"stf_0000000000001","schedule":{"week":[{"slots":["09:00-25:00"]}]}}]})", "entry.slot", "/spec/members/0/schedule/week/0/slots/0"},
      {"an eighth day", R"({"members":[{"staff":"stf_0000000000001","schedule":{"week":[{"days":[8]}]}}]})", "entry.weekday", "/spec/members/0/schedule/week/0/days"},
      {"slots that meet", R"({"members":[{"staff":"stf_0000000000001","schedule":{"week":[{"slots":["09:00-12:00","11:00-13:00"]}]}}]})", "entry.slots_overlap", "/spec/members/0/schedule/week/0/slots/1"},
      {"slots that meet over midnight", R"({"members":[{"staff":"stf_0000000000001","schedule":{"week":[{"days":[7],"slots":["22:00-02:00"]},{"days":[1],"slots":["01:00-03:00"]}]}}]})", "entry.slots_overlap", "/spec/members/0/schedule/week/1/slots/0"},
      {"a vacation backwards", R"({"members":[{"staff":"stf_0000000000001","schedule":{"vacations":[{"from":"2026-12-02","to":"2026-12-01"}]}}]})", "entry.vacation", "/spec/members/0/schedule/vacations/0"},
      {"a variable nobody knows", R"({"remark":"{chanel}"})", "entry.variable", "/spec/remark"},
      {"ten attachments", R"({"welcome":{"parts":[{"kind":"link"},{"kind":"link"},{"kind":"link"},{"kind":"link"},{"kind":"link"},{"kind":"link"},{"kind":"link"},{"kind":"link"},{"kind":"link"},{"kind":"link"}]}})", "entry.welcome_parts", "/spec/welcome/parts"},
      {"a kind of attachment", R"({"welcome":{"parts":[{"kind":"imaeg"}]}})", "entry.welcome_part", "/spec/welcome/parts/0/kind"},
      {"a link without an address", R"({"welcome":{"parts":[{"kind":"link","title":"x"}]}})", "entry.welcome_part", "/spec/welcome/parts/0/url"},
      {"an address that runs", R"~({"fallback":{"form_url":"javascript:alert(1)"}})~", "entry.url", "/spec/fallback/form_url"},
      {"nearest without stores", R"({"assign":"nearest"})", "entry.rule", "/spec/assign"},
      {"a store code without a page", R"({"kind":"store","mode":"direct","members":[],"stores":[{"unit":"org_000000000000b"}]})", "entry.rule", "/spec/mode"},
      {"accept by hours without hours", R"({"accept":"hours"})", "entry.accept", "/spec/accept_hours"},
      {"a slot for ever", R"({"hold_minutes":0})", "entry.limit", "/spec/hold_minutes"},
      {"an empty level", R"({"backup":[{"members":[]}]})", "entry.no_member", "/spec/backup/0/members"},
      {"an unknown field", R"({"dayly_cap":1})", "http.unknown_field", "/spec/dayly_cap"},
      {"a text for a number", R"({"daily_cap":"1"})", "http.wrong_type", "/spec/daily_cap"},
  };
  EntryDesk w;
  for (const auto& row : rows) {
    auto spec = boost::json::parse(spec_text(EntryWorld::spec_of(1))).as_object();
    const auto change = boost::json::parse(row.change);
    for (const auto& [name, value] : change.as_object()) spec[name] = value;
    EXPECT_EQ(w.call("POST", kCodes, {.body = R"({"spec":)" + boost::json::serialize(spec) + "}"}), row.code) << row.what;
    EXPECT_EQ(w.pointer, row.pointer) << row.what;
  }
  EXPECT_EQ(w.count("entry_code"), 0);
  EXPECT_EQ(w.call("POST", kCodes, {.body = R"({"spec":{"name":"x","members":[{"staff":"stf_0000000000001"}]}})"}), "201") << "what is absent has its usual value";
}

TEST(CodeApi, SaysWhatIsAllowedAndProbablyNotMeant) {
  EntryDesk w;
  Staff::all().guides[{2}].active = false;
  ++Staff::all().edits;
  auto spec = EntryWorld::spec_of(2);
  spec.members.push_back(EntryWorld::of(1));
  spec.members[0].schedule.week = {{{}, {"00:00-12:00"}}};
  spec.members[1].schedule.week = spec.members[2].schedule.week = spec.members[0].schedule.week;
  ASSERT_EQ(w.call("POST", kCodes, {.body = spec_body(spec)}), "201");
  std::string codes;
  const auto reply = w.json();
  for (const auto& a : reply.at("advice").as_array()) codes += std::string(a.at("code").as_string()) + "@" + a.at("pointer").as_string().c_str() + " ";
  EXPECT_EQ(codes, "entry.member_left@/spec/members/1 entry.member_twice@/spec/members/2 entry.gap@/spec/members entry.no_backup@/spec/backup ");
  for (auto& [id, guide] : Staff::all().guides) guide.active = false;
  ++Staff::all().edits;
  EXPECT_EQ(w.call("POST", kCodes, {.body = spec_body(spec)}), "entry.all_left");
}

TEST(CodeApi, PreviewsTheNextVisitorsAndLeavesNothing) {
  EntryDesk w;
  auto spec = EntryWorld::spec_of(2);
  spec.members[0].daily_cap = 1;
  const auto code = w.make(spec);
  constexpr std::string_view kPreview = "/v1/codes/{code}/preview";
  ASSERT_EQ(w.call("POST", kPreview, {.parts = {to_text(code.id)}, .body = R"({"visitors":3})"}), "200");
  EXPECT_EQ(w.text("/data/0/guide_name") + w.text("/data/1/guide_name") + w.text("/data/2/guide_name"), "导购1导购2导购2");
  EXPECT_EQ(w.text("/data/2/reason/zh"), "轮询;2 人中的第 2 位;1 人已达上限");
  EXPECT_EQ(w.count("entry_scan"), 0);
  for (const auto* bad : {R"({"visitors":0})", R"({"visitors":101})", R"({"visitors":9223372036854775807})"})
    EXPECT_EQ(w.call("POST", kPreview, {.parts = {to_text(code.id)}, .body = bad}), "entry.preview_size") << bad;
}

TEST(CodeApi, MakesACodeForEachStoreOnce) {
  EntryDesk w;
  auto spec = EntryWorld::spec_of(1);
  spec.name = "{store}海报";
  const auto body = spec_body(spec, R"(,"stores":["org_000000000000b","org_000000000000c"],"key":"b1")");
  ASSERT_EQ(w.call("POST", "/v1/codes:batch", {.body = body}), "201");
  EXPECT_EQ(w.text("/data/0/name") + w.text("/data/1/name"), "西湖店海报滨江店海报");
  const auto first = w.text("/data/0/id");
  ASSERT_EQ(w.call("POST", "/v1/codes:batch", {.body = body}), "201");
  EXPECT_EQ(w.text("/data/0/id"), first);
  EXPECT_EQ(w.count("entry_code"), 2);
  EXPECT_EQ(w.call("POST", "/v1/codes:batch", {.body = spec_body(spec, R"(,"stores":[],"key":"b2")")}), "entry.batch_size");
  EXPECT_EQ(w.call("POST", "/v1/codes:batch", {.body = spec_body(spec, R"(,"stores":["org_000000000000b"],"key":"")")}), "entry.key_missing");
  EXPECT_EQ(w.call("POST", "/v1/codes:batch", {.body = spec_body(spec, R"(,"stores":["org_000000000000z"],"key":"b3")")}), "entry.unknown_unit");
  EXPECT_EQ(w.pointer, "/stores/0");
  EXPECT_EQ(w.count("entry_code"), 2) << "all or nothing";
}

TEST(CodeApi, ReportsAFunnelByDayHourAndGuide) {
  EntryDesk w;
  auto spec = EntryWorld::spec_of(2);
  spec.cost_day_fen = 500;
  const auto code = w.make(spec);
  w.whom(code.id, {"a", "b", "c"});
  ASSERT_EQ(outcome(w.come(code.id, w.person(1), 1)), "ok");
  ASSERT_EQ(outcome(w.come(code.id, w.person(2), 2)), "ok");
  w.tell("message_received_from_customer", w.person(2), R"({"staff_id":"stf_0000000000002"})", 0, 25 * kHour);
  w.tell("order_paid", w.person(1), "{}", 1500, kHour);
  w.drain();
  constexpr std::string_view kStats = "/v1/codes/{code}/stats";
  const auto id = to_text(code.id);
  ASSERT_EQ(w.call("GET", kStats, {.parts = {id}, .query = {{"from", "2026-11-22"}, {"to", "2026-11-23"}}}), "200");
  EXPECT_EQ(w.text("/funnel/scans") + w.text("/funnel/adds") + w.text("/funnel/replied") + w.text("/replied_24h"), "3210") << "the reply came after a day";
  EXPECT_EQ(w.text("/cost_fen") + " " + w.text("/cost_per_add_fen") + " " + w.text("/payback_bps"), "500 250 30000");
  EXPECT_EQ(w.json().at("days").as_array().size(), 2u);
  EXPECT_EQ(w.text("/hours/10/scans") + w.text("/whole"), "3true");
  EXPECT_EQ(w.json().at("staff").as_array().size(), 2u);
  EXPECT_EQ(w.call("GET", kStats, {.parts = {id}, .query = {{"from", "2026-11-24"}, {"to", "2026-11-23"}}}), "entry.days");
  EXPECT_EQ(w.call("GET", kStats, {.parts = {id}, .query = {{"from", "2024-11-24"}, {"to", "2026-11-23"}}}), "entry.days");
  EXPECT_EQ(w.call("GET", kStats, {.parts = {id}, .query = {{"from", "2026-02-30"}}}), "http.bad_query");
  // A guide sees the code, their own line of it, and no cost.
  w.scope = Scope::of(Reach::own, StaffId{2}, "/1/12/");
  ASSERT_EQ(w.call("GET", kStats, {.parts = {id}}), "200");
  EXPECT_EQ(w.text("/funnel/adds") + w.text("/funnel/order_fen") + w.text("/cost_fen") + w.text("/whole"), "100false");
  ASSERT_EQ(w.call("GET", kCodes), "200");
  EXPECT_EQ(w.text("/data/0/sums/adds") + w.text("/data/0/cost_fen"), "10");
  w.scope = Scope::of(Reach::own, StaffId{5}, "/1/11/");
  EXPECT_EQ(w.call("GET", kStats, {.parts = {id}}), "entry.no_code");
  ASSERT_EQ(w.call("GET", kCodes), "200");
  EXPECT_EQ(w.text("/data"), "[]");
}

TEST(CodeApi, AManagerMakesNoCodeForOthersPeople) {
  EntryDesk w;
  w.scope = Scope::of(Reach::store, StaffId{9}, "/1/11/");
  EXPECT_EQ(w.call("POST", kCodes, {.body = spec_body(EntryWorld::spec_of(1))}), "201");
  EXPECT_EQ(w.call("POST", kCodes, {.body = spec_body(EntryWorld::spec_of(2))}), "entry.out_of_reach");
  const auto theirs = w.create(EntryWorld::spec_of(2));
  ASSERT_EQ(outcome(theirs), "ok");
  EXPECT_EQ(w.call("PUT", kCode, {.parts = {to_text(theirs->code.id)}, .body = spec_body(EntryWorld::spec_of(1))}), "entry.out_of_reach");
  EXPECT_EQ(w.call("POST", "/v1/codes/{code}:pause", {.parts = {to_text(theirs->code.id)}}), "entry.out_of_reach");
}

TEST(CodeApi, SwitchesGuidesAndShowsWhoIsOnDuty) {
  EntryDesk w;
  auto spec = EntryWorld::spec_of(2);
  spec.members[0].daily_cap = 3;
  spec.members[1].schedule.week = {{{}, {"08:00-09:30"}}};
  const auto code = w.make(spec);
  w.whom(code.id, {"a"});
  ASSERT_EQ(w.call("GET", "/v1/code-load", {.query = {{"code", to_text(code.id)}}}), "200");
  EXPECT_EQ(w.text("/guides/0/seats/0/daily_used") + w.text("/guides/0/on_duty_now") + w.text("/guides/1/on_duty_now"), "1truefalse");
  EXPECT_EQ(w.text("/guides/1/minutes/8") + " " + w.text("/guides/1/minutes/9") + " " + w.text("/guides/1/minutes/10"), "60 30 0");
  constexpr std::string_view kSwitch = "/v1/code-guides/{staff}/online";
  ASSERT_EQ(w.call("PUT", kSwitch, {.parts = {"stf_0000000000001"}, .body = R"({"online":false})"}), "204");
  EXPECT_EQ(w.who(code.id, "b"), "text");
  ASSERT_EQ(w.call("PUT", kSwitch, {.parts = {"stf_0000000000001"}, .body = R"({"online":true})"}), "204");
  EXPECT_EQ(w.who(code.id, "b"), "1");
  EXPECT_EQ(w.call("PUT", kSwitch, {.parts = {"stf_0000000000zzz"}, .body = R"({"online":true})"}), "entry.unknown_staff");
  EXPECT_EQ(w.call("PUT", kSwitch, {.parts = {"stf_0000000000001"}, .body = R"({"online":"no"})"}), "http.wrong_type");
  w.scope = Scope::of(Reach::own, StaffId{2}, "/1/12/");
  EXPECT_EQ(w.call("PUT", kSwitch, {.parts = {"stf_0000000000001"}, .body = R"({"online":false})"}), "entry.unknown_staff") << "somebody else's switch";
}

TEST(CodeApi, ListsAndClosesAlarms) {
  EntryDesk w;
  auto spec = EntryWorld::spec_of(1);
  spec.daily_cap = 1;
  const auto code = w.make(spec);
  w.whom(code.id, {"a", "b", "c"});
  ASSERT_EQ(w.call("GET", "/v1/code-alarms"), "200");
  EXPECT_EQ(w.text("/data/0/kind") + w.text("/data/0/times") + w.text("/data/0/code_name"), "cap_reached2门店展架");
  const auto id = w.text("/data/0/id");
  EXPECT_EQ(w.call("POST", "/v1/code-alarms/{alarm}:close", {.parts = {id}}), "204");
  EXPECT_EQ(w.call("POST", "/v1/code-alarms/{alarm}:close", {.parts = {id}}), "204");
  ASSERT_EQ(w.call("GET", "/v1/code-alarms"), "200");
  EXPECT_EQ(w.text("/data"), "[]");
  ASSERT_EQ(w.call("GET", "/v1/code-alarms", {.query = {{"open", "false"}}}), "200");
  EXPECT_EQ(w.json().at("data").as_array().size(), 1u);
  w.scope = Scope::of(Reach::own, StaffId{5}, "/1/11/");
  EXPECT_EQ(w.call("POST", "/v1/code-alarms/{alarm}:close", {.parts = {id}}), "entry.no_alarm");
}

TEST(CodeApi, KeepsWhereStoresAre) {
  EntryDesk w;
  constexpr std::string_view kPlace = "/v1/store-places/{unit}";
  ASSERT_EQ(w.call("PUT", kPlace, {.parts = {"org_000000000000b"}, .body = R"({"lat":30.25,"lng":120.15,"hours":[{"days":[1],"slots":["09:00-21:00"]}],"address":" 湖滨路 ","phone":"0571"})"}), "204");
  ASSERT_EQ(w.call("GET", "/v1/store-places"), "200");
  EXPECT_EQ(w.text("/data/0/name") + w.text("/data/0/address") + w.text("/data/0/hours/0/slots/0"), "西湖店湖滨路09:00-21:00");
  EXPECT_EQ(w.call("PUT", kPlace, {.parts = {"org_000000000000b"}, .body = R"({"lat":91,"lng":0})"}), "entry.place");
  EXPECT_EQ(w.pointer, "/lat");
  EXPECT_EQ(w.call("PUT", kPlace, {.parts = {"org_000000000000b"}, .body = R"({"lat":0,"lng":0,"hours":[{"days":[],"slots":["9-5"]}]})"}), "entry.slot");
  EXPECT_EQ(w.call("PUT", kPlace, {.parts = {"org_000000000000z"}, .body = R"({"lat":0,"lng":0})"}), "entry.unknown_unit");
  EXPECT_EQ(w.call("DELETE", kPlace, {.parts = {"org_000000000000b"}}), "204");
  ASSERT_EQ(w.call("GET", "/v1/store-places"), "200");
  EXPECT_EQ(w.text("/data"), "[]");
}

}  // namespace
}  // namespace koi::entry
