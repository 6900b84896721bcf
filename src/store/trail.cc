#include "store/trail.h"

#include "base/crypto.h"
#include "base/text.h"
#include "store/checkpoints.h"
#include "store/rows.h"

namespace koi::store {

BOOST_DESCRIBE_STRUCT(AuditRow, (), (seq, at, author_kind, author_id, author_name, action, subject, detail, request_id))
BOOST_DESCRIBE_STRUCT(Remembered, (), (body_hash, status, reply))

namespace {

constexpr std::int64_t kRepeatDays = 7;
constexpr int kPageMax = 200;

// Taking the head's row first makes writers of several connections queue here.
constexpr std::string_view kTakeHead = "UPDATE audit_head SET seq = seq + 1 WHERE id = 1 RETURNING seq, hash";
constexpr std::string_view kMoveHead = "UPDATE audit_head SET hash = $1 WHERE id = 1";
constexpr std::string_view kInsertAudit =
    "INSERT INTO audit_log (seq, at, author_kind, author_id, author_name, action, subject, detail, request_id, hash) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
constexpr std::string_view kPage =
    "SELECT seq, at, author_kind, author_id, author_name, action, subject, detail, request_id FROM audit_log "
    "WHERE seq < $1 AND substr(action, 1, length(CAST($2 AS TEXT))) = CAST($2 AS TEXT) "
    "AND (CAST($3 AS TEXT) = '' OR subject = $3) ORDER BY seq DESC LIMIT $4";
constexpr std::string_view kChain =
    "SELECT seq, at, author_kind, author_id, author_name, action, subject, detail, request_id, hash FROM audit_log "
    "WHERE seq > $1 ORDER BY seq LIMIT 1000";
constexpr std::string_view kHead = "SELECT seq, hash FROM audit_head WHERE id = 1";
constexpr std::string_view kRecall = "SELECT body_hash, status, reply FROM repeat_record WHERE scope = $1 AND key = $2 AND at > $3";
constexpr std::string_view kRemember =
    "INSERT INTO repeat_record (scope, key, body_hash, status, reply, at) VALUES ($1, $2, $3, $4, $5, $6) "
    "ON CONFLICT (scope, key) DO UPDATE SET body_hash = excluded.body_hash, status = excluded.status, "
    "reply = excluded.reply, at = excluded.at WHERE repeat_record.at <= $7";
constexpr std::string_view kPrune =
    "DELETE FROM repeat_record WHERE (scope, key) IN (SELECT scope, key FROM repeat_record WHERE at <= $1 LIMIT $2)";
constexpr std::string_view kEnqueue = "INSERT INTO outbox (id, topic, payload, next_at) VALUES ($1, $2, $3, $4)";
constexpr std::string_view kSetting = "SELECT value FROM setting WHERE name = $1";
constexpr std::string_view kSetSetting =
    "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";

struct Head { std::int64_t seq = 0; std::string hash; };
BOOST_DESCRIBE_STRUCT(Head, (), (seq, hash))

/// Each field with its length in front, so that no two rows share a text.
std::string link_hash(std::string_view previous, const AuditRow& row) {
  std::string text(previous);
  const auto add = [&](std::string_view field) { text += std::to_string(field.size()) + ":" + std::string(field); };
  add(std::to_string(row.seq));
  add(std::to_string(to_ms(row.at)));
  add(row.author_kind);
  add(std::to_string(row.author_id));
  for (const auto* field : {&row.author_name, &row.action, &row.subject, &row.detail, &row.request_id}) add(*field);
  return hex(sha256(text));
}

Instant repeat_horizon(const Tx& tx) { return tx.now() - std::chrono::hours(24 * kRepeatDays); }

}  // namespace

Result<> audit(Tx& tx, const AuditEntry& e) {
  TRY(auto head, tx.one<Head>(kTakeHead));
  const AuditRow row{head.seq, tx.now(), e.author.kind, e.author.id, e.author.name, e.action, e.subject, e.detail, e.request_id};
  const auto hash = link_hash(head.hash, row);
  TRY(tx.exec(kInsertAudit, row.seq, row.at, row.author_kind, row.author_id, row.author_name, row.action, row.subject,
              row.detail, row.request_id, hash));
  TRY(tx.exec(kMoveHead, hash));
  if (row.seq % kCheckpointRows != 0) return {};
  if (auto* checkpoints = Checkpoints::of(tx); checkpoints != nullptr)  // one that fails now is made up for by the timer
    tx.after_commit([=, at = tx.now()] { (void)checkpoints->keep({row.seq, hash}, at, true); });
  return {};
}

Result<> checkpoint_audit(Db& db) {
  struct Found { Head head; Instant at; Checkpoints* checkpoints; };
  TRY(const auto found, db.read([](Tx& tx) -> Result<Found> {
    TRY(auto head, tx.one<Head>(kHead));
    return Found{std::move(head), tx.now(), Checkpoints::of(tx)};
  }));
  if (found.checkpoints == nullptr) return {};
  return found.checkpoints->keep({found.head.seq, found.head.hash}, found.at, false);
}

Result<std::vector<AuditRow>> audit_page(Tx& tx, std::int64_t before, int limit, std::string_view action_prefix,
                                         std::string_view subject) {
  return tx.all<AuditRow>(kPage, before > 0 ? before : INT64_MAX, action_prefix, subject, std::min(limit, kPageMax));
}

Result<ChainVerdict> verify_audit(Tx& tx) {
  ChainVerdict verdict;
  const auto blame = [&](std::int64_t seq, std::string why) {
    if (!verdict.intact) return;
    verdict.intact = false;
    verdict.first_bad = seq;
    verdict.fault = std::move(why);
  };
  Checkpoints::Kept kept;
  if (const auto* checkpoints = Checkpoints::of(tx); checkpoints != nullptr) { TRY(kept, checkpoints->read()); }
  verdict.checkpoints = static_cast<std::int64_t>(kept.all.size());
  auto next = kept.all.begin();
  std::string previous;
  std::int64_t last = 0;
  for (bool more = true; more;) {
    more = false;
    const std::array<Param, 1> from{Param(last)};
    TRY(tx.each_raw(kChain, from, [&](const Statement& s) -> Result<> {
      more = true;
      const auto row = ReadRow<AuditRow>::read(s);
      if (row.seq != last + 1 || link_hash(previous, row) != s.text(9)) blame(row.seq, "a row does not follow from the one before");
      previous = s.text(9);
      last = row.seq;
      for (; next != kept.all.end() && next->seq <= last; ++next)
        if (next->seq != last || next->hash != previous) blame(next->seq, "a signed checkpoint says otherwise");
      ++verdict.rows;
      return {};
    }));
  }
  TRY(auto head, tx.one<Head>(kHead));
  if (head.seq != last || head.hash != previous || next != kept.all.end()) blame(last + 1, "the tail was cut");
  if (!kept.fault.empty()) blame(last, kept.fault);
  return verdict;
}

Result<std::optional<Remembered>> recall(Tx& tx, std::string_view scope, std::string_view key) {
  return tx.maybe<Remembered>(kRecall, scope, key, repeat_horizon(tx));
}

Result<> remember(Tx& tx, std::string_view scope, std::string_view key, const Remembered& reply) {
  TRY(auto rows, tx.exec(kRemember, scope, key, reply.body_hash, reply.status, reply.reply, tx.now(), repeat_horizon(tx)));
  if (rows == 0) return fail(Errc::conflict, "store.repeat_in_flight");
  return {};
}

Result<std::int64_t> prune_repeats(Tx& tx, int limit) { return tx.exec(kPrune, repeat_horizon(tx), limit); }

Result<> enqueue(Tx& tx, std::string_view topic, std::string_view payload) {
  TRY(tx.exec(kEnqueue, tx.next_number(), topic, payload, tx.now()));
  return {};
}

Result<std::optional<std::string>> setting(Tx& tx, std::string_view name) { return tx.maybe<std::string>(kSetting, name); }

Result<> set_setting(Tx& tx, std::string_view name, std::string_view value) {
  TRY(tx.exec(kSetSetting, name, value));
  return {};
}

}  // namespace koi::store
