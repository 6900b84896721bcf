#include "events/columns/recent.h"

#include <immintrin.h>

#include "events/columns/match.h"

namespace koi::events::columns {

namespace {

/// Steps of a part that hold [from, to) alone, and those that end after its beginning.
struct Bytes { std::uint8_t possible = 255, sure_first = 255, sure_last = 0; };

Bytes bytes_of(const Part& part, std::int64_t from_ms, std::int64_t to_ms) {
  const auto& steps = part.head().steps;
  const auto from = std::clamp<std::int64_t>(from_ms, 0, std::int64_t{UINT32_MAX} * 1000) / 1000;
  const auto to = std::clamp<std::int64_t>(to_ms, 0, std::int64_t{UINT32_MAX} * 1000) / 1000;
  const auto length = std::int64_t{1} << steps.shift;
  const auto number = [&](std::int64_t second) { return second / length - steps.before; };
  Bytes out;
  out.possible = static_cast<std::uint8_t>(std::clamp<std::int64_t>(number(from), 1, 255));
  // A second that begins before `from` is not for sure after it. The first step has no beginning and the last no end.
  const auto whole = from_ms <= 0 ? 1 : number(from + length);
  out.sure_first = static_cast<std::uint8_t>(std::clamp<std::int64_t>(whole, from_ms <= 0 ? 1 : 2, 255));
  out.sure_last = part.head().max_at < to_ms ? 255 : static_cast<std::uint8_t>(std::clamp<std::int64_t>(number(to) - 1, 0, 254));
  if (whole > 255) out.sure_first = 255, out.sure_last = 0;
  return out;
}

/// Whether 32 ordinals follow one another.
__attribute__((target("avx2"))) bool in_a_row(const Ordinal* of) {
  const auto eight = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
  auto same = _mm256_set1_epi32(-1);
  for (int i = 0; i < 32; i += 8) {
    const auto expected = _mm256_add_epi32(_mm256_set1_epi32(static_cast<int>(of[0]) + i), eight);
    same = _mm256_and_si256(same, _mm256_cmpeq_epi32(expected, _mm256_loadu_si256(reinterpret_cast<const __m256i*>(of + i))));
  }
  return _mm256_movemask_epi8(same) == -1;
}

void add(People& to, const Ordinal* of, std::uint32_t bits) {
  if (bits == 0) return;
  if (in_a_row(of)) return to.add_all(of[0], bits);
  for (; bits != 0; bits &= bits - 1)
    if (const auto o = of[__builtin_ctz(bits)]; o != kNobody) to.add(o);
}

class Sweep {
 public:
  Sweep(const Shelved& shelved, Bytes bytes, Recently& out) : of_(shelved.places->of), bytes_(bytes), out_(out) {}

  void over(const Recent& recent) {
    const auto& who = recent.who;
    const auto begin = who.empty() && cpu() == Cpu::avx2 ? fast(recent.when) : 0;
    for (auto i = begin; i < recent.when.size(); ++i) one(of_[who.empty() ? i : who[i]], recent.when[i]);
  }

 private:
  void one(Ordinal o, std::uint8_t when) {
    if (o == kNobody || when < bytes_.possible) return;
    (when >= bytes_.sure_first && when <= bytes_.sure_last ? out_.sure : out_.open).add(o);
  }
  /// 32 in one go; how many were looked at.
  __attribute__((target("avx2"))) std::size_t fast(std::span<const std::uint8_t> when) {
    const auto possible = _mm256_set1_epi8(static_cast<char>(bytes_.possible));
    const auto first = _mm256_set1_epi8(static_cast<char>(bytes_.sure_first)), last = _mm256_set1_epi8(static_cast<char>(bytes_.sure_last));
    std::size_t i = 0;
    for (; i + 32 <= when.size(); i += 32) {
      const auto x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(when.data() + i));
      const auto may = static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_max_epu8(x, possible), x)));
      if (may == 0) continue;
      const auto within = _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_max_epu8(x, first), x), _mm256_cmpeq_epi8(_mm256_min_epu8(x, last), x));
      const auto sure = may & static_cast<std::uint32_t>(_mm256_movemask_epi8(within));
      add(out_.sure, &of_[i], sure);
      add(out_.open, &of_[i], may & ~sure);
    }
    return i;
  }

  const std::vector<Ordinal>& of_;
  Bytes bytes_;
  Recently& out_;
};

/// What is true of a node is true of its root.
void lift(const Ties& ties, People& people) {
  for (const auto& [root, nodes] : ties.nodes_of)
    if (std::ranges::any_of(nodes, [&](Ordinal node) { return people.has(node); })) people.add(root);
}

}  // namespace

Recently recent(const View& view, std::span<const std::int64_t> kinds, std::int64_t from_ms, std::int64_t to_ms) {
  Recently out{People(view.people), *view.late};  // who came late is looked for in every part
  for (const auto& shelved : view.parts) {
    const auto& part = *shelved.part;
    if (part.head().max_at < from_ms || part.head().min_at >= to_ms) continue;
    Sweep sweep(shelved, bytes_of(part, from_ms, to_ms), out);
    if (kinds.empty())
      for (std::uint32_t code = 0; code < part.kinds().size(); ++code) sweep.over(part.recent(code));
    for (const auto kind : kinds)
      if (const auto code = part.code_of(kind)) sweep.over(part.recent(*code));
  }
  lift(*view.ties, out.sure);
  lift(*view.ties, out.open);
  out.open -= out.sure;
  return out;
}

}  // namespace koi::events::columns
