#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "events/log.h"
#include "tests/support/world.h"

namespace koi::events {
namespace {

using testing::outcome;
using testing::World;

struct ConsumerWorld : World {
  ConsumerWorld() : World({store::schema(), events::schema()}) {
    EXPECT_EQ(outcome(write([](Tx& tx) { return install_catalogue(tx); })), "ok");
    EXPECT_EQ(outcome(write([](Tx& tx) -> Result<> {
      TRY(tx.exec("CREATE TABLE effect (seq BIGINT PRIMARY KEY)"));
      return {};
    })), "ok");
  }
  void append_some(int n) {
    EXPECT_EQ(outcome(write([&](Tx& tx) -> Result<> {
      for (int i = 0; i < n; ++i) TRY(append(tx, {.kind = "page_viewed"}));
      return {};
    })), "ok");
  }
};

/// Notes every event once; a second effect of one event would break the primary key.
Result<std::size_t> note_each(Tx& tx, Pace = Pace::gentle) {
  TRY(const auto from, cursor(tx, "note"));
  TRY(const auto batch, after(tx, from, 7));
  for (const auto& event : batch) TRY(tx.exec("INSERT INTO effect (seq) VALUES ($1)", event.seq));
  if (!batch.empty()) TRY(move_cursor(tx, "note", from, batch.back().seq));
  return batch.size();
}

std::atomic<int> crashes_left = 0;
Result<std::size_t> note_or_fail(Tx& tx, Pace) {
  TRY(const auto looked, note_each(tx));
  // After the effects: nothing of them may stay.
  if (looked > 0 && crashes_left-- > 0) return fail(Errc::unavailable, "test.crash");
  return looked;
}

TEST(Consumer, EffectsAndCursorMoveTogether) {
  ConsumerWorld w;
  w.append_some(40);
  crashes_left = 3;
  const Consumer consumers[] = {{"note", note_or_fail}};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(outcome(drain(w.db(), consumers)), "test.crash");
  EXPECT_EQ(w.count("effect"), 0);
  EXPECT_EQ(outcome(drain(w.db(), consumers)), "ok");
  EXPECT_EQ(w.count("effect"), 40);
  w.reopen();
  w.append_some(5);
  EXPECT_EQ(outcome(drain(w.db(), consumers)), "ok");
  EXPECT_EQ(w.count("effect"), 45);
}

TEST(Consumer, ACursorMovesOnlyFromWhereItStands) {
  ConsumerWorld w;
  const auto move = [&](Seq from, Seq to) {
    return outcome(w.write([&](Tx& tx) { return move_cursor(tx, "c", from, to); }));
  };
  EXPECT_EQ(move(3, 5), "events.cursor_moved");
  EXPECT_EQ(move(0, 5), "ok");
  EXPECT_EQ(move(0, 6), "events.cursor_moved");
  EXPECT_EQ(move(5, 9), "ok");
  EXPECT_EQ(w.read([](Tx& tx) { return cursor(tx, "c"); }).value(), 9);
  EXPECT_EQ(w.read([](Tx& tx) { return cursor(tx, "nobody"); }).value(), 0);
}

Result<std::size_t> always_fails(Tx&, Pace) { return fail(Errc::unavailable, "test.broken"); }

TEST(Runner, DrainsAfterEachCommitAndParksTheBrokenOne) {
  ConsumerWorld w;
  crashes_left = 0;
  Runner runner(w.db(), {{"broken", always_fails}, {"note", note_each}});
  runner.start();
  for (int i = 1; i <= 5; ++i) {
    w.append_some(10);
    while (w.count("effect") < i * 10) std::this_thread::yield();
  }
  runner.stop();
  const auto figures = runner.figures();
  EXPECT_EQ(figures[0].parked, "test.broken");
  EXPECT_GE(figures[0].failures, 1u);
  EXPECT_EQ(figures[1].parked, "");
  EXPECT_EQ(figures[1].events, 50u);
  EXPECT_EQ(w.count("effect"), 50);
}

}  // namespace
}  // namespace koi::events
