/// Which rows of a lane are in a stretch of time, as bits.
#pragma once
#include "events/columns/match.h"

namespace koi::events::columns {

class Window {
 public:
  /// Of rows [rows.begin, rows.end), those in [from_ms, to_ms).
  void mark(const Lane& lane, Run rows, std::int64_t from_ms, std::int64_t to_ms);
  /// Calls fn(j, row) for each marked row of people [people.begin, people.end) of the lane, the j-th of them; the marked ones are
  /// theirs. Where most have none, nobody else is looked at.
  template <class F>
  void each(const Lane& lane, Run people, F&& fn) const {
    if (cpu() == Cpu::avx2) each_avx2(lane, people, fn);
    else walk(lane, people, fn);
  }

 private:
  template <class F>
  __attribute__((target("avx2,bmi,popcnt"))) void each_avx2(const Lane& lane, Run people, F& fn) const { walk(lane, people, fn); }
  template <class F>
  [[gnu::always_inline]] void walk(const Lane& lane, Run people, F& fn) const {
    const auto begin = lane.start[people.begin], end = lane.start[people.end];
    auto before = people.begin - 1;  // plus the persons who begin up to a row: whose it is
    for (auto word = begin / 64; word * 64 < end; ++word) {
      auto firsts = lane.first[word];
      if (word == begin / 64) firsts &= ~0ULL << begin % 64;
      for (auto bits = bits_[word - begin / 64]; bits != 0; bits &= bits - 1) {
        const auto at = static_cast<std::uint32_t>(__builtin_ctzll(bits));
        fn(before + static_cast<std::uint32_t>(__builtin_popcountll(firsts << (63 - at))), word * 64 + at);
      }
      before += static_cast<std::uint32_t>(__builtin_popcountll(firsts));
    }
  }

  std::vector<std::uint64_t> bits_;  // of the words of rows that hold them
};

}  // namespace koi::events::columns
