/// The generic order document.
#include "commerce/commerce.h"
#include "connect/shops/hooks.h"
#include "http/wire.h"
#include "people/profile.h"

namespace koi::connect::shops {

struct IdentShape { std::string ns, value; };
BOOST_DESCRIBE_STRUCT(IdentShape, (), (ns, value))
struct BuyerShape {
  std::optional<std::string> id, phone, member_no, email, unionid, name;
  std::optional<std::vector<IdentShape>> idents;
};
BOOST_DESCRIBE_STRUCT(BuyerShape, (), (id, phone, member_no, email, unionid, name, idents))
struct LineShape {
  std::optional<std::string> line_no, sku, title;
  std::optional<std::int64_t> quantity;
  std::optional<Fen> unit_price_fen;
  Fen amount_fen;
};
BOOST_DESCRIBE_STRUCT(LineShape, (), (line_no, sku, title, quantity, unit_price_fen, amount_fen))
struct OrderShape {
  std::string order_no;
  Instant at;
  std::optional<Instant> paid_at, updated_at;
  std::optional<std::string> status, store, staff, channel, currency, code;
  std::optional<BuyerShape> buyer;
  std::optional<std::vector<LineShape>> lines;
  std::optional<Fen> total_fen;
};
BOOST_DESCRIBE_STRUCT(OrderShape, (), (order_no, at, paid_at, updated_at, status, store, staff, channel, currency, code, buyer, lines, total_fen))
struct RefundShape {
  std::string refund_no, order_no;
  Fen amount_fen;
  Instant at;
  std::optional<std::string> reason;
};
BOOST_DESCRIBE_STRUCT(RefundShape, (), (refund_no, order_no, amount_fen, at, reason))
struct HookBody {
  std::optional<OrderShape> order;
  std::optional<RefundShape> refund;
  std::optional<std::vector<OrderShape>> orders;
  std::optional<std::vector<RefundShape>> refunds;
};
BOOST_DESCRIBE_STRUCT(HookBody, (), (order, refund, orders, refunds))

/// The body's schema, for the route table.
std::string hook_schema() { return http::schema_of<HookBody>(); }

namespace {

std::vector<people::Ident> idents_of(const BuyerShape& b, std::string_view source) {
  std::vector<people::Ident> out;
  const auto add = [&](std::string ns, const std::optional<std::string>& value) {
    if (value && !value->empty()) out.push_back({std::move(ns), *value, true});
  };
  add("order_buyer:" + std::string(source), b.id);
  add("phone_e164", b.phone);
  add("member_no", b.member_no);
  add("email", b.email);
  add("wx_unionid", b.unionid);
  if (b.idents) for (const auto& i : *b.idents) out.push_back({i.ns, i.value, true});
  return out;
}

Result<PersonId> buyer_of(Tx& tx, const OrderShape& in, std::string_view source) {
  if (!in.buyer) return PersonId{};
  const auto idents = idents_of(*in.buyer, source);
  if (idents.empty()) return PersonId{};
  auto found = people::resolve(tx, idents, "hook:" + std::string(source) + ":" + in.order_no);
  // A buyer without a usable identifier is a buyer unknown: the order still counts.
  if (!found && found.error().code == "people.no_identifier") return PersonId{};
  if (!found) return std::unexpected(found.error());
  people::SetAttributes set{.person = found->person, .values = {}, .source = "shop:" + std::string(source), .at = in.at, .define_unknown = false};
  for (const auto& [key, value] : {std::pair("name", in.buyer->name), std::pair("phone", in.buyer->phone), std::pair("email", in.buyer->email)}) {
    if (value && !value->empty()) set.values.emplace_back(key, *value);
  }
  if (!set.values.empty()) {
    auto known = tx.nested([&] { return people::set_attributes(tx, set); });
    if (!known && known.error().kind != Errc::invalid) return std::unexpected(known.error());
  }
  return found->person;
}

Result<bool> take_order(Tx& tx, std::string_view source, const OrderShape& in) {
  commerce::OrderIn order;
  order.source = source;
  order.order_no = in.order_no;
  order.at = in.at;
  order.paid_at = in.paid_at;
  order.status = in.status.value_or("paid");
  order.total = in.total_fen;
  order.store = in.store.value_or("");
  order.staff = in.staff.value_or("");
  order.channel = in.channel.value_or("");
  order.currency = in.currency.value_or("CNY");
  order.code = in.code.value_or("");
  order.version = in.updated_at.value_or(Instant{});
  if (in.lines) {
    for (const auto& l : *in.lines) {
      order.lines.push_back({l.line_no.value_or(""), l.sku.value_or(""), l.title.value_or(""), l.quantity.value_or(1),
                             l.unit_price_fen.value_or(Fen{}), l.amount_fen});
    }
  }
  TRY(order.person, buyer_of(tx, in, source));
  TRY(const auto done, commerce::upsert_order(tx, order));
  return done.created || done.changed;
}

}  // namespace

Result<Taken> take_orders(Tx& tx, std::string_view source, std::string_view body) {
  TRY(auto in, http::parse_json<HookBody>(body));
  auto orders = std::move(in.orders).value_or(std::vector<OrderShape>{});
  auto refunds = std::move(in.refunds).value_or(std::vector<RefundShape>{});
  if (in.order) orders.push_back(std::move(*in.order));
  if (in.refund) refunds.push_back(std::move(*in.refund));
  if (orders.size() + refunds.size() > kOrdersACall) return fail(Errc::too_large, "connect.hook_too_many");
  if (orders.empty() && refunds.empty()) return fail(Errc::invalid, "connect.hook_empty");
  Taken taken;
  for (const auto& order : orders) {
    TRY(const bool changed, take_order(tx, source, order));
    ++taken.orders;
    taken.orders_changed += changed ? 1 : 0;
  }
  for (const auto& r : refunds) {
    TRY(commerce::record_refund(tx, {.source = std::string(source), .refund_no = r.refund_no, .order_no = r.order_no,
                                     .amount = r.amount_fen, .at = r.at, .reason = r.reason.value_or("")}));
    ++taken.refunds;
  }
  return taken;
}

}  // namespace koi::connect::shops
