#include <gtest/gtest.h>

#include "connect/tracking/tracking.h"
#include "entry/entry.h"
#include "events/events.h"
#include "people/people.h"
#include "entry/entry.h"
#include "tests/support/world.h"

namespace koi::connect::tracking {
namespace {

using koi::testing::World;

constexpr std::int64_t kTrackNow = 1'795'000'000'000;

class TrackingTest : public ::testing::Test {
 protected:
  TrackingTest() : w({store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(), entry::schema(), commerce::schema(), team::schema(), connect::schema()}) {
    w.set_now_ms(kTrackNow);
    EXPECT_TRUE(w.write([](Tx& tx) { return events::install_catalogue(tx); }));
  }
  ReadOptions options(bool history = false) { return {.source = "web", .received = from_ms(kTrackNow), .history = history}; }
  /// "accepted,duplicate,rejected connect.x" of a batch of events.
  std::string batch(const std::string& events, const std::string& rest = {}) {
    auto read = read_batch("{\"batch\":[" + events + "]" + rest + "}", options());
    if (!read) return read.error().code;
    return accepted(**read);
  }
  std::string lines(const std::string& body) {
    std::string out;
    for (const auto& chunk : read_lines(body, options())) out += (out.empty() ? "" : ",") + accepted(*chunk);
    return out;
  }
  std::string accepted(const Prepared& p) {
    auto outcomes = w.write([&](Tx& tx) { return accept(tx, p); });
    if (!outcomes) return outcomes.error().code;
    std::string out;
    constexpr const char* names[] = {"accepted", "duplicate", "quarantined", "rejected", "late"};
    for (const auto& o : *outcomes) {
      out += (out.empty() ? "" : ",") + std::string(names[static_cast<int>(o.verdict)]) + (o.code.empty() ? "" : " " + o.code);
    }
    return out;
  }
  PersonId person(const std::string& ns, const std::string& value) {
    auto found = w.read([&](Tx& tx) { return people::find(tx, {ns, value, true}); });
    return found && *found ? **found : PersonId{};
  }
  /// What was tracked; what people/ notes about identities and attributes is its own.
  std::vector<events::Stored> timeline(PersonId who) {
    auto all = *w.read([&](Tx& tx) -> Result<std::vector<events::Stored>> {
      TRY(const auto nodes, people::nodes_of(tx, who));
      return events::timeline(tx, {.people = nodes});
    });
    std::erase_if(all, [](const auto& e) { return e.kind.starts_with("identity_") || e.kind == "attribute_changed"; });
    return all;
  }
  World w;
};

TEST_F(TrackingTest, AnonymousHistoryJoinsTheKnownUser) {
  EXPECT_EQ(batch(R"({"type":"page","anonymousId":"a1","messageId":"m1","name":"Home"},)"
                  R"({"type":"track","event":"Product Viewed","anonymousId":"a1","messageId":"m2"})"), "accepted,accepted");
  const auto anonymous = person("anon:web", "a1");
  ASSERT_TRUE(anonymous);
  EXPECT_EQ(batch(R"({"type":"identify","userId":"u1","anonymousId":"a1","messageId":"m3","traits":{"name":"张三","plan":"pro"}})"), "accepted");
  EXPECT_EQ(person("user_id:web", "u1"), person("anon:web", "a1"));
  EXPECT_EQ(timeline(person("user_id:web", "u1")).size(), 3u);
  EXPECT_EQ(w.count("person"), 1);
  EXPECT_GE(w.count("person_attribute"), 2);
}

TEST_F(TrackingTest, AliasJoinsTwoIdentities) {
  EXPECT_EQ(batch(R"({"type":"track","event":"cart_added","anonymousId":"a9","messageId":"1"},)"
                  R"({"type":"track","event":"cart_added","userId":"u9","messageId":"2"})"), "accepted,accepted");
  EXPECT_NE(person("anon:web", "a9"), person("user_id:web", "u9"));
  EXPECT_EQ(batch(R"({"type":"alias","previousId":"a9","userId":"u9","messageId":"3"})"), "accepted");
  EXPECT_EQ(person("anon:web", "a9"), person("user_id:web", "u9"));
  EXPECT_EQ(batch(R"({"type":"track","event":"cart_added","userId":"old","messageId":"4"},)"
                  R"({"type":"alias","previousId":"old","userId":"u9","messageId":"5"})"), "accepted,accepted");
  EXPECT_EQ(person("user_id:web", "old"), person("user_id:web", "u9"));
  EXPECT_EQ(batch(R"({"type":"alias","userId":"u9"})"), "rejected connect.event_no_person");
}

TEST_F(TrackingTest, EachMessageTakesEffectOnce) {
  const std::string one = R"({"type":"track","event":"product_viewed","userId":"u1","messageId":"m1"})";
  EXPECT_EQ(batch(one + "," + one), "accepted,duplicate");
  EXPECT_EQ(batch(one), "duplicate");
  w.set_now_ms(kTrackNow + 400LL * 86'400'000);
  EXPECT_EQ(batch(one), "duplicate");  // however late
  const std::string unnamed = R"({"type":"track","event":"product_viewed","userId":"u1","timestamp":"2026-11-18T10:00:00.000Z","properties":{"n":1}})";
  EXPECT_EQ(batch(unnamed + "," + unnamed), "accepted,duplicate");  // no id: the content is the id
  const std::string bare = R"({"type":"track","event":"product_viewed","userId":"u1"})";
  EXPECT_EQ(batch(bare + "," + bare), "accepted,accepted");  // no id and no time: two events
  w.reopen();
  EXPECT_EQ(batch(one), "duplicate");
}

TEST_F(TrackingTest, EcommerceEventsBecomeOurs) {
  EXPECT_EQ(kind_of("Order Completed"), "order_paid");
  EXPECT_EQ(kind_of("Product Added"), "cart_added");
  EXPECT_EQ(kind_of("Signed Up!"), "signed_up");
  EXPECT_EQ(kind_of("浏览 商品"), "浏览_商品");
  EXPECT_EQ(kind_of("order_paid"), "order_paid");
  EXPECT_EQ(batch(R"({"type":"track","event":"Order Completed","userId":"u1","messageId":"m1","properties":{"order_id":"O1","total":27.5,)"
                  R"("currency":"CNY","coupon":"X","products":[{"sku":"A","price":10,"quantity":2},{"product_id":"B","price":7.5}]}})"), "accepted");
  const auto seen = timeline(person("user_id:web", "u1"));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].kind, "order_paid");
  EXPECT_EQ(seen[0].amount_fen, 2750);
  EXPECT_NE(seen[0].props.find(R"("lines":[{"line_no":1,"sku_id":"A","qty":2,"list_fen":1000,"paid_fen":2000},{"line_no":2,)"), std::string::npos) << seen[0].props;
  EXPECT_EQ(batch(R"({"type":"track","event":"Order Completed","userId":"u1","messageId":"m2","properties":{}})").substr(0, 11), "quarantined");
}

TEST_F(TrackingTest, CorrectsClocksAndFlagsLateness) {
  // The phone is an hour ahead: it says 19:26:40 happened, sent at 19:26:50; we received it when it sent it.
  const auto received = from_ms(kTrackNow);
  const auto claimed = to_rfc3339(received + std::chrono::hours(1) - std::chrono::seconds(10)), sent = to_rfc3339(received + std::chrono::hours(1));
  EXPECT_EQ(batch(R"({"type":"track","event":"x_seen","userId":"u1","messageId":"1","timestamp":")" + claimed + "\"}", ",\"sentAt\":\"" + sent + "\""), "accepted");
  const auto seen = timeline(person("user_id:web", "u1"));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(to_ms(seen[0].at), kTrackNow - 10'000);
  EXPECT_EQ(batch(R"({"type":"track","event":"x_seen","userId":"u1","messageId":"2","timestamp":"2020-01-01T00:00:00.000Z"})"), "late");
  auto history = read_batch(R"({"batch":[{"type":"track","event":"x_seen","userId":"u1","messageId":"3","timestamp":"2020-01-01T00:00:00Z"}]})", options(true));
  ASSERT_TRUE(history);
  EXPECT_EQ(accepted(**history), "accepted");
  EXPECT_EQ(batch(R"({"type":"track","event":"x_seen","userId":"u1","timestamp":"1900-02-29T00:00:00Z"})"), "rejected connect.event_bad_time");
  EXPECT_EQ(batch(R"({"type":"track","event":"x_seen","userId":"u1","timestamp":"yesterday"})"), "rejected connect.event_bad_time");
}

TEST_F(TrackingTest, HostileInputIsRefusedAlone) {
  const std::string deep(200, '['), good = R"({"type":"track","event":"ok_seen","userId":"u1","messageId":"g"})";
  const struct { std::string event, want; } rows[] = {
      {"5", "rejected connect.event_not_object"},
      {R"({"type":"delete","userId":"u"})", "rejected connect.event_unknown_type"},
      {R"({"type":"track","userId":"u"})", "rejected connect.event_no_name"},
      {R"({"type":"track","event":"x"})", "rejected connect.event_no_person"},
      {R"({"type":"track","event":5,"userId":"u"})", "rejected connect.event_wrong_type"},
      {R"({"type":"track","event":"x","userId":{}})", "rejected connect.event_bad_id"},
      {R"({"type":"track","event":"x","userId":"u","properties":[1]})", "rejected connect.event_wrong_type"},
      {R"({"type":"track","event":"x","userId":")" + std::string(300, 'u') + "\"}", "rejected connect.event_bad_id"},
      {R"({"type":"track","event":"x","userId":"u\u0000"})", "rejected connect.event_bad_id"},
      {R"({"type":"track","event":"x","userId":"u","messageId":")" + std::string(101, 'm') + "\"}", "rejected connect.event_bad_id"},
      {R"({"type":"track","event":"x","userId":"u","properties":{"a":")" + std::string(70000, 'x') + "\"}}", "rejected connect.event_too_large"},
      {R"({"type":"track","event":"!!!","userId":"u"})", "rejected connect.event_no_name"},
  };
  for (const auto& r : rows) EXPECT_EQ(batch(r.event + "," + good), r.want + (&r == &rows[0] ? ",accepted" : ",duplicate")) << r.event.substr(0, 80);
  EXPECT_EQ(batch(R"({"type":"track","event":"n_seen","userId":7,"messageId":8})"), "accepted");  // numbers are forgiven
  for (const auto* body : {"", "{", "[]", "null", "{\"batch\":5}", "\xFF\xFE", "{\"batch\":[\"\\ud800\"]}"}) {
    EXPECT_EQ(koi::testing::outcome(read_batch(body, options())).substr(0, 8), "connect.") << body;
  }
  EXPECT_EQ(koi::testing::outcome(read_batch("{\"batch\":[" + deep + std::string(200, ']') + "]}", options())), "connect.bad_json");
  std::string many = "{}";
  for (int i = 0; i < 1000; ++i) many += ",{}";
  EXPECT_EQ(batch(many), "connect.batch_too_long");
}

TEST_F(TrackingTest, BulkLinesAreJudgedOneByOne) {
  EXPECT_EQ(lines("{\"event\":\"page_viewed\",\"id\":\"1\",\"ids\":[{\"ns\":\"anon\",\"value\":\"x\"}],\"at\":1794999999000,\"props\":{\"p\":1}}\n"
                  "not json\n\n"
                  "{\"type\":\"track\",\"event\":\"page_viewed\",\"messageId\":\"2\",\"userId\":\"u\"}\r\n"
                  "{\"event\":\"page_viewed\",\"id\":\"1\",\"ids\":[{\"ns\":\"anon\",\"value\":\"x\"}]}\n"
                  "\"\xC3\x28\"\n"
                  "{\"event\":\"page_viewed\",\"id\":\"3\",\"user_id\":\"u\"}"),
            "accepted,rejected connect.event_bad_json,accepted,duplicate,rejected connect.event_bad_json,accepted");
  std::string body;
  for (int i = 0; i < 4500; ++i) body += "{\"event\":\"page_viewed\",\"id\":\"b" + std::to_string(i) + "\",\"user_id\":\"u" + std::to_string(i % 50) + "\"}\n";
  const auto chunks = read_lines(body, options());
  ASSERT_EQ(chunks.size(), 3u);
  EXPECT_EQ(chunks[2]->items.back().line, 4500);
  for (const auto& c : chunks) accepted(*c);
  EXPECT_EQ(timeline(person("user_id:web", "u7")).size(), 50u);
}

TEST_F(TrackingTest, ContextIsCutDown) {
  EXPECT_EQ(batch(R"({"type":"page","userId":"u1","messageId":"1","context":{"ip":"203.0.113.77","library":{"name":"x"},"locale":"zh-CN","campaign":{"source":"ad"}}})"), "accepted");
  const auto seen = timeline(person("user_id:web", "u1"));
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_NE(seen[0].props.find(R"("ip_prefix":"203.0.113.0")"), std::string::npos) << seen[0].props;
  EXPECT_EQ(seen[0].props.find("library"), std::string::npos);
  EXPECT_EQ(seen[0].props.find("113.77"), std::string::npos);
}

}  // namespace
}  // namespace koi::connect::tracking
