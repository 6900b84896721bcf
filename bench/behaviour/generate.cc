/// Makes people who scan, look, buy and read messages, and a log of it in the order the events arrived.
///
/// Answers must not depend on how an engine orders equal times: within one person, merged numbers included, the kinds
/// the questions name (1, 3-6, 8) come strictly later than every event before them. Only other kinds share a
/// millisecond with their predecessor. A merged pair is one life whose visits fall to either number, so this holds
/// across the two as well.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include "bench/behaviour/behaviour.h"
#include "bench/bench.h"

namespace koi::bench::behaviour {

namespace {

namespace fs = std::filesystem;
using std::uint32_t, std::uint64_t, std::int64_t, std::uint8_t;

constexpr double kSkew = 0.7;  // events of the person of rank r are in proportion to r^-kSkew
constexpr int kParts = 2;      // people are made in so many ranges, by as many threads
constexpr int kBuckets = 128;  // of arrival time
constexpr uint64_t kFileRows = 1'000'000;
constexpr int64_t kLateMinMs = 2 * kMinuteMs, kLateMaxMs = 3 * kDayMs;
constexpr double kLate = 0.02, kOvertaken = 0.05, kSameMs = 0.005;
constexpr int kTags = 32;
// From one step to the next, an event of the visit moves on with these odds.
constexpr double kTouched = 0.60, kMoves[] = {0.30, 0.30, 0.45, 0.60};
constexpr uint8_t kSteps[] = {kViewed, kCarted, kOrdered, kPaid};
// What else people do, the frequent kinds more than once.
constexpr uint8_t kOthers[] = {2,  2,  2,  2,  2,  7,  7,  7,  8,  8,  9,  10, 11, 11, 12, 13, 13,
                               14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30};

[[noreturn]] void stop(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

/// A seeded stream (splitmix64). Each person has its own, so that threads do not matter.
class Dice {
 public:
  Dice(uint64_t seed, uint64_t stream) : state_(seed * 0x51ed270b35ae1f45ULL + stream * 0xd1342543de82ef95ULL) {}
  uint64_t next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  double unit() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  bool chance(double odds) { return unit() < odds; }
  template <class T>
  T below(T n) {
    return static_cast<T>(next() % static_cast<uint64_t>(n));
  }
  double waiting() { return -std::log(1 - unit()); }  // exponential, mean 1

 private:
  uint64_t state_;
};

struct [[gnu::packed]] Arrival {
  Row row;
  uint32_t delay_ms;
  int64_t at_ms() const { return row.at_ms + delay_ms; }
};
static_assert(sizeof(Arrival) == 24);

class Out {
 public:
  explicit Out(const fs::path& path) : file_(std::fopen(path.c_str(), "wb")) {
    if (file_ == nullptr) stop("cannot write " + path.string());
    std::setvbuf(file_, nullptr, _IOFBF, 1 << 16);
  }
  Out(const Out&) = delete;
  Out& operator=(const Out&) = delete;
  ~Out() { if (std::fclose(file_) != 0) stop("the disk is full"); }
  template <class T>
  void put(const T& value) {
    if (std::fwrite(&value, sizeof(T), 1, file_) != 1) stop("the disk is full");
  }

 private:
  std::FILE* file_;
};

// --- who -----------------------------------------------------------------------------------------------------------
/// People with a fate: erased ones, and pairs whose second number was merged into the first. Nobody is in two.
struct Fates {
  std::vector<uint32_t> erased;
  std::vector<std::pair<uint32_t, uint32_t>> merged;
  std::unordered_set<uint32_t> gone, seconds;
  std::unordered_map<uint32_t, uint32_t> second_of;
};

Fates choose_fates(const Plan& plan) {
  Fates fates;
  Dice dice(plan.seed, ~uint64_t{0});
  std::unordered_set<uint32_t> taken;
  const auto pick = [&] {
    for (;;)
      if (const auto who = static_cast<uint32_t>(1 + dice.below(plan.people)); taken.insert(who).second) return who;
  };
  for (uint64_t i = std::min<uint64_t>(1000, plan.people / 100); i > 0; --i) fates.erased.push_back(pick());
  for (uint64_t i = std::min<uint64_t>(2000, plan.people / 50); i > 0; --i) {
    const auto first = pick(), second = pick();
    fates.merged.emplace_back(first, second);
  }
  std::ranges::sort(fates.erased);
  std::ranges::sort(fates.merged);
  fates.gone.insert(fates.erased.begin(), fates.erased.end());
  for (const auto& [first, second] : fates.merged) {
    fates.seconds.insert(second);
    fates.second_of.emplace(first, second);
  }
  return fates;
}

/// How many events a person has: Zipf by a rank that is spread over the numbers.
class Shares {
 public:
  explicit Shares(const Plan& plan) : people_(plan.people) {
    double sum = 0;
    for (uint64_t rank = 1; rank <= people_; ++rank) sum += std::pow(static_cast<double>(rank), -kSkew);
    scale_ = static_cast<double>(plan.events) / sum;
  }
  uint64_t of(uint32_t person) const {
    const auto rank = (person * 2'654'435'761ULL + 12'345) % people_ + 1;
    return std::max<uint64_t>(1, static_cast<uint64_t>(std::llround(scale_ * std::pow(static_cast<double>(rank), -kSkew))));
  }

 private:
  uint64_t people_;
  double scale_ = 0;
};

// --- what they do --------------------------------------------------------------------------------------------------
/// How long after it happened the log learns of an event: soon, overtaken by others, or late by minutes to days.
uint32_t delay_of(Dice& dice) {
  const double fate = dice.unit();
  if (fate < kLate) {
    static const double spread = std::log(static_cast<double>(kLateMaxMs) / static_cast<double>(kLateMinMs));
    return static_cast<uint32_t>(static_cast<double>(kLateMinMs) * std::exp(spread * dice.unit()));
  }
  if (fate < kLate + kOvertaken) return static_cast<uint32_t>(dice.below(kLateMinMs));
  return static_cast<uint32_t>(20 + dice.below(480));
}

uint32_t amount_of(Dice& dice) { return 500 + static_cast<uint32_t>(100 * std::exp(2.5 + 2.2 * dice.unit() + 1.5 * dice.unit())); }

/// What an event of a visit is; `step` is how far the visit has come towards paying.
uint8_t kind_of(Dice& dice, bool first, std::size_t& step) {
  const double luck = dice.unit();
  if (first && luck < kTouched) return kTouch;
  if (luck < kMoves[step]) {
    const auto kind = kSteps[step];
    step = (step + 1) % std::size(kSteps);
    return kind;
  }
  return kOthers[dice.below(std::size(kOthers))];
}

bool order_matters(uint8_t kind) { return kind == kTouch || kind == kOpened || (kind >= kViewed && kind <= kPaid); }

/// Visits of 4 to 12 events that add up to `events`, each with its start: spread over the time since the person came.
struct Visit { int64_t start_ms; uint64_t events; };
void plan_visits(Dice& dice, uint64_t events, std::vector<Visit>& visits) {
  visits.clear();
  const double span = static_cast<double>(kNow - kT0), joined = dice.chance(0.5) ? 0 : dice.unit() * 150.0 / 180.0 * span;
  std::vector<double> waited;
  double sum = 0;
  while (events > 0) {
    const auto length = std::min<uint64_t>(events, 4 + dice.below(9));
    waited.push_back(sum += dice.waiting());
    visits.push_back({0, length});
    events -= length;
  }
  sum += dice.waiting();
  for (std::size_t i = 0; i < visits.size(); ++i)
    visits[i].start_ms = kT0 + static_cast<int64_t>(joined + (span - joined) * 0.999 * waited[i] / sum);
}

/// One life, oldest event first. `second`, if any, is another number the same person goes by.
void live(Dice& dice, uint32_t person, uint32_t second, uint64_t events, std::vector<Visit>& visits, std::vector<Arrival>& life) {
  life.clear();
  plan_visits(dice, events, visits);
  Row row{.city = static_cast<uint8_t>(dice.below(64))};
  int64_t last = 0;
  for (const auto& visit : visits) {
    row.person = second != 0 && dice.chance(0.5) ? second : person;
    row.channel = static_cast<uint8_t>(1 + std::min(10, static_cast<int>(3 * dice.waiting())));
    row.device = dice.below(uint8_t{3});
    std::size_t step = 0;
    for (uint64_t i = 0; i < visit.events; ++i) {
      row.kind = kind_of(dice, i == 0, step);
      row.amount_fen = row.kind == kPaid ? amount_of(dice) : 0;
      const auto gap = 1 + dice.below(30 * kSecondMs);
      const bool together = last != 0 && !order_matters(row.kind) && dice.chance(kSameMs);
      row.at_ms = together ? last : std::max(last + 1, i == 0 ? visit.start_ms : last + gap);
      last = row.at_ms;
      if (last >= kNow) stop("too many events a person for 180 days");
      life.push_back({row, delay_of(dice)});
    }
  }
}

// --- where it goes -------------------------------------------------------------------------------------------------
std::size_t bucket_of(int64_t arrived_ms) {
  return static_cast<std::size_t>((arrived_ms - kT0) * kBuckets / (kNow + kLateMaxMs - kT0 + 1));
}
fs::path bucket_path(const fs::path& folder, int part, std::size_t bucket) {
  return folder / "buckets" / fmt::format("{}-{}", part, bucket);
}
fs::path log_path(const fs::path& folder, uint64_t file) { return folder / fmt::format("log-{:04}.bin", file); }

struct Counts { uint64_t events = 0, late = 0, for_peers = 0; std::vector<uint64_t> in_bucket = std::vector<uint64_t>(kBuckets); };

/// The people of one range: their events to the peers' file, and to buckets by arrival.
Counts make_people(const Plan& plan, const Fates& fates, const Shares& shares, const fs::path& folder, int part) {
  Counts counts;
  Out peers(folder / "peers" / fmt::format("{}.rows", part));
  std::vector<std::unique_ptr<Out>> buckets;
  for (std::size_t i = 0; i < kBuckets; ++i) buckets.push_back(std::make_unique<Out>(bucket_path(folder, part, i)));
  std::vector<Visit> visits;
  std::vector<Arrival> life;
  const auto edge = [&](int i) { return static_cast<uint32_t>(1 + plan.people * static_cast<uint64_t>(i) / kParts); };
  for (uint32_t person = edge(part); person < edge(part + 1); ++person) {
    if (fates.seconds.contains(person)) continue;  // lived by the first of the pair
    const auto found = fates.second_of.find(person);
    const auto second = found == fates.second_of.end() ? 0 : found->second;
    Dice dice(plan.seed, person);
    live(dice, person, second, shares.of(person) + (second != 0 ? shares.of(second) : 0), visits, life);
    const bool gone = fates.gone.contains(person);
    for (const auto& event : life) {
      const auto bucket = bucket_of(event.at_ms());
      buckets[bucket]->put(event);
      ++counts.in_bucket[bucket];
      counts.late += event.delay_ms >= kLateMinMs;
      if (gone) continue;
      auto row = event.row;
      row.person = person;
      peers.put(row);
      ++counts.for_peers;
    }
    counts.events += life.size();
  }
  return counts;
}

std::vector<Arrival> read_bucket(const fs::path& folder, std::size_t bucket) {
  std::vector<Arrival> all;
  for (int part = 0; part < kParts; ++part) {
    const auto path = bucket_path(folder, part, bucket);
    const auto had = all.size(), more = fs::file_size(path) / sizeof(Arrival);
    all.resize(had + more);
    std::ifstream(path, std::ios::binary).read(reinterpret_cast<char*>(all.data() + had), static_cast<std::streamsize>(more * sizeof(Arrival)));
    fs::remove(path);
  }
  return all;
}

/// Rows of the log from number `first` on, into the files they belong to.
void write_log(const fs::path& folder, uint64_t first, const std::vector<Row>& rows) {
  for (uint64_t done = 0; done < rows.size();) {
    const auto at = first + done, room = kFileRows - at % kFileRows, count = std::min<uint64_t>(room, rows.size() - done);
    const int file = ::open(log_path(folder, at / kFileRows).c_str(), O_CREAT | O_WRONLY, 0644);
    auto bytes = count * sizeof(Row), offset = at % kFileRows * sizeof(Row);
    const auto* from = reinterpret_cast<const char*>(rows.data() + done);
    while (bytes > 0) {
      const auto wrote = ::pwrite(file, from, bytes, static_cast<off_t>(offset));
      if (wrote <= 0) stop("cannot write the log");
      from += wrote;
      bytes -= static_cast<uint64_t>(wrote);
      offset += static_cast<uint64_t>(wrote);
    }
    ::close(file);
    done += count;
  }
}

/// Buckets follow one another in time; inside each, events are put in the order they arrived.
void sort_log(const fs::path& folder, const std::vector<uint64_t>& in_bucket) {
  std::vector<uint64_t> first(kBuckets, 0);
  for (std::size_t i = 1; i < kBuckets; ++i) first[i] = first[i - 1] + in_bucket[i - 1];
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    std::vector<Row> rows;
    for (std::size_t i; (i = next++) < kBuckets;) {
      auto bucket = read_bucket(folder, i);
      std::ranges::sort(bucket, {}, [](const Arrival& a) { return std::tuple(a.at_ms(), +a.row.person, +a.row.at_ms, a.row.kind); });
      rows.clear();
      for (const auto& event : bucket) rows.push_back(event.row);
      write_log(folder, first[i], rows);
    }
  };
  std::jthread other(work);
  work();
}

uint64_t write_tags(const Plan& plan, const Fates& fates, const fs::path& folder) {
  Out out(folder / "tags.bin");
  uint64_t rows = 0;
  for (uint32_t person = 1; person <= plan.people; ++person) {
    if (fates.gone.contains(person) || fates.seconds.contains(person)) continue;
    Dice dice(~plan.seed, person);
    for (int tag = 1; tag <= kTags; ++tag) {
      if (!dice.chance(tag == 1 ? 0.30 : tag == 2 ? 0.20 : 1.0 / (tag + 1))) continue;
      out.put(TagRow{static_cast<uint8_t>(tag), person});
      ++rows;
    }
  }
  return rows;
}

void write_manifest(const Plan& plan, const Fates& fates, const Counts& counts, uint64_t tag_rows, const fs::path& folder) {
  std::string kinds, files, pairs;
  for (const auto kind : kKinds) kinds += fmt::format("{}\"{}\"", kinds.empty() ? "" : ",", kind);
  for (uint64_t i = 0; i * kFileRows < counts.events; ++i)
    files += fmt::format("{}\"{}\"", i == 0 ? "" : ",", log_path({}, i).string());
  for (const auto& [first, second] : fates.merged) pairs += fmt::format("{}[{},{}]", pairs.empty() ? "" : ",", first, second);
  const auto half = folder / "manifest.half";
  std::ofstream(half) << fmt::format(
      R"({{"generator":{},"seed":{},"people":{},"asked":{},"events":{},"late":{},"events_for_peers":{},"tag_rows":{},)" "\n"
      R"("t0_ms":{},"now_ms":{},"row":"u32 person, u8 kind, u8 channel, u8 city, u8 device, i64 at_ms, u32 amount_fen",)" "\n"
      R"("kinds":[{}],)" "\n" R"("files":[{}],)" "\n" R"("erased":[{}],)" "\n" R"("merged":[{}]}})" "\n",
      kGenerator, plan.seed, plan.people, plan.events, counts.events, counts.late, counts.for_peers, tag_rows, kT0, kNow, kinds, files,
      fmt::join(fates.erased, ","), pairs);
  fs::rename(half, folder / "manifest.json");
}

}  // namespace

int generate(const Plan& plan) {
  const auto folder = fs::path(plan.into) / fmt::format("p{}-e{}-s{}-v{}", plan.people, plan.events, plan.seed, kGenerator);
  fmt::print("{}\n", folder.string());
  if (!plan.fresh && fs::exists(folder / "manifest.json")) return 0;
  if (plan.people < 100 || plan.people >= 1ULL << 32) stop("from 100 people to four thousand million");
  const double began = seconds();
  for (const auto* old : {"manifest.json", "buckets"}) fs::remove_all(folder / old);
  fs::create_directories(folder / "buckets");
  fs::create_directories(folder / "peers");

  const auto fates = choose_fates(plan);
  const Shares shares(plan);
  std::vector<Counts> parts(kParts);
  {
    std::vector<std::jthread> threads;
    for (int part = 0; part < kParts; ++part)
      threads.emplace_back([&, part] { parts[static_cast<std::size_t>(part)] = make_people(plan, fates, shares, folder, part); });
  }
  Counts all;
  for (const auto& part : parts) {
    all.events += part.events;
    all.late += part.late;
    all.for_peers += part.for_peers;
    for (std::size_t i = 0; i < kBuckets; ++i) all.in_bucket[i] += part.in_bucket[i];
  }
  fmt::print(stderr, "{} events of {} people after {:.1f} s\n", all.events, plan.people, seconds() - began);
  sort_log(folder, all.in_bucket);
  fs::remove_all(folder / "buckets");
  write_manifest(plan, fates, all, write_tags(plan, fates, folder), folder);
  fmt::print(stderr, "generated in {:.1f} s\n", seconds() - began);
  return 0;
}

}  // namespace koi::bench::behaviour
