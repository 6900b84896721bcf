#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <span>
#include <thread>

#include "bench/behaviour/behaviour.h"
#include "bench/bench.h"

namespace koi::bench::behaviour {

namespace {

constexpr std::size_t kWords = 128UL << 20;  // 1 GiB, far beyond any cache

/// Four sums, so that the adder does not wait for itself.
std::uint64_t read(const std::uint64_t* from, std::size_t words) {
  std::uint64_t a = 0, b = 0, c = 0, d = 0;
  for (std::size_t i = 0; i + 4 <= words; i += 4) {
    a += from[i];
    b += from[i + 1];
    c += from[i + 2];
    d += from[i + 3];
  }
  return a + b + c + d;
}

double best_rate(std::span<const std::uint64_t> memory, std::size_t threads) {
  std::atomic<std::uint64_t> sink = 0;
  double best = 0;
  for (int round = 0; round < 7; ++round) {
    const double began = seconds();
    {
      std::vector<std::jthread> readers;
      const auto share = memory.size() / threads;
      for (std::size_t i = 0; i < threads; ++i) readers.emplace_back([&, i] { sink += read(memory.data() + i * share, share); });
    }
    best = std::max(best, static_cast<double>(memory.size() * sizeof(std::uint64_t)) / (seconds() - began));
  }
  return best / 1e9;
}

}  // namespace

int bandwidth() {
  constexpr auto kBytes = kWords * sizeof(std::uint64_t);
  void* pages = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) return 1;
  madvise(pages, kBytes, MADV_HUGEPAGE);
  const std::span memory(static_cast<std::uint64_t*>(pages), kWords);
  std::ranges::fill(memory, 1);
  fmt::print(R"({{"one":{:.1f},"two":{:.1f}}})" "\n", best_rate(memory, 1), best_rate(memory, 2));
  return 0;
}

}  // namespace koi::bench::behaviour
