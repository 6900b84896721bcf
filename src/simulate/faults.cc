#include "simulate/faults.h"

#include <algorithm>

namespace koi::simulate {

std::optional<Fault> Faults::strike(std::string_view path) {
  for (auto it = list_.begin(); it != list_.end(); ++it) {
    if (!it->path.empty() && !path.ends_with(it->path)) continue;
    if (it->skip > 0) {
      --it->skip;
      continue;
    }
    auto out = *it;
    if (--it->times <= 0) list_.erase(it);
    return out;
  }
  return {};
}

}  // namespace koi::simulate
