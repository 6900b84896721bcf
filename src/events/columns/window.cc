#include "events/columns/window.h"

namespace koi::events::columns {

namespace {

/// Seconds that are in it for sure, and the two at its edges whose thousandths decide.
struct Seconds {
  std::uint32_t first = 1, last = 0;  // none when last < first
  std::uint32_t edges[2] = {0, 0};
  Seconds(std::int64_t from_ms, std::int64_t to_ms) {
    const auto inside = [](std::int64_t second) { return static_cast<std::uint32_t>(std::clamp<std::int64_t>(second, 0, UINT32_MAX)); };
    edges[0] = inside(from_ms / 1000);
    edges[1] = inside(to_ms / 1000);
    const auto from = from_ms <= 0 ? 0 : from_ms / 1000 + 1, to = to_ms / 1000 - 1;
    if (to_ms >= 1000 && from <= to && from <= UINT32_MAX) first = inside(from), last = inside(to);
  }
};

/// A bit for each of 8 rows.
__attribute__((target("avx2"), always_inline)) inline std::uint32_t bits_of(__m256i same) {
  return static_cast<std::uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(same)));
}

/// Calls edge(row) for each row of an edge; how many rows were looked at.
template <class F>
__attribute__((target("avx2"))) std::uint32_t mark_avx2(std::span<const std::uint32_t> seconds, const Seconds& in, std::uint64_t* bits, F& edge) {
  const auto first = _mm256_set1_epi32(static_cast<int>(in.first)), last = _mm256_set1_epi32(static_cast<int>(in.last));
  const auto from = _mm256_set1_epi32(static_cast<int>(in.edges[0])), to = _mm256_set1_epi32(static_cast<int>(in.edges[1]));
  std::uint32_t row = 0;
  for (; row + 64 <= seconds.size(); row += 64) {
    std::uint64_t within = 0, at_edge = 0;
    for (std::uint32_t i = 0; i < 64; i += 8) {
      const auto x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(&seconds[row + i]));
      const auto inside = _mm256_and_si256(_mm256_cmpeq_epi32(_mm256_max_epu32(x, first), x), _mm256_cmpeq_epi32(_mm256_min_epu32(x, last), x));
      within |= std::uint64_t{bits_of(inside)} << i;
      at_edge |= std::uint64_t{bits_of(_mm256_or_si256(_mm256_cmpeq_epi32(x, from), _mm256_cmpeq_epi32(x, to)))} << i;
    }
    bits[row / 64] = within;
    for (; at_edge != 0; at_edge &= at_edge - 1) edge(row + static_cast<std::uint32_t>(__builtin_ctzll(at_edge)));
  }
  return row;
}

}  // namespace

void Window::mark(const Lane& lane, Run rows, std::int64_t from_ms, std::int64_t to_ms) {
  const auto begin = rows.begin / 64 * 64;  // words are the lane's
  const auto seconds = lane.seconds.subspan(begin, rows.end - begin);
  bits_.assign(seconds.size() / 64 + 1, 0);
  const auto exact = [&](std::uint32_t row) {
    const auto at = lane.at(begin + row);
    const auto bit = 1ULL << row % 64;
    if (at >= from_ms && at < to_ms) bits_[row / 64] |= bit;
    else bits_[row / 64] &= ~bit;
  };
  const Seconds in(from_ms, to_ms);
  for (auto row = cpu() == Cpu::avx2 ? mark_avx2(seconds, in, bits_.data(), exact) : 0; row < seconds.size(); ++row) exact(row);
  bits_[0] &= ~0ULL << rows.begin % 64;
}

}  // namespace koi::events::columns
