// PostgreSQL: ordinary indexes do the work. seq = base + xid * 2^20 + n, n counting inside the transaction, so that
// order by seq is order by transaction and `event_ready` can tell which part of the log is final.
#include <algorithm>
#include <map>
#include <mutex>

#include "events/index/index.h"

namespace koi::events {

namespace {

constexpr std::string_view kInsert =
    "INSERT INTO event (seq, kind, person_id, subject, at, received_at, raw_at, source, id_hi, id_lo, amount_fen, "
    "flags, props) VALUES ((SELECT base FROM log_head WHERE id = 1) + "
    "CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) * 1048576 + CAST($1 AS BIGINT), "
    "$2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING RETURNING seq";
constexpr std::string_view kFind = "SELECT seq FROM event WHERE id_hi = $1 AND id_lo = $2";
constexpr std::string_view kPlacesHead =
    "SELECT at, seq FROM event WHERE person_id = $1 AND (at < $2 OR (at = $2 AND seq < $3))";
constexpr std::string_view kPlacesTail = " ORDER BY at DESC, seq DESC LIMIT $4";
constexpr std::int64_t kPerTransaction = 1 << 20;

std::optional<std::int64_t> if_any(std::int64_t v) {
  return v == 0 ? std::nullopt : std::optional(v);
}

class SharedIndex final : public EventIndex {
 public:
  Result<std::optional<std::int64_t>> seen(Tx&, IdHash) override { return std::nullopt; }
  Result<std::optional<std::int64_t>> insert(Tx& tx, const LogRow& row) override;
  Result<std::optional<std::int64_t>> find(Tx& tx, IdHash id) override {
    return tx.maybe<std::int64_t>(kFind, static_cast<std::int64_t>(id.hi), static_cast<std::int64_t>(id.lo));
  }
  Result<std::vector<Place>> places(Tx& tx, const PlaceQuery& query) override;

 private:
  std::int64_t next_in(Tx& tx);

  std::mutex mutex_;
  std::map<const store::Connection*, std::int64_t> used_;  // events of each connection's open transaction
};

std::int64_t SharedIndex::next_in(Tx& tx) {
  const auto* connection = &tx.connection();
  const auto forget = [this, connection] {
    const std::scoped_lock lock(mutex_);
    used_.erase(connection);
  };
  const std::scoped_lock lock(mutex_);
  const auto [slot, first] = used_.try_emplace(connection, 0);
  if (first) {
    tx.after_commit(forget);
    tx.on_rollback(forget);
  }
  return slot->second++;
}

Result<std::optional<std::int64_t>> SharedIndex::insert(Tx& tx, const LogRow& row) {
  const auto n = next_in(tx);
  if (n >= kPerTransaction) return fail(Errc::too_large, "events.transaction_full");
  const auto word = [&](std::uint64_t w) { return row.id ? std::optional(static_cast<std::int64_t>(w)) : std::nullopt; };
  return tx.maybe<std::int64_t>(kInsert, n, row.kind, row.person, if_any(row.subject), row.at, row.received_at,
                                row.raw_at == row.at ? std::nullopt : std::optional(row.raw_at), if_any(row.source),
                                word(row.id.hi), word(row.id.lo), if_any(row.amount_fen), row.flags,
                                row.props == "{}" ? std::nullopt : std::optional(row.props));
}

Result<std::vector<Place>> SharedIndex::places(Tx& tx, const PlaceQuery& query) {
  std::string sql(kPlacesHead);
  for (std::size_t i = 0; i < query.kinds.size(); ++i)
    sql += (i == 0 ? " AND kind IN (" : ", ") + std::to_string(query.kinds[i]);
  if (!query.kinds.empty()) sql += ')';
  sql += kPlacesTail;
  std::vector<Place> out;
  for (const auto owner : query.owners) {
    const std::array params{store::Param(owner), store::Param(query.before.at), store::Param(query.before.seq),
                            store::Param(query.limit)};
    TRY(tx.each_raw(sql, params, [&](const store::Statement& s) -> Result<> {
      out.push_back({s.integer(0), s.integer(1)});
      return {};
    }));
  }
  std::ranges::sort(out, std::greater{});
  if (out.size() > query.limit) out.resize(query.limit);
  return out;
}

}  // namespace

std::unique_ptr<EventIndex> make_shared_index() { return std::make_unique<SharedIndex>(); }

}  // namespace koi::events
