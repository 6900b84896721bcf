#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>

#include "events/log.h"
#include "tests/support/world.h"

namespace koi::events {
namespace {

using testing::on_postgres;
using testing::outcome;
using testing::World;
constexpr IndexShape kTiny{.chunk_events = 16, .fan_in = 3};  // runs and merges after a few dozen events

struct IndexWorld : World {
  explicit IndexWorld(IndexShape shape = kTiny) : World({store::schema(), events::schema()}), shape_(shape) { warm(); }
  void warm() {
    EXPECT_EQ(outcome(write([&](Tx& tx) {
      Log::open(tx, shape_);
      return install_catalogue(tx);
    })), "ok");
  }
  void restart() {
    settle();
    reopen();
    warm();
  }
  void settle() {
    (void)read([](Tx& tx) -> Result<> {
      Log::of(tx).index().settle();
      return {};
    });
  }
  std::string verified() {
    return outcome(read([](Tx& tx) { return verify_indexes(tx); }));
  }
  std::vector<std::filesystem::path> runs(std::string_view name) {
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::directory_iterator(dir() + "/index"))
      if (entry.path().filename().string().starts_with(name)) out.push_back(entry.path());
    return out;
  }
  IndexShape shape_;
};

Event event_of(int person, std::int64_t at, const std::string& id) {
  return {.kind = "page_viewed", .person = {person}, .at = from_ms(at), .source = "web", .id = id};
}

class IdsSim : public ::testing::TestWithParam<unsigned> {};

TEST_P(IdsSim, DuplicatesMatchAPlainSetOverRunsRestartsAndRollbacks) {
  std::mt19937_64 rng(GetParam());
  IndexWorld w;
  std::map<std::string, Seq> known;  // the oracle
  for (int step = 0; step < 150; ++step) {
    if (rng() % 40 == 0) w.restart();
    const bool undo = rng() % 4 == 0;
    std::map<std::string, Seq> fresh;
    auto done = w.write([&](Tx& tx) -> Result<> {
      for (auto n = rng() % 12 + 1; n > 0; --n) {
        const auto id = std::to_string(rng() % 900);
        TRY(const auto got, accept(tx, event_of(1, 5000, id)));
        const auto had = known.contains(id) ? known.find(id) : fresh.find(id);
        const bool repeat = known.contains(id) || fresh.contains(id);
        EXPECT_EQ(got.verdict == Verdict::duplicate, repeat) << "seed " << GetParam() << " step " << step << " id " << id;
        if (!repeat) fresh[id] = got.seq;
        EXPECT_EQ(got.seq, repeat ? had->second : fresh[id]) << "seed " << GetParam() << " step " << step;
      }
      return undo ? fail(Errc::invalid, "test.undo") : Result<>{};
    });
    ASSERT_EQ(outcome(done), undo ? "test.undo" : "ok");
    if (!undo) known.merge(fresh);
    if (HasFailure()) return;
  }
  EXPECT_EQ(w.count("event"), static_cast<std::int64_t>(known.size()));
  w.settle();
  EXPECT_EQ(w.verified(), "ok");
  if (!on_postgres()) {
    EXPECT_LE(w.runs("ids-").size(), 12u);
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, IdsSim, ::testing::Range(1u, 13u));

class TimelineSim : public ::testing::TestWithParam<unsigned> {};

TEST_P(TimelineSim, PagesMatchASortedListOverRunsAndRestarts) {
  std::mt19937_64 rng(GetParam());
  IndexWorld w;
  struct Row { std::int64_t at; Seq seq; int person; std::string kind; };
  std::vector<Row> all;
  const std::string kinds[] = {"page_viewed", "order_cancelled", "cart_added"};
  for (int step = 0; step < 30; ++step) {
    if (rng() % 12 == 0) w.restart();
    ASSERT_EQ(outcome(w.write([&](Tx& tx) -> Result<> {
      for (auto n = rng() % 15 + 1; n > 0; --n) {
        Row row{static_cast<std::int64_t>(rng() % 300) + 1, 0, static_cast<int>(rng() % 6) + 1, kinds[rng() % 3]};
        TRY(row.seq, append(tx, {.kind = row.kind, .person = {row.person}, .at = from_ms(row.at)}));
        all.push_back(row);
      }
      return {};
    })), "ok");
  }
  std::ranges::sort(all, [](const Row& a, const Row& b) { return std::pair(a.at, a.seq) > std::pair(b.at, b.seq); });
  for (int round = 0; round < 20; ++round) {
    std::vector<PersonId> people;
    for (int p = 1; p <= 7; ++p)
      if (rng() % 3 == 0) people.push_back({p});
    std::vector<std::string> wanted;
    if (rng() % 2 == 0) wanted = {kinds[rng() % 3]};
    std::vector<Seq> expected, got;
    for (const auto& row : all)
      if (std::ranges::find(people, PersonId{row.person}) != people.end() && (wanted.empty() || wanted[0] == row.kind))
        expected.push_back(row.seq);
    TimelineQuery query{.people = people, .kinds = wanted, .limit = static_cast<int>(rng() % 20) + 1};
    for (;;) {
      const auto page = w.read([&](Tx& tx) { return timeline(tx, query); }).value();
      for (const auto& event : page) got.push_back(event.seq);
      if (page.size() < static_cast<std::size_t>(query.limit)) break;
      query.before_at = page.back().at;
      query.before_seq = page.back().seq;
    }
    ASSERT_EQ(got, expected) << "seed " << GetParam() << " round " << round;
  }
}
INSTANTIATE_TEST_SUITE_P(Seeds, TimelineSim, ::testing::Range(1u, 9u));

TEST(EventIndex, ATornOrMissingRunIsRebuiltFromTheLog) {
  if (on_postgres()) return;  // no files there
  IndexWorld w;
  const auto fill = [&](int from, int to) {
    for (int i = from; i < to; ++i)
      ASSERT_EQ(outcome(w.write([&](Tx& tx) { return accept(tx, event_of(i % 5 + 1, i + 1, std::to_string(i))); })), "ok");
  };
  const auto all_known = [&](int to) {
    for (int i = 0; i < to; ++i) {
      const auto got = w.write([&](Tx& tx) { return accept(tx, event_of(9, 1, std::to_string(i))); });
      ASSERT_TRUE(got.has_value()) << i << " " << outcome(got);
      ASSERT_EQ(got->verdict, Verdict::duplicate) << i;
    }
  };
  fill(0, 100);
  w.settle();
  ASSERT_FALSE(w.runs("ids-").empty());
  std::filesystem::resize_file(w.runs("ids-").front(), 100);  // torn
  w.restart();
  all_known(100);
  w.settle();
  std::filesystem::remove(w.runs("people-").front());  // missing
  w.restart();
  all_known(100);
  w.settle();
  {
    std::fstream file(w.runs("ids-").front(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(64 + 8);
    file.put('\x55');  // a flipped byte inside a block
  }
  w.restart();
  EXPECT_EQ(w.verified(), "events.index_damaged");
  w.restart();
  all_known(100);
  EXPECT_EQ(w.verified(), "ok");
  const std::array people{PersonId{1}};
  EXPECT_EQ(w.read([&](Tx& tx) { return timeline(tx, {.people = people, .limit = 50}); }).value().size(), 20u);
}

TEST(EventIndex, RunsOfAnotherLogAreNotBelieved) {
  if (on_postgres()) return;
  IndexWorld old;
  IndexWorld restored;
  const auto fill = [](IndexWorld& w, const std::string& prefix) {
    for (int i = 0; i < 60; ++i)
      (void)w.write([&](Tx& tx) { return accept(tx, event_of(2, i + 1, prefix + std::to_string(i))); }).value();
    w.settle();
  };
  fill(old, "old");
  fill(restored, "new");
  // An older backup came back beside index files that know events it never saw.
  std::filesystem::remove_all(restored.dir() + "/index");
  std::filesystem::copy(old.dir() + "/index", restored.dir() + "/index");
  restored.restart();
  EXPECT_EQ(restored.write([](Tx& tx) { return accept(tx, event_of(2, 9, "old5")); }).value().verdict, Verdict::accepted);
  EXPECT_EQ(restored.write([](Tx& tx) { return accept(tx, event_of(2, 9, "new5")); }).value().verdict, Verdict::duplicate);
}

TEST(EventIndex, FiftyThousandEventsOfOnePersonPageWithoutASeam) {
  IndexWorld w({.chunk_events = 8192, .fan_in = 3});
  constexpr int kEvents = 50'000;
  for (int batch = 0; batch < 50; ++batch)
    ASSERT_EQ(outcome(w.write([&](Tx& tx) -> Result<> {
      for (int i = 0; i < kEvents / 50; ++i)
        TRY(append(tx, {.kind = "page_viewed", .person = {42}, .at = from_ms(1 + (batch * 7919 + i * 31) % 40'000)}));
      return {};
    })), "ok");
  w.settle();
  const std::array people{PersonId{42}};
  TimelineQuery query{.people = people, .limit = 500};
  std::pair<std::int64_t, Seq> last{INT64_MAX, INT64_MAX};
  int seen = 0;
  for (;;) {
    const auto page = w.read([&](Tx& tx) { return timeline(tx, query); }).value();
    for (const auto& event : page) {
      const std::pair here{to_ms(event.at), event.seq};
      ASSERT_LT(here, last);
      last = here;
      ++seen;
    }
    if (page.size() < 500) break;
    query.before_at = page.back().at;
    query.before_seq = page.back().seq;
  }
  EXPECT_EQ(seen, kEvents);
}

}  // namespace
}  // namespace koi::events
