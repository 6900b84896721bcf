#include <fmt/compile.h>
#include <fmt/format.h>

#include "commerce/order_row.h"
#include "http/wire.h"

namespace koi::commerce {
namespace {

constexpr std::string_view kLines =
    "SELECT line_no, sku_id, quantity, unit_price_fen, amount_fen FROM order_line WHERE order_id = $1 ORDER BY line_no"
    " LIMIT 500";

struct Line {
  std::string line_no;
  SkuId sku;
  std::int64_t quantity = 0;
  Fen price, amount;
};
BOOST_DESCRIBE_STRUCT(Line, (), (line_no, sku, quantity, price, amount))

void text(std::string& out, std::string_view s) { http::wire::write_string(s, out); }

void line_props(std::string& out, std::string_view line_no, SkuId sku, std::int64_t quantity, Fen price, Fen amount) {
  out += out.empty() ? R"({"line_no":)" : R"(,{"line_no":)";
  text(out, line_no);
  fmt::format_to(std::back_inserter(out), FMT_COMPILE(R"(,"sku_id":"{}","qty":{},"list_fen":{},"paid_fen":{}}})"),
                 sku ? to_text(sku) : std::string(), quantity, price.v, amount.v);
}

/// The lines of an order as event properties: from the message when it is all there is, else from the table.
Result<std::string> lines_props(Tx& tx, const OrderRow& row, const OrderIn* whole) {
  std::string out;
  if (whole == nullptr) {
    TRY(tx.each<Line>(kLines, [&](Line&& line) -> Result<> {
      line_props(out, line.line_no, line.sku, line.quantity, line.price, line.amount);
      return {};
    }, row.id));
    return out;
  }
  for (std::size_t i = 0; i < whole->lines.size(); ++i) {
    const auto& line = whole->lines[i];
    TRY(const auto sku, intern_sku(tx, line.sku, line.title));
    line_props(out, line.line_no.empty() ? fmt::format_int(i + 1).str() : line.line_no, sku, line.quantity,
               line.unit_price, line.amount);
  }
  return out;
}

/// Properties of an order's events (model.md §9.2).
std::string order_props(const OrderRow& row, bool first, std::string_view lines) {
  std::string out;
  out.reserve(288 + lines.size());
  auto to = std::back_inserter(out);
  fmt::format_to(to, FMT_COMPILE(R"({{"order_id":"{}","shop_id":"{}")"), to_text(row.id), row.source_id);
  if (row.store_id != 0) fmt::format_to(to, FMT_COMPILE(R"(,"store_id":"{}")"), row.store_id);
  if (row.staff_id != 0) fmt::format_to(to, FMT_COMPILE(R"(,"staff_id":"{}")"), row.staff_id);
  out += R"(,"lines":[)";
  out += lines;
  fmt::format_to(to, FMT_COMPILE(R"(],"total_fen":{},"pay_fen":{},"points_used":0,"coupon_ids":[],"first_order":{})"),
                 row.total.v, row.total.v, first);
  if (!row.code.empty()) {
    out += R"(,"touch":{"code_id":)";
    text(out, row.code);
    out += '}';
  }
  out += '}';
  return out;
}

struct Kind { std::int64_t bit; std::string_view name; };
constexpr Kind kKinds[] = {{kToldCreated, "order_created"},     {kToldPaid, "order_paid"},
                           {kToldShipped, "order_shipped"},     {kToldCompleted, "order_completed"},
                           {kToldCancelled, "order_cancelled"}};

Instant when(const OrderRow& row, std::int64_t bit) {
  if (bit == kToldCreated) return row.ordered_at;
  if (bit == kToldPaid) return row.paid_at.value_or(row.first_pay_at.value_or(row.ordered_at));
  return std::max(row.ordered_at, from_ms(row.version));  // the source's update is the nearest thing to a time of it
}

events::Event event(const OrderRow& row, std::string_view kind, Instant at, Fen amount, std::string_view props) {
  return {.kind = kind, .person = row.person, .subject = row.id.v, 
          .at = at, .source = {}, .id = {}, .props = props, .amount_fen = amount.v};
}

/// The kind the catalogue of model.md lacks: a paid order whose total became another. Defined at its first use.
Result<> tell_amended(Tx& tx, const OrderRow& row, Fen difference) {
  TRY(const auto known, events::find_kind(tx, "order_amended"));
  if (!known) {
    TRY(events::define_kind(tx, {.name = "order_amended", .zh = "订单金额变更", .en = "Order amended", .group = "commerce",
                                 .props = {{"order_id", events::PropType::text, true},
                                           {"total_fen", events::PropType::money, true},
                                           {"difference_fen", events::PropType::money, true}}}));
  }
  const auto props = fmt::format(FMT_COMPILE(R"({{"order_id":"{}","total_fen":{},"difference_fen":{}}})"), to_text(row.id),
                                 row.total.v, difference.v);
  TRY(events::append(tx, event(row, "order_amended", std::max(row.ordered_at, from_ms(row.version)), difference, props)));
  return {};
}

}  // namespace

Result<> tell(Tx& tx, const OrderRow& before, const OrderRow& now, bool first, const OrderIn* whole) {
  const auto due = now.told & ~before.told;
  std::string lines;  // only at the payment, where goods change hands
  if ((due & kToldPaid) != 0) { TRY(lines, lines_props(tx, now, whole)); }
  for (const auto& kind : kKinds) {
    if ((due & kind.bit) == 0) continue;
    const auto props = order_props(now, first, kind.bit == kToldPaid ? lines : std::string_view());
    TRY(events::append(tx, event(now, kind.name, when(now, kind.bit), now.total, props)));
  }
  if ((before.told & kToldPaid) != 0 && before.total != now.total) {
    TRY(tell_amended(tx, now, Fen{now.total.v - before.total.v}));
  }
  if ((due & kToldRefunded) != 0) { TRY(tell_refund(tx, now, 0, now.total, when(now, kToldRefunded), "")); }
  return {};
}

Result<> tell_refund(Tx& tx, const OrderRow& row, std::int64_t refund_id, Fen amount, Instant at, std::string_view reason) {
  std::string props = fmt::format(FMT_COMPILE(R"({{"refund_id":"{}","order_id":"{}","lines":[],"reason":)"),
                                  refund_id != 0 ? id_text("rfd", refund_id) : std::string(), to_text(row.id));
  text(props, reason);
  props += R"(,"restock":false})";
  TRY(events::append(tx, event(row, "refund_done", at, amount, props)));
  return {};
}

}  // namespace koi::commerce
