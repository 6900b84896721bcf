#include "bench/behaviour/lives.h"

#include <algorithm>
#include <iterator>

namespace koi::bench::behaviour {

namespace {

using std::uint32_t, std::uint64_t, std::int64_t, std::uint8_t;

constexpr double kSkew = 0.7;  // events of the person of rank r are in proportion to r^-kSkew
constexpr double kLate = 0.02, kOvertaken = 0.05, kSameMs = 0.005;
constexpr double kResumed = 0.5;  // visits that go on where the last one stopped, days or months later
constexpr uint64_t kErasedMax = 1000, kMergedMax = 2000;
constexpr int kTags = 32;
// From one step to the next, an event of the visit moves on with these odds.
constexpr double kTouched = 0.60, kMoves[] = {0.30, 0.30, 0.45, 0.60};
constexpr uint8_t kSteps[] = {kViewed, kCarted, kOrdered, kPaid};
// What else people do, the frequent kinds more than once.
constexpr uint8_t kOthers[] = {2,  2,  2,  2,  2,  7,  7,  7,  8,  8,  9,  10, 11, 11, 12, 13, 13,
                               14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30};

/// The log learns of an event soon, overtaken by others, or late by minutes to days.
uint32_t delay_of(Dice& dice) {
  const double fate = dice.unit();
  if (fate < kLate) {
    static const double spread = std::log(static_cast<double>(kLateMaxMs) / static_cast<double>(kLateMinMs));
    return static_cast<uint32_t>(static_cast<double>(kLateMinMs) * std::exp(spread * dice.unit()));
  }
  if (fate < kLate + kOvertaken) return static_cast<uint32_t>(dice.below(kLateMinMs));
  return static_cast<uint32_t>(20 + dice.below(480));
}

uint32_t amount_of(Dice& dice) { return 500 + static_cast<uint32_t>(100 * std::exp(2.5 + 2.2 * dice.unit() + 1.5 * dice.unit())); }

/// What an event of a visit is; `step` is how far the person has come towards paying.
uint8_t kind_of(Dice& dice, bool first, std::size_t& step) {
  const double luck = dice.unit();
  if (first && luck < kTouched) return kTouch;
  if (luck < kMoves[step]) {
    const auto kind = kSteps[step];
    step = (step + 1) % std::size(kSteps);
    return kind;
  }
  return kOthers[dice.below(std::size(kOthers))];
}

bool order_matters(uint8_t kind) { return kind == kTouch || kind == kOpened || (kind >= kViewed && kind <= kPaid); }

}  // namespace

Fates choose_fates(const Plan& plan) {
  Fates fates;
  Dice dice(plan.seed, ~uint64_t{0});
  std::unordered_set<uint32_t> taken;
  const auto pick = [&] {
    for (;;)
      if (const auto who = static_cast<uint32_t>(1 + dice.below(plan.people)); taken.insert(who).second) return who;
  };
  for (uint64_t i = std::min(kErasedMax, plan.people / 100); i > 0; --i) fates.erased.push_back(pick());
  for (uint64_t i = std::min(kMergedMax, plan.people / 50); i > 0; --i) {
    const auto first = pick(), second = pick();
    fates.merged.emplace_back(first, second);
  }
  std::ranges::sort(fates.erased);
  std::ranges::sort(fates.merged);
  fates.gone.insert(fates.erased.begin(), fates.erased.end());
  for (const auto& [first, second] : fates.merged) {
    fates.seconds.insert(second);
    fates.second_of.emplace(first, second);
  }
  return fates;
}

Shares::Shares(const Plan& plan) : people_(plan.people) {
  double sum = 0;
  for (uint64_t rank = 1; rank <= people_; ++rank) sum += std::pow(static_cast<double>(rank), -kSkew);
  scale_ = static_cast<double>(plan.events) / sum;
}

uint64_t Shares::of(uint32_t person) const {
  const auto rank = (person * 2'654'435'761ULL + 12'345) % people_ + 1;
  return std::max<uint64_t>(1, static_cast<uint64_t>(std::llround(scale_ * std::pow(static_cast<double>(rank), -kSkew))));
}

/// Visits of 4 to 12 events that add up to `events`, spread over the time since the person came.
void Lives::plan_visits(Dice& dice, uint64_t events) {
  visits_.clear();
  waited_.clear();
  const double span = static_cast<double>(kNow - kT0), joined = dice.chance(0.5) ? 0 : dice.unit() * 150.0 / 180.0 * span;
  double sum = 0;
  while (events > 0) {
    const auto length = std::min<uint64_t>(events, 4 + dice.below(9));
    waited_.push_back(sum += dice.waiting());
    visits_.push_back({0, length});
    events -= length;
  }
  sum += dice.waiting();
  for (std::size_t i = 0; i < visits_.size(); ++i)
    visits_[i].start_ms = kT0 + static_cast<int64_t>(joined + (span - joined) * 0.999 * waited_[i] / sum);
}

const std::vector<Arrival>* Lives::live(uint32_t person, uint32_t second, uint64_t events) {
  Dice dice(seed_, person);
  life_.clear();
  plan_visits(dice, events);
  Row row{.city = static_cast<uint8_t>(dice.below(64))};
  int64_t last = 0;
  std::size_t step = 0;
  for (const auto& visit : visits_) {
    row.person = second != 0 && dice.chance(0.5) ? second : person;
    row.channel = static_cast<uint8_t>(1 + std::min(10, static_cast<int>(3 * dice.waiting())));
    row.device = dice.below(uint8_t{3});
    if (!dice.chance(kResumed)) step = 0;
    for (uint64_t i = 0; i < visit.events; ++i) {
      row.kind = kind_of(dice, i == 0, step);
      row.amount_fen = row.kind == kPaid ? amount_of(dice) : 0;
      const auto gap = 1 + dice.below(30 * kSecondMs);
      const bool together = last != 0 && !order_matters(row.kind) && dice.chance(kSameMs);
      row.at_ms = together ? last : std::max(last + 1, i == 0 ? visit.start_ms : last + gap);
      last = row.at_ms;
      life_.push_back({row, delay_of(dice)});
    }
  }
  return last < kNow ? &life_ : nullptr;
}

std::vector<uint8_t> tags_of(const Plan& plan, uint32_t person) {
  Dice dice(~plan.seed, person);
  std::vector<uint8_t> tags;
  for (int tag = 1; tag <= kTags; ++tag)
    if (dice.chance(tag == 1 ? 0.30 : tag == 2 ? 0.20 : 1.0 / (tag + 1))) tags.push_back(static_cast<uint8_t>(tag));
  return tags;
}

}  // namespace koi::bench::behaviour
