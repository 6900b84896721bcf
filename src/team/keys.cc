#include "team/keys.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <boost/describe.hpp>

#include "base/text.h"
#include "store/rows.h"
#include "team/sessions.h"

namespace koi::team {

BOOST_DESCRIBE_STRUCT(LiveKey, (), (id, name, kind, scopes, source, ip_list, origins, expires_at, last_used_at))

namespace {

constexpr char kCacheSlot = 0;  // its address names the slot
constexpr std::size_t kNameMax = 80, kScopesMax = 64, kIpsMax = 32, kSecretBytes = 24, kTail = 4, kOriginsMax = 16, kOriginMax = 200;

constexpr std::string_view kNameOf = "SELECT name FROM api_key WHERE id = $1";
constexpr std::string_view kFindKey =
    "SELECT k.id, k.name, k.kind, k.scopes, COALESCE(s.key, ''), k.ip_list, k.origins, k.expires_at, k.last_used_at "
    "FROM api_key k LEFT JOIN source s ON s.id = k.source_id WHERE k.key_hash = $1 AND k.revoked_at IS NULL";
constexpr std::string_view kInsertKey =
    "INSERT INTO api_key (id, name, key_hash, tail, kind, scopes, source_id, ip_list, created_by, created_at, "
    "expires_at, origins) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
constexpr std::string_view kOrigins =
    "SELECT origins FROM api_key WHERE origins <> '' AND kind = 'write' AND revoked_at IS NULL AND "
    "(expires_at IS NULL OR expires_at > $1)";
constexpr std::string_view kRevokeKey =
    "UPDATE api_key SET revoked_at = COALESCE(revoked_at, CAST($2 AS BIGINT)) WHERE id = $1";
constexpr std::string_view kTouchKey = "UPDATE api_key SET last_used_at = $2 WHERE id = $1";
constexpr std::string_view kFindSource = "SELECT id FROM source WHERE key = $1";
constexpr std::string_view kInsertSource =
    "INSERT INTO source (id, key, name, kind, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

/// Caches of this process forget their keys once the change is durable.
void forget_keys(Tx& tx) {
  tx.after_commit([cache = &tx.shared<KeyCache>(&kCacheSlot, std::make_shared<KeyCache>)] { cache->clear(); });
}

bool source_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ':';
}

/// A source key out of a name people gave: letters and digits stay, the rest becomes one dash.
std::string source_key_of(std::string_view name, std::string_view tail) {
  std::string key;
  for (const char c : lower_ascii(name)) {
    if (source_char(c))
      key += c;
    else if (!key.empty() && key.back() != '-')
      key += '-';
  }
  while (key.ends_with('-')) key.pop_back();
  return key.empty() ? "source-" + lower_ascii(tail) : key;
}

bool is_address(const std::string& text) {
  std::array<unsigned char, 16> out{};
  return inet_pton(AF_INET, text.c_str(), out.data()) == 1 || inet_pton(AF_INET6, text.c_str(), out.data()) == 1;
}

/// As browsers write it in the Origin header: scheme, host, a port when it is not the usual one; nothing behind.
bool is_origin(const std::string& text) {
  const auto scheme = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
  if (scheme == 0 || text.size() > kOriginMax || text.size() == static_cast<std::size_t>(scheme)) return false;
  return std::ranges::all_of(text.substr(static_cast<std::size_t>(scheme)), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
}

std::string joined(const std::vector<std::string>& parts) {
  std::string out;
  for (const auto& part : parts) out += (out.empty() ? "" : " ") + part;
  return out;
}

Result<std::string> scopes_text(const CreateKey& cmd) {
  if (cmd.kind == "write") return std::string("event.ingest");
  if (cmd.scopes.empty()) return fail(Errc::invalid, "team.no_scope", {}, "/scopes");
  if (cmd.scopes.size() > kScopesMax) return fail(Errc::invalid, "team.unknown_scope", {}, "/scopes");
  for (const auto& scope : cmd.scopes) {
    if (scope != "*" && find_line(scope) == nullptr) {
      return fail(Errc::invalid, "team.unknown_scope", scope, "/scopes");
    }
  }
  return joined(cmd.scopes);
}

Result<> check_key(Tx& tx, const CreateKey& cmd) {
  if (trim(cmd.name).empty() || !valid_utf8(cmd.name) || count_chars(cmd.name) > kNameMax) {
    return fail(Errc::invalid, "team.key_name", {}, "/name");
  }
  if (cmd.kind != "api" && cmd.kind != "write") return fail(Errc::invalid, "team.key_kind", cmd.kind, "/kind");
  if (cmd.ip_list.size() > kIpsMax || !std::ranges::all_of(cmd.ip_list, is_address)) {
    return fail(Errc::invalid, "team.key_ip", {}, "/ip_list");
  }
  if (cmd.origins.size() > kOriginsMax || !std::ranges::all_of(cmd.origins, is_origin) ||
      (cmd.kind == "api" && !cmd.origins.empty())) {
    return fail(Errc::invalid, "team.key_origin", {}, "/origins");
  }
  if (cmd.expires_at && *cmd.expires_at <= tx.now()) return fail(Errc::invalid, "team.key_expired", {}, "/expires_at");
  return {};
}

}  // namespace

Result<SourceId> ensure_source(Tx& tx, std::string_view key, std::string_view name, std::string_view kind) {
  static constexpr std::string_view kKinds[] = {"web", "app", "server", "import", "shop"};
  if (key.empty() || key.size() > 64 || !std::ranges::all_of(key, source_char)) {
    return fail(Errc::invalid, "team.source_key", std::string(key), "/key");
  }
  if (std::ranges::find(kKinds, kind) == std::end(kKinds)) {
    return fail(Errc::invalid, "team.source_kind", std::string(kind), "/kind");
  }
  TRY(auto had, tx.maybe<SourceId>(kFindSource, key));
  if (had) return *had;
  const auto shown = trim(name).empty() ? key : trim(name);
  TRY(tx.exec(kInsertSource, tx.next_id<SourceId>(), key, take_chars(shown, kNameMax), kind, tx.now()));
  return tx.one<SourceId>(kFindSource, key);
}

Result<NewKey> create_key(Tx& tx, const CreateKey& cmd) {
  TRY(check_key(tx, cmd));
  TRY(const auto scopes, scopes_text(cmd));
  const auto secret = random_text(tx, kSecretBytes);
  NewKey made{tx.next_id<KeyId>(), std::string(cmd.kind == "api" ? kApiPrefix : kWritePrefix) + secret};
  const auto tail = secret.substr(secret.size() - kTail);
  SourceId source;
  if (cmd.kind == "write") {
    const auto key = cmd.source.empty() ? source_key_of(cmd.name, tail) : cmd.source;
    TRY(source, ensure_source(tx, key, cmd.name, "server"));
  }
  TRY(tx.exec(kInsertKey, made.id, trim(cmd.name), hash_of(made.key), tail, cmd.kind, scopes, source,
              joined(cmd.ip_list), cmd.created_by, tx.now(), cmd.expires_at, joined(cmd.origins)));
  forget_keys(tx);
  return made;
}

Result<> revoke_key(Tx& tx, KeyId key) {
  TRY(auto changed, tx.exec(kRevokeKey, key, tx.now()));
  if (changed == 0) return fail(Errc::not_found, "team.no_key");
  forget_keys(tx);
  return {};
}

Result<std::optional<LiveKey>> find_key(Tx& tx, std::string_view key) {
  TRY(auto found, tx.maybe<LiveKey>(kFindKey, hash_of(key)));
  if (found && found->expires_at && tx.now() >= *found->expires_at) return std::nullopt;
  return found;
}

Result<> touch_key(Tx& tx, KeyId key) {
  TRY(tx.exec(kTouchKey, key, tx.now()));
  return {};
}

bool from_allowed(const LiveKey& key, std::string_view remote) {
  if (key.ip_list.empty()) return true;
  const auto allowed = split_text(key.ip_list, ' ');
  return std::ranges::find(allowed, remote) != allowed.end();
}

bool answers_to(std::string_view origins, std::string_view origin) {
  const auto known = split_text(origins, ' ');
  return !origin.empty() && std::ranges::find(known, origin) != known.end();
}

Result<bool> any_key_answers_to(Tx& tx, std::string_view origin) {
  TRY(const auto lists, tx.all<std::string>(kOrigins, tx.now()));
  return std::ranges::any_of(lists, [&](const std::string& list) { return answers_to(list, origin); });
}

http::Actor actor_of(const LiveKey& key) {
  http::Actor actor;
  actor.kind = http::Actor::Kind::key;
  actor.id = key.id.v;
  actor.name = key.name;
  for (const auto scope : split_text(key.scopes, ' ')) actor.permissions.emplace(scope);
  // "*" is every permission of the policy, not every permission there could be: what has no line stays refused.
  if (actor.permissions.contains("*")) actor.permissions = permissions_of(Role::admin);
  actor.scope = Scope::everything("keys belong to programs of the merchant");
  actor.source_key = key.source;
  return actor;
}

KeyCache& key_cache(store::Shared& shared) {
  const std::scoped_lock lock(shared.mutex());
  auto& slot = shared.slot(&kCacheSlot);
  if (!slot) slot = std::make_shared<KeyCache>();
  return *static_cast<KeyCache*>(slot.get());
}

std::optional<KeyCache::Hit> KeyCache::find(const std::string& hash, std::string_view remote, Instant now) {
  const std::scoped_lock lock(mutex_);
  const auto at = entries_.find(hash);
  if (at == entries_.end()) return std::nullopt;
  auto& entry = at->second;
  if (now >= entry.until || now + Millis{60'000} < entry.touched) {  // aged, or the clock went back
    entries_.erase(at);
    return std::nullopt;
  }
  Hit hit{entry.actor, from_allowed(entry.key, remote), now >= entry.touched + kTouchEvery, entry.key.origins};
  if (hit.touch) entry.touched = now;
  return hit;
}

std::uint64_t KeyCache::generation() {
  const std::scoped_lock lock(mutex_);
  return generation_;
}

void KeyCache::put(const std::string& hash, const LiveKey& key, Instant now, Millis ttl, std::uint64_t generation) {
  const std::scoped_lock lock(mutex_);
  if (generation != generation_) return;
  if (entries_.size() >= kEntriesMax) entries_.clear();
  const auto until = key.expires_at ? std::min(*key.expires_at, now + ttl) : now + ttl;
  entries_.insert_or_assign(hash, Entry{actor_of(key), key, until, key.last_used_at.value_or(Instant{})});
}

void KeyCache::clear() {
  const std::scoped_lock lock(mutex_);
  entries_.clear();
  ++generation_;
}

Result<std::string> key_name(Tx& tx, KeyId key) {
  TRY(auto name, tx.maybe<std::string>(kNameOf, key));
  return std::move(name).value_or(std::string());
}

}  // namespace koi::team
