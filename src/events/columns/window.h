/// Which rows of a lane are in a stretch of time, as bits.
#pragma once
#include "events/columns/match.h"

namespace koi::events::columns {

class Window {
 public:
  /// Of rows [rows.begin, rows.end), those in [from_ms, to_ms).
  void mark(const Lane& lane, Run rows, std::int64_t from_ms, std::int64_t to_ms);
  /// Whether no row of [run.begin, run.end) is marked; said of long runs only when it costs nothing to say.
  bool none(Run run) const {
    const auto at = run.begin - begin_, length = run.end - run.begin;
    if (length > 64) return false;
    const auto bits = bits_[at / 64] >> at % 64 | (at % 64 == 0 ? 0 : bits_[at / 64 + 1] << (64 - at % 64));
    return (length == 64 ? bits : bits & ((1ULL << length) - 1)) == 0;
  }
  /// Calls fn(row) for each marked one of [run.begin, run.end), which is among the rows looked at.
  template <class F>
  [[gnu::always_inline]] void each(Run run, F&& fn) const {
    for (auto at = run.begin - begin_, end = run.end - begin_; at < end; at = (at / 64 + 1) * 64) {
      auto bits = bits_[at / 64] >> at % 64;
      if (end - at < 64) bits &= (1ULL << (end - at)) - 1;
      for (; bits != 0; bits &= bits - 1) fn(begin_ + at + static_cast<std::uint32_t>(__builtin_ctzll(bits)));
    }
  }

 private:
  std::uint32_t begin_ = 0;
  std::vector<std::uint64_t> bits_;
};

}  // namespace koi::events::columns
