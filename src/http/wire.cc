#include "http/wire.h"

#include "base/text.h"

namespace koi::http {

namespace {
constexpr std::int64_t kPageMax = 200;
}

Result<int> page_limit(const std::optional<std::int64_t>& limit, int usual) {
  if (!limit) return usual;
  if (*limit < 1 || *limit > kPageMax) return fail(Errc::malformed, "http.bad_query", "wanted 1 to 200", "?limit");
  return static_cast<int>(*limit);
}

std::string encode_cursor(const std::vector<std::int64_t>& place) {
  std::string text;
  for (const auto n : place) {
    if (!text.empty()) text += ',';
    text += std::to_string(n);
  }
  return base64url(text);
}

Result<std::vector<std::int64_t>> decode_cursor(std::string_view text, std::size_t size) {
  std::vector<std::int64_t> place;
  const auto plain = unbase64(text);
  if (plain) {
    for (const auto part : split_text(*plain, ',')) {
      const auto number = parse_int(part);
      if (!number) break;
      place.push_back(*number);
    }
  }
  if (!plain || place.size() != size || encode_cursor(place) != text)
    return fail(Errc::malformed, "http.bad_cursor", {}, "?after");
  return place;
}

Reply with_etag(Reply reply, std::int64_t version) {
  reply.headers.emplace_back("ETag", "\"v" + std::to_string(version) + "\"");
  return reply;
}

Result<std::optional<std::int64_t>> if_match(const Call& call) {
  const auto text = call.request().header("if-match");
  if (text.empty() || text == "*") return std::nullopt;
  if (!text.starts_with("\"v") || !text.ends_with('"')) return fail(Errc::malformed, "http.bad_if_match", text);
  const auto version = parse_int(std::string_view(text).substr(2, text.size() - 3));
  if (!version) return fail(Errc::malformed, "http.bad_if_match", text);
  return *version;
}

Result<> check_match(const Call& call, std::int64_t version) {
  TRY(const auto wanted, if_match(call));
  if (wanted && *wanted != version)
    return fail(Errc::precondition, "http.stale", "now at version " + std::to_string(version));
  return {};
}

}  // namespace koi::http
