#include "entry/slug.h"

#include <algorithm>

#include "base/text.h"

namespace koi::entry {
namespace {

constexpr std::size_t kMin = 4, kMax = 32, kLength = 8;
constexpr std::string_view kLetters = "abcdefghjkmnpqrstuvwxyz23456789";  // none that look alike

}  // namespace

Result<std::string> slug_for(Tx& tx, std::string_view wished, std::string_view taken) {
  for (;;) {
    auto slug = std::string(wished);
    for (std::size_t i = 0; wished.empty() && i < kLength; ++i) slug += kLetters[tx.rng().below(kLetters.size())];
    const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; };
    if (slug.size() < kMin || slug.size() > kMax || !std::ranges::all_of(slug, plain)) return fail(Errc::invalid, "entry.slug", slug, "/slug");
    TRY(const auto had, tx.maybe<std::int64_t>(taken, slug));
    if (!had) return slug;
    if (!wished.empty()) return fail(Errc::conflict, "entry.slug_taken", slug, "/slug");
  }
}

std::string like_text(std::string_view q) {
  if (trim(q).empty()) return {};
  std::string out = "%";
  for (const char c : lower_ascii(trim(q))) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out + "%";
}

}  // namespace koi::entry
