/// What stands between a merchant and a working connection, one line each, with what to do about it.
#pragma once
#include <string>
#include <vector>

#include "connect/wecom/desk.h"

namespace koi::connect::wecom {

struct Finding {
  std::string check;   // secret ip staff quota callback sidebar login notices archive clock pushes
  std::string state;   // good warn bad
  Said found, advice;  // advice "" when it is good
};
/// Asks the platform a few harmless things and looks at what came from it. `public_url` is the address the platform would call;
/// "" when this server does not know it. Waits: not on the Writer, not on an I/O thread.
std::vector<Finding> examine(Db& db, const Corp& corp, const std::string& public_url);

}  // namespace koi::connect::wecom
