#include "events/columns/periods.h"

#include <immintrin.h>

#include <bit>

#include "events/columns/match.h"

namespace koi::events::columns {

namespace {
using namespace std::chrono;

/// Periods of one length, 32 seconds in one go; how many were done.
__attribute__((target("avx2"))) std::size_t even_periods(std::span<const std::uint32_t> seconds, std::uint32_t start, std::uint32_t factor, int shift,
                                                         std::uint32_t periods, std::uint8_t* out) {
  const auto from = _mm256_set1_epi32(static_cast<int>(start)), by = _mm256_set1_epi64x(factor), last = _mm256_set1_epi32(static_cast<int>(periods - 1));
  const auto down = _mm_cvtsi32_si128(shift);
  const auto period = [&](std::size_t i) __attribute__((target("avx2"), always_inline)) {
    const auto since = _mm256_sub_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(seconds.data() + i)), from);
    const auto even = _mm256_srl_epi64(_mm256_mul_epu32(since, by), down);
    const auto odd = _mm256_srl_epi64(_mm256_mul_epu32(_mm256_srli_epi64(since, 32), by), down);
    const auto both = _mm256_or_si256(even, _mm256_slli_epi64(odd, 32));
    return _mm256_min_epu32(_mm256_or_si256(both, _mm256_cmpgt_epi32(both, last)), _mm256_set1_epi32(Periods::kNoByte));
  };
  std::size_t i = 0;
  for (; i + 32 <= seconds.size(); i += 32) {
    const auto low = _mm256_packus_epi32(period(i), period(i + 8)), high = _mm256_packus_epi32(period(i + 16), period(i + 24));
    // The halves of each register were packed apart.
    const auto bytes = _mm256_permutevar8x32_epi32(_mm256_packus_epi16(low, high), _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i), bytes);
  }
  return i;
}
}  // namespace

LocalDay period_start(Unit unit, LocalDay day) {
  if (unit == Unit::week) return day - (weekday{day} - Monday);
  if (unit == Unit::day) return day;
  const year_month_day date{day};
  return LocalDay{date.year() / date.month() / 1};
}

LocalDay next_period(Unit unit, LocalDay start) {
  if (unit == Unit::week) return start + days{7};
  if (unit == Unit::day) return start + days{1};
  const year_month_day date{start};
  return LocalDay{(date.year() / date.month() + months{1}) / 1};
}

Periods::Periods(const Zone& zone, Unit unit, Instant from, Instant to) {
  auto day = period_start(unit, zone.day_of(from));
  do {
    starts_.push_back(to_ms(zone.start_of(day)) / 1000);
    day = next_period(unit, day);
  } while (zone.start_of(day) < to && starts_.size() < kMax);
  starts_.push_back(to_ms(zone.start_of(day)) / 1000);
  measure();
  const auto on_quarter = [&](std::int64_t start) { return (start - starts_.front()) % kQuarter == 0; };
  if (!std::ranges::all_of(starts_, on_quarter) || starts_.back() - starts_.front() > kQuartersMax * kQuarter) return;
  for (std::uint32_t i = 0; i < size(); ++i)
    quarters_.insert(quarters_.end(), static_cast<std::size_t>((starts_[i + 1] - starts_[i]) / kQuarter), static_cast<std::uint16_t>(i));
}

/// Exact below 2^31 seconds from the first start, since factor * length - 2^shift < length <= 2^(shift - 31). What is further, and
/// what is before the start and wraps, comes out beyond every period.
void Periods::measure() {
  constexpr std::int64_t kLongest = (std::int64_t{1} << 31) / 256;
  const auto length = starts_[1] - starts_[0];
  for (std::uint32_t i = 0; i < size(); ++i)
    if (starts_[i + 1] - starts_[i] != length) return;
  if (length < 2 || length > kLongest || starts_.front() < 0 || starts_.back() > UINT32_MAX) return;
  shift_ = 31 + static_cast<int>(std::bit_width(static_cast<std::uint64_t>(length - 1)));
  factor_ = ((std::uint64_t{1} << shift_) + static_cast<std::uint64_t>(length) - 1) / static_cast<std::uint64_t>(length);
}

void Periods::of(std::span<const std::uint32_t> seconds, std::uint8_t* out) const {
  std::size_t i = 0;
  if (factor_ != 0 && cpu() == Cpu::avx2)
    i = even_periods(seconds, static_cast<std::uint32_t>(starts_.front()), static_cast<std::uint32_t>(factor_), shift_, size(), out);
  for (; i < seconds.size(); ++i) out[i] = static_cast<std::uint8_t>(std::min<std::uint32_t>(of(seconds[i]), kNoByte));
}

std::uint32_t Periods::sought(std::uint32_t second) const {
  return static_cast<std::uint32_t>(std::ranges::upper_bound(starts_, std::int64_t{second}) - starts_.begin() - 1);
}

}  // namespace koi::events::columns
