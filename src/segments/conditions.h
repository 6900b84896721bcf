/// Conditions on events, made ready for the columns.
#pragma once
#include "events/columns/funnel.h"
#include "segments/rule.h"
#include "store/store.h"

namespace koi::segments {

/// What stands behind `where`. invalid "segments.not_in_columns" (detail: which part) for what columns cannot answer:
/// members of objects in lists ("any lines where …"), and dates compared by the calendar.
Result<events::columns::Where> where_of(const Clauses& conditions);

/// "order_paid where channel = \"live\"": an event as a step of a question. Its kind must be known to the merchant.
/// Codes of parse_rule; not_found "segments.unknown_name" with a suggestion.
Result<events::columns::Step> step_of(Tx& tx, std::string_view text);

}  // namespace koi::segments
