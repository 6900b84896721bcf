#include "connect/wechat/pay_host.h"

#include <boost/describe.hpp>
#include <boost/json.hpp>

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "store/rows.h"

namespace koi::connect::wechat {

struct CertRow { std::string serial, pem; };
BOOST_DESCRIBE_STRUCT(CertRow, (), (serial, pem))

namespace {

namespace json = boost::json;

constexpr std::string_view kCerts = "SELECT serial, pem FROM wechat_pay_cert WHERE mch = $1 AND expires_at > $2 ORDER BY serial LIMIT 20";
constexpr std::string_view kNewest = "SELECT COALESCE(MAX(fetched_at), 0) FROM wechat_pay_cert WHERE mch = $1";
constexpr std::string_view kKeep =
    "INSERT INTO wechat_pay_cert (mch, serial, pem, starts_at, expires_at, fetched_at) VALUES ($1, $2, $3, $4, $5, $6) "
    "ON CONFLICT (mch, serial) DO UPDATE SET pem = $3, starts_at = $4, expires_at = $5, fetched_at = $6";
constexpr auto kCertificatesFor = std::chrono::hours(12);
constexpr auto kAskEvery = std::chrono::seconds(60);
constexpr std::size_t kCertificatesMax = 20;
constexpr std::string_view kProbe = "WECHATPAY/SIGNTEST/";
constexpr std::string_view kAgent = "Koipond/0.1";

std::string text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<json::object> object_of(std::string_view body) {
  boost::system::error_code failed;
  auto value = json::parse(body, failed);
  if (failed || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::string header(const OutReply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers)
    if (lower_ascii(key) == name) return value;
  return {};
}

std::unexpected<Error> unknown(std::string why) { return fail(Errc::unavailable, "connect.pay_unknown", std::move(why)); }

/// What the platform says it did not do.
Error refused(const OutReply& reply) {
  const auto answer = object_of(reply.body).value_or(json::object{});
  const auto code = text_of(answer, "code");
  const auto detail = code + " " + std::string(take_chars(text_of(answer, "message"), 200));
  const auto is = [&](std::initializer_list<std::string_view> codes) { return std::ranges::find(codes, code) != codes.end(); };
  if (is({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"})) return {Errc::not_found, "connect.pay_no_order", detail, {}, {}};
  if (is({"ORDER_CLOSED", "ORDERCLOSED"})) return {Errc::conflict, "connect.pay_closed", detail, {}, {}};
  if (is({"NOT_ENOUGH"})) return {Errc::exhausted, "connect.pay_not_enough", detail, {}, {}};
  if (reply.status == 429) return {Errc::throttled, "connect.pay_limit", detail, {}, {}};
  if (reply.status == 401) return {Errc::unauthenticated, "connect.pay_our_signature", detail, {}, {}};
  if (is({"NO_AUTH", "RULE_LIMIT"})) return {Errc::forbidden, "connect.pay_rights", detail, {}, {}};
  return {Errc::conflict, "connect.pay_refused", detail, {}, {}};
}

}  // namespace

PayHost::PayHost(Db& db, Outgoing& out, Account account, crypto::Merchant merchant)
    : db_(db), out_(out), account_(std::move(account)), merchant_(std::move(merchant)) {}

Result<std::shared_ptr<PayHost>> PayHost::open(Db& db, Outgoing& out, Account account) {
  TRY(auto key, crypto::RsaPrivate::read(account.secrets.private_key));
  crypto::Merchant merchant{account.app, account.secrets.serial_no, std::move(key)};
  std::shared_ptr<PayHost> made(new PayHost(db, out, std::move(account), std::move(merchant)));
  TRY(made->read_keys());
  return made;
}

Result<> PayHost::read_keys() {
  auto fresh = std::make_shared<crypto::PayKeys>();
  const auto& s = account_.secrets;
  if (!s.public_key.empty()) TRY(fresh->add(s.public_key_id, s.public_key));
  const auto now = db_.clock().now();
  TRY(const auto rows, db_.read([&](Tx& tx) { return tx.all<CertRow>(kCerts, mch(), now); }));
  for (const auto& row : rows) TRY(fresh->add({}, row.pem));
  TRY(const auto fetched, db_.read([&](Tx& tx) { return tx.one<Instant>(kNewest, mch()); }));
  std::lock_guard lock(mutex_);
  keys_ = std::move(fresh);
  fetched_at_ = fetched;
  return {};
}

std::shared_ptr<const crypto::PayKeys> PayHost::keys() {
  std::lock_guard lock(mutex_);
  return keys_;
}

Result<OutReply> PayHost::send(std::string_view method, std::string_view target, const std::string& body) {
  const auto timestamp = std::to_string(to_ms(db_.clock().now()) / 1000), nonce = hex(random_bytes(16));
  OutRequest request;
  request.method = method;
  request.url = account_.base_url + std::string(target);
  request.body = body;
  request.headers = {{"Accept", "application/json"}, {"User-Agent", std::string(kAgent)},
                     {"Authorization", crypto::pay_authorization(merchant_, {method, target, timestamp, nonce, body})}};
  if (!body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  // In public-key mode the platform is told which of its keys we judge by.
  if (!account_.secrets.public_key_id.empty()) request.headers.emplace_back("Wechatpay-Serial", account_.secrets.public_key_id);
  auto reply = out_.ask(std::move(request));
  if (!reply && reply.error().code != "connect.unreachable" && reply.error().code != "connect.address") return unknown(reply.error().code);
  return reply;
}

Result<> PayHost::judge_seal(const OutReply& reply) {
  const auto timestamp = header(reply, "wechatpay-timestamp"), nonce = header(reply, "wechatpay-nonce"), serial = header(reply, "wechatpay-serial"),
             signature = header(reply, "wechatpay-signature"), type = header(reply, "wechatpay-signature-type");
  const crypto::PaySeal seal{timestamp, nonce, serial, signature, type};
  want(serial);
  return crypto::check_pay_seal(*keys(), seal, reply.body, db_.clock().now());
}

Result<json::object> PayHost::call(std::string_view method, std::string_view target, const std::string& body) {
  TRY(const auto reply, send(method, target, body));
  if (reply.status >= 500) return unknown("HTTP " + std::to_string(reply.status) + " " + refused(reply).detail);
  // A refusal is not always signed; that something did not happen, the channel's own seal is enough for.
  if (reply.status < 200 || reply.status >= 300) return std::unexpected(refused(reply));
  if (const auto fits = judge_seal(reply); !fits) return unknown(fits.error().code);
  if (reply.status == 204 || reply.body.empty()) return json::object{};
  auto answer = object_of(reply.body);
  if (!answer) return unknown("not JSON");
  return std::move(*answer);
}

Result<json::object> PayHost::get(std::string_view target) { return call("GET", target, {}); }
Result<json::object> PayHost::post(std::string_view target, const json::object& body) { return call("POST", target, json::serialize(body)); }

ClientPayment PayHost::client_payment(std::string_view appid, std::string_view prepay_id) const {
  ClientPayment out;
  out.appId = appid;
  out.timeStamp = std::to_string(to_ms(db_.clock().now()) / 1000);
  out.nonceStr = hex(random_bytes(16));
  out.package = "prepay_id=" + std::string(prepay_id);
  out.signType = "RSA";
  out.paySign = crypto::client_pay_sign(merchant_.key, {out.appId, out.timeStamp, out.nonceStr, out.package});
  return out;
}

void PayHost::want(std::string_view serial) {
  if (!account_.secrets.public_key.empty() && serial.starts_with("PUB_KEY_ID_")) return;
  const auto now = db_.clock().now();
  {
    std::lock_guard lock(mutex_);
    if (keys_->find(serial) != nullptr && now - fetched_at_ < kCertificatesFor) return;
    if (now - asked_at_ < kAskEvery) return;
    asked_at_ = now;
  }
  (void)fetch_certificates();  // without them the seal is refused, and says why
}

bool PayHost::knows(const crypto::PaySeal& seal) { return seal.signature.starts_with(kProbe) || keys()->find(seal.serial) != nullptr; }

Result<crypto::PayNotice> PayHost::open_notice(const crypto::PaySeal& seal, std::string_view body) {
  if (!knows(seal)) want(seal.serial);
  return crypto::open_pay_notice(*keys(), account_.secrets.api_key, seal, body, db_.clock().now());
}

Result<> PayHost::fetch_certificates() {
  TRY(const auto reply, send("GET", "/v3/certificates", {}));
  if (reply.status != 200) return std::unexpected(refused(reply));
  const auto answer = object_of(reply.body);
  const auto* list = answer ? answer->if_contains("data") : nullptr;
  if (list == nullptr || !list->is_array() || list->get_array().size() > kCertificatesMax) return unknown("certificates");
  // Sealed with the APIv3 key, which the platform alone has beside us: that vouches for the keys, and they for the answer.
  struct Certificate { std::string serial, pem; Instant starts, ends; };
  std::vector<Certificate> found;
  crypto::PayKeys offered;
  for (const auto& item : list->get_array()) {
    if (!item.is_object()) return unknown("certificates");
    const auto& one = item.get_object();
    const auto* box = one.if_contains("encrypt_certificate");
    if (box == nullptr || !box->is_object()) return unknown("certificates");
    const auto& sealed = box->get_object();
    TRY(auto pem, crypto::open_pay_resource(account_.secrets.api_key, {text_of(sealed, "algorithm"), text_of(sealed, "nonce"), text_of(sealed, "associated_data"), text_of(sealed, "ciphertext")}));
    TRY(auto serial, crypto::certificate_serial(pem));
    const auto starts = parse_rfc3339(text_of(one, "effective_time")), ends = parse_rfc3339(text_of(one, "expire_time"));
    if (!starts || !ends) return unknown("certificates");
    TRY(offered.add({}, pem));
    found.push_back({std::move(serial), std::move(pem), *starts, *ends});
  }
  const auto timestamp = header(reply, "wechatpay-timestamp"), nonce = header(reply, "wechatpay-nonce"), serial = header(reply, "wechatpay-serial"),
             signature = header(reply, "wechatpay-signature");
  TRY(crypto::check_pay_seal(account_.secrets.public_key.empty() || !serial.starts_with("PUB_KEY_ID_") ? offered : *keys(),
                             {timestamp, nonce, serial, signature, {}}, reply.body, db_.clock().now()));
  TRY(db_.write([&](Tx& tx) -> Result<> {
    for (const auto& c : found) TRY(tx.exec(kKeep, mch(), c.serial, c.pem, c.starts, c.ends, tx.now()));
    return {};
  }));
  return read_keys();
}

}  // namespace koi::connect::wechat
