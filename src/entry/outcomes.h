/// Inside the room: what became of arrivals, as a fold over the log, and the sums of each hour. The same events give the same
/// outcomes in whatever order they come.
#pragma once
#include <boost/describe.hpp>
#include <map>

#include "entry/entry.h"

namespace koi::entry {

struct Outcome {
  std::int64_t arrival = 0;
  PersonId origin, person;
  CodeId code;
  StaffId staff;
  Instant added_at{};
  std::optional<Instant> accepted_at, first_reply_at, group_at, first_order_at, repeat_order_at, lost_at;
  std::int64_t orders = 0, order_fen = 0, day = 0, hour = 0;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
BOOST_DESCRIBE_STRUCT(Outcome, (), (arrival, origin, person, code, staff, added_at, accepted_at, first_reply_at, group_at, first_order_at,
                                    repeat_order_at, lost_at, orders, order_fen, day, hour))

enum class DeedKind : std::uint8_t { scanned, shown, requested, added, deleted, transferred, replied, grouped, ordered, refunded };
/// An event as the fold sees it.
struct Deed { DeedKind kind; Instant at{}; events::Seq seq = 0; CodeId code; StaffId staff; std::int64_t fen = 0; };

/// Takes a deed that makes or ends no friendship; those do not belong here, they begin the fold again. Any order.
void take_deed(std::vector<Outcome>& outcomes, const Deed& deed);
/// The whole fold of a person: outcomes of the given arrivals (only code, staff and ids are set in them).
std::vector<Outcome> fold_deeds(std::span<const Outcome> arrivals, std::vector<Deed> deeds);

/// Sums of entry_code_day that a turn has gathered.
struct Sums {
  std::int64_t scans = 0, visitors = 0, shown = 0, adds = 0, accepted = 0, replied = 0, grouped = 0, ordered = 0, repeated = 0, lost = 0, orders = 0, order_fen = 0;
  void add(const Sums& other, std::int64_t times);
  friend bool operator==(const Sums&, const Sums&) = default;
};
BOOST_DESCRIBE_STRUCT(Sums, (), (scans, visitors, shown, adds, accepted, replied, grouped, ordered, repeated, lost, orders, order_fen))
struct SumKey {
  CodeId code;
  std::int64_t day = 0, hour = 0;
  StaffId staff;
  friend auto operator<=>(const SumKey&, const SumKey&) = default;
};
class SumBook {
 public:
  Sums& at(const SumKey& key) { return sums_[key]; }
  void count(const Outcome& outcome, std::int64_t times);
  Result<> write(Tx& tx);

 private:
  std::map<SumKey, Sums> sums_;
};

/// Folds a person again from the log up to `upto`, and corrects the sums.
Result<> refold_person(Tx& tx, PersonId root, events::Seq upto);
/// One turn on the log.
Result<std::size_t> turn_outcomes(Tx& tx, events::Pace pace);
inline constexpr std::string_view kOutcomeConsumer = "entry.outcomes";

}  // namespace koi::entry
