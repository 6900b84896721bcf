#include "http/framing.h"

#include <algorithm>
#include <array>

namespace koi::http {

namespace {

constexpr std::string_view kFraming = "http.bad_framing", kTooLong = "http.uri_too_long",
                           kTooLarge = "http.headers_too_large", kVersion = "http.bad_version";
constexpr std::size_t kLengthDigitsMax = 15;

HeadVerdict refuse(std::string_view code, std::string_view why) { return {HeadVerdict::refused, 0, code, why}; }

/// RFC 9110 tchar.
constexpr auto kToken = [] {
  std::array<bool, 256> out{};
  for (unsigned char c = '0'; c <= '9'; ++c) out[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) out[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) out[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) out[static_cast<unsigned char>(c)] = true;
  return out;
}();
bool token(std::string_view s) {
  return !s.empty() && std::ranges::all_of(s, [](char c) { return kToken[static_cast<unsigned char>(c)]; });
}
bool same_word(std::string_view a, std::string_view lower) {
  return std::ranges::equal(a, lower, [](char x, char y) { return (x >= 'A' && x <= 'Z' ? x + 32 : x) == y; });
}
std::string_view trim_blank(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

/// What the header lines say about length, counted.
struct Lengths {
  int hosts = 0, lengths = 0, encodings = 0;
};

HeadVerdict judge_start(std::string_view line, const HeadLimits& limits, bool& old) {
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == line.npos || first == last) return refuse(kFraming, "request line");
  const auto method = line.substr(0, first), target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!token(method)) return refuse(kFraming, "method");
  if (target.size() > limits.uri_max) return refuse(kTooLong, "request target");
  if (target.empty() || (target.front() != '/' && target != "*")) return refuse(kFraming, "request target");
  if (std::ranges::any_of(target, [](char c) { return c <= ' ' || c == '#' || static_cast<unsigned char>(c) >= 0x7f; }))
    return refuse(kFraming, "character in the request target");
  if (version != "HTTP/1.1" && version != "HTTP/1.0")
    return version.starts_with("HTTP/") && version.size() == 8 ? refuse(kVersion, "version")
                                                               : refuse(kFraming, "version");
  old = version == "HTTP/1.0";
  return {HeadVerdict::whole};
}

HeadVerdict judge_line(std::string_view line, bool old, Lengths& seen) {
  const auto colon = line.find(':');
  if (line.front() == ' ' || line.front() == '\t') return refuse(kFraming, "folded header");
  if (colon == line.npos || !token(line.substr(0, colon))) return refuse(kFraming, "header name");
  const auto name = line.substr(0, colon), value = trim_blank(line.substr(colon + 1));
  for (const char c : value)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return refuse(kFraming, "control character");
  if (same_word(name, "host")) ++seen.hosts;
  if (same_word(name, "content-length")) {
    ++seen.lengths;
    if (value.empty() || value.size() > kLengthDigitsMax || value.find_first_not_of("0123456789") != value.npos)
      return refuse(kFraming, "Content-Length");
  }
  if (same_word(name, "transfer-encoding")) {
    ++seen.encodings;
    if (old || !same_word(value, "chunked")) return refuse(kFraming, "Transfer-Encoding");
  }
  return {HeadVerdict::whole};
}

HeadVerdict judge_whole(std::string_view head, const HeadLimits& limits) {
  const auto start_end = head.find("\r\n");
  bool old = false;
  if (auto bad = judge_start(head.substr(0, start_end), limits, old); bad.kind == HeadVerdict::refused) return bad;
  Lengths seen;
  std::size_t lines = 0;
  for (auto at = start_end + 2; at + 2 < head.size();) {
    const auto end = head.find("\r\n", at);
    if (++lines > limits.lines_max) return refuse(kTooLarge, "number of headers");
    if (auto bad = judge_line(head.substr(at, end - at), old, seen); bad.kind == HeadVerdict::refused) return bad;
    at = end + 2;
  }
  if (head.size() - start_end > limits.bytes_max) return refuse(kTooLarge, "size of headers");
  if (seen.hosts > 1 || (seen.hosts == 0 && !old)) return refuse(kFraming, "Host");
  if (seen.lengths > 1) return refuse(kFraming, "repeated Content-Length");
  if (seen.encodings > 1) return refuse(kFraming, "repeated Transfer-Encoding");
  if (seen.lengths && seen.encodings) return refuse(kFraming, "Content-Length and Transfer-Encoding");
  return {HeadVerdict::whole, head.size()};
}

}  // namespace

HeadVerdict judge_head(std::string_view bytes, std::size_t& seen, const HeadLimits& limits) {
  // A line ends in CRLF and nothing else (a lone CR is found as a control character); the first empty one ends the
  // head.
  std::size_t end = bytes.npos;
  for (auto at = bytes.find('\n', seen); at != bytes.npos; at = bytes.find('\n', seen)) {
    if (at == 0 || bytes[at - 1] != '\r') return refuse(kFraming, "bare LF");
    if (at == 1) return refuse(kFraming, "empty line");
    if (bytes[at - 2] == '\n') {
      end = at + 1;
      break;
    }
    seen = at + 1;
  }
  if (end != bytes.npos) return judge_whole(bytes.substr(0, end), limits);
  constexpr std::size_t kAroundUri = 48;  // method and version
  if (seen == 0 && bytes.size() > limits.uri_max + kAroundUri) return refuse(kTooLong, "request line");
  if (bytes.size() > limits.uri_max + kAroundUri + limits.bytes_max) return refuse(kTooLarge, "size of headers");
  return {HeadVerdict::more};
}

}  // namespace koi::http
