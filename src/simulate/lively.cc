#include "simulate/lively.h"

#include "simulate/acts.h"

namespace koi::simulate {

namespace {

/// Chances a day: of a relation (talk, delete), of a corp (a new friend through some code), of a group (join, leave).
constexpr double kTalk = 0.15, kDelete = 0.004, kAdd = 6, kJoin = 0.8, kLeave = 0.4;
constexpr Seconds kHour = 3600;
constexpr std::string_view kWords[] = {"在吗", "这个还有货吗", "好的谢谢", "多少钱呀", "下单了", "今天有活动吗", "👍", "麻烦帮我留一份"};

constexpr std::string_view kAnswers[] = {"在的,您说", "有货的,今天就能发", "好的,给您留着", "稍等,我看一下", "这款买二送一哦"};
constexpr std::uint64_t kAnswered = 85;  // of a hundred
constexpr int kPastDays = 30;
constexpr Seconds kAnswerWait = 30 * 60;

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

/// A customer asks; most are answered within half an hour.
void talk(World& world) {
  const auto pair = some_friends(world);
  if (pair.staff == kNobody) return;
  (void)say(world, pair.staff, pair.customer, false, std::string(kWords[world.rng.below(std::size(kWords))]));
  if (world.rng.below(100) >= kAnswered) return;
  const std::string answer(kAnswers[world.rng.below(std::size(kAnswers))]);
  world.after(60 + static_cast<Seconds>(world.rng.below(kAnswerWait)), [&world, pair, answer] { (void)say(world, pair.staff, pair.customer, true, answer); });
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

/// Guides get round to what they are asked to send: half of what is open, each hour.
void confirm_sends(World& world) {
  const auto soon = [&world] { return world.rng.below(2) == 0; };
  for (auto& [id, task] : world.books.mass)
    for (const auto& [staff, done] : task.senders)
      if (done == 0 && !task.cancelled && world.corp.staff[staff].works() && soon()) (void)confirm_mass(world, task, staff);
  for (auto& [id, moment] : world.books.moments)
    for (const auto& [staff, done] : moment.senders)
      if (done == 0 && !moment.cancelled && world.corp.staff[staff].works() && soon()) (void)publish_moment(world, moment, staff);
}

void turn(World& world) {
  confirm_sends(world);
  if (world.corp.customers.empty()) return add_somebody(world);
  const auto relations = static_cast<double>(world.corp.customers.size());
  for (int n = times(world, kTalk * relations); n > 0; --n)
    talk(world);
  for (int n = times(world, kDelete * relations); n > 0; --n)
    if (const auto pair = some_friends(world); pair.staff != kNobody) (void)customer_deletes(world, pair.customer, pair.staff);
  for (int n = times(world, kAdd + relations / 500); n > 0; --n) add_somebody(world);
  if (!world.corp.groups.empty()) stir_groups(world);
}

/// Up to n, more often the middle.
int some(Rng& rng, int n) { return static_cast<int>(rng.below(static_cast<std::uint64_t>(n / 2 + 1)) + rng.below(static_cast<std::uint64_t>(n / 2 + 1))); }

}  // namespace

void remember_days(World& world) {
  const auto today = World::day_of(world.now());
  for (StaffNo no = 0; no < world.corp.staff.size(); ++no) {
    const auto& staff = world.corp.staff[no];
    if (!staff.works() || !staff.contact) continue;
    const int busy = 4 + static_cast<int>(Rng(world.options.seed ^ no).below(14));
    for (auto day = today - kPastDays; day < today; ++day) {
      Rng rng(world.options.seed ^ (static_cast<std::uint64_t>(day) << 20U) ^ no);
      auto& d = world.books.days[{no, day}];
      d.chats = some(rng, 2 * busy), d.replied = d.chats - some(rng, d.chats / 3), d.messages = d.replied * 2 + some(rng, busy);
      d.reply_seconds = static_cast<std::int64_t>(d.replied) * static_cast<std::int64_t>(60 + rng.below(900));
      d.added = some(rng, busy / 2), d.applied = d.added + some(rng, 4), d.negative = some(rng, 2) / 2;
    }
  }
  for (std::size_t no = 0; no < world.corp.groups.size(); ++no)
    for (auto day = today - kPastDays; day < today; ++day) {
      const auto& g = world.corp.groups[no];
      Rng rng(world.options.seed ^ (static_cast<std::uint64_t>(day) << 20U) ^ (no << 40U));
      auto& d = world.books.group_days[{g.owner, day}];
      const int said = some(rng, 40);
      d.messages += said, d.joined += some(rng, 4) / 4;
      if (said > 0) d.alive.insert(g.id);
    }
}

void start_life(World& world) {
  world.after(kHour, [&world] {
    if (world.lively) turn(world);
    start_life(world);
  });
}

}  // namespace koi::simulate
