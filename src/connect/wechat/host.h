/// The platform as one app sees it: a token that is asked for once however many want it, errors by their number, repeats only
/// where nothing can happen twice. Blocking: for the desk's threads.
#pragma once
#include <boost/json/object.hpp>

#include <mutex>
#include <string>

#include "base/ports.h"
#include "connect/outgoing/client.h"
#include "connect/wechat/account.h"

namespace koi::connect::wechat {

using Query = std::vector<std::pair<std::string, std::string>>;
/// "?a=1&b=2", values escaped.
std::string query_text(const Query& query);
std::string escaped(std::string_view text);

/// What an answer's errcode means. Nothing for 0 and for an answer without one. The number and its text are the detail.
/// forbidden "connect.wechat_credentials" (app id, secret), "connect.wechat_ip" (our address is not on the account's list),
/// "connect.wechat_right"; throttled "connect.wechat_limit"; invalid "connect.wechat_code" (a login's code), "connect.wechat_risk";
/// conflict "connect.wechat_not_accepted", "connect.wechat_not_follower", "connect.wechat_window"; unavailable "connect.wechat_busy";
/// conflict "connect.wechat_refused" for the rest.
Result<> judge(const boost::json::object& answer);

class Host {
 public:
  Host(Outgoing& out, Clock& clock, Account account) : out_(out), clock_(clock), account_(std::move(account)) {}
  const Account& account() const { return account_; }

  /// One token for all; asked for when there is none or it ends soon. While the platform refuses, it is asked at most once a
  /// minute. Codes of judge and Outgoing.
  Result<std::string> token();

  /// With the token in the query. A dead token is replaced and the call made again once; "busy" is asked again twice. Codes of
  /// judge; a lost answer of a POST is unavailable "connect.wechat_unknown": it may have taken effect.
  Result<boost::json::object> get(std::string_view path, Query query = {});
  Result<boost::json::object> post(std::string_view path, const boost::json::object& body);
  /// The answer as it came when it is no JSON (pictures), else judged as above.
  Result<OutReply> post_raw(std::string_view path, const boost::json::object& body);
  /// Without a token: login calls that carry the app's secret themselves.
  Result<boost::json::object> get_open(std::string_view path, Query query);

 private:
  Result<OutReply> send(bool post, std::string_view path, const Query& query, const std::string& body);
  Result<OutReply> with_token(bool post, std::string_view path, const Query& query, const std::string& body);
  Result<> fetch(bool force);
  /// That one does not work any more.
  void drop(std::string_view dead);

  Outgoing& out_;
  Clock& clock_;
  const Account account_;
  std::mutex mutex_;  // held while a token is fetched: the others wait for that one
  std::string token_, dead_;
  Instant ends_{}, forced_at_{}, refused_until_{};
  Error refused_;
};

}  // namespace koi::connect::wechat
