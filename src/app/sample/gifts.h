/// The tea tin that every newcomer takes home: stock of each shop as ledger accounts. Private to app/sample/.
#pragma once
#include <string>
#include <vector>

#include "base/types.h"
#include "ledger/ledger.h"

namespace koi::app {

class Gifts {
 public:
  /// The newcomer's tin, out of the shop's stock; a shop that has none left gets a delivery first. Repeat-safe by person.
  Result<> welcome(Tx& tx, const std::string& shop, PersonId person);

 private:
  Result<> open(Tx& tx);
  Result<> deliver(Tx& tx, const std::string& shop, ledger::AccountId stock);

  ledger::AccountId supply_, given_;
  std::int64_t deliveries_ = 0;
};

}  // namespace koi::app
