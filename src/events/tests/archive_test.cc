#include <gtest/gtest.h>

#include <fstream>
#include <future>
#include <random>

#include "events/tests/archive_world.h"

namespace koi::events {
namespace {

using testing::on_postgres;
using testing::outcome;
namespace fs = std::filesystem;

TEST(Archive, OldRowsStandInFilesAndEveryReadIsTheSame) {
  ArchiveWorld w;
  w.fill(100);
  const auto before = w.rows().value();
  const std::array people{PersonId{3}};
  const auto timeline_before = w.read([&](Tx& tx) { return timeline(tx, {.people = people}); }).value();
  ASSERT_EQ(w.archive_all(), "ok");
  EXPECT_EQ(w.rows().value(), before);
  const auto figures = w.figures();
  if (on_postgres()) {
    EXPECT_EQ(figures.segments, 0);
    return;
  }
  EXPECT_EQ(figures.segments, 3);  // 90 may leave: three files of 24
  EXPECT_EQ(figures.archived_events, 72);
  EXPECT_EQ(figures.table_rows, 28);
  EXPECT_EQ(w.count("event"), 28);
  EXPECT_EQ(w.verified(), "ok");
  EXPECT_EQ(w.files().size(), 3u);
  EXPECT_TRUE(w.files(".draft").empty());
  const auto timeline_after = w.read([&](Tx& tx) { return timeline(tx, {.people = people}); }).value();
  ASSERT_EQ(timeline_after.size(), timeline_before.size());
  for (std::size_t i = 0; i < timeline_after.size(); ++i) {
    EXPECT_EQ(timeline_after[i].seq, timeline_before[i].seq);
    EXPECT_EQ(timeline_after[i].props, timeline_before[i].props);
    EXPECT_EQ(timeline_after[i].source, "web");
  }
  EXPECT_EQ(w.write([](Tx& tx) { return accept(tx, {.kind = "page_viewed", .source = "web", .id = "1"}); }).value().seq, 1);
  EXPECT_EQ(w.read([](Tx& tx) { return find_receipt(tx, "web", "2"); }).value()->receipt.seq, 2);
  EXPECT_EQ(w.read(count_kinds).value().front().events, 100);
  // The index is derived: it comes back from the files.
  w.reopen();
  fs::remove_all(w.dir() + "/index");
  EXPECT_EQ(w.warm(), "ok");
  EXPECT_EQ(w.write([](Tx& tx) { return accept(tx, {.kind = "page_viewed", .source = "web", .id = "7"}); }).value().verdict, Verdict::duplicate);
}

TEST(Archive, ASlowConsumerHoldsRowsBackAndSeesThemAll) {
  if (on_postgres()) return;
  ArchiveWorld w;
  w.fill(100);
  const auto move = [&](Seq from, Seq to) { return outcome(w.write([&](Tx& tx) { return move_cursor(tx, "slow", from, to); })); };
  ASSERT_EQ(move(0, 30), "ok");
  ASSERT_EQ(w.archive_all(), "ok");
  EXPECT_EQ(w.figures().archived_events, 24);
  ASSERT_EQ(move(30, 48), "ok");
  ASSERT_EQ(w.archive_all(), "ok");
  EXPECT_EQ(w.figures().archived_events, 48);
  ASSERT_EQ(move(48, 47), "ok");  // one that goes back reads from the files
  EXPECT_EQ(w.read([](Tx& tx) { return after(tx, 47, 2); }).value().front().seq, 48);
}

TEST(Archive, TheNewestRowStaysWhateverIsAsked) {
  if (on_postgres()) return;
  ArchiveWorld w({.keep_rows = 0, .segment_rows = 1, .step_rows = 100, .block_rows = 1});
  w.fill(5);
  ASSERT_EQ(w.archive_all(), "ok");
  EXPECT_EQ(w.count("event"), 1);
  EXPECT_EQ(w.read(end_of_log).value(), 5);
  EXPECT_EQ(w.restart(), "ok");
  w.fill(1);
  EXPECT_EQ(w.rows().value().back().row.seq, 6);
  EXPECT_EQ(w.verified(), "ok");
}

TEST(Archive, ASnapshotSeesItsRowsWhileTheyAreMoved) {
  if (on_postgres()) return;
  ArchiveWorld w;
  w.fill(60);
  const auto before = w.rows().value();
  std::promise<void> opened, moved;
  auto reader = std::async(std::launch::async, [&] {
    return w.db().read([&](Tx& tx) -> Result<std::vector<OwnedRow>> {
      TRY(tx.one<std::int64_t>("SELECT COUNT(*) FROM log_segment"));  // here the snapshot begins
      opened.set_value();
      moved.get_future().wait();
      return ArchiveWorld::rows_in(tx);
    });
  });
  opened.get_future().wait();
  EXPECT_EQ(w.archive_all(), "ok");
  w.fill(3);
  EXPECT_EQ(w.count("event"), 63 - 48);
  moved.set_value();
  EXPECT_EQ(reader.get().value(), before);
  EXPECT_EQ(w.rows().value().size(), 63u);
}

TEST(Archive, AFileWithoutItsManifestRowIsDroppedAndItsRowsStay) {
  if (on_postgres()) return;
  ArchiveWorld w;
  w.fill(60);
  const auto before = w.rows().value();
  ASSERT_EQ(w.archive_all(), "ok");
  fs::copy(w.files().front(), w.dir() + "/log/49-72.seg");
  std::ofstream(w.dir() + "/log/49.draft") << "half";
  EXPECT_EQ(w.restart(), "ok");
  EXPECT_EQ(w.files().size(), 2u);
  EXPECT_TRUE(w.files(".draft").empty());
  EXPECT_EQ(w.rows().value(), before);
}

TEST(Archive, ADiskThatRefusesLeavesEverythingWhereItWas) {
  if (on_postgres()) return;
  ArchiveWorld w;
  w.fill(60);
  const auto before = w.rows().value();
  std::ofstream(w.dir() + "/log") << "in the way of the folder";
  EXPECT_EQ(outcome(w.step()), "events.log_io");
  EXPECT_EQ(w.figures().archived_events, 0);
  EXPECT_EQ(w.rows().value(), before);
  fs::remove(w.dir() + "/log");
  EXPECT_EQ(w.archive_all(), "ok");
  EXPECT_EQ(w.rows().value(), before);
}

TEST(Archive, TheWorkerArchivesWhatIsCommittedAndStopsWhenTold) {
  if (on_postgres()) return;
  ArchiveWorld w;
  Archiver archiver(w.db(), w.shape_);
  archiver.start();
  w.fill(100);
  archiver.settle();
  EXPECT_EQ(archiver.figures().log.table_rows, 28);
  archiver.stop();
  EXPECT_EQ(archiver.figures().failures, 0u);
  EXPECT_EQ(w.figures().segments, 3);
  EXPECT_EQ(w.count("event"), 28);
}

TEST(Archive, DamageAnywhereIsNamedAndNeverReadOver) {
  if (on_postgres()) return;
  ArchiveWorld w({.keep_rows = 1, .segment_rows = 300, .step_rows = 1000, .block_rows = 64});
  w.fill(302);
  ASSERT_EQ(w.archive_all(), "ok");
  const auto before = w.rows().value();
  const auto file = w.files().front();
  const auto size = fs::file_size(file);
  std::string whole(size, '\0');
  std::ifstream(file, std::ios::binary).read(whole.data(), static_cast<std::streamsize>(size));
  const auto put = [&](const std::string& bytes) { std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes; };
  /// What opening says, and if it opens, what reading everything and verify say.
  const auto verdict = [&] {
    const auto opened = w.restart();
    if (opened != "ok") return opened;
    const auto read = w.rows();
    if (read && !(*read == before)) return std::string("wrong rows");
    const auto verified = w.verified();
    return read ? verified : outcome(read) + (verified == outcome(read) ? "" : " " + verified);
  };
  std::mt19937_64 rng(7);
  for (int i = 0; i < 150; ++i) {
    auto bytes = whole;
    const auto at = i < 80 ? static_cast<std::size_t>(i) * size / 80 : rng() % size;
    bytes[at] = static_cast<char>(bytes[at] ^ 1 << (rng() % 8));
    w.db().close();
    put(bytes);
    ASSERT_EQ(verdict(), "events.log_damaged") << "a flipped bit at " << at << " of " << size;
  }
  for (const auto length : {std::size_t{0}, std::size_t{1}, size / 3, size - 1}) {
    w.db().close();
    put(whole.substr(0, length));
    ASSERT_EQ(verdict(), "events.log_damaged") << "cut to " << length;
  }
  w.db().close();
  put(whole + "x");
  EXPECT_EQ(verdict(), "events.log_damaged");
  w.db().close();
  fs::rename(file, file.string() + ".away");
  EXPECT_EQ(verdict(), "events.log_damaged");
  const auto named = w.read([](Tx& tx) { return Log::of(tx).archive().through(tx); });
  EXPECT_TRUE(!named && named.error().detail.find("1-300.seg") != std::string::npos) << (named ? "" : named.error().detail);
  w.db().close();
  fs::rename(file.string() + ".away", file);
  put(whole);
  EXPECT_EQ(verdict(), "ok");
}

TEST(Archive, AFileOfAnotherLogIsNotBelieved) {
  if (on_postgres()) return;
  ArchiveWorld mine, other;
  other.fill(3);  // same place in the log, other rows
  mine.fill(60);
  other.made_ = 500;
  other.fill(57);
  ASSERT_EQ(mine.archive_all(), "ok");
  ASSERT_EQ(other.archive_all(), "ok");
  mine.db().close();
  fs::copy(other.files().front(), mine.files().front(), fs::copy_options::overwrite_existing);
  EXPECT_EQ(mine.restart(), "events.log_damaged");
}

}  // namespace
}  // namespace koi::events
