/// Everybody a rule selects. Facts are looked up first, sums of events come from one scan over whoever is still open, and
/// only people no cheaper clause has settled are judged one by one.
#pragma once
#include "segments/deeds.h"
#include "segments/facts.h"

namespace koi::segments {

/// Facts of everybody in a view, by ordinals of roots.
class FactTable {
 public:
  virtual ~FactTable() = default;
  /// Reads what the rule asks of people, as of m.now; asked once, before all others.
  virtual Result<> load(const Rule& rule, const Moment& m) = 0;
  /// Everybody a clause on facts holds of, where a set says so at once; nothing: people are asked one by one.
  virtual std::optional<events::columns::People> having(const Clause&) const { return {}; }
  /// One person's, until the next call.
  virtual const Facts& at(events::columns::Ordinal root) = 0;
};

/// What it took; for previews and benchmarks.
struct Effort {
  std::uint64_t tallied = 0;  // people whose events were summed
  std::uint64_t judged = 0;   // people judged one by one
};

/// Roots, of `within` when given, that judge() says yes of. The rule is sound (check.h).
Result<events::columns::People> people_of(const Rule& rule, Record& record, FactTable& facts, const Moment& m,
                                          const events::columns::People* within = nullptr, Effort* effort = nullptr);

}  // namespace koi::segments
