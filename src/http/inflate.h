/// Compressed bodies in and out, with a bound on what a small body may grow into.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace koi::http {

/// Undoes Content-Encoding gzip or zstd ("" and "identity" pass). too_large "http.body_too_large" past `max` bytes,
/// malformed "http.bad_encoding" for broken data, unsupported "http.unknown_encoding".
Result<std::string> inflated(std::string body, std::string_view encoding, std::size_t max);
std::string gzipped(std::string_view text);

}  // namespace koi::http
