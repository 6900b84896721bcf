#include <zlib.h>

#include <boost/json.hpp>
#include <map>
#include <set>

#include "base/text.h"
#include "insight/tests/pond_world.h"

// Public data sets through the real operations, against counts made here from the files alone with plain maps.

namespace koi::insight::testing {
namespace {

namespace json = boost::json;

using Row = std::vector<std::string>;

std::string read_gz(const std::string& path) {
  std::string text, part(1 << 20, '\0');
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return text;
  for (int n = 0; (n = gzread(file, part.data(), static_cast<unsigned>(part.size()))) > 0;)
    text.append(part, 0, static_cast<std::size_t>(n));
  gzclose(file);
  return text;
}

/// Calls fn(row) for each line of a gzipped CSV but the header; quoted cells as in RFC 4180, one line a row.
template <class F>
void each_row(const std::string& path, F&& fn) {
  const auto text = read_gz(path);
  Row row;
  for (auto line = text.find('\n') + 1; line < text.size();) {
    const auto end = std::min(text.find('\n', line), text.size());
    row.clear();
    for (auto cell = line; cell <= end;) {
      const bool quoted = cell < end && text[cell] == '"';
      auto stop = quoted ? text.find('"', cell + 1) : std::min(text.find(',', cell), end);
      while (quoted && text[stop + 1] == '"') stop = text.find('"', stop + 2);
      row.push_back(quoted ? text.substr(cell + 1, stop - cell - 1) : text.substr(cell, stop - cell));
      cell = stop + (quoted ? 2 : 1);
    }
    fn(row);
    line = end + 1;
  }
}

/// "2010-12-01 08:26" and "1997-01-01" as the merchant's wall clock.
Instant wall_clock(const std::string& text) {
  static const Zone zone = *Zone::find("Asia/Shanghai");
  const auto day = *parse_day(text.substr(0, 10));
  std::chrono::local_time<Millis> at{day.time_since_epoch()};
  if (text.size() > 10) at += std::chrono::hours{std::stoi(text.substr(11, 2))} + std::chrono::minutes{std::stoi(text.substr(14, 2))};
  return zone.at(at);
}
std::int64_t fen_of(const std::string& text) { return std::llround(std::stod(text) * 100); }

struct Purchase { std::string order_no, customer, when; std::int64_t fen = 0; };

std::vector<Purchase> cdnow(const std::string& file, std::size_t customer, std::size_t date, std::size_t amount) {
  std::vector<Purchase> out;
  each_row(koi::testing::shared_folder() + "/data/cdnow/" + file, [&](const Row& row) {
    out.push_back({std::to_string(out.size() + 1), row[customer], row[date], fen_of(row[amount])});
  });
  return out;
}

void load(PondWorld& w, const std::vector<Purchase>& purchases) {
  constexpr std::size_t kBatch = 2'000;
  std::map<std::string, PersonId> known;  // each customer is resolved once
  for (std::size_t from = 0; from < purchases.size(); from += kBatch) {
    const auto end = std::min(from + kBatch, purchases.size());
    w.check(w.write([&](Tx& tx) -> Result<> {
      for (auto i = from; i < end; ++i) {
        const auto& p = purchases[i];
        auto& who = known[p.customer];
        if (!who && !p.customer.empty()) { TRY(who, PondWorld::resolve(tx, p.customer)); }
        TRY(commerce::upsert_order(tx, PondWorld::order_in(p.order_no, who, wall_clock(p.when), p.fen)));
      }
      return {};
    }));
  }
}

/// What RFM should say, from the file alone: every score by counting who is smaller.
std::map<std::string, std::pair<int, std::int64_t>> rfm_by_hand(const std::vector<Purchase>& purchases) {
  struct Buyer { std::string last; int times = 0; std::int64_t fen = 0; };
  std::map<std::string, Buyer> buyers;
  for (const auto& p : purchases) {
    auto& b = buyers[p.customer];
    b.last = std::max(b.last, p.when);
    ++b.times, b.fen += p.fen;
  }
  std::map<std::string, int> last_smaller;
  std::map<int, int> times_smaller;
  std::map<std::int64_t, int> fen_smaller;
  for (const auto& [_, b] : buyers) ++last_smaller[b.last], ++times_smaller[b.times], ++fen_smaller[b.fen];
  const auto run_up = [](auto& counts) { int below = 0; for (auto& [_, n] : counts) below += std::exchange(n, below); };
  run_up(last_smaller), run_up(times_smaller), run_up(fen_smaller);
  const int n = static_cast<int>(buyers.size());
  std::map<std::string, std::pair<int, std::int64_t>> cells;
  for (const auto& [_, b] : buyers) {
    const int r = 1 + 5 * last_smaller[b.last] / n, f = 1 + 5 * times_smaller[b.times] / n, m = 1 + 5 * fen_smaller[b.fen] / n;
    auto& cell = cells[std::to_string(r) + std::to_string(f) + std::to_string(m)];
    ++cell.first, cell.second += b.fen;
  }
  return cells;
}

/// And what the cohort grid should: (cohort month, month) -> distinct buyers, money.
std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, std::int64_t>> cohorts_by_hand(const std::vector<Purchase>& purchases) {
  std::map<std::string, std::string> first;
  for (const auto& p : purchases) {
    auto [at, fresh] = first.try_emplace(p.customer, p.when);
    if (!fresh) at->second = std::min(at->second, p.when);
  }
  std::map<std::pair<std::string, std::string>, std::pair<std::int64_t, std::int64_t>> grid;
  std::set<std::pair<std::string, std::string>> seen;
  for (const auto& p : purchases) {
    auto& cell = grid[{first[p.customer].substr(0, 7), p.when.substr(0, 7)}];
    cell.first += seen.emplace(p.customer, p.when.substr(0, 7)).second;
    cell.second += p.fen;
  }
  return grid;
}

void expect_rfm(PondWorld& w, const std::vector<Purchase>& purchases) {
  const auto got = json::parse(w.ask("rfm"));
  auto want = rfm_by_hand(purchases);
  for (const auto& cell : got.at("cells").as_array()) {
    const auto name = std::to_string(cell.at("r").as_int64()) + std::to_string(cell.at("f").as_int64()) + std::to_string(cell.at("m").as_int64());
    EXPECT_EQ(cell.at("people").as_int64(), want[name].first) << name;
    EXPECT_EQ(cell.at("net_fen").as_int64(), want[name].second) << name;
  }
  EXPECT_EQ(got.at("cells").as_array().size(), want.size());
}

void expect_cohorts(PondWorld& w, const std::vector<Purchase>& purchases) {
  const auto got = json::parse(w.ask("cohorts"));
  auto want = cohorts_by_hand(purchases);
  std::size_t cells = 0;
  for (const auto& row : got.at("cohorts").as_array()) {
    const std::string month(row.at("month").as_string());
    int y = std::stoi(month.substr(0, 4)), m = std::stoi(month.substr(5, 2));
    for (std::size_t k = 0; k < row.at("active").as_array().size(); ++k) {
      const auto text = std::to_string(y) + (m < 10 ? "-0" : "-") + std::to_string(m);
      const auto at = want.find({month, text});
      EXPECT_EQ(row.at("active").as_array()[k].as_int64(), at == want.end() ? 0 : at->second.first) << month << " " << text;
      EXPECT_EQ(row.at("net_fen").as_array()[k].as_int64(), at == want.end() ? 0 : at->second.second) << month << " " << text;
      cells += at != want.end();
      if (++m == 13) m = 1, ++y;
    }
  }
  EXPECT_EQ(cells, want.size());
}

/// The same two, asked of the columns of the log instead of the orders.
void expect_behaviour(PondWorld& w, const std::vector<Purchase>& purchases) {
  auto cells = rfm_by_hand(purchases);
  const auto rfm = json::parse(w.ask("behaviour-rfm", R"({"event":"order_paid"})"));
  for (const auto& cell : rfm.at("cells").as_array()) {
    const auto name = std::to_string(cell.at("r").as_int64()) + std::to_string(cell.at("f").as_int64()) + std::to_string(cell.at("m").as_int64());
    EXPECT_EQ(cell.at("people").as_int64(), cells[name].first) << name;
    EXPECT_EQ(cell.at("fen").as_int64(), cells[name].second) << name;
  }
  EXPECT_EQ(rfm.at("cells").as_array().size(), cells.size());

  auto first = purchases.front().when, last = first;
  for (const auto& p : purchases) first = std::min(first, p.when), last = std::max(last, p.when);
  const auto from = to_rfc3339(wall_clock(first.substr(0, 7) + "-01")), to = to_rfc3339(wall_clock(last) + Millis{1});
  const auto grid = json::parse(w.ask("retention", R"({"first":"order_paid","unit":"month","periods":24,"from":")" + from + R"(","to":")" + to + "\"}"));
  auto want = cohorts_by_hand(purchases);
  std::size_t seen = 0;
  for (const auto& row : grid.at("cohorts").as_array()) {
    const std::string month(row.at("start").as_string());
    int y = std::stoi(month.substr(0, 4)), m = std::stoi(month.substr(5, 2));
    for (const auto& back : row.at("back").as_array()) {
      const auto text = std::to_string(y) + (m < 10 ? "-0" : "-") + std::to_string(m);
      const auto at = want.find({month.substr(0, 7), text});
      const auto people = back.is_null() ? 0 : back.as_int64();
      EXPECT_EQ(people, at == want.end() ? 0 : at->second.first) << month << " " << text;
      seen += at != want.end();
      if (++m == 13) m = 1, ++y;
    }
  }
  EXPECT_EQ(seen, want.size());
}

class PublicData : public ::testing::Test {
 protected:
  void SetUp() override {
    if (koi::testing::shared_folder().empty()) GTEST_SKIP() << "the folder of public data sets (KOI_SHARED) is not here";
  }
};

TEST_F(PublicData, CdnowSampleGridsEqualAPlainCount) {
  const auto purchases = cdnow("cdnow_sample.csv.gz", 0, 2, 4);
  ASSERT_EQ(purchases.size(), 6919u);
  PondWorld w;
  load(w, purchases);
  EXPECT_EQ(w.count("person"), 2357);
  expect_rfm(w, purchases);
  expect_cohorts(w, purchases);
  expect_behaviour(w, purchases);
}

TEST_F(PublicData, CdnowMasterGivesThePublishedTotals) {
  if (koi::testing::on_postgres() && !koi::testing::long_run()) GTEST_SKIP() << "tens of seconds here: KOI_LONG=1 runs it";
  const auto purchases = cdnow("cdnow_master.csv.gz", 0, 1, 3);
  PondWorld w;
  load(w, purchases);
  const auto totals = json::parse(w.ask("triangle")).at("totals");
  EXPECT_EQ(totals.at("people").as_int64(), 23'570);
  EXPECT_EQ(totals.at("buyers").as_int64(), 23'570);
  EXPECT_EQ(totals.at("orders").as_int64(), 69'659);
  EXPECT_EQ(totals.at("net_fen").as_int64(), 250'031'563);
  expect_rfm(w, purchases);
  expect_cohorts(w, purchases);
  expect_behaviour(w, purchases);
}

/// Invoices of Online Retail as orders: the rows of one invoice added up.
std::vector<Purchase> online_retail(bool sales_only) {
  std::map<std::string, Purchase> invoices;
  std::map<std::string, double> sums;
  each_row(koi::testing::shared_folder() + "/data/online_retail/online_retail.csv.gz", [&](const Row& row) {
    const double quantity = std::stod(row[3]), price = std::stod(row[5]);
    if (sales_only && (row[6].empty() || quantity <= 0 || price <= 0)) return;
    auto& p = invoices[row[0]];
    if (p.order_no.empty()) p = {row[0], row[6], row[4], 0};
    sums[row[0]] += quantity * price;
  });
  std::vector<Purchase> out;
  for (auto& [no, p] : invoices) {
    p.fen = std::llround(sums[no] * 100);
    out.push_back(p);
  }
  return out;
}

TEST_F(PublicData, OnlineRetailSalesGiveThePublishedCustomersRevenueAndCohorts) {
  const auto purchases = online_retail(true);
  ASSERT_EQ(purchases.size(), 18'532u);
  PondWorld w;
  load(w, purchases);
  const auto totals = json::parse(w.ask("triangle")).at("totals");
  EXPECT_EQ(totals.at("buyers").as_int64(), 4'338);
  EXPECT_NEAR(static_cast<double>(totals.at("net_fen").as_int64()), 891'140'790.4, 100);
  expect_cohorts(w, purchases);
  expect_behaviour(w, purchases);
  const auto grid = json::parse(w.ask("cohorts"));
  const std::vector<std::int64_t> december = {885, 324, 286, 340, 321, 352, 321, 309, 313, 350, 331, 445, 235};
  const std::vector<std::int64_t> january = {417, 92, 111, 96, 134, 120, 103, 101, 125, 136, 152, 49};
  EXPECT_EQ(json::value_to<std::vector<std::int64_t>>(grid.at("cohorts").at(0).at("active")), december);
  EXPECT_EQ(json::value_to<std::vector<std::int64_t>>(grid.at("cohorts").at(1).at("active")), january);

  std::map<std::string, std::set<std::string>> monthly;
  for (const auto& p : purchases) monthly[p.when.substr(0, 7)].insert(p.customer);
  const auto trend = json::parse(w.ask("trend", R"({"by":"month","periods":13,"as_of":"2011-12-31T00:00:00Z"})"));
  ASSERT_EQ(trend.at("periods").as_array().size(), monthly.size());
  for (const auto& row : trend.at("periods").as_array())
    EXPECT_EQ(row.at("buyers").as_int64(), static_cast<std::int64_t>(monthly[std::string(row.at("period").as_string())].size()));
}

TEST_F(PublicData, OnlineRetailWholeKeepsReturnsAndUnknownBuyersInTheTotal) {
  if (koi::testing::on_postgres() && !koi::testing::long_run()) GTEST_SKIP() << "tens of seconds here: KOI_LONG=1 runs it";
  PondWorld w;
  load(w, online_retail(false));
  const auto totals = json::parse(w.ask("triangle")).at("totals");
  EXPECT_EQ(totals.at("people").as_int64(), 4'372);
  EXPECT_EQ(totals.at("rows").as_int64(), 25'900);
  EXPECT_NEAR(static_cast<double>(totals.at("net_fen").as_int64()), 974'774'793.4, 100);
}

}  // namespace
}  // namespace koi::insight::testing
