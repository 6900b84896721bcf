#include "commerce/find.h"

namespace koi::commerce {
namespace {

// A person's rows carry the scope: an order is seen by whoever may see its buyer, one without a buyer by unlimited
// scopes only. $1 unlimited, $2 staff (own reach) or NULL, $3 org path or ''.
#define KOI_ORDER_VIEW                                                                                                  \
  "SELECT o.id, s.name, o.order_no, o.person_id, o.ordered_at, o.paid_at, o.status, o.total_fen, o.refunded_fen,"       \
  " o.net_fen, o.line_count, COALESCE(st.name, ''), COALESCE(sf.name, ''), COALESCE(ch.name, ''), o.currency, o.code,"  \
  " CASE WHEN o.counts = 1 AND o.id = (SELECT v.first_order_id FROM customer_value v WHERE v.person_id = o.person_id"   \
  "   AND v.first_at IS NOT NULL ORDER BY v.first_at, v.first_order_id LIMIT 1) THEN 1 ELSE 0 END"                      \
  " FROM shop_order o LEFT JOIN trade_name s ON s.id = o.source_id LEFT JOIN trade_name st ON st.id = o.store_id"       \
  " LEFT JOIN trade_name sf ON sf.id = o.staff_id LEFT JOIN trade_name ch ON ch.id = o.channel_id"                      \
  " WHERE (CAST($1 AS BIGINT) = 1 OR EXISTS (SELECT 1 FROM person p WHERE p.id = o.person_id"                           \
  "   AND (p.owner_staff_id = CAST($2 AS BIGINT) OR (CAST($3 AS TEXT) <> ''"                                            \
  "        AND substr(p.unit_path, 1, length(CAST($3 AS TEXT))) = CAST($3 AS TEXT)))))"
#define KOI_ORDER_FILTER                                                                                         \
  " AND (CAST($4 AS TEXT) = '' OR s.name = $4) AND (CAST($5 AS TEXT) = '' OR st.name = $5)"                      \
  " AND (CAST($6 AS TEXT) = '' OR o.status = $6) AND o.ordered_at >= $7 AND o.ordered_at < $8"                    \
  " AND o.ordered_at <= $9 AND (o.ordered_at < $9 OR o.id < $10)"
#define KOI_ORDER_PAGE " ORDER BY o.ordered_at DESC, o.id DESC LIMIT $11"

constexpr std::string_view kByTime = KOI_ORDER_VIEW KOI_ORDER_FILTER KOI_ORDER_PAGE;
constexpr std::string_view kByPerson = KOI_ORDER_VIEW KOI_ORDER_FILTER " AND o.person_id = $12" KOI_ORDER_PAGE;
constexpr std::string_view kByNumber = KOI_ORDER_VIEW KOI_ORDER_FILTER
    " AND o.source_id IN (SELECT id FROM trade_name WHERE kind = 'source') AND o.order_no = $12" KOI_ORDER_PAGE;
constexpr std::string_view kOne = KOI_ORDER_VIEW " AND o.id = $4";

constexpr std::string_view kLines =
    "SELECT l.line_no, l.sku_id, COALESCE(k.code, ''), COALESCE(p.title, l.title, ''), l.quantity, l.unit_price_fen,"
    " l.amount_fen FROM order_line l LEFT JOIN sku k ON k.id = l.sku_id LEFT JOIN product p ON p.id = k.product_id"
    " WHERE l.order_id = $1 ORDER BY length(l.line_no), l.line_no LIMIT 2000";
constexpr std::string_view kPayments =
    "SELECT pay_no, amount_fen, at, method FROM payment WHERE order_id = $1 ORDER BY at, id LIMIT 500";
constexpr std::string_view kRefunds =
    "SELECT refund_no, amount_fen, at, reason FROM refund WHERE order_id = $1 ORDER BY at, id LIMIT 500";
constexpr std::string_view kProducts =
    "SELECT k.id, k.product_id, k.code, p.title, k.created_at FROM sku k JOIN product p ON p.id = k.product_id"
    " WHERE k.id > $1 AND (CAST($2 AS TEXT) = '' OR substr(k.code, 1, length(CAST($2 AS TEXT))) = CAST($2 AS TEXT))"
    " ORDER BY k.id LIMIT $3";

constexpr std::int64_t kFarFuture = std::numeric_limits<std::int64_t>::max();

struct ScopeParams {
  bool unlimited;
  StaffId staff;
  std::string path;
  explicit ScopeParams(const Scope& scope)
      : unlimited(scope.unlimited()), staff(scope.reach() == Reach::own ? scope.staff() : StaffId{}),
        path(scope.reach() == Reach::own || scope.unlimited() ? std::string() : scope.unit_path()) {}
};

}  // namespace

Result<std::vector<OrderView>> list_orders(Tx& tx, const Scope& scope, const OrderFilter& f) {
  const ScopeParams s(scope);
  const auto from = f.from ? to_ms(*f.from) : std::numeric_limits<std::int64_t>::min();
  const auto to = f.to ? to_ms(*f.to) : kFarFuture;
  const auto before_at = f.before ? to_ms(f.before->first) : kFarFuture;
  const auto before_id = f.before ? f.before->second.v : kFarFuture;
  const auto run = [&](std::string_view sql, const auto&... more) {
    return tx.all<OrderView>(sql, s.unlimited, s.staff, s.path, f.source, f.store, f.status, from, to, before_at, before_id,
                             f.limit, more...);
  };
  if (f.person) return run(kByPerson, f.person);
  if (!f.order_no.empty()) return run(kByNumber, f.order_no);
  return run(kByTime);
}

Result<OrderDetail> find_order(Tx& tx, const Scope& scope, OrderId id) {
  const ScopeParams s(scope);
  TRY(auto order, tx.maybe<OrderView>(kOne, s.unlimited, s.staff, s.path, id));
  if (!order) return fail(Errc::not_found, "commerce.no_order", to_text(id));
  OrderDetail out{std::move(*order), {}, {}, {}};
  TRY(out.lines, tx.all<LineView>(kLines, id));
  TRY(out.payments, tx.all<PartView>(kPayments, id));
  TRY(out.refunds, tx.all<PartView>(kRefunds, id));
  return out;
}

Result<std::vector<SkuView>> list_products(Tx& tx, std::string_view code_prefix, SkuId after, int limit) {
  return tx.all<SkuView>(kProducts, after.v, code_prefix, limit);
}

}  // namespace koi::commerce
