/// Conditions on events, made ready for the columns: the one compiler of them. A row passes exactly when judge.h would say so.
#pragma once
#include "events/columns/funnel.h"
#include "segments/known.h"
#include "store/store.h"

namespace koi::segments {

/// What stands behind `where`, asked at the moment. Borrows nothing. invalid "segments.not_in_columns" (detail: which part)
/// for what is no question about one event; a rule that check.h lets pass has none.
Result<events::columns::Where> where_of(const Clauses& conditions, const Moment& m);

/// Names of what an event has beside its properties.
std::string column_of(std::string_view path);

/// "order_paid where channel = \"live\"": an event as a step of a question. Its kind must be known to the merchant, its
/// properties need not be declared. Codes of parse_rule and check_rule; not_found "segments.unknown_name" with a suggestion;
/// invalid "segments.bad_step" for a step with a window.
Result<events::columns::Step> step_of(Tx& tx, std::string_view text, const Moment& m);

}  // namespace koi::segments
