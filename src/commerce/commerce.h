/// What is bought: products, SKUs, orders with lines, payments and refunds as records that come from outside.
/// Upserted by (source, order_no); parts may arrive in any order and more than once (a refund before its order) and
/// leave one state. Appends order_created, order_paid, order_shipped, order_completed, order_cancelled, refund_done
/// once each, and order_amended with the difference when a paid order's total changes.
/// Owns trade_name, product, sku, shop_order, order_line, payment, refund, customer_value (first and last order, count,
/// net; per node of a person).
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "events/events.h"
#include "http/http.h"
#include "store/scope.h"
#include "store/store.h"

namespace koi::commerce {

struct OrderTag { static constexpr std::string_view prefix = "ord"; };
using OrderId = Id<OrderTag>;
struct ProductTag { static constexpr std::string_view prefix = "prd"; };
using ProductId = Id<ProductTag>;
struct SkuTag { static constexpr std::string_view prefix = "sku"; };
using SkuId = Id<SkuTag>;

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
  std::optional<Fen> total;   // default: sum of lines; ignored with add_lines
  std::string store, staff, channel, currency = "CNY", code;
  Instant version{};          // the source's update time; an older one never overwrites a newer one. 0: at
  bool add_lines = false;     // importers: lines arrive one file row at a time and accumulate by line_no
};
struct Upserted { OrderId order; bool created = false, changed = false; };
/// Repeat-safe by (source, order_no) and content. A message without lines and total is about the header only (shipped,
/// completed, cancelled). Added lines with line_no "" take the next place, which is not repeat-safe. Importers are
/// fastest when the rows of one order that stand together come as one call.
/// invalid "commerce.no_source", "commerce.no_order_no", "commerce.no_time", "commerce.no_lines",
/// "commerce.bad_status", "commerce.too_many_lines" (500), "commerce.bad_amount", "commerce.too_long".
Result<Upserted> upsert_order(Tx& tx, const OrderIn& order);

/// The same for many, in their order; an error of one is an error of all. On SQLite new orders of such a batch share
/// their look-ups.
Result<std::vector<Upserted>> upsert_orders(Tx& tx, std::span<const OrderIn* const> orders);

struct PaymentIn {
  std::string source, pay_no, order_no;
  Fen amount;
  Instant at;
  std::string method;
};
/// Repeat-safe by (source, pay_no); waits for its order when that has not come yet. A created order with a payment is
/// paid. conflict "commerce.payment_differs" when the number came with another amount or order.
Result<> record_payment(Tx& tx, const PaymentIn& payment);

struct RefundIn {
  std::string source, refund_no, order_no;
  Fen amount;
  Instant at;
  std::string reason;
};
/// Repeat-safe by (source, refund_no); waits for its order when that has not come yet.
/// conflict "commerce.refund_differs", invalid "commerce.bad_amount" (not above zero).
Result<> record_refund(Tx& tx, const RefundIn& refund);

/// Where messages about one order meet: on PostgreSQL they are serialised by it.
ShardKey order_shard(std::string_view source, std::string_view order_no);

/// What a person bought, over all its nodes. An order is the person's first exactly when it is `first_order`.
struct Value {
  std::int64_t orders = 0;
  Fen net;
  std::optional<Instant> first_at, last_at;
  OrderId first_order;
};
Result<Value> value_of(Tx& tx, PersonId root);

/// Removes an order that an import brought, as if it had never come: rows go, figures are recounted, events stay.
/// Repeat-safe; not_found "commerce.no_order".
Result<> remove_order(Tx& tx, OrderId order);

/// One read model of an order for lists.
struct OrderView {
  OrderId id;
  std::string source, order_no;
  PersonId person;
  Instant ordered_at;
  std::optional<Instant> paid_at;
  std::string status;
  Fen total, refunded, net;
  std::int64_t line_count = 0;
  std::string store, staff, channel, currency, code;
  bool first_order = false;
};
struct OrderFilter {
  PersonId person;
  std::string source, store, status, order_no;  // exact; "" any
  std::optional<Instant> from, to;              // ordered in [from, to)
  std::optional<std::pair<Instant, OrderId>> before;  // newest first, strictly after this place
  int limit = 50;
};
Result<std::vector<OrderView>> list_orders(Tx& tx, const Scope& scope, const OrderFilter& filter);

/// Adopts payments and refunds whose order arrived beside them on another writer.
std::span<const events::Consumer> consumers();
std::span<const http::Route> routes();
std::span<const store::Migration> schema();

}  // namespace koi::commerce
