/// What each leaf of a few clauses says of everybody: asked at once, so that any combination of them is set algebra. For
/// previews, which want to know what each clause does; whoever only wants the people asks people_of.
#pragma once
#include <map>

#include "segments/people.h"

namespace koi::segments {

class LeafAnswers {
 public:
  /// Leaves of these clauses, of `within` when given; sums are one scan. Borrows the clauses.
  static Result<LeafAnswers> ask(std::span<const Clause* const> clauses, Record& record, FactTable& facts, const Moment& m,
                                 const events::columns::People* within = nullptr);
  /// Everybody the clause holds of; as if `without` were not written, when that is a part of it.
  events::columns::People of(const Clause& clause, const Clause* without = nullptr) const;
  const events::columns::People& everybody() const { return among_; }

 private:
  explicit LeafAnswers(events::columns::People among) : among_(std::move(among)) {}
  events::columns::People among_;
  std::map<const Clause*, events::columns::People> answers_;
};

/// Everybody each of the clauses holds of.
Result<std::vector<events::columns::People>> people_of_each(std::span<const Clause* const> clauses, Record& record, FactTable& facts,
                                                            const Moment& m, const events::columns::People* within = nullptr);

}  // namespace koi::segments
