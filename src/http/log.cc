#include "http/log.h"

#include <fmt/format.h>
#include <unistd.h>

#include "http/wire.h"

namespace koi::http {

namespace {
constexpr std::size_t kBlock = 32 << 10;
}

LogLine::LogLine(std::string_view level, std::string_view message) {
  line_.reserve(320);
  line_ += "{\"ts\":\"" + to_rfc3339(system_clock().now()) + "\"";
  text("level", level);
  text("msg", message);
}

LogLine& LogLine::text(std::string_view name, std::string_view value) {
  line_ += ',';
  wire::write_string(name, line_);
  line_ += ':';
  wire::write_string(value, line_);
  return *this;
}

LogLine& LogLine::number(std::string_view name, std::int64_t value) {
  line_ += ',';
  wire::write_string(name, line_);
  line_ += ':';
  wire::write_integer(value, line_);
  return *this;
}

LogLine& LogLine::millis(std::string_view name, double value) {
  line_ += ',';
  wire::write_string(name, line_);
  fmt::format_to(std::back_inserter(line_), ":{:.3f}", value);
  return *this;
}

std::string LogLine::finish() && {
  line_ += "}\n";
  return std::move(line_);
}

void Log::put(LogLine line, bool at_once) {
  const std::scoped_lock lock(mutex_);
  waiting_ += std::move(line).finish();
  if (at_once || waiting_.size() >= kBlock) {
    (void)!::write(STDERR_FILENO, waiting_.data(), waiting_.size());
    waiting_.clear();
  }
}

void Log::flush() {
  const std::scoped_lock lock(mutex_);
  if (!waiting_.empty()) (void)!::write(STDERR_FILENO, waiting_.data(), waiting_.size());
  waiting_.clear();
}

}  // namespace koi::http
