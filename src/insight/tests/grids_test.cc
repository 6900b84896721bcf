#include <gtest/gtest.h>

#include <algorithm>

#include "insight/answers.h"

namespace koi::insight {
namespace {

const Zone kChina = *Zone::find("Asia/Shanghai");
std::int64_t on(std::string_view day) { return to_ms(kChina.start_of(*parse_day(day))); }

/// Sales as load_sales gives them, from short rows.
std::vector<Sale> sales_of(std::initializer_list<Sale> rows) {
  std::vector<Sale> out(rows);
  std::ranges::sort(out, [](const Sale& a, const Sale& b) { return std::pair(a.person, a.at) < std::pair(b.person, b.at); });
  return out;
}

TEST(Rfm, QuintileIsOnePlusFiveTimesTheStrictlySmallerPart) {
  std::vector<Sale> sales;
  for (int i = 1; i <= 10; ++i) sales.push_back({i, i <= 4 ? 1000 : i * 1000, i <= 8 ? 50 : 900, true, true});
  const auto got = score_buyers(sales, {}, 1'000'000);
  ASSERT_EQ(got.size(), 10u);
  const int r[] = {1, 1, 1, 1, 3, 3, 4, 4, 5, 5};  // 4 share the smallest; then 4, 5, 6 … of 10 are smaller
  const int m[] = {1, 1, 1, 1, 1, 1, 1, 1, 5, 5};  // 8 of 10 smaller: 1 + floor(4.0)
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(got[static_cast<std::size_t>(i)].r, r[i]) << i;
    EXPECT_EQ(got[static_cast<std::size_t>(i)].m, m[i]) << i;
    EXPECT_EQ(got[static_cast<std::size_t>(i)].f, 1);
  }
}

TEST(Rfm, CutsScoreByTheBoundsAndTiersByTheHighMark) {
  const RfmSpec spec{.as_of = {}, .method = "cuts", .r_days = "7,30,60,90", .f_orders = "2,3,5,8", .m_fen = "100,200,500,1000", .high = 4};
  const auto rule = rfm_rule(spec);
  ASSERT_TRUE(rule);
  const auto now = on("2026-03-31");
  const auto got = score_buyers(sales_of({{1, now - 5 * kDayMs, 2000, true, true},
                                          {2, now - 61 * kDayMs, 100, true, true},
                                          {2, now - 60 * kDayMs - 1, 99, true, false},
                                          {3, now - 500 * kDayMs, 1, true, true},
                                          {4, now, 1, true, true}}), *rule, now);
  ASSERT_EQ(got.size(), 3u);  // the purchase at the instant itself is not before it
  EXPECT_EQ(std::tuple(got[0].r, got[0].f, got[0].m), (std::tuple(5, 1, 5)));
  EXPECT_EQ(std::tuple(got[1].r, got[1].f, got[1].m), (std::tuple(3, 2, 2)));
  EXPECT_EQ(std::tuple(got[2].r, got[2].f, got[2].m), (std::tuple(1, 1, 1)));
  EXPECT_EQ(kTiers[static_cast<std::size_t>(got[0].tier(4))].name, "grow_high");
  EXPECT_EQ(kTiers[static_cast<std::size_t>(got[2].tier(4))].name, "win_back_low");
}

TEST(Rfm, RefusesRulesThatMeanNothing) {
  const auto code = [](RfmSpec spec) {
    auto got = rfm_rule(spec);
    return got ? std::string("ok") : got.error().pointer;
  };
  EXPECT_EQ(code({}), "ok");
  EXPECT_EQ(code({{}, "median", {}, {}, {}, {}}), "/method");
  EXPECT_EQ(code({{}, {}, {}, {}, {}, 6}), "/high");
  EXPECT_EQ(code({{}, "cuts", "1,2,3", "1,2,3,4", "1,2,3,4", {}}), "/r_days");
  EXPECT_EQ(code({{}, "cuts", "1,2,3,4", "1,2,2,4", "1,2,3,4", {}}), "/f_orders");
  EXPECT_EQ(code({{}, "cuts", "1,2,3,4", "1,2,3,4", "1,2,x,4", {}}), "/m_fen");
}

TEST(Rfm, MovementComparesWithTheSameDayAMonthEarlier) {
  const auto now = from_ms(on("2026-03-31"));
  const auto got = rfm_of(sales_of({{1, on("2026-01-05"), 100, true, true}, {2, on("2026-03-10"), 900, true, true}}), {}, kChina, now);
  ASSERT_TRUE(got);
  EXPECT_EQ(to_ms(got->compared_with), on("2026-02-28"));
  std::int64_t fresh = 0, all = 0;
  for (const auto& move : got->movement) {
    all += move.people;
    if (move.from.empty()) fresh += move.people;
  }
  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(all, got->people);
}

TEST(Cohorts, CountDistinctBuyersByMonthAndKeepEveryFen) {
  const auto sales = sales_of({{0, on("2026-01-02"), 7, true, false},
                               {1, on("2026-01-31") + 86'399'999, 100, true, true},
                               {1, on("2026-02-01"), 50, true, false},
                               {1, on("2026-02-20"), 50, true, false},
                               {1, on("2026-02-21"), -30, false, false},
                               {2, on("2026-02-10"), 10, true, true},
                               {2, on("2026-04-10"), 20, true, false},
                               {3, on("2026-02-11"), -5, false, false}});
  const auto calendar = calendar_of(sales, kChina, from_ms(on("2026-05-01")));
  const auto got = cohorts_of(sales, calendar, from_ms(on("2026-05-01")));
  ASSERT_EQ(got.cohorts.size(), 2u);
  EXPECT_EQ(got.cohorts[0].month, "2026-01");
  EXPECT_EQ(got.cohorts[0].active, (std::vector<std::int64_t>{1, 1}));
  EXPECT_EQ(got.cohorts[0].net_fen, (std::vector<std::int64_t>{100, 70}));
  EXPECT_EQ(got.cohorts[1].active, (std::vector<std::int64_t>{1, 0, 1}));
  EXPECT_EQ(got.outside_fen, 7 - 5);
  EXPECT_EQ(got.net_fen, 7 + 100 + 50 + 50 - 30 + 10 + 20 - 5);
}

TEST(Intervals, CurveIsKaplanMeierOverLaterDays) {
  const auto now = on("2026-04-11");
  const auto sales = sales_of({{1, on("2026-01-01"), 1, true, true}, {1, on("2026-01-01") + 1000, 1, true, false},
                               {1, on("2026-01-11"), 1, true, false},                  // after 10 days
                               {2, on("2026-01-01"), 1, true, true},                   // never: censored at 99
                               {3, on("2026-04-01"), 1, true, true},                   // censored at 9, before anybody came back
                               {4, on("2026-01-01"), 1, true, true}, {4, on("2026-01-31"), 1, true, false}});
  const auto got = intervals(sales, calendar_of(sales, kChina, from_ms(now)), now);
  EXPECT_EQ(got.buyers, 4);
  EXPECT_EQ(got.repeaters, 2);
  EXPECT_EQ(got.gaps, 2);
  double at_10 = 0, at_30 = 0;
  for (const auto& step : got.curve) {
    if (step.day == 10) {
      at_10 = step.share;
      EXPECT_EQ(step.at_risk, 3);
    } else if (step.day == 30) {
      at_30 = step.share;
      EXPECT_EQ(step.at_risk, 2);
    }
  }
  EXPECT_DOUBLE_EQ(at_10, 1 - 2.0 / 3);
  EXPECT_DOUBLE_EQ(at_30, 1 - 2.0 / 3 * 0.5);
  EXPECT_EQ(got.gap_median, 10);
}

TEST(Trend, NamesNewBuyersRepeatMoneyAndUnknownBuyers) {
  const auto sales = sales_of({{0, on("2026-01-02"), 7, true, false},
                               {1, on("2026-01-10"), 100, true, true}, {1, on("2026-01-11"), 40, true, false},
                               {1, on("2026-02-03"), 60, true, false}, {2, on("2026-02-04"), 5, true, true}});
  const auto got = trend_of(sales, 9, {.by = "month", .periods = 2, .as_of = {}}, kChina, from_ms(on("2026-02-20")));
  ASSERT_TRUE(got);
  ASSERT_EQ(got->periods.size(), 2u);
  const auto& jan = got->periods[0];
  EXPECT_EQ(std::tuple(jan.period, jan.orders, jan.buyers, jan.new_buyers, jan.net_fen, jan.repeat_fen),
            (std::tuple(std::string("2026-01"), 3, 1, 1, 147, 40)));
  EXPECT_EQ(got->periods[1].buyers, 2);
  EXPECT_EQ(got->periods[1].new_buyers, 1);
  EXPECT_EQ(got->totals.people, 9);
  EXPECT_EQ(got->totals.orders, 5);
}

TEST(Calendar, FollowsTheWallClockAcrossClockChanges) {
  const auto paris = *Zone::find("Europe/Paris");
  const auto at = [&](std::string_view text) { return to_ms(*parse_rfc3339(text)); };
  const Calendar calendar(paris, at("2026-03-01T00:00:00Z"), at("2026-11-01T00:00:00Z"));
  EXPECT_EQ(calendar.month_of(at("2026-03-31T21:59:59.999Z")), calendar.month_of(at("2026-03-15T00:00:00Z")));
  EXPECT_EQ(calendar.month_of(at("2026-03-31T22:00:00Z")), calendar.month_of(at("2026-04-15T00:00:00Z")));
  EXPECT_EQ(calendar.day_of(at("2026-03-29T22:00:00Z")) - calendar.day_of(at("2026-03-28T23:00:00Z")), 1);
  EXPECT_EQ(month_text(*parse_month("2026-11")), "2026-11");
  EXPECT_FALSE(parse_month("2026-13"));
}

}  // namespace
}  // namespace koi::insight
