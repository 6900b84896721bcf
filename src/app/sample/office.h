/// What the office of the sample's merchant did beside the story: brought the old shop's member list in from a file, with
/// the mistakes such lists have and the people it says are somebody else, and made keys. Private to app/sample/.
#pragma once
#include "app/sample/story.h"

namespace koi::app {

Result<> do_office_work(Db& db, const Story& story);

}  // namespace koi::app
