/// Inside wecom/: a list of things to ask the platform about, a few at once. Each lane is a thread that mostly waits.
#pragma once
#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/ports.h"
#include "base/result.h"

namespace koi::connect::wecom {

/// Items handled by a few threads; the first error that is nobody's fault ends the round.
template <class T, class F>
Result<> in_lanes(const std::vector<T>& items, int width, F&& one) {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> trouble;
  {
    std::vector<std::jthread> lanes;
    const auto n = std::min<std::size_t>(static_cast<std::size_t>(std::max(1, width)), items.size());
    for (std::size_t i = 0; i < n; ++i)
      lanes.emplace_back([&] {
        name_thread("wecom lane");
        for (auto at = next++; at < items.size(); at = next++) {
          {
            const std::scoped_lock lock(mutex);
            if (trouble) return;
          }
          if (auto done = one(items[at]); !done) {
            const std::scoped_lock lock(mutex);
            if (!trouble) trouble = std::move(done).error();
            return;
          }
        }
      });
  }
  if (trouble) return std::unexpected(std::move(*trouble));
  return {};
}

}  // namespace koi::connect::wecom
