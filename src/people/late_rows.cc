/// PostgreSQL: a writer asks who somebody is, another merges that person and commits, the first writes its row to the node
/// that is no root any more. No lock is taken against this on the hot path; the merge is remembered instead, and once
/// every transaction that may have looked before it has ended, such rows are moved after it.
#include "events/events.h"
#include "people/identity.h"

namespace koi::people {

namespace {

constexpr int kBatch = 200;

// Seen means committed: a transaction that starts later looks later.
constexpr std::string_view kSee =
    "UPDATE merge_watch SET seen_at = CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT) WHERE seen_at IS NULL";
constexpr std::string_view kSafe =
    "SELECT node FROM merge_watch WHERE seen_at < COALESCE((SELECT MIN(CAST(EXTRACT(EPOCH FROM a.xact_start) * 1000000 AS BIGINT)) "
    "FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL), "
    "seen_at + 1) ORDER BY node LIMIT $1";
constexpr std::string_view kDone = "DELETE FROM merge_watch WHERE node = $1";

/// How many rows had come late; nothing while the root is being merged itself.
Result<std::int64_t> catch_up(Tx& tx, PersonId node) {
  TRY(const auto root, root_of(tx, node));
  std::int64_t moved = 0;
  if (root != node) {
    TRY(const bool taken, take_root(tx, root));
    if (!taken) return 0;
    TRY(moved, repoint(tx, node, root, {}));
    if (moved > 0) {
      TRY(settle(tx, root));
      // Whatever came with them: whoever follows the log looks at the person anew.
      TRY(events::append(tx, {.kind = "identity_linked", .person = root, .subject = node.v, .props = R"({"kind":"late_rows"})"}));
    }
  }
  TRY(tx.exec(kDone, node));
  return moved;
}

}  // namespace

Result<std::int64_t> move_late_rows(Db& db) {
  if (db.kind() == store::Kind::sqlite) return 0;
  std::int64_t moved = 0;
  TRY(db.write([](Tx& tx) { return tx.exec(kSee); }));
  TRY(const auto nodes, db.read([](Tx& tx) { return tx.all<PersonId>(kSafe, kBatch); }));
  for (const auto node : nodes) {
    TRY(const auto here, db.write([&](Tx& tx) { return catch_up(tx, node); }));
    moved += here;
  }
  return moved;
}

}  // namespace koi::people
