/// Strict HTTP/1.1 framing, judged on the raw bytes before Beast's parser sees them: two servers must never disagree
/// about where a message ends (RFC 9112 §2.2, §5, §6; request smuggling).
#pragma once
#include <cstddef>
#include <string_view>

namespace koi::http {

struct HeadLimits {
  std::size_t uri_max = 8 << 10, bytes_max = 16 << 10, lines_max = 100;
};

/// What is known of a request head: more bytes are needed, it is refused, or it is whole.
struct HeadVerdict {
  enum Kind { more, refused, whole } kind = more;
  std::size_t bytes = 0;  // whole: length including the empty line
  std::string_view
      code{};  // refused: "http.bad_framing", "http.uri_too_long", "http.headers_too_large", "http.bad_version"
  std::string_view why{};  // for the log and the reply's detail
};

/// Judges the bytes received so far. `seen` is how far an earlier call looked (0 at first), so that a head that
/// arrives byte by byte costs no more than one that comes at once.
HeadVerdict judge_head(std::string_view bytes, std::size_t& seen, const HeadLimits& limits = {});

}  // namespace koi::http
