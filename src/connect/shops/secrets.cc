#include "base/crypto.h"
#include "base/text.h"
#include "connect/shops/hooks.h"
#include "store/rows.h"

namespace koi::connect::shops {
namespace {

struct Secrets {
  store::Blob sealed;
  std::optional<store::Blob> before;
  std::optional<Instant> before_until;
};
BOOST_DESCRIBE_STRUCT(Secrets, (), (sealed, before, before_until))

constexpr std::string_view kCreate =
    "INSERT INTO hook_source (source, name, sealed, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (source) DO NOTHING";
constexpr std::string_view kRotate =
    "UPDATE hook_source SET sealed_before = sealed, before_until = $3, sealed = $2, rotated_at = $4 WHERE source = $1 AND vendor = 'koipond'";
constexpr std::string_view kDisable = "UPDATE hook_source SET disabled = $2 WHERE source = $1";
constexpr std::string_view kSecrets =
    "SELECT sealed, sealed_before, before_until FROM hook_source WHERE source = $1 AND disabled = 0 AND vendor = 'koipond'";
constexpr std::string_view kNote =
    "INSERT INTO hook_seen (source, signature, at) VALUES ($1, $2, $3) ON CONFLICT (source, signature) DO NOTHING";
constexpr std::string_view kForgetSeen = "DELETE FROM hook_seen WHERE at < $1";
constexpr std::string_view kTouch = "UPDATE hook_source SET last_seen_at = $2 WHERE source = $1";

std::string new_secret(Tx& tx) { return "whsec_" + base64url(tx.rng().bytes(32)); }

}  // namespace

Result<NewSecret> create_hook(Tx& tx, std::string_view source, std::string_view name, std::string_view seal_key) {
  const bool good = !source.empty() && source.size() <= 64 &&
                    source.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789._-") == source.npos;
  if (!good) return fail(Errc::invalid, "connect.bad_source", std::string(source));
  const auto secret = new_secret(tx);
  TRY(const auto made, tx.exec(kCreate, source, take_chars(name, 100), store::Blob{seal(seal_key, secret)}, tx.now()));
  if (made == 0) return fail(Errc::conflict, "connect.hook_exists", std::string(source));
  return NewSecret{std::string(source), secret};
}

Result<NewSecret> rotate_hook(Tx& tx, std::string_view source, std::string_view seal_key) {
  const auto secret = new_secret(tx);
  TRY(const auto done, tx.exec(kRotate, source, store::Blob{seal(seal_key, secret)},
                               tx.now() + std::chrono::hours(kOldSecretHours), tx.now()));
  if (done == 0) return fail(Errc::not_found, "connect.no_hook", std::string(source));
  return NewSecret{std::string(source), secret};
}

Result<> disable_hook(Tx& tx, std::string_view source, bool disabled) {
  TRY(const auto done, tx.exec(kDisable, source, disabled));
  return done == 0 ? fail(Errc::not_found, "connect.no_hook", std::string(source)) : Result<>{};
}

Result<std::vector<std::string>> secrets_of(Tx& tx, std::string_view source, std::string_view seal_key) {
  TRY(const auto row, tx.maybe<Secrets>(kSecrets, source));
  if (!row) return fail(Errc::not_found, "connect.no_hook", std::string(source));
  std::vector<std::string> out;
  const auto open = [&](const store::Blob& box) {
    if (auto plain = unseal(seal_key, box.bytes)) out.push_back(std::move(*plain));
  };
  open(row->sealed);
  if (row->before && row->before_until && tx.now() < *row->before_until) open(*row->before);
  if (out.empty()) return fail(Errc::internal, "connect.seal_key");
  return out;
}

Result<std::string> check_signature(std::string_view header, std::string_view body, std::span<const std::string> secrets,
                                    Instant now) {
  std::optional<std::int64_t> at;
  std::string_view at_text;
  std::vector<std::string> given;
  if (header.size() > 1024) return fail(Errc::malformed, "connect.hook_no_signature");
  for (const auto part : split_text(header, ',')) {
    const auto p = trim(part);
    if (p.starts_with("t=")) {
      if (at) return fail(Errc::malformed, "connect.hook_no_signature");
      at_text = p.substr(2);
      at = parse_int(at_text);
      if (!at || at_text.empty() || at_text.front() < '0' || at_text.front() > '9') return fail(Errc::malformed, "connect.hook_no_signature");
    } else if (p.starts_with("v1=")) {
      if (p.size() == 3 + 64) if (auto bytes = unhex(p.substr(3))) given.push_back(std::move(*bytes));
    }
  }
  if (!at || given.empty()) return fail(Errc::malformed, "connect.hook_no_signature");
  const auto seconds = to_ms(now) / 1000;
  if (*at > seconds + kWindowSeconds || *at < seconds - kWindowSeconds) return fail(Errc::unauthenticated, "connect.hook_expired");
  std::string text(at_text);
  text.append(".").append(body);
  for (const auto& secret : secrets) {
    const auto mac = hmac_sha256(secret, text);
    for (const auto& g : given) if (equal_constant_time(mac, g)) return hex(mac);
  }
  return fail(Errc::unauthenticated, "connect.hook_signature");
}

Result<> note_signature(Tx& tx, std::string_view source, std::string_view signature) {
  // Both windows over: what is older can no longer be replayed.
  TRY(tx.exec(kForgetSeen, tx.now() - std::chrono::seconds(2 * kWindowSeconds + 60)));
  TRY(const auto fresh, tx.exec(kNote, source, signature, tx.now()));
  if (fresh == 0) return fail(Errc::conflict, "connect.hook_replayed");
  TRY(tx.exec(kTouch, source, tx.now()));
  return {};
}

}  // namespace koi::connect::shops
