/// How people of a segment differ from everybody.
#pragma once
#include "segments/survey.h"

namespace koi::segments {

struct CutRow { std::string value, zh, en; std::int64_t inside = 0, everybody = 0; };
BOOST_DESCRIBE_STRUCT(CutRow, (), (value, zh, en, inside, everybody))
struct Cut { std::string name, zh, en; std::vector<CutRow> data; };
BOOST_DESCRIBE_STRUCT(Cut, (), (name, zh, en, data))
inline constexpr std::size_t kCutRowsMax = 20;  // the most frequent of everybody's
/// By stage, channel, store, tag, number of orders and amount paid, among the survey's people.
Result<std::vector<Cut>> profile_of(Survey& survey, const events::columns::People& inside);

}  // namespace koi::segments
