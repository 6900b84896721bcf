/// Tickets that pages need to use the JS-SDK: one of the corp, one of the app. Kept as long as they live, fetched by one caller while
/// the others wait, and far within what the platform allows an hour (400 for the corp, 100 for the app).
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/ports.h"
#include "base/result.h"

namespace koi::connect::wecom {

class Platform;

enum class TicketKind : std::uint8_t { corp, app };

class Tickets {
 public:
  Tickets(std::shared_ptr<Platform> platform, Clock& clock) : platform_(std::move(platform)), clock_(clock) {}
  /// Without asking anybody.
  std::optional<std::string> at_hand(TicketKind kind) const;
  /// Waiting. Codes of Platform; throttled "connect.wecom_limit" also when our own share of the hour is used up. What failed is not
  /// asked again at once: the same error is the answer for a while.
  Result<std::string> get(TicketKind kind);

 private:
  struct Shelf {
    std::mutex flight;  // held while somebody asks
    std::string ticket;
    Instant until{}, rest_until{};
    std::optional<Error> why;  // of the last failure
    std::int64_t hour = 0, in_hour = 0;
  };
  std::optional<std::string> alive(const Shelf& shelf) const;
  Result<std::string> ask(TicketKind kind, Shelf& shelf);

  const std::shared_ptr<Platform> platform_;
  Clock& clock_;
  mutable std::mutex mutex_;
  Shelf shelves_[2];
};

}  // namespace koi::connect::wecom
