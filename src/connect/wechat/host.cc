#include "connect/wechat/host.h"

#include <boost/json.hpp>

#include <algorithm>

#include "base/text.h"

namespace koi::connect::wechat {
namespace {

namespace json = boost::json;

constexpr auto kTokenMargin = std::chrono::seconds(300);  // the platform gives out a new one from here on
constexpr auto kForceEvery = std::chrono::seconds(60);    // it takes 20 a day, 30 s apart
constexpr auto kRefusedFor = std::chrono::seconds(60);
constexpr int kBusyTries = 3;
constexpr std::int64_t kBusy = -1;
constexpr std::int64_t kDeadTokens[] = {40001, 40014, 41001, 42001};

struct Meaning { std::int64_t number; Errc kind; std::string_view code; };
constexpr Meaning kMeanings[] = {
    {-1, Errc::unavailable, "connect.wechat_busy"},
    {40001, Errc::forbidden, "connect.wechat_credentials"}, {40013, Errc::forbidden, "connect.wechat_credentials"},
    {40014, Errc::forbidden, "connect.wechat_credentials"}, {40125, Errc::forbidden, "connect.wechat_credentials"},
    {41001, Errc::forbidden, "connect.wechat_credentials"}, {41002, Errc::forbidden, "connect.wechat_credentials"},
    {41004, Errc::forbidden, "connect.wechat_credentials"}, {42001, Errc::forbidden, "connect.wechat_credentials"},
    {40164, Errc::forbidden, "connect.wechat_ip"}, {48001, Errc::forbidden, "connect.wechat_right"}, {50007, Errc::forbidden, "connect.wechat_right"},
    {45009, Errc::throttled, "connect.wechat_limit"}, {45011, Errc::throttled, "connect.wechat_limit"},
    {40029, Errc::invalid, "connect.wechat_code"}, {40163, Errc::invalid, "connect.wechat_code"}, {40226, Errc::forbidden, "connect.wechat_risk"},
    {43101, Errc::conflict, "connect.wechat_not_accepted"}, {43004, Errc::conflict, "connect.wechat_not_follower"},
    {40003, Errc::conflict, "connect.wechat_not_follower"}, {45015, Errc::conflict, "connect.wechat_window"}, {45047, Errc::conflict, "connect.wechat_window"},
};

std::int64_t number_of(const json::object& answer) {
  const auto* code = answer.if_contains("errcode");
  return code != nullptr && code->is_number() ? code->to_number<std::int64_t>() : 0;
}

std::string text_of(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

/// A JSON object, or nothing: pictures and pages of a proxy are neither.
std::optional<json::object> object_of(std::string_view body) {
  boost::system::error_code failed;
  auto value = json::parse(body, failed);
  if (failed || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

bool is_picture(const OutReply& reply) {
  for (const auto& [name, value] : reply.headers)
    if (lower_ascii(name) == "content-type") return lower_ascii(value).starts_with("image/");
  return false;
}

/// Nothing went out, so nothing can have happened.
bool never_arrived(const Error& error) { return error.code == "connect.unreachable" || error.code == "connect.address"; }

std::unexpected<Error> unknown(const Error& why) { return fail(Errc::unavailable, "connect.wechat_unknown", why.code + " " + why.detail); }

}  // namespace

std::string escaped(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      (out += '%') += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string query_text(const Query& query) {
  std::string out;
  for (const auto& [name, value] : query) out.append(out.empty() ? "?" : "&").append(name).append("=").append(escaped(value));
  return out;
}

Result<> judge(const json::object& answer) {
  const auto number = number_of(answer);
  if (number == 0) return {};
  const auto detail = std::to_string(number) + " " + std::string(take_chars(text_of(answer, "errmsg"), 200));
  for (const auto& m : kMeanings)
    if (m.number == number) return fail(m.kind, m.code, detail);
  return fail(Errc::conflict, "connect.wechat_refused", detail);
}

Result<OutReply> Host::send(bool post, std::string_view path, const Query& query, const std::string& body) {
  OutRequest request;
  request.method = post ? "POST" : "GET";
  request.url = account_.base_url + std::string(path) + query_text(query);
  request.body = body;
  if (post) request.headers.emplace_back("Content-Type", "application/json");
  TRY(auto reply, out_.ask(std::move(request)));
  if (reply.status != 200) return fail(Errc::unavailable, "connect.wechat_busy", "HTTP " + std::to_string(reply.status));
  return reply;
}

Result<> Host::fetch(bool force) {
  const auto now = clock_.now();
  if (now < refused_until_) return std::unexpected(refused_);
  json::object ask{{"grant_type", "client_credential"}, {"appid", account_.app}, {"secret", account_.secrets.secret}};
  if (force) ask["force_refresh"] = true, forced_at_ = now;
  auto reply = send(true, "/cgi-bin/stable_token", {}, json::serialize(ask));
  if (!reply) return std::unexpected(std::move(reply).error());
  const auto answer = object_of(reply->body);
  if (!answer) return fail(Errc::unavailable, "connect.wechat_busy", "not JSON");
  auto good = judge(*answer);
  const auto token = text_of(*answer, "access_token");
  if (good && token.empty()) good = fail(Errc::unavailable, "connect.wechat_busy", "no token");
  if (!good) {
    refused_ = good.error();
    if (number_of(*answer) != kBusy) refused_until_ = now + kRefusedFor;
    return good;
  }
  const auto* lives = answer->if_contains("expires_in");
  token_ = token;
  ends_ = now + std::chrono::seconds(lives != nullptr && lives->is_int64() ? lives->get_int64() : 0);
  return {};
}

Result<std::string> Host::token() {
  std::lock_guard lock(mutex_);
  if (token_.empty() || clock_.now() + kTokenMargin >= ends_) {
    // In its last minutes a token still works: one that lives shorter than the margin is used to its end.
    const bool usable = !token_.empty() && clock_.now() + std::chrono::seconds(10) < ends_;
    auto fetched = fetch(false);
    // The same token as the one that died: only force brings another.
    if (fetched && token_ == dead_ && clock_.now() - forced_at_ >= kForceEvery) fetched = fetch(true);
    if (!fetched && !usable) return std::unexpected(std::move(fetched).error());
  }
  return token_;
}

void Host::drop(std::string_view dead) {
  std::lock_guard lock(mutex_);
  if (token_ != dead) return;  // somebody else was faster
  dead_ = std::exchange(token_, {});
}

Result<OutReply> Host::with_token(bool post, std::string_view path, const Query& query, const std::string& body) {
  bool renewed = false;
  for (int tries = 1;; ++tries) {
    TRY(const auto token, this->token());
    Query full{{"access_token", token}};
    full.insert(full.end(), query.begin(), query.end());
    auto reply = send(post, path, full, body);
    if (!reply) {
      if (post && !never_arrived(reply.error())) return unknown(reply.error());
      return reply;
    }
    const auto answer = is_picture(*reply) ? std::nullopt : object_of(reply->body);
    if (!answer) return reply;
    const auto number = number_of(*answer);
    if (std::ranges::find(kDeadTokens, number) != std::end(kDeadTokens) && !renewed) {
      renewed = true;
      drop(token);
    } else if (number != kBusy || tries >= kBusyTries) {
      TRY(judge(*answer));
      return reply;
    }
  }
}

Result<OutReply> Host::post_raw(std::string_view path, const json::object& body) { return with_token(true, path, {}, json::serialize(body)); }

Result<json::object> Host::post(std::string_view path, const json::object& body) {
  TRY(const auto reply, post_raw(path, body));
  auto answer = object_of(reply.body);
  // It answered 200 and we cannot read what: it may well have done it.
  if (!answer) return fail(Errc::unavailable, "connect.wechat_unknown", "not JSON");
  return std::move(*answer);
}

Result<json::object> Host::get(std::string_view path, Query query) {
  TRY(const auto reply, with_token(false, path, query, {}));
  auto answer = object_of(reply.body);
  if (!answer) return fail(Errc::unavailable, "connect.wechat_busy", "not JSON");
  return std::move(*answer);
}

Result<json::object> Host::get_open(std::string_view path, Query query) {
  TRY(const auto reply, send(false, path, query, {}));
  auto answer = object_of(reply.body);
  if (!answer) return fail(Errc::unavailable, "connect.wechat_busy", "not JSON");
  TRY(judge(*answer));
  return std::move(*answer);
}

}  // namespace koi::connect::wechat
