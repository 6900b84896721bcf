#include <gtest/gtest.h>

#include "segments/sentence.h"
#include "segments/tests/random_rules.h"
#include "segments/text.h"

namespace koi::segments {

// Every construct, in both tongues.
TEST(Sentence, IsWhatAMerchantWouldSay) {
  struct { const char *rule, *zh, *en; } const rows[] = {
      {"everyone", "所有客户", "everyone"},
      {"nobody", "没有任何客户", "nobody"},
      {R"(count(order_paid within last 30d) >= 2 and not did(加入购物车 within last 14d) and store = "S1" and reachable("wecom", "marketing"))",
       "近30天支付订单≥2次，且近14天没有加入购物车，且归属门店为“S1”，且企微可触达(营销)",
       "the count of Order paid in the last 30 days is at least 2, and has no Added to cart in the last 14 days, and store is \"S1\", and is reachable on WeCom for marketing"},
      {R"(did(order_paid where amount >= 50元 and store_id = "S1" within this month))", "本月有过支付订单（金额≥50.00元，且store_id为“S1”）",
       "has Order paid (amount is at least 50.00元, and store_id is \"S1\") this month"},
      {R"(stage = "active" or (level in ("gold", "silver") and age < 30))", "生命周期阶段为活跃，或（等级为“gold”或“silver”，且age<30）",
       "life stage is active, or (level is \"gold\" or \"silver\", and age is below 30)"},
      {"not (age is missing)", "并非（age缺失）", "not (age is missing)"},
      {"none(age is set, budget > 3元)", "以下都不成立：（age已有，或budget>3.00元）", "none of these: (age is known, or budget is above 3.00元)"},
      {R"(tags has any ("偏好/奶茶") and tags under "渠道" and size(tags) >= 2)", "标签含有“偏好/奶茶”，且标签属于“渠道”，且标签的个数≥2",
       "tags include \"偏好/奶茶\", and tags is under \"渠道\", and the number of tags is at least 2"},
      {R"(staff.store under "华东/上海" and relation.days("stf_1") > 3 and referrals(2) >= 3)",
       "归属员工所在门店属于“华东/上海”，且与员工stf_1成为好友的天数>3，且2级以内邀请人数≥3",
       "owner's place is under \"华东/上海\", and days since befriending staff stf_1 is above 3, and people brought up to depth 2 is at least 3"},
      {R"(has_id("wx_unionid") and reachable("sms", "service") is false and consent("sms", "marketing") = "granted")",
       "有标识wx_unionid，且并非短信可触达(服务)，且短信的营销授权为已授权",
       "has an identifier wx_unionid, and not: is reachable on SMS for service, and consent for SMS marketing is granted"},
      {R"(in segment "老客" and not in segment "新客" and in list "名单一" and bucket("s", 0, 100))",
       "在人群“老客”中，且不在人群“新客”中，且在名单“名单一”中，且随机桶“s”的第0至100（共1000，不含尾）",
       "is in segment \"老客\", and is not in segment \"新客\", and is in list \"名单一\", and is in buckets 0 to 100 of 1000 of \"s\""},
      {"sum(order_paid.amount between 60d and 30d ago) > 100元", "60天前到30天前支付订单的金额合计>100.00元",
       "the total amount of Order paid between 60 days and 30 days ago is above 100.00元"},
      {"recency(order_paid) > 7d and trend(order_paid within last 30d) < 0.5", "距上次支付订单的时长>7天，且近30天支付订单与前一周期之比<0.5",
       "the time since the latest Order paid is above 7 days, and the ratio of Order paid in the last 30 days to the period before is below 0.5"},
      {"seq(code_scanned -> friend_added within 1h -> order_paid 2 times within 7d not refund_done between, same touch.code_id) within last 90d",
       "近90天依次扫描活码 → 加为好友（1小时内） → 支付订单2次（7天内）（其间没有退款完成），同一touch.code_id",
       "in turn Code scanned → Friend added within 1 hour → Order paid 2 times within 7 days without Refund done between, of the same touch.code_id in the last 90 days"},
      {"seq strict (code_scanned -> order_paid)", "紧接着依次扫描活码 → 支付订单", "in turn with nothing between Code scanned → Order paid"},
      {"seq any (code_scanned, order_paid) since refund_done", "自上次退款完成以来不分先后扫描活码、支付订单", "in any order Code scanned, Order paid since the latest Refund done"},
      {"did(加入购物车 within last 7d without order_paid within 24h after, same sku)", "近7天有过加入购物车，之后24小时内没有支付订单，同一sku",
       "has Added to cart in the last 7 days and no Order paid within 24 hours after it, of the same sku"},
      {R"(did(order_paid where any lines where (sku = "c1" and qty >= 2) between 2026-01-01 and 2026-02-01))",
       "2026-01-01至2026-02-01（不含）有过支付订单（有lines满足（sku为“c1”，且qty≥2））",
       "has Order paid (one of lines has (sku is \"c1\", and qty is at least 2)) from 2026-01-01 until 2026-02-01"},
      {R"(city changed from "北京" to "上海" within last 30d and level changed)", "近30天city从“北京”变为“上海”，且等级有变化",
       "city from \"北京\" to \"上海\" changed in the last 30 days, and level changed"},
      {"birthday anniversary in next 7d and created_at is this week and last_seen_at older than 30d",
       "birthday的周年日在未来7天内，且建档时间在本周，且最近出现时间在30天以前",
       "the anniversary of birthday is in the next 7 days, and time of creation is this week, and time last seen is more than 30 days ago"},
      {"paid in top 10% and weekday(created_at) in (6, 7) and zscore(orders) > 2", "累计支付排在前10%，且建档时间的星期为6或7，且订单数的标准分>2",
       "amount paid is in the top 10%, and the weekday of time of creation is 6 or 7, and the z-score of orders is above 2"},
      {"not did(* within last 30d)", "近30天没有任何行为", "has no event in the last 30 days"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_rule(row.rule);
    ASSERT_TRUE(parsed) << row.rule << " " << parsed.error().detail;
    EXPECT_EQ(sentence_of(parsed->rule, RandomRules::vocabulary(), Tongue::zh), row.zh) << row.rule;
    EXPECT_EQ(sentence_of(parsed->rule, RandomRules::vocabulary(), Tongue::en), row.en) << row.rule;
  }
}

// Every operator, aggregate and lens has words of its own in both tongues.
TEST(Sentence, LeavesNothingUnsaid) {
  for (std::size_t i = 0; i < op_words().size(); ++i) {
    EXPECT_NE(phrase::of(static_cast<Op>(i)).zh, "");
    EXPECT_NE(phrase::of(static_cast<Op>(i)).en, "");
  }
  for (std::size_t i = 0; i < fn_words().size(); ++i) EXPECT_NE(phrase::of(static_cast<Fn>(i)).zh, "");
  for (const auto& fact : facts()) EXPECT_TRUE(!fact.zh.empty() && !fact.en.empty()) << fact.name;
}

}  // namespace koi::segments
