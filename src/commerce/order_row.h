/// The order as it is kept, and the few things the files of this room share about it.
#pragma once
#include <limits>

#include "commerce/commerce.h"
#include "store/rows.h"

namespace koi::commerce {

BOOST_DEFINE_ENUM_CLASS(Status, created, paid, shipped, completed, cancelled, refunded)

constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::min();  // a register nobody wrote yet

enum Told : std::int64_t {
  kToldCreated = 1, kToldPaid = 2, kToldShipped = 4, kToldCompleted = 8, kToldCancelled = 16, kToldRefunded = 32
};

struct OrderRow {
  OrderId id;
  std::int64_t source_id = 0;
  std::string order_no;
  PersonId person, origin;
  Instant ordered_at{};
  std::optional<Instant> paid_at;
  Status said = Status::created, status = Status::created;
  Fen lines;
  std::optional<Fen> total_set;
  Fen total, paid;
  std::optional<Instant> first_pay_at;
  Fen refunded, net;
  bool counts = false;
  std::int64_t line_count = 0, store_id = 0, staff_id = 0, channel_id = 0;
  std::string currency, code;
  std::int64_t version = kNever, digest = 0, lines_version = kNever, lines_digest = 0, person_version = kNever, told = 0;
  friend bool operator==(const OrderRow&, const OrderRow&) = default;
};
BOOST_DESCRIBE_STRUCT(OrderRow, (),
                      (id, source_id, order_no, person, origin, ordered_at, paid_at, said, status, lines, total_set, total,
                       paid, first_pay_at, refunded, net, counts, line_count, store_id, staff_id, channel_id, currency, code, version,
                       digest, lines_version, lines_digest, person_version, told))

/// The order under its lock (PostgreSQL); nothing when it has not come.
Result<std::optional<OrderRow>> lock_order(Tx& tx, std::int64_t source_id, std::string_view order_no);
Result<std::optional<OrderRow>> lock_order(Tx& tx, OrderId order);
Result<> update_order(Tx& tx, const OrderRow& row);

/// status, total, net and counts from what was said, paid and refunded. Pure.
void derive(OrderRow& row);

/// The id of a name, made when it is new; 0 for "". Cached per store.
BOOST_DEFINE_ENUM_CLASS(NameKind, source, store, staff, channel)
Result<std::int64_t> intern(Tx& tx, NameKind kind, std::string_view name);
Result<SkuId> intern_sku(Tx& tx, std::string_view code, std::string_view title);

/// A line's name: its own, or its place.
std::string place_text(const LineIn& line, std::size_t place);
/// Stamps the register of the line list with this message, if it carries one.
void stamp_lines(OrderRow& row, const OrderIn& in, std::int64_t version);
/// The lines of a new order; of a message into an order that stands: keeps lines and line_count of `row` in step.
Result<> insert_lines(Tx& tx, const OrderRow& row, const OrderIn& in, std::int64_t version);
Result<> merge_lines(Tx& tx, OrderRow& row, const OrderIn& in, std::int64_t version);

/// What changed hands, as the value of its buyer. `before` has no id when the order is new.
/// `first` tells whether the order is the buyer's first.
Result<> account_value(Tx& tx, const OrderRow& before, const OrderRow& now, bool& first);
Result<bool> is_first(Tx& tx, const OrderRow& row);

/// One node's row of customer_value.
struct NodeValue {
  PersonId origin, person;
  std::int64_t orders = 0;
  Fen net;
  std::optional<Instant> first_at, last_at;
  OrderId first_order;
};
BOOST_DESCRIBE_STRUCT(NodeValue, (), (origin, person, orders, net, first_at, last_at, first_order))
/// Of these people (a JSON list of root ids).
Result<std::vector<NodeValue>> node_values(Tx& tx, std::string_view people);
/// Writes a row as it is; `stands`: in place of the one that is there.
Result<> write_node_value(Tx& tx, const NodeValue& value, bool stands);

/// What has to be told by now: a status once reached stays reached, also when the message that said so (`seen`) came
/// late and lost against a newer one.
void mark_told(OrderRow& row, Status seen);
/// Appends the events that `now` has to tell and `before` had not told. `whole` is the message when it holds every
/// line of the order.
Result<> tell(Tx& tx, const OrderRow& before, const OrderRow& now, bool first, const OrderIn* whole = nullptr);
Result<> tell_refund(Tx& tx, const OrderRow& row, std::int64_t refund_id, Fen amount, Instant at, std::string_view reason);

/// Payments and refunds that waited for this order: into row.paid and row.refunded, refunds told. Says whether any did.
Result<bool> adopt_waiting(Tx& tx, OrderRow& row);
/// Whether any payment or refund waits for its order; true where nobody can know (PostgreSQL).
Result<bool> any_waiting(Tx& tx);
/// Something waits from now on.
void note_waiting(Tx& tx);

/// Derives, writes, accounts and tells: the one way an order that stands changes. False when nothing did.
Result<bool> settle(Tx& tx, const OrderRow& before, OrderRow& now, Status seen);

/// 64-bit FNV-1a over fields, stable for ever: it is stored.
class Digest {
 public:
  Digest& add(std::string_view text) {
    for (const char c : text) byte(static_cast<unsigned char>(c));
    byte(0xFF);  // never in UTF-8: keeps "a","b" apart from "ab"
    return *this;
  }
  Digest& add(std::int64_t n) {
    for (int i = 0; i < 8; ++i) byte(static_cast<unsigned char>(static_cast<std::uint64_t>(n) >> (8 * i)));
    return *this;
  }
  std::int64_t value() const { return static_cast<std::int64_t>(state_); }

 private:
  void byte(unsigned char b) { state_ = (state_ ^ b) * 0x100000001B3ULL; }
  std::uint64_t state_ = 0xCBF29CE484222325ULL;
};

}  // namespace koi::commerce
