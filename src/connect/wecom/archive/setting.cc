#include "connect/wecom/archive/setting.h"

#include "base/crypto.h"
#include "base/text.h"
#include "connect/crypto/rsa.h"
#include "connect/wecom/archive/finance.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct ArchiveRow {
  std::string corp_id, library;
  store::Blob sealed;
  bool enabled = false;
  std::string on_disagree;
  std::int64_t seq = 0;
  Instant due_at;
  std::string state, error, detail;
  std::optional<Instant> pulled_at;
  std::int64_t ver = 0;
};
BOOST_DESCRIBE_STRUCT(ArchiveRow, (), (corp_id, library, sealed, enabled, on_disagree, seq, due_at, state, error, detail, pulled_at, ver))
struct SealedKeyRow { std::int64_t version = 0; store::Blob sealed; };
BOOST_DESCRIBE_STRUCT(SealedKeyRow, (), (version, sealed))
BOOST_DESCRIBE_STRUCT(ArchiveKey, (), (version, public_pem, created_at))
BOOST_DESCRIBE_STRUCT(ArchiveTally, (), (what, n))

namespace {

constexpr std::string_view kFind =
    "SELECT corp_id, library, sealed, enabled, on_disagree, seq, due_at, state, error, detail, pulled_at, ver FROM connect_archive WHERE corp_id = $1";
constexpr std::string_view kPut =
    "INSERT INTO connect_archive (corp_id, library, sealed, enabled, on_disagree, seq, due_at, state, error, detail, pulled_at, ver) "
    "VALUES ($1, $2, $3, $4, $5, 0, $6, 'new', '', '', NULL, $7) ON CONFLICT (corp_id) DO UPDATE SET library = $2, sealed = $3, enabled = $4, on_disagree = $5, "
    "due_at = $6, state = 'new', error = '', detail = '', ver = $7";
constexpr std::string_view kCorp = "SELECT COUNT(*) FROM connect_corp WHERE corp_id = $1";
constexpr std::string_view kDue =
    "SELECT a.corp_id FROM connect_archive a JOIN connect_corp c ON c.corp_id = a.corp_id WHERE a.enabled = 1 AND c.disabled = 0 AND a.due_at <= $1 ORDER BY a.due_at LIMIT 100";
constexpr std::string_view kWake = "UPDATE connect_archive SET due_at = $2 WHERE corp_id = $1 AND due_at > $2";
constexpr std::string_view kWell = "UPDATE connect_archive SET state = 'well', error = '', detail = '', due_at = $2, pulled_at = $3 WHERE corp_id = $1";
constexpr std::string_view kIll = "UPDATE connect_archive SET state = 'error', error = $4, detail = $5, due_at = $2 WHERE corp_id = $1 AND due_at <= $3";
constexpr std::string_view kAddKey = "INSERT INTO connect_archive_key (corp_id, version, public_pem, sealed, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
constexpr std::string_view kKeys = "SELECT version, public_pem, created_at FROM connect_archive_key WHERE corp_id = $1 ORDER BY version DESC LIMIT 100";
constexpr std::string_view kSealedKeys = "SELECT version, sealed FROM connect_archive_key WHERE corp_id = $1";
constexpr std::string_view kCount =
    "INSERT INTO connect_archive_tally (corp_id, what, n) VALUES ($1, $2, $3) ON CONFLICT (corp_id, what) DO UPDATE SET n = connect_archive_tally.n + $3";
constexpr std::string_view kTally = "SELECT what, n FROM connect_archive_tally WHERE corp_id = $1 ORDER BY what";
constexpr std::size_t kDetailMax = 300;
constexpr std::int64_t kVersionMax = 1'000'000;

}  // namespace

Result<std::optional<Archive>> find_archive(Tx& tx, std::string_view corp_id, std::string_view seal_key) {
  TRY(const auto row, tx.maybe<ArchiveRow>(kFind, corp_id));
  if (!row) return std::nullopt;
  const auto secret = unseal(seal_key, row->sealed.bytes);
  if (!secret) return fail(Errc::internal, "connect.seal_key", std::string(corp_id));
  Archive out;
  out.corp_id = row->corp_id, out.library = row->library, out.secret = *secret, out.on_disagree = row->on_disagree;
  out.state = row->state, out.error = row->error, out.detail = row->detail;
  out.seq = row->seq, out.ver = row->ver, out.enabled = row->enabled, out.due_at = row->due_at, out.pulled_at = row->pulled_at;
  return out;
}

Result<Archive> put_archive(Tx& tx, const PutArchive& cmd, std::string_view seal_key) {
  TRY(const auto corps, tx.one<std::int64_t>(kCorp, cmd.corp_id));
  if (corps == 0) return fail(Errc::not_found, "connect.no_corp", cmd.corp_id);
  TRY(auto found, find_archive(tx, cmd.corp_id, seal_key));
  auto a = found.value_or(Archive{});
  a.corp_id = cmd.corp_id;
  const auto take = [](const auto& from, auto& to) { if (from) to = *from; };
  take(cmd.library, a.library), take(cmd.secret, a.secret), take(cmd.on_disagree, a.on_disagree), take(cmd.enabled, a.enabled);
  TRY(check_library_path(a.library));
  if (a.secret.empty() || a.secret.size() > 500) return fail(Errc::invalid, "connect.channel_secret", "secret", "/secret");
  if (a.on_disagree != "keep" && a.on_disagree != "erase") return fail(Errc::invalid, "connect.archive_on_disagree", a.on_disagree, "/on_disagree");
  ++a.ver;
  a.state = "new", a.error.clear(), a.detail.clear(), a.due_at = tx.now();
  TRY(tx.exec(kPut, a.corp_id, a.library, store::Blob{seal(seal_key, a.secret)}, a.enabled, a.on_disagree, a.due_at, a.ver));
  return a;
}

Result<std::vector<std::string>> due_archives(Tx& tx) { return tx.all<std::string>(kDue, tx.now()); }

Result<> wake_archive(Tx& tx, std::string_view corp_id) {
  TRY(tx.exec(kWake, corp_id, tx.now()));
  return {};
}

Result<> archive_went(Tx& tx, std::string_view corp_id, const Error* error, Millis wait) {
  if (error) { TRY(tx.exec(kIll, corp_id, tx.now() + wait, tx.now(), error->code, take_chars(error->detail, kDetailMax))); }
  else { TRY(tx.exec(kWell, corp_id, tx.now() + wait, tx.now())); }
  return {};
}

Result<ArchiveKey> add_archive_key(Tx& tx, std::string_view corp_id, std::int64_t version, const std::string& private_pem, std::string_view seal_key) {
  if (version < 1 || version > kVersionMax) return fail(Errc::invalid, "connect.archive_version", std::to_string(version), "/version");
  TRY(const auto there, find_archive(tx, corp_id, seal_key));
  if (!there) return fail(Errc::not_found, "connect.no_archive", std::string(corp_id));
  crypto::RsaPair pair;
  if (private_pem.empty()) {
    TRY(pair, crypto::make_rsa_pair());
  } else {
    pair.private_pem = private_pem;
    TRY(pair.public_pem, crypto::public_pem_of(private_pem));
  }
  TRY(const auto added, tx.exec(kAddKey, corp_id, version, pair.public_pem, store::Blob{seal(seal_key, pair.private_pem)}, tx.now()));
  if (added == 0) return fail(Errc::conflict, "connect.archive_key_exists", std::to_string(version));
  TRY(wake_archive(tx, corp_id));
  return ArchiveKey{version, pair.public_pem, tx.now()};
}

Result<std::vector<ArchiveKey>> archive_keys(Tx& tx, std::string_view corp_id) { return tx.all<ArchiveKey>(kKeys, corp_id); }

Result<std::map<std::int64_t, std::string>> archive_private_keys(Tx& tx, std::string_view corp_id, std::string_view seal_key) {
  TRY(const auto rows, tx.all<SealedKeyRow>(kSealedKeys, corp_id));
  std::map<std::int64_t, std::string> out;
  for (const auto& row : rows) {
    auto pem = unseal(seal_key, row.sealed.bytes);
    if (!pem) return fail(Errc::internal, "connect.seal_key", std::string(corp_id));
    out.emplace(row.version, std::move(*pem));
  }
  return out;
}

Result<> archive_count(Tx& tx, std::string_view corp_id, std::string_view what, std::int64_t n) {
  TRY(tx.exec(kCount, corp_id, what, n));
  return {};
}
Result<std::vector<ArchiveTally>> archive_tally(Tx& tx, std::string_view corp_id) { return tx.all<ArchiveTally>(kTally, corp_id); }

}  // namespace koi::connect::wecom
