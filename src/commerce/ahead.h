/// Inside the room: what a batch of orders looks up at once instead of each order for itself. Only on SQLite, whose one
/// writer nobody overtakes, and only for new orders of people who are one node; all others go the ordinary way.
#pragma once
#include <set>
#include <unordered_map>

#include "commerce/order_row.h"

namespace koi::commerce {

class Ahead {
 public:
  /// Looks up what these orders, the ones still to come, ask for; nothing to do while the last look holds.
  Result<> look(Tx& tx, std::span<const OrderIn* const> rest);
  /// Whether this order is new and its buyer's figures are at hand. It is not new any more afterwards.
  bool takes(const OrderRow& row);
  /// Adds it to its buyer's figures; whether it is the buyer's first.
  bool account(const OrderRow& row);
  /// The figures go to their table, and what was looked up is forgotten: somebody else will change it.
  Result<> write(Tx& tx);

 private:
  struct Figures {
    NodeValue value;
    bool simple = true, stands = false, changed = false;
  };
  Result<> look_for_orders(Tx& tx, std::span<const OrderIn* const> rest);
  Result<> look_for_people(Tx& tx, std::span<const OrderIn* const> rest);

  bool holds_ = false;
  int looks_ = 0;
  std::set<std::pair<std::int64_t, std::string>, std::less<>> absent_;  // source, number
  std::unordered_map<std::int64_t, Figures> people_;       // by root
};

}  // namespace koi::commerce
