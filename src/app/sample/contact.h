/// What the sample's operators keep at WeCom: rules on words, an album of teas, sends being written and a moment. Private to app/.
#pragma once
#include <string>

#include "store/store.h"

namespace koi::app {

/// Once in the life of a sample, when its corp has been connected; nothing for a merchant who is none, or a sample that has it.
Result<> furnish_contact(Db& db, const std::string& corp);

}  // namespace koi::app
