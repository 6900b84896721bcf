/// What runs beside the server for WeCom: the corps' platforms, the inbox, the looks, the welcomes, the sync. One for a store.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "connect/wecom/callback.h"
#include "connect/wecom/corp.h"
#include "connect/wecom/platform.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Tickets;

struct DeskFigures {
  std::uint64_t pushes = 0, refused = 0, worked = 0, looks = 0, welcomes = 0, welcomes_failed = 0, failures = 0;
  std::string parked;  // the last trouble; empty when the last round was well
};

/// What signing pages for the JS-SDK takes.
struct Pages { std::shared_ptr<Tickets> tickets; std::string public_url; };

class Desk {
 public:
  /// `public_url`: what the platform reaches this server by; "" when nobody said. `hot`: connections for welcomes alone, so that
  /// no walk takes theirs; absent: `out`.
  Desk(Db& db, Outgoing& out, std::string public_url = {}, Outgoing* hot = nullptr);
  ~Desk();
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;
  void start();
  /// What is at hand ends, the rest waits for the next start. Idempotent.
  void stop();
  DeskFigures figures() const;

 private:
  struct Inside;
  friend Result<std::shared_ptr<const Corp>> corp_by_id(Db& db, std::string_view corp_id);
  friend Result<std::shared_ptr<Platform>> platform_of(Db& db, std::string_view corp_id);
  friend Result<std::shared_ptr<Platform>> fresh_platform(Db& db, const Corp& corp);
  friend Result<Outgoing*> outgoing_of(Db& db);
  friend Result<Pages> pages_of(Db& db, std::string_view corp_id);
  friend void corp_changed(Db& db, std::string_view corp_id);
  friend void note_refused(Db& db, const std::string& corp_id, const std::string& reason);
  friend void greet_newcomer(Db& db, const std::string& corp_id, const Push& push);
  friend void wake_inbox(Db& db);
  friend Result<> at_desk(Db& db, std::function<void(const std::string& public_url)> errand);
  std::unique_ptr<Inside> inside_;
};

/// A connected corp, from memory where there is a desk. not_found "connect.no_corp".
Result<std::shared_ptr<const Corp>> corp_by_id(Db& db, std::string_view corp_id);
/// Its platform, kept as long as the corp is as it is. not_found "connect.no_corp"; unavailable "connect.no_desk".
Result<std::shared_ptr<Platform>> platform_of(Db& db, std::string_view corp_id);
/// One that has no token yet. unavailable "connect.no_desk".
Result<std::shared_ptr<Platform>> fresh_platform(Db& db, const Corp& corp);
/// The desk's way out. unavailable "connect.no_desk".
Result<Outgoing*> outgoing_of(Db& db);
/// A corp's tickets, kept as long as the corp is as it is. not_found "connect.no_corp"; unavailable "connect.no_desk".
Result<Pages> pages_of(Db& db, std::string_view corp_id);
/// Forgets what was kept of it.
void corp_changed(Db& db, std::string_view corp_id);
/// Counted at once, written down within a second.
void note_refused(Db& db, const std::string& corp_id, const std::string& reason);
/// The hot path: a push with a welcome code is answered by what the code of the live code says, from a lane of its own that
/// nothing else uses, before the push is even written down. Once for each code, however often the push comes.
void greet_newcomer(Db& db, const std::string& corp_id, const Push& push);
void wake_inbox(Db& db);
/// Runs an errand that asks the platform and may wait, after those before it. unavailable "connect.no_desk", "connect.desk_busy".
Result<> at_desk(Db& db, std::function<void(const std::string& public_url)> errand);
inline ShardKey shard_of_callbacks(std::string_view corp_id) { return {std::hash<std::string_view>{}(corp_id) ^ 0x5eed}; }

}  // namespace koi::connect::wecom
