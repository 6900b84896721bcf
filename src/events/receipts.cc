#include "base/crypto.h"
#include "events/log.h"
#include "store/rows.h"

namespace koi::events {

namespace {

using namespace std::chrono_literals;
constexpr Millis kKept = 24h * 30;

constexpr std::string_view kRepeat =
    "INSERT INTO event_repeat (seq, times, last_at) VALUES ($1, 1, $2) "
    "ON CONFLICT (seq) DO UPDATE SET times = event_repeat.times + 1, last_at = excluded.last_at";
constexpr std::string_view kTimes = "SELECT times FROM event_repeat WHERE seq = $1";
constexpr std::string_view kRefuse =
    "INSERT INTO event_receipt (id, id_hi, id_lo, code, received_at) VALUES ($1, $2, $3, $4, $5)";
constexpr std::string_view kRefused =
    "SELECT code FROM event_receipt WHERE id_hi = $1 AND id_lo = $2 ORDER BY id DESC LIMIT 1";
constexpr std::string_view kWaiting =
    "SELECT code, pointer FROM event_quarantine WHERE id_hi = $1 AND id_lo = $2 AND state = 'open'";
constexpr std::string_view kHold =
    "INSERT INTO event_quarantine (id, id_hi, id_lo, state, code, pointer, kind, person_id, subject, at, raw_at, "
    "received_at, late, source, event_id, amount_fen, props, tries) "
    "VALUES ($1, $2, $3, 'open', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0) ON CONFLICT DO NOTHING";
constexpr std::string_view kOpen =
    "SELECT id, code, pointer, kind, source, event_id, props, person_id, at, received_at, tries FROM event_quarantine "
    "WHERE state = 'open' AND id > $1 ORDER BY id LIMIT $2";
constexpr std::string_view kHeld =
    "SELECT state, kind, person_id, subject, at, raw_at, received_at, late, source, event_id, amount_fen, props, "
    "COALESCE(seq, 0) AS seq FROM event_quarantine WHERE id = $1";
constexpr std::string_view kLetIn = "UPDATE event_quarantine SET state = 'done', seq = $2, tries = tries + 1 WHERE id = $1";
constexpr std::string_view kStillWrong =
    "UPDATE event_quarantine SET code = $2, pointer = $3, tries = tries + 1 WHERE id = $1";
constexpr std::string_view kPruneReceipts =
    "DELETE FROM event_receipt WHERE id IN (SELECT id FROM event_receipt WHERE received_at < $1 ORDER BY id LIMIT $2)";
constexpr std::string_view kPruneRepeats =
    "DELETE FROM event_repeat WHERE seq IN (SELECT seq FROM event_repeat WHERE last_at < $1 ORDER BY last_at LIMIT $2)";
constexpr std::string_view kPruneDone =
    "DELETE FROM event_quarantine WHERE id IN (SELECT id FROM event_quarantine WHERE state = 'done' AND "
    "received_at < $1 ORDER BY id LIMIT $2)";

struct Held {
  std::string state, kind;
  PersonId person;
  std::int64_t subject;
  Instant at, raw_at, received_at;
  bool late;
  std::string source, event_id;
  std::int64_t amount_fen;
  std::string props;
  Seq seq;
};
BOOST_DESCRIBE_STRUCT(Held, (),
                      (state, kind, person, subject, at, raw_at, received_at, late, source, event_id, amount_fen, props,
                       seq))
struct Wrong { std::string code, pointer; };
BOOST_DESCRIBE_STRUCT(Wrong, (), (code, pointer))

std::int64_t word(std::uint64_t v) { return static_cast<std::int64_t>(v); }

/// An event without an id waits under a hash of what it says, so that sending it again does not pile up copies.
IdHash hash_of_content(const Event& e) {
  std::string text = std::to_string(e.person.v) + '\0' + std::to_string(to_ms(e.at)) + '\0' + std::to_string(e.subject);
  text.append(1, '\0').append(e.kind).append(1, '\0').append(e.props);
  return hash_id(e.source, hash128(text));
}

}  // namespace

Result<> record_repeat(Tx& tx, Seq seq) {
  TRY(tx.exec(kRepeat, seq, tx.now()));
  return {};
}

Result<> record_refusal(Tx& tx, IdHash id, std::string_view code) {
  TRY(tx.exec(kRefuse, tx.next_number(), word(id.hi), word(id.lo), code, tx.now()));
  return {};
}

Result<> quarantine(Tx& tx, const Event& e, IdHash id, const PropFault& fault) {
  const auto key = id ? id : hash_of_content(e);
  const auto received = e.received_at == Instant{} ? tx.now() : e.received_at;
  const auto at = e.at == Instant{} ? tx.now() : e.at;
  const auto raw_at = e.raw_at == Instant{} ? at : e.raw_at;
  TRY(tx.exec(kHold, tx.next_number(), word(key.hi), word(key.lo), fault.code, fault.pointer, e.kind, e.person,
              e.subject, at, raw_at, received, e.late, e.source, e.id, e.amount_fen, e.props));
  return {};
}

Result<std::vector<Quarantined>> quarantined(Tx& tx, QuarantineId from, int limit) {
  return tx.all<Quarantined>(kOpen, from.v, limit);
}

Result<Receipt> retry_quarantined(Tx& tx, QuarantineId entry) {
  TRY(const auto held, tx.maybe<Held>(kHeld, entry));
  if (!held) return fail(Errc::not_found, "events.no_such_entry");
  if (held->state != "open") return Receipt{.verdict = Verdict::duplicate, .seq = held->seq};
  auto& log = Log::of(tx);
  TRY(const auto ref, kind_for(tx, log, held->kind));
  if (const auto fault = check_props(*ref.kind, held->props); !fault.code.empty()) {
    TRY(tx.exec(kStillWrong, entry, fault.code, fault.pointer));
    return Receipt{.verdict = Verdict::quarantined, .code = fault.code, .pointer = fault.pointer};
  }
  TRY(auto receipt, accept(tx, {.kind = held->kind,
                                .person = held->person,
                                .subject = held->subject,
                                .at = held->at,
                                .source = held->source,
                                .id = held->event_id,
                                .props = held->props,
                                .amount_fen = held->amount_fen,
                                .raw_at = held->raw_at,
                                .received_at = held->received_at,
                                .late = held->late}));
  TRY(tx.exec(kLetIn, entry, receipt.seq));
  return receipt;
}

Result<std::optional<KnownReceipt>> find_receipt(Tx& tx, std::string_view source, std::string_view id) {
  const auto hash = hash_id(source, id);
  if (!hash) return std::nullopt;
  TRY(const auto seq, Log::of(tx).index().find(tx, hash));
  if (seq) {
    std::optional<std::int64_t> flags;
    TRY(row_at(tx, *seq, [&](const RawRow& row) -> Result<> {
      flags = row.flags;
      return {};
    }));
    TRY(const auto times, tx.maybe<std::int64_t>(kTimes, *seq));
    // The index may know of an event this snapshot does not hold yet.
    if (flags) return KnownReceipt{{*flags != 0 ? Verdict::late : Verdict::accepted, *seq, {}, {}}, times.value_or(0)};
  }
  TRY(auto waiting, tx.maybe<Wrong>(kWaiting, word(hash.hi), word(hash.lo)));
  if (waiting) return KnownReceipt{{Verdict::quarantined, 0, waiting->code, waiting->pointer}, 0};
  TRY(auto code, tx.maybe<std::string>(kRefused, word(hash.hi), word(hash.lo)));
  if (code) return KnownReceipt{{Verdict::rejected, 0, *code, {}}, 0};
  return std::nullopt;
}

Result<std::int64_t> prune_receipts(Tx& tx, int limit) {
  const auto before = tx.now() - kKept;
  TRY(const auto receipts, tx.exec(kPruneReceipts, before, limit));
  TRY(const auto repeats, tx.exec(kPruneRepeats, before, limit));
  TRY(const auto done, tx.exec(kPruneDone, before, limit));
  return receipts + repeats + done;
}

}  // namespace koi::events
