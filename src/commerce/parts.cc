#include <atomic>
#include <memory>

#include "commerce/order_row.h"

namespace koi::commerce {
namespace {

constexpr std::string_view kAddPayment =
    "INSERT INTO payment (id, source_id, pay_no, order_no, order_id, amount_fen, at, method)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (source_id, pay_no) DO NOTHING";
constexpr std::string_view kFindPayment =
    "SELECT order_no, amount_fen FROM payment WHERE source_id = $1 AND pay_no = $2";
constexpr std::string_view kAddRefund =
    "INSERT INTO refund (id, source_id, refund_no, order_no, order_id, amount_fen, at, reason)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (source_id, refund_no) DO NOTHING";
constexpr std::string_view kFindRefund =
    "SELECT order_no, amount_fen FROM refund WHERE source_id = $1 AND refund_no = $2";

constexpr std::string_view kAnyWaiting =
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM payment WHERE order_id IS NULL)"
    " OR EXISTS (SELECT 1 FROM refund WHERE order_id IS NULL) THEN 1 ELSE 0 END";
constexpr std::string_view kAdoptPayments =
    "UPDATE payment SET order_id = $3 WHERE source_id = $1 AND order_no = $2 AND order_id IS NULL"
    " RETURNING id, amount_fen, at, method";
constexpr std::string_view kAdoptRefunds =
    "UPDATE refund SET order_id = $3 WHERE source_id = $1 AND order_no = $2 AND order_id IS NULL"
    " RETURNING id, amount_fen, at, reason";
constexpr std::string_view kMatches =
    "SELECT o.id FROM shop_order o JOIN payment p ON p.source_id = o.source_id AND p.order_no = o.order_no"
    " WHERE p.order_id IS NULL UNION SELECT o.id FROM shop_order o JOIN refund r ON r.source_id = o.source_id"
    " AND r.order_no = o.order_no WHERE r.order_id IS NULL ORDER BY 1 LIMIT 100";

struct Part {
  std::int64_t id = 0;
  Fen amount;
  Instant at{};
  std::string note;
};
BOOST_DESCRIBE_STRUCT(Part, (), (id, amount, at, note))
struct Same {
  std::string order_no;
  Fen amount;
  friend bool operator==(const Same&, const Same&) = default;
};
BOOST_DESCRIBE_STRUCT(Same, (), (order_no, amount))

constexpr std::size_t kTextMax = 256;

/// Whether anything may be waiting: what spares every ordinary order two look-ups. Only SQLite's one writer can know;
/// once true it stays true.
struct Waiting { std::atomic<bool> known{false}, any{false}; };
Waiting& waiting(Tx& tx) {
  static const int kKey = 0;
  return tx.shared<Waiting>(&kKey, [] { return std::make_shared<Waiting>(); });
}
void count_payment(OrderRow& row, Fen amount, Instant at) {
  row.paid.v += amount.v;
  if (!row.first_pay_at || at < *row.first_pay_at) row.first_pay_at = at;
}

Result<> check(std::string_view source, std::string_view number, std::string_view order_no, Fen amount, Instant at,
               std::string_view note) {
  if (source.empty()) return fail(Errc::invalid, "commerce.no_source");
  if (order_no.empty()) return fail(Errc::invalid, "commerce.no_order_no", {}, "/order_no");
  if (number.empty()) return fail(Errc::invalid, "commerce.no_number");
  if (amount.v <= 0) return fail(Errc::invalid, "commerce.bad_amount", {}, "/amount");
  if (at == Instant{}) return fail(Errc::invalid, "commerce.no_time", {}, "/at");
  for (const auto text : {source, number, order_no, note})
    if (text.size() > kTextMax) return fail(Errc::invalid, "commerce.too_long");
  return {};
}

}  // namespace

Result<bool> any_waiting(Tx& tx) {
  if (tx.kind() == store::Kind::postgres) return true;
  auto& w = waiting(tx);
  if (!w.known) {
    TRY(const auto any, tx.one<std::int64_t>(kAnyWaiting));
    if (any != 0) w.any = true;
    w.known = true;
  }
  return w.any.load();
}

void note_waiting(Tx& tx) { waiting(tx).any = true; }

Result<bool> adopt_waiting(Tx& tx, OrderRow& row) {
  TRY(const bool any, any_waiting(tx));
  if (!any) return false;
  TRY(const auto payments, tx.all<Part>(kAdoptPayments, row.source_id, row.order_no, row.id));
  TRY(const auto refunds, tx.all<Part>(kAdoptRefunds, row.source_id, row.order_no, row.id));
  for (const auto& p : payments) count_payment(row, p.amount, p.at);
  for (const auto& r : refunds) {
    row.refunded.v += r.amount.v;
    TRY(tell_refund(tx, row, r.id, r.amount, r.at, r.note));
  }
  return !payments.empty() || !refunds.empty();
}

Result<> record_payment(Tx& tx, const PaymentIn& in) {
  TRY(check(in.source, in.pay_no, in.order_no, in.amount, in.at, in.method));
  TRY(const auto source, intern(tx, NameKind::source, in.source));
  TRY(auto order, lock_order(tx, source, in.order_no));
  TRY(const auto added, tx.exec(kAddPayment, tx.next_number(), source, in.pay_no, in.order_no,
                                order ? order->id : OrderId{}, in.amount, in.at, in.method));
  if (added == 0) {
    TRY(const auto had, tx.one<Same>(kFindPayment, source, in.pay_no));
    return had == Same{in.order_no, in.amount} ? Result<>{} : fail(Errc::conflict, "commerce.payment_differs", in.pay_no);
  }
  if (!order) {
    note_waiting(tx);
    return {};
  }
  auto now = *order;
  count_payment(now, in.amount, in.at);
  TRY(settle(tx, *order, now, now.said));
  return {};
}

Result<> record_refund(Tx& tx, const RefundIn& in) {
  TRY(check(in.source, in.refund_no, in.order_no, in.amount, in.at, in.reason));
  TRY(const auto source, intern(tx, NameKind::source, in.source));
  TRY(auto order, lock_order(tx, source, in.order_no));
  const auto id = tx.next_number();
  TRY(const auto added, tx.exec(kAddRefund, id, source, in.refund_no, in.order_no, order ? order->id : OrderId{},
                                in.amount, in.at, in.reason));
  if (added == 0) {
    TRY(const auto had, tx.one<Same>(kFindRefund, source, in.refund_no));
    return had == Same{in.order_no, in.amount} ? Result<>{} : fail(Errc::conflict, "commerce.refund_differs", in.refund_no);
  }
  if (!order) {
    note_waiting(tx);
    return {};
  }
  auto now = *order;
  now.refunded.v += in.amount.v;
  TRY(tell_refund(tx, now, id, in.amount, in.at, in.reason));
  TRY(settle(tx, *order, now, now.said));
  return {};
}

/// One turn: on PostgreSQL an order and its refund can be written side by side, each before it could see the other.
static Result<std::size_t> adopt_turn(Tx& tx, events::Pace) {
  TRY(const bool any, any_waiting(tx));
  if (!any) return 0;
  TRY(const auto matches, tx.all<OrderId>(kMatches));
  for (const auto id : matches) {
    TRY(auto order, lock_order(tx, id));
    if (!order) continue;
    auto now = *order;
    TRY(adopt_waiting(tx, now));
    TRY(settle(tx, *order, now, now.said));
  }
  return matches.size();
}

std::span<const events::Consumer> consumers() {
  static constexpr events::Consumer kConsumers[] = {{"commerce.adopt", adopt_turn}};
  return kConsumers;
}

}  // namespace koi::commerce
