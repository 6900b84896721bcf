/// JSON lines on stderr. Values are escaped, so nothing a caller sends can forge a line; query strings and bodies never
/// come here.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "base/ports.h"

namespace koi::http {

/// One line being built: log.line("info", "request").text("route", r).number("status", 200) …
class LogLine {
 public:
  LogLine(std::string_view level, std::string_view message);
  LogLine& text(std::string_view name, std::string_view value);
  LogLine& number(std::string_view name, std::int64_t value);
  LogLine& millis(std::string_view name, double value);
  std::string finish() &&;

 private:
  std::string line_;
};

/// Gathers lines and writes them in blocks; trouble is written at once.
class Log {
 public:
  ~Log() { flush(); }
  void put(LogLine line, bool at_once);
  void flush();

 private:
  std::mutex mutex_;
  std::string waiting_;
};

}  // namespace koi::http
