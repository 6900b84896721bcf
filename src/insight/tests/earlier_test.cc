// The comparison of the home page: what the triangle was four weeks ago, and the path whose steps hold one another.
#include <boost/json.hpp>
#include <random>

#include "insight/earlier.h"
#include "insight/tests/pond_world.h"

namespace koi::insight::testing {
namespace {

const Instant kThen = *parse_rfc3339("2026-06-01T04:00:00Z");

/// People who come, befriend, agree, buy and leave by a seed, at the clock's own time.
struct LivelyPond : PondWorld {
  std::mt19937_64 rng;
  std::vector<PersonId> who;
  int orders = 0;
  explicit LivelyPond(std::uint64_t seed) : rng(seed) {}

  std::size_t below(std::size_t n) { return static_cast<std::size_t>(rng() % n); }
  PersonId someone() { return who[below(who.size())]; }
  void step() {
    const auto now = clock().now();
    if (who.size() < 3 || below(4) == 0) who.push_back(person("p" + std::to_string(who.size())));
    switch (below(6)) {
      case 0: friend_of(someone(), static_cast<std::int64_t>(below(3)) + 1, "active", now); break;
      case 1: friend_of(someone(), static_cast<std::int64_t>(below(3)) + 1, "deleted_by_customer", now); break;
      case 2: consent(someone(), below(3) != 0, now); break;
      case 3: order("o" + std::to_string(++orders), someone(), now, static_cast<std::int64_t>(below(9000)) + 1); break;
      case 4: (void)write([&](Tx& tx) { return people::set_inviter(tx, who.back(), someone(), now); }); break;
      default: check(write([&](Tx& tx) { return people::relate(tx, {someone(), "group", 9, below(2) != 0 ? "joined" : "left", "", "", now}); }));
    }
  }
  void live(Instant until, int steps) {
    const auto each = (until - clock().now()) / steps;
    for (int i = 0; i < steps; ++i, clock().advance(each)) step();
    clock().set(until);
  }
  std::map<std::string, double, std::less<>> figures() {
    auto got = read([&](Tx& tx) -> Result<std::map<std::string, double, std::less<>>> {
      const auto all = Scope::everything("test");
      TRY(const auto people, load_people(tx, all));
      TRY(const auto sales, load_sales(tx, all));
      std::map<std::string, double, std::less<>> out;
      const auto triangle = triangle_of(people, sales, calendar_of(sales, Zone::utc(), tx.now()), tx.now());
      for (const auto* n : figures_of(triangle)) if (n->value) out.emplace(n->metric, *n->value);
      return out;
    });
    check(got);
    return got.value_or(std::map<std::string, double, std::less<>>{});
  }
};

class Earlier : public ::testing::TestWithParam<unsigned> {};
TEST_P(Earlier, IsWhatTheTriangleSaidThatDay) {
  LivelyPond w(GetParam());
  w.check(w.write([](Tx& tx) { return store::set_setting(tx, "merchant.zone", "UTC"); }));
  w.clock().set(kThen - std::chrono::days{120});
  w.live(kThen, 120);
  const auto measured = w.figures();
  w.clock().advance(std::chrono::hours{1});
  w.live(kThen + std::chrono::days{kBeforeDays}, 60);
  const auto home = boost::json::parse(w.ask("home"));
  const auto& before = home.at("before");
  EXPECT_EQ(before.at("as_of").as_string(), to_rfc3339(kThen));
  const auto& told = before.at("figures").as_object();
  ASSERT_EQ(told.size(), measured.size());
  for (const auto& [name, value] : measured) EXPECT_NEAR(told.at(name).to_number<double>(), value, 1e-9) << name;
  EXPECT_NE(w.figures(), measured);  // a month later something has changed
}
INSTANTIATE_TEST_SUITE_P(Seeds, Earlier, ::testing::Range(1u, 7u));

TEST(Home, SaysNothingOfATimeBeforeTheFirstPerson) {
  PondWorld w;
  w.clock().set(kThen);
  w.person("new");
  const auto home = boost::json::parse(w.ask("home"));
  EXPECT_TRUE(home.at("before").at("figures").as_object().empty());
}

TEST(Path, HoldsEachStepInsideTheOneBefore) {
  PondWorld w;
  w.clock().set(kThen);
  const auto reach = [&](const char* no, const std::string& steps) {
    const auto id = w.person(no);
    w.check(w.write([&](Tx& tx) { return tx.exec("UPDATE person SET " + steps + " WHERE id = $1", id); }));
  };
  reach("all", "acquired_at = 1, retained_at = 86400001, converted_at = 172800001, repurchased_at = 3, referred_at = 4");
  reach("two", "acquired_at = 1, retained_at = 86400002");
  reach("bought but not retained", "acquired_at = 1, converted_at = 2, repurchased_at = 3");
  reach("came from nowhere", "converted_at = 2");
  const auto home = boost::json::parse(w.ask("home"));
  struct { std::int64_t people, reached; double rate; } const want[] = {{3, 3, 0}, {2, 2, 2.0 / 3}, {1, 3, 0.5}, {1, 2, 1}, {1, 1, 1}};
  for (std::size_t i = 0; i < 5; ++i) {
    const auto& step = home.at("path").as_array()[i];
    EXPECT_EQ(step.at("people").as_int64(), want[i].people) << i;
    EXPECT_EQ(step.at("reached").as_int64(), want[i].reached) << i;
    EXPECT_DOUBLE_EQ(i == 0 ? 0 : step.at("rate").to_number<double>(), want[i].rate) << i;
  }
  EXPECT_NEAR(home.at("path").as_array()[1].at("median_days").to_number<double>(), 1, 1e-6);
}

}  // namespace
}  // namespace koi::insight::testing
