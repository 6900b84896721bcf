#include "segments/people.h"

#include <array>
#include <utility>

#include "segments/judge.h"
#include "segments/past.h"
#include "segments/tallies.h"

namespace koi::segments {
namespace {

namespace columns = events::columns;
using columns::Ordinal;
using columns::People;

bool is_of_events(const Clause& leaf) {
  const auto* compare = std::get_if<Compare>(&leaf.is);
  if (compare != nullptr) return std::holds_alternative<Aggregate>(compare->subject);
  return std::holds_alternative<Did>(leaf.is) || std::holds_alternative<Without>(leaf.is) || std::holds_alternative<Sequence>(leaf.is);
}

/// A clause and what is known of it by now.
struct Node {
  const Clause* clause;
  const Group* group;               // nothing: a leaf
  std::vector<Node> of = {};
  std::optional<People> answer = {};  // of a leaf
  bool matters = false;             // a leaf without an answer, to somebody
};

/// Each clause stands between who is in it for sure and who may be; what a leaf turns out to be never takes back what was
/// settled without it. Sets are met a few thousand people at a time: all of a rule's then stay in the cache, and none is copied.
class Settled {
 public:
  Settled(const Rule& rule, const People& among) : among_(&among), root_(node_of(rule.root)) {}

  /// Whom a leaf without an answer can still bring in or keep out.
  People open() const {
    People out(size());
    each_piece([&](std::size_t first) {
      const auto root = bounds(root_, first);
      for (std::size_t i = 0; i < kWords; ++i) out.set_word(first + i, root.maybe[i] & ~root.sure[i]);
      return true;
    });
    return out;
  }
  People sure() const {
    People out(size());
    each_piece([&](std::size_t first) {
      const auto root = bounds(root_, first);
      for (std::size_t i = 0; i < kWords; ++i) out.set_word(first + i, root.sure[i]);
      return true;
    });
    return out;
  }
  /// Leaves without an answer that still matter to somebody.
  std::vector<Node*> open_leaves() {
    std::vector<Node*> unanswered, out;
    collect(root_, unanswered);
    for (auto* leaf : unanswered) leaf->matters = false;
    auto left = unanswered.size();
    Words all;
    all.fill(~0ULL);
    each_piece([&](std::size_t first) {
      mark(root_, first, all, left);
      return left > 0;
    });
    std::ranges::copy_if(unanswered, std::back_inserter(out), &Node::matters);
    return out;
  }

 private:
  static constexpr std::size_t kWords = 32;
  using Words = std::array<std::uint64_t, kWords>;
  struct Bounds { Words sure, maybe; };

  static Node node_of(const Clause& clause) {
    Node out{&clause, std::get_if<Group>(&clause.is)};
    if (out.group != nullptr)
      for (const auto& inner : out.group->of) out.of.push_back(node_of(inner));
    return out;
  }
  static void collect(Node& node, std::vector<Node*>& out) {
    for (auto& inner : node.of) collect(inner, out);
    if (node.group == nullptr && !node.answer) out.push_back(&node);
  }
  Ordinal size() const { return static_cast<Ordinal>(among_->words().size() * 64); }
  template <class F>
  void each_piece(F&& fn) const {
    for (std::size_t first = 0; first < among_->words().size(); first += kWords)
      if (!fn(first)) return;
  }

  __attribute__((optimize("O3"))) Bounds bounds(const Node& node, std::size_t first) const {
    Bounds out;
    if (node.group == nullptr) {
      for (std::size_t i = 0; i < kWords; ++i) {
        out.maybe[i] = node.answer ? node.answer->word(first + i) : among_->word(first + i);
        out.sure[i] = node.answer ? out.maybe[i] : 0;
      }
      return out;
    }
    const bool all = node.group->kind == Group::all;
    for (std::size_t i = 0; i < kWords; ++i) out.sure[i] = out.maybe[i] = all ? among_->word(first + i) : 0;
    for (const auto& inner : node.of) {
      const auto one = bounds(inner, first);
      for (std::size_t i = 0; i < kWords; ++i) {
        out.sure[i] = all ? out.sure[i] & one.sure[i] : out.sure[i] | one.sure[i];
        out.maybe[i] = all ? out.maybe[i] & one.maybe[i] : out.maybe[i] | one.maybe[i];
      }
    }
    if (node.group->kind == Group::none)
      for (std::size_t i = 0; i < kWords; ++i) {
        const auto anybody = among_->word(first + i), sure = out.sure[i];
        out.sure[i] = anybody & ~out.maybe[i];
        out.maybe[i] = anybody & ~sure;
      }
    return out;
  }
  /// Marks the leaves that matter to those of `matter`; `left`: leaves not marked yet.
  void mark(Node& node, std::size_t first, const Words& matter, std::size_t& left) const {
    const auto here = bounds(node, first);
    Words mine;
    std::uint64_t any = 0;
    for (std::size_t i = 0; i < kWords; ++i) any |= mine[i] = here.maybe[i] & ~here.sure[i] & matter[i];
    if (any == 0) return;
    for (auto& inner : node.of) mark(inner, first, mine, left);
    if (node.group == nullptr && !std::exchange(node.matters, true)) --left;
  }

  const People* among_;
  Node root_;
};

/// A rule while its leaves are being answered, the cheap ones first.
class Selection {
 public:
  Selection(const Rule& rule, Record& record, FactTable& facts, const Moment& m, People among)
      : rule_(rule), record_(record), facts_(facts), m_(m), among_(std::move(among)), settled_(rule, among_), nobody_(record), none_(nobody_, m) {}

  People run(Effort& effort) {
    answer_by_sets();
    for (auto* leaf : settled_.open_leaves())
      if (!is_of_events(*leaf->clause)) answer_by_facts(*leaf);
    answer_by_sums(true, effort);
    answer_by_last_times(effort);
    answer_by_sums(false, effort);
    return answer_the_rest(effort);
  }

 private:
  void answer_by_sets() {
    for (auto* leaf : settled_.open_leaves()) {
      if (is_of_events(*leaf->clause)) continue;
      auto people = facts_.having(*leaf->clause);
      if (!people) continue;
      *people &= among_;
      leaf->answer = std::move(*people);
    }
  }

  void answer_by_facts(Node& leaf) {
    People in(record_.view().people);
    settled_.open().each([&](Ordinal o) {
      if (clause_holds(*leaf.clause, facts_.at(o), none_, m_)) in.add(o);
    });
    leaf.answer = std::move(in);
  }

  /// What kinds that stand alone answer comes first: it reads little and leaves few people to the others.
  void answer_by_sums(bool alone, Effort& effort) {
    Sums sums;
    for (auto* leaf : settled_.open_leaves()) {
      if (!is_of_events(*leaf->clause)) continue;
      auto of = tally_of(*leaf->clause, record_, m_);
      if (of && columns::stands_alone(record_.view(), *of) == alone) sums.add(*leaf, std::move(*of), m_);
    }
    if (!sums.leaves.empty()) sum_up(sums, effort);
  }
  void answer_by_last_times(Effort& effort) {
    for (auto* leaf : settled_.open_leaves()) leaf->answer = people_by_last_times(*leaf->clause, record_, m_, settled_.open(), effort.tallied);
  }
  /// Leaves and the sums they meet; one sum may answer several.
  struct Sums {
    std::vector<columns::TallyOf> of;
    std::vector<Node*> leaves;
    std::vector<AskedSum> asked;  // by leaf
    void add(Node& leaf, columns::TallyOf one, const Moment& m) {
      const auto known = std::ranges::find_if(of, [&](const auto& other) { return same_sum(one, other); });
      leaves.push_back(&leaf);
      asked.push_back({static_cast<std::size_t>(known - of.begin()), SumTest(*leaf.clause, m)});
      if (known == of.end()) of.push_back(std::move(one));
      else known->times |= one.times;
    }
  };
  static bool same_sum(const columns::TallyOf& a, const columns::TallyOf& b) {
    return a.what.where.empty() && b.what.where.empty() && a.what.kinds == b.what.kinds && a.from_ms == b.from_ms && a.to_ms == b.to_ms &&
           a.property == b.property;
  }
  void sum_up(const Sums& sums, Effort& effort) {
    const auto who = settled_.open();
    effort.tallied += who.count();
    auto in = people_by_sums(record_, who, sums.of, sums.asked);
    for (std::size_t i = 0; i < in.size(); ++i) sums.leaves[i]->answer = std::move(in[i]);
  }

  People answer_the_rest(Effort& effort) {
    auto sure = settled_.sure();
    Deeds deeds(record_);
    settled_.open().each([&](Ordinal o) {
      ++effort.judged;
      deeds.read(o);
      if (clause_holds(rule_.root, facts_.at(o), Past(deeds, m_), m_)) sure.add(o);
    });
    return sure;
  }

  const Rule& rule_;
  Record& record_;
  FactTable& facts_;
  const Moment& m_;
  const People among_;
  Settled settled_;
  Deeds nobody_;
  Past none_;  // of nobody: clauses on facts do not look at it
};

}  // namespace

Result<People> people_of(const Rule& rule, Record& record, FactTable& facts, const Moment& m, const People* within, Effort* effort) {
  TRY(facts.load(rule, m));
  auto among = record.view().everyone();
  if (within != nullptr) among &= *within;
  Effort own;
  return Selection(rule, record, facts, m, std::move(among)).run(effort == nullptr ? own : *effort);
}

}  // namespace koi::segments
