// The gateway: where texts go, and the secret they are signed with.
#include "base/crypto.h"
#include "base/text.h"
#include "connect/sms/inside.h"
#include "store/rows.h"

namespace koi::connect::sms {

BOOST_DESCRIBE_STRUCT(Gateway, (), (url, sign, disabled, ver, updated_at))
struct SealedRow { store::Blob sealed; };
BOOST_DESCRIBE_STRUCT(SealedRow, (), (sealed))

namespace {

constexpr std::string_view kFind = "SELECT url, sign, disabled, ver, updated_at FROM connect_sms_gateway WHERE id = 1";
constexpr std::string_view kSealed = "SELECT sealed FROM connect_sms_gateway WHERE id = 1";
constexpr std::string_view kPut =
    "INSERT INTO connect_sms_gateway (id, url, sign, sealed, disabled, ver, updated_at) VALUES (1, $1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET "
    "url = $1, sign = $2, sealed = $3, disabled = $4, ver = $5, updated_at = $6";
constexpr std::string_view kDrop = "DELETE FROM connect_sms_gateway WHERE id = 1";
constexpr std::string_view kFailAll = "UPDATE connect_sms SET state = 'failed', error = 'connect.no_sms', sealed = NULL, ended_at = $1 WHERE state = 'queued'";

constexpr std::string_view kSecretPrefix = "whsec_";
constexpr std::size_t kUrlMax = 500, kKeyMin = 16, kKeyMax = 64, kSignMin = 2, kSignMax = 12;

Result<> check(const Gateway& g, std::string_view secret) {
  const bool web = g.url.starts_with("https://") || g.url.starts_with("http://");
  if (!web || g.url.size() > kUrlMax || !valid_utf8(g.url) || g.url.find_first_of(" \t\r\n#") != std::string::npos) return fail(Errc::invalid, "connect.channel_url", {}, "/url");
  const auto sign = count_chars(g.sign);
  if (!valid_utf8(g.sign) || (sign != 0 && (sign < kSignMin || sign > kSignMax)) || g.sign.find_first_of("\r\n") != std::string::npos) return fail(Errc::invalid, "connect.sms_sign", {}, "/sign");
  if (!signing_key(secret)) return fail(Errc::invalid, "connect.sms_secret", {}, "/secret");
  return {};
}

}  // namespace

std::optional<std::string> signing_key(std::string_view secret) {
  if (!secret.starts_with(kSecretPrefix)) return {};
  auto key = unbase64(secret.substr(kSecretPrefix.size()));
  if (!key || key->size() < kKeyMin || key->size() > kKeyMax) return {};
  return std::move(*key);
}

Result<std::optional<std::string>> gateway_secret(Tx& tx, std::string_view seal_key) {
  TRY(const auto row, tx.maybe<SealedRow>(kSealed));
  if (!row) return std::nullopt;
  auto plain = unseal(seal_key, row->sealed.bytes);
  if (!plain) return fail(Errc::internal, "connect.seal_key", "sms");
  return std::move(*plain);
}

Result<std::optional<Gateway>> gateway(Tx& tx) { return tx.maybe<Gateway>(kFind); }

Result<Gateway> put_gateway(Tx& tx, const PutGateway& cmd, std::string_view seal_key) {
  TRY(auto had, gateway(tx));
  TRY(auto secret, gateway_secret(tx, seal_key));
  auto g = had.value_or(Gateway{});
  if (cmd.url) g.url = trim(*cmd.url);
  if (cmd.sign) g.sign = trim(*cmd.sign);
  if (cmd.disabled) g.disabled = *cmd.disabled;
  if (cmd.secret) secret = std::string(trim(*cmd.secret));
  TRY(check(g, secret.value_or("")));
  ++g.ver;
  g.updated_at = tx.now();
  TRY(tx.exec(kPut, g.url, g.sign, store::Blob{seal(seal_key, *secret)}, g.disabled, g.ver, g.updated_at));
  return g;
}

Result<> drop_gateway(Tx& tx) {
  TRY(const auto gone, tx.exec(kDrop));
  if (gone == 0) return fail(Errc::not_found, "connect.no_sms");
  TRY(tx.exec(kFailAll, tx.now()));
  return {};
}

}  // namespace koi::connect::sms
