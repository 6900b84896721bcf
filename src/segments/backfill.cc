#include "segments/backfill.h"

#include <algorithm>

#include "people/profile.h"
#include "segments/keep.h"

namespace koi::segments {
namespace {

using events::columns::People;

// Whoever carries a tag because this segment gave it.
constexpr std::string_view kHolders =
    "SELECT a.person_id FROM tag_assignment a JOIN tag t ON t.id = a.tag_id JOIN tag_group g ON g.id = t.group_id "
    "WHERE g.name = $1 AND t.name = $2 AND a.source = 'rule' AND a.by_whom = $3";

}  // namespace

Result<BackfillPlan> plan_backfill(Survey& survey, const Segment& segment) {
  if (segment.tag.empty()) return fail(Errc::invalid, "segments.no_tag", segment.name);
  TRY(const auto state, state_of(survey.tx(), segment.id));
  if (!is_ready(segment, state)) return fail(Errc::conflict, "segments.filling", segment.name);
  TRY(const auto members, survey.members(segment));
  const auto slash = segment.tag.find('/');
  People holders(survey.view().people);
  TRY(survey.tx().each<std::int64_t>(kHolders, [&](std::int64_t person) -> Result<> {
    if (const auto o = survey.view().roster->find(person); o < survey.view().people) holders.add(o);
    return {};
  }, segment.tag.substr(0, slash), segment.tag.substr(slash + 1), std::to_string(segment.id.v)));
  holders &= survey.everybody();
  auto give = members, take = holders, keep = members;
  give -= holders;
  take -= members;
  keep &= holders;
  return BackfillPlan{segment.id, segment.tag, survey.nodes(give), survey.nodes(take), static_cast<std::int64_t>(keep.count())};
}

Result<> backfill_step(Tx& tx, const BackfillPlan& plan, std::size_t from) {
  const auto source = "rule:" + std::to_string(plan.segment.v);  // as the live engine gives it
  const auto end = std::min(from + kBackfillStep, plan.give.size() + plan.take.size());
  TRY(const auto segment, segment_by_id(tx, plan.segment));
  for (auto i = from; i < end; ++i) {
    if (i < plan.give.size()) {
      TRY(people::tag_person(tx, {.person = {plan.give[i]}, .tags = {plan.tag}, .source = source, .expires = {}, .create = true, .why = segment.name}));
    } else {
      TRY(people::untag_person(tx, {plan.take[i - plan.give.size()]}, plan.tag, source));
    }
  }
  return {};
}

}  // namespace koi::segments
