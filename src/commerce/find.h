/// Reading orders and products: what the API shows.
#pragma once
#include <limits>

#include "commerce/commerce.h"
#include "store/rows.h"

namespace koi::commerce {

BOOST_DESCRIBE_STRUCT(OrderView, (),
                      (id, source, order_no, person, ordered_at, paid_at, status, total, refunded, net, line_count, store,
                       staff, channel, currency, code, first_order))

struct LineView {
  std::string line_no;
  SkuId sku_id;
  std::string sku, title;
  std::int64_t quantity = 0;
  Fen unit_price_fen, amount_fen;
};
BOOST_DESCRIBE_STRUCT(LineView, (), (line_no, sku_id, sku, title, quantity, unit_price_fen, amount_fen))

struct PartView {
  std::string number;
  Fen amount_fen;
  Instant at{};
  std::string note;
};
BOOST_DESCRIBE_STRUCT(PartView, (), (number, amount_fen, at, note))

struct OrderDetail {
  OrderView order;
  std::vector<LineView> lines;
  std::vector<PartView> payments, refunds;
};
/// not_found "commerce.no_order", also for an order outside the scope.
Result<OrderDetail> find_order(Tx& tx, const Scope& scope, OrderId id);

struct SkuView {
  SkuId sku_id;
  ProductId product_id;
  std::string code, title;
  Instant created_at{};
};
BOOST_DESCRIBE_STRUCT(SkuView, (), (sku_id, product_id, code, title, created_at))
Result<std::vector<SkuView>> list_products(Tx& tx, std::string_view code_prefix, SkuId after, int limit);

}  // namespace koi::commerce
