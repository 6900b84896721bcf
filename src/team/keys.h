/// Keys as requests see them: looked up by hash, and remembered in memory where every request counts.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "team/team.h"

namespace koi::team {

inline constexpr std::string_view kApiPrefix = "koipond_live_sk_", kWritePrefix = "koipond_pk_";

/// A key that works at tx.now().
struct LiveKey {
  KeyId id;
  std::string name, kind, scopes, source, ip_list, origins;
  std::optional<Instant> expires_at, last_used_at;
};
Result<std::optional<LiveKey>> find_key(Tx& tx, std::string_view key);
Result<> touch_key(Tx& tx, KeyId key);
/// Whether the key may be used from this address.
bool from_allowed(const LiveKey& key, std::string_view remote);
/// Whether `origins` names this one, exactly.
bool answers_to(std::string_view origins, std::string_view origin);
/// Whether any write key that works now does.
Result<bool> any_key_answers_to(Tx& tx, std::string_view origin);
http::Actor actor_of(const LiveKey& key);

/// Write keys in memory: ingest asks 25,000 times a second. Emptied when a key is made or revoked, in this process at
/// once; entries age after `ttl` so that another process' changes on a shared PostgreSQL are seen too.
class KeyCache {
 public:
  static constexpr std::size_t kEntriesMax = 4096;

  struct Hit {
    http::Actor actor;
    bool allowed = false;  // from this address
    bool touch = false;    // its last use should be written down
    std::string origins = {};
  };
  std::optional<Hit> find(const std::string& hash, std::string_view remote, Instant now);
  /// Marks where the cache stood before the store was read: what changed since is not put in.
  std::uint64_t generation();
  void put(const std::string& hash, const LiveKey& key, Instant now, Millis ttl, std::uint64_t generation);
  void clear();

 private:
  struct Entry {
    http::Actor actor;
    LiveKey key;
    Instant until, touched;
  };
  std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::uint64_t generation_ = 0;
};
/// The one of this store.
KeyCache& key_cache(store::Shared& shared);

}  // namespace koi::team
