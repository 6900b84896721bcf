/// What a rule would mean: who, how many, what each clause does to that number, why one person is in, how it moved.
#pragma once
#include "segments/explain.h"
#include "segments/survey.h"

namespace koi::segments {

/// A clause of the rule, groups included, in the order of the text. alone: how many it holds of by itself; removes: how many
/// more there would be without it (below 0: it brings people in); missing: of comparisons of facts, how many have no value.
struct ClauseFigures {
  const Clause* clause = nullptr;
  std::string pointer{};  // in the rule's JSON
  std::int64_t alone = 0, removes = 0;
  std::optional<std::int64_t> missing{};
};
struct Preview { events::columns::People people; std::vector<ClauseFigures> clauses; };
/// Within the survey's people; one scan for all sums. Borrows the rule.
Result<Preview> preview(Survey& survey, const Rule& rule);

/// Who may be met for marketing, by channel; what it rests on is looked at again after kReachLife.
inline constexpr Millis kReachLife{60'000};
inline constexpr std::string_view kReachChannels[] = {"wecom", "mp", "sms", "mail", "phone"};
struct Reach { std::int64_t wecom = 0, mp = 0, sms = 0, mail = 0, phone = 0; Instant as_of{}; };
Result<Reach> reach_of(Survey& survey, const events::columns::People& people);

/// Who came in and who went on each of the last days of the merchant's calendar, by the rule at the end of each; facts are
/// today's. The last one is today so far.
inline constexpr std::int64_t kReplayDaysMax = 92;
struct DayMoves { LocalDay day{}; std::int64_t entered = 0, left = 0; };
Result<std::vector<DayMoves>> replay(Survey& survey, const Rule& rule, std::int64_t days);

struct Why {
  bool in = false;
  Explained explained;
  std::optional<Instant> next_look_at;  // when time alone may change it
};
/// Of one person by the rule. not_found "people.not_found" when the survey's caller may not see them.
Result<Why> why(Survey& survey, const Rule& rule, PersonId person);

}  // namespace koi::segments
