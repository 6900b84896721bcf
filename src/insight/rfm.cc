#include "insight/rfm.h"

#include <algorithm>

#include "base/text.h"

namespace koi::insight {
namespace {

Result<std::array<std::int64_t, 4>> four(const std::optional<std::string>& text, std::string_view name) {
  std::array<std::int64_t, 4> out{};
  const auto parts = split_text(text ? std::string_view(*text) : std::string_view(), ',');
  const auto bad = [&] { return fail(Errc::invalid, "insight.bad_spec", std::string(name), "/" + std::string(name)); };
  if (parts.size() != 4) return bad();
  for (std::size_t i = 0; i < 4; ++i) {
    const auto n = parse_int(trim(parts[i]));
    if (!n || (i > 0 && *n <= out[i - 1])) return bad();
    out[i] = *n;
  }
  return out;
}

/// Scores of `values` by the quintile rule: how many are strictly smaller, of all, in fifths. The smallest value of each
/// score above 1 that somebody reached.
template <class Get, class Set>
std::vector<std::int64_t> score_quintiles(std::vector<Scored>& people, Get get, Set set) {
  std::vector<std::int64_t> sorted;
  sorted.reserve(people.size());
  for (const auto& p : people) sorted.push_back(get(p));
  std::ranges::sort(sorted);
  const auto n = static_cast<std::int64_t>(sorted.size());
  // The smallest value of each score above 1: its rank is the first that reaches the next fifth.
  std::array<std::int64_t, 4> from{};
  std::array<bool, 4> reached{};
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    if (i > 0 && sorted[at] == sorted[at - 1]) continue;
    for (auto score = std::size_t{1}; score <= static_cast<std::size_t>(5 * i / n); ++score)
      if (!reached[score - 1]) reached[score - 1] = true, from[score - 1] = sorted[at];
  }
  for (auto& p : people) {
    std::uint8_t score = 1;
    for (std::size_t k = 0; k < 4; ++k)
      if (reached[k] && get(p) >= from[k]) score = static_cast<std::uint8_t>(k + 2);
    set(p, score);
  }
  std::vector<std::int64_t> bounds;
  for (std::size_t k = 0; k < 4 && reached[k]; ++k) bounds.push_back(from[k]);
  return bounds;
}

std::uint8_t at_least(std::int64_t value, const std::array<std::int64_t, 4>& cuts) {
  return static_cast<std::uint8_t>(1 + std::ranges::count_if(cuts, [&](std::int64_t cut) { return value >= cut; }));
}
std::uint8_t at_most(std::int64_t value, const std::array<std::int64_t, 4>& cuts) {
  return static_cast<std::uint8_t>(1 + std::ranges::count_if(cuts, [&](std::int64_t cut) { return value <= cut; }));
}

}  // namespace

Result<RfmRule> rfm_rule(const RfmSpec& spec) {
  RfmRule out;
  const auto method = spec.method.value_or("quintile");
  if (method != "quintile" && method != "cuts") return fail(Errc::invalid, "insight.bad_spec", method, "/method");
  out.high = spec.high.value_or(4);
  if (out.high < 2 || out.high > 5) return fail(Errc::invalid, "insight.bad_spec", {}, "/high");
  out.cuts = method == "cuts";
  if (!out.cuts) return out;
  TRY(out.r_days, four(spec.r_days, "r_days"));
  TRY(out.f_orders, four(spec.f_orders, "f_orders"));
  TRY(out.m_fen, four(spec.m_fen, "m_fen"));
  return out;
}

std::vector<Scored> score_buyers(std::span<const Sale> sales, const RfmRule& rule, std::int64_t as_of_ms, RfmBounds* bounds) {
  std::vector<Scored> out;
  RfmBounds unasked;
  auto& at = bounds != nullptr ? *bounds : unasked;
  each_buyer(known_buyers(sales), [&](std::span<const Sale> all) {
    Scored p{.person = all.front().person};
    for (const auto& sale : all) {
      if (sale.at >= as_of_ms) break;
      p.net += sale.net;
      if (!sale.counts) continue;
      ++p.orders;
      p.last_at = sale.at;
    }
    if (p.orders > 0) out.push_back(p);
  });
  if (rule.cuts) {
    for (auto& p : out) {
      p.r = at_most((as_of_ms - p.last_at) / kDayMs, rule.r_days);
      p.f = at_least(p.orders, rule.f_orders);
      p.m = at_least(p.net, rule.m_fen);
    }
    at = {{rule.r_days.rbegin(), rule.r_days.rend()}, {rule.f_orders.begin(), rule.f_orders.end()}, {rule.m_fen.begin(), rule.m_fen.end()}};
    return out;
  }
  at.r_days = score_quintiles(out, [](const Scored& p) { return p.last_at; }, [](Scored& p, std::uint8_t s) { p.r = s; });
  at.f_orders = score_quintiles(out, [](const Scored& p) { return p.orders; }, [](Scored& p, std::uint8_t s) { p.f = s; });
  at.m_fen = score_quintiles(out, [](const Scored& p) { return p.net; }, [](Scored& p, std::uint8_t s) { p.m = s; });
  for (auto& last_at : at.r_days) last_at = (as_of_ms - last_at) / kDayMs;
  return out;
}

}  // namespace koi::insight
