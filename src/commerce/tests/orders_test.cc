#include "commerce/tests/shop_world.h"

namespace koi::commerce::testing {
namespace {

using Names = std::vector<std::string>;

TEST(UpsertOrder, RefusesWhatItCannotKeep) {
  ShopWorld w;
  const auto base = an_order("1", {}, day(1), 100);
  const auto with = [&](auto change) { auto in = base; change(in); return in; };
  struct { OrderIn in; const char* want; } const rows[] = {
      {base, "ok"},
      {with([](auto& o) { o.source.clear(); }), "commerce.no_source"},
      {with([](auto& o) { o.order_no.clear(); }), "commerce.no_order_no"},
      {with([](auto& o) { o.at = {}; }), "commerce.no_time"},
      {with([](auto& o) { o.status = "payed"; }), "commerce.bad_status"},
      {with([](auto& o) { o.lines.clear(); }), "commerce.no_lines"},
      {with([](auto& o) { o.lines.clear(); o.total = Fen{5}; }), "ok"},
      {with([](auto& o) { o.lines.clear(); o.status = "shipped"; }), "ok"},
      {with([](auto& o) { o.lines.resize(501); }), "commerce.too_many_lines"},
      {with([](auto& o) { o.lines.push_back(o.lines[0]); }), "commerce.line_twice"},
      {with([](auto& o) { o.lines[0].amount.v = 2'000'000'000'000'000; }), "commerce.bad_amount"},
      {with([](auto& o) { o.lines[0].sku = std::string(200, 'x'); }), "commerce.too_long"},
  };
  for (const auto& r : rows) EXPECT_EQ(outcome(w.order(r.in)), r.want);
  EXPECT_EQ(outcome(w.refund({"shop", "R", "1", Fen{0}, day(1), ""})), "commerce.bad_amount");
  EXPECT_EQ(outcome(w.refund({"shop", "R", "", Fen{1}, day(1), ""})), "commerce.no_order_no");
}

TEST(UpsertOrder, RepeatsChangeNothingAndOlderVersionsNeverWin) {
  ShopWorld w;
  const auto who = w.person("a");
  auto in = an_order("1", who, day(1), 5000);
  in.version = day(5);
  const auto made = w.order(in);
  ASSERT_TRUE(made) << outcome(made);
  EXPECT_TRUE(made->created);
  const auto again = w.order(in);
  EXPECT_FALSE(again->created || again->changed);
  EXPECT_EQ(again->order, made->order);

  auto older = an_order("1", who, day(1), 9999);
  older.version = day(4);
  EXPECT_FALSE(w.order(older)->changed);
  EXPECT_EQ(w.row(made->order).total.v, 5000);
  auto newer = an_order("1", who, day(1), 6000);
  newer.version = day(6);
  newer.status = "completed";
  EXPECT_TRUE(w.order(newer)->changed);
  EXPECT_EQ(w.row(made->order).total.v, 6000);
  EXPECT_EQ(w.events_of(made->order), (Names{"order_created", "order_paid", "order_completed", "order_amended"}));
  EXPECT_EQ(w.value(who).net.v, 6000);
  EXPECT_EQ(w.value(who).orders, 1);
}

TEST(UpsertOrder, LinesOfAFileAccumulate) {
  ShopWorld w;
  const auto who = w.person("a");
  OrderId id;
  for (int pass = 0; pass < 2; ++pass)
    for (int line = 1; line <= 4; ++line) {
      auto in = an_order("F1", who, day(1), 100 * line);
      in.lines[0].line_no = std::to_string(line);
      in.add_lines = true;
      auto got = w.order(in);
      ASSERT_TRUE(got) << outcome(got);
      EXPECT_EQ(got->created, pass == 0 && line == 1);
      id = got->order;
    }
  EXPECT_EQ(w.row(id).total.v, 1000);
  EXPECT_EQ(w.row(id).line_count, 4);
  EXPECT_EQ(w.value(who).net.v, 1000);
  EXPECT_EQ(w.number("SELECT CAST(SUM(amount_fen) AS BIGINT) FROM order_line"), 1000);
  auto all = w.read([](Tx& tx) { return events::after(tx, 0, 100); });
  std::int64_t told = 0;
  for (const auto& e : *all)
    if (e.kind == "order_paid" || e.kind == "order_amended") told += e.amount_fen;
  EXPECT_EQ(told, 1000);  // what the log says was paid is what the order says
}

TEST(Refund, MayComeBeforeItsOrderAndTakesAFullyRefundedOneOutOfTheCount) {
  ShopWorld w;
  const auto who = w.person("a");
  ASSERT_EQ(outcome(w.refund({"shop", "R1", "7", Fen{300}, day(3), "late"})), "ok");
  ASSERT_EQ(outcome(w.refund({"shop", "R1", "7", Fen{300}, day(3), "late"})), "ok");
  EXPECT_EQ(outcome(w.refund({"shop", "R1", "7", Fen{301}, day(3), "late"})), "commerce.refund_differs");
  const auto order = w.order(an_order("7", who, day(1), 1000));
  EXPECT_EQ(w.row(order->order).refunded.v, 300);
  EXPECT_EQ(w.value(who).net.v, 700);
  EXPECT_EQ(w.events_of(order->order), (Names{"order_created", "order_paid", "refund_done"}));
  ASSERT_EQ(outcome(w.refund({"shop", "R2", "7", Fen{700}, day(4), ""})), "ok");
  EXPECT_EQ(w.row(order->order).status, Status::refunded);
  EXPECT_EQ(w.value(who).orders, 0);
  EXPECT_FALSE(w.value(who).first_at);
}

TEST(Refund, WrittenBesideItsOrderIsAdoptedByTheTurn) {
  ShopWorld w;
  const auto who = w.person("a");
  const auto order = w.order(an_order("8", who, day(1), 1000))->order;
  // What two writers leave when neither saw the other: the order stands, the refund still waits.
  const auto source = w.number("SELECT id FROM trade_name WHERE kind = 'source'");
  ASSERT_TRUE(w.write([&](Tx& tx) {
    return tx.exec("INSERT INTO refund (id, source_id, refund_no, order_no, order_id, amount_fen, at, reason)"
                   " VALUES (5, $1, 'R', '8', NULL, 400, $2, '')", source, day(2));
  }));
  w.reopen();
  for (int pass = 0; pass < 2; ++pass) ASSERT_EQ(outcome(events::drain(w.db(), consumers())), "ok");
  EXPECT_EQ(w.row(order).refunded.v, 400);
  EXPECT_EQ(w.value(who).net.v, 600);
  EXPECT_EQ(w.events_of(order), (Names{"order_created", "order_paid", "refund_done"}));
}

TEST(Payment, MakesACreatedOrderAPaidOne) {
  ShopWorld w;
  const auto who = w.person("a");
  auto in = an_order("1", who, day(1), 1000);
  in.status = "created";
  const auto order = w.order(in);
  EXPECT_EQ(w.value(who).orders, 0);
  ASSERT_EQ(outcome(w.pay({"shop", "P1", "1", Fen{1000}, day(2), "wxpay"})), "ok");
  ASSERT_EQ(outcome(w.pay({"shop", "P1", "1", Fen{1000}, day(2), "wxpay"})), "ok");
  EXPECT_EQ(outcome(w.pay({"shop", "P1", "1", Fen{1001}, day(2), "wxpay"})), "commerce.payment_differs");
  EXPECT_EQ(w.row(order->order).status, Status::paid);
  EXPECT_EQ(w.value(who).orders, 1);
  EXPECT_EQ(w.events_of(order->order), (Names{"order_created", "order_paid"}));
}

TEST(FirstOrder, MovesWithEarlierOrdersCancellationsRefundsAndMerges) {
  ShopWorld w;
  const auto a = w.person("a"), b = w.person("b");
  const auto third = w.order(an_order("3", a, day(3), 100))->order;
  EXPECT_EQ(w.value(a).first_order, third);
  const auto second = w.order(an_order("2", a, day(2), 100))->order;
  EXPECT_EQ(w.value(a).first_order, second);
  EXPECT_EQ(w.value(a).last_at, day(3));
  auto cancel = an_order("2", a, day(2), 100);
  cancel.status = "cancelled";
  cancel.version = day(9);
  ASSERT_TRUE(w.order(cancel));
  EXPECT_EQ(w.value(a).first_order, third);
  const auto first = w.order(an_order("1", b, day(1), 100))->order;
  const auto root = w.write([&](Tx& tx) { return people::merge(tx, {a, b, "test", 1}); });
  ASSERT_TRUE(root) << outcome(root);
  EXPECT_EQ(w.value(*root).first_order, first);
  EXPECT_EQ(w.value(*root).orders, 2);
  ASSERT_TRUE(w.refund({"shop", "R", "1", Fen{100}, day(5), ""}));
  EXPECT_EQ(w.value(*root).first_order, third);
  const auto cut = w.write([&](Tx& tx) { return people::unmerge(tx, b, "test", 1); });
  ASSERT_TRUE(cut) << outcome(cut);
  EXPECT_EQ(w.value(a).orders, 1);
  EXPECT_EQ(w.value(b).orders, 0);
  EXPECT_EQ(w.value(b).net.v, 0);
}

TEST(FirstOrder, OfOneInstantIsTheOneWithTheSmallerNumber) {
  ShopWorld w;
  const auto a = w.person("a");
  const auto two = w.order(an_order("2", a, day(1), 100))->order;
  EXPECT_EQ(w.value(a).first_order, two);
  const auto one = w.order(an_order("1", a, day(1), 100))->order;
  EXPECT_EQ(w.value(a).first_order, one);
  w.order(an_order("3", a, day(1), 100));
  EXPECT_EQ(w.value(a).first_order, one);
  EXPECT_EQ(w.value(a).orders, 3);
}

TEST(RemoveOrder, LeavesNothingButItsEvents) {
  ShopWorld w;
  const auto a = w.person("a");
  const auto keep = w.order(an_order("1", a, day(1), 100))->order;
  const auto gone = w.order(an_order("2", a, day(2), 200))->order;
  ASSERT_TRUE(w.refund({"shop", "R", "2", Fen{50}, day(3), ""}));
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return remove_order(tx, gone); })), "ok");
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return remove_order(tx, gone); })), "commerce.no_order");
  EXPECT_EQ(w.value(a).net.v, 100);
  EXPECT_EQ(w.value(a).first_order, keep);
  EXPECT_EQ(w.count("order_line"), 1);
  const auto back = w.order(an_order("2", a, day(2), 200))->order;  // the refund waited for it
  EXPECT_EQ(w.row(back).refunded.v, 50);
}

}  // namespace
}  // namespace koi::commerce::testing
