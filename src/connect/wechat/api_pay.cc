#include "connect/wechat/desk.h"
#include "connect/wechat/pay.h"
#include "http/wire.h"

namespace koi::connect::wechat {

struct PaymentBody {
  std::string appid, out_trade_no, kind, description, notify_url;
  Fen amount_fen;
  std::optional<std::string> openid, attach;
  std::optional<std::int64_t> minutes;
};
BOOST_DESCRIBE_STRUCT(PaymentBody, (), (appid, out_trade_no, kind, description, notify_url, amount_fen, openid, attach, minutes))
struct PaymentView {
  std::string mch, out_trade_no, appid, kind, description, attach;
  Fen amount_fen;
  std::string state, prepay, transaction_id, error;
  Fen refund_asked_fen, refunded_fen;
  Instant created_at{}, expires_at{};
  std::optional<Instant> paid_at;
};
BOOST_DESCRIBE_STRUCT(PaymentView, (), (mch, out_trade_no, appid, kind, description, attach, amount_fen, state, prepay, transaction_id, error, refund_asked_fen, refunded_fen, created_at, expires_at, paid_at))
struct PaymentQuery { std::optional<std::int64_t> limit; std::optional<std::string> after, state; };
BOOST_DESCRIBE_STRUCT(PaymentQuery, (), (limit, after, state))
BOOST_DESCRIBE_STRUCT(ClientPayment, (), (appId, timeStamp, nonceStr, package, signType, paySign))
struct RefundBody { std::string out_refund_no; Fen amount_fen; std::optional<std::string> reason, notify_url; };
BOOST_DESCRIBE_STRUCT(RefundBody, (), (out_refund_no, amount_fen, reason, notify_url))
struct RefundView { std::string mch, out_refund_no, out_trade_no; Fen amount_fen; std::string reason, state, refund_id, error; Instant created_at{}; std::optional<Instant> ended_at; };
BOOST_DESCRIBE_STRUCT(RefundView, (), (mch, out_refund_no, out_trade_no, amount_fen, reason, state, refund_id, error, created_at, ended_at))
BOOST_DESCRIBE_STRUCT(TransferReport, (), (type, content))
struct TransferBody {
  std::string appid, out_bill_no, openid, scene_id, remark;
  Fen amount_fen;
  std::optional<std::string> notify_url, perception;
  std::optional<std::vector<TransferReport>> reports;
};
BOOST_DESCRIBE_STRUCT(TransferBody, (), (appid, out_bill_no, openid, scene_id, remark, amount_fen, notify_url, perception, reports))
struct TransferView { std::string mch, out_bill_no, appid; Fen amount_fen; std::string state, package, transfer_bill_no, error; Instant created_at{}; std::optional<Instant> ended_at; };
BOOST_DESCRIBE_STRUCT(TransferView, (), (mch, out_bill_no, appid, amount_fen, state, package, transfer_bill_no, error, created_at, ended_at))

namespace {

PaymentView view_of(const Payment& p) {
  return {p.mch, p.out_trade_no, p.appid, p.kind, p.description, p.attach, p.amount_fen, p.state, p.prepay, p.transaction_id, p.error, p.refund_asked_fen, p.refunded_fen, p.created_at, p.expires_at, p.paid_at};
}
RefundView view_of(const Refund& r) { return {r.mch, r.out_refund_no, r.out_trade_no, r.amount_fen, r.reason, r.state, r.refund_id, r.error, r.created_at, r.ended_at}; }
TransferView view_of(const Transfer& t) { return {t.mch, t.out_bill_no, t.appid, t.amount_fen, t.state, t.package, t.transfer_bill_no, t.error, t.created_at, t.ended_at}; }

struct Named { std::string mch, no; };
Named named(const Call& call) { return {std::string(call.path_text("mch")), std::string(call.path_text("no"))}; }
std::string subject(const Named& n) { return "wechat-pay:" + n.mch + ":" + n.no; }

Result<Answer> get_payments(Call& call) {
  TRY(const auto in, call.query<PaymentQuery>());
  TRY(const int limit, http::page_limit(in.limit));
  Instant before{Millis::max()};
  if (in.after) {
    TRY(const auto place, http::decode_cursor(*in.after, 1));
    before = from_ms(place.front());
  }
  return call.read([n = named(call), state = in.state.value_or(""), limit, before](Tx& tx) -> Result<Reply> {
    TRY(const auto rows, list_payments(tx, n.mch, state, before, limit));
    http::Page<PaymentView> page;
    for (const auto& row : rows) page.data.push_back(view_of(row));
    if (static_cast<int>(rows.size()) == limit) page.next = http::encode_cursor({to_ms(rows.back().created_at)});
    page.as_of = tx.now();
    return http::ok(page);
  });
}

Result<Answer> post_payment(Call& call) {
  TRY(const auto in, call.body<PaymentBody>());
  const Named n{std::string(call.path_text("mch")), in.out_trade_no};
  return at_desk(call, [n, in](Desk& desk) -> Result<Reply> {
    TRY(const auto p, start_payment(desk, {n.mch, in.appid, n.no, in.kind, in.openid.value_or(""), in.description, in.attach.value_or(""), in.notify_url, in.amount_fen, in.minutes.value_or(120)}));
    return http::created(view_of(p));
  }, subject(n));
}

Result<Answer> post_client(Call& call) {
  return at_desk(call, [n = named(call)](Desk& desk) -> Result<Reply> {
    TRY(const auto client, client_payment(desk, n.mch, n.no));
    return http::ok(client);
  }, subject(named(call)));
}
Result<Answer> post_query(Call& call) {
  return at_desk(call, [n = named(call)](Desk& desk) -> Result<Reply> {
    TRY(const auto p, query_payment(desk, n.mch, n.no));
    return http::ok(view_of(p));
  }, subject(named(call)));
}
Result<Answer> post_close(Call& call) {
  return at_desk(call, [n = named(call)](Desk& desk) -> Result<Reply> {
    TRY(const auto p, close_payment(desk, n.mch, n.no));
    return http::ok(view_of(p));
  }, subject(named(call)));
}
Result<Answer> post_refund(Call& call) {
  TRY(const auto in, call.body<RefundBody>());
  return at_desk(call, [n = named(call), in](Desk& desk) -> Result<Reply> {
    TRY(const auto r, start_refund(desk, {n.mch, in.out_refund_no, n.no, in.reason.value_or(""), in.notify_url.value_or(""), in.amount_fen}));
    return http::created(view_of(r));
  }, subject(named(call)) + ":" + in.out_refund_no);
}
Result<Answer> post_refund_query(Call& call) {
  return at_desk(call, [n = named(call)](Desk& desk) -> Result<Reply> {
    TRY(const auto r, query_refund(desk, n.mch, n.no));
    return http::ok(view_of(r));
  }, subject(named(call)));
}
Result<Answer> post_transfer(Call& call) {
  TRY(const auto in, call.body<TransferBody>());
  const Named n{std::string(call.path_text("mch")), in.out_bill_no};
  return at_desk(call, [n, in](Desk& desk) -> Result<Reply> {
    TRY(const auto t, start_transfer(desk, {n.mch, in.appid, n.no, in.openid, in.scene_id, in.remark, in.notify_url.value_or(""), in.perception.value_or(""), in.reports.value_or(std::vector<TransferReport>{}), in.amount_fen}));
    return http::created(view_of(t));
  }, subject(n));
}
Result<Answer> post_transfer_query(Call& call) {
  return at_desk(call, [n = named(call)](Desk& desk) -> Result<Reply> {
    TRY(const auto t, query_transfer(desk, n.mch, n.no));
    return http::ok(view_of(t));
  }, subject(named(call)));
}

using http::None;
constexpr Route kRoutes[] = {
    http::route<PaymentQuery, None, http::Page<PaymentView>>("GET", "/v1/wechat-pay/{mch}/payments", "payment.read", get_payments, "微信支付订单", "Payments of a merchant"),
    http::route<None, PaymentBody, PaymentView>("POST", "/v1/wechat-pay/{mch}/payments", "payment.write", post_payment, "下单(JSAPI 或扫码)", "Place a payment (JSAPI or native)"),
    http::route<None, None, ClientPayment>("POST", "/v1/wechat-pay/{mch}/payments/{no}/client", "payment.write", post_client, "前端调起支付的参数", "What a page opens the payment with"),
    http::route<None, None, PaymentView>("POST", "/v1/wechat-pay/{mch}/payments/{no}/query", "payment.read", post_query, "向平台查单", "Ask the platform about a payment"),
    http::route<None, None, PaymentView>("POST", "/v1/wechat-pay/{mch}/payments/{no}/close", "payment.write", post_close, "关单", "Close a payment"),
    http::route<None, RefundBody, RefundView>("POST", "/v1/wechat-pay/{mch}/payments/{no}/refunds", "payment.write", post_refund, "退款", "Refund a payment"),
    http::route<None, None, RefundView>("POST", "/v1/wechat-pay/{mch}/refunds/{no}/query", "payment.read", post_refund_query, "向平台查退款", "Ask the platform about a refund"),
    http::route<None, TransferBody, TransferView>("POST", "/v1/wechat-pay/{mch}/transfers", "payment.write", post_transfer, "商家转账到用户", "Transfer to a user"),
    http::route<None, None, TransferView>("POST", "/v1/wechat-pay/{mch}/transfers/{no}/query", "payment.read", post_transfer_query, "向平台查转账", "Ask the platform about a transfer"),
};

}  // namespace

std::span<const Route> pay_routes() { return kRoutes; }

}  // namespace koi::connect::wechat
