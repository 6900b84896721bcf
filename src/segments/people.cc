#include "segments/people.h"

#include <map>

#include "events/columns/recent.h"
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

/// A rule while its leaves are being answered, the cheap ones first. Each clause stands between who is in it for sure and who
/// may be; what a leaf turns out to be never takes back what was settled without it.
class Selection {
 public:
  Selection(const Rule& rule, Record& record, FactTable& facts, const Moment& m, People among)
      : rule_(rule), record_(record), facts_(facts), m_(m), among_(std::move(among)), nobody_(record), none_(nobody_, m) {}

  People run(Effort& effort) {
    answer_by_sets();
    for (const auto* leaf : open_leaves())
      if (!is_of_events(*leaf)) answer_by_facts(*leaf);
    answer_by_sums(true, effort);
    answer_by_last_times(effort);
    answer_by_sums(false, effort);
    return answer_the_rest(effort);
  }

 private:
  struct Bounds { People sure, maybe; };

  Bounds bounds(const Clause& c) const {
    const auto* group = std::get_if<Group>(&c.is);
    if (group == nullptr) {
      const auto known = answers_.find(&c);
      if (known == answers_.end()) return {People(record_.view().people), among_};
      return {known->second, known->second};
    }
    const bool all = group->kind == Group::all;
    Bounds out = all ? Bounds{among_, among_} : Bounds{People(record_.view().people), People(record_.view().people)};
    for (const auto& inner : group->of) {
      const auto one = bounds(inner);
      if (all) out.sure &= one.sure, out.maybe &= one.maybe;
      else out.sure |= one.sure, out.maybe |= one.maybe;
    }
    if (group->kind != Group::none) return out;
    Bounds turned{among_, among_};
    turned.sure -= out.maybe;
    turned.maybe -= out.sure;
    return turned;
  }
  People open(const Clause& c) const {
    auto [sure, maybe] = bounds(c);
    maybe -= sure;
    return maybe;
  }

  /// Leaves without an answer that still matter to somebody.
  std::vector<const Clause*> open_leaves() const {
    std::vector<const Clause*> out;
    collect(rule_.root, open(rule_.root), out);
    return out;
  }
  void collect(const Clause& c, const People& matter, std::vector<const Clause*>& out) const {
    auto mine = open(c);
    mine &= matter;
    if (mine.count() == 0) return;
    if (const auto* group = std::get_if<Group>(&c.is))
      for (const auto& inner : group->of) collect(inner, mine, out);
    else
      out.push_back(&c);
  }

  void answer_by_sets() {
    for (const auto* leaf : open_leaves()) {
      if (is_of_events(*leaf)) continue;
      auto people = facts_.having(*leaf);
      if (!people) continue;
      *people &= among_;
      answers_.emplace(leaf, std::move(*people));
    }
  }

  void answer_by_facts(const Clause& leaf) {
    People in(record_.view().people);
    open(rule_.root).each([&](Ordinal o) {
      if (clause_holds(leaf, facts_.at(o), none_, m_)) in.add(o);
    });
    answers_.emplace(&leaf, std::move(in));
  }

  /// What kinds that stand alone answer comes first: it reads little and leaves few people to the others.
  void answer_by_sums(bool alone, Effort& effort) {
    Sums sums;
    for (const auto* leaf : open_leaves()) {
      if (!is_of_events(*leaf)) continue;
      auto of = tally_of(*leaf, record_, m_);
      if (of && columns::stands_alone(record_.view(), *of) == alone) sums.add(*leaf, std::move(*of), m_);
    }
    if (!sums.leaves.empty()) sum_up(sums, effort);
  }
  /// Whether somebody did something at all, the last time they did says nearly always, without their rows.
  void answer_by_last_times(Effort& effort) {
    for (const auto* leaf : open_leaves()) {
      if (!std::holds_alternative<Did>(leaf->is)) continue;
      auto of = tally_of(*leaf, record_, m_);
      if (!of || !of->what.where.empty()) continue;
      auto [in, unsure] = columns::recent(record_.view(), of->what.kinds, of->from_ms, of->to_ms);
      unsure &= open(rule_.root);
      effort.tallied += unsure.count();
      columns::tally(record_.view(), {.only = &unsure}, {&*of, 1}, record_.sources(), [&](Ordinal o, std::span<const columns::Sum> sums) {
        if (sums[0].count > 0) in.add(o);
      });
      in &= among_;
      answers_.emplace(leaf, std::move(in));
    }
  }
  /// Leaves and the sums they meet; one sum may answer several.
  struct Sums {
    std::vector<columns::TallyOf> of;
    std::vector<const Clause*> leaves;
    std::vector<AskedSum> asked;  // by leaf
    void add(const Clause& clause, columns::TallyOf one, const Moment& m) {
      const auto known = std::ranges::find_if(of, [&](const auto& other) { return same_sum(one, other); });
      leaves.push_back(&clause);
      asked.push_back({static_cast<std::size_t>(known - of.begin()), SumTest(clause, m)});
      if (known == of.end()) of.push_back(std::move(one));
      else known->times |= one.times;
    }
  };
  static bool same_sum(const columns::TallyOf& a, const columns::TallyOf& b) {
    return a.what.where.empty() && b.what.where.empty() && a.what.kinds == b.what.kinds && a.from_ms == b.from_ms && a.to_ms == b.to_ms &&
           a.property == b.property;
  }
  void sum_up(const Sums& sums, Effort& effort) {
    const auto who = open(rule_.root);
    effort.tallied += who.count();
    auto in = people_by_sums(record_, who, sums.of, sums.asked);
    for (std::size_t i = 0; i < in.size(); ++i) answers_.emplace(sums.leaves[i], std::move(in[i]));
  }

  People answer_the_rest(Effort& effort) {
    auto [sure, maybe] = bounds(rule_.root);
    maybe -= sure;
    Deeds deeds(record_);
    maybe.each([&](Ordinal o) {
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
  Deeds nobody_;
  Past none_;  // of nobody: clauses on facts do not look at it
  std::map<const Clause*, People> answers_;
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
