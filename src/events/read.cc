#include <algorithm>

#include "events/log.h"

namespace koi::events {

namespace {

// read_row reads them by number.
#define KOI_EVENT_COLUMNS \
  "SELECT seq, kind, person_id, subject, at, received_at, raw_at, source, id_hi, id_lo, amount_fen, flags, props "
constexpr std::string_view kRowsAfter = KOI_EVENT_COLUMNS "FROM event_ready WHERE seq > $1 ORDER BY seq LIMIT $2";
constexpr std::string_view kEarlyRows = KOI_EVENT_COLUMNS "FROM event WHERE seq > $1 ORDER BY seq";
constexpr std::string_view kRowAt = KOI_EVENT_COLUMNS "FROM event WHERE seq = $1";
constexpr std::string_view kBriefAfter =
    "SELECT seq, kind, person_id, at, amount_fen FROM event_ready WHERE seq > $1 ORDER BY seq LIMIT $2";
// The newest row never leaves the table.
constexpr std::string_view kEnd = "SELECT COALESCE(MAX(seq), 0) FROM event_ready";
constexpr std::string_view kCursor = "SELECT seq FROM log_cursor WHERE consumer = $1";
constexpr std::string_view kMove = "UPDATE log_cursor SET seq = $3, moved_at = $4 WHERE consumer = $1 AND seq = $2";
constexpr std::string_view kStart =
    "INSERT INTO log_cursor (consumer, seq, moved_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";

constexpr int kBatchMax = 10'000, kBriefMax = 1 << 20, kPageMax = 500;
constexpr int kLookFactor = 8;  // rows after_of looks at for each one it may return

std::int64_t number(const store::Statement& s, int column) { return s.is_null(column) ? 0 : s.integer(column); }

RawRow read_row(const store::Statement& s) {
  RawRow row;
  row.seq = s.integer(0);
  row.kind = s.integer(1);
  row.person = {number(s, 2)};
  row.subject = number(s, 3);
  row.at = s.integer(4);
  row.received_at = s.integer(5);
  row.raw_at = s.is_null(6) ? row.at : s.integer(6);
  row.source = number(s, 7);
  row.id = {static_cast<std::uint64_t>(number(s, 8)), static_cast<std::uint64_t>(number(s, 9))};
  row.amount_fen = number(s, 10);
  row.flags = s.integer(11);
  row.props = s.is_null(12) ? std::string_view("{}") : s.text(12);
  return row;
}

/// Numbers into names, reading the book again when another process has added to it.
class Names {
 public:
  static Result<Names> open(Tx& tx) {
    auto& log = Log::of(tx);
    TRY(auto book, log.book(tx));
    return Names(log, std::move(book));
  }
  Result<Stored> event(Tx& tx, const RawRow& row) {
    if (book_->kind(row.kind) == nullptr || (row.source != 0 && book_->source_name(row.source).empty())) {
      TRY(book_, log_->reload(tx));
    }
    const auto* kind = book_->kind(row.kind);
    if (kind == nullptr) return fail(Errc::internal, "events.unknown_kind", std::to_string(row.kind));
    return Stored{.seq = row.seq,
                  .kind = kind->name,
                  .person = row.person,
                  .subject = row.subject,
                  .at = from_ms(row.at),
                  .received_at = from_ms(row.received_at),
                  .source = std::string(book_->source_name(row.source)),
                  .amount_fen = row.amount_fen,
                  .props = std::string(row.props),
                  .late = (row.flags & 1) != 0};
  }
  std::vector<std::int64_t> ids(std::span<const std::string> names) const {
    std::vector<std::int64_t> out;
    for (const auto& name : names)
      if (const auto* kind = book_->kind(name)) out.push_back(kind->id);
    return out;
  }

 private:
  Names(Log& log, BookPtr book) : log_(&log), book_(std::move(book)) {}
  Log* log_;
  BookPtr book_;
};

}  // namespace

Result<Seq> each_row(Tx& tx, Seq from, std::size_t limit, const std::function<Result<>(const RawRow&)>& fn) {
  auto& archive = Log::of(tx).archive();
  TRY(const auto archived, archive.through(tx));
  auto last = from;
  if (from < archived && limit > 0) {
    const auto here = static_cast<Seq>(std::min(limit, static_cast<std::size_t>(archived - from)));
    TRY(archive.each(tx, from, from + here, [&](const RawRow& row) -> Result<bool> {
      last = row.seq;
      TRY(fn(row));
      return true;
    }));
    limit -= static_cast<std::size_t>(here);
  }
  if (limit == 0) return last;
  const std::array params{store::Param(std::max(from, archived)), store::Param(limit)};
  TRY(tx.each_raw(kRowsAfter, params, [&](const store::Statement& s) -> Result<> {
    const auto row = read_row(s);
    last = row.seq;
    return fn(row);
  }));
  return last;
}

Result<> each_early_row(Tx& tx, Seq from, const std::function<Result<>(const RawRow&)>& fn) {
  if (tx.kind() != store::Kind::postgres) return {};
  return tx.each_raw(kEarlyRows, std::array{store::Param(from)}, [&](const store::Statement& s) { return fn(read_row(s)); });
}

Result<> row_at(Tx& tx, Seq seq, const std::function<Result<>(const RawRow&)>& fn) {
  auto& archive = Log::of(tx).archive();
  TRY(const auto archived, archive.through(tx));
  if (seq <= archived) return archive.one(tx, seq, fn);
  return tx.each_raw(kRowAt, std::array{store::Param(seq)}, [&](const store::Statement& s) { return fn(read_row(s)); });
}

Result<std::vector<Stored>> after(Tx& tx, Seq from, int limit) {
  TRY(auto names, Names::open(tx));
  std::vector<Stored> out;
  TRY(each_row(tx, from, static_cast<std::size_t>(std::clamp(limit, 1, kBatchMax)), [&](const RawRow& row) -> Result<> {
    TRY(auto event, names.event(tx, row));
    out.push_back(std::move(event));
    return {};
  }));
  return out;
}

Result<std::vector<Brief>> after_of(Tx& tx, Seq from, int limit, std::span<const std::int64_t> kinds, Seq& last) {
  auto& archive = Log::of(tx).archive();
  TRY(const auto archived, archive.through(tx));
  std::vector<Brief> out;
  const auto wanted = static_cast<std::size_t>(std::clamp(limit, 1, kBriefMax));
  const auto end = from + static_cast<Seq>(wanted * kLookFactor);
  last = from;
  const auto is_wanted = [&](std::int64_t kind) { return std::ranges::find(kinds, kind) != kinds.end(); };
  if (from < archived)
    TRY(archive.each(tx, from, std::min(end, archived), [&](const RawRow& row) -> Result<bool> {
      last = row.seq;
      if (is_wanted(row.kind)) out.push_back({row.seq, row.kind, row.person, from_ms(row.at), row.amount_fen});
      return out.size() < wanted;
    }));
  const auto left = static_cast<Seq>(wanted * kLookFactor) - (last - from);
  if (out.size() == wanted || left == 0) return out;
  const std::array params{store::Param(std::max(from, archived)), store::Param(left)};
  TRY(tx.each_raw(kBriefAfter, params, [&](const store::Statement& s) -> Result<> {
    if (out.size() == wanted) return {};  // only skims to the end of what was asked for
    last = s.integer(0);
    if (is_wanted(s.integer(1))) out.push_back({last, s.integer(1), {number(s, 2)}, from_ms(s.integer(3)), number(s, 4)});
    return {};
  }));
  return out;
}

Result<std::vector<Stored>> timeline(Tx& tx, const TimelineQuery& query) {
  auto& log = Log::of(tx);
  TRY(auto names, Names::open(tx));
  const auto kind_ids = names.ids(query.kinds);
  std::vector<Stored> out;
  if (!query.kinds.empty() && kind_ids.empty()) return out;
  std::vector<std::int64_t> owners;
  for (const auto person : query.people) owners.push_back(person.v);
  PlaceQuery places{.owners = owners,
                    .before = {query.before_at.time_since_epoch().count(), query.before_seq},
                    .kinds = kind_ids,
                    .limit = static_cast<std::size_t>(std::clamp(query.limit, 1, kPageMax))};
  const auto wanted = places.limit;
  while (out.size() < wanted) {
    TRY(const auto found, log.index().places(tx, places));
    for (const auto& place : found) {
      if (out.size() == wanted) break;
      // A row the index knows and this snapshot does not hold is simply not there yet.
      TRY(row_at(tx, place.seq, [&](const RawRow& row) -> Result<> {
        TRY(auto event, names.event(tx, row));
        const bool same = to_ms(event.at) == place.at && std::ranges::find(query.people, event.person) != query.people.end();
        if (same) out.push_back(std::move(event));
        return {};
      }));
    }
    if (found.size() < places.limit) break;
    places.before = found.back();
  }
  return out;
}

Result<Seq> end_of_log(Tx& tx) { return tx.one<Seq>(kEnd); }

Result<> open_log(Tx& tx) {
  TRY(Log::of(tx).book(tx));
  TRY(Log::of(tx).archive().through(tx));  // looks at every file: a log that is short is not opened
  TRY(Log::of(tx).index().find(tx, IdHash{1, 1}));
  return {};
}

Result<> verify_indexes(Tx& tx) {
  TRY(open_log(tx));
  return Log::of(tx).index().verify();
}

Result<Seq> cursor(Tx& tx, std::string_view consumer) {
  TRY(const auto seq, tx.maybe<Seq>(kCursor, consumer));
  return seq.value_or(0);
}

Result<> move_cursor(Tx& tx, std::string_view consumer, Seq from, Seq to) {
  TRY(const auto moved, tx.exec(kMove, consumer, from, to, tx.now()));
  if (moved == 1) return {};
  if (from == 0) {
    TRY(const auto started, tx.exec(kStart, consumer, to, tx.now()));
    if (started == 1) return {};
  }
  return fail(Errc::conflict, "events.cursor_moved", std::string(consumer));
}

}  // namespace koi::events
