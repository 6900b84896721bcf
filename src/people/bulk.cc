#include "people/bulk.h"

#include "http/wire.h"
#include "people/standing.h"
#include "store/rows.h"

namespace koi::people {

/// Who asked, as the job keeps it: it never reaches further than its author did.
struct KeptScope { std::string reach; std::int64_t staff = 0; std::string unit_path; };
BOOST_DESCRIBE_STRUCT(KeptScope, (), (reach, staff, unit_path))

namespace {

#define KOI_JOB_COLUMNS                                                                                         \
  "SELECT id, state, verb, tag_id, filter, scope, author, total, done, after_id, error, created_at, ended_at " \
  "FROM bulk_job "
constexpr std::string_view kJob = KOI_JOB_COLUMNS "WHERE id = $1";
constexpr std::string_view kOpen = KOI_JOB_COLUMNS "WHERE state IN ('running', 'undoing') ORDER BY id LIMIT 1";
constexpr std::string_view kAdd =
    "INSERT INTO bulk_job (id, state, verb, tag_id, filter, scope, author, total, after_id, created_at) "
    "VALUES ($1, 'running', $2, $3, $4, $5, $6, $7, $8, $9)";
constexpr std::string_view kStep = "UPDATE bulk_job SET done = done + $2, after_id = $3 WHERE id = $1";
constexpr std::string_view kEnd = "UPDATE bulk_job SET state = $2, error = $3, ended_at = $4 WHERE id = $1";
constexpr std::string_view kUndo =
    "UPDATE bulk_job SET state = 'undoing', ended_at = NULL WHERE id = $1 AND state IN ('done', 'failed')";
constexpr std::string_view kKeep =
    "INSERT INTO bulk_change (job_id, origin_id, tag_id, source, by_whom, why, given, at, expires_at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT DO NOTHING";
constexpr std::string_view kChanges =
    "SELECT origin_id, tag_id, source, by_whom, why, given, at, expires_at FROM bulk_change WHERE job_id = $1 "
    "ORDER BY given DESC, origin_id LIMIT $2";
constexpr std::string_view kForget =
    "DELETE FROM bulk_change WHERE job_id = $1 AND origin_id = $2 AND tag_id = $3 AND source = $4";

constexpr int kStepMax = 500;  // people a step

constexpr std::string_view reach_name(Reach r) {
  constexpr std::string_view kNames[] = {"own", "team", "store", "region", "all"};
  return kNames[static_cast<std::size_t>(r)];
}

std::string keep_scope(const Scope& s) {
  return http::json_of(KeptScope{std::string(reach_name(s.reach())), s.staff().v, s.unit_path()});
}

Result<Scope> kept_scope(std::string_view text) {
  TRY(auto k, http::parse_json<KeptScope>(text));
  if (k.reach == "all") return Scope::everything("the author's own reach, kept with the job");
  for (const auto r : {Reach::own, Reach::team, Reach::store, Reach::region})
    if (reach_name(r) == k.reach) return Scope::of(r, StaffId{k.staff}, std::move(k.unit_path));
  return fail(Errc::internal, "people.job_scope");
}

std::string author_text(const store::Author& a) { return a.kind + " " + std::to_string(a.id); }

Result<std::size_t> step_forward(Tx& tx, const BulkJob& job) {
  TRY(const auto scope, kept_scope(job.scope));
  TRY(const auto filter, http::parse_json<Filter>(job.filter));
  TRY(const auto people, select_people(tx, scope, filter, job.after_id, kStepMax));
  for (const auto person : people) {
    std::vector<TagChange> changes;
    if (job.verb == "add") {
      TRY(changes, give_tag(tx, {person, job.tag_id, "manual", job.author, "bulk " + to_text(job.id), {}}));
    } else {
      TRY(changes, take_tag(tx, person, job.tag_id, {}, "bulk " + to_text(job.id)));
    }
    for (const auto& c : changes) {
      TRY(tx.exec(kKeep, job.id, c.origin, c.tag, c.source, c.by_whom, c.why, c.given, c.at, c.expires_at));
    }
  }
  if (people.size() < static_cast<std::size_t>(kStepMax)) { TRY(tx.exec(kEnd, job.id, "done", "", tx.now())); }
  if (!people.empty()) { TRY(tx.exec(kStep, job.id, people.size(), people.back())); }
  return std::max<std::size_t>(people.size(), 1);
}

/// Given ones first: taking them back makes room in an exclusive group for what was there before.
Result<std::size_t> step_back(Tx& tx, const BulkJob& job) {
  TRY(const auto changes, tx.all<TagChange>(kChanges, job.id, kStepMax));
  for (const auto& c : changes) {
    TRY(undo_change(tx, c));
    TRY(tx.exec(kForget, job.id, c.origin, c.tag, c.source));
  }
  if (changes.size() < static_cast<std::size_t>(kStepMax)) { TRY(tx.exec(kEnd, job.id, "undone", "", tx.now())); }
  return std::max<std::size_t>(changes.size(), 1);
}

Result<BulkJob> job_row(Tx& tx, JobId id) {
  TRY(auto job, tx.maybe<BulkJob>(kJob, id));
  if (!job) return fail(Errc::not_found, "people.no_job", to_text(id));
  return std::move(*job);
}

}  // namespace

Result<BulkJob> start_bulk_tag(Tx& tx, const Scope& scope, const store::Author& by, const StartBulk& cmd) {
  TRY(const auto tag, tag_by_id(tx, cmd.tag));
  if (tag.archived_at) return fail(Errc::conflict, "people.tag_archived", tag.name);
  TRY(const auto total, count_people(tx, scope, cmd.filter));
  const auto id = tx.next_id<JobId>();
  // Ids grow with time: starting below the job's own id leaves out whoever comes after it.
  TRY(tx.exec(kAdd, id, cmd.verb == TagVerb::add ? "add" : "remove", cmd.tag, http::json_of(cmd.filter), keep_scope(scope),
              author_text(by), total, id, tx.now()));
  TRY(wake_consumers(tx));
  return job_row(tx, id);
}

Result<BulkJob> undo_bulk_tag(Tx& tx, JobId id) {
  TRY(const auto job, job_row(tx, id));
  TRY(const auto begun, tx.exec(kUndo, id));
  if (begun == 0) return fail(Errc::conflict, job.state == "running" ? "people.job_running" : "people.job_undone");
  TRY(wake_consumers(tx));
  return job_row(tx, id);
}

Result<BulkJob> bulk_job(Tx& tx, const Scope& scope, const store::Author& who, JobId id) {
  TRY(auto job, job_row(tx, id));
  if (!scope.unlimited() && job.author != author_text(who)) return fail(Errc::not_found, "people.no_job", to_text(id));
  return job;
}

Result<std::size_t> turn_bulk(Tx& tx, events::Pace) {
  TRY(const auto job, tx.maybe<BulkJob>(kOpen));
  if (!job) return std::size_t{0};
  auto moved = tx.nested([&] { return job->state == "running" ? step_forward(tx, *job) : step_back(tx, *job); });
  if (moved) return moved;
  // A job that cannot go on ends with its reason; others must not wait behind it.
  TRY(tx.exec(kEnd, job->id, "failed", moved.error().code, tx.now()));
  return std::size_t{1};
}

}  // namespace koi::people
