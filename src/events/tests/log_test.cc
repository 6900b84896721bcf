#include <gtest/gtest.h>

#include "events/log.h"
#include "tests/support/world.h"

namespace koi::events {
namespace {

using testing::outcome;
using testing::World;

struct LogWorld : World {
  LogWorld() : World({store::schema(), events::schema()}) {
    EXPECT_EQ(outcome(write([](Tx& tx) { return install_catalogue(tx); })), "ok");
  }
  Seq append_one(Event event) {
    return write([&](Tx& tx) { return append(tx, event); }).value();
  }
  Receipt accept_one(Event event) {
    return write([&](Tx& tx) { return accept(tx, event); }).value();
  }
};

TEST(EventLog, AppendsInOrderAndReadsBackWhatWasWritten) {
  LogWorld w;
  w.set_now_ms(5000);
  const auto first = w.append_one({.kind = "order_cancelled", .person = {7}, .subject = 12, .at = from_ms(4000),
                                   .props = R"({"a":1})", .amount_fen = -250});
  const auto second = w.append_one({.kind = "page_viewed"});
  EXPECT_LT(first, second);
  const auto all = w.read([](Tx& tx) { return after(tx, 0, 10); }).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].kind, "order_cancelled");
  EXPECT_EQ(all[0].person.v, 7);
  EXPECT_EQ(all[0].subject, 12);
  EXPECT_EQ(to_ms(all[0].at), 4000);
  EXPECT_EQ(to_ms(all[0].received_at), 5000);
  EXPECT_EQ(all[0].amount_fen, -250);
  EXPECT_EQ(all[0].props, R"({"a":1})");
  EXPECT_EQ(all[1].kind, "page_viewed");
  EXPECT_EQ(all[1].props, "{}");
  EXPECT_EQ(all[1].person.v, 0);
  EXPECT_EQ(w.read([&](Tx& tx) { return after(tx, first, 10); }).value().size(), 1u);
}

TEST(EventLog, OwnEventOfAnUnknownKindIsOurBug) {
  LogWorld w;
  EXPECT_EQ(outcome(w.write([](Tx& tx) { return append(tx, {.kind = "never_heard_of"}); })), "events.unknown_kind");
}

TEST(EventLog, ReceiptsSayWhatHappenedToAnEventFromOutside) {
  LogWorld w;
  struct { Event event; Verdict verdict; const char *code, *pointer; } const rows[] = {
      {{.kind = "page_viewed", .source = "web", .id = "1"}, Verdict::accepted, "", ""},
      {{.kind = "page_viewed", .source = "web", .id = "1"}, Verdict::duplicate, "", ""},
      {{.kind = "cart_added", .source = "web", .id = "1"}, Verdict::duplicate, "", ""},  // ids are for ever
      {{.kind = "page_viewed", .source = "app", .id = "1"}, Verdict::accepted, "", ""},  // another source
      {{.kind = "page_viewed", .source = "web", .id = "2", .late = true}, Verdict::late, "", ""},
      {{.kind = "加入会员日", .source = "web", .id = "3"}, Verdict::accepted, "", ""},  // registered as custom
      {{.kind = "Bad Name", .source = "web", .id = "4"}, Verdict::rejected, "events.bad_kind_name", "/event"},
      {{.kind = "", .source = "web", .id = "5"}, Verdict::rejected, "events.bad_kind_name", "/event"},
      {{.kind = "coupon_issued", .source = "web", .id = "6", .props = "{}"}, Verdict::quarantined, "events.schema",
       "/properties/batch_id"},
      {{.kind = "coupon_issued", .source = "web", .id = "7",
        .props = R"({"batch_id":"b","coupon_id":"c","ref":"r","saved_fen":1.5})"},
       Verdict::quarantined, "events.schema", "/properties/saved_fen"},
      {{.kind = "coupon_issued", .source = "web", .id = "8",
        .props = R"({"batch_id":"b","coupon_id":"c","ref":"r","saved_fen":15})"}, Verdict::accepted, "", ""},
      {{.kind = "coupon_issued", .source = "web", .id = "9", .props = "[1]"}, Verdict::quarantined, "events.schema",
       "/properties"},
      {{.kind = "page_viewed"}, Verdict::accepted, "", ""},  // without an id nothing is a repeat
      {{.kind = "page_viewed"}, Verdict::accepted, "", ""},
  };
  for (const auto& row : rows) {
    const auto got = w.accept_one(row.event);
    EXPECT_EQ(got.verdict, row.verdict) << row.event.kind << " " << row.event.id;
    EXPECT_EQ(got.code, row.code) << row.event.id;
    EXPECT_EQ(got.pointer, row.pointer) << row.event.id;
  }
  EXPECT_EQ(w.count("event"), 7);
  EXPECT_EQ(w.count("event_quarantine"), 3);
  const auto known = w.read([](Tx& tx) { return find_receipt(tx, "web", "1"); }).value();
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->receipt.verdict, Verdict::accepted);
  EXPECT_EQ(known->repeats, 2);
  EXPECT_EQ(w.read([](Tx& tx) { return find_receipt(tx, "web", "6"); }).value()->receipt.verdict, Verdict::quarantined);
  EXPECT_EQ(w.read([](Tx& tx) { return find_receipt(tx, "web", "4"); }).value()->receipt.code, "events.bad_kind_name");
  EXPECT_FALSE(w.read([](Tx& tx) { return find_receipt(tx, "web", "none"); }).value().has_value());
}

TEST(EventLog, ARefusedOperationTakesItsIdsOutAgain) {
  LogWorld w;
  const Event event{.kind = "page_viewed", .person = {3}, .source = "web", .id = "x"};
  auto undone = w.write([&](Tx& tx) -> Result<> {
    TRY(auto receipt, accept(tx, event));
    EXPECT_EQ(receipt.verdict, Verdict::accepted);
    TRY(auto again, accept(tx, event));
    EXPECT_EQ(again.verdict, Verdict::duplicate);  // seen inside the transaction
    return fail(Errc::invalid, "test.undo");
  });
  EXPECT_EQ(outcome(undone), "test.undo");
  EXPECT_EQ(w.accept_one(event).verdict, Verdict::accepted);
  EXPECT_EQ(w.accept_one(event).verdict, Verdict::duplicate);
  EXPECT_EQ(w.count("event"), 1);
}

TEST(EventLog, AKindOfAnUndoneOperationIsForgotten) {
  LogWorld w;
  auto undone = w.write([&](Tx& tx) -> Result<> {
    TRY(accept(tx, {.kind = "first_custom", .source = "web", .id = "1"}));
    return fail(Errc::invalid, "test.undo");
  });
  EXPECT_EQ(outcome(undone), "test.undo");
  EXPECT_EQ(w.accept_one({.kind = "second_custom", .source = "web", .id = "1"}).verdict, Verdict::accepted);
  EXPECT_EQ(w.accept_one({.kind = "first_custom", .source = "web", .id = "2"}).verdict, Verdict::accepted);
  const auto all = w.read([](Tx& tx) { return after(tx, 0, 10); }).value();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].kind, "second_custom");
  EXPECT_EQ(all[1].kind, "first_custom");
}

TEST(EventLog, ReadsOnlyTheKindsAskedFor) {
  LogWorld w;
  for (int i = 0; i < 40; ++i) w.append_one({.kind = i % 10 == 3 ? "order_cancelled" : "page_viewed"});
  const auto kind = w.read([](Tx& tx) { return find_kind(tx, "order_cancelled"); }).value()->id;
  const auto all = w.read([](Tx& tx) { return after(tx, 0, 100); }).value();
  Seq from = 0;
  std::vector<Seq> got;
  for (int turn = 0; turn < 20; ++turn) {
    Seq last = 0;
    const auto some = w.read([&](Tx& tx) { return after_of(tx, from, 1, std::array{kind}, last); }).value();
    for (const auto& event : some) got.push_back(event.seq);
    EXPECT_GE(last, from);
    from = last;
  }
  EXPECT_EQ(got, (std::vector<Seq>{all[3].seq, all[13].seq, all[23].seq, all[33].seq}));
  EXPECT_EQ(from, all.back().seq);
}

TEST(CorrectTime, FollowsTheServersClock) {
  constexpr std::int64_t kHour = 3'600'000, kNow = 1'700'000'000'000;
  constexpr std::int64_t kNone = -1;
  struct { std::int64_t claimed, sent, at; bool late; } const rows[] = {
      {kNow - 1000, kNone, kNow - 1000, false},
      {kNow - 1000, kNow, kNow - 1000, false},
      {kNow + 9 * kHour - 1000, kNow + 9 * kHour, kNow - 1000, false},   // a clock nine hours ahead
      {kNow - 9 * kHour - 1000, kNow - 9 * kHour, kNow - 1000, false},   // and nine hours behind
      {kNow + 2 * kHour, kNone, kNow + 300'000, false},                  // the future is five minutes long
      {kNow + 60'000, kNone, kNow + 60'000, false},
      {kNow - 24 * kHour, kNone, kNow - 24 * kHour, false},
      {kNow - 24 * kHour - 1, kNone, kNow - 24 * kHour - 1, true},
      {kNow - 30 * kHour, kNow - 1, kNow - 30 * kHour + 1, true},
      {INT64_MAX, INT64_MIN, kNow + 300'000, false},
      {INT64_MIN, INT64_MAX, -62'135'596'800'000, true},
  };
  for (const auto& row : rows) {
    const auto sent = row.sent == kNone ? std::nullopt : std::optional(from_ms(row.sent));
    const auto got = correct_time(from_ms(row.claimed), sent, from_ms(kNow));
    EXPECT_EQ(to_ms(got.at), row.at) << row.claimed;
    EXPECT_EQ(got.late, row.late) << row.claimed;
  }
}

}  // namespace
}  // namespace koi::events
