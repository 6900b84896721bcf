#include "events/index/tail.h"

#include <malloc.h>

#include <algorithm>

#include "base/crypto.h"

namespace koi::events {

namespace {

Entry entry_of(const store::Statement& s) {
  const auto number = [&](int column) { return s.is_null(column) ? 0 : s.integer(column); };
  return {.id = {static_cast<std::uint64_t>(number(5)), static_cast<std::uint64_t>(number(6))},
          .owner = number(2),
          .other = number(3),
          .at = s.integer(4),
          .seq = s.integer(0),
          .kind = s.integer(1)};
}

std::uint64_t mark_of(const Entry& e) {
  const std::int64_t words[] = {static_cast<std::int64_t>(e.id.hi), static_cast<std::int64_t>(e.id.lo),
                                e.owner, e.other, e.at, e.seq, e.kind};
  return hash64({reinterpret_cast<const char*>(words), sizeof words});
}

/// Merges newest-first streams of one or more owners: sorted tails, and ranges of runs.
class Backwards {
 public:
  Backwards(const PlaceQuery& query, std::vector<std::vector<Record>> tails) : query_(query), tails_(std::move(tails)) {
    for (auto& tail : tails_) {
      std::ranges::sort(tail);
      if (!tail.empty()) heads_.push_back({tail.back(), nullptr, &tail, 0, tail.size()});
    }
  }
  Result<> add(const Run& run, std::int64_t owner, const Record& bound) {
    if (!run.may_hold(rising(owner))) return {};
    TRY(const auto first, run.lower_bound({rising(owner), 0, 0}));
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
      const Place place{falling(record.second), seq_of(record)};
      // A chunk stays until its run is on the list, so for a moment a record may stand in both.
      const bool twice = !out.empty() && out.back() == place;
      if (!twice && (query_.kinds.empty() || std::ranges::find(query_.kinds, kind_of(record)) != query_.kinds.end()))
        out.push_back(place);
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

/// Memory of a chunk would otherwise stay with the allocator, and an idle server would look busy.
void give_back(std::unique_ptr<Chunk> chunk) {
  chunk.reset();
  ::malloc_trim(0);
}

}  // namespace

TailIndex::TailIndex(TailTable table, std::string folder, IndexShape shape)
    : table_(table), shape_(shape), folder_(std::move(folder)),
      ids_(folder_, std::string(table.ids), {shape.chunk_events, shape.fan_in}),
      owners_(folder_, std::string(table.owners), {shape.chunk_events, shape.fan_in}) {}

TailIndex::~TailIndex() {
  worker_.request_stop();
  wake_.notify_all();
}

/// Rows of [begin, end), wherever they stand.
Result<> TailIndex::each(Tx& tx, std::int64_t begin, std::int64_t end, const TailTable::EntryFn& fn) {
  if (table_.left != nullptr) {
    TRY(begin, table_.left(tx, begin, end, fn));
  }
  if (begin >= end) return {};
  const auto sql = begin + 1 == end ? table_.one : table_.from;
  return tx.each_raw(sql, std::array{store::Param(begin)}, [&](const store::Statement& s) { return fn(entry_of(s)); });
}

/// Runs whose last row is not the row the log has there came from another log; behind them everything is rebuilt.
Result<> TailIndex::trim_runs(Tx& tx) {
  TRY(ids_.open());
  TRY(owners_.open());
  Result<> read;
  const auto same = [&](const Cover& cover) {
    std::uint64_t mark = 0;
    auto row = each(tx, cover.to - 1, cover.to, [&](const Entry& entry) -> Result<> {
      mark = mark_of(entry);
      return {};
    });
    if (!row) read = row;
    return mark == cover.mark;
  };
  for (auto end = std::min(ids_.end(), owners_.end());;) {
    const auto trimmed = std::min(ids_.trim(end, same), owners_.trim(end, same));
    if (ids_.end() == owners_.end()) break;
    end = trimmed;
  }
  return read;
}

Result<> TailIndex::ready(Tx& tx) {
  if (open_.load(std::memory_order_acquire)) return {};
  const std::scoped_lock lock(opening_);
  if (open_.load(std::memory_order_acquire)) return {};
  TRY(open(tx));
  open_.store(true, std::memory_order_release);
  return {};
}

Result<> TailIndex::open(Tx& tx) {
  if (keeps_files()) TRY(trim_runs(tx));
  const std::scoped_lock lock(mutex_);
  const auto from = keeps_files() ? ids_.end() : 0;
  chunks_.clear();
  chunks_.push_back(std::make_unique<Chunk>(from, shape_.chunk_events));
  TRY(last_, tx.one<std::int64_t>(table_.last));
  durable_ = last_;
  return each(tx, from, last_ + 1, [&](const Entry& entry) -> Result<> {
    grow(entry);
    // A rebuild of a long log must not hold it all in memory.
    if (keeps_files() && chunks_.size() > 2 && seal(*chunks_.front())) chunks_.pop_front();
    return {};
  });
}

void TailIndex::grow(const Entry& entry) {
  if (chunks_.back()->full())
    chunks_.push_back(std::make_unique<Chunk>(chunks_.back()->last() + 1, shape_.chunk_events));
  chunks_.back()->add(entry);
}

void TailIndex::undo() {
  const std::scoped_lock lock(mutex_);
  if (chunks_.back()->empty()) chunks_.pop_back();  // a chunk with an uncommitted event is never sealed
  chunks_.back()->undo();
  --last_;
}

Result<std::optional<std::int64_t>> TailIndex::find(IdHash id) {
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

void TailIndex::add(Tx& tx, const Entry& entry) {
  bool first = false;
  {
    const std::scoped_lock lock(mutex_);
    grow(entry);
    last_ = entry.seq;
    first = !std::exchange(noting_, true);
  }
  if (first) {
    tx.after_commit([this] { committed(); });
    tx.on_rollback([this] { undo(); noting_ = false; });
  } else {
    tx.on_rollback([this] { undo(); });
  }
}

void TailIndex::committed() {
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

const Chunk* TailIndex::sealable() const {
  const bool some = keeps_files() && chunks_.size() >= 2 && chunks_.size() > stalled_at_;
  if (!some || chunks_.front()->last() > durable_) return nullptr;
  return chunks_.front().get();
}

/// Whether both kinds of runs now cover the chunk; a half-done one goes on where it stopped.
bool TailIndex::seal(const Chunk& chunk) {
  const Cover cover{chunk.from(), chunk.last() + 1, mark_of(chunk.back())};
  if (ids_.end() < cover.to) (void)ids_.add(chunk.sorted_ids(), cover);
  if (owners_.end() < cover.to) (void)owners_.add(chunk.sorted_owners(), cover);
  return ids_.end() >= cover.to && owners_.end() >= cover.to;
}

void TailIndex::work(std::stop_token stop) {
  name_thread("koi-index");
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [&] { return sealable() != nullptr; })) {
    const auto* chunk = sealable();
    busy_ = true;
    lock.unlock();
    const bool done = seal(*chunk);
    lock.lock();
    stalled_at_ = done ? 0 : chunks_.size();
    if (done) {
      auto sealed = std::move(chunks_.front());
      chunks_.pop_front();
      lock.unlock();  // freeing some 30 MB and giving them back takes a while
      give_back(std::move(sealed));
      lock.lock();
    }
    busy_ = false;
    idle_.notify_all();
  }
}

void TailIndex::settle() {
  wake_.notify_all();  // an undone transaction may have left a full chunk that no commit announced
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [&] { return !busy_ && (sealable() == nullptr || !worker_.joinable()); });
}

Result<std::vector<Place>> TailIndex::places(const PlaceQuery& query) {
  const auto bound_of = [&](std::int64_t owner) {
    return Record{rising(owner), rising(query.before.at), static_cast<std::uint64_t>(query.before.seq) << kKindBits};
  };
  std::vector<std::vector<Record>> tails;
  std::shared_ptr<const SortedRuns::List> runs;
  {
    const std::scoped_lock lock(mutex_);
    for (const auto& chunk : chunks_)
      for (const auto owner : query.owners) chunk->collect(owner, bound_of(owner), tails.emplace_back());
    runs = owners_.list();
  }
  Backwards walk(query, std::move(tails));
  for (const auto& run : *runs)
    for (const auto owner : query.owners) TRY(walk.add(*run, owner, bound_of(owner)));
  auto found = walk.take();
  return found;
}

Result<> TailIndex::verify() {
  for (const auto* runs : {&ids_, &owners_}) {
    const auto list = runs->list();
    for (const auto& run : *list) TRY(run->verify());
  }
  return {};
}

}  // namespace koi::events
