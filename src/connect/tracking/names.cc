/// Event names of the Segment spec (e-commerce v2) and what they are called here.
#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/tracking/envelope.h"

namespace koi::connect::tracking {
namespace {

struct Name { std::string_view theirs, ours; };
constexpr auto kNames = std::to_array<Name>({
    {"application opened", "mini_program_opened"},
    {"cart shared", "content_shared"},
    {"checkout started", "checkout_started"},
    {"coupon applied", "coupon_applied"},
    {"coupon entered", "coupon_entered"},
    {"coupon removed", "coupon_removed"},
    {"order cancelled", "order_cancelled"},
    {"order completed", "order_paid"},
    {"order refunded", "refund_requested"},
    {"payment info entered", "payment_info_entered"},
    {"product added", "cart_added"},
    {"product added to wishlist", "product_favourited"},
    {"product clicked", "product_clicked"},
    {"product list viewed", "product_list_viewed"},
    {"product removed", "cart_removed"},
    {"product reviewed", "review_posted"},
    {"product shared", "content_shared"},
    {"product viewed", "product_viewed"},
    {"products searched", "search_done"},
    {"promotion clicked", "promotion_clicked"},
    {"promotion viewed", "promotion_viewed"},
});
static_assert(std::ranges::is_sorted(kNames, {}, &Name::theirs));

bool plain(std::string_view name) {
  for (const char c : name) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    if (!word) return false;
  }
  return !name.empty() && name.size() <= 64;
}

}  // namespace

std::string kind_of(std::string_view name) {
  if (plain(name)) return std::string(name);  // ours already
  auto lower = lower_ascii(trim(name));
  const auto known = std::ranges::lower_bound(kNames, std::string_view(lower), {}, &Name::theirs);
  if (known != kNames.end() && known->theirs == lower) return std::string(known->ours);
  std::string out;
  for (const char c : lower) {
    const bool word = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
    if (word) out.push_back(c);
    else if (!out.empty() && out.back() != '_') out.push_back('_');
  }
  while (!out.empty() && out.back() == '_') out.pop_back();
  // Too long for a name: its head and a digest, so that different names stay different.
  if (out.size() > 64) out = std::string(take_chars(out, 12)) + "_" + hex(hash128(out).substr(0, 8));
  return out;
}

}  // namespace koi::connect::tracking
