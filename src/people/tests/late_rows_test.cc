#include <future>
#include <random>
#include <thread>

#include "people/profile.h"
#include "people/tests/pond.h"

namespace koi::people {
namespace {

/// A second server on the same store.
std::unique_ptr<Db> second_server(Pond& w) {
  store::Options options;
  options.address = w.address();
  options.data_dir = w.dir();
  options.clock = &w.clock();
  options.seed = 99;
  options.writers = 2;
  return Db::open(options).value();
}

/// As every writer of this room does, after it asked who the root is.
Result<> write_row(Tx& tx, PersonId root) {
  TRY(tx.exec("INSERT INTO reveal (id, user_kind, user_id, person_id, origin_id, field, reason, at) "
              "VALUES ($1, 'user', 1, $2, $2, 'name', 'call back', $3)", tx.next_number(), root, tx.now()));
  return {};
}

TEST(LateRows, FollowTheMergeTheyDidNotSee) {
  if (!testing::on_postgres()) return;  // one writer: nobody looks before and writes after
  Pond w;
  const auto a = w.person({{"wx_openid:x", "o1"}}), b = w.person({{"wx_openid:x", "o2"}});
  auto other = second_server(w);
  std::promise<void> looked, merged;
  std::jthread late([&] {
    EXPECT_TRUE(other->write([&](Tx& tx) -> Result<> {
      TRY(const auto who, find(tx, {"wx_openid:x", "o2"}));
      looked.set_value();
      merged.get_future().wait();
      return write_row(tx, who.value_or(PersonId{}));
    }));
  });
  looked.get_future().wait();
  ASSERT_TRUE(w.merge(a, b, 7));
  EXPECT_EQ(move_late_rows(w.db()).value_or(-1), 0);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM merge_watch"), 1) << "the writer that looked is still at work";
  merged.set_value();
  late.join();
  EXPECT_GT(w.orphans(), 0) << "the race this is about";
  EXPECT_GT(move_late_rows(w.db()).value_or(-1), 0);
  EXPECT_EQ(w.orphans(), 0);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM merge_watch"), 0);
  EXPECT_EQ(move_late_rows(w.db()).value_or(-1), 0);
}

TEST(LateRows, NoneIsLeftAfterAStormOfMerges) {
  if (!testing::on_postgres()) return;
  Pond w;
  constexpr int kPeople = 24, kTurns = 120;
  std::vector<PersonId> people;
  for (int i = 0; i < kPeople; ++i) people.push_back(w.person({{"wx_openid:x", "o" + std::to_string(i)}}));
  auto other = second_server(w);
  std::atomic<int> written{0};
  const auto write_rows = [&](std::uint32_t seed) {
    std::mt19937 rng(seed);
    for (int i = 0; i < kTurns; ++i) {
      const auto who = "o" + std::to_string(rng() % kPeople);
      const auto done = other->write([&](Tx& tx) -> Result<> {
        TRY(const auto found, find(tx, {"wx_openid:x", who}));
        std::this_thread::yield();
        return write_row(tx, found.value_or(PersonId{}));
      }, {seed});
      if (done) ++written;
    }
  };
  {
    std::jthread one(write_rows, 1), two(write_rows, 2);
    std::mt19937 rng(3);
    for (int i = 0; i < kTurns; ++i) {
      w.clock().advance(std::chrono::hours(2));  // a person is merged twenty times a day at most
      (void)w.merge(w.root(people[rng() % kPeople]), w.root(people[rng() % kPeople]), 7);
      if (i % 10 == 0) (void)move_late_rows(w.db());
    }
  }
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(move_late_rows(w.db()));
  EXPECT_GT(written, kTurns);
  EXPECT_EQ(w.orphans(), 0);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM merge_watch"), 0);
}

}  // namespace
}  // namespace koi::people
