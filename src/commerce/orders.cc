#include <algorithm>

#include "base/text.h"
#include "commerce/ahead.h"
#include "people/people.h"

namespace koi::commerce {
namespace {

const bool kFollows = people::follow("shop_order") && people::follow("customer_value");

#define KOI_ORDER_COLUMNS                                                                                              \
  "id, source_id, order_no, person_id, origin_id, ordered_at, paid_at, said, status, lines_fen, total_set, total_fen," \
  " paid_fen, first_pay_at, refunded_fen, net_fen, counts, line_count, store_id, staff_id, channel_id, currency, code, version,"     \
  " digest, lines_version, lines_digest, person_version, told"

// SQLite has one writer and no row locks; the two texts differ in nothing else.
constexpr std::string_view kFind = "SELECT " KOI_ORDER_COLUMNS " FROM shop_order WHERE source_id = $1 AND order_no = $2";
constexpr std::string_view kFindLocked =
    "SELECT " KOI_ORDER_COLUMNS " FROM shop_order WHERE source_id = $1 AND order_no = $2 FOR UPDATE";
constexpr std::string_view kById = "SELECT " KOI_ORDER_COLUMNS " FROM shop_order WHERE id = $1";
constexpr std::string_view kByIdLocked = "SELECT " KOI_ORDER_COLUMNS " FROM shop_order WHERE id = $1 FOR UPDATE";
#define KOI_ORDER_INSERT                                                                                                \
  "INSERT INTO shop_order (" KOI_ORDER_COLUMNS ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14," \
  " $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29)"
constexpr std::string_view kInsert = KOI_ORDER_INSERT;
constexpr std::string_view kInsertUnlessThere = KOI_ORDER_INSERT " ON CONFLICT (source_id, order_no) DO NOTHING";
constexpr std::string_view kUpdate =
    "UPDATE shop_order SET person_id = $2, origin_id = $3, ordered_at = $4, paid_at = $5, said = $6, status = $7,"
    " lines_fen = $8, total_set = $9, total_fen = $10, paid_fen = $11, first_pay_at = $12,"
    " refunded_fen = $13, net_fen = $14, counts = $15, line_count = $16, store_id = $17, staff_id = $18,"
    " channel_id = $19, currency = $20, code = $21, version = $22, digest = $23, lines_version = $24,"
    " lines_digest = $25, person_version = $26, told = $27 WHERE id = $1";
constexpr std::string_view kDropLines = "DELETE FROM order_line WHERE order_id = $1";
constexpr std::string_view kDropOrder = "DELETE FROM shop_order WHERE id = $1";
constexpr std::string_view kFreePayments = "UPDATE payment SET order_id = NULL WHERE order_id = $1";
constexpr std::string_view kFreeRefunds = "UPDATE refund SET order_id = NULL WHERE order_id = $1";

constexpr std::size_t kLinesMax = 500, kNumberMax = 128, kNameMax = 128, kTitleMax = 512;
constexpr std::int64_t kAmountMax = 1'000'000'000'000'000;  // 10 trillion yuan: 500 of them still add up

/// The place of each line that names none is its name; two of one name would leave it open which of them counts.
Result<> check_places(const OrderIn& in) {
  if (in.lines.size() < 2) return {};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < in.lines.size(); ++i) names.push_back(place_text(in.lines[i], i + 1));
  std::ranges::sort(names);
  const auto twice = std::ranges::adjacent_find(names);
  if (twice != names.end()) return fail(Errc::invalid, "commerce.line_twice", *twice, "/lines");
  return {};
}

bool sane(Fen amount) { return amount.v >= -kAmountMax && amount.v <= kAmountMax; }

Result<> check_line(const LineIn& line, std::size_t index) {
  const auto pointer = "/lines/" + std::to_string(index);
  if (!sane(line.amount) || !sane(line.unit_price) || line.quantity < -kAmountMax || line.quantity > kAmountMax)
    return fail(Errc::invalid, "commerce.bad_amount", {}, pointer);
  if (line.line_no.size() > kNumberMax || line.sku.size() > kNumberMax || line.title.size() > kTitleMax)
    return fail(Errc::invalid, "commerce.too_long", {}, pointer);
  return {};
}

Result<Status> check_order(const OrderIn& in) {
  if (in.source.empty()) return fail(Errc::invalid, "commerce.no_source", {}, "/source");
  if (in.order_no.empty()) return fail(Errc::invalid, "commerce.no_order_no", {}, "/order_no");
  if (in.at == Instant{}) return fail(Errc::invalid, "commerce.no_time", {}, "/at");
  const auto status = parse_enum<Status>(in.status);
  if (!status) return fail(Errc::invalid, "commerce.bad_status", in.status, "/status");
  if (in.lines.size() > kLinesMax) return fail(Errc::invalid, "commerce.too_many_lines", {}, "/lines");
  const bool buys = *status == Status::created || *status == Status::paid;
  if (in.lines.empty() && (in.add_lines || (buys && !in.total))) return fail(Errc::invalid, "commerce.no_lines", {}, "/lines");
  for (const auto* name : {&in.source, &in.store, &in.staff, &in.channel, &in.code, &in.order_no})
    if (name->size() > kNameMax) return fail(Errc::invalid, "commerce.too_long", std::string(take_chars(*name, 32)));
  if (in.currency.size() > 8) return fail(Errc::invalid, "commerce.too_long", {}, "/currency");
  if (in.total && !sane(*in.total)) return fail(Errc::invalid, "commerce.bad_amount", {}, "/total");
  for (std::size_t i = 0; i < in.lines.size(); ++i) { TRY(check_line(in.lines[i], i)); }
  TRY(check_places(in));
  return *status;
}

std::int64_t digest_of(const OrderIn& in) {
  return Digest{}
      .add(to_ms(in.at)).add(in.paid_at ? to_ms(*in.paid_at) : -1).add(in.status).add(in.store).add(in.staff)
      .add(in.channel).add(in.currency).add(in.code).value();
}

/// The header register: the newest message wins, of two with one version the greater digest.
Result<> write_header(Tx& tx, OrderRow& row, const OrderIn& in, Status status, std::int64_t version) {
  const auto digest = digest_of(in);
  if (std::pair(version, digest) <= std::pair(row.version, row.digest)) return {};
  TRY(row.store_id, intern(tx, NameKind::store, in.store));
  TRY(row.staff_id, intern(tx, NameKind::staff, in.staff));
  TRY(row.channel_id, intern(tx, NameKind::channel, in.channel));
  row.ordered_at = in.at;
  row.paid_at = in.paid_at;
  row.said = status;
  row.currency = in.currency;
  row.code = in.code;
  row.version = version;
  row.digest = digest;
  return {};
}

/// The buyer register. An order that already belongs to this person keeps the node it was born on.
void write_person(OrderRow& row, PersonId person, std::int64_t version) {
  if (!person || std::pair(version, person.v) <= std::pair(row.person_version, row.person.v)) return;
  row.person_version = version;
  if (row.person == person) return;
  row.person = row.origin = person;
}

}  // namespace

void derive(OrderRow& row) {
  row.total = row.total_set.value_or(row.lines);
  row.status = row.said;
  if (row.said == Status::created && row.paid.v > 0) row.status = Status::paid;
  if (row.said != Status::cancelled && row.refunded.v > 0 && row.refunded >= row.total && row.total.v > 0)
    row.status = Status::refunded;
  const bool bought = row.status == Status::paid || row.status == Status::shipped || row.status == Status::completed;
  row.net = bought ? Fen{row.total.v - row.refunded.v} : Fen{};
  row.counts = bought && row.total.v >= 0;
}

Result<std::optional<OrderRow>> lock_order(Tx& tx, std::int64_t source_id, std::string_view order_no) {
  return tx.maybe<OrderRow>(tx.kind() == store::Kind::postgres ? kFindLocked : kFind, source_id, order_no);
}
Result<std::optional<OrderRow>> lock_order(Tx& tx, OrderId order) {
  return tx.maybe<OrderRow>(tx.kind() == store::Kind::postgres ? kByIdLocked : kById, order);
}

Result<> update_order(Tx& tx, const OrderRow& r) {
  TRY(tx.exec(kUpdate, r.id, r.person, r.origin, r.ordered_at, r.paid_at, enum_text(r.said), enum_text(r.status), r.lines,
              r.total_set, r.total, r.paid, r.first_pay_at, r.refunded, r.net, r.counts, r.line_count, r.store_id, r.staff_id,
              r.channel_id, r.currency, r.code, r.version, r.digest, r.lines_version, r.lines_digest, r.person_version,
              r.told));
  return {};
}

void mark_told(OrderRow& row, Status seen) {
  const auto implied = [](Status status) -> std::int64_t {
    switch (status) {
      case Status::created: return kToldCreated;
      case Status::paid: return kToldCreated | kToldPaid;
      case Status::shipped: return kToldCreated | kToldPaid | kToldShipped;
      case Status::completed: return kToldCreated | kToldPaid | kToldCompleted;
      case Status::cancelled: return kToldCreated | kToldCancelled;
      case Status::refunded: return kToldCreated | kToldPaid;
    }
    return 0;
  };
  row.told |= implied(seen) | implied(row.said);
  if (row.paid.v > 0) row.told |= kToldPaid;
  if (row.said == Status::refunded && row.refunded.v == 0 && row.total.v > 0) row.told |= kToldRefunded;
}

Result<bool> settle(Tx& tx, const OrderRow& before, OrderRow& now, Status seen) {
  derive(now);
  mark_told(now, seen);
  if (now == before) return false;
  TRY(update_order(tx, now));
  bool first = false;
  TRY(account_value(tx, before, now, first));
  TRY(tell(tx, before, now, first));
  return true;
}

namespace {

/// A checked message as the row of a new order: everything is known before it is written, so it is written once.
struct Fresh { Status said; OrderRow row; };
Result<Fresh> as_new(Tx& tx, const OrderIn& in) {
  TRY(const auto status, check_order(in));
  const auto version = to_ms(in.version == Instant{} ? in.at : in.version);
  OrderRow row;
  TRY(row.source_id, intern(tx, NameKind::source, in.source));
  row.order_no = in.order_no;
  TRY(write_header(tx, row, in, status, version));
  write_person(row, in.person, version);
  for (const auto& line : in.lines) row.lines.v += line.amount.v;
  row.line_count = static_cast<std::int64_t>(in.lines.size());
  stamp_lines(row, in, version);
  derive(row);
  mark_told(row, status);
  return Fresh{status, std::move(row)};
}

/// Whether the row was written; not when another order of that number stands already. `absent`: it is known not to.
Result<bool> insert_order(Tx& tx, OrderRow& r, bool absent) {
  r.id = tx.next_id<OrderId>();
  const auto with = [&](auto&& write) {
    return write(r.id, r.source_id, r.order_no, r.person, r.origin, r.ordered_at, r.paid_at, enum_text(r.said),
                 enum_text(r.status), r.lines, r.total_set, r.total, r.paid, r.first_pay_at, r.refunded, r.net, r.counts,
                 r.line_count, r.store_id, r.staff_id, r.channel_id, r.currency, r.code, r.version, r.digest, r.lines_version,
                 r.lines_digest, r.person_version, r.told);
  };
  if (absent) {
    TRY(with([&](const auto&... values) { return tx.append(kInsert, values...); }));
    return true;
  }
  TRY(const auto rows, with([&](const auto&... values) { return tx.exec(kInsertUnlessThere, values...); }));
  return rows == 1;
}

/// False when another order of that number stands already.
Result<bool> place_order(Tx& tx, const OrderIn& in, OrderRow& row, Status status) {
  TRY(const bool inserted, insert_order(tx, row, false));
  if (!inserted) return false;
  TRY(insert_lines(tx, row, in, row.version));
  bool first = false;
  TRY(account_value(tx, OrderRow{}, row, first));
  TRY(tell(tx, OrderRow{}, row, first, &in));
  const OrderRow before = row;
  TRY(const bool adopted, adopt_waiting(tx, row));
  if (adopted) { TRY(settle(tx, before, row, status)); }
  return true;
}

}  // namespace

namespace {

/// The ordinary way: a new order, or a message into one that stands.
Result<Upserted> upsert(Tx& tx, const OrderIn& in, Fresh fresh) {
  auto& [status, row] = fresh;
  const auto version = row.version;
  TRY(const bool placed, place_order(tx, in, row, status));
  if (placed) return Upserted{row.id, true, true};

  TRY(auto had, lock_order(tx, row.source_id, in.order_no));
  if (!had) return fail(Errc::internal, "commerce.order_lost", in.order_no);
  auto now = *had;
  TRY(write_header(tx, now, in, status, version));
  write_person(now, in.person, version);
  TRY(merge_lines(tx, now, in, version));
  TRY(const bool changed, settle(tx, *had, now, status));
  return Upserted{now.id, false, changed};
}

/// A new order whose number and buyer were looked up ahead: every row of it is one that can wait.
Result<Upserted> place_ahead(Tx& tx, Ahead& ahead, const OrderIn& in, OrderRow row) {
  TRY(insert_order(tx, row, true));
  TRY(insert_lines(tx, row, in, row.version));
  const bool first = ahead.account(row);
  TRY(tell(tx, OrderRow{}, row, first, &in));
  return Upserted{row.id, true, true};
}

}  // namespace

Result<Upserted> upsert_order(Tx& tx, const OrderIn& in) {
  TRY(auto fresh, as_new(tx, in));
  return upsert(tx, in, std::move(fresh));
}

Result<std::vector<Upserted>> upsert_orders(Tx& tx, std::span<const OrderIn* const> orders) {
  std::vector<Upserted> out;
  out.reserve(orders.size());
  Ahead ahead;
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const auto& in = *orders[i];
    TRY(ahead.look(tx, orders.subspan(i)));
    TRY(auto fresh, as_new(tx, in));
    if (ahead.takes(fresh.row)) {
      TRY(out.emplace_back(), place_ahead(tx, ahead, in, std::move(fresh.row)));
    } else {
      TRY(ahead.write(tx));
      TRY(out.emplace_back(), upsert(tx, in, std::move(fresh)));
    }
  }
  TRY(ahead.write(tx));
  return out;
}

Result<> remove_order(Tx& tx, OrderId order) {
  TRY(auto row, lock_order(tx, order));
  if (!row) return fail(Errc::not_found, "commerce.no_order", to_text(order));
  TRY(tx.exec(kFreePayments, order));  // they came from elsewhere and wait again
  TRY(tx.exec(kFreeRefunds, order));
  note_waiting(tx);
  TRY(tx.exec(kDropLines, order));
  TRY(tx.exec(kDropOrder, order));
  OrderRow gone = *row;
  gone.origin = gone.person = {};
  gone.counts = false;
  bool first = false;
  return account_value(tx, *row, gone, first);
}

ShardKey order_shard(std::string_view source, std::string_view order_no) {
  return {static_cast<std::uint64_t>(Digest{}.add(source).add(order_no).value())};
}

}  // namespace koi::commerce
