/// Keeping a corp in step: the first walk through everything, the nightly look, and what either found. A walk goes on where it
/// stood after any kill, and does nothing twice.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "store/scope.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Platform;

struct RunTag { static constexpr std::string_view prefix = "syn"; };
using RunId = Id<RunTag>;

struct Run {
  RunId id;
  std::string corp_id, kind /* first daily asked */, state /* running done failed */, phase /* directory tags customers chats over */;
  std::int64_t staff_done = 0, staff_failed = 0, staff_total = 0;
  std::int64_t customers = 0;                      // friendships looked at
  std::int64_t added = 0, gone = 0, changed = 0;   // what was other than we thought
  std::int64_t chats = 0;
  std::string error, asked_by;
  Instant started_at, moved_at;
  std::optional<Instant> ended_at;
};
/// Begins a walk, or returns the one that is on: a corp has one at a time. The first of a corp is "first" whatever was asked.
/// invalid "connect.sync_kind".
Result<Run> begin_run(Tx& tx, std::string_view corp, std::string_view kind, std::string_view asked_by);
/// The newest; nothing when the corp was never walked.
Result<std::optional<Run>> latest_run(Tx& tx, std::string_view corp);
/// Newest first, before `before` (0: all).
Result<std::vector<Run>> runs_of(Tx& tx, std::string_view corp, std::int64_t before, int limit);
/// The walk that is on.
Result<std::optional<Run>> open_run(Tx& tx, std::string_view corp);
/// not_found "connect.no_sync".
Result<Run> find_run(Tx& tx, RunId run);

struct WalkOptions {
  int lanes = 4;                            // members of staff asked about at once
  std::function<bool()> go_on = {};         // asked before every page; false ends the walk where it stands
};
/// Carries a walk to its end, or as far as the platform lets it: unavailable and throttled errors leave it to be carried on later,
/// others end it as failed. Not from the Writer's thread. unavailable "connect.sync_stopped" when go_on said so.
Result<Run> carry_on(Db& db, Platform& platform, RunId run, const WalkOptions& options = {});

/// Where the walk stands with a member of staff it could not read.
struct StaffTrouble { std::string userid, error; };
Result<std::vector<StaffTrouble>> troubles_of(Tx& tx, RunId run);

struct Diff {
  std::int64_t id = 0;
  RunId run;
  std::string kind /* added gone remark tags owner */, userid, external_userid;
  PersonId person;
  std::string said_before, said_now;
  Instant at;
};
struct FindDiffs { RunId run /* 0: any */; std::string kind /* "": any */; std::int64_t before = 0 /* id; 0: newest */; int limit = 50; };
/// Newest first; of people the scope covers.
Result<std::vector<Diff>> diffs_of(Tx& tx, const Scope& scope, std::string_view corp, const FindDiffs& find);
/// Drops reports older than 90 days, at most `limit` rows; how many.
Result<std::int64_t> prune_diffs(Tx& tx, int limit);

/// How a corp is kept in step.
struct SyncSetting { std::string tag_rule = "platform"; std::optional<Instant> first_done_at; std::int64_t daily_day = 0; };
Result<SyncSetting> sync_setting(Tx& tx, std::string_view corp);
/// "platform" or "ours": whose word stands when both changed a tag. invalid "connect.tag_rule".
Result<> set_tag_rule(Tx& tx, std::string_view corp, std::string_view rule);
/// Begins the nightly look when the merchant's clock has passed kDailyHour and today's has not begun; nothing before the first
/// walk is done.
inline constexpr int kDailyHour = 3;
Result<std::optional<Run>> begin_daily(Tx& tx, std::string_view corp);

/// Operations on a corp meet on one writer.
ShardKey shard_of_corp(std::string_view corp);

}  // namespace koi::connect::wecom
