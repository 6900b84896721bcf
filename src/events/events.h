/// What happened: an append-only, typed log. Never edited; state is what events left behind.
/// Owns event, event_kind, event_quarantine, event_receipt, log_cursor, log_segment and the files in DATA/log. Source: model.md §9.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::events {

using Seq = std::int64_t;  // position in the log

/// The types a property may have.
enum class PropType : std::uint8_t { text, integer, money, boolean, number, time, list, object };
struct PropDef { std::string name; PropType type; bool required; };

/// A kind of event: data, versioned, with labels for people.
struct KindDef {
  std::int64_t id = 0;  // small and stable: what columns store
  std::string name;     // object_action, "order_paid"
  int version = 1;
  std::string zh, en;
  std::string group;    // acquisition, engagement, commerce, loyalty, delivery, experiment, compliance, custom
  std::vector<PropDef> props;
};
/// All kinds, newest version each. Cached per store.
Result<std::vector<KindDef>> kinds(Tx& tx);
Result<std::optional<KindDef>> find_kind(Tx& tx, std::string_view name);
/// Registers a custom kind or a new version; invalid "events.bad_kind_name", conflict "events.kind_narrowed".
Result<KindDef> define_kind(Tx& tx, const KindDef& kind);
/// A name from outside as a kind's name: "Order Completed" is "order_completed", "加入购物车" stays.
std::string kind_name_of(std::string_view text);
/// The built-in catalogue (model.md §9.2); called by migrate, repeat-safe.
Result<> install_catalogue(Tx& tx);

/// The 128 bits of a text that names something for good: an event of a source, an effect key, an identifier; zero is
/// "no name".
struct IdHash {
  std::uint64_t hi = 0, lo = 0;
  explicit operator bool() const { return (hi | lo) != 0; }
  friend bool operator==(const IdHash&, const IdHash&) = default;
};
IdHash hash_text(std::string_view text);
/// Of an event's name: its source and the id it has there; zero when it has none.
IdHash hash_id(std::string_view source, std::string_view id);

/// An event ready for the log: the person is known, times are corrected. Views are borrowed for the call.
struct Event {
  std::string_view kind = {};
  PersonId person = {};         // 0: about nobody
  std::int64_t subject = 0;     // the order, coupon, … it is about
  Instant at{};                 // when it happened; 0: tx.now()
  std::string_view source = {}; // source key, "" for ourselves
  std::string_view id = {};     // the source's id; "" = ours, never a duplicate
  std::string_view props = "{}";  // JSON object text
  std::int64_t amount_fen = 0;
  Instant raw_at{};             // as claimed, before clock correction; 0: same as at
  Instant received_at{};        // 0: tx.now()
  bool late = false;
  IdHash hash = {};             // hash_id(source, id) from whoever had time for it; zero: computed here
};

enum class Verdict : std::uint8_t { accepted, duplicate, quarantined, rejected, late };
struct Receipt {
  Verdict verdict = Verdict::accepted;
  Seq seq = 0;           // accepted and late; of the first one when duplicate
  std::string code = {};     // why not: "events.unknown_kind", "events.schema"
  std::string pointer = {};  // "/properties/total_fen"
};

/// Appends one event of our own; internal "events.unknown_kind" is a bug in the caller.
Result<Seq> append(Tx& tx, const Event& event);
/// Appends an event from outside: duplicates by (source, id) never take effect twice, however late; a known kind
/// with wrong props is quarantined; an unknown kind is registered as custom.
Result<Receipt> accept(Tx& tx, const Event& event);

/// What is known of an event by its source's id: its receipt, for 30 days when it was refused, for ever when it is in
/// the log. `repeats`: how often it came again.
struct KnownReceipt { Receipt receipt; std::int64_t repeats = 0; };
Result<std::optional<KnownReceipt>> find_receipt(Tx& tx, std::string_view source, std::string_view id);
/// Drops receipts and closed quarantine entries older than 30 days, at most `limit` of each; returns how many.
Result<std::int64_t> prune_receipts(Tx& tx, int limit);

/// An event of a known kind whose props are wrong, kept whole until it is let in.
struct QuarantineTag { static constexpr std::string_view prefix = "qtn"; };
using QuarantineId = Id<QuarantineTag>;
struct Quarantined {
  QuarantineId id;
  std::string code, pointer, kind, source, event_id, props;
  PersonId person;
  Instant at, received_at;
  std::int64_t tries = 0;
};
/// Open entries, oldest first, after `from`.
Result<std::vector<Quarantined>> quarantined(Tx& tx, QuarantineId from, int limit);
/// Offers the event again as it was; repeat-safe. not_found "events.no_such_entry".
Result<Receipt> retry_quarantined(Tx& tx, QuarantineId entry);

/// Clock correction (model.md §9.1): at = received - (sent - at), clamped to received + 5 min; late when > 24 h old.
struct CorrectedTime { Instant at; bool late; };
CorrectedTime correct_time(Instant claimed, std::optional<Instant> sent, Instant received);

/// An event as read back.
struct Stored {
  Seq seq = 0;
  std::string kind;
  PersonId person;
  std::int64_t subject = 0;
  Instant at, received_at;
  std::string source;
  std::int64_t amount_fen = 0;
  std::string props;
  bool late = false;
};

/// At most `limit` events after `from`, in log order. Never skips a commit that is still on its way (PostgreSQL).
Result<std::vector<Stored>> after(Tx& tx, Seq from, int limit);
/// What a consumer that counts and sums needs of an event: no text.
struct Brief {
  Seq seq = 0;
  std::int64_t kind = 0;
  PersonId person;
  Instant at;
  std::int64_t amount_fen = 0;
};
/// Only those of the given kinds (ids), so that a consumer does not pay for the rest; `last` is how far it looked.
Result<std::vector<Brief>> after_of(Tx& tx, Seq from, int limit, std::span<const std::int64_t> kinds, Seq& last);
/// Newest first, strictly before (before_at, before_seq); people are all ids one person has had.
struct TimelineQuery {
  std::span<const PersonId> people;
  Instant before_at{Millis::max()};
  Seq before_seq = 0;
  std::span<const std::string> kinds = {};  // empty: all
  int limit = 50;
};
Result<std::vector<Stored>> timeline(Tx& tx, const TimelineQuery& query);
Result<Seq> end_of_log(Tx& tx);
/// Opens the archived files and the derived indexes (a server does it before it is ready; otherwise the first use does).
/// unavailable "events.log_damaged" when a file of the log is missing or not as it was written.
Result<> open_log(Tx& tx);
/// Reads every derived file against its checksums; the first damaged one is the error. `koipond verify`.
Result<> verify_indexes(Tx& tx);

Result<Seq> cursor(Tx& tx, std::string_view consumer);
/// conflict "events.cursor_moved" when it is not at `from` any more: another process took the turn.
Result<> move_cursor(Tx& tx, std::string_view consumer, Seq from, Seq to);

/// How long one turn may keep the Writer: `gentle` some 10 ms, because others wait for it; `whole` as long as pays,
/// when nobody else is there (an import without a server): what many events say of one person is then written once.
enum class Pace : std::uint8_t { gentle, whole };
/// A consumer's turn: reads a bounded batch, acts, moves its cursor, in one transaction. Returns how many events it
/// looked at; 0 means drained.
struct Consumer {
  std::string_view name;
  Result<std::size_t> (*turn)(Tx&, Pace);
};
/// Runs every consumer until all are drained (tests, imports, CLI).
Result<> drain(Db& db, std::span<const Consumer> consumers, Pace pace = Pace::whole);

/// One thread that gives every consumer its turns after each commit, through the Writer, until all are drained. A
/// consumer that fails is parked with its code and tried again later and later, up to a minute; the others go on.
class Runner {
 public:
  Runner(Db& db, std::vector<Consumer> consumers);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  void start();
  void stop();  // finishes the turn at work; idempotent
  struct Figures {
    std::string name;
    std::uint64_t turns = 0, events = 0, failures = 0;
    std::string parked;  // the code it waits out, empty when well
  };
  std::vector<Figures> figures() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// How much of the log stays in the table, and in what portions the rest leaves it.
struct ArchiveShape {
  std::int64_t keep_rows = 256 * 1024;     // the newest rows; one at least
  std::int64_t segment_rows = 256 * 1024;  // rows that become one file
  std::int64_t step_rows = 2000;           // rows that leave the table in one operation: some milliseconds
  std::size_t block_rows = 64;             // rows that are compressed together: what one look-up has to read
};
/// One step on the way of old rows from the table into files: a file is written, or copies leave the table. False when
/// nothing is due. Rows that some consumer has not seen stay. SQLite with a data folder only; on PostgreSQL never due.
/// unavailable "events.log_io": the disk; nothing has changed then, and the next call tries again.
Result<bool> archive_step(Db& db, const ArchiveShape& shape = {});

/// Where the log's rows stand; rows whose copy has not left the table yet are counted in both. Zeros on
/// PostgreSQL.
struct LogFigures { std::int64_t table_rows = 0, segments = 0, archived_events = 0, archived_bytes = 0; };
Result<LogFigures> log_figures(Tx& tx);

/// One thread that takes archive_step's steps after commits, resting between them, until none is due.
class Archiver {
 public:
  Archiver(Db& db, ArchiveShape shape);
  ~Archiver();
  Archiver(const Archiver&) = delete;
  Archiver& operator=(const Archiver&) = delete;
  void start();
  void stop();  // finishes the step at work; idempotent
  /// Waits until everything that was committed before has been looked at: nothing is due then, or a step failed.
  void settle();
  struct Figures {
    LogFigures log;  // as it was at the last look, a quarter of a second ago at most
    std::uint64_t steps = 0, failures = 0;
    std::string parked;  // the code it waits out, empty when well
  };
  Figures figures() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

/// Names of the files in DATA/log that this store's rows stand in: a backup takes exactly these.
Result<std::vector<std::string>> archive_files(Tx& tx);
/// Reads every archived row against its checksums, and that the table goes on where the files end; the first fault is
/// the error, unavailable "events.log_damaged". `koipond verify`.
Result<> verify_log(Tx& tx);
/// How many events of each kind there are, by a walk over the whole log.
struct KindCount { std::string kind; std::int64_t events = 0; };
Result<std::vector<KindCount>> count_kinds(Tx& tx);

std::span<const store::Migration> schema();
std::span<const Route> routes();

}  // namespace koi::events
