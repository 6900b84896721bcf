/// RFM: how recently, how often and for how much each buyer bought, in five scores each.
#pragma once
#include <array>
#include <boost/describe.hpp>
#include <optional>
#include <string>

#include "insight/facts.h"

namespace koi::insight {

/// Parameters. `method` "quintile" (score = 1 + floor(5 * strictly smaller / n), recency by the instant of the last
/// purchase) or "cuts" (four rising bounds each, as "30,60,90,180": recency in days, orders, fen). A spec without a method
/// is asked by the merchant's own setting (rfm_setting.h).
struct RfmSpec {
  std::optional<Instant> as_of;  // purchases strictly before it; absent: now
  std::optional<std::string> method, r_days, f_orders, m_fen;
  std::optional<std::int64_t> high;  // the lowest score that is "high" for the tiers; 4
};
BOOST_DESCRIBE_STRUCT(RfmSpec, (), (as_of, method, r_days, f_orders, m_fen, high))

/// The eight tiers: recency, frequency, money high or not.
struct Tier { std::string_view name, zh, en; };
inline constexpr std::array<Tier, 8> kTiers = {{
    {"win_back_low", "一般挽留客户", "Ordinary, slipping away"},        // r- f- m-
    {"win_back_high", "重要挽留客户", "Big spenders slipping away"},    // r- f- m+
    {"keep_low", "一般保持客户", "Ordinary regulars gone quiet"},       // r- f+ m-
    {"keep_high", "重要保持客户", "Valuable regulars gone quiet"},      // r- f+ m+
    {"grow_low", "一般发展客户", "Recent newcomers"},                   // r+ f- m-
    {"grow_high", "重要发展客户", "Recent big spenders, seldom"},       // r+ f- m+
    {"value_low", "一般价值客户", "Recent regulars, small baskets"},    // r+ f+ m-
    {"value_high", "重要价值客户", "Best customers"},                   // r+ f+ m+
}};

struct Scored {
  std::int64_t person = 0, last_at = 0, orders = 0, net = 0;
  std::uint8_t r = 0, f = 0, m = 0;
  int cell() const { return (r - 1) * 25 + (f - 1) * 5 + (m - 1); }
  int tier(std::int64_t high) const { return (r >= high ? 4 : 0) + (f >= high ? 2 : 0) + (m >= high ? 1 : 0); }
};

/// The rule of a spec, checked. invalid "insight.bad_spec".
struct RfmRule {
  bool cuts = false;
  std::array<std::int64_t, 4> r_days{}, f_orders{}, m_fen{};
  std::int64_t high = 4;
};
Result<RfmRule> rfm_rule(const RfmSpec& spec);

/// Where the scores 2 to 5 begin: at most so many days, at least so many orders and fen. Quintiles of few values may
/// end early (nobody scores higher) or repeat a bound (nobody has the score between).
struct RfmBounds { std::vector<std::int64_t> r_days, f_orders, m_fen; };
BOOST_DESCRIBE_STRUCT(RfmBounds, (), (r_days, f_orders, m_fen))

/// Everyone with a purchase before `as_of`, by person id, scored. Pure.
std::vector<Scored> score_buyers(std::span<const Sale> sales, const RfmRule& rule, std::int64_t as_of_ms,
                                 RfmBounds* bounds = nullptr);

}  // namespace koi::insight
