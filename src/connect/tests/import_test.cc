#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "connect/files/import.h"
#include "connect/files/job.h"
#include "entry/entry.h"
#include "events/events.h"
#include "entry/entry.h"
#include "tests/support/world.h"

namespace koi::connect::files {
namespace {

using koi::testing::World;

World::Schemas import_schemas() {
  return {store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(), entry::schema(), commerce::schema(), team::schema(), connect::schema()};
}

/// A world and a file in its folder.
class ImportTest : public ::testing::Test {
 protected:
  ImportTest() : w(import_schemas()) {
    w.set_now_ms(1'795'000'000'000);
    EXPECT_TRUE(w.write([](Tx& tx) { return events::install_catalogue(tx); }));
    folder = std::filesystem::temp_directory_path() / ("koi_import_" + std::to_string(getpid()) + "_" + std::to_string(n++));
    std::filesystem::create_directories(folder);
  }
  ~ImportTest() override { std::filesystem::remove_all(folder); }

  std::string file(const std::string& name, const std::string& text) {
    const auto path = (folder / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  Result<ImportId> start(Subject subject, const std::string& path, const std::string& map = {}, bool dry = false) {
    StartImport cmd{.subject = subject, .file = {path, {}, {}, {}}, .file_name = {}, .source = "shop", .map = {}, .dry_run = dry, .owned = false, .author = "test"};
    if (!map.empty()) { TRY(cmd.map, parse_map(map)); }
    return start_import(w.db(), cmd);
  }
  ImportView run(Subject subject, const std::string& path, const std::string& map = {}) {
    auto id = start(subject, path, map);
    EXPECT_EQ(koi::testing::outcome(id), "ok");
    if (!id) return {};
    auto ran = run_import(w.db(), *id);
    EXPECT_EQ(koi::testing::outcome(ran), "ok");
    return view(*id);
  }
  ImportView view(ImportId id) { return *w.read([&](Tx& tx) { return find_import(tx, id); }); }
  std::string errors(ImportId id) { return *w.read([&](Tx& tx) { return error_file(tx, id); }); }

  World w;
  std::filesystem::path folder;
  static inline int n = 0;
};

/// `rows` order lines of about two lines an order; each twentieth row is bad in one of four ways.
std::string import_orders(int rows) {
  std::string out = "order_no,sku,quantity,unit_price,at,person\n";
  for (int i = 0; i < rows; ++i) {
    const bool bad = i % 20 == 7;
    const int way = i / 20 % 4;
    out += "N" + std::to_string(i / 2) + ",S" + std::to_string(i % 5) + "," + (bad && way == 3 ? "x" : "2") + "," +
           (bad && way == 1 ? "1.2.3" : "9.99") + "," + (bad && way == 2 ? "1900-02-29" : "2026-01-02 08:30") + ",B" +
           (bad && way == 0 ? "\xFF" : "") + std::to_string(i % 97) + "\n";
  }
  return out;
}

TEST_F(ImportTest, OrdersLandAndBadRowsAreListed) {
  const auto path = file("o.csv",
      "order_no,sku,quantity,unit_price,at,person,phone\n"
      "1,A,2,\"1,234.50\",2026-01-02,B1,\n"
      "1,B,1,10,2026-01-02,B1,\n"
      "2,A,1,10,1900-02-29,B2,\n"
      "3,A,1,abc,2026-01-02,B2,\n"
      "4,A,1,10,2026-01-02,B2,1.38E+10\n"
      "5,\"=cmd|'/c calc'!A1\",x,10,2026-01-02,B3,\n"
      "6,A,1,10,2026-01-02,,\n");
  const auto done = run(Subject::orders, path);
  EXPECT_EQ(done.state, "done");
  EXPECT_EQ(done.rows_done, 7);
  EXPECT_EQ(done.good, 3);
  EXPECT_EQ(done.bad, 4);
  EXPECT_EQ(done.orders_made, 2);
  EXPECT_EQ(done.people_made, 1);
  EXPECT_EQ(w.count("shop_order"), 2);
  EXPECT_EQ(w.count("order_line"), 3);
  EXPECT_EQ(w.number("SELECT total_fen FROM shop_order WHERE order_no = '1'"), 247900);
  const auto csv = errors(done.id);
  EXPECT_NE(csv.find("order_no,sku,quantity,unit_price,at,person,phone,_line,_column,_value,_reason\r\n"), csv.npos);
  EXPECT_NE(csv.find("2,A,1,10,1900-02-29,B2,,4,at,1900-02-29,"), csv.npos) << csv;
  EXPECT_NE(csv.find("connect.row_phone_scientific"), csv.npos);
  EXPECT_NE(csv.find("\"'=cmd|'/c calc'!A1\""), csv.npos) << "formula guard";
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 5);
}

TEST_F(ImportTest, TheSameRowsComeInOnce) {
  const auto text = import_orders(300);
  const auto first = run(Subject::orders, file("a.csv", text));
  const auto orders = w.count("shop_order"), lines = w.count("order_line"), people = w.count("person"), log = w.number("SELECT MAX(seq) FROM event");
  const auto again = run(Subject::orders, file("b.csv", text));
  EXPECT_EQ(again.orders_made, 0);
  EXPECT_EQ(again.repeats, first.good);
  EXPECT_EQ(w.count("shop_order"), orders);
  EXPECT_EQ(w.count("order_line"), lines);
  EXPECT_EQ(w.count("person"), people);
  EXPECT_EQ(w.number("SELECT MAX(seq) FROM event"), log);
}

TEST_F(ImportTest, WithoutOrderNumbersEachRowIsAnOrderEvenTwins) {
  const auto text = "customer,date,amount\n1,1997-01-01,11.77\n1,1997-01-01,11.77\n2,1997-01-02,5\n";
  const auto map = "person=customer,at=date,amount=amount";
  auto done = run(Subject::orders, file("a.csv", text), map);
  EXPECT_EQ(done.orders_made, 3);
  EXPECT_EQ(w.count("person"), 2);
  // A longer export of the same shop brings only what is new, in whatever order of columns.
  done = run(Subject::orders, file("b.csv", "date,customer,amount\n1997-01-01,1,11.77\n1997-01-02,2,5\n1997-01-01,1,11.77\n1997-01-03,2,6\n"), map);
  EXPECT_EQ(done.orders_made, 1);
  EXPECT_EQ(w.count("shop_order"), 4);
}

TEST_F(ImportTest, ResumesAtEveryBatchAsIfNothingHadHappened) {
  const auto text = import_orders(3300);
  const auto whole = run(Subject::orders, file("whole.csv", text));
  const auto want_errors = errors(whole.id);
  EXPECT_EQ(whole.bad, 165);
  for (int stop_after = 1; stop_after <= 3; ++stop_after) {
    World other(import_schemas(), 7);
    other.set_now_ms(1'795'000'000'000);
    auto id = start_import(other.db(), {.subject = Subject::orders, .file = {(folder / "whole.csv").string(), {}, {}, {}}, .file_name = {}, .source = "shop", .map = {}, .dry_run = false, .owned = false, .author = {}});
    ASSERT_TRUE(id);
    // Abandoned after so many batches, then by a restart, then again after each single batch.
    ASSERT_TRUE(run_import(other.db(), *id, {.stop = nullptr, .on_progress = {}, .batches_max = stop_after}));
    EXPECT_EQ(other.number("SELECT row_at FROM import_job"), stop_after * 250);
    other.set_now_ms(1'795'000'060'000);  // a restart takes a moment
    other.reopen();
    for (int i = 0; i < 20; ++i) {
      auto state = other.read([&](Tx& tx) { return find_import(tx, *id); });
      if (state->state == "done") break;
      ASSERT_TRUE(run_import(other.db(), *id, {.stop = nullptr, .on_progress = {}, .batches_max = 1}));
    }
    const auto done = other.read([&](Tx& tx) { return find_import(tx, *id); });
    EXPECT_EQ(done->state, "done");
    EXPECT_EQ(done->good, whole.good);
    EXPECT_EQ(done->bad, whole.bad);
    EXPECT_EQ(other.count("shop_order"), w.count("shop_order"));
    EXPECT_EQ(other.count("order_line"), w.count("order_line"));
    EXPECT_EQ(other.number("SELECT CAST(SUM(total_fen) AS BIGINT) FROM shop_order"), w.number("SELECT CAST(SUM(total_fen) AS BIGINT) FROM shop_order"));
    EXPECT_TRUE(*other.read([&](Tx& tx) { return error_file(tx, *id); }) == want_errors) << stop_after;
  }
}

TEST_F(ImportTest, UndoRestoresTheEarlierCounts) {
  run(Subject::orders, file("before.csv", "order_no,person,at,amount\n1,B1,2026-01-01,5\nX3,B5,2026-01-01,7\n"));
  run(Subject::customers, file("people.csv", "phone,name,标签,职业\n13812345678,张三,老客,教师\n"));
  const std::vector<std::string> tables{"shop_order", "order_line", "person", "identifier", "tag_assignment", "person_attribute", "search_token", "customer_value", "person_key"};
  const auto counts = [&] {
    std::vector<std::int64_t> out;
    for (const auto& t : tables) out.push_back(w.count(t));
    return out;
  };
  const auto before = counts();
  const auto orders = run(Subject::orders, file("many.csv", import_orders(2500)));
  const auto customers = run(Subject::customers, file("more.csv",
      "phone,name,tags,城市,年级\n13812345678,张三丰,\"VIP,新客\",武当,\n13912345678,李四,VIP,北京,三\n13712345678,王五,,上海,\n"));
  EXPECT_EQ(customers.good, 3) << errors(customers.id);
  EXPECT_EQ(customers.people_made, 2);
  for (const auto id : {customers.id, orders.id}) {
    ASSERT_EQ(koi::testing::outcome(w.write([&](Tx& tx) { return undo_import(tx, id); })), "ok");
    ASSERT_EQ(koi::testing::outcome(run_undo(w.db(), id, {.stop = nullptr, .on_progress = {}, .batches_max = 2})), "ok");  // abandoned
    ASSERT_EQ(koi::testing::outcome(run_undo(w.db(), id)), "ok");
    EXPECT_EQ(view(id).state, "undone");
  }
  const auto after = counts();
  for (std::size_t i = 0; i < tables.size(); ++i) EXPECT_EQ(after[i], before[i]) << tables[i];
  EXPECT_EQ(w.count("import_effect"), 4);  // of the two first imports
  // What was taken back can come again.
  const auto again = run(Subject::orders, file("many.csv", import_orders(2500)));
  EXPECT_EQ(again.orders_made, orders.orders_made);
  EXPECT_EQ(koi::testing::outcome(w.write([&](Tx& tx) { return undo_import(tx, orders.id); })), "connect.import_state");
}

TEST_F(ImportTest, UndoKeepsWhatALaterImportTouched) {
  const auto first = run(Subject::orders, file("a.csv", "order_no,sku,person,at,amount\n1,A,B1,2026-01-01,5\n2,A,B2,2026-01-01,5\n"));
  run(Subject::orders, file("b.csv", "order_no,sku,person,at,amount\n1,B,B1,2026-01-01,9\n"));
  ASSERT_TRUE(w.write([&](Tx& tx) { return undo_import(tx, first.id); }));
  ASSERT_TRUE(run_undo(w.db(), first.id));
  EXPECT_EQ(w.count("shop_order"), 1);
  EXPECT_EQ(w.count("person"), 1);
}

TEST_F(ImportTest, DryRunCountsAndChangesNothing) {
  auto id = start(Subject::orders, file("a.csv", import_orders(1500)), {}, true);
  ASSERT_TRUE(id);
  ASSERT_TRUE(run_import(w.db(), *id));
  auto v = view(*id);
  EXPECT_EQ(v.state, "ready");
  EXPECT_TRUE(v.dry);
  EXPECT_EQ(v.good + v.bad, 1500);
  EXPECT_EQ(v.bad, 75);
  EXPECT_EQ(w.count("shop_order"), 0);
  EXPECT_EQ(w.count("person"), 0);
  EXPECT_NE(v.tally.find("\"orders\":"), v.tally.npos);
  ASSERT_TRUE(w.write([&](Tx& tx) { return begin_import(tx, *id, false); }));
  ASSERT_TRUE(run_import(w.db(), *id));
  v = view(*id);
  EXPECT_EQ(v.state, "done");
  EXPECT_EQ(v.bad, 75);
  EXPECT_GT(w.count("shop_order"), 0);
}

TEST_F(ImportTest, PauseCancelAndStartAgain) {
  auto id = start(Subject::orders, file("a.csv", import_orders(3000)));
  ASSERT_TRUE(id);
  ASSERT_TRUE(run_import(w.db(), *id, {.stop = nullptr, .on_progress = {}, .batches_max = 1}));
  ASSERT_TRUE(w.write([&](Tx& tx) { return pause_import(tx, *id); }));
  EXPECT_EQ(koi::testing::outcome(run_import(w.db(), *id)), "connect.import_state");
  ASSERT_TRUE(w.write([&](Tx& tx) { return begin_import(tx, *id, false); }));
  // Paused in mid-run by somebody else: the run ends where the job stands.
  int batches = 0;
  ASSERT_TRUE(run_import(w.db(), *id, {.stop = nullptr, .on_progress = [&](const Progress&) {
    if (++batches == 1) { ASSERT_TRUE(w.write([&](Tx& tx) { return cancel_import(tx, *id); })); }
  }, .batches_max = 0}));
  EXPECT_EQ(view(*id).state, "cancelled");
  ASSERT_TRUE(w.write([&](Tx& tx) { return begin_import(tx, *id, false); }));
  ASSERT_TRUE(run_import(w.db(), *id));
  EXPECT_EQ(view(*id).rows_done, 3000);
  EXPECT_EQ(view(*id).state, "done");
}

TEST_F(ImportTest, ARefusalOfTheStoreCostsItsRowOnly) {
  // An order number that the shop room refuses is only seen on the Writer; its batch is done again row by row.
  std::string text = "phone,member_no,name,birthday\n";
  for (int i = 0; i < 1200; ++i) text += "138" + std::to_string(10000000 + i) + ",M" + std::to_string(i) + ",客户,\n";
  text += "11111111111,,x,\n";  // eleven equal digits identify nobody
  for (int i = 0; i < 300; ++i) text += "139" + std::to_string(10000000 + i) + ",K" + std::to_string(i) + ",客户,\n";
  const auto done = run(Subject::customers, file("c.csv", text));
  EXPECT_EQ(done.state, "done");
  EXPECT_EQ(done.good, 1500);
  EXPECT_EQ(done.bad, 1);
  EXPECT_EQ(w.count("person"), 1500);
  EXPECT_NE(errors(done.id).find("people.no_identifier"), std::string::npos);
}

TEST_F(ImportTest, CustomersBringProfilesTagsConsentAndInviters) {
  const auto done = run(Subject::customers, file("c.csv",
      "姓名,手机号,会员号,性别,生日,标签,营销授权,推荐人,职业\n"
      "张三,138 1234 5678,M1,男,1990年5月17日,\"VIP、老客\",是,,教师\n"
      "李四,13912345678,M2,女,1991-02-30,,,M1,\n"
      "王五,13712345678,M3,保密,,,否,M1,\n"
      ",,,,,,,,只有职业\n"
      "赵六,13612345678,M4,随便,,,,,\n"));
  EXPECT_EQ(done.good, 2) << errors(done.id);
  EXPECT_EQ(done.bad, 3);
  EXPECT_EQ(w.count("tag"), 2);
  EXPECT_EQ(w.count("consent_entry"), 2);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM person WHERE inviter_id IS NOT NULL"), 1);
}

TEST_F(ImportTest, EventsKeepTheirIdsAndProps) {
  const auto text = "event,user_id,time,金额,页面\nPage View,u1,2026-01-02 08:30,,home\n加购,u1,2026-01-02 08:31,12.5,item\nPage View,u2,bad,,x\n";
  auto done = run(Subject::events, file("e.csv", text));
  EXPECT_EQ(done.good, 2);
  EXPECT_EQ(done.bad, 1);
  EXPECT_EQ(done.events_made, 2);
  done = run(Subject::events, file("again.csv", text));
  EXPECT_EQ(done.events_made, 0);
  EXPECT_EQ(done.repeats, 2);
}

TEST_F(ImportTest, RemembersAMappingByItsHeader) {
  run(Subject::orders, file("a.csv", "x1,x2,x3\nB1,2026-01-01,5\n"), "person=x1,at=x2,amount=x3");
  const auto done = run(Subject::orders, file("b.csv", "X1,x2,x3\nB2,2026-01-01,6\n"));
  EXPECT_EQ(done.good, 1);
  EXPECT_EQ(koi::testing::outcome(start(Subject::orders, file("c.csv", "y1,y2\n1,2\n"))), "connect.field_missing");
  EXPECT_EQ(koi::testing::outcome(start(Subject::orders, file("d.csv", ""))), "connect.empty_file");
  EXPECT_EQ(koi::testing::outcome(start(Subject::orders, "/nowhere/x.csv")), "connect.file_missing");
}

// The published tenth on PostgreSQL, where each statement is a round trip; the whole on SQLite.
TEST_F(ImportTest, ReadsCdnowToTheCent) {
  const auto shared = koi::testing::shared_folder();
  if (shared.empty()) GTEST_SKIP() << "public data sets are not there (KOI_SHARED)";
  const bool sample = koi::testing::on_postgres();
  const auto done = run(Subject::orders, shared + "/data/cdnow/" + (sample ? "cdnow_sample.csv.gz" : "cdnow_master.csv.gz"),
                        sample ? "person=master_id,at=date,quantity=cds,amount=amount" : "person=customer_id,at=date,quantity=cds,amount=amount");
  EXPECT_EQ(done.bad, 0);
  EXPECT_EQ(w.count("person"), sample ? 2357 : 23570);
  EXPECT_EQ(w.count("shop_order"), sample ? 6919 : 69659);
  EXPECT_EQ(w.number("SELECT CAST(SUM(total_fen) AS BIGINT) FROM shop_order"), sample ? 24409194 : 250031563);
}

}  // namespace
}  // namespace koi::connect::files
