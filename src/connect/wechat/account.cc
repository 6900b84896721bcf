#include "connect/wechat/account.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/crypto/rsa.h"
#include "http/wire.h"
#include "store/rows.h"

namespace koi::connect::wechat {

BOOST_DESCRIBE_STRUCT(Secrets, (), (secret, token, aes_key, aes_key_before, api_key, private_key, serial_no, public_key_id, public_key))
BOOST_DESCRIBE_STRUCT(AccountLine, (), (app, kind, name, base_url, mode, disabled, ver, created_at, updated_at, checked_at, check_error))

struct AccountRow {
  std::string app, kind, name, base_url, mode;
  bool disabled = false;
  std::int64_t ver = 0;
  store::Blob sealed;
};
BOOST_DESCRIBE_STRUCT(AccountRow, (), (app, kind, name, base_url, mode, disabled, ver, sealed))

namespace {

constexpr std::string_view kFind = "SELECT app, kind, name, base_url, mode, disabled, ver, sealed FROM wechat_account WHERE app = $1";
constexpr std::string_view kList =
    "SELECT app, kind, name, base_url, mode, disabled, ver, created_at, updated_at, checked_at, check_error FROM wechat_account "
    "ORDER BY kind, app LIMIT 500";
constexpr std::string_view kPut =
    "INSERT INTO wechat_account (app, kind, name, base_url, mode, disabled, ver, sealed, created_at, updated_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (app) DO UPDATE SET name = $3, base_url = $4, mode = $5, disabled = $6, "
    "ver = $7, sealed = $8, updated_at = $9";
constexpr std::string_view kDrop = "DELETE FROM wechat_account WHERE app = $1";
constexpr std::string_view kChecked = "UPDATE wechat_account SET checked_at = $2, check_error = $3 WHERE app = $1";
constexpr std::string_view kSaw =
    "INSERT INTO wechat_seen (app, what, body, at) VALUES ($1, $2, $3, $4) ON CONFLICT (app, what) DO NOTHING";
constexpr std::string_view kSeenBody = "SELECT body FROM wechat_seen WHERE app = $1 AND what = $2";
constexpr std::string_view kForget = "DELETE FROM wechat_seen WHERE at < $1";
constexpr auto kSeenFor = std::chrono::hours(24);
constexpr std::string_view kApi = "https://api.weixin.qq.com", kPayApi = "https://api.mch.weixin.qq.com";

bool is_app(std::string_view kind, std::string_view app) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (app.empty() || app.size() > 64) return false;
  return kind == "pay" ? app.size() <= 32 && std::ranges::all_of(app, digit) : std::ranges::all_of(app, letter);
}

Result<Account> opened(AccountRow row, std::string_view seal_key) {
  const auto plain = unseal(seal_key, row.sealed.bytes);
  if (!plain) return fail(Errc::internal, "connect.seal_key", row.app);
  TRY(auto secrets, http::parse_json<Secrets>(*plain));
  return Account{std::move(row.app), std::move(row.kind), std::move(row.name), std::move(row.base_url), std::move(row.mode), row.disabled, row.ver, std::move(secrets)};
}

Result<> check_talk(const Account& a) {
  const auto& s = a.secrets;
  if (s.secret.empty()) return fail(Errc::invalid, "connect.channel_secret", "secret", "/secret");
  // A mini program that is pushed nothing needs neither.
  if (s.token.empty() && s.aes_key.empty() && a.kind == "mini") return {};
  if (a.mode == "safe" || !s.aes_key.empty()) return crypto::check_callback_key({s.token, s.aes_key, a.app});
  return crypto::check_callback_key({s.token, std::string(43, 'A'), a.app});
}

Result<> check_pay(const Account& a) {
  const auto& s = a.secrets;
  if (s.api_key.size() != 32) return fail(Errc::invalid, "connect.pay_api_key", {}, "/api_key");
  if (s.serial_no.empty()) return fail(Errc::invalid, "connect.channel_secret", "serial_no", "/serial_no");
  TRY(crypto::RsaPrivate::read(s.private_key));
  if (s.public_key_id.empty() != s.public_key.empty()) return fail(Errc::invalid, "connect.channel_secret", "public_key", "/public_key");
  if (!s.public_key.empty()) TRY(crypto::RsaPublic::read(s.public_key));
  return {};
}

Result<> check(const Account& a) {
  const bool web = a.base_url.starts_with("https://") || a.base_url.starts_with("http://");
  if (!web || a.base_url.size() > 200 || a.base_url.ends_with('/')) return fail(Errc::invalid, "connect.channel_url", a.base_url, "/base_url");
  if (a.mode != "plain" && a.mode != "safe") return fail(Errc::invalid, "connect.channel_mode", a.mode, "/mode");
  return a.kind == "pay" ? check_pay(a) : check_talk(a);
}

}  // namespace

Result<Account> put_account(Tx& tx, const PutAccount& cmd, std::string_view seal_key) {
  if ((cmd.kind != "oa" && cmd.kind != "mini" && cmd.kind != "pay") || !is_app(cmd.kind, cmd.app))
    return fail(Errc::invalid, "connect.channel_app", cmd.app);
  Account a{cmd.app, cmd.kind, cmd.app, std::string(cmd.kind == "pay" ? kPayApi : kApi), "safe", false, 0, {}};
  TRY(auto row, tx.maybe<AccountRow>(kFind, cmd.app));
  if (row) {
    if (row->kind != cmd.kind) return fail(Errc::conflict, "connect.channel_kind", row->kind);
    TRY(a, opened(std::move(*row), seal_key));
  }
  const auto take = [](const auto& from, auto& to) { if (from) to = *from; };
  auto& s = a.secrets;
  if (cmd.name) a.name = take_chars(*cmd.name, 100);
  take(cmd.base_url, a.base_url), take(cmd.mode, a.mode), take(cmd.disabled, a.disabled), take(cmd.secret, s.secret), take(cmd.token, s.token);
  if (cmd.aes_key && *cmd.aes_key != s.aes_key) s.aes_key_before = std::exchange(s.aes_key, *cmd.aes_key);
  take(cmd.api_key, s.api_key), take(cmd.private_key, s.private_key), take(cmd.serial_no, s.serial_no);
  take(cmd.public_key_id, s.public_key_id), take(cmd.public_key, s.public_key);
  TRY(check(a));
  ++a.ver;
  TRY(tx.exec(kPut, a.app, a.kind, a.name, a.base_url, a.mode, a.disabled, a.ver, store::Blob{seal(seal_key, http::json_of(s))}, tx.now()));
  return a;
}

Result<> drop_account(Tx& tx, std::string_view app) {
  TRY(const auto gone, tx.exec(kDrop, app));
  return gone == 0 ? fail(Errc::not_found, "connect.no_channel", std::string(app)) : Result<>{};
}

Result<Account> any_account(Tx& tx, std::string_view app, std::string_view seal_key) {
  TRY(auto row, tx.maybe<AccountRow>(kFind, app));
  if (!row) return fail(Errc::not_found, "connect.no_channel", std::string(app));
  return opened(std::move(*row), seal_key);
}

Result<Account> find_account(Tx& tx, std::string_view app, std::string_view seal_key) {
  TRY(auto found, any_account(tx, app, seal_key));
  if (found.disabled) return fail(Errc::not_found, "connect.no_channel", std::string(app));
  return found;
}

Result<std::vector<AccountLine>> list_accounts(Tx& tx) { return tx.all<AccountLine>(kList); }

Result<> note_check(Tx& tx, std::string_view app, std::string_view code) {
  TRY(tx.exec(kChecked, app, tx.now(), code));
  return {};
}

std::vector<crypto::CallbackKey> callback_keys(const Account& account) {
  std::vector<crypto::CallbackKey> out;
  const auto& s = account.secrets;
  for (const auto& key : {s.aes_key, s.aes_key_before})
    if (!key.empty()) out.push_back({s.token, key, account.app});
  return out;
}

Result<bool> note_push(Tx& tx, std::string_view app, std::string_view signature, std::string_view message, std::string_view body) {
  TRY(tx.exec(kForget, tx.now() - kSeenFor));
  const auto signed_as = "s:" + std::string(signature), hash = hex(hash128(body));
  TRY(const auto fresh, tx.exec(kSaw, app, signed_as, hash, tx.now()));
  if (fresh == 0) {
    TRY(const auto before, tx.maybe<std::string>(kSeenBody, app, signed_as));
    return before == hash ? Result<bool>(false) : fail(Errc::unauthenticated, "connect.callback_replayed");
  }
  if (message.empty()) return true;
  TRY(const auto first, tx.exec(kSaw, app, "m:" + std::string(message), hash, tx.now()));
  return first > 0;
}

}  // namespace koi::connect::wechat
