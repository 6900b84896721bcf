/// A clock that a file moves ahead: for whoever wants to see what time alone brings, without waiting for it.
#pragma once
#include <atomic>
#include <string>

#include "base/ports.h"

namespace koi::app {

/// The machine's clock and as many milliseconds more as the file says (a whole number; none while it says something else or is
/// not there). It never goes back: a smaller number than before is not followed. The file is read at most 20 times a second.
class FileClock final : public Clock {
 public:
  explicit FileClock(std::string file) : file_(std::move(file)) {}
  Instant now() override;

 private:
  const std::string file_;
  std::atomic<std::int64_t> ahead_ = 0, looked_at_ = 0;  // ms
};

}  // namespace koi::app
