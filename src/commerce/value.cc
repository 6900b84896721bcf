#include "commerce/order_row.h"

namespace koi::commerce {
BOOST_DESCRIBE_STRUCT(Value, (), (orders, net, first_at, last_at, first_order))
namespace {

// An order that comes in and touches nothing that was counted before: one statement, whatever the order of arrival.
constexpr std::string_view kAdd =
    "INSERT INTO customer_value (origin_id, person_id, orders, net_fen, first_at, last_at, first_order_id)"
    " VALUES ($1, $2, $3, $4, $5, $5, $6) ON CONFLICT (origin_id) DO UPDATE SET"
    " orders = customer_value.orders + excluded.orders, net_fen = customer_value.net_fen + excluded.net_fen,"
    " first_order_id = CASE WHEN excluded.first_at IS NULL OR customer_value.first_at <= excluded.first_at"
    "   THEN customer_value.first_order_id ELSE excluded.first_order_id END,"
    " first_at = CASE WHEN excluded.first_at IS NULL OR customer_value.first_at <= excluded.first_at"
    "   THEN customer_value.first_at ELSE excluded.first_at END,"
    " last_at = CASE WHEN excluded.last_at IS NULL OR customer_value.last_at >= excluded.last_at"
    "   THEN customer_value.last_at ELSE excluded.last_at END";
// Not RETURNING: SQLite runs that as a trigger, opens a statement journal for it, and walks the whole in-memory journal
// of the operation at every statement's end: quadratic in a long import batch.
constexpr std::string_view kAdded =
    "SELECT orders, first_at, first_order_id, EXISTS (SELECT 1 FROM customer_value o WHERE o.person_id = v.person_id"
    " AND o.origin_id <> v.origin_id) FROM customer_value v WHERE origin_id = $1";
constexpr std::string_view kChangeNet = "UPDATE customer_value SET net_fen = net_fen + $2 WHERE origin_id = $1";

// Recount: the row is locked first, so that an order another writer is adding is either seen here or added after.
constexpr std::string_view kLock = "UPDATE customer_value SET orders = orders WHERE origin_id = $1";
constexpr std::string_view kCount =
    "SELECT COUNT(*), CAST(COALESCE(SUM(counts), 0) AS BIGINT), CAST(COALESCE(SUM(net_fen), 0) AS BIGINT),"
    " MIN(CASE WHEN counts = 1 THEN ordered_at END), MAX(CASE WHEN counts = 1 THEN ordered_at END)"
    " FROM shop_order WHERE person_id = $1 AND origin_id = $2";
constexpr std::string_view kFirst =
    "SELECT id FROM shop_order WHERE person_id = $1 AND origin_id = $2 AND counts = 1 AND ordered_at = $3"
    " ORDER BY order_no, id LIMIT 1";
#define KOI_VALUE_INSERT                                                                                      \
  "INSERT INTO customer_value (origin_id, person_id, orders, net_fen, first_at, last_at, first_order_id)"     \
  " VALUES ($1, $2, $3, $4, $5, $6, $7)"
constexpr std::string_view kNew = KOI_VALUE_INSERT;
constexpr std::string_view kSet = KOI_VALUE_INSERT
    " ON CONFLICT (origin_id) DO UPDATE SET orders = excluded.orders, net_fen = excluded.net_fen,"
    " first_at = excluded.first_at, last_at = excluded.last_at, first_order_id = excluded.first_order_id";
constexpr std::string_view kReplace =
    "UPDATE customer_value SET orders = $2, net_fen = $3, first_at = $4, last_at = $5, first_order_id = $6 WHERE origin_id = $1";
constexpr std::string_view kDrop = "DELETE FROM customer_value WHERE origin_id = $1";

constexpr std::string_view kOf =
    "SELECT origin_id, person_id, orders, net_fen, first_at, last_at, first_order_id FROM customer_value"
    " WHERE person_id IN (SELECT value FROM json_each($1))";
constexpr std::string_view kNodes =
    "SELECT orders, net_fen, first_at, last_at, first_order_id FROM customer_value WHERE person_id = $1"
    " ORDER BY first_at, first_order_id";

struct Added { std::int64_t orders = 0; std::optional<Instant> first_at; OrderId first; bool others = false; };
BOOST_DESCRIBE_STRUCT(Added, (), (orders, first_at, first, others))
struct Counted {
  std::int64_t rows = 0, orders = 0;
  Fen net;
  std::optional<Instant> first_at, last_at;
};
BOOST_DESCRIBE_STRUCT(Counted, (), (rows, orders, net, first_at, last_at))

Result<> recount(Tx& tx, PersonId root, PersonId origin) {
  if (!origin) return {};
  TRY(tx.exec(kLock, origin));
  TRY(auto c, tx.one<Counted>(kCount, root, origin));
  if (c.rows == 0) {
    TRY(tx.exec(kDrop, origin));
    return {};
  }
  OrderId first;
  if (c.first_at) { TRY(first, tx.one<OrderId>(kFirst, root, origin, c.first_at)); }
  TRY(tx.exec(kSet, origin, root, c.orders, c.net, c.first_at, c.last_at, first));
  return {};
}

Result<> add_new(Tx& tx, const OrderRow& now, bool& first) {
  const auto at = now.counts ? std::optional(now.ordered_at) : std::nullopt;
  const auto id = now.counts ? now.id : OrderId{};
  TRY(tx.exec(kAdd, now.origin, now.person, now.counts, now.net, at, id));
  TRY(const auto row, tx.one<Added>(kAdded, now.origin));
  // Two at the same instant: which is the first is a matter of their numbers, not of which came in first.
  const bool tie = now.counts && row.orders > 1 && row.first_at == at;
  if (tie && row.first != now.id) { TRY(recount(tx, now.person, now.origin)); }
  if (!now.counts) return {};
  first = row.first == now.id || tie;
  // After a recount the row says otherwise; and another node of merged people may have bought before.
  if (first && (tie || row.others)) { TRY(first, is_first(tx, now)); }
  return {};
}

}  // namespace

Result<Value> value_of(Tx& tx, PersonId root) {
  Value out;
  TRY(tx.each<Value>(kNodes, [&](Value&& node) -> Result<> {
    out.orders += node.orders;
    out.net.v += node.net.v;
    if (node.first_at && (!out.first_at || *node.first_at < *out.first_at)) {
      out.first_at = node.first_at;
      out.first_order = node.first_order;
    }
    if (node.last_at && (!out.last_at || *node.last_at > *out.last_at)) out.last_at = node.last_at;
    return {};
  }, root));
  return out;
}

Result<std::vector<NodeValue>> node_values(Tx& tx, std::string_view people) { return tx.all<NodeValue>(kOf, people); }

Result<> write_node_value(Tx& tx, const NodeValue& v, bool stands) {
  // Not one text for both: an upsert of many rows opens a statement journal, see above.
  if (!stands) return tx.append(kNew, v.origin, v.person, v.orders, v.net, v.first_at, v.last_at, v.first_order);
  TRY(tx.exec(kReplace, v.origin, v.orders, v.net, v.first_at, v.last_at, v.first_order));
  return {};
}

Result<bool> is_first(Tx& tx, const OrderRow& row) {
  if (!row.person || !row.counts) return false;
  TRY(const auto value, value_of(tx, row.person));
  return value.first_order == row.id;
}

Result<> account_value(Tx& tx, const OrderRow& before, const OrderRow& now, bool& first) {
  first = false;
  const bool fresh = !before.id;
  if (fresh || !before.origin) return now.origin ? add_new(tx, now, first) : Result<>{};
  const bool same_place = before.origin == now.origin && before.counts == now.counts &&
                          (!now.counts || before.ordered_at == now.ordered_at);
  if (!same_place) {
    TRY(recount(tx, before.person, before.origin));
    if (before.origin != now.origin) { TRY(recount(tx, now.person, now.origin)); }
  } else if (before.net != now.net) {
    TRY(tx.exec(kChangeNet, now.origin, now.net.v - before.net.v));
  }
  TRY(first, is_first(tx, now));
  return {};
}

}  // namespace koi::commerce
