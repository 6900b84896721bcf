// SQLite: the log table has no secondary index; its tail index knows every id and person.
#include <algorithm>

#include "events/index/tail.h"
#include "events/log.h"

namespace koi::events {

namespace {

constexpr std::string_view kInsert =
    "INSERT INTO event (seq, kind, person_id, subject, at, received_at, raw_at, source, id_hi, id_lo, amount_fen, "
    "flags, props) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
/// Rows that stand in the archive now.
Result<std::int64_t> archived(Tx& tx, std::int64_t begin, std::int64_t end, const TailTable::EntryFn& fn) {
  auto& archive = Log::of(tx).archive();
  TRY(const auto through, archive.through(tx));
  begin = std::max<std::int64_t>(begin, 1);  // the first event
  if (begin > through) return begin;
  const auto to = std::min(through, end - 1);
  TRY(archive.each(tx, begin - 1, to, [&](const RawRow& row) -> Result<bool> {
    TRY(fn({.id = row.id, .owner = row.person.v, .at = row.at, .seq = row.seq, .kind = row.kind}));
    return true;
  }));
  return to + 1;
}

constexpr TailTable kLog{
    .from = "SELECT seq, kind, person_id, NULL, at, id_hi, id_lo FROM event WHERE seq >= $1 ORDER BY seq",
    .one = "SELECT seq, kind, person_id, NULL, at, id_hi, id_lo FROM event WHERE seq = $1",
    .last = "SELECT COALESCE(MAX(seq), 0) FROM event",
    .ids = "ids",
    .owners = "people",
    .left = archived};

std::optional<std::int64_t> if_any(std::int64_t v) {
  return v == 0 ? std::nullopt : std::optional(v);
}

class LocalIndex final : public EventIndex {
 public:
  LocalIndex(std::string folder, IndexShape shape) : tail_(kLog, std::move(folder), shape) {}

  Result<std::optional<std::int64_t>> seen(Tx& tx, IdHash id) override {
    TRY(tail_.ready(tx));
    return tail_.find(id);
  }
  Result<std::optional<std::int64_t>> find(Tx& tx, IdHash id) override { return seen(tx, id); }
  Result<std::optional<std::int64_t>> insert(Tx& tx, const LogRow& row) override;
  Result<std::vector<Place>> places(Tx& tx, const PlaceQuery& query) override {
    TRY(tail_.ready(tx));
    return tail_.places(query);
  }
  Result<> verify() override { return tail_.verify(); }
  void settle() override { tail_.settle(); }

 private:
  TailIndex tail_;
};

Result<std::optional<std::int64_t>> LocalIndex::insert(Tx& tx, const LogRow& row) {
  TRY(tail_.ready(tx));
  const auto seq = tail_.next();
  const bool has_id = static_cast<bool>(row.id);
  const auto word = [&](std::uint64_t w) { return has_id ? std::optional(static_cast<std::int64_t>(w)) : std::nullopt; };
  TRY(tx.append(kInsert, seq, row.kind, row.person, if_any(row.subject), row.at, row.received_at,
                row.raw_at == row.at ? std::nullopt : std::optional(row.raw_at), if_any(row.source), word(row.id.hi),
                word(row.id.lo), if_any(row.amount_fen), row.flags,
                row.props == "{}" ? std::nullopt : std::optional(row.props)));
  tail_.add(tx, {.id = row.id, .owner = row.person.v, .at = row.at, .seq = seq, .kind = row.kind});
  return seq;
}

}  // namespace

std::unique_ptr<EventIndex> make_local_index(std::string folder, IndexShape shape) {
  return std::make_unique<LocalIndex>(std::move(folder), shape);
}

}  // namespace koi::events
