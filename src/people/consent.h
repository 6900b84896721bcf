/// What a person agreed to, as readers inside the room see it. Recording and the predicate are in profile.h.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <vector>

#include "people/profile.h"

namespace koi::people {

struct ConsentState {
  std::string channel, purpose;
  bool granted = false;
  Instant at;
  std::string evidence, notice_version;
};
BOOST_DESCRIBE_STRUCT(ConsentState, (), (channel, purpose, granted, at, evidence, notice_version))
/// The last word on each channel and purpose.
Result<std::vector<ConsentState>> consent_of(Tx& tx, PersonId root);
/// Everything that was said, newest first.
Result<std::vector<ConsentState>> consent_past(Tx& tx, PersonId root, int limit);

}  // namespace koi::people
