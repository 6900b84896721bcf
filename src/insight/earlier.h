/// The triangle as it stood some weeks ago, by the same code and definitions as today's: ties, consent, inviters and
/// arrivals are turned back to that moment. Who is one person, and what an order is worth after refunds, is as known today.
#pragma once
#include "insight/answers.h"

namespace koi::insight {

inline constexpr int kBeforeDays = 28;  // four weeks: the same weekday

/// Takes away what came after `then`: people, relations, consent, invitations.
Result<> turn_back(Tx& tx, People& people, Instant then);
/// What figures were at `then`, by metric. Uses up the facts it is given; nothing when nobody was there yet.
Result<Before> before_of(Tx& tx, People people, std::vector<Sale> sales, const Calendar& calendar, Instant then);

}  // namespace koi::insight
