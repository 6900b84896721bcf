#include "simulate/lively.h"

#include "simulate/acts.h"

namespace koi::simulate {

namespace {

/// Chances a day: of a relation (talk, delete), of a corp (a new friend through some code), of a group (join, leave).
constexpr double kTalk = 0.15, kDelete = 0.004, kAdd = 6, kJoin = 0.8, kLeave = 0.4;
constexpr Seconds kHour = 3600;
constexpr std::string_view kWords[] = {"在吗", "这个还有货吗", "好的谢谢", "多少钱呀", "下单了", "今天有活动吗", "👍", "麻烦帮我留一份"};

/// How often something with `perDay` expectation happens in one hour: whole part for sure, the rest by chance.
int times(World& world, double per_day) {
  const double expected = per_day / 24;
  const auto whole = static_cast<int>(expected);
  return whole + (static_cast<double>(world.rng.below(1'000'000)) / 1e6 < expected - whole ? 1 : 0);
}

struct Pair { StaffNo staff = kNobody; CustomerNo customer = kNobody; };
Pair some_friends(World& world) {
  for (int tries = 0; tries < 8; ++tries) {
    const auto customer = static_cast<CustomerNo>(world.rng.below(world.corp.customers.size()));
    const auto& of = world.corp.customers[customer].staff;
    if (of.empty()) continue;
    const auto staff = of[world.rng.below(of.size())];
    if (!world.corp.relation(staff, customer)->lost) return {staff, customer};
  }
  return {};
}

void add_somebody(World& world) {
  auto c = make_customer(world.rng);
  const auto no = world.corp.add_customer(std::move(c));
  auto& ways = world.books.ways;
  if (!ways.empty()) {
    auto at = ways.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(world.rng.below(ways.size())));
    (void)scan_way(world, no, at->second, false);  // nobody free: they walk on
    return;
  }
  (void)add_friend(world, {static_cast<StaffNo>(world.rng.below(world.corp.staff.size())), no, {}, {}, {}, 2});
}

void stir_groups(World& world) {
  const auto groups = static_cast<double>(world.corp.groups.size());
  for (int n = times(world, kJoin * groups); n > 0; --n) {
    auto& g = world.corp.groups[world.rng.below(world.corp.groups.size())];
    const auto pair = some_friends(world);
    if (!g.dismissed && pair.customer != kNobody) (void)join_group(world, g, {false, pair.customer, 0, 1, world.corp.staff[g.owner].userid, {}});
  }
  for (int n = times(world, kLeave * groups); n > 0; --n) {
    auto& g = world.corp.groups[world.rng.below(world.corp.groups.size())];
    if (g.dismissed || g.members.size() < 3) continue;
    const auto m = g.members[world.rng.below(g.members.size())];
    if (!m.is_staff) (void)leave_group(world, g, false, m.who, false);
  }
}

void turn(World& world) {
  if (world.corp.customers.empty()) return add_somebody(world);
  const auto relations = static_cast<double>(world.corp.customers.size());
  for (int n = times(world, kTalk * relations); n > 0; --n)
    if (const auto pair = some_friends(world); pair.staff != kNobody) (void)say(world, pair.staff, pair.customer, false, std::string(kWords[world.rng.below(std::size(kWords))]));
  for (int n = times(world, kDelete * relations); n > 0; --n)
    if (const auto pair = some_friends(world); pair.staff != kNobody) (void)customer_deletes(world, pair.customer, pair.staff);
  for (int n = times(world, kAdd + relations / 500); n > 0; --n) add_somebody(world);
  if (!world.corp.groups.empty()) stir_groups(world);
}

}  // namespace

void start_life(World& world) {
  world.after(kHour, [&world] {
    if (world.lively) turn(world);
    start_life(world);
  });
}

}  // namespace koi::simulate
