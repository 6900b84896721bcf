/// Every scan is the same walk: for each person, each event of the wanted kinds in order of time. A kernel says what to make
/// of them; the walk knows parts, merged people, late events and threads.
///
/// Kernel:
///   struct State;  void reset(State&, Ordinal) const;  what is remembered of one person
///   Binding bind(const Part&) const;            has `Wanted wanted` and whatever else depends on the part
///   bool row(State&, const Binding&, row);      true: nothing later of this person matters
///   void person(Ordinal root, State&);          after all rows, for everybody asked about, also those without any
///   void absorb(Kernel&&);                      what another thread found
///   static constexpr bool kOrdered;             whether the order of a person's events matters
///   bool done(const State&) const;              optional: nothing more of this person matters, whatever part it is in
/// A Binding may have `std::vector<const Lane*> lanes`, kinds that are not among `wanted` because they stand alone: the
/// kernel is told void lane(State&, const Binding&, which lane, from, to) for a person's rows there, in no order with the others.
#pragma once
#include <algorithm>
#include <atomic>
#include <thread>

#include "events/columns/match.h"
#include "events/columns/view.h"

namespace koi::events::columns {

struct ScanOptions {
  const People* only = nullptr;      // roots; nothing: everyone
  // What lies outside may be left out: parts that end before or begin after, most rows before. To the row and the millisecond
  // it is the kernel's business.
  std::int64_t from_ms = INT64_MIN, to_ms = INT64_MAX;
  unsigned threads = 0;              // 0: as many as the machine has
};

template <class Kernel>
class Scan {
  using State = typename Kernel::State;
  using Binding = decltype(std::declval<const Kernel&>().bind(std::declval<const Part&>()));
  struct Bound { const Shelved* shelved; Binding binding; };
  static constexpr bool has_lanes() { return requires(const Binding& b) { b.lanes; }; }

 public:
  Scan(const View& view, const ScanOptions& options, const Kernel& kernel)
      : view_(view), threads_(options.threads),
        first_second_(static_cast<std::uint32_t>(std::clamp<std::int64_t>(options.from_ms / 1000, 0, UINT32_MAX))) {
    counted_ = view.everyone();
    if (options.only != nullptr) counted_ &= *options.only;
    open_ = knit_ = counted_;
    const auto& apart = Kernel::kOrdered ? *view.woven : view.ties->tied;
    open_ -= apart;
    knit_ &= apart;
    for (const auto& shelved : view.parts) {
      const auto& head = shelved.part->head();
      if (head.rows == 0 || head.max_at < options.from_ms || head.min_at >= options.to_ms) continue;
      auto binding = kernel.bind(*shelved.part);
      bool idle = binding.wanted.none();
      if constexpr (has_lanes()) idle = idle && binding.lanes.empty();
      if (!idle) bound_.push_back({&shelved, std::move(binding)});
    }
  }

  /// The kernel with everything it found.
  Kernel run(Kernel kernel) {
    const auto blocks = (view_.people + kBlock - 1) / kBlock;
    const auto wanted = threads_ == 0 ? std::max(1U, std::thread::hardware_concurrency()) : threads_;
    const auto helpers = std::min<std::size_t>(wanted, blocks) - (blocks > 0 ? 1 : 0);
    std::vector<Kernel> others(helpers, kernel);
    std::vector<std::jthread> threads;
    for (auto& other : others) threads.emplace_back([this, &other, blocks] { work(other, blocks); });
    work(kernel, blocks);
    threads.clear();
    for (auto& other : others) kernel.absorb(std::move(other));
    return kernel;
  }

 private:
  struct Piece { const Bound* bound; std::uint32_t place, begin, end; };

  void work(Kernel& kernel, std::uint32_t blocks) {
    std::vector<State> states(kBlock);
    for (auto block = next_.fetch_add(1); block < blocks; block = next_.fetch_add(1)) {
      each_counted(block, [&](Ordinal o) { kernel.reset(states[o % kBlock], o); });
      for (const auto& bound : bound_) {
        row_block(kernel, bound, block, states);
        if constexpr (has_lanes())
          for (std::size_t i = 0; i < bound.binding.lanes.size(); ++i) lane_block(kernel, bound, i, block, states);
      }
      each_counted(block, [&](Ordinal o) {
        auto& state = states[o % kBlock];
        if (knit_.has(o)) knit(kernel, o, state);
        kernel.person(o, state);
      });
    }
  }
  template <class F>
  void each_counted(std::uint32_t block, F&& fn) const {
    constexpr auto kWords = kBlock / 64;
    for (auto word = block * kWords; word < (block + 1) * kWords; ++word)
      for (auto bits = counted_.word(word); bits != 0; bits &= bits - 1) fn(word * 64 + static_cast<Ordinal>(std::countr_zero(bits)));
  }

  void row_block(Kernel& kernel, const Bound& bound, std::uint32_t block, std::vector<State>& states) {
    const auto& part = *bound.shelved->part;
    const auto& places = *bound.shelved->places;
    if (block + 1 >= places.block.size()) return;
    const auto* start = part.start().data();
    const auto* seconds = part.seconds();
    auto place = places.block[block];
    const auto end = places.block[block + 1];
    State* state = nullptr;
    const auto next_person = [&](Run& run) {
      while (place < end) {
        const auto o = places.of[place];
        run = {start[place], start[place + 1]};
        ++place;
        if (!open_.has(o)) continue;
        state = &states[o % kBlock];
        if (is_done(kernel, *state)) continue;
        if (first_second_ != 0 && seconds[run.begin] < first_second_)
          run.begin = static_cast<std::uint32_t>(std::lower_bound(seconds + run.begin, seconds + run.end, first_second_) - seconds);
        return true;
      }
      return false;
    };
    each_match(part, bound.binding.wanted, next_person, [&](std::uint32_t row) { return kernel.row(*state, bound.binding, row); });
  }
  static bool is_done(const Kernel& kernel, const State& state) {
    if constexpr (requires { kernel.done(state); }) return kernel.done(state);
    else return false;
  }

  void lane_block(Kernel& kernel, const Bound& bound, std::size_t which, std::uint32_t block, std::vector<State>& states) {
    const auto& places = *bound.shelved->places;
    if (block + 1 >= places.block.size()) return;
    const auto& lane = *bound.binding.lanes[which];
    auto j = static_cast<std::size_t>(std::ranges::lower_bound(lane.who, places.block[block]) - lane.who.begin());
    for (; j < lane.who.size() && lane.who[j] < places.block[block + 1]; ++j) {
      const auto o = places.of[lane.who[j]];
      if (open_.has(o)) lane_rows(kernel, bound, which, j, states[o % kBlock]);
    }
  }
  void lane_rows(Kernel& kernel, const Bound& bound, std::size_t which, std::size_t j, State& state) {
    const auto& start = bound.binding.lanes[which]->start;
    kernel.lane(state, bound.binding, which, start[j], start[j + 1]);
  }

  /// A person's rows from everywhere, in order: stretch by stretch, each as long as nothing else comes between.
  void knit(Kernel& kernel, Ordinal root, State& state) {
    auto pieces = pieces_of(root);
    if constexpr (has_lanes())
      for (const auto& piece : pieces)
        for (std::size_t i = 0; i < piece.bound->binding.lanes.size(); ++i) {
          const auto& who = piece.bound->binding.lanes[i]->who;
          const auto at = std::ranges::lower_bound(who, piece.place);
          if (at != who.end() && *at == piece.place) lane_rows(kernel, *piece.bound, i, static_cast<std::size_t>(at - who.begin()), state);
        }
    std::erase_if(pieces, [](const Piece& piece) { return piece.bound->binding.wanted.none(); });
    while (!pieces.empty()) {
      const auto [first, end] = foremost(pieces);
      const auto& bound = *first->bound;
      bool done = false;
      each_match(*bound.shelved->part, bound.binding.wanted, Run{first->begin, end},
                 [&](std::uint32_t row) { return done = kernel.row(state, bound.binding, row); });
      if (done) return;
      first->begin = end;
      if (first->begin == first->end) pieces.erase(first);
    }
  }

  /// By node, then by part: the order among equal times.
  std::vector<Piece> pieces_of(Ordinal root) const {
    std::vector<Piece> out;
    const auto add = [&](Ordinal node) {
      const auto id = view_.roster->node(node);
      for (const auto& bound : bound_) {
        const auto [first, last] = places_near(*bound.shelved, node);
        const auto who = bound.shelved->part->who();
        const auto at = std::lower_bound(first, last, id);
        if (at == last || *at != id) continue;
        const auto place = static_cast<std::uint32_t>(at - who.begin());
        const auto start = bound.shelved->part->start();
        out.push_back({&bound, place, start[place], start[place + 1]});
      }
    };
    if (const auto nodes = view_.ties->nodes_of.find(root); nodes != view_.ties->nodes_of.end())
      for (const auto node : nodes->second) add(node);
    else
      add(root);
    return out;
  }

  using Nodes = std::span<const std::int64_t>::iterator;
  /// Where a node stands in a part if it does: in its block, unless its ordinal is out of order.
  std::pair<Nodes, Nodes> places_near(const Shelved& shelved, Ordinal node) const {
    const auto who = shelved.part->who();
    const auto& block = shelved.places->block;
    const auto b = node / kBlock;
    if (view_.roster->late(node)) return {who.begin(), who.end()};
    if (b + 1 >= block.size()) return {who.end(), who.end()};
    return {who.begin() + block[b], who.begin() + block[b + 1]};
  }

  std::pair<typename std::vector<Piece>::iterator, std::uint32_t> foremost(std::vector<Piece>& pieces) const {
    const auto at = [](const Piece& piece) { return piece.bound->shelved->part->at(piece.begin); };
    auto first = pieces.begin();
    for (auto piece = pieces.begin() + 1; piece < pieces.end(); ++piece)
      if (at(*piece) < at(*first)) first = piece;
    auto end = first->end;
    for (auto piece = pieces.begin(); piece < pieces.end(); ++piece) {
      if (piece == first) continue;
      const auto bound = at(*piece) + (first < piece ? 1 : 0);
      end = std::min(end, first->bound->shelved->part->lower(first->begin, first->end, bound));
    }
    return {first, end};
  }

  const View& view_;
  unsigned threads_;
  std::uint32_t first_second_;  // rows before it are left out
  People counted_, open_, knit_;
  std::vector<Bound> bound_;
  std::atomic<std::uint32_t> next_ = 0;
};

template <class Kernel>
Kernel scan(const View& view, const ScanOptions& options, Kernel kernel) {
  return Scan<Kernel>(view, options, kernel).run(std::move(kernel));
}

}  // namespace koi::events::columns
