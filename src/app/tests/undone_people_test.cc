// People an import made and its undoing took back leave every segment.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "app/rooms.h"
#include "connect/files/import.h"
#include "segments/keep.h"
#include "segments/live.h"
#include "segments/membership.h"
#include "segments/survey.h"
#include "tests/support/world.h"

namespace koi::app {
namespace {

namespace files = connect::files;

const std::vector<store::Migration>& every_schema_of_undone() {
  static const auto all = schemas();
  return all;
}

TEST(UndoneImport, PeopleItMadeLeaveLiveSegments) {
  testing::World w({every_schema_of_undone()});
  ASSERT_EQ(testing::outcome(w.write([](Tx& tx) -> Result<> {
    TRY(events::install_catalogue(tx));
    return events::open_log(tx);
  })), "ok");
  const auto path = std::filesystem::temp_directory_path() / ("koi_undone_" + std::to_string(getpid()) + ".csv");
  std::ofstream(path) << "order_no,sku,person,at,amount\n1,A,B1,2026-01-01,5\n2,A,B2,2026-01-01,5\n";
  const auto import = files::start_import(w.db(), {.subject = files::Subject::orders, .file = {path.string(), {}, {}, {}}, .file_name = {}, .source = "shop",
                                                   .map = {}, .dry_run = false, .owned = false, .author = "test"});
  ASSERT_EQ(testing::outcome(import), "ok");
  ASSERT_EQ(testing::outcome(files::run_import(w.db(), *import)), "ok");
  const auto make = [&](const char* name, const char* text) {
    const auto made = w.write([&](Tx& tx) { return segments::create_segment(tx, {.name = name, .mode = segments::Mode::live, .rule = {.text = text}}); });
    EXPECT_EQ(testing::outcome(made), "ok");
    return made ? made->id : segments::SegmentId{};
  };
  const auto all = make("全部", "everyone"), paid = make("买过", "paid > 0元"), none = make("买得少", "orders < 5");
  const auto settle = [&] {
    EXPECT_EQ(testing::outcome(events::drain(w.db(), consumers())), "ok");
    EXPECT_EQ(testing::outcome(segments::settle_live(w.db())), "ok");
  };
  const auto kept = [&](segments::SegmentId id) {
    int out = 0;
    EXPECT_TRUE(w.read([&](Tx& tx) { return segments::each_kept(tx, [&](segments::SegmentId, std::int64_t) { ++out; }, id); }));
    return out;
  };
  const auto everybody = [&] {
    return w.read([](Tx& tx) -> Result<std::uint64_t> {
      TRY(const auto survey, segments::Survey::begin(tx, Scope::everything("test")));
      return survey->everybody().count();
    }).value_or(99);
  };
  settle();
  for (const auto id : {all, paid, none}) EXPECT_EQ(kept(id), 2);
  EXPECT_EQ(everybody(), 2U);
  ASSERT_EQ(testing::outcome(w.write([&](Tx& tx) { return files::undo_import(tx, *import); })), "ok");
  ASSERT_EQ(testing::outcome(files::run_undo(w.db(), *import)), "ok");
  settle();
  EXPECT_EQ(w.count("person"), 0);
  for (const auto id : {all, paid, none}) EXPECT_EQ(kept(id), 0);
  EXPECT_EQ(everybody(), 0U);
  EXPECT_EQ(w.number("SELECT CAST(SUM(size) AS BIGINT) FROM segment_state"), 0);
  w.reopen();  // who is gone stays gone when the columns are read anew
  settle();
  EXPECT_EQ(everybody(), 0U);
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace koi::app
