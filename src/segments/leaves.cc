#include "segments/leaves.h"

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

void collect(const Clause& c, std::vector<const Clause*>& out) {
  const auto* group = std::get_if<Group>(&c.is);
  if (group == nullptr) return out.push_back(&c);
  for (const auto& inner : group->of) collect(inner, out);
}

/// An event a sequence or an absence cannot do without: whoever has none need not be judged.
std::optional<Clause> needed(const Clause& leaf) {
  if (const auto* w = std::get_if<Without>(&leaf.is)) return Clause{Did{w->did}};
  const auto* s = std::get_if<Sequence>(&leaf.is);
  if (s == nullptr) return {};
  return Clause{Did{{s->steps.back().kind, s->steps.back().where, s->window}}};
}

class Asking {
 public:
  Asking(Record& record, FactTable& facts, const Moment& m, const People& among, std::map<const Clause*, People>& answers)
      : record_(record), facts_(facts), m_(m), among_(among), answers_(answers) {}

  void run(const std::vector<const Clause*>& leaves) {
    std::vector<const Clause*> summed, judged;
    for (const auto* leaf : leaves) {
      if (!is_of_events(*leaf)) by_facts(*leaf);
      else (tally_of(*leaf, record_, m_) ? summed : judged).push_back(leaf);
    }
    // What is needed of those who are judged is a sum like others.
    std::vector<std::optional<Clause>> wants;
    for (const auto* leaf : judged) wants.push_back(needed(*leaf));
    for (const auto& want : wants)
      if (want && tally_of(*want, record_, m_)) summed.push_back(&*want);
    by_sums(summed);
    by_judging(judged, wants);
    for (const auto& want : wants)
      if (want) answers_.erase(&*want);
  }

 private:
  void by_facts(const Clause& leaf) {
    if (auto people = facts_.having(leaf)) {
      *people &= among_;
      answers_.emplace(&leaf, std::move(*people));
      return;
    }
    People in(record_.view().people);
    Deeds nobody(record_);
    const Past none(nobody, m_);
    among_.each([&](Ordinal o) {
      if (clause_holds(leaf, facts_.at(o), none, m_)) in.add(o);
    });
    answers_.emplace(&leaf, std::move(in));
  }

  void by_sums(const std::vector<const Clause*>& all) {
    std::vector<const Clause*> leaves;
    std::vector<columns::TallyOf> of;
    std::vector<AskedSum> asked;
    std::uint64_t read = 0;
    for (const auto* leaf : all) {
      if (auto in = people_by_last_times(*leaf, record_, m_, among_, read)) {
        answers_.emplace(leaf, std::move(*in));
        continue;
      }
      leaves.push_back(leaf);
      asked.push_back({of.size(), SumTest(*leaf, m_)});
      of.push_back(*tally_of(*leaf, record_, m_));
    }
    if (leaves.empty()) return;
    auto in = people_by_sums(record_, among_, of, asked);
    for (std::size_t i = 0; i < leaves.size(); ++i) answers_.emplace(leaves[i], std::move(in[i]));
  }

  /// One reading of a person's deeds for all leaves that need it.
  void by_judging(const std::vector<const Clause*>& leaves, const std::vector<std::optional<Clause>>& wants) {
    if (leaves.empty()) return;
    std::vector<const People*> may;
    People any(record_.view().people);
    for (std::size_t i = 0; i < leaves.size(); ++i) {
      const auto known = wants[i] ? answers_.find(&*wants[i]) : answers_.end();
      may.push_back(known == answers_.end() ? &among_ : &known->second);
      any |= *may.back();
    }
    std::vector<People> in(leaves.size(), People(record_.view().people));
    Deeds deeds(record_);
    any.each([&](Ordinal o) {
      deeds.read(o);
      const Past past(deeds, m_);
      for (std::size_t i = 0; i < leaves.size(); ++i)
        if (may[i]->has(o) && clause_holds(*leaves[i], facts_.at(o), past, m_)) in[i].add(o);
    });
    for (std::size_t i = 0; i < leaves.size(); ++i) answers_.emplace(leaves[i], std::move(in[i]));
  }

  Record& record_;
  FactTable& facts_;
  const Moment& m_;
  const People& among_;
  std::map<const Clause*, People>& answers_;
};

}  // namespace

Result<LeafAnswers> LeafAnswers::ask(std::span<const Clause* const> clauses, Record& record, FactTable& facts, const Moment& m,
                                     const People* within) {
  auto among = record.view().everyone();
  if (within != nullptr) among &= *within;
  LeafAnswers out(std::move(among));
  std::vector<const Clause*> leaves;
  for (const auto* clause : clauses) {
    TRY(facts.load({*clause}, m));
    collect(*clause, leaves);
  }
  Asking(record, facts, m, out.among_, out.answers_).run(leaves);
  return out;
}

People LeafAnswers::of(const Clause& clause, const Clause* without) const {
  const auto* group = std::get_if<Group>(&clause.is);
  if (group == nullptr) return answers_.at(&clause);
  auto out = group->kind == Group::all ? among_ : People();
  for (const auto& inner : group->of) {
    if (&inner == without) continue;
    const auto one = of(inner, without);
    if (group->kind == Group::all) out &= one;
    else out |= one;
  }
  if (group->kind != Group::none) return out;
  auto others = among_;
  others -= out;
  return others;
}

Result<std::vector<People>> people_of_each(std::span<const Clause* const> clauses, Record& record, FactTable& facts, const Moment& m,
                                           const People* within) {
  TRY(const auto answers, LeafAnswers::ask(clauses, record, facts, m, within));
  std::vector<People> out;
  for (const auto* clause : clauses) out.push_back(answers.of(*clause));
  return out;
}

}  // namespace koi::segments
