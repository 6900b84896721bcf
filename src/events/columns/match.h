/// Rows of some kinds, 64 looked at in one go: the part of every scan that must run as fast as memory.
#pragma once
#include <immintrin.h>

#include <array>
#include <utility>

#include "events/columns/part.h"

namespace koi::events::columns {

/// Kinds wanted of one part, by their codes there.
class Wanted {
 public:
  Wanted(const Part& part, std::span<const std::int64_t> kinds);  // empty: every kind
  bool none() const { return none_; }
  bool all() const { return all_; }
  bool has(std::uint32_t code) const { return all_ || set_[code]; }
  // A byte b is wanted when bit (b >> 4) % 8 of low_[b % 16] (codes under 128) or high_[b % 16] is set.
  alignas(16) std::array<std::uint8_t, 16> low{}, high{};

 private:
  std::vector<bool> set_;
  bool none_ = true, all_ = false;
};

/// By code of the part: whether it is one of these kinds.
std::vector<bool> codes_of(const Part& part, std::span<const std::int64_t> kinds);

/// Rows that stand behind one another, usually one person's.
struct Run { std::uint32_t begin = 0, end = 0; };

enum class Cpu : std::uint8_t { plain, avx2 };
/// What this machine can do; KOIPOND_PLAIN_CPU=1 makes it forget (tests compare both ways).
Cpu cpu();

namespace detail {

__attribute__((target("avx2"), always_inline)) inline std::uint64_t half_avx2(const std::uint8_t* p, __m256i low, __m256i high) {
  const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  const __m256i nibble = _mm256_set1_epi8(0x0F);
  const __m256i l = _mm256_and_si256(x, nibble), h = _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble);
  const __m256i bits = _mm256_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128, 1, 2,
                                        4, 8, 16, 32, 64, -128);
  // The sign bit of the byte picks the table.
  const __m256i table = _mm256_blendv_epi8(_mm256_shuffle_epi8(low, l), _mm256_shuffle_epi8(high, l), x);
  const __m256i bit = _mm256_shuffle_epi8(bits, h);
  return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(table, bit), bit)));
}

/// Both tables of a Wanted, ready to look at 64 rows.
struct Sieve {
  __m256i low, high;
  __attribute__((target("avx2"), always_inline)) explicit Sieve(const Wanted& wanted)
      : low(_mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(wanted.low.data())))),
        high(_mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(wanted.high.data())))) {}
  /// A bit for each of the rows from `base` that is wanted and before `end`.
  __attribute__((target("avx2"), always_inline)) std::uint64_t rows(const std::uint8_t* kinds, std::uint32_t base, std::uint32_t end) const {
    const auto bits = half_avx2(kinds + base, low, high) | half_avx2(kinds + base + 32, low, high) << 32;
    return end - base < 64 ? bits & ((1ULL << (end - base)) - 1) : bits;
  }
};

/// Calls fn(row) for each of the 64 rows from `base` whose bit is set; whether it said to stop.
template <class F>
[[gnu::always_inline]] inline bool each_bit(std::uint64_t bits, std::uint32_t base, F& fn) {
  for (; bits != 0; bits &= bits - 1)
    if (fn(base + static_cast<std::uint32_t>(__builtin_ctzll(bits)))) return true;
  return false;
}

template <class Runs, class F>
__attribute__((target("avx2,bmi"))) void each_avx2(const std::uint8_t* kinds, const Wanted& wanted, Runs& runs, F& fn) {
  const Sieve sieve(wanted);
  Run run;
  while (runs(run))
    for (auto base = run.begin; base < run.end; base += 64)
      if (each_bit(sieve.rows(kinds, base, run.end), base, fn)) break;
}

}  // namespace detail

/// Takes runs from `runs` (bool(Run&), until false) and calls fn(row) for each wanted row of each; fn says whether the rest of
/// the run does not matter.
template <class Runs, class F>
void each_match(const Part& part, const Wanted& wanted, Runs&& runs, F&& fn) {
  if (wanted.none()) return;
  if (!part.wide() && !wanted.all() && cpu() == Cpu::avx2) return detail::each_avx2(part.kind8(), wanted, runs, fn);
  Run run;
  while (runs(run))
    for (auto row = run.begin; row < run.end; ++row)
      if ((wanted.all() || wanted.has(part.kind_code(row))) && fn(row)) break;
}
/// Of one run.
template <class F>
void each_match(const Part& part, const Wanted& wanted, Run run, F&& fn) {
  bool taken = false;
  each_match(part, wanted, [&](Run& next) { return next = run, !std::exchange(taken, true); }, fn);
}

}  // namespace koi::events::columns
