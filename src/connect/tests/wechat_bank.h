/// WeChat Pay in a test's hands: keeps orders, refunds and transfers as the platform does, signs what it says, and loses answers
/// when told to. Seals and certificates come straight from OpenSSL.
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <boost/json.hpp>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/crypto/pay.h"
#include "connect/tests/wechat_lab.h"
#include "tests/vectors/vectors.h"

namespace koi::connect::wechat::lab {

namespace json = boost::json;

inline std::string pay_setting_of(const char* name) {
  static const auto file = json::parse(vectors::kept("wechatpay_v3.json")).as_object();
  return std::string(file.at("config").at(name).as_string());
}

/// AES-256-GCM, the tag behind the text; base64.
inline std::string gcm_sealed(const std::string& key, const std::string& nonce, const std::string& extra, const std::string& plain) {
  std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> c(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  const auto bytes = [](const std::string& s) { return reinterpret_cast<const unsigned char*>(s.data()); };
  std::string out(plain.size() + 16, '\0');
  auto* to = reinterpret_cast<unsigned char*>(out.data());
  int n = 0;
  EVP_EncryptInit_ex(c.get(), EVP_aes_256_gcm(), nullptr, bytes(key), bytes(nonce));
  EVP_EncryptUpdate(c.get(), nullptr, &n, bytes(extra), static_cast<int>(extra.size()));
  EVP_EncryptUpdate(c.get(), to, &n, bytes(plain), static_cast<int>(plain.size()));
  EVP_EncryptFinal_ex(c.get(), to + n, &n);
  EVP_CIPHER_CTX_ctrl(c.get(), EVP_CTRL_GCM_GET_TAG, 16, to + plain.size());
  return base64(out);
}

/// A self-signed certificate around the platform's key.
inline std::string certificate_of(const std::string& private_pem, long serial) {
  std::unique_ptr<BIO, int (*)(BIO*)> in(BIO_new_mem_buf(private_pem.data(), static_cast<int>(private_pem.size())), BIO_free);
  std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  std::unique_ptr<X509, void (*)(X509*)> x(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(x.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), 86400);
  X509_set_pubkey(x.get(), key.get());
  X509_sign(x.get(), key.get(), EVP_sha256());
  std::unique_ptr<BIO, int (*)(BIO*)> out(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_X509(out.get(), x.get());
  char* data = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

struct Notice { std::string body, timestamp, nonce, serial, signature, type = "WECHATPAY2-SHA256-RSA2048"; crypto::PaySeal seal() const { return {timestamp, nonce, serial, signature, type}; } };

class Bank : public Platform {
 public:
  enum class Luck { good, lost_after, lost_before, broken_after, busy };
  explicit Bank(Clock& clock) : clock_(clock) {}

  void send(OutRequest request, std::function<void(Result<OutReply>)> done) override {
    const auto target = request.url.substr(request.url.find('/', request.url.find("://") + 3));
    asked.push_back(request.method + " " + target);
    last = request;
    check_authorization(request, target);
    auto luck = Luck::good;
    if (!lucks.empty()) luck = lucks.front(), lucks.pop_front();
    if (luck == Luck::lost_before) return done(fail(Errc::unavailable, "connect.timeout"));
    if (luck == Luck::busy) return done(signed_reply(R"({"code":"SYSTEM_ERROR","message":"busy"})", 500));
    auto reply = answer_to(request.method, target, request.body);
    if (luck == Luck::lost_after) return done(fail(Errc::unavailable, "connect.timeout"));
    if (luck == Luck::broken_after) reply.body += " ";  // its seal does not fit any more
    done(std::move(reply));
  }

  OutReply signed_reply(std::string body, int status = 200) const {
    const auto timestamp = std::to_string(to_ms(clock_.now()) / 1000), nonce = std::string("nonce");
    const auto text = timestamp + "\n" + nonce + "\n" + body + "\n";
    return {status, body, {{"Wechatpay-Timestamp", timestamp}, {"Wechatpay-Nonce", nonce}, {"Wechatpay-Serial", serial}, {"Wechatpay-Signature", base64(key_.sign_sha256(text))}}};
  }
  Notice notice(const std::string& type, const std::string& plain, const std::string& id) const {
    const json::object resource{{"original_type", "x"}, {"algorithm", "AEAD_AES_256_GCM"}, {"associated_data", "transaction"}, {"nonce", "ozae1BJwCTvl"},
                                {"ciphertext", gcm_sealed(api_key_, "ozae1BJwCTvl", "transaction", plain)}};
    Notice n;
    n.body = json::serialize(json::object{{"id", id}, {"create_time", "2026-01-03T10:01:03+08:00"}, {"resource_type", "encrypt-resource"}, {"event_type", type}, {"summary", "s"}, {"resource", resource}});
    n.timestamp = std::to_string(to_ms(clock_.now()) / 1000), n.nonce = "n", n.serial = serial;
    n.signature = base64(key_.sign_sha256(n.timestamp + "\n" + n.nonce + "\n" + n.body + "\n"));
    return n;
  }

  struct Order { std::int64_t total = 0, refunded = 0; std::string state = "NOTPAY", openid, attach; };
  struct Back { std::string trade, state = "PROCESSING"; std::int64_t amount = 0; };
  struct Bill { std::string state = "WAIT_USER_CONFIRM", openid; std::int64_t amount = 0; };
  void pay(const std::string& no) { orders.at(no).state = "SUCCESS"; }
  std::string trade_text(const std::string& no) const {
    const auto& o = orders.at(no);
    json::object out{{"mchid", mch}, {"appid", "wxapp"}, {"out_trade_no", no}, {"trade_state", o.state}, {"trade_state_desc", "x"}, {"amount", json::object{{"total", o.total}, {"currency", "CNY"}}}};
    if (o.state == "SUCCESS" || o.state == "REFUND") out["transaction_id"] = "T" + no, out["success_time"] = "2026-11-18T10:00:00+08:00", out["payer"] = json::object{{"openid", "oPayer"}};
    return json::serialize(out);
  }
  std::string refund_text(const std::string& no, const char* state_name) const {
    const auto& r = backs.at(no);
    return json::serialize(json::object{{"mchid", mch}, {"out_trade_no", r.trade}, {"out_refund_no", no}, {"refund_id", "R" + no}, {state_name, r.state},
                                        {"success_time", "2026-11-18T11:00:00+08:00"}, {"amount", json::object{{"refund", r.amount}, {"total", orders.at(r.trade).total}}}});
  }
  std::string bill_text(const std::string& no) const {
    const auto& b = bills.at(no);
    json::object out{{"mch_id", mch}, {"out_bill_no", no}, {"transfer_bill_no", "B" + no}, {"state", b.state}, {"transfer_amount", b.amount}, {"openid", b.openid}, {"update_time", "2026-11-18T11:00:00+08:00"}};
    if (b.state == "WAIT_USER_CONFIRM") out["package_info"] = "pkg";
    return json::serialize(out);
  }

  const std::string mch = pay_setting_of("mchid");
  std::string serial = pay_setting_of("platform_key_id");
  std::map<std::string, Order> orders;
  std::map<std::string, Back> backs;
  std::map<std::string, Bill> bills;
  std::deque<Luck> lucks;
  std::vector<std::string> asked;
  OutRequest last;
  std::string refuse_next;  // "403 NOT_ENOUGH"
  std::string certificates;

 private:
  void check_authorization(const OutRequest& r, const std::string& target) {
    std::string line;
    for (const auto& [name, value] : r.headers)
      if (name == "Authorization") line = value;
    const auto part = [&](const std::string& name) {
      const auto from = line.find(name + "=\"") + name.size() + 2;
      return line.substr(from, line.find('"', from) - from);
    };
    EXPECT_TRUE(line.starts_with("WECHATPAY2-SHA256-RSA2048 ")) << line;
    EXPECT_EQ(part("mchid"), mch);
    EXPECT_EQ(part("serial_no"), pay_setting_of("merchant_serial_no"));
    const auto text = r.method + "\n" + target + "\n" + part("timestamp") + "\n" + part("nonce_str") + "\n" + r.body + "\n";
    EXPECT_TRUE(merchant_.signed_sha256(text, *unbase64(part("signature"))));
  }
  OutReply refuse(int status, const std::string& code) const { return signed_reply(R"({"code":")" + code + R"(","message":"no"})", status); }
  OutReply answer_to(const std::string& method, const std::string& target, const std::string& body) {
    if (!refuse_next.empty()) {
      const auto said = std::exchange(refuse_next, {});
      return refuse(static_cast<int>(*parse_int(said.substr(0, 3))), said.substr(4));
    }
    if (target == "/v3/certificates") return signed_reply(certificates);
    const auto in = body.empty() ? json::object{} : json::parse(body).as_object();
    const std::string trades = "/v3/pay/transactions/out-trade-no/", refunds = "/v3/refund/domestic/refunds", transfers = "/v3/fund-app/mch-transfer/transfer-bills";
    const auto named = [&](const std::string& prefix) { return target.substr(prefix.size(), target.find_first_of("?/", prefix.size()) - prefix.size()); };
    if (method == "POST" && (target == "/v3/pay/transactions/jsapi" || target == "/v3/pay/transactions/native")) return place(in, target.ends_with("jsapi"));
    if (target.starts_with(trades)) {
      const auto no = named(trades);
      if (!orders.contains(no)) return refuse(404, "ORDER_NOT_EXIST");
      if (method == "GET") return signed_reply(trade_text(no));
      if (orders[no].state == "SUCCESS") return refuse(400, "ORDER_PAID");
      orders[no].state = "CLOSED";
      return signed_reply("", 204);
    }
    if (method == "POST" && target == refunds) return give_back(in);
    if (target.starts_with(refunds + "/")) {
      const auto no = named(refunds + "/");
      return backs.contains(no) ? signed_reply(refund_text(no, "status")) : refuse(404, "RESOURCE_NOT_EXISTS");
    }
    if (method == "POST" && target == transfers) {
      const std::string no(in.at("out_bill_no").as_string());
      if (!bills.contains(no)) bills[no] = {"WAIT_USER_CONFIRM", std::string(in.at("openid").as_string()), in.at("transfer_amount").as_int64()};
      return signed_reply(bill_text(no));
    }
    const auto no = named(transfers + "/out-bill-no/");
    return bills.contains(no) ? signed_reply(bill_text(no)) : refuse(404, "NOT_FOUND");
  }
  OutReply place(const json::object& in, bool jsapi) {
    const std::string no(in.at("out_trade_no").as_string());
    const auto total = in.at("amount").at("total").as_int64();
    const auto at = orders.find(no);
    if (at != orders.end()) {
      if (at->second.total != total) return refuse(400, "OUT_TRADE_NO_USED");
      if (at->second.state == "CLOSED") return refuse(400, "ORDER_CLOSED");
      if (at->second.state != "NOTPAY") return refuse(400, "ORDERPAID");
    } else {
      orders[no].total = total;
    }
    return signed_reply(json::serialize(jsapi ? json::object{{"prepay_id", "wx" + no}} : json::object{{"code_url", "weixin://wxpay/" + no}}));
  }
  OutReply give_back(const json::object& in) {
    const std::string no(in.at("out_refund_no").as_string()), trade(in.at("out_trade_no").as_string());
    const auto amount = in.at("amount").at("refund").as_int64();
    auto& o = orders.at(trade);
    if (!backs.contains(no)) {
      EXPECT_EQ(in.at("amount").at("total").as_int64(), o.total);
      if (o.refunded + amount > o.total) return refuse(400, "INVALID_REQUEST");
      o.refunded += amount, o.state = "REFUND";
      backs[no] = {trade, "PROCESSING", amount};
    }
    return signed_reply(refund_text(no, "status"));
  }

  Clock& clock_;
  const std::string api_key_ = pay_setting_of("api_v3_key");
  const crypto::RsaPrivate key_ = *crypto::RsaPrivate::read(pay_setting_of("platform_private_key_pem"));
  const crypto::RsaPublic merchant_ = *crypto::RsaPublic::read(pay_setting_of("merchant_public_key_pem"));
};

}  // namespace koi::connect::wechat::lab
