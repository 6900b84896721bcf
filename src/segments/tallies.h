/// Clauses that one sum over each person's events answers (events/columns/tally.h), so that all of a rule are one scan.
#pragma once
#include "events/columns/tally.h"
#include "segments/compare.h"
#include "segments/deeds.h"

namespace koi::segments {

/// What is summed for a leaf: did, and counts, sums, averages, extremes, recency, tenure of a stretch of time. Nothing when
/// a sum does not say it (sequences, absences, values of the first event …): people are judged then.
std::optional<events::columns::TallyOf> tally_of(const Clause& leaf, const Record& record, const Moment& m);
/// Whether a leaf holds of a person with this sum; asked of everybody, so that counts and sums meet their bound as numbers.
class SumTest {
 public:
  /// Borrows the leaf and the moment.
  SumTest(const Clause& leaf, const Moment& m);
  bool operator()(const events::columns::Sum& sum) const;
  /// The same of a count or a whole sum: nothing when it is more than that.
  std::optional<events::columns::SumWithin> within(std::size_t of) const;

 private:
  const Clause* leaf_;
  const Moment* m_;
  std::optional<Bound> bound_;  // of a count or sum against one number
  bool counts_ = true;
};

/// A test of one of several sums.
struct AskedSum { std::size_t sum; SumTest test; };
/// Of `among`, whoever passes each test; one scan for all.
std::vector<events::columns::People> people_by_sums(const Record& record, const events::columns::People& among,
                                                    std::span<const events::columns::TallyOf> of, std::span<const AskedSum> asked);
/// Whether somebody did something at all, the last time they did says nearly always, without their rows: of `among`, whoever
/// did; nothing for other leaves. `read`: grows by the people whose rows had to be read.
std::optional<events::columns::People> people_by_last_times(const Clause& leaf, const Record& record, const Moment& m,
                                                            const events::columns::People& among, std::uint64_t& read);

}  // namespace koi::segments
