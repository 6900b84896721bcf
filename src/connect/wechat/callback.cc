// The addresses the platform calls: GET and POST /callback/wechat/{app}, POST /callback/wechat-pay/{mch}.
#include "base/crypto.h"
#include "base/text.h"
#include "connect/seal_key.h"
#include "connect/wechat/callback.h"
#include "connect/wechat/desk.h"
#include "connect/wechat/fans.h"
#include "connect/wechat/pay.h"
#include "http/wire.h"

namespace koi::connect::wechat {

namespace {

constexpr std::string_view kTaken = "success";

std::string raw_query(const http::Request& request) {
  const auto at = request.target.find('?');
  return at == std::string::npos ? std::string() : request.target.substr(at + 1);
}

Reply plain(std::string body, std::string_view type = "text/plain; charset=utf-8") { return {200, std::move(body), std::string(type), {}}; }

/// An unknown app answers like a wrong signature: names cannot be tried out.
Result<Account> account_for(Tx& tx, std::string_view app, std::string_view key) {
  auto found = find_account(tx, app, key);
  if (!found && found.error().kind == Errc::not_found) return fail(Errc::unauthenticated, "connect.callback_signature");
  if (found && (found->kind == "pay" || found->secrets.token.empty())) return fail(Errc::unauthenticated, "connect.callback_signature");
  return found;
}

}  // namespace

Result<> check_age(std::string_view timestamp, Instant now) {
  const auto at = parse_int(timestamp);
  if (!at || timestamp.empty() || timestamp.size() > 11 || *at < 0 || std::abs(to_ms(now) - *at * 1000) > kPushSkewMs)
    return fail(Errc::unauthenticated, "connect.callback_expired");
  return {};
}

Result<Opened> open_push(const Account& account, const crypto::CallbackQuery& query, std::string_view body, Instant now) {
  TRY(check_age(query.timestamp, now));
  const bool sealed = query.encrypt_type == "aes" || !query.msg_signature.empty();
  if (!sealed) {
    // Whoever asked for seals is not talked into doing without.
    if (account.mode == "safe") return fail(Errc::unauthenticated, "connect.callback_signature");
    TRY(crypto::check_plain_signature(account.secrets.token, query.timestamp, query.nonce, query.signature));
    return Opened{std::string(body), {}, query.signature + " " + query.timestamp + " " + query.nonce};
  }
  TRY(const auto envelope, crypto::read_sealed(body));
  auto out = Result<Opened>(fail(Errc::unauthenticated, "connect.callback_signature"));
  for (auto& key : callback_keys(account)) {
    auto text = crypto::open_callback(key, query.timestamp, query.nonce, query.msg_signature, envelope.encrypt);
    if (text) return Opened{std::move(*text), std::move(key), query.msg_signature};
    out = std::unexpected(text.error());
  }
  return out;
}

namespace {

Result<Answer> get_callback(Call& call) {
  TRY(const auto key, seal_key(call.db()));
  TRY(const auto query, crypto::read_callback_query(raw_query(call.request())));
  const auto now = call.db().clock().now();
  return call.read([app = std::string(call.path_text("app")), key, query, now](Tx& tx) -> Result<Reply> {
    TRY(const auto account, account_for(tx, app, key));
    TRY(check_age(query.timestamp, now));
    TRY(crypto::check_plain_signature(account.secrets.token, query.timestamp, query.nonce, query.signature));
    return plain(query.echostr);
  });
}

Result<Answer> post_callback(Call& call) {
  TRY(const auto key, seal_key(call.db()));
  TRY(const auto query, crypto::read_callback_query(raw_query(call.request())));
  const std::string app(call.path_text("app"));
  const auto& body = call.request().body;
  // Judged here: what is not signed never reaches the Writer.
  TRY(const auto account, call.db().read([&](Tx& tx) { return account_for(tx, app, key); }));
  TRY(auto opened, open_push(account, query, body, call.db().clock().now()));
  TRY(auto push, read_push(opened.text));
  return call.write(shard_of(app), [app, opened = std::move(opened), push = std::move(push), &body](Tx& tx) -> Result<Reply> {
    TRY(const bool fresh, note_push(tx, app, opened.seal, push_name(push), body));
    if (!fresh) return plain(std::string(kTaken));
    TRY(const auto said, take_push(tx, app, push));
    if (said.xml.empty()) return plain(std::string(kTaken));
    if (opened.key.aes_key.empty()) return plain(said.xml, "application/xml; charset=utf-8");
    const auto timestamp = std::to_string(to_ms(tx.now()) / 1000), nonce = std::to_string(tx.rng().below(1'000'000'000));
    return plain(crypto::sealed_reply(opened.key, said.xml, timestamp, nonce, tx.rng().bytes(16)), "application/xml; charset=utf-8");
  });
}

Result<Answer> post_pay_notice(Call& call) {
  const auto& request = call.request();
  struct Sealed { std::string timestamp, nonce, serial, signature, type; };
  const auto serial = request.header("wechatpay-serial"), signature = request.header("wechatpay-signature");
  Sealed s{request.header("wechatpay-timestamp"), request.header("wechatpay-nonce"), serial, signature, request.header("wechatpay-signature-type")};
  const std::string mch(call.path_text("mch"));
  TRY(auto* desk, desk_of(call.db()));
  auto host = desk->pay(mch);
  if (!host) return host.error().kind == Errc::not_found ? fail(Errc::unauthenticated, "connect.pay_signature") : std::unexpected(host.error());
  const auto open = [host = *host, s = std::move(s), &body = request.body] { return host->open_notice({s.timestamp, s.nonce, s.serial, s.signature, s.type}, body); };
  // Any status but 204, and the platform tells again.
  const auto take = [mch](Tx& tx, const crypto::PayNotice& notice) -> Result<Reply> {
    TRY(take_notice(tx, mch, notice));
    return http::no_content();
  };
  if ((*host)->knows({{}, {}, serial, signature, {}})) {
    TRY(auto notice, open());
    return call.write(shard_of(mch), [take, notice = std::move(notice)](Tx& tx) { return take(tx, notice); });
  }
  return at_desk(call, [open, take](Desk& at) -> Result<Reply> {
    TRY(const auto notice, open());
    return at.db().write([&](Tx& tx) { return take(tx, notice); });
  });
}

constexpr unsigned kDoor = http::kPublic | http::kNoCsrf | http::kNoAudit | http::kUpload;
constexpr Route kRoutes[] = {
    {"GET", "/callback/wechat/{app}", "", get_callback, "公众号与小程序回调地址验证", "Check of a channel's callback address", nullptr, nullptr, nullptr, http::kPublic, "text/plain"},
    {"POST", "/callback/wechat/{app}", "", post_callback, "公众号与小程序推送(签名或加密)", "What a channel pushes (signed or sealed)", nullptr, nullptr, nullptr, kDoor, "text/plain"},
    {"POST", "/callback/wechat-pay/{mch}", "", post_pay_notice, "微信支付通知(签名并加密)", "Notices of WeChat Pay (signed and sealed)", nullptr, nullptr, nullptr, kDoor},
};

}  // namespace

std::span<const Route> callback_routes() { return kRoutes; }

}  // namespace koi::connect::wechat
