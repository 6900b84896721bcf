/// A row of the log in numbers, as it is written and as it is read back whole.
#pragma once
#include <cstdint>
#include <string_view>

#include "events/events.h"

namespace koi::events {

struct LogRow {
  std::int64_t kind = 0;
  PersonId person;
  std::int64_t subject = 0;
  std::int64_t at = 0, received_at = 0, raw_at = 0;
  std::int64_t source = 0;  // 0: ourselves
  IdHash id;
  std::int64_t amount_fen = 0, flags = 0;
  std::string_view props;
};

/// With its place in the log; props are borrowed for the call.
struct RawRow : LogRow { Seq seq = 0; };

}  // namespace koi::events
