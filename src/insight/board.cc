#include "insight/board.h"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <thread>

#include "events/events.h"
#include "store/rows.h"

namespace koi::insight {
namespace {

constexpr std::string_view kNewest =
    "SELECT COALESCE((SELECT MAX(id) FROM person), 0), COALESCE((SELECT MAX(id) FROM shop_order), 0)";
constexpr std::string_view kKeep =
    "INSERT INTO metric_snapshot (key, as_of, mark, body) VALUES ($1, $2, $3, $4) ON CONFLICT (key) DO UPDATE SET"
    " as_of = excluded.as_of, mark = excluded.mark, body = excluded.body WHERE metric_snapshot.as_of <= excluded.as_of";
constexpr std::string_view kStored = "SELECT as_of, mark, body FROM metric_snapshot WHERE key = $1";

constexpr std::size_t kKeptMax = 64;
constexpr Millis kShortest{1000};        // between two computations of one answer, however cheap
constexpr Millis kWorthWaiting{50};      // what a caller would rather wait for than read old
constexpr Millis kOldest{600'000};       // windows roll on although the data stands still
constexpr Millis kUnused{1'800'000};     // nobody asked for so long: let it lie
constexpr int kRest = 50;                // at most 1/50 of the time goes into one answer
constexpr auto kPause = std::chrono::seconds{2};

struct Newest { std::int64_t person = 0, order = 0; };
BOOST_DESCRIBE_STRUCT(Newest, (), (person, order))
struct Stored { Instant as_of{}; std::string mark, body; };
BOOST_DESCRIBE_STRUCT(Stored, (), (as_of, mark, body))

/// The questions a console asks first: warm before anybody does.
const std::vector<Question>& usual() {
  static const std::vector<Question> all = {{"home", "{}"},
                                            {"triangle", "{}"},
                                            {"rfm", http::json_of(RfmSpec{})},
                                            {"cohorts", http::json_of(AsOfSpec{})}};
  return all;
}

struct Computed { Kept kept; Triangle triangle; };
Result<Computed> compute(Tx& tx, Clock* clock, const Scope& scope, const Question& question) {
  Computed out{{.scope = scope, .question = question, .body = {}, .mark = {}, .as_of = tx.now(), .used = tx.now(), .cost = {}}, {}};
  const auto started = clock != nullptr ? clock->now() : tx.now();
  TRY(out.kept.mark, data_mark(tx));
  TRY(auto body, answer(tx, scope, question, &out.triangle));
  out.kept.body = std::make_shared<const std::string>(std::move(body));
  out.kept.cost = (clock != nullptr ? clock->now() : tx.now()) - started;
  return out;
}

Result<> store_answer(Db& db, const std::string& key, const Computed& done) {
  return db.write([&](Tx& tx) -> Result<> {
    TRY(tx.exec(kKeep, key, done.kept.as_of, done.kept.mark, *done.kept.body));
    if (done.kept.question.name == "home") { TRY(keep_sparks(tx, done.triangle)); }
    return {};
  });
}

}  // namespace

Result<std::string> data_mark(Tx& tx) {
  TRY(const auto newest, tx.one<Newest>(kNewest));
  TRY(const auto seq, events::end_of_log(tx));
  return fmt::format("{}/{}/{}", seq, newest.person, newest.order);
}

std::string board_key(const Scope& scope, const Question& question) {
  return ScopeParams(scope).key() + "|" + question.name + "|" + question.spec;
}

bool is_stale(const Kept& kept, const std::string& mark, Instant now) {
  const auto age = now - kept.as_of;
  if (age >= kOldest) return true;
  return kept.mark != mark && age >= std::max<Millis>(kShortest, kept.cost * kRest);
}

Board& Board::of(Tx& tx) {
  static const int kKey = 0;
  return tx.shared<Board>(&kKey, [] { return std::make_shared<Board>(); });
}

std::optional<Kept> Board::find(const std::string& key, Instant now) {
  const std::scoped_lock lock(mutex_);
  const auto at = kept_.find(key);
  if (at == kept_.end()) return std::nullopt;
  auto out = at->second;  // with when it was used before
  at->second.used = now;
  return out;
}

bool Board::has(const std::string& key) {
  const std::scoped_lock lock(mutex_);
  return kept_.contains(key);
}

void Board::put(const std::string& key, Kept kept) {
  const std::scoped_lock lock(mutex_);
  const auto had = kept_.find(key);
  if (had != kept_.end()) {
    if (had->second.as_of > kept.as_of) return;  // two computed it, the newer one stands
    kept.used = std::max(kept.used, had->second.used);
    had->second = std::move(kept);
    return;
  }
  if (kept_.size() >= kKeptMax)
    kept_.erase(std::ranges::min_element(kept_, {}, [](const auto& row) { return row.second.used; }));
  kept_.emplace(key, std::move(kept));
}

std::vector<std::pair<std::string, Kept>> Board::due(const std::string& mark, Instant now, int max) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::pair<std::string, Kept>> out;
  for (const auto& [key, kept] : kept_)
    if (now - kept.used < kUnused && is_stale(kept, mark, now)) out.emplace_back(key, kept);
  std::ranges::sort(out, {}, [](const auto& row) { return row.second.as_of; });
  if (out.size() > static_cast<std::size_t>(max)) out.resize(static_cast<std::size_t>(max));
  return out;
}

void Board::attended(bool yes) {
  const std::scoped_lock lock(mutex_);
  attendants_ += yes ? 1 : -1;
}
bool Board::attended() {
  const std::scoped_lock lock(mutex_);
  return attendants_ > 0;
}

Result<std::shared_ptr<const std::string>> serve(Tx& tx, const Scope& scope, const Question& asked, bool fresh) {
  auto& board = Board::of(tx);
  TRY(const auto question, settled(tx, asked));
  const auto key = board_key(scope, question);
  if (!fresh) {
    auto kept = board.find(key, tx.now());
    if (!kept) {
      TRY(auto stored, tx.maybe<Stored>(kStored, key));
      if (stored) {
        kept = Kept{scope, question, std::make_shared<const std::string>(std::move(stored->body)), stored->mark,
                    stored->as_of, tx.now(), {}};
        board.put(key, *kept);
      }
    }
    if (kept) {
      TRY(const auto mark, data_mark(tx));
      if (!is_stale(*kept, mark, tx.now())) return kept->body;
      // An old answer may be served while it is kept warm and too dear to wait for; never one that nobody renews.
      const bool warm = board.attended() && tx.now() - kept->used < kUnused;
      if (warm && kept->cost > kWorthWaiting) return kept->body;
    }
  }
  TRY(auto done, compute(tx, nullptr, scope, question));
  auto body = done.kept.body;
  board.put(key, std::move(done.kept));
  return body;
}

Result<int> refresh_due(Db& db, int max) {
  std::vector<std::pair<std::string, Kept>> due;
  TRY(db.read_raw([&](Tx& tx) -> Result<> {
    auto& board = Board::of(tx);
    TRY(const auto mark, data_mark(tx));
    const auto everything = Scope::everything("answers for the whole merchant are kept warm");
    for (const auto& asked : usual()) {
      TRY(const auto question, settled(tx, asked));
      const auto key = board_key(everything, question);
      if (!board.has(key)) due.push_back({key, Kept{everything, question, {}, {}, {}, {}, {}}});
    }
    for (auto& row : board.due(mark, tx.now(), max)) due.push_back(std::move(row));
    return {};
  }));
  int count = 0;
  for (const auto& [key, kept] : due) {
    if (count++ >= max) break;
    std::optional<Computed> done;
    TRY(db.read_raw([&](Tx& tx) -> Result<> {
      TRY(done, compute(tx, &db.clock(), kept.scope, kept.question));
      auto fresh = done->kept;
      fresh.used = kept.used;  // warming is no use: what nobody asks for again is not computed again
      Board::of(tx).put(key, std::move(fresh));
      return {};
    }));
    if (kept.scope.unlimited()) { TRY(store_answer(db, key, *done)); }
  }
  return std::min(count, max);
}

struct Refresher::Inside {
  Db& db;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;
  std::thread thread;

  explicit Inside(Db& store) : db(store) {}
  void attend(bool yes) {
    (void)db.read_raw([&](Tx& tx) -> Result<> { Board::of(tx).attended(yes); return {}; });
  }
  void run() {
    std::unique_lock lock(mutex);
    while (!stopping) {
      lock.unlock();
      (void)refresh_due(db);  // a store that is busy or closing: the next round tries again
      lock.lock();
      wake.wait_for(lock, kPause, [&] { return stopping; });
    }
  }
};

Refresher::Refresher(Db& db) : inside_(std::make_unique<Inside>(db)) {
  inside_->attend(true);
  inside_->thread = std::thread([this] {
    name_thread("koi-insight");
    inside_->run();
  });
}
Refresher::~Refresher() {
  {
    const std::scoped_lock lock(inside_->mutex);
    inside_->stopping = true;
  }
  inside_->wake.notify_all();
  inside_->thread.join();
  inside_->attend(false);
}

}  // namespace koi::insight
