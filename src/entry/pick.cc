#include "entry/pick.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <tuple>

namespace koi::entry {
namespace {

constexpr double kEarthKm = 6371.0088;

void shuffle(std::vector<Choice>& choices, Rng& rng) {
  for (std::size_t at = 0; at + 1 < choices.size(); ++at) {
    std::uint64_t all = 0;
    for (std::size_t i = at; i < choices.size(); ++i) all += static_cast<std::uint64_t>(choices[i].weight);
    auto drawn = static_cast<std::int64_t>(rng.below(all));
    auto taken = at;
    while (drawn >= choices[taken].weight) drawn -= choices[taken++].weight;
    std::swap(choices[at], choices[taken]);
  }
}

}  // namespace

std::vector<std::size_t> order_of(AssignRule rule, std::vector<Choice> choices, std::optional<std::size_t> last_place, Rng& rng) {
  switch (rule) {
    case AssignRule::round_robin:
    case AssignRule::nearest:
      std::ranges::sort(choices, {}, [&](const Choice& c) { return std::pair(last_place && c.place <= *last_place, c.place); });
      break;
    case AssignRule::weighted:
      // (today + 1) / weight, without division: shares are whole numbers.
      std::ranges::stable_sort(choices, [](const Choice& a, const Choice& b) {
        const auto left = (a.today + 1) * b.weight, right = (b.today + 1) * a.weight;
        return left != right ? left < right : a.place < b.place;
      });
      break;
    case AssignRule::least_loaded:
      std::ranges::sort(choices, {}, [](const Choice& c) { return std::tuple(c.today, c.last_at, c.place); });
      break;
    case AssignRule::random: shuffle(choices, rng); break;
  }
  std::vector<std::size_t> out;
  for (const auto& c : choices) out.push_back(c.place);
  return out;
}

double km_between(const Place& a, const Place& b) {
  constexpr double kRadian = std::numbers::pi / 180;
  const double up = std::sin((b.lat - a.lat) * kRadian / 2), over = std::sin((b.lng - a.lng) * kRadian / 2);
  const double h = up * up + std::cos(a.lat * kRadian) * std::cos(b.lat * kRadian) * over * over;
  return 2 * kEarthKm * std::asin(std::min(1.0, std::sqrt(h)));
}

}  // namespace koi::entry
