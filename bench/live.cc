/// Live segments under load: events come at a steady rate whatever happens, and each is timed from its acknowledgement to the
/// commit of the turn that looked at it.
#include <fmt/format.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include "app/rooms.h"
#include "bench/bench.h"
#include "events/columns/columns.h"
#include "events/events.h"
#include "people/profile.h"
#include "segments/json.h"
#include "segments/live_engine.h"
#include "segments/text.h"

namespace koi::bench {
namespace {

constexpr std::size_t kTogether = 10'000;  // rows a transaction while the history is written
constexpr auto kTick = std::chrono::milliseconds(10);

/// What happens, and how often among a thousand.
struct Happening { const char* kind; int share; const char* props; bool money; };
constexpr const char* kOrder =
    R"({"order_id":"o","shop_id":"s","lines":[{"sku_id":"tea","qty":1}],"total_fen":3900,"pay_fen":3900,"points_used":0,"coupon_ids":[],"first_order":false,"touch":{}})";
constexpr Happening kHappenings[] = {
    {"page_viewed", 560, R"({"page":"home"})", false}, {"content_viewed", 180, R"({"dwell_ms":4000})", false},
    {"code_scanned", 80, R"({"code_id":"c1","scene":"store","is_first":false})", false}, {"order_paid", 120, kOrder, true},
    {"message_received_from_customer", 40, "{}", false}, {"checkin_done", 20, "{}", false}};

class Crowd {
 public:
  Crowd(Db& db, const LivePlan& plan) : db_(db), plan_(plan), rng_(1) {}

  /// A store that has people already is taken as it is: made once, it is measured many times.
  Result<bool> found() {
    TRY(people_, db_.read([](Tx& tx) { return tx.all<PersonId>("SELECT id FROM person ORDER BY id"); }));
    return !people_.empty();
  }
  Result<> make() {
    TRY(db_.write([](Tx& tx) { return events::install_catalogue(tx); }));
    for (std::int64_t from = 0; from < plan_.people; from += kTogether) TRY(db_.write([&](Tx& tx) { return add_people(tx, std::min<std::int64_t>(kTogether, plan_.people - from)); }));
    const auto events = plan_.people * plan_.history;
    for (std::int64_t from = 0; from < events; from += kTogether)
      TRY(db_.write([&](Tx& tx) -> Result<> {
        for (std::size_t i = 0; i < kTogether; ++i) TRY(happen(tx, tx.now() - Millis(rng_() % (365LL * 86'400'000))));
        return {};
      }));
    return {};
  }
  /// One more event of somebody.
  Result<events::Seq> happen(Tx& tx, Instant at) {
    auto dice = static_cast<int>(rng_() % 1000);
    const auto* what = kHappenings;
    while ((dice -= what->share) >= 0) ++what;
    return events::append(tx, {.kind = what->kind, .person = people_[rng_() % people_.size()], .at = at, .props = what->props,
                               .amount_fen = what->money ? static_cast<std::int64_t>(900 + rng_() % 20'000) : 0});
  }

 private:
  Result<> add_people(Tx& tx, std::int64_t count) {
    constexpr std::string_view kPerson = "INSERT INTO person (id, created_at, first_seen_at, last_seen_at) VALUES ($1, $2, $2, $2)";
    static constexpr const char* kCities[] = {"上海", "北京", "广州", "深圳", "杭州"};
    const auto first = people_.size();
    for (std::int64_t i = 0; i < count; ++i) {
      people_.push_back(tx.next_id<PersonId>());
      TRY(tx.append(kPerson, people_.back(), tx.now() - Millis(rng_() % (365LL * 86'400'000))));
    }
    for (auto i = first; i < people_.size(); ++i) {
      if (rng_() % 5 == 0) TRY(people::set_attributes(tx, {.person = people_[i], .values = {{"city", kCities[rng_() % 5]}}, .source = "import:1"}));
      if (rng_() % 5 == 0) TRY(people::tag_person(tx, {.person = people_[i], .tags = {rng_() % 2 == 0 ? "口味/茶" : "口味/咖啡"}, .source = "import:1", .expires = {}, .create = true}));
    }
    return {};
  }

  Db& db_;
  const LivePlan& plan_;
  std::mt19937_64 rng_;
  std::vector<PersonId> people_;
};

/// A mix of what merchants ask: windows of counts and sums, absence, tags, sequences, attributes.
std::string rule_text(int n) {
  const auto days = 7 + n % 12 * 7;
  switch (n % 7) {
    case 0: return fmt::format("count(order_paid within last {}d) >= {}", days, 1 + n % 4);
    case 1: return fmt::format("sum(order_paid.amount within last {}d) >= {}元", days, 50 + n % 10 * 100);
    case 2: return fmt::format("did(order_paid) and not did(order_paid within last {}d)", days);
    case 3: return fmt::format("tags has any (\"口味/茶\") and did(page_viewed within last {}d)", days);
    case 4: return fmt::format("seq(code_scanned -> order_paid within {}d) within last {}d", 1 + n % 7, 30 + days);
    case 5: return fmt::format("city in (\"上海\", \"杭州\") and orders >= {} and did(content_viewed within last {}d)", 1 + n % 3, days);
    default: return fmt::format("did(code_scanned within last {}d without order_paid within {}d after)", days + 30, 1 + n % 7);
  }
}

Result<> make_segments(Db& db, int count) {
  return db.write([&](Tx& tx) -> Result<> {
    TRY(const auto there, tx.one<std::int64_t>("SELECT COUNT(*) FROM segment"));
    for (int n = static_cast<int>(there); n < count; ++n) {
      TRY(const auto parsed, segments::parse_rule(rule_text(n)));
      const auto id = tx.next_id<segments::SegmentId>();
      TRY(tx.exec("INSERT INTO segment (id, name, mode, created_at, updated_at) VALUES ($1, $2, 'live', $3, $3)", id, fmt::format("segment {}", n), tx.now()));
      TRY(tx.exec("INSERT INTO segment_version (segment_id, version, rule, at) VALUES ($1, 1, $2, $3)", id, segments::json_of(parsed.rule), tx.now()));
      TRY(tx.exec("INSERT INTO segment_state (segment_id, version, refill) VALUES ($1, 0, 1)", id));
    }
    return {};
  });
}

/// Memory of this process that is no file's, in MiB.
double own_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("RssAnon:")) return std::strtod(line.c_str() + 8, nullptr) / 1024;
  return 0;
}

/// The most of it while this lives.
class MemoryPeak {
 public:
  double mib() const { return peak_; }

 private:
  std::atomic<double> peak_ = 0;
  std::jthread watch_{[this](std::stop_token stop) {
    for (; !stop.stop_requested(); std::this_thread::sleep_for(std::chrono::milliseconds(50))) peak_ = std::max(peak_.load(), own_memory());
  }};
};

/// Events sent at their time, however long the answers take; when each was answered, and when it was looked at.
class Stream {
 public:
  Stream(Db& db, Crowd& crowd, const LivePlan& plan) : db_(db), crowd_(crowd), plan_(plan) {}

  void run(LiveFigures& figures) {
    const auto& engine = segments::LiveEngine::of(db_);
    std::jthread watch([&](std::stop_token stop) {
      while (!stop.stop_requested()) {
        looked(engine.looked_at());
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
    });
    const auto each = plan_.rate / 100;
    auto next = std::chrono::steady_clock::now();
    const auto ticks = static_cast<int>(plan_.seconds * 100);
    for (int tick = 0; tick < ticks; ++tick, next += kTick) {
      std::this_thread::sleep_until(next);
      send(each);
    }
    for (const auto until = seconds() + 60; seconds() < until;) {
      {
        const std::scoped_lock lock(mutex_);
        if (answered_ == sent_ && waiting_.empty()) break;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    watch.request_stop();
    watch.join();
    figures.events = sent_;
    figures.lost = refused_ + waiting_.size();
    figures.latency_ms = percentiles(latencies_);
  }

 private:
  void send(std::int64_t count) {
    sent_ += static_cast<std::uint64_t>(count);
    const auto last = std::make_shared<events::Seq>(0);
    const auto queued = db_.writer().submit({}, [this, count, last](Tx& tx) -> Result<> {
      for (std::int64_t i = 0; i < count; ++i) { TRY(*last, crowd_.happen(tx, {})); }
      return {};
    }, [this, count, last](Result<> done) {
      const std::scoped_lock lock(mutex_);
      answered_ += static_cast<std::uint64_t>(count);
      if (done) waiting_.push_back({*last, seconds(), count});
      else refused_ += static_cast<std::uint64_t>(count);
    });
    if (queued) return;
    const std::scoped_lock lock(mutex_);
    answered_ += static_cast<std::uint64_t>(count);
    refused_ += static_cast<std::uint64_t>(count);
  }
  void looked(events::Seq upto) {
    const std::scoped_lock lock(mutex_);
    const auto now = seconds();
    while (!waiting_.empty() && waiting_.front().seq <= upto) {
      latencies_.insert(latencies_.end(), static_cast<std::size_t>(waiting_.front().events), (now - waiting_.front().at) * 1000);
      waiting_.pop_front();
    }
  }

  struct Batch { events::Seq seq; double at; std::int64_t events; };
  Db& db_;
  Crowd& crowd_;
  const LivePlan& plan_;
  std::mutex mutex_;
  std::uint64_t sent_ = 0, answered_ = 0, refused_ = 0;
  std::deque<Batch> waiting_;
  std::vector<double> latencies_;
};

Result<LiveFigures> run(const LivePlan& plan) {
  LiveFigures figures;
  store::Options options{.address = plan.dir, .data_dir = plan.dir};
  TRY(auto db, Db::open(options));
  TRY(db->migrate(app::schemas()));
  Crowd crowd(*db, plan);
  auto began = seconds();
  TRY(const bool found, crowd.found());
  if (!found) TRY(crowd.make());
  TRY(events::drain(*db, people::consumers()));
  TRY(events::columns::settle(*db));
  figures.history_seconds = seconds() - began;
  TRY(make_segments(*db, plan.segments));
  const MemoryPeak memory;
  began = seconds();
  TRY(segments::settle_live(*db));
  figures.fill_seconds = seconds() - began;
  figures.fill_memory_mib = memory.mib();
  TRY(figures.members, db->read([](Tx& tx) { return tx.one<std::int64_t>("SELECT CAST(SUM(size) AS BIGINT) FROM segment_state"); }));

  const auto turns = people::consumers();
  events::Runner runner(*db, {turns.begin(), turns.end()});
  events::columns::Keeper keeper(*db);
  segments::Live live(*db);
  runner.start();
  keeper.start();
  live.start();
  const auto before = live.figures();
  const auto commits = db->figures().commits;
  began = seconds();
  Stream(*db, crowd, plan).run(figures);
  figures.seconds = seconds() - began;
  figures.memory_mib = memory.mib();
  live.stop();
  const auto after = live.figures();
  keeper.stop();
  figures.cpu = (after.cpu_seconds - before.cpu_seconds) / figures.seconds;
  figures.moves = after.entered + after.left - before.entered - before.left;
  figures.looked = after.looked - before.looked;
  figures.turns = after.turns - before.turns;
  figures.corrections = after.corrections + after.failures;
  figures.commits = db->figures().commits - commits;
  return figures;
}

}  // namespace

std::optional<LiveFigures> live(const LivePlan& plan) {
  auto out = run(plan);
  if (out) return *out;
  fmt::print(stderr, "{} {}\n", out.error().code, out.error().detail);
  return std::nullopt;
}

}  // namespace koi::bench
