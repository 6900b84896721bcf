/// The vendor's library of the session archive, loaded at run time: it cannot be shipped, and its inner cipher is not published.
#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace koi::connect::wecom {

class Finance {
 public:
  virtual ~Finance() = default;
  /// JSON of the items after `seq`, at most `limit`. unavailable "connect.archive_busy" (try again), forbidden
  /// "connect.archive_ip", invalid "connect.archive_expired", "connect.archive_refused" (detail: the library's number). Waits.
  virtual Result<std::string> chat_data(std::uint64_t seq, unsigned limit) = 0;
  /// The message JSON; malformed "connect.archive_decrypt".
  virtual Result<std::string> open(const std::string& key, const std::string& message) = 0;
};

/// invalid "connect.archive_path" (not absolute), "connect.archive_no_library", "connect.archive_wrong_library" (another
/// machine's, or no library), "connect.archive_symbol", "connect.archive_init" (the library refused corp or secret).
Result<std::unique_ptr<Finance>> open_finance(const std::string& path, const std::string& corp_id, const std::string& secret);
Result<> check_library_path(const std::string& path);

}  // namespace koi::connect::wecom
