/// A rule as JSON: how it is stored and how the builder edits it. One object a clause, its first member says which:
///   {"all": [...]} {"any": [...]} {"none": [...]}
///   {"field": "city", "args": [], "lens": "length", "op": "in", "values": ["上海"]}
///   {"aggregate": {"fn": "sum", "event": "order_paid", "property": "amount", "where": [...], "window": W}, "op", "values"}
///   {"did": {"event", "where", "window"}}, and with {"without": {"event", "where"}, "after": "24h", "same": [...]}
///   {"seq": [{"event", "where", "times", "within", "unless": [...]}], "order", "same", "window"}
///   {"some": "lines", "where": [...]} {"each": "lines", "where": [...]}
///   {"changed": "city", "from", "to", "window"} {"in_segment": "…"} {"in_list": "…"} {"bucket": {"seed", "from", "to"}}
/// W: {"last": "30d"} {"from_ago": "60d", "to_ago": "30d"} {"calendar": "this month", "zone"} {"from": V, "to": V}
///    {"since": {"event", "where"}}. Members that say nothing are left out.
/// V: "text", 12, true, {"number": "12.5"}, {"money": "50.00元"}, {"day"}, {"time"}, {"duration": "30d"},
///    {"calendar": "this month", "zone"}.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "segments/rule.h"

namespace koi::segments {

std::string json_of(const Rule& rule);
/// rule_of_json(json_of(r)) == r. Strict: malformed "segments.bad_json" for what is no JSON (more than 256 KB, nested
/// too deep), invalid "segments.bad_json" with a JSON pointer for an unknown or missing member, a wrong type, operands
/// that do not fit their operator.
Result<Rule> rule_of_json(std::string_view text);

}  // namespace koi::segments
