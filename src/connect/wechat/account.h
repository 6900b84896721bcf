/// Channels of WeChat that belong to the merchant: official accounts (oa), mini programs (mini), merchants of WeChat Pay (pay).
/// Owns wechat_account, wechat_seen. Source: the platform's documents; see README.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "connect/crypto/callback.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect::wechat {

/// What is sealed. oa, mini: secret, token, aes_key. pay: the rest; without a public key the platform's certificates are fetched.
struct Secrets {
  std::string secret, token, aes_key, aes_key_before;      // messages under the key before may still be on their way
  std::string api_key, private_key, serial_no;             // APIv3 key; the merchant's key (PEM) and the serial of its certificate
  std::string public_key_id, public_key;                   // "PUB_KEY_ID_...", PEM
};
struct Account {
  std::string app;   // app id; a merchant's number
  std::string kind;  // oa, mini, pay
  std::string name, base_url;
  std::string mode;  // plain, safe: how callbacks come
  bool disabled = false;
  std::int64_t ver = 0;
  Secrets secrets;
};

/// Makes or changes one; what is absent stays (a new one: has its default). A changed aes_key keeps the one before.
struct PutAccount {
  std::string app, kind;
  std::optional<std::string> name, base_url, mode;
  std::optional<bool> disabled;
  std::optional<std::string> secret, token, aes_key, api_key, private_key, serial_no, public_key_id, public_key;
};
/// invalid "connect.channel_app", "connect.channel_url", "connect.channel_secret" (something its kind needs is missing),
/// "connect.callback_token", "connect.callback_aes_key", "connect.pay_api_key", "connect.rsa_key"; conflict
/// "connect.channel_kind" when it is of another kind.
Result<Account> put_account(Tx& tx, const PutAccount& cmd, std::string_view seal_key);
/// not_found "connect.no_channel". What came through it stays.
Result<> drop_account(Tx& tx, std::string_view app);
/// With its secrets. not_found "connect.no_channel", also for one that is disabled; internal "connect.seal_key" when another key
/// sealed it.
Result<Account> find_account(Tx& tx, std::string_view app, std::string_view seal_key);
/// Also one that is disabled.
Result<Account> any_account(Tx& tx, std::string_view app, std::string_view seal_key);
struct AccountLine {
  std::string app, kind, name, base_url, mode;
  bool disabled = false;
  std::int64_t ver = 0;
  Instant created_at{}, updated_at{};
  std::optional<Instant> checked_at;
  std::string check_error;
};
Result<std::vector<AccountLine>> list_accounts(Tx& tx);
/// What a check found; code "" when all was good.
Result<> note_check(Tx& tx, std::string_view app, std::string_view code);

/// The callback's key of an account; those of the key now and of the one before.
std::vector<crypto::CallbackKey> callback_keys(const Account& account);

constexpr std::int64_t kPushSkewMs = 300'000;  // a push is signed no further from now
/// Whether a push is new. `signature` is remembered with its body: the same again is old news (false), the same signature with
/// another body is unauthenticated "connect.callback_replayed". `message` is the platform's name of it: seen before, false.
/// Both are forgotten after a day.
Result<bool> note_push(Tx& tx, std::string_view app, std::string_view signature, std::string_view message, std::string_view body);

inline ShardKey shard_of(std::string_view app) { return {std::hash<std::string_view>{}(app)}; }

std::span<const http::Route> account_routes();

}  // namespace koi::connect::wechat
