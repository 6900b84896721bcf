// Runs: their rows, their reports, and when the next one is due.
#include "connect/wecom/sync.h"

#include "connect/files/job.h"
#include "connect/wecom/walk.h"
#include "store/rows.h"
#include "store/trail.h"

namespace koi::connect::wecom {

BOOST_DESCRIBE_STRUCT(Run, (), (id, corp_id, kind, state, phase, staff_done, staff_failed, staff_total, customers, added, gone, changed, chats, error, asked_by,
                                started_at, moved_at, ended_at))
BOOST_DESCRIBE_STRUCT(StaffTrouble, (), (userid, error))
BOOST_DESCRIBE_STRUCT(Diff, (), (id, run, kind, userid, external_userid, person, said_before, said_now, at))
BOOST_DESCRIBE_STRUCT(SyncSetting, (), (tag_rule, first_done_at, daily_day))

namespace {

#define KOI_SYNC_RUN                                                                                                                                   \
  "SELECT id, corp_id, kind, state, phase, staff_done, staff_failed, staff_total, customers, added, gone, changed, chats, error, asked_by, started_at, " \
  "moved_at, ended_at FROM connect_sync_run "
constexpr std::string_view kRun = KOI_SYNC_RUN "WHERE id = $1";
constexpr std::string_view kOpen = KOI_SYNC_RUN "WHERE corp_id = $1 AND state = 'running'";
constexpr std::string_view kNewest = KOI_SYNC_RUN "WHERE corp_id = $1 ORDER BY id DESC LIMIT 1";
constexpr std::string_view kRuns = KOI_SYNC_RUN "WHERE corp_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
constexpr std::string_view kBegin =
    "INSERT INTO connect_sync_run (id, corp_id, kind, state, phase, asked_by, started_at, moved_at) VALUES ($1, $2, $3, 'running', 'directory', $4, $5, $5)";
constexpr std::string_view kMove = "UPDATE connect_sync_run SET phase = $3, moved_at = $4 WHERE id = $1 AND phase = $2 AND state = 'running'";
constexpr std::string_view kFinish = "UPDATE connect_sync_run SET phase = 'over', state = 'done', ended_at = $2, moved_at = $2 WHERE id = $1 AND state = 'running'";
constexpr std::string_view kFail = "UPDATE connect_sync_run SET state = 'failed', error = $2, ended_at = $3, moved_at = $3 WHERE id = $1 AND state = 'running'";
constexpr std::string_view kNote = "UPDATE connect_sync_run SET error = CASE WHEN error = '' THEN $2 ELSE error || '; ' || $2 END WHERE id = $1";
constexpr std::string_view kTroubles = "SELECT userid, error FROM connect_sync_staff WHERE run_id = $1 AND state = 'failed' ORDER BY userid LIMIT 200";

constexpr std::string_view kSetting = "SELECT tag_rule, first_done_at, daily_day FROM connect_sync_setting WHERE corp_id = $1";
constexpr std::string_view kRule =
    "INSERT INTO connect_sync_setting (corp_id, tag_rule, first_done_at, daily_day) VALUES ($1, $2, NULL, 0) ON CONFLICT (corp_id) DO UPDATE SET tag_rule = excluded.tag_rule";
constexpr std::string_view kDay =
    "INSERT INTO connect_sync_setting (corp_id, tag_rule, first_done_at, daily_day) VALUES ($1, 'platform', NULL, $2) ON CONFLICT (corp_id) DO UPDATE SET daily_day = excluded.daily_day";
constexpr std::string_view kFirstDone =
    "INSERT INTO connect_sync_setting (corp_id, tag_rule, first_done_at, daily_day) VALUES ($1, 'platform', $2, $3) ON CONFLICT (corp_id) DO UPDATE SET "
    "first_done_at = COALESCE(connect_sync_setting.first_done_at, excluded.first_done_at), daily_day = CASE WHEN connect_sync_setting.first_done_at IS NULL "
    "THEN excluded.daily_day ELSE connect_sync_setting.daily_day END";

#define KOI_SYNC_DIFF \
  "SELECT d.id, d.run_id, d.kind, d.userid, d.external_userid, d.person_id, d.said_before, d.said_now, d.at FROM connect_sync_diff d "
#define KOI_SYNC_DIFF_ASKED "d.corp_id = $1 AND d.id < $2 AND (CAST($3 AS BIGINT) = 0 OR d.run_id = $3) AND (CAST($4 AS TEXT) = '' OR d.kind = $4) "
constexpr std::string_view kDiffs = KOI_SYNC_DIFF "WHERE " KOI_SYNC_DIFF_ASKED "ORDER BY d.id DESC LIMIT $5";
constexpr std::string_view kOwnDiffs =
    KOI_SYNC_DIFF "JOIN person p ON p.id = d.person_id WHERE " KOI_SYNC_DIFF_ASKED "AND p.owner_staff_id = $6 ORDER BY d.id DESC LIMIT $5";
// '/' sorts right before '0': all paths below.
constexpr std::string_view kDiffsBelow =
    KOI_SYNC_DIFF "JOIN person p ON p.id = d.person_id WHERE " KOI_SYNC_DIFF_ASKED "AND p.unit_path >= $6 AND p.unit_path < $7 ORDER BY d.id DESC LIMIT $5";
constexpr std::string_view kPrune = "DELETE FROM connect_sync_diff WHERE id IN (SELECT id FROM connect_sync_diff WHERE at < $1 ORDER BY id LIMIT $2)";
constexpr auto kReportDays = std::chrono::days(90);

struct Moment { std::int64_t day = 0; int hour = 0; };
Result<Moment> moment_now(Tx& tx) {
  TRY(const auto zone, files::merchant_zone(tx));
  const auto day = zone.day_of(tx.now());
  const auto into = std::chrono::duration_cast<std::chrono::hours>(zone.wall(tx.now()) - std::chrono::local_time<Millis>(day));
  return Moment{day.time_since_epoch().count(), static_cast<int>(into.count())};
}

}  // namespace

ShardKey shard_of_corp(std::string_view corp) {
  std::uint64_t h = 1469598103934665603ULL;  // FNV-1a: the same in every process
  for (const char c : corp) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return {h};
}

Result<Run> find_run(Tx& tx, RunId id) {
  TRY(auto run, tx.maybe<Run>(kRun, id));
  if (!run) return fail(Errc::not_found, "connect.no_sync", to_text(id));
  return std::move(*run);
}
Result<std::optional<Run>> open_run(Tx& tx, std::string_view corp) { return tx.maybe<Run>(kOpen, corp); }
Result<std::optional<Run>> latest_run(Tx& tx, std::string_view corp) { return tx.maybe<Run>(kNewest, corp); }
Result<std::vector<Run>> runs_of(Tx& tx, std::string_view corp, std::int64_t before, int limit) {
  return tx.all<Run>(kRuns, corp, before == 0 ? INT64_MAX : before, limit);
}
Result<std::vector<StaffTrouble>> troubles_of(Tx& tx, RunId run) { return tx.all<StaffTrouble>(kTroubles, run); }

Result<Run> begin_run(Tx& tx, std::string_view corp, std::string_view kind, std::string_view asked_by) {
  if (kind != "first" && kind != "daily" && kind != "asked") return fail(Errc::invalid, "connect.sync_kind", std::string(kind));
  TRY(auto open, tx.maybe<Run>(kOpen, corp));
  if (open) return std::move(*open);
  TRY(const auto setting, sync_setting(tx, corp));
  const auto id = tx.next_id<RunId>();
  TRY(tx.exec(kBegin, id, corp, setting.first_done_at ? kind : std::string_view("first"), asked_by, tx.now()));
  return find_run(tx, id);
}

Result<SyncSetting> sync_setting(Tx& tx, std::string_view corp) {
  TRY(auto row, tx.maybe<SyncSetting>(kSetting, corp));
  return row.value_or(SyncSetting{});
}
Result<> set_tag_rule(Tx& tx, std::string_view corp, std::string_view rule) {
  if (rule != "platform" && rule != "ours") return fail(Errc::invalid, "connect.tag_rule", std::string(rule), "/rule");
  TRY(tx.exec(kRule, corp, rule));
  return {};
}

Result<std::optional<Run>> begin_daily(Tx& tx, std::string_view corp) {
  TRY(const auto setting, sync_setting(tx, corp));
  if (!setting.first_done_at) return std::nullopt;
  TRY(const auto now, moment_now(tx));
  if (now.day <= setting.daily_day || now.hour < kDailyHour) return std::nullopt;
  TRY(const auto open, tx.maybe<Run>(kOpen, corp));
  if (open) return std::nullopt;  // its end will be looked at then
  TRY(tx.exec(kDay, corp, now.day));
  TRY(auto run, begin_run(tx, corp, "daily", ""));
  return std::optional(std::move(run));
}

Result<std::vector<Diff>> diffs_of(Tx& tx, const Scope& scope, std::string_view corp, const FindDiffs& f) {
  const auto before = f.before == 0 ? INT64_MAX : f.before;
  if (scope.unlimited()) return tx.all<Diff>(kDiffs, corp, before, f.run.v, f.kind, f.limit);
  if (scope.reach() == Reach::own) return tx.all<Diff>(kOwnDiffs, corp, before, f.run.v, f.kind, f.limit, scope.staff().v);
  if (scope.unit_path().empty()) return std::vector<Diff>{};
  auto until = scope.unit_path();
  until.back() = '0';
  return tx.all<Diff>(kDiffsBelow, corp, before, f.run.v, f.kind, f.limit, scope.unit_path(), until);
}
Result<std::int64_t> prune_diffs(Tx& tx, int limit) { return tx.exec(kPrune, tx.now() - kReportDays, limit); }

namespace {

/// What time mends: the walk waits where it stands.
bool mends(const Error& e) { return e.kind == Errc::unavailable || e.kind == Errc::throttled; }
/// What another process did, or this one's own trouble, is nothing the platform said.
bool refused(const Error& e) { return e.code == "connect.wecom_refused" || e.code == "connect.wecom_reply"; }

/// One walk carried on, phase by phase.
class Carrying {
 public:
  Carrying(Db& db, Platform& platform, Run run, const WalkOptions& options) : db_(db), platform_(platform), run_(std::move(run)), options_(options), key_(shard_of_corp(run_.corp_id)) {}

  Result<Run> go() {
    while (run_.state == "running") {
      if (auto done = phase(); !done) {
        const auto& e = done.error();
        if (mends(e) || e.code == "connect.sync_moved") return std::unexpected(e);
        const auto why = e.code + (e.detail.empty() ? "" : ": " + e.detail);
        TRY(db_.write([&](Tx& tx) { return tx.exec(kFail, run_.id, why, tx.now()); }, key_));
        return std::unexpected(e);
      }
      TRY(run_, db_.read([&](Tx& tx) { return find_run(tx, run_.id); }));
    }
    return run_;
  }

 private:
  Result<> phase() {
    if (run_.phase == "directory") {
      TRY(noted("directory", sync_directory(db_, platform_, run_.corp_id)));
      return move("tags");
    }
    if (run_.phase == "tags") {
      TRY(noted("tags", sync_tags(db_, platform_, run_.corp_id)));
      TRY(plan_walk(db_, platform_, run_));
      return move("customers");
    }
    if (run_.phase == "customers") {
      TRY(walk_customers(db_, platform_, run_, options_));
      return move("chats");
    }
    TRY(noted("chats", sync_chats(db_, platform_, run_, options_)));
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(const auto now, moment_now(tx));
      TRY(tx.exec(kFinish, run_.id, tx.now()));
      TRY(tx.exec(kFirstDone, run_.corp_id, tx.now(), now.day));
      return {};
    }, key_);
  }

  /// A part the app may not read is left out and said; the others go on without it.
  Result<> noted(std::string_view part, Result<> done) {
    if (done || !refused(done.error())) return done;
    const auto why = std::string(part) + " " + done.error().detail;
    TRY(db_.write([&](Tx& tx) { return tx.exec(kNote, run_.id, why); }, key_));
    return {};
  }

  Result<> move(std::string_view to) {
    TRY(const auto moved, db_.write([&](Tx& tx) { return tx.exec(kMove, run_.id, run_.phase, to, tx.now()); }, key_));
    return moved == 1 ? Result<>{} : fail(Errc::conflict, "connect.sync_moved");
  }

  Db& db_;
  Platform& platform_;
  Run run_;
  const WalkOptions& options_;
  const ShardKey key_;
};

}  // namespace

Result<Run> carry_on(Db& db, Platform& platform, RunId id, const WalkOptions& options) {
  TRY(auto run, db.read([&](Tx& tx) { return find_run(tx, id); }));
  return Carrying(db, platform, std::move(run), options).go();
}

}  // namespace koi::connect::wecom
