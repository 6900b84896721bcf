#include "base/result.h"

#include <cstdio>
#include <cstdlib>

namespace koi {

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "{\"level\":\"fatal\",\"msg\":\"invariant broken\",\"check\":\"%s\",\"at\":\"%s:%d\"}\n", expression,
               file, line);
  std::fflush(stderr);
  std::abort();
}

}  // namespace koi
