/// Every scan is the same walk: for each person, each event of the wanted kinds in order of time. A kernel says what to make
/// of them; the walk knows parts, merged people, late events and threads.
///
/// Kernel:
///   struct State;  void reset(State&, Ordinal) const;  what is remembered of one person
///   Binding bind(const Part&) const;            has `Wanted wanted` and whatever else depends on the part
///   bool row(State&, const Binding&, row);      true: nothing later of this person matters
///   void person(Ordinal root, State&);          after all rows, for everybody asked about, also those without any
///   void persons(Ordinal first, std::uint64_t bits, const State*);  optional: the same of some of the 64 from `first` on
///   void absorb(Kernel&&);                      what another thread found
///   void merge(State& into, const State& from); optional: what two nodes of one person did, when their order does not matter
///   bool done(const State&) const;              optional: nothing more of this person matters, whatever part it is in
///   void finish();                              optional: a thread has no more people
///   std::uint32_t first_second(const State&) const;  optional: rows of this person before it may be left out
/// A Binding may have `std::vector<const Lane*> lanes`, kinds that stand alone: the kernel is told
/// void lane(State&, const Binding&, which lane, from, to) for a person's rows there, of every part before any row() of them.
/// It may take all the lane's people of a block at once, or say that it cannot:
///   bool stretch(std::span<State> (of the block), const Binding&, which lane, Run people of the lane, std::span<const Ordinal> of, const People& asked)
/// with people among them nobody asked about, whose states may be written but are not read, and kNobody: a state more is theirs.
#pragma once
#include <algorithm>
#include <atomic>
#include <thread>

#include "events/columns/match.h"
#include "events/columns/view.h"

namespace koi::events::columns {

struct ScanOptions {
  const People* only = nullptr;      // roots; nothing: everyone
  const People* likely = nullptr;    // nodes and roots: no other node has a row that matters; nothing: every one may
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
  static constexpr bool merges() { return requires(const Kernel& k, State& s) { k.merge(s, s); }; }
  static constexpr bool has_lanes() { return requires(const Binding& b) { b.lanes; }; }

 public:
  Scan(const View& view, const ScanOptions& options, const Kernel& kernel)
      : view_(view), threads_(options.threads),
        first_second_(static_cast<std::uint32_t>(std::clamp<std::int64_t>(options.from_ms / 1000, 0, UINT32_MAX))) {
    counted_ = view.everyone();
    if (options.only != nullptr) counted_ &= *options.only;
    walked_ = counted_;
    if constexpr (merges()) {
      for (const auto& [root, nodes] : view.ties->nodes_of)
        if (counted_.has(root))
          for (const auto node : nodes) walked_.add(node);
      parted_ = walked_;
      parted_ &= view.ties->tied;
    }
    open_ = walked_;
    if (options.likely != nullptr) open_ &= *options.likely;
    knit_ = open_;
    const auto& apart = merges() ? *view.late : *view.woven;
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
    std::vector<Nodes> nodes(helpers + 1);
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < helpers; ++i) threads.emplace_back([this, &others, &nodes, i, blocks] { work(others[i], blocks, nodes[i]); });
    work(kernel, blocks, nodes[helpers]);
    threads.clear();
    for (auto& other : others) kernel.absorb(std::move(other));
    if constexpr (merges()) put_together(kernel, nodes);
    return kernel;
  }

 private:
  struct Piece { const Bound* bound; std::uint32_t place, begin, end; };
  struct Visit { Run run; State* state; };
  using Visits = std::vector<Visit>;
  static constexpr int kAhead = 8;
  using Nodes = std::vector<std::pair<Ordinal, State>>;  // of people of several nodes, until all are known

  void work(Kernel& kernel, std::uint32_t blocks, Nodes& nodes) {
    std::vector<State> states(kBlock + 1);
    Visits visits;
    for (auto block = next_.fetch_add(1); block < blocks; block = next_.fetch_add(1)) {
      each_of(walked_, block, [&](Ordinal o) { kernel.reset(states[o % kBlock], o); });
      if constexpr (has_lanes())
        for (const auto& bound : bound_)
          for (std::size_t i = 0; i < bound.binding.lanes.size(); ++i) lane_block(kernel, bound, i, block, states, visits);
      for (const auto& bound : bound_)
        if (!bound.binding.wanted.none()) row_block(kernel, bound, block, states, visits);
      each_of(knit_, block, [&](Ordinal o) { knit(kernel, o, states[o % kBlock]); });
      if constexpr (merges()) {
        each_of(parted_, block, [&](Ordinal o) { nodes.emplace_back(o, states[o % kBlock]); });
      }
      people(kernel, block, states);
    }
    if constexpr (requires { kernel.finish(); }) kernel.finish();
  }
  void people(Kernel& kernel, std::uint32_t block, std::vector<State>& states) const {
    if constexpr (requires { kernel.persons(0, 0, states.data()); })
      each_word(counted_, parted_, block, [&](Ordinal first, std::uint64_t bits) { kernel.persons(first, bits, &states[first % kBlock]); });
    else
      each_of(counted_, parted_, block, [&](Ordinal o) { kernel.person(o, states[o % kBlock]); });
  }
  void put_together(Kernel& kernel, std::vector<Nodes>& found) const {
    Nodes all;
    for (auto& nodes : found) std::ranges::move(nodes, std::back_inserter(all));
    const auto root = [&](const auto& node) { return view_.root(node.first); };
    std::ranges::sort(all, {}, [&](const auto& node) { return std::pair(root(node), root(node) != node.first); });  // the root first
    for (auto node = all.begin(); node != all.end();) {
      const auto first = node++;
      for (; node != all.end() && root(*node) == first->first; ++node) kernel.merge(first->second, node->second);
      kernel.person(first->first, first->second);
    }
  }
  template <class F>
  static void each_of(const People& people, std::uint32_t block, F&& fn) {
    each_of(people, People(), block, fn);
  }
  template <class F>
  static void each_of(const People& people, const People& but, std::uint32_t block, F&& fn) {
    each_word(people, but, block, [&](Ordinal first, std::uint64_t bits) {
      for (; bits != 0; bits &= bits - 1) fn(first + static_cast<Ordinal>(std::countr_zero(bits)));
    });
  }
  /// Of each 64 people with somebody among them.
  template <class F>
  static void each_word(const People& people, const People& but, std::uint32_t block, F&& fn) {
    constexpr auto kWords = kBlock / 64;
    for (auto word = block * kWords; word < (block + 1) * kWords; ++word)
      if (const auto bits = people.word(word) & ~but.word(word); bits != 0) fn(word * 64, bits);
  }

  void row_block(Kernel& kernel, const Bound& bound, std::uint32_t block, std::vector<State>& states, Visits& visits) {
    const auto& part = *bound.shelved->part;
    if (block + 1 >= bound.shelved->places->block.size()) return;
    gather(kernel, bound, block, states, visits);
    narrow(kernel, part.seconds(), visits);
    const auto* kinds = part.wide() ? reinterpret_cast<const std::uint8_t*>(part.kind16()) : part.kind8();
    const auto kind_bytes = part.wide() ? 2U : 1U;
    const auto* seconds = part.seconds();
    constexpr std::uint32_t kFetched = 64;
    auto next = visits.begin();
    State* state = nullptr;
    const auto next_person = [&](Run& run) {
      if (next == visits.end()) return false;
      if (visits.end() - next > kAhead) {
        const auto ahead = next[kAhead].run;
        __builtin_prefetch(kinds + std::size_t{ahead.begin} * kind_bytes);
        for (auto row = ahead.begin; row < std::min(ahead.end, ahead.begin + kFetched); row += 16) __builtin_prefetch(seconds + row);
      }
      run = next->run;
      state = next->state;
      ++next;
      return true;
    };
    each_match(part, bound.binding.wanted, next_person, [&](std::uint32_t row) { return kernel.row(*state, bound.binding, row); });
  }
  /// Whose rows of this part are to be looked at.
  void gather(const Kernel& kernel, const Bound& bound, std::uint32_t block, std::vector<State>& states, Visits& visits) const {
    visits.clear();
    const auto& places = *bound.shelved->places;
    const auto* start = bound.shelved->part->start().data();
    const auto last_second = bound.shelved->part->head().max_at / 1000;
    const auto visit = [&](Ordinal o, std::uint32_t place) {
      auto& state = states[o % kBlock];
      if (!is_done(kernel, state) && first_second(kernel, state) <= last_second) visits.push_back({{start[place], start[place + 1]}, &state});
    };
    std::size_t asked = 0;
    each_of(open_, block, [&](Ordinal) { ++asked; });
    constexpr std::size_t kFew = 32;  // of so many one: each is looked for
    if (asked * kFew < places.block[block + 1] - places.block[block])
      return each_of(open_, block, [&](Ordinal o) {
        if (const auto place = place_of(*bound.shelved, o, view_.roster->node(o))) visit(o, *place);
      });
    for (auto place = places.block[block]; place < places.block[block + 1]; ++place)
      if (const auto o = places.of[place]; open_.has(o)) visit(o, place);
  }
  std::uint32_t first_second(const Kernel& kernel, const State& state) const {
    if constexpr (requires { kernel.first_second(state); }) return std::max(first_second_, kernel.first_second(state));
    else return first_second_;
  }
  /// To the rows from the first second on. What the search will look at is fetched a few people ahead: it lies far apart.
  void narrow(const Kernel& kernel, const std::uint32_t* seconds, Visits& visits) const {
    constexpr std::uint32_t kLine = 16, kLines = 8;
    if (first_second_ == 0 && !requires { kernel.first_second(*visits[0].state); }) return;
    for (std::size_t i = 0; i < visits.size(); ++i) {
      if (i + kAhead < visits.size()) {
        const auto ahead = visits[i + kAhead].run;
        for (auto row = ahead.begin; row < std::min(ahead.end, ahead.begin + kLines * kLine); row += kLine) __builtin_prefetch(seconds + row);
      }
      narrow(seconds, visits[i].run, first_second(kernel, *visits[i].state));
    }
  }
  static void narrow(const std::uint32_t* seconds, Run& run, std::uint32_t first_second) {
    if (first_second == 0) return;
    for (auto size = run.end - run.begin; size > 0;) {  // without a jump that could be foreseen wrongly
      const auto half = size / 2;
      const bool before = seconds[run.begin + half] < first_second;
      run.begin += before ? size - half : 0;
      size = half;
    }
  }
  static bool is_done(const Kernel& kernel, const State& state) {
    if constexpr (requires { kernel.done(state); }) return kernel.done(state);
    else return false;
  }

  void lane_block(Kernel& kernel, const Bound& bound, std::size_t which, std::uint32_t block, std::vector<State>& states, Visits& visits) {
    const auto& places = *bound.shelved->places;
    if (block + 1 >= places.block.size()) return;
    const auto& who = bound.binding.lanes[which]->who;
    const auto place = [&](std::uint32_t at) { return static_cast<std::uint32_t>(std::ranges::lower_bound(who, at) - who.begin()); };
    const Run people{place(places.block[block]), place(places.block[block + 1])};
    if (people.begin == people.end) return;
    if constexpr (requires { kernel.stretch(std::span(states), bound.binding, which, people, std::span(places.of), open_); })
      if (kernel.stretch(states, bound.binding, which, people, places.of, open_)) return;
    gather_lane(*bound.binding.lanes[which], places, people, states, visits);
    for (const auto& visit : visits) kernel.lane(*visit.state, bound.binding, which, visit.run.begin, visit.run.end);
  }
  /// Whose rows of a lane are to be looked at. The newest are fetched meanwhile: they are looked at first, or are the only ones.
  void gather_lane(const Lane& lane, const Places& places, Run people, std::vector<State>& states, Visits& visits) const {
    visits.clear();
    for (auto j = people.begin; j < people.end; ++j) {
      const auto o = places.of[lane.who[j]];
      if (!open_.has(o)) continue;
      const auto end = lane.start[j + 1];
      lane.fetch(end - 1);
      visits.push_back({{lane.start[j], end}, &states[o % kBlock]});
    }
  }
  void lane_rows(Kernel& kernel, const Bound& bound, std::size_t which, std::size_t j, State& state) {
    const auto& start = bound.binding.lanes[which]->start;
    kernel.lane(state, bound.binding, which, start[j], start[j + 1]);
  }

  /// The rows of a person, of a node where nodes are merged, from everywhere, in order: stretch by stretch, each as long as
  /// nothing else comes between.
  void knit(Kernel& kernel, Ordinal who, State& state) {
    auto pieces = pieces_of(who);
    if constexpr (has_lanes())
      for (const auto& piece : pieces)
        for (std::size_t i = 0; i < piece.bound->binding.lanes.size(); ++i) {
          const auto& places = piece.bound->binding.lanes[i]->who;
          const auto at = std::ranges::lower_bound(places, piece.place);
          if (at != places.end() && *at == piece.place) lane_rows(kernel, *piece.bound, i, static_cast<std::size_t>(at - places.begin()), state);
        }
    std::erase_if(pieces, [](const Piece& piece) { return piece.begin == piece.end || piece.bound->binding.wanted.none(); });
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
  std::vector<Piece> pieces_of(Ordinal who) const {
    std::vector<Piece> out;
    const auto add = [&](Ordinal node) {
      const auto id = view_.roster->node(node);
      for (const auto& bound : bound_) {
        const auto at = place_of(*bound.shelved, node, id);
        if (!at) continue;
        const auto place = *at;
        const auto start = bound.shelved->part->start();
        Run run{start[place], start[place + 1]};
        narrow(bound.shelved->part->seconds(), run, first_second_);
        out.push_back({&bound, place, run.begin, run.end});
      }
    };
    const auto nodes = view_.ties->nodes_of.find(who);
    if (!merges() && nodes != view_.ties->nodes_of.end())
      for (const auto node : nodes->second) add(node);
    else
      add(who);
    return out;
  }

  /// Where a node stands in a part: in its block, unless its ordinal is out of order. Most people are in most parts, so that it is
  /// looked for from where it would be if all of the block were.
  std::optional<std::uint32_t> place_of(const Shelved& shelved, Ordinal node, std::int64_t id) const {
    const auto who = shelved.part->who();
    const auto& block = shelved.places->block;
    const auto b = node / kBlock;
    std::size_t low = 0, high = who.size();
    if (!view_.roster->late(node)) {
      if (b + 1 >= block.size()) return std::nullopt;
      low = block[b], high = block[b + 1];
      const auto guess = low + (high - low) * (node % kBlock) / kBlock;
      constexpr std::size_t kNear = 32;
      if (guess >= low + kNear && who[guess - kNear] <= id) low = guess - kNear;
      if (guess + kNear < high && who[guess + kNear] > id) high = guess + kNear;
    }
    const auto at = std::lower_bound(who.begin() + static_cast<std::ptrdiff_t>(low), who.begin() + static_cast<std::ptrdiff_t>(high), id);
    if (at == who.begin() + static_cast<std::ptrdiff_t>(high) || *at != id) return std::nullopt;
    return static_cast<std::uint32_t>(at - who.begin());
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
  People counted_;       // roots asked about
  People walked_;        // they, and their other nodes where nodes are merged
  People open_, knit_;   // of them: those whose rows follow one another part by part, and the others
  People parted_;        // nodes of people who have several
  std::vector<Bound> bound_;
  std::atomic<std::uint32_t> next_ = 0;
};

template <class Kernel>
Kernel scan(const View& view, const ScanOptions& options, Kernel kernel) {
  return Scan<Kernel>(view, options, kernel).run(std::move(kernel));
}

}  // namespace koi::events::columns
