/// What the tests of this room share: a store with people in it and short ways to send messages about orders.
#pragma once
#include "commerce/order_row.h"
#include "events/events.h"
#include "people/people.h"
#include "tests/support/world.h"

namespace koi::commerce::testing {

using koi::testing::outcome;

inline Instant day(int n) { return from_ms(1'600'000'000'000 + n * 86'400'000LL); }

class ShopWorld : public koi::testing::World {
 public:
  ShopWorld()
      : World({store::schema(), events::schema(), ledger::schema(), people::schema(), commerce::schema()}) {
    auto ready = write([](Tx& tx) { return events::install_catalogue(tx); });
    EXPECT_TRUE(ready) << outcome(ready);
  }
  PersonId person(const std::string& no) {
    auto found = write([&](Tx& tx) {
      const people::Ident ident{"order_buyer:test", no, true};
      return people::resolve(tx, std::span(&ident, 1), "test");
    });
    EXPECT_TRUE(found) << outcome(found);
    return found ? found->person : PersonId{};
  }
  Result<Upserted> order(const OrderIn& in) {
    return write([&](Tx& tx) { return upsert_order(tx, in); });
  }
  Result<> refund(const RefundIn& in) {
    return write([&](Tx& tx) { return record_refund(tx, in); });
  }
  Result<> pay(const PaymentIn& in) {
    return write([&](Tx& tx) { return record_payment(tx, in); });
  }
  Value value(PersonId who) {
    auto got = read([&](Tx& tx) { return value_of(tx, who); });
    EXPECT_TRUE(got) << outcome(got);
    return got.value_or(Value{});
  }
  OrderRow row(OrderId id) {
    auto got = write([&](Tx& tx) { return lock_order(tx, id); });
    EXPECT_TRUE(got && *got) << outcome(got);
    return got && *got ? **got : OrderRow{};
  }
  std::vector<std::string> events_of(OrderId id) {
    auto all = read([](Tx& tx) { return events::after(tx, 0, 10'000); });
    EXPECT_TRUE(all) << outcome(all);
    std::vector<std::string> out;
    for (const auto& e : *all)
      if (e.subject == id.v) out.push_back(e.kind);
    return out;
  }
};

inline OrderIn an_order(std::string no, PersonId who, Instant at, std::int64_t fen) {
  OrderIn in;
  in.source = "shop";
  in.order_no = std::move(no);
  in.person = who;
  in.at = at;
  in.lines = {{"1", "TEA-1", "Tieguanyin", 1, Fen{fen}, Fen{fen}}};
  return in;
}

}  // namespace koi::commerce::testing
