#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <variant>

#include "commerce/tests/shop_world.h"

namespace koi::commerce::testing {
namespace {

using Message = std::variant<OrderIn, PaymentIn, RefundIn>;

/// Messages about two orders of one person, each with a version of its own: whole orders, lines, status, money.
std::vector<Message> draw_messages(std::mt19937_64& rng, PersonId who) {
  std::vector<Message> out;
  const auto below = [&](int n) { return static_cast<int>(rng() % static_cast<unsigned>(n)); };
  std::vector<int> versions(16);
  for (std::size_t i = 0; i < versions.size(); ++i) versions[i] = static_cast<int>(i) + 1;
  std::ranges::shuffle(versions, rng);
  static const char* const kStatus[] = {"created", "paid", "shipped", "completed", "cancelled"};
  const int count = 2 + below(7);
  for (int i = 0; i < count; ++i) {
    const std::string no = below(3) == 0 ? "B" : "A";
    auto in = an_order(no, below(4) == 0 ? PersonId{} : who, day(1 + below(3)), 0);
    in.lines.clear();
    in.version = day(versions[static_cast<std::size_t>(i)]);
    in.status = kStatus[below(5)];
    switch (below(5)) {
      case 0:
      case 1:
        for (int l = 0, n = 1 + below(3); l < n; ++l)
          in.lines.push_back({std::to_string(l + 1), "S" + std::to_string(below(3)), "", 1, Fen{50}, Fen{below(4) * 100}});
        if (below(4) == 0) in.total = Fen{below(5) * 70};
        out.emplace_back(in);
        break;
      case 2:
        in.lines = {{fmt::format("x{}", below(3)), "S9", "", 2, Fen{5}, Fen{below(9) * 10}}};
        in.add_lines = true;
        out.emplace_back(in);
        break;
      case 3:
        in.status = kStatus[2 + below(3)];
        out.emplace_back(in);
        break;
      default:
        if (below(2) == 0) out.emplace_back(PaymentIn{"shop", fmt::format("P{}", i), no, Fen{100 + below(200)}, day(4), ""});
        else out.emplace_back(RefundIn{"shop", fmt::format("R{}", i), no, Fen{1 + below(300)}, day(5), "r"});
    }
  }
  return out;
}

Result<> send(Tx& tx, Message m, const std::string& shop, PersonId who) {
  return std::visit([&](auto& in) -> Result<> {
    in.source = shop;
    using In = std::remove_cvref_t<decltype(in)>;
    if constexpr (std::is_same_v<In, OrderIn>) {
      if (in.person) in.person = who;
      TRY(upsert_order(tx, in));
      return {};
    } else if constexpr (std::is_same_v<In, PaymentIn>) {
      return record_payment(tx, in);
    } else {
      return record_refund(tx, in);
    }
  }, m);
}

/// Everything that is kept about one shop's orders and its person, without the ids that differ from run to run.
Result<std::string> dump(Tx& tx, const std::string& shop, PersonId who) {
  std::string out;
  TRY(const auto source, intern(tx, NameKind::source, shop));
  std::map<std::int64_t, std::string> numbers;
  for (const char* no : {"A", "B"}) {
    TRY(auto order, lock_order(tx, source, no));
    if (!order) continue;
    const auto id = order->id;
    numbers[id.v] = no;
    auto r = *order;
    out += fmt::format("{} person {} at {} paid_at {} {}/{} total {} set {} lines {} paid {} refunded {} net {} counts {} n {} v {} lv {} told {}\n",
                       no, r.person == who, to_ms(r.ordered_at), r.first_pay_at ? to_ms(*r.first_pay_at) : 0,
                       enum_text(r.said), enum_text(r.status), r.total.v, r.total_set ? r.total_set->v : -1, r.lines.v,
                       r.paid.v, r.refunded.v, r.net.v, r.counts, r.line_count, r.version, r.lines_version, r.told);
    std::int64_t sum = 0;
    TRY(tx.each_raw("SELECT line_no, quantity, amount_fen, added, version FROM order_line WHERE order_id = $1 ORDER BY line_no",
                    std::array{store::Param(id)}, [&](const store::Statement& s) -> Result<> {
      sum += s.integer(2);
      out += fmt::format("  line {} {} {} {} {}\n", s.text(0), s.integer(1), s.integer(2), s.integer(3), s.integer(4));
      return {};
    }));
    if (sum != r.lines.v) out += fmt::format("  LINES DO NOT ADD UP: {}\n", sum);
    std::map<std::string, int> told;
    std::int64_t paid = 0, refunded = 0;
    TRY(const auto log, events::after(tx, 0, 100'000));
    for (const auto& e : log) {
      if (e.subject != id.v) continue;
      if (e.kind == "order_paid" || e.kind == "order_amended") paid += e.amount_fen;
      if (e.kind == "refund_done") refunded += e.amount_fen;
      if (e.kind != "order_amended") ++told[e.kind];
    }
    for (const auto& [kind, n] : told) out += fmt::format("  {} {}\n", kind, n);
    if ((r.told & kToldPaid) != 0 && paid != r.total.v) out += fmt::format("  LOG SAYS {} WAS PAID\n", paid);
    if (refunded != r.refunded.v) out += fmt::format("  LOG SAYS {} WAS REFUNDED\n", refunded);
  }
  TRY(const auto value, value_of(tx, who));
  out += fmt::format("value {} net {} first {} {} last {}\n", value.orders, value.net.v,
                     value.first_at ? to_ms(*value.first_at) : 0, numbers[value.first_order.v],
                     value.last_at ? to_ms(*value.last_at) : 0);
  return out;
}

/// Batches of whole orders of four people, some of them merged, some orders twice or told anew: as one call and one by
/// one they leave the same.
TEST(OrdersSimBatch, TogetherIsTheSameAsOneByOne) {
  for (unsigned seed = 1; seed <= (koi::testing::on_postgres() ? 3U : 25U); ++seed) {
    std::mt19937_64 rng(seed);
    ShopWorld w;
    std::vector<std::vector<OrderIn>> batches(3);
    for (auto& batch : batches)
      for (std::size_t n = 5 + rng() % 30; n > 0; --n) {
        auto in = an_order(rng() % 2 == 0 ? "A" : "B", PersonId{}, day(1 + static_cast<int>(rng() % 4)), 0);
        in.order_no = rng() % 3 == 0 ? in.order_no : fmt::format("N{}", rng() % 60);
        in.person = PersonId{static_cast<std::int64_t>(rng() % 5)};
        in.version = day(static_cast<int>(1 + rng() % 9));
        in.status = rng() % 5 == 0 ? "cancelled" : "paid";
        in.lines = {{"1", fmt::format("S{}", rng() % 3), "", 1, Fen{50}, Fen{static_cast<std::int64_t>(rng() % 9) * 100}}};
        batch.push_back(in);
      }
    std::string want;
    for (const bool together : {false, true}) {
      const auto shop = fmt::format("b{}-{}", seed, together);
      std::vector<PersonId> people(5);
      for (std::int64_t i = 1; i < 5; ++i) people[static_cast<std::size_t>(i)] = PersonId{(together ? 100 : 200) + i};
      // Person 4 holds a second node's figures, as after a merge.
      auto seeded = w.write([&](Tx& tx) -> Result<> {
        TRY(tx.exec("INSERT INTO customer_value (origin_id, person_id, orders, net_fen, first_at, last_at, first_order_id) "
                    "VALUES ($1, $2, 1, 700, $3, $3, 1)", people[4].v + 50, people[4], day(2)));
        return {};
      });
      ASSERT_TRUE(seeded) << seeded.error().detail;
      for (auto batch : batches) {
        std::vector<const OrderIn*> all;
        for (auto& in : batch) {
          in.source = shop;
          in.person = people[static_cast<std::size_t>(in.person.v)];
          all.push_back(&in);
        }
        auto done = w.write([&](Tx& tx) -> Result<> {
          if (together) { TRY(upsert_orders(tx, all)); }
          else for (const auto* in : all) { TRY(upsert_order(tx, *in)); }
          return {};
        });
        ASSERT_TRUE(done) << outcome(done) << " " << done.error().detail;
      }
      auto got = w.write([&](Tx& tx) -> Result<std::string> {
        std::string out;
        TRY(const auto source, intern(tx, NameKind::source, shop));
        for (std::size_t i = 1; i < 5; ++i) {
          TRY(const auto value, value_of(tx, people[i]));
          TRY(const auto first, tx.maybe<std::string>("SELECT order_no FROM shop_order WHERE id = $1", value.first_order));
          out += fmt::format("{}: {} net {} first {} {} last {}\n", i, value.orders, value.net.v,
                             value.first_at ? to_ms(*value.first_at) : 0, first.value_or("-"), value.last_at ? to_ms(*value.last_at) : 0);
        }
        TRY(tx.each_raw("SELECT o.order_no, o.status, o.net_fen, o.line_count, (SELECT CAST(SUM(l.amount_fen) AS BIGINT) FROM order_line l "
                        "WHERE l.order_id = o.id), (SELECT COUNT(*) FROM event e WHERE e.subject = o.id), o.person_id FROM shop_order o "
                        "WHERE o.source_id = $1 ORDER BY o.order_no",
                        std::array{store::Param(source)}, [&](const store::Statement& s) -> Result<> {
          out += fmt::format("{} {} {} {} {} {} {}\n", s.text(0), s.text(1), s.integer(2), s.integer(3), s.integer(4), s.integer(5),
                             s.is_null(6) ? 0 : s.integer(6) % 100);
          return {};
        }));
        return out;
      });
      ASSERT_TRUE(got) << outcome(got) << " " << got.error().detail;
      if (!together) want = *got;
      ASSERT_EQ(*got, want) << "seed " << seed;
    }
  }
}

class OrdersSim : public ::testing::TestWithParam<unsigned> {};

TEST_P(OrdersSim, AnyOrderAndRepetitionOfMessagesLeavesOneState) {
  std::mt19937_64 rng(GetParam());
  ShopWorld w;
  const int worlds = koi::testing::on_postgres() ? 4 : 12;  // a statement costs a round trip there
  for (int world = 0; world < worlds; ++world) {
    const auto messages = draw_messages(rng, PersonId{1});
    std::string want;
    for (int run = 0; run < 4; ++run) {
      const auto name = fmt::format("s{}-{}-{}", GetParam(), world, run);
      const PersonId who{(world + 1) * 1000 + run};
      auto sent = messages;
      if (run > 0) {
        for (std::size_t i = rng() % (messages.size() + 1); i > 0; --i) sent.push_back(messages[rng() % messages.size()]);
        std::ranges::shuffle(sent, rng);
      }
      auto done = w.write([&](Tx& tx) -> Result<> {
        for (const auto& m : sent) { TRY(send(tx, m, name, who)); }
        return {};
      });
      ASSERT_TRUE(done) << outcome(done) << " " << done.error().detail;
      auto got = w.write([&](Tx& tx) { return dump(tx, name, who); });  // the log shows what was committed
      ASSERT_TRUE(got) << outcome(got) << " " << got.error().detail;
      ASSERT_EQ(got->find("LOG SAYS"), std::string::npos) << *got;
      ASSERT_EQ(got->find("ADD UP"), std::string::npos) << *got;
      if (run == 0) want = *got;
      ASSERT_EQ(*got, want) << "seed " << GetParam() << " world " << world << " run " << run;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, OrdersSim, ::testing::Range(1u, 21u));

}  // namespace
}  // namespace koi::commerce::testing
