/// What must stand in the same transaction as an effect: the repeat record, the audit row, the outbox row.
#pragma once
#include "store/store.h"

namespace koi::store {

/// Who did it, for the audit trail.
struct Author {
  std::string kind;  // "user", "key", "system", "cli"
  std::int64_t id = 0;
  std::string name;
};

/// One line of the audit trail. `detail` is a small JSON object without personal data.
struct AuditEntry {
  Author author;
  std::string action;   // the route's permission or a CLI verb: "person.merge"
  std::string subject;  // wire id of what was touched, or empty
  std::string detail = "{}";
  std::string request_id;
};
/// Appends to the hash chain: hash = SHA-256(previous hash, fields). The chain is serial on both stores.
Result<> audit(Tx& tx, const AuditEntry& entry);

struct AuditRow {
  std::int64_t seq = 0;
  Instant at;
  std::string author_kind;
  std::int64_t author_id = 0;
  std::string author_name, action, subject, detail, request_id;
};
/// Newest first, before `before` (0: from the end), at most `limit` (max 200); empty filters match everything.
Result<std::vector<AuditRow>> audit_page(Tx& tx, std::int64_t before, int limit, std::string_view action_prefix,
                                         std::string_view subject);
struct ChainVerdict {
  std::int64_t rows = 0;
  bool intact = true;
  std::int64_t first_bad = 0;    // seq
  std::int64_t checkpoints = 0;  // signed ones outside the database, all compared
  std::string fault;             // in words; empty when intact
};
/// Recomputes the whole chain and compares it with the signed checkpoints (checkpoints.h): edits, deletions, reorderings,
/// a cut tail and a chain that was written anew are found.
Result<ChainVerdict> verify_audit(Tx& tx);
/// Signs the head of the chain when a minute has passed since the last checkpoint (audit itself does, each 1,000 rows).
/// For a timer.
Result<> checkpoint_audit(Db& db);

/// A remembered reply for a repeated request.
struct Remembered { std::string body_hash; int status = 0; std::string reply; };
/// The reply stored under (scope, key), if any.
Result<std::optional<Remembered>> recall(Tx& tx, std::string_view scope, std::string_view key);
/// Stores it; kept for 7 days (prune_repeats removes older ones, at most `limit`).
Result<> remember(Tx& tx, std::string_view scope, std::string_view key, const Remembered& reply);
Result<std::int64_t> prune_repeats(Tx& tx, int limit);

/// Queues something to be sent after commit; a later room drains the topic.
Result<> enqueue(Tx& tx, std::string_view topic, std::string_view payload);

/// Small named settings (merchant zone, first-run done …) as text.
Result<std::optional<std::string>> setting(Tx& tx, std::string_view name);
Result<> set_setting(Tx& tx, std::string_view name, std::string_view value);

}  // namespace koi::store
