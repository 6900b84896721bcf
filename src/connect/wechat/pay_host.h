/// WeChat Pay v3 as one merchant sees it: what we ask is signed, what is answered is judged by the platform's keys before it is
/// read. Blocking: for the desk's threads.
#pragma once
#include <boost/json/object.hpp>

#include <memory>
#include <mutex>
#include <string>

#include "connect/crypto/pay.h"
#include "connect/outgoing/client.h"
#include "connect/wechat/account.h"

namespace koi::connect::wechat {

/// The headers a page or mini program opens a payment with.
struct ClientPayment { std::string appId, timeStamp, nonceStr, package, signType, paySign; };

class PayHost {
 public:
  /// With the keys of the platform that the store knows. invalid "connect.rsa_key".
  static Result<std::shared_ptr<PayHost>> open(Db& db, Outgoing& out, Account account);
  const Account& account() const { return account_; }
  const std::string& mch() const { return account_.app; }

  /// `target`: path and query. The verified answer; empty for 204. What did not happen: not_found "connect.pay_no_order"; conflict
  /// "connect.pay_refused" (detail: the platform's code), "connect.pay_closed"; exhausted "connect.pay_not_enough"; throttled
  /// "connect.pay_limit"; forbidden "connect.pay_rights"; unauthenticated "connect.pay_our_signature"; "connect.unreachable".
  /// What may have happened: unavailable "connect.pay_unknown" (lost, 5xx, or an answer whose seal does not fit): ask again what
  /// became of it before doing it again.
  Result<boost::json::object> get(std::string_view target);
  Result<boost::json::object> post(std::string_view target, const boost::json::object& body);

  ClientPayment client_payment(std::string_view appid, std::string_view prepay_id) const;
  /// Whether a notice can be judged with what is known: then open_notice does not wait.
  bool knows(const crypto::PaySeal& seal);
  /// Codes of crypto::open_pay_notice; keys we do not know are fetched first, at most once a minute and never for a probe.
  Result<crypto::PayNotice> open_notice(const crypto::PaySeal& seal, std::string_view body);
  /// Fetches the platform's certificates. No effect in public-key mode. Codes of get.
  Result<> fetch_certificates();

 private:
  PayHost(Db& db, Outgoing& out, Account account, crypto::Merchant merchant);
  Result<OutReply> send(std::string_view method, std::string_view target, const std::string& body);
  Result<boost::json::object> call(std::string_view method, std::string_view target, const std::string& body);
  Result<> judge_seal(const OutReply& reply);
  Result<> read_keys();
  /// Makes sure that a key called `serial` had its chance to be known.
  void want(std::string_view serial);
  std::shared_ptr<const crypto::PayKeys> keys();

  Db& db_;
  Outgoing& out_;
  const Account account_;
  const crypto::Merchant merchant_;
  std::mutex mutex_;
  std::shared_ptr<const crypto::PayKeys> keys_;
  Instant fetched_at_{}, asked_at_{};
};

}  // namespace koi::connect::wechat
