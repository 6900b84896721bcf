// The merchant's own cuts: saved by version, in force wherever a question brings no rule of its own.
#include <boost/json.hpp>

#include "insight/rfm_setting.h"
#include "insight/tests/pond_world.h"

namespace koi::insight::testing {
namespace {

const store::Author kSomebody{"user", 7, "Lin"};

struct CutPond : PondWorld {
  CutPond() {
    clock().set(*parse_rfc3339("2026-06-30T04:00:00Z"));
    for (int i = 1; i <= 5; ++i)
      for (int k = 0; k < i; ++k)
        order("o" + std::to_string(i * 10 + k), person("b" + std::to_string(i)), clock().now() - std::chrono::days{30 * i + k}, 1000 * i);
  }
  boost::json::value send(std::string_view method, std::string_view path, std::string body = {}, std::string cell = {}) {
    DeskCall call(db(), Scope::everything("test"), std::move(body));
    if (!cell.empty()) call.with("cell", std::move(cell));
    const auto text = call.send(routes(), method, path);
    boost::system::error_code ec;
    auto json = boost::json::parse(text, ec);
    return ec ? boost::json::value(text) : json;
  }
};

TEST(RfmSetting, IsOfTheHouseUntilSomebodySavesOneAndEveryVersionStays) {
  CutPond w;
  EXPECT_EQ(w.read([](Tx& tx) { return rfm_setting(tx); })->version, 0);
  const RfmSetting cuts{.version = 0, .method = "cuts", .r_days = "40, 70,100,130", .f_orders = "1,2,3,4", .m_fen = "1000,4000,9000,16000",
                        .high = 3, .note = " two visits a month ", .at = {}};
  const auto save = [&](std::int64_t had, const RfmSetting& wanted) {
    return w.write([&](Tx& tx) { return save_rfm_setting(tx, kSomebody, had, wanted); });
  };
  const auto saved = save(0, cuts);
  w.check(saved);
  EXPECT_EQ(saved->version, 1);
  EXPECT_EQ(saved->r_days, "40,70,100,130");
  EXPECT_EQ(saved->note, "two visits a month");
  EXPECT_EQ(outcome(save(0, cuts)), "insight.stale");
  struct { RfmSetting wanted; const char* code; } const rows[] = {
      {{.version = 0, .method = "median", .r_days = {}, .f_orders = {}, .m_fen = {}, .high = 4, .note = {}, .at = {}}, "insight.bad_spec"},
      {{.version = 0, .method = "cuts", .r_days = "1,2,3", .f_orders = "1,2,3,4", .m_fen = "1,2,3,4", .high = 4, .note = {}, .at = {}}, "insight.bad_spec"},
      {{.version = 0, .method = "quintile", .r_days = {}, .f_orders = {}, .m_fen = {}, .high = 6, .note = {}, .at = {}}, "insight.bad_spec"},
      {{.version = 0, .method = "quintile", .r_days = {}, .f_orders = {}, .m_fen = {}, .high = 4, .note = std::string(201, 'x'), .at = {}}, "insight.note"},
  };
  for (const auto& row : rows) EXPECT_EQ(outcome(save(1, row.wanted)), row.code);
  w.check(save(1, RfmSetting{}));
  const auto all = w.read([](Tx& tx) { return rfm_settings(tx, 10); });
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].method, "quintile");
  EXPECT_EQ((*all)[1].f_orders, "1,2,3,4");
}

TEST(RfmSetting, SpeaksInGridListAndKeptAnswersAlike) {
  CutPond w;
  const auto first = w.send("GET", "/v1/insight/rfm");
  EXPECT_EQ(first.at("method").as_string(), "quintile");
  EXPECT_EQ(first.at("bounds").at("f_orders"), (boost::json::array{2, 3, 4, 5}));
  EXPECT_EQ(first.at("bounds").at("r_days"), (boost::json::array{120, 90, 60, 30}));
  const auto saved = w.send("PUT", "/v1/insight/rfm/setting",
                            R"({"method":"cuts","r_days":"40,70,100,130","f_orders":"1,2,3,4","m_fen":"1000,4000,9000,16000","high":3})");
  EXPECT_EQ(saved.at("version").as_int64(), 1);
  const auto now = w.send("GET", "/v1/insight/rfm");  // at once, although an answer was kept a moment ago
  EXPECT_EQ(now.at("method").as_string(), "cuts");
  EXPECT_EQ(now.at("high").as_int64(), 3);
  EXPECT_EQ(now.at("bounds").at("r_days"), (boost::json::array{130, 100, 70, 40}));
  const auto best = w.send("GET", "/v1/insight/rfm/people", {}, "522");
  ASSERT_EQ(best.at("data").as_array().size(), 1u);  // 30 days ago, once, 1,000 fen
  const auto shown = w.send("GET", "/v1/insight/rfm/setting");
  EXPECT_EQ(shown.at("current").at("version").as_int64(), 1);
  EXPECT_EQ(shown.at("history").as_array().size(), 1u);
}

}  // namespace
}  // namespace koi::insight::testing
