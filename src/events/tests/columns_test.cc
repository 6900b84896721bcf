#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include "events/columns/scan.h"
#include "events/columns/shelf.h"
#include "tests/support/world.h"

namespace koi::events {
namespace {

using columns::Column;
using columns::Part;
using columns::ShelfShape;
using columns::ValueType;
using columns::View;
using testing::outcome;
using testing::World;

/// What a scan saw of one person, as text: what the oracle is compared with.
std::string value_text(const Part& part, std::uint32_t row, std::string_view name) {
  std::string out;
  for (const auto& column : part.columns()) {
    if (column.name() != name) continue;
    const auto cell = column.cell(row);
    if (cell == Column::kNone) continue;
    switch (column.type()) {
      case ValueType::text: out += std::string(column.words()[column.code(cell)]); break;
      case ValueType::list:
      case ValueType::json:
        if (column.list(cell).empty()) out += "[]";
        for (const auto code : column.list(cell)) out += "[" + std::string(column.words()[code]) + "]";
        break;
      case ValueType::decimal: out += std::to_string(column.decimal(cell)); break;
      default: out += std::to_string(column.number(cell));
    }
  }
  return out;
}

constexpr std::string_view kNames[] = {"$amount", "$subject", "channel", "n", "ratio", "ok", "tags", "lines", "lines.sku", "none", "touch.channel"};

struct Collect {
  using State = std::string;
  struct Binding { const Part* part; columns::Wanted wanted; };
  std::vector<std::int64_t> kinds;
  std::map<std::int64_t, std::string> seen;
  const View* view = nullptr;

  void reset(State& state, columns::Ordinal) const { state.clear(); }
  Binding bind(const Part& part) const { return {&part, columns::Wanted(part, kinds)}; }
  bool row(State& state, const Binding& binding, std::uint32_t row) {
    const auto& part = *binding.part;
    state += std::to_string(part.at(row)) + ":" + std::to_string(part.kind(row)) + ":" + std::to_string(part.source(row));
    for (const auto name : kNames) state += "|" + value_text(part, row, name);
    state += "\n";
    return false;
  }
  void person(columns::Ordinal o, State& state) {
    if (!state.empty()) seen[view->roster->node(o)] = state;
  }
  void absorb(Collect&& other) { seen.merge(other.seen); }
};

struct ColumnsWorld : World {
  explicit ColumnsWorld(ShelfShape shape) : World({store::schema(), events::schema()}), shape_(shape) { warm(); }
  void warm() {
    EXPECT_EQ(outcome(write([&](Tx& tx) {
      columns::Shelf::open(tx, shape_);
      return install_catalogue(tx);
    })), "ok");
  }
  columns::ViewPtr view() {
    auto got = read([](Tx& tx) { return columns::Shelf::of(tx).view(tx); });
    EXPECT_EQ(outcome(got), "ok");
    return *got;
  }
  /// Files are sealed and merged as far as they go.
  void work() {
    for (bool more = true; more;) {
      auto did = read([](Tx& tx) { return columns::Shelf::of(tx).work(); });
      ASSERT_EQ(outcome(did), "ok");
      more = *did;
    }
  }
  void catch_up(std::int64_t rows) {
    ASSERT_EQ(outcome(read([&](Tx& tx) { return columns::Shelf::of(tx).catch_up(tx, static_cast<std::uint64_t>(rows)); })), "ok");
  }
  void put_away() {
    ASSERT_EQ(outcome(read([](Tx& tx) { return columns::Shelf::of(tx).put_away(); })), "ok");
  }
  columns::Figures figures() {
    return *read([](Tx& tx) { return columns::figures(tx); });
  }
  std::map<std::int64_t, std::string> collect(std::vector<std::int64_t> kinds = {}) {
    const auto v = view();
    return columns::scan(*v, {.threads = 2}, Collect{.kinds = std::move(kinds), .seen = {}, .view = v.get()}).seen;
  }
  ShelfShape shape_;
};

/// The oracle: what was appended, in order.
struct Happened { std::int64_t person, at, kind, source; std::string line; };

struct Oracle {
  std::vector<Happened> log;
  std::map<std::int64_t, std::string> collect(const std::vector<std::int64_t>& kinds = {}) const {
    auto sorted = log;
    std::ranges::stable_sort(sorted, {}, &Happened::at);
    std::map<std::int64_t, std::string> out;
    for (const auto& h : sorted)
      if (kinds.empty() || std::ranges::find(kinds, h.kind) != kinds.end()) out[h.person] += h.line;
    return out;
  }
};

/// The first person the two see differently.
std::string difference(const std::map<std::int64_t, std::string>& got, const std::map<std::int64_t, std::string>& want) {
  for (const auto& [person, text] : want) {
    const auto at = got.find(person);
    if (at == got.end() || at->second != text) return std::to_string(person) + "\ngot:\n" + (at == got.end() ? "" : at->second) + "want:\n" + text;
  }
  return got.size() == want.size() ? "" : "people nobody knows";
}

class ColumnsSim : public ::testing::TestWithParam<unsigned> {};

TEST_P(ColumnsSim, ScansMatchAPlainListOverSealsMergesAndRestarts) {
  std::mt19937_64 rng(GetParam());
  const auto below = [&](std::uint64_t n) { return static_cast<std::int64_t>(rng() % n); };
  ColumnsWorld w({.chunk_rows = 8 + static_cast<std::uint32_t>(below(20)), .seal_rows = 64});
  Oracle oracle;
  const char* const kinds[] = {"page_viewed", "order_paid_x", "code_x", "cart_x"};
  const char* const sources[] = {"", "web", "shop"};
  std::map<std::string, std::int64_t> kind_ids;
  for (int round = 0; round < 60; ++round) {
    const auto many = below(40);
    for (std::int64_t i = 0; i < many; ++i) {
      const auto person = 1 + below(30);
      const auto at = 1'700'000'000'000 + below(50) * 1000 + (below(3) == 0 ? below(1000) : 0);
      const auto* kind = kinds[below(4)];
      const auto source = below(3);
      const auto amount = below(3) == 0 ? 1 + below(100'000) : 0, subject = below(4) == 0 ? 1 + below(50) : 0;
      std::string props = "{\"z\":1", line;
      const auto field = [&](bool there, const std::string& json, const std::string& text) {
        if (there) props += "," + json;
        line += "|" + (there ? text : std::string());
      };
      line += "|" + (amount != 0 ? std::to_string(amount) : "") + "|" + (subject != 0 ? std::to_string(subject) : "");
      const auto channel = "c" + std::to_string(below(200));
      field(below(2) == 0, "\"channel\":\"" + channel + "\"", channel);
      const auto n = below(70'000) - 100;
      field(below(2) == 0, "\"n\":" + std::to_string(n), std::to_string(n));
      const auto ratio = static_cast<double>(below(100)) + 0.5;
      field(below(9) == 0, "\"ratio\":" + std::to_string(ratio), std::to_string(ratio));
      const bool ok = below(2) == 0;
      field(below(3) == 0, std::string("\"ok\":") + (ok ? "true" : "false"), ok ? "1" : "0");
      field(below(3) == 0, R"("tags":["a",7,"b\"c"])", R"([a][7][b"c]["a"][7]["b\"c"])");  // the 7 is not told by texts
      const bool lines = below(30) == 0;
      field(lines, R"("lines":[{"sku":"S1", "q":1},{"sku":"S2"}])", R"([{"sku":"S1","q":1}][{"sku":"S2"}])");
      line += lines ? "|[S1][S2]" : "|";
      field(below(9) == 0, R"("none":[])", "[]");
      field(below(5) == 0, R"("touch":{"channel":"live"})", "live");
      props += "}";
      ASSERT_EQ(outcome(w.write([&](Tx& tx) {
        return accept(tx, {.kind = kind, .person = {person}, .subject = subject, .at = from_ms(at), .source = sources[source], .props = props, .amount_fen = amount});
      })), "ok");
      if (kind_ids[kind] == 0) {
        const auto found = w.read([&](Tx& tx) { return find_kind(tx, kind); });
        ASSERT_TRUE(found && found->has_value()) << kind;
        kind_ids[kind] = (*found)->id;
      }
      const auto source_id = source == 0 ? 0 : w.number(std::string("SELECT id FROM event_source WHERE name = '") + sources[source] + "'");
      oracle.log.push_back({person, at, kind_ids[kind], source_id, std::to_string(at) + ":" + std::to_string(kind_ids[kind]) + ":" + std::to_string(source_id) + line + "\n"});
    }
    if (below(4) == 0) w.catch_up(1 + below(40));  // as far as that: it may stay behind
    if (below(3) == 0) w.work();
    if (below(12) == 0) {
      if (below(2) == 0) w.put_away();
      w.reopen();
      w.warm();
    }
    if (below(3) != 0) continue;
    ASSERT_EQ(difference(w.collect(), oracle.collect()), "") << "seed " << GetParam() << " round " << round;
    const std::vector<std::int64_t> two{kind_ids["page_viewed"], kind_ids["cart_x"]};
    ASSERT_EQ(difference(w.collect(two), oracle.collect(two)), "") << "seed " << GetParam() << " round " << round;
  }
  w.work();
  EXPECT_EQ(difference(w.collect(), oracle.collect()), "");
  EXPECT_EQ(outcome(w.read([](Tx& tx) { return columns::Shelf::of(tx).verify(tx); })), "ok");
  EXPECT_EQ(w.figures().rows, oracle.log.size());
}

INSTANTIATE_TEST_SUITE_P(Seeds, ColumnsSim, ::testing::Range(1U, 9U));

std::vector<std::filesystem::path> part_files(const World& w) {
  std::vector<std::filesystem::path> out;
  for (const auto& entry : std::filesystem::directory_iterator(w.dir() + "/columns")) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

void fill(ColumnsWorld& w, Oracle& oracle, int events) {
  for (int i = 0; i < events; ++i) {
    const std::int64_t person = 1 + i % 7, at = 1'700'000'000'000 + i * 997 % 5000;
    ASSERT_EQ(outcome(w.write([&](Tx& tx) { return append(tx, {.kind = "page_viewed", .person = {person}, .at = from_ms(at)}); })), "ok");
    oracle.log.push_back({person, at, 1, 0, std::to_string(at) + ":1:0|||||||||||\n"});
  }
  (void)w.view();
}

TEST(Columns, ATornCutOrMissingPartIsNoticedAndMadeAgain) {
  ColumnsWorld w({.chunk_rows = 16, .seal_rows = 32});
  Oracle oracle;
  fill(w, oracle, 300);
  w.work();
  ASSERT_FALSE(part_files(w).empty());
  for (const int how : {0, 1, 2, 3, 4}) {
    const auto file = part_files(w).front();
    const auto size = std::filesystem::file_size(file);
    if (how == 0) std::filesystem::remove(file);
    if (how == 1) std::filesystem::resize_file(file, size / 2);
    if (how >= 2) {
      std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
      bytes.seekp(static_cast<std::streamoff>(how == 2 ? size - 100 : 70));  // the table; where people begin
      bytes.put('\x5A');
    }
    const auto verdict = outcome(w.read([](Tx& tx) { return columns::Shelf::of(tx).verify(tx); }));
    EXPECT_EQ(verdict, how >= 3 ? "events.columns_damaged" : verdict);
    if (how != 3) {
      w.reopen();
      w.warm();
    } else {
      EXPECT_FALSE(*w.read([](Tx& tx) { return columns::Shelf::of(tx).check_files(); }));
    }
    EXPECT_EQ(difference(w.collect(), oracle.collect()), "") << how;
    w.work();
  }
  EXPECT_EQ(outcome(w.read([](Tx& tx) { return columns::Shelf::of(tx).verify(tx); })), "ok");
}

/// A second server on the same store.
std::unique_ptr<Db> second_server(ColumnsWorld& w) {
  store::Options options;
  options.address = w.address();
  options.data_dir = w.dir();
  options.clock = &w.clock();
  return Db::open(options).value();
}

TEST(Columns, WhatIsAcknowledgedIsSeenBesideAWriterThatTakesItsTime) {
  if (!testing::on_postgres()) return;  // one writer: the order of commits is the order of rows
  ColumnsWorld w({.chunk_rows = 16, .seal_rows = 32});
  Oracle oracle, all;
  fill(w, oracle, 100);
  auto other = second_server(w);
  EXPECT_EQ(outcome(other->write([&](Tx& tx) -> Result<> {
    TRY(append(tx, {.kind = "page_viewed", .person = {3}, .at = from_ms(1'700'000'000'500)}));
    all.log.push_back({3, 1'700'000'000'500, 1, 0, "1700000000500:1:0|||||||||||\n"});
    for (int i = 0; i < 3; ++i) {
      fill(w, oracle, 20);  // more than a chunk, and all beyond the line
      EXPECT_EQ(difference(w.collect(), oracle.collect()), "") << i;
    }
    return {};
  })), "ok");
  all.log.insert(all.log.end(), oracle.log.begin(), oracle.log.end());
  EXPECT_EQ(difference(w.collect(), all.collect()), "") << "and each once when the line has moved";
  EXPECT_EQ(w.view()->events(), all.log.size());
}

TEST(Columns, AfterAStopNothingIsReadFromTheLogAgain) {
  ColumnsWorld w({.chunk_rows = 16, .seal_rows = 640});
  const auto append = [&](int rows) {
    for (int i = 0; i < rows; ++i)
      ASSERT_EQ(outcome(w.write([&](Tx& tx) { return accept(tx, {.kind = "page_viewed", .person = {1 + i % 7}, .at = from_ms(1'700'000'000'000 + i)}); })), "ok");
  };
  append(100);
  (void)w.view();
  w.put_away();
  EXPECT_EQ(w.figures().file_rows, 100U);
  w.reopen();
  w.warm();
  EXPECT_EQ(w.view()->events(), 100U);
  EXPECT_EQ(w.figures().files, 1U);
  append(5);  // too few for a file of their own
  (void)w.view();
  w.put_away();
  EXPECT_EQ(w.figures().file_rows, 100U);
  EXPECT_EQ(w.view()->events(), 105U);
}

TEST(Columns, PartsStayFewAndEachRowIsWrittenAFewTimes) {
  ColumnsWorld w({.chunk_rows = 8, .seal_rows = 16});
  Oracle oracle;
  for (int i = 0; i < 64; ++i) {
    fill(w, oracle, 16);
    w.work();
  }
  const auto f = w.figures();
  EXPECT_EQ(f.rows, 1024U);
  EXPECT_LE(f.files, 7U);
  EXPECT_LE(f.woven_rows, 8 * f.rows);
  EXPECT_EQ(part_files(w).size(), f.files);
}

TEST(Columns, ARosterKnowsWhoCameLate) {
  std::mt19937_64 rng(3);
  columns::Roster roster;
  std::vector<std::int64_t> nodes, known;
  for (std::int64_t i = 1; i <= 3000; ++i) nodes.push_back(i * 7);
  for (std::size_t i = 0; i + 40 < nodes.size(); i += 1 + rng() % 3) std::swap(nodes[i], nodes[i + rng() % 40]);  // mostly in order
  std::map<std::int64_t, columns::Ordinal> want;
  for (const auto node : nodes) {
    const auto o = roster.add(node);
    EXPECT_EQ(o, want.size());
    EXPECT_EQ(roster.add(node), o);
    want[node] = o;
  }
  for (const auto& [node, o] : want) {
    known.push_back(node);
    EXPECT_EQ(roster.find(node), o);
    EXPECT_EQ(roster.node(o), node);
    EXPECT_EQ(roster.find(node + 1), columns::kNobody);
  }
  std::vector<columns::Ordinal> ordinals;
  for (const auto node : known) ordinals.push_back(want[node]);
  EXPECT_EQ(roster.ordinals(known), ordinals);
}

TEST(Columns, PlainAndWideInstructionsSeeTheSame) {
  if (columns::cpu() == columns::Cpu::plain) GTEST_SKIP() << "this machine has no AVX2";
  std::mt19937_64 rng(7);
  columns::ImageWriter out;
  columns::Rows rows(0);
  for (int i = 0; i < 3000; ++i) {
    RawRow row;
    row.seq = i + 1;
    row.kind = 1 + static_cast<std::int64_t>(rng() % 240);
    row.person = {1};
    row.at = i;
    row.received_at = i;
    row.props = "{}";
    rows.add(row);
  }
  const auto part = *rows.to_part();
  for (int turn = 0; turn < 200; ++turn) {
    std::vector<std::int64_t> kinds;
    for (std::uint64_t i = 0; i <= rng() % 12; ++i) kinds.push_back(1 + static_cast<std::int64_t>(rng() % 250));
    const columns::Wanted wanted(*part, kinds);
    const auto begin = static_cast<std::uint32_t>(rng() % 3000), end = begin + static_cast<std::uint32_t>(rng() % (3001 - begin));
    const auto stop = 1 + rng() % 150;
    std::vector<std::uint32_t> seen, want;
    columns::each_match(*part, wanted, columns::Run{begin, end}, [&](std::uint32_t row) {
      seen.push_back(row);
      return row % stop == 0;
    });
    for (auto row = begin; row < end; ++row) {
      if (!wanted.has(part->kind_code(row))) continue;
      want.push_back(row);
      if (row % stop == 0) break;
    }
    ASSERT_EQ(seen, want) << turn;
  }
}

}  // namespace
}  // namespace koi::events
