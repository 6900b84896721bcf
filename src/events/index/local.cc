// SQLite: the log table has no secondary index. New events are found in memory; full, committed chunks become sorted
// runs in DATA/index on a background thread. Opening scans only what the runs do not cover.
#include <algorithm>
#include <condition_variable>
#include <deque>
#include <thread>

#include "base/crypto.h"
#include "events/index/chunk.h"

namespace koi::events {

namespace {

constexpr std::string_view kInsert =
    "INSERT INTO event (seq, kind, person_id, subject, at, received_at, raw_at, source, id_hi, id_lo, amount_fen, "
    "flags, props) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
constexpr std::string_view kTail =
    "SELECT seq, kind, person_id, at, id_hi, id_lo FROM event WHERE seq >= $1 ORDER BY seq";
constexpr std::string_view kOne = "SELECT seq, kind, person_id, at, id_hi, id_lo FROM event WHERE seq = $1";
constexpr std::string_view kLastSeq = "SELECT COALESCE(MAX(seq), 0) FROM event";

Entry entry_of(const store::Statement& s) {
  return {.id = {static_cast<std::uint64_t>(s.is_null(4) ? 0 : s.integer(4)),
                 static_cast<std::uint64_t>(s.is_null(5) ? 0 : s.integer(5))},
          .person = s.is_null(2) ? 0 : s.integer(2),
          .at = s.integer(3),
          .seq = s.integer(0),
          .kind = s.integer(1)};
}

std::uint64_t mark_of(const Entry& e) {
  const std::int64_t words[] = {static_cast<std::int64_t>(e.id.hi), static_cast<std::int64_t>(e.id.lo),
                                e.person, e.at, e.seq, e.kind};
  return hash64({reinterpret_cast<const char*>(words), sizeof words});
}

std::optional<std::int64_t> if_any(std::int64_t v) {
  return v == 0 ? std::nullopt : std::optional(v);
}

class LocalIndex final : public EventIndex {
 public:
  LocalIndex(std::string folder, IndexShape shape)
      : shape_(shape), folder_(std::move(folder)),
        ids_(folder_, "ids", {shape.chunk_events, shape.fan_in}),
        people_(folder_, "people", {shape.chunk_events, shape.fan_in}) {}
  ~LocalIndex() override;

  Result<> open(Tx& tx);
  Result<std::optional<std::int64_t>> seen(Tx& tx, IdHash id) override;
  Result<std::optional<std::int64_t>> insert(Tx& tx, const LogRow& row) override;
  Result<std::optional<std::int64_t>> find(Tx& tx, IdHash id) override { return seen(tx, id); }
  Result<std::vector<Place>> places(Tx& tx, const PlaceQuery& query) override;
  Result<> verify() override;
  void settle() override;

 private:
  bool keeps_files() const { return !folder_.empty(); }
  Result<> ready(Tx& tx);
  Result<> trim_runs(Tx& tx);
  void add(const Entry& entry);
  void undo();
  void committed();
  bool seal(const Chunk& chunk);
  void work(std::stop_token stop);
  const Chunk* sealable() const;

  const IndexShape shape_;
  const std::string folder_;
  SortedRuns ids_, people_;

  std::mutex opening_;
  std::atomic<bool> open_ = false;

  mutable std::mutex mutex_;  // everything below
  std::deque<std::unique_ptr<Chunk>> chunks_;  // oldest first; the last one grows
  std::int64_t last_ = 0, durable_ = 0;        // newest seq written, and committed
  bool noting_ = false;                        // this transaction will tell us when it has committed
  bool busy_ = false;                          // the worker seals
  std::size_t stalled_at_ = 0;  // chunks when a disk error stopped it: the next full one tries again
  std::condition_variable_any wake_, idle_;
  std::jthread worker_;
};

/// Merges newest-first streams of one or more persons: sorted tails, and ranges of runs.
class Backwards {
 public:
  Backwards(const PlaceQuery& query, std::vector<std::vector<Record>> tails) : query_(query), tails_(std::move(tails)) {
    for (auto& tail : tails_) {
      std::ranges::sort(tail);
      if (!tail.empty()) heads_.push_back({tail.back(), nullptr, &tail, 0, tail.size()});
    }
  }
  Result<> add(const Run& run, std::int64_t person, const Record& bound) {
    if (!run.may_hold(rising(person))) return {};
    TRY(const auto first, run.lower_bound({rising(person), 0, 0}));
    TRY(const auto end, run.lower_bound(bound));
    if (first >= end) return {};
    TRY(const auto newest, run.at(end - 1));
    heads_.push_back({newest, &run, nullptr, first, end});
    return {};
  }
  Result<std::vector<Place>> take() {
    std::vector<Place> out;
    while (out.size() < query_.limit && !heads_.empty()) {
      const auto best = std::ranges::max_element(heads_, {}, [](const Head& h) { return std::pair(h.record.second, h.record.third); });
      const auto& record = best->record;
      if (query_.kinds.empty() || std::ranges::find(query_.kinds, kind_of(record)) != query_.kinds.end())
        out.push_back({falling(record.second), seq_of(record)});
      if (--best->end == best->first) {
        heads_.erase(best);
      } else if (best->run != nullptr) {
        TRY(best->record, best->run->at(best->end - 1));
      } else {
        best->record = (*best->tail)[best->end - 1];
      }
    }
    return out;
  }

 private:
  struct Head {
    Record record;  // the newest not yet taken: position end - 1
    const Run* run;
    const std::vector<Record>* tail;
    std::size_t first, end;
  };
  const PlaceQuery& query_;
  std::vector<std::vector<Record>> tails_;
  std::vector<Head> heads_;
};

LocalIndex::~LocalIndex() {
  worker_.request_stop();
  wake_.notify_all();
}

/// Runs whose last row is not the row the log has there came from another log; behind them everything is rebuilt.
Result<> LocalIndex::trim_runs(Tx& tx) {
  TRY(ids_.open());
  TRY(people_.open());
  Result<> read;
  const auto same = [&](const Cover& cover) {
    std::uint64_t mark = 0;
    auto row = tx.each_raw(kOne, std::array{store::Param(cover.to - 1)}, [&](const store::Statement& s) -> Result<> {
      mark = mark_of(entry_of(s));
      return {};
    });
    if (!row) read = row;
    return mark == cover.mark;
  };
  for (auto end = std::min(ids_.end(), people_.end());;) {
    const auto trimmed = std::min(ids_.trim(end, same), people_.trim(end, same));
    if (ids_.end() == people_.end()) break;
    end = trimmed;
  }
  return read;
}

Result<> LocalIndex::ready(Tx& tx) {
  if (open_.load(std::memory_order_acquire)) return {};
  const std::scoped_lock lock(opening_);
  if (open_.load(std::memory_order_acquire)) return {};
  TRY(open(tx));
  open_.store(true, std::memory_order_release);
  return {};
}

Result<> LocalIndex::open(Tx& tx) {
  if (keeps_files()) TRY(trim_runs(tx));
  const std::scoped_lock lock(mutex_);
  const auto from = keeps_files() ? ids_.end() : 0;
  chunks_.clear();
  chunks_.push_back(std::make_unique<Chunk>(from, shape_.chunk_events));
  TRY(last_, tx.one<std::int64_t>(kLastSeq));
  durable_ = last_;
  return tx.each_raw(kTail, std::array{store::Param(from)}, [&](const store::Statement& s) -> Result<> {
    add(entry_of(s));
    // A rebuild of a long log must not hold it all in memory.
    if (keeps_files() && chunks_.size() > 2 && seal(*chunks_.front())) chunks_.pop_front();
    return {};
  });
}

void LocalIndex::add(const Entry& entry) {
  if (chunks_.back()->full())
    chunks_.push_back(std::make_unique<Chunk>(chunks_.back()->last() + 1, shape_.chunk_events));
  chunks_.back()->add(entry);
}

void LocalIndex::undo() {
  const std::scoped_lock lock(mutex_);
  if (chunks_.back()->empty()) chunks_.pop_back();  // a chunk with an uncommitted event is never sealed
  chunks_.back()->undo();
  --last_;
}

Result<std::optional<std::int64_t>> LocalIndex::seen(Tx& tx, IdHash id) {
  TRY(ready(tx));
  std::shared_ptr<const SortedRuns::List> runs;
  {
    const std::scoped_lock lock(mutex_);
    for (auto chunk = chunks_.rbegin(); chunk != chunks_.rend(); ++chunk)
      if (const auto seq = (*chunk)->find(id)) return seq;
    runs = ids_.list();  // inside the lock: a chunk leaves only after its run is on the list
  }
  for (auto run = runs->rbegin(); run != runs->rend(); ++run) {
    if (!(*run)->may_hold(id.hi)) continue;
    TRY(const auto position, (*run)->lower_bound({id.hi, id.lo, 0}));
    if (position == (*run)->size()) continue;
    TRY(const auto record, (*run)->at(position));
    if (record.key == id.hi && record.second == id.lo) return static_cast<std::int64_t>(record.third);
  }
  return std::nullopt;
}

Result<std::optional<std::int64_t>> LocalIndex::insert(Tx& tx, const LogRow& row) {
  TRY(ready(tx));
  const auto seq = last_ + 1;  // one writer: nobody else moves it
  const bool has_id = static_cast<bool>(row.id);
  const auto word = [&](std::uint64_t w) { return has_id ? std::optional(static_cast<std::int64_t>(w)) : std::nullopt; };
  TRY(tx.exec(kInsert, seq, row.kind, row.person, if_any(row.subject), row.at, row.received_at,
              row.raw_at == row.at ? std::nullopt : std::optional(row.raw_at), if_any(row.source), word(row.id.hi),
              word(row.id.lo), if_any(row.amount_fen), row.flags,
              row.props == "{}" ? std::nullopt : std::optional(row.props)));
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    add({row.id, row.person.v, row.at, seq, row.kind});
    last_ = seq;
    first = !std::exchange(noting_, true);
  }
  if (first) {
    tx.after_commit([this] { committed(); });
    tx.on_rollback([this] { undo(); noting_ = false; });
  } else {
    tx.on_rollback([this] { undo(); });
  }
  return seq;
}

void LocalIndex::committed() {
  bool work = false;
  {
    const std::scoped_lock lock(mutex_);
    noting_ = false;
    durable_ = last_;
    work = sealable() != nullptr;
    if (work && !worker_.joinable()) worker_ = std::jthread([this](std::stop_token stop) { this->work(stop); });
  }
  if (work) wake_.notify_one();
}

const Chunk* LocalIndex::sealable() const {
  const bool some = keeps_files() && chunks_.size() >= 2 && chunks_.size() > stalled_at_;
  if (!some || chunks_.front()->last() > durable_) return nullptr;
  return chunks_.front().get();
}

/// Whether both kinds of runs now cover the chunk; a half-done one goes on where it stopped.
bool LocalIndex::seal(const Chunk& chunk) {
  const Cover cover{chunk.from(), chunk.last() + 1, mark_of(chunk.back())};
  if (ids_.end() < cover.to) (void)ids_.add(chunk.sorted_ids(), cover);
  if (people_.end() < cover.to) (void)people_.add(chunk.sorted_people(), cover);
  return ids_.end() >= cover.to && people_.end() >= cover.to;
}

void LocalIndex::work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [&] { return sealable() != nullptr; })) {
    const auto* chunk = sealable();
    busy_ = true;
    lock.unlock();
    const bool done = seal(*chunk);
    lock.lock();
    busy_ = false;
    stalled_at_ = done ? 0 : chunks_.size();
    if (done) chunks_.pop_front();
    idle_.notify_all();
  }
}

void LocalIndex::settle() {
  wake_.notify_all();  // an undone transaction may have left a full chunk that no commit announced
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return !busy_ && (sealable() == nullptr || !worker_.joinable()); });
}

Result<std::vector<Place>> LocalIndex::places(Tx& tx, const PlaceQuery& query) {
  TRY(ready(tx));
  const auto bound_of = [&](PersonId person) {
    return Record{rising(person.v), rising(query.before.at), static_cast<std::uint64_t>(query.before.seq) << kKindBits};
  };
  std::vector<std::vector<Record>> tails;
  std::shared_ptr<const SortedRuns::List> runs;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& chunk : chunks_)
      for (const auto person : query.people) chunk->collect(person.v, bound_of(person), tails.emplace_back());
    runs = people_.list();
  }
  Backwards walk(query, std::move(tails));
  for (const auto& run : *runs)
    for (const auto person : query.people) TRY(walk.add(*run, person.v, bound_of(person)));
  auto found = walk.take();
  return found;
}

Result<> LocalIndex::verify() {
  for (const auto* runs : {&ids_, &people_}) {
    const auto list = runs->list();
    for (const auto& run : *list) TRY(run->verify());
  }
  return {};
}

}  // namespace

std::unique_ptr<EventIndex> make_local_index(std::string folder, IndexShape shape) {
  return std::make_unique<LocalIndex>(std::move(folder), shape);
}

}  // namespace koi::events
