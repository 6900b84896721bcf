/// What is bought: products, SKUs, orders with lines, payments and refunds as records that come from outside.
/// Upserted by (source, order_no); parts may arrive in any order (a refund before its order). Appends order_paid,
/// order_completed, order_cancelled, refund_done once each. Owns product, sku, shop_order, order_line, payment, refund,
/// customer_value (per person: first/last order, count, net).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "store/store.h"

namespace koi::commerce {

struct OrderTag { static constexpr std::string_view prefix = "ord"; };
using OrderId = Id<OrderTag>;

struct LineIn {
  std::string line_no;  // unique in its order; "" = its place
  std::string sku, title;
  std::int64_t quantity = 1;  // negative on returns
  Fen unit_price, amount;     // amount is what was paid for the line
};
struct OrderIn {
  std::string source, order_no;
  PersonId person;            // 0: buyer unknown
  Instant at;                 // ordered (and paid, unless paid_at says otherwise)
  std::optional<Instant> paid_at;
  std::string status = "paid";  // created, paid, shipped, completed, cancelled, refunded
  std::vector<LineIn> lines;
  std::optional<Fen> total;   // default: sum of lines
  std::string store, staff, channel, currency = "CNY", code;
  Instant version{};          // the source's update time; an older one never overwrites a newer one. 0: at
  bool add_lines = false;     // importers: lines arrive one file row at a time and accumulate by line_no
};
struct Upserted { OrderId order; bool created = false, changed = false; };
/// Repeat-safe by (source, order_no) and content. invalid "commerce.no_order_no", "commerce.no_lines",
/// "commerce.bad_status", "commerce.too_many_lines" (500).
Result<Upserted> upsert_order(Tx& tx, const OrderIn& order);

struct RefundIn {
  std::string source, refund_no, order_no;
  Fen amount;
  Instant at;
  std::string reason;
};
/// Repeat-safe by (source, refund_no); waits for its order when that has not come yet.
Result<> record_refund(Tx& tx, const RefundIn& refund);

}  // namespace koi::commerce
