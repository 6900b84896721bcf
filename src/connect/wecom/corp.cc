#include "connect/wecom/corp.h"

#include <algorithm>
#include <utility>

#include "base/crypto.h"
#include "base/text.h"
#include "http/wire.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct CorpSecrets { std::string secret, token, aes_key, aes_key_before; };
BOOST_DESCRIBE_STRUCT(CorpSecrets, (), (secret, token, aes_key, aes_key_before))
struct CorpRow {
  std::string corp_id, name;
  std::int64_t agent_id = 0;
  std::string base_url;
  store::Blob sealed;
  bool disabled = false;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(CorpRow, (), (corp_id, name, agent_id, base_url, sealed, disabled, ver, created_at, updated_at))

namespace {

#define KOI_CORP "SELECT corp_id, name, agent_id, base_url, sealed, disabled, ver, created_at, updated_at FROM connect_corp "
constexpr std::string_view kFind = KOI_CORP "WHERE corp_id = $1", kList = KOI_CORP "ORDER BY created_at, corp_id LIMIT 100";
constexpr std::string_view kConnected = "SELECT corp_id FROM connect_corp WHERE disabled = 0 ORDER BY created_at, corp_id LIMIT 100";
constexpr std::string_view kPut =
    "INSERT INTO connect_corp (corp_id, name, agent_id, base_url, sealed, disabled, ver, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) "
    "ON CONFLICT (corp_id) DO UPDATE SET name = $2, agent_id = $3, base_url = $4, sealed = $5, disabled = $6, ver = $7, updated_at = $8";
constexpr std::string_view kDrop = "DELETE FROM connect_corp WHERE corp_id = $1";
constexpr std::string_view kDropLogin = "DELETE FROM connect_wecom_login WHERE corp_id = $1";  // connected again, nobody signs in by it unasked

bool is_corp_id(std::string_view id) {
  return !id.empty() && id.size() <= 64 && id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == id.npos;
}

Result<Corp> opened(CorpRow row, std::string_view seal_key) {
  const auto plain = unseal(seal_key, row.sealed.bytes);
  if (!plain) return fail(Errc::internal, "connect.seal_key", row.corp_id);
  TRY(auto s, http::parse_json<CorpSecrets>(*plain));
  Corp out;
  out.corp_id = std::move(row.corp_id);
  out.name = std::move(row.name);
  out.base_url = std::move(row.base_url);
  out.secret = std::move(s.secret);
  out.token = std::move(s.token);
  out.aes_key = std::move(s.aes_key);
  out.aes_key_before = std::move(s.aes_key_before);
  out.agent_id = row.agent_id;
  out.ver = row.ver;
  out.disabled = row.disabled;
  out.created_at = row.created_at;
  out.updated_at = row.updated_at;
  return out;
}

Result<> check(const Corp& c) {
  const bool web = c.base_url.starts_with("https://") || c.base_url.starts_with("http://");
  if (!web || c.base_url.size() > 200 || c.base_url.ends_with('/')) return fail(Errc::invalid, "connect.channel_url", c.base_url, "/base_url");
  if (c.secret.empty() || c.secret.size() > 128) return fail(Errc::invalid, "connect.channel_secret", "secret", "/secret");
  return crypto::check_callback_key({c.token, c.aes_key, c.corp_id});
}

}  // namespace

Result<Corp> put_corp(Tx& tx, const PutCorp& cmd, std::string_view seal_key) {
  if (!is_corp_id(cmd.corp_id)) return fail(Errc::invalid, "connect.corp_id", cmd.corp_id, "/corp_id");
  Corp c;
  c.corp_id = cmd.corp_id;
  c.name = cmd.corp_id;
  c.base_url = kPlatform;
  c.created_at = tx.now();
  TRY(auto row, tx.maybe<CorpRow>(kFind, cmd.corp_id));
  if (row) {
    TRY(c, opened(std::move(*row), seal_key));
  }
  const auto take = [](const auto& from, auto& to) { if (from) to = *from; };
  if (cmd.name) c.name = take_chars(*cmd.name, 100);
  take(cmd.base_url, c.base_url), take(cmd.secret, c.secret), take(cmd.token, c.token), take(cmd.agent_id, c.agent_id), take(cmd.disabled, c.disabled);
  if (cmd.aes_key && *cmd.aes_key != c.aes_key) c.aes_key_before = std::exchange(c.aes_key, *cmd.aes_key);
  TRY(check(c));
  ++c.ver;
  c.updated_at = tx.now();
  const auto secrets = http::json_of(CorpSecrets{c.secret, c.token, c.aes_key, c.aes_key_before});
  TRY(tx.exec(kPut, c.corp_id, c.name, c.agent_id, c.base_url, store::Blob{seal(seal_key, secrets)}, c.disabled, c.ver, tx.now()));
  return c;
}

Result<> drop_corp(Tx& tx, std::string_view corp_id) {
  TRY(tx.exec(kDropLogin, corp_id));
  TRY(const auto gone, tx.exec(kDrop, corp_id));
  return gone == 0 ? fail(Errc::not_found, "connect.no_corp", std::string(corp_id)) : Result<>{};
}

Result<Corp> find_corp(Tx& tx, std::string_view corp_id, std::string_view seal_key) {
  TRY(auto row, tx.maybe<CorpRow>(kFind, corp_id));
  if (!row) return fail(Errc::not_found, "connect.no_corp", std::string(corp_id));
  return opened(std::move(*row), seal_key);
}

Result<std::vector<Corp>> list_corps(Tx& tx, std::string_view seal_key) {
  TRY(auto rows, tx.all<CorpRow>(kList));
  std::vector<Corp> out;
  for (auto& row : rows) {
    TRY(auto corp, opened(std::move(row), seal_key));
    out.push_back(std::move(corp));
  }
  return out;
}

Result<std::vector<std::string>> connected_corps(Tx& tx) { return tx.all<std::string>(kConnected); }

std::vector<crypto::CallbackKey> callback_keys(const Corp& corp) {
  std::vector<crypto::CallbackKey> out;
  for (const auto& key : {corp.aes_key, corp.aes_key_before})
    if (!key.empty()) out.push_back({corp.token, key, corp.corp_id});
  return out;
}

}  // namespace koi::connect::wecom
