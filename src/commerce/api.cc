#include "commerce/find.h"
#include "http/wire.h"
#include "people/people.h"

namespace koi::commerce {
namespace {

constexpr std::size_t kOrdersMax = 500, kIdentsMax = 20;

struct IdentBody { std::string ns, value; };
BOOST_DESCRIBE_STRUCT(IdentBody, (), (ns, value))
struct BuyerBody {
  std::optional<PersonId> person_id;
  std::optional<std::string> phone;
  std::optional<std::vector<IdentBody>> identifiers;
};
BOOST_DESCRIBE_STRUCT(BuyerBody, (), (person_id, phone, identifiers))
struct LineBody {
  std::optional<std::string> line_no, sku, title;
  std::optional<std::int64_t> quantity;
  std::optional<Fen> unit_price_fen;
  Fen amount_fen;
};
BOOST_DESCRIBE_STRUCT(LineBody, (), (line_no, sku, title, quantity, unit_price_fen, amount_fen))
struct PaymentBody { std::string pay_no; Fen amount_fen; Instant at{}; std::optional<std::string> method; };
BOOST_DESCRIBE_STRUCT(PaymentBody, (), (pay_no, amount_fen, at, method))
struct RefundBody { std::string refund_no; Fen amount_fen; Instant at{}; std::optional<std::string> reason; };
BOOST_DESCRIBE_STRUCT(RefundBody, (), (refund_no, amount_fen, at, reason))
struct OrderBody {
  std::optional<std::string> source;
  std::string order_no;
  Instant at{};
  std::optional<Instant> paid_at, updated_at;
  std::optional<std::string> status;
  std::optional<BuyerBody> buyer;
  std::optional<std::vector<LineBody>> lines;
  std::optional<Fen> total_fen;
  std::optional<std::string> store, staff, channel, currency, code;
  std::optional<std::vector<PaymentBody>> payments;
  std::optional<std::vector<RefundBody>> refunds;
};
BOOST_DESCRIBE_STRUCT(OrderBody, (),
                      (source, order_no, at, paid_at, updated_at, status, buyer, lines, total_fen, store, staff, channel,
                       currency, code, payments, refunds))

BOOST_DEFINE_ENUM_CLASS(Outcome, created, changed, unchanged, refused)
struct OrderResult {
  std::string order_no;
  Outcome outcome = Outcome::refused;
  OrderId order_id;
  std::optional<std::string> code, detail, pointer;
};
BOOST_DESCRIBE_STRUCT(OrderResult, (), (order_no, outcome, order_id, code, detail, pointer))
struct OrderResults { std::vector<OrderResult> results; };
BOOST_DESCRIBE_STRUCT(OrderResults, (), (results))

/// The buyer of an order: a known person, or whoever the identifiers lead to.
Result<PersonId> buyer_of(Tx& tx, const BuyerBody& buyer, const std::string& evidence) {
  if (buyer.person_id) return people::root_of(tx, *buyer.person_id);
  std::vector<people::Ident> idents;
  if (buyer.phone) idents.push_back({"phone_e164", *buyer.phone});
  if (buyer.identifiers)
    for (const auto& i : *buyer.identifiers) idents.push_back({i.ns, i.value});
  if (idents.empty()) return PersonId{};
  if (idents.size() > kIdentsMax) return fail(Errc::invalid, "commerce.too_many_identifiers", {}, "/buyer/identifiers");
  TRY(const auto found, people::resolve(tx, idents, evidence));
  return found.person;
}

OrderIn order_of(const OrderBody& b, const std::string& source, PersonId person) {
  OrderIn out{.source = source, .order_no = b.order_no, .person = person, .at = b.at, .paid_at = b.paid_at,
              .status = b.status.value_or("paid"), .lines = {}, .total = b.total_fen, .store = b.store.value_or(""),
              .staff = b.staff.value_or(""), .channel = b.channel.value_or(""), .currency = b.currency.value_or("CNY"),
              .code = b.code.value_or(""), .version = b.updated_at.value_or(Instant{}), .add_lines = false};
  if (b.lines)
    for (const auto& l : *b.lines)
      out.lines.push_back({l.line_no.value_or(""), l.sku.value_or(""), l.title.value_or(""), l.quantity.value_or(1),
                           l.unit_price_fen.value_or(Fen{}), l.amount_fen});
  return out;
}

Result<OrderResult> take_order(Tx& tx, const OrderBody& b, const std::string& usual_source) {
  const auto source = b.source.value_or(usual_source);
  PersonId person;
  if (b.buyer) { TRY(person, buyer_of(tx, *b.buyer, "order:" + source + ":" + b.order_no)); }
  TRY(const auto order, upsert_order(tx, order_of(b, source, person)));
  if (b.payments)
    for (const auto& p : *b.payments) {
      TRY(record_payment(tx, {source, p.pay_no, b.order_no, p.amount_fen, p.at, p.method.value_or("")}));
    }
  if (b.refunds)
    for (const auto& r : *b.refunds) {
      TRY(record_refund(tx, {source, r.refund_no, b.order_no, r.amount_fen, r.at, r.reason.value_or("")}));
    }
  const auto outcome = order.created ? Outcome::created : order.changed ? Outcome::changed : Outcome::unchanged;
  return OrderResult{b.order_no, outcome, order.order, {}, {}, {}};
}

/// Many orders: each stands or falls alone.
Result<Reply> take_orders(Tx& tx, const std::vector<OrderBody>& orders, const std::string& source) {
  OrderResults out;
  for (const auto& body : orders) {
    auto one = tx.nested([&] { return take_order(tx, body, source); });
    if (one) {
      out.results.push_back(std::move(*one));
    } else if (one.error().kind == Errc::internal || one.error().kind == Errc::unavailable) {
      return std::unexpected(std::move(one).error());  // not the order's fault: nothing of the call stands
    } else {
      const auto& e = one.error();
      out.results.push_back({body.order_no, Outcome::refused, {}, e.code, e.detail, e.pointer});
    }
  }
  return http::ok(out);
}

Result<Answer> post_orders(Call& call) {
  const auto& actor = call.actor();
  const auto source = actor.source_key.empty() ? std::string("api") : actor.source_key;
  const std::string_view text = call.request().body;
  const auto start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || text[start] != '[') {
    TRY(auto body, call.body<OrderBody>());
    const auto shard = order_shard(body.source.value_or(source), body.order_no);
    return call.write(shard, [body = std::move(body), source](Tx& tx) -> Result<Reply> {
      TRY(auto one, take_order(tx, body, source));
      return http::ok(OrderResults{{std::move(one)}});
    });
  }
  TRY(auto bodies, call.body<std::vector<OrderBody>>());
  if (bodies.empty() || bodies.size() > kOrdersMax) return fail(Errc::invalid, "commerce.too_many_orders");
  const auto shard = order_shard(bodies.front().source.value_or(source), bodies.front().order_no);
  return call.write(shard, [bodies = std::move(bodies), source](Tx& tx) { return take_orders(tx, bodies, source); });
}

struct OrderRowReply {
  OrderId id;
  std::string source, order_no;
  std::optional<PersonId> person_id;
  Instant ordered_at{};
  std::optional<Instant> paid_at;
  std::string status;
  Fen total_fen, refunded_fen, net_fen;
  std::int64_t line_count = 0;
  std::string store, staff, channel, currency, code;
  bool first_order = false;
};
BOOST_DESCRIBE_STRUCT(OrderRowReply, (),
                      (id, source, order_no, person_id, ordered_at, paid_at, status, total_fen, refunded_fen, net_fen,
                       line_count, store, staff, channel, currency, code, first_order))
struct OrderReply {
  OrderRowReply order;
  std::vector<LineView> lines;
  std::vector<PartView> payments, refunds;
};
BOOST_DESCRIBE_STRUCT(OrderReply, (), (order, lines, payments, refunds))

OrderRowReply row_of(const OrderView& o) {
  return {o.id, o.source, o.order_no, o.person ? std::optional(o.person) : std::nullopt, o.ordered_at, o.paid_at, o.status,
          o.total, o.refunded, o.net, o.line_count, o.store, o.staff, o.channel, o.currency, o.code, o.first_order};
}

struct OrdersQuery {
  std::optional<PersonId> person;
  std::optional<std::string> source, store, status, order_no;
  std::optional<Instant> from, to;
  std::optional<std::int64_t> limit;
  std::optional<std::string> after;
};
BOOST_DESCRIBE_STRUCT(OrdersQuery, (), (person, source, store, status, order_no, from, to, limit, after))
struct PageQuery { std::optional<std::int64_t> limit; std::optional<std::string> after; };
BOOST_DESCRIBE_STRUCT(PageQuery, (), (limit, after))

Result<OrderFilter> page_filter(const std::optional<std::int64_t>& limit, const std::optional<std::string>& after) {
  OrderFilter out;
  TRY(out.limit, http::page_limit(limit));
  if (after) {
    TRY(const auto place, http::decode_cursor(*after, 2));
    out.before = {from_ms(place[0]), OrderId{place[1]}};
  }
  return out;
}

Result<Reply> order_page(Tx& tx, const Scope& scope, const OrderFilter& filter) {
  TRY(const auto rows, list_orders(tx, scope, filter));
  http::Page<OrderRowReply> page;
  for (const auto& row : rows) page.data.push_back(row_of(row));
  if (static_cast<int>(rows.size()) == filter.limit)
    page.next = http::encode_cursor({to_ms(rows.back().ordered_at), rows.back().id.v});
  page.as_of = tx.now();
  return http::ok(page);
}

Result<Answer> get_orders(Call& call) {
  TRY(const auto q, call.query<OrdersQuery>());
  TRY(auto filter, page_filter(q.limit, q.after));
  filter.source = q.source.value_or("");
  filter.store = q.store.value_or("");
  filter.status = q.status.value_or("");
  filter.order_no = q.order_no.value_or("");
  filter.from = q.from;
  filter.to = q.to;
  return call.read([scope = call.scope(), filter, person = q.person](Tx& tx) mutable -> Result<Reply> {
    if (person) { TRY(filter.person, people::visible(tx, scope, *person)); }
    return order_page(tx, scope, filter);
  });
}

Result<Answer> get_person_orders(Call& call) {
  TRY(const auto person, call.path<PersonId>("person"));
  TRY(const auto q, call.query<PageQuery>());
  TRY(auto filter, page_filter(q.limit, q.after));
  return call.read([scope = call.scope(), filter, person](Tx& tx) mutable -> Result<Reply> {
    TRY(filter.person, people::visible(tx, scope, person));
    return order_page(tx, scope, filter);
  });
}

Result<Answer> get_order(Call& call) {
  TRY(const auto id, call.path<OrderId>("order"));
  return call.read([scope = call.scope(), id](Tx& tx) -> Result<Reply> {
    TRY(auto found, find_order(tx, scope, id));
    return http::ok(OrderReply{row_of(found.order), std::move(found.lines), std::move(found.payments),
                               std::move(found.refunds)});
  });
}

struct ProductsQuery {
  std::optional<std::string> code;
  std::optional<std::int64_t> limit;
  std::optional<std::string> after;
};
BOOST_DESCRIBE_STRUCT(ProductsQuery, (), (code, limit, after))

Result<Answer> get_products(Call& call) {
  TRY(const auto q, call.query<ProductsQuery>());
  TRY(const auto limit, http::page_limit(q.limit));
  SkuId after;
  if (q.after) {
    TRY(const auto place, http::decode_cursor(*q.after, 1));
    after.v = place[0];
  }
  return call.read([code = q.code.value_or(""), after, limit](Tx& tx) -> Result<Reply> {
    http::Page<SkuView> page;
    TRY(page.data, list_products(tx, code, after, limit));
    if (static_cast<int>(page.data.size()) == limit) page.next = http::encode_cursor({page.data.back().sku_id.v});
    page.as_of = tx.now();
    return http::ok(page);
  });
}

constexpr Route kRoutes[] = {
    http::route<http::None, OrderBody, OrderResults>("POST", "/v1/orders", "order.write", post_orders,
                                                     "写入订单(单个或数组)", "Write orders (one or an array)"),
    http::route<OrdersQuery, http::None, http::Page<OrderRowReply>>("GET", "/v1/orders", "order.read", get_orders,
                                                                    "订单列表", "List orders"),
    http::route<http::None, http::None, OrderReply>("GET", "/v1/orders/{order}", "order.read", get_order, "订单详情",
                                                    "One order"),
    http::route<PageQuery, http::None, http::Page<OrderRowReply>>("GET", "/v1/people/{person}/orders", "order.read",
                                                                  get_person_orders, "客户的订单", "A person's orders"),
    http::route<ProductsQuery, http::None, http::Page<SkuView>>("GET", "/v1/products", "product.read", get_products,
                                                                "商品列表", "List products"),
};

}  // namespace

std::span<const http::Route> routes() { return kRoutes; }

}  // namespace koi::commerce
