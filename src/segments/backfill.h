/// The tag of a live segment, given to whoever was in it before anybody listened and taken from whoever is not.
#pragma once
#include "segments/survey.h"

namespace koi::segments {

inline constexpr std::size_t kBackfillMax = 100'000;  // changes of one call
inline constexpr std::size_t kBackfillStep = 200;     // people an operation

struct BackfillPlan {
  SegmentId segment{};
  std::string tag{};
  std::vector<std::int64_t> give{}, take{};  // people, ascending
  std::int64_t keep = 0;                     // who carry it already, of this segment's giving
};
/// Among the survey's people. invalid "segments.no_tag"; conflict "segments.filling" while its members are not known yet.
Result<BackfillPlan> plan_backfill(Survey& survey, const Segment& segment);
/// [from, from + kBackfillStep) of what is to be given and then taken. Repeat-safe. Codes of people::tag_person.
Result<> backfill_step(Tx& tx, const BackfillPlan& plan, std::size_t from);

}  // namespace koi::segments
