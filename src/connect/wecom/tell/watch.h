/// Who at a corp is told when something is wrong, and what is told by itself: alarms of live codes, and of the connection. Owns
/// connect_wecom_watch, connect_wecom_watcher, connect_wecom_told.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "store/store.h"

namespace koi::connect::wecom {

struct Watch {
  std::vector<StaffId> staff;
  bool codes = true, connection = true;
  Instant since{};
  std::int64_t ver = 0;
};
inline constexpr std::size_t kWatchersMax = 50;
Result<Watch> find_watch(Tx& tx, std::string_view corp_id);
/// What was wrong before somebody first watches is not told. not_found "connect.no_corp"; conflict "connect.no_agent"; invalid
/// "connect.unknown_staff" (nobody of this corp, or more than kWatchersMax).
struct PutWatch { std::string corp_id; std::vector<StaffId> staff; bool codes = true, connection = true; };
Result<Watch> put_watch(Tx& tx, const PutWatch& cmd);

/// Tells the watchers what came up since it last looked: each alarm and each failed walk once, what goes on once a day. `site` is what
/// this server is reached by; "" sends texts without a link. How many messages.
Result<int> tell_troubles(Db& db, const std::string& corp_id, const std::string& site);

}  // namespace koi::connect::wecom
