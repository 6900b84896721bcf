/// Writes a set down: the lives of people, and a log of them in the order the events arrived.
///
/// First every person's events go to the peers' file and to buckets by arrival time, then each bucket is sorted into the
/// log; memory holds two buckets at a time.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>
#include <tuple>

#include "bench/behaviour/lives.h"
#include "bench/bench.h"

namespace koi::bench::behaviour {

namespace {

namespace fs = std::filesystem;
using std::uint32_t, std::uint64_t, std::int64_t, std::uint8_t;

constexpr int kParts = 2;      // people are made in so many ranges, by as many threads
constexpr int kBuckets = 128;  // of arrival time
constexpr uint64_t kFileRows = 1'000'000;

[[noreturn]] void stop(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

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
  Lives lives(plan);
  const auto edge = [&](int i) { return static_cast<uint32_t>(1 + plan.people * static_cast<uint64_t>(i) / kParts); };
  for (uint32_t person = edge(part); person < edge(part + 1); ++person) {
    if (fates.seconds.contains(person)) continue;  // lived by the first of the pair
    const auto found = fates.second_of.find(person);
    const auto second = found == fates.second_of.end() ? 0 : found->second;
    const auto* life = lives.live(person, second, shares.of(person) + (second != 0 ? shares.of(second) : 0));
    if (life == nullptr) stop("too many events a person for 180 days");
    const bool gone = fates.gone.contains(person);
    for (const auto& event : *life) {
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
    counts.events += life->size();
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
    for (const auto tag : tags_of(plan, person)) {
      out.put(TagRow{tag, person});
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
