#include "events/columns/paths.h"

#include <boost/unordered/unordered_flat_map.hpp>

namespace koi::events::columns {

namespace {

/// The steps of a path; 0 where it has ended. Kind ids stay below 65,536.
using Key = std::array<std::uint16_t, kPathDepth>;
struct HashKey {
  std::size_t operator()(const Key& key) const noexcept {
    std::size_t h = 0;
    for (const auto word : key) h = h * 0x9E3779B97F4A7C15ULL + word;
    return h ^ (h >> 29);
  }
};

struct Walking {
  struct Seen { std::int64_t at; std::uint16_t kind; bool anchor, counts; };
  struct State { std::vector<Seen> seen; };
  struct Binding { const Part* part; Wanted wanted; std::vector<bool> anchor, counts; Test test; };

  Walking(const PathsQuestion& question, std::span<const std::int64_t> wanted) : q(&question), through(wanted) {}
  void reset(State& s, Ordinal) const { s.seen.clear(); }
  Binding bind(const Part& part) const {
    auto kinds = q->kinds;
    if (!kinds.empty()) kinds.insert(kinds.end(), q->anchor.kinds.begin(), q->anchor.kinds.end());
    Binding b{&part, Wanted(part, kinds), codes_of(part, q->anchor.kinds), codes_of(part, q->kinds.empty() ? part.kinds() : q->kinds),
              Test(q->anchor.where, part, q->source_of)};
    for (const auto kind : q->but)
      if (const auto code = part.code_of(kind)) b.counts[*code] = false;
    return b;
  }
  bool row(State& s, const Binding& b, std::uint32_t row) const {
    const auto code = b.part->kind_code(row);
    const auto at = b.part->at(row);
    const bool anchor = b.anchor[code] && at >= q->from_ms && at < q->to_ms && b.test(row);
    if (anchor || b.counts[code]) s.seen.push_back({at, static_cast<std::uint16_t>(b.part->kind(row)), anchor, b.counts[code]});
    return false;
  }
  void person(Ordinal o, State& s) {
    for (std::size_t i = 0; i < s.seen.size(); ++i) {
      if (!s.seen[i].anchor) continue;
      ++anchors;
      const auto key = walk(s.seen, i);
      ++found[key];
      if (!through.empty() && begins(key)) in.add(o);
      if (!q->every) return;
    }
  }
  Key walk(std::span<const Seen> seen, std::size_t from) const {
    Key key{};
    std::size_t steps = 0;
    auto last = seen[from].kind;
    for (auto i = from; steps < q->depth;) {
      if (q->backwards ? i-- == 0 : ++i == seen.size()) break;
      const auto& next = seen[i];
      if (std::abs(next.at - seen[from].at) > q->window_ms) break;
      if (!next.counts || (!q->repeats && next.kind == last)) continue;
      key[steps++] = last = next.kind;
    }
    return key;
  }
  bool begins(const Key& key) const {
    for (std::size_t i = 0; i < through.size() && i < key.size(); ++i)
      if (key[i] != static_cast<std::uint16_t>(through[i])) return false;
    return true;
  }
  void absorb(Walking&& other) {
    anchors += other.anchors;
    for (const auto& [key, times] : other.found) found[key] += times;
    in |= other.in;
  }

  const PathsQuestion* q;
  std::span<const std::int64_t> through;
  std::uint64_t anchors = 0;
  boost::unordered_flat_map<Key, std::uint64_t, HashKey> found;
  People in;
};

}  // namespace

PathsAnswer paths(const View& view, const ScanOptions& given, const PathsQuestion& q, std::span<const std::int64_t> through) {
  CHECK(q.depth >= 1 && q.depth <= kPathDepth);
  auto options = given;
  if (q.from_ms > INT64_MIN + q.window_ms) options.from_ms = q.backwards ? q.from_ms - q.window_ms : q.from_ms;
  if (q.to_ms < INT64_MAX - q.window_ms - 1) options.to_ms = q.backwards ? q.to_ms : q.to_ms + q.window_ms + 1;
  auto got = scan(view, options, Walking(q, through));
  PathsAnswer out{got.anchors, {}, std::move(got.in)};
  for (const auto& [key, times] : got.found) {
    Path path{{}, times};
    for (const auto kind : key)
      if (kind != 0) path.steps.push_back(kind);
    out.paths.push_back(std::move(path));
  }
  std::ranges::sort(out.paths, [](const Path& a, const Path& b) { return a.times != b.times ? a.times > b.times : a.steps < b.steps; });
  return out;
}

}  // namespace koi::events::columns
