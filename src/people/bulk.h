/// One tag for everybody a filter selects: counted first, done in bounded steps by a turn, and undone exactly.
#pragma once
#include <boost/describe.hpp>
#include <string>

#include "people/list.h"
#include "store/trail.h"

namespace koi::people {

struct JobTag { static constexpr std::string_view prefix = "job"; };
using JobId = Id<JobTag>;

enum class TagVerb : std::uint8_t { add, remove };
BOOST_DESCRIBE_ENUM(TagVerb, add, remove)

struct BulkJob {
  JobId id;
  std::string state;  // running, done, undoing, undone, failed
  std::string verb;
  TagId tag_id;
  std::string filter, scope, author;
  std::int64_t total = 0, done = 0, after_id = 0;
  std::string error;
  Instant created_at;
  std::optional<Instant> ended_at;
};
BOOST_DESCRIBE_STRUCT(BulkJob, (), (id, state, verb, tag_id, filter, scope, author, total, done, after_id, error, created_at, ended_at))

struct StartBulk {
  Filter filter;
  TagVerb verb = TagVerb::add;
  TagId tag;
};
/// Starts the job; people that come later are not touched. not_found "people.no_tag".
Result<BulkJob> start_bulk_tag(Tx& tx, const Scope& scope, const store::Author& by, const StartBulk& cmd);
/// Starts the way back. conflict "people.job_running", "people.job_undone".
Result<BulkJob> undo_bulk_tag(Tx& tx, JobId job);
/// One's own jobs, or any with an unlimited scope. not_found "people.no_job".
Result<BulkJob> bulk_job(Tx& tx, const Scope& scope, const store::Author& who, JobId job);

/// One step of the oldest open job; how many people it looked at.
Result<std::size_t> turn_bulk(Tx& tx, events::Pace pace);

}  // namespace koi::people
