#include "app/sample/browsing.h"

#include <fmt/format.h>

#include <algorithm>

#include "events/events.h"

namespace koi::app {

namespace {

constexpr std::int64_t kDayMs = 86'400'000, kMinuteMs = 60'000;
constexpr double kThinksItOver = 0.28;  // comes back to the basket later
constexpr double kQuickMinutes = 6, kSlowMinutes = 240;
constexpr double kBroughtShare = 0.46;  // visits that follow a touch, not the person's own habit
constexpr double kComesBack = 0.74, kBuyerComesBack = 0.86, kDaysApart = 16;

// What brings somebody who is a customer already back, and what it is worth: friends' shares and the guide's own
// messages end in the basket more often than a paid crowd's.
struct Touch { std::string_view channel; double weight, looks, basket; };
constexpr Touch kTouches[] = {{"wecom-message", 0.30, 0.82, 0.46}, {"content-share", 0.16, 0.78, 0.42}, {"douyin-live", 0.20, 0.62, 0.22},
                              {"desk-card", 0.14, 0.74, 0.38},     {"moments-ad", 0.12, 0.48, 0.14},    {"xiaohongshu", 0.08, 0.64, 0.24}};
constexpr Touch kHabit{"direct", 1, 0.66, 0.30};
constexpr std::string_view kPages[] = {"home", "menu", "club", "stores"}, kStories[] = {"spring-picking", "cold-brew", "gift-box", "tea-master"};
constexpr std::string_view kSearches[] = {"柠檬茶", "奶茶", "无糖", "葡萄", "礼盒"};

const Touch& worth_of(std::string_view channel) {
  for (const auto& touch : kTouches)
    if (touch.channel == channel) return touch;
  return kHabit;
}

}  // namespace

Browsing::Visit Browsing::open(SampleFigures& figures, const Visitor& who, std::int64_t at_ms) {
  Visit visit{.figures = &figures, .who = who, .at_ms = at_ms, .touch = {}, .channel = kHabit.channel};
  if (!chance_.yes(kBroughtShare)) return visit;
  // Now and then the code that first brought them does it again.
  visit.channel = chance_.yes(0.25) ? who.channel : chance_.weighted(std::span<const Touch>(kTouches), [](const auto&) { return 1.0; }).channel;
  visit.touch = fmt::format(R"(,"touch":{{"channel":"{0}","code_id":"{0}-{1}"}})", visit.channel, who.shop);
  return visit;
}

Result<> Browsing::note(Tx& tx, Visit& visit, std::string_view kind, const std::string& props) {
  const auto at = from_ms(visit.at_ms);
  const auto text = fmt::format(R"({{{},"channel":"{}"{}}})", props, visit.channel, visit.touch);
  TRY(events::append(tx, {.kind = kind, .person = visit.who.person, .at = at, .source = "mini", .props = text, .received_at = at}));
  ++visit.figures->events;
  visit.at_ms += 5'000 + static_cast<std::int64_t>(chance_.gamma(1.3, 40'000));
  return {};
}

Result<> Browsing::find_tea(Tx& tx, Visit& visit, const setting::Tea& tea) {
  if (chance_.yes(0.24)) { TRY(note(tx, visit, "search_done", fmt::format(R"("word":"{}")", any_of(kSearches)))); }
  if (chance_.yes(0.3)) {
    const auto& other = chance_.weighted(setting::teas(), [](const auto&) { return 1.0; });
    TRY(note(tx, visit, "product_viewed", fmt::format(R"("product_id":"{}","price_fen":{})", other.sku, other.price_fen)));
  }
  return note(tx, visit, "product_viewed", fmt::format(R"("product_id":"{}","price_fen":{})", tea.sku, tea.price_fen));
}

Result<> Browsing::look_around(Tx& tx, SampleFigures& figures, const Visitor& who, std::int64_t at_ms) {
  auto visit = open(figures, who, at_ms);
  const auto& worth = worth_of(visit.channel);
  TRY(note(tx, visit, "mini_program_opened", R"("scene":"chat")"));
  if (chance_.yes(0.35)) { TRY(note(tx, visit, "page_viewed", fmt::format(R"("page":"{}")", any_of(kPages)))); }
  if (chance_.yes(0.12)) {
    TRY(note(tx, visit, "content_viewed", fmt::format(R"("content_id":"{}")", any_of(kStories))));
  }
  if (!chance_.yes(worth.looks)) return {};
  const auto& tea = chance_.weighted(setting::teas(), [](const auto&) { return 1.0; });
  TRY(find_tea(tx, visit, tea));
  if (chance_.yes(0.14)) { TRY(note(tx, visit, "coupon_viewed", R"("batch":"club-spring")")); }
  if (!chance_.yes(worth.basket)) return {};
  return note(tx, visit, "cart_added", fmt::format(R"("sku":"{}","price_fen":{})", tea.sku, tea.price_fen));
}

Result<> Browsing::before_order(Tx& tx, SampleFigures& figures, const Visitor& who, std::int64_t paid_ms, std::string_view sku) {
  // What is left after the last note is the time at the till, or the time it took to come back to the basket.
  const auto minutes = chance_.gamma(1.6, chance_.yes(kThinksItOver) ? kSlowMinutes : kQuickMinutes);
  const auto ahead = 2 * kMinuteMs + static_cast<std::int64_t>(minutes * static_cast<double>(kMinuteMs));
  auto visit = open(figures, who, std::max(paid_ms - ahead, std::min(who.since_ms + 2 * kMinuteMs, paid_ms - kMinuteMs)));
  const auto& tea = *std::ranges::find(setting::teas(), sku, &setting::Tea::sku);
  const auto in_time = [&] { return visit.at_ms < paid_ms - 15'000; };
  TRY(note(tx, visit, "mini_program_opened", R"("scene":"chat")"));
  if (in_time() && chance_.yes(0.3)) { TRY(note(tx, visit, "page_viewed", R"("page":"menu")")); }
  if (in_time()) { TRY(find_tea(tx, visit, tea)); }
  if (in_time() && chance_.yes(0.3)) { TRY(note(tx, visit, "coupon_viewed", R"("batch":"club-spring")")); }
  if (in_time()) { TRY(note(tx, visit, "cart_added", fmt::format(R"("sku":"{}","price_fen":{})", tea.sku, tea.price_fen))); }
  return {};
}

std::optional<std::int64_t> Browsing::next_visit(std::int64_t after_ms, bool bought) {
  if (!chance_.yes(bought ? kBuyerComesBack : kComesBack)) return std::nullopt;
  return after_ms + static_cast<std::int64_t>(chance_.gamma(0.8, kDaysApart) * static_cast<double>(kDayMs)) + 20 * kMinuteMs;
}

}  // namespace koi::app
