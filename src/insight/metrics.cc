#include <algorithm>

#include "insight/insight.h"
#include "store/rows.h"

namespace koi::insight {
namespace {

constexpr std::string_view kAdd =
    "INSERT INTO metric_version (name, version, unit, formula, filters, definition_zh, definition_en, frozen_at)"
    " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (name, version) DO NOTHING";
constexpr std::string_view kFind =
    "SELECT unit, formula, filters, definition_zh, definition_en FROM metric_version WHERE name = $1 AND version = $2";

struct Frozen {
  std::string unit, formula, filters, definition_zh, definition_en;
};
BOOST_DESCRIBE_STRUCT(Frozen, (), (unit, formula, filters, definition_zh, definition_en))

// A purchase everywhere below: an order that is paid, not cancelled, not refunded to zero, and no return.
constexpr Metric kMetrics[] = {
    {"ownership.connected", "连接客户数", "Connected people", "people", "merchant",
     "C = count(people with an active staff relation or a joined group)", "roots, in scope",
     "至少有一条有效的员工好友关系或在群关系的客户数。", "People with at least one active staff relation or group membership.", 1},
    {"ownership.reachable", "可触达率", "Reachable share", "share", "merchant",
     "R = count(connected and reachable) / C", "channel any, purpose marketing, as of now",
     "连接客户中,此刻至少有一个渠道可以发营销消息的比例:同意有效且有凭证,并且在该渠道上找得到人。",
     "Share of connected people who could be sent a marketing message now: a standing, evidenced consent on a channel and a way to meet them there.", 1},
    {"ownership.reachable_connected", "可触达客户数", "Reachable connected people", "people", "merchant", "C * R", "roots, in scope",
     "连接客户中此刻可以触达的人数,即私域产权力的核心数。", "Connected people who can be reached now: what the merchant really owns.", 1},
    {"ownership.weekly_loss", "近 7 日流失客户数", "Lost in 7 days", "people", "merchant",
     "count(distinct people deleted, left or opted out in (now-7d, now])", "marketing opt-outs only",
     "近 7 日内删除好友、被删除、退群或撤回营销同意的客户数,去重。",
     "Distinct people who deleted, were deleted, left a group or withdrew marketing consent in the last 7 days.", 1},
    {"ownership.weekly_loss_rate", "周流失率", "Weekly loss rate", "share", "merchant",
     "weekly_loss / (C + lost people no longer connected)", "same as weekly_loss",
     "近 7 日流失客户数除以一周前的近似连接数。", "Lost in 7 days over the people connected a week ago, as far as known.", 1},
    {"ownership.staff_gini", "员工集中度", "Staff concentration", "index", "merchant",
     "Gini over staff of active relations", "staff with at least one active relation",
     "客户好友关系在员工间的基尼系数;越接近 1,越依赖少数员工。",
     "Gini coefficient of active relations over staff; near 1, few people hold the customers.", 1},
    {"value.active_people", "12 个月活跃客户", "Active people, 12 months", "people", "merchant",
     "count(people with a purchase in (now-365d, now])", "known buyers", "近 365 天内有成交的客户数。",
     "People with a purchase in the last 365 days.", 1},
    {"value.per_active_person", "单客价值", "Value per active person", "fen_per_person", "merchant",
     "net of (now-365d, now] / active_people", "known buyers; net of refunds and returns; cost is not known",
     "近 365 天活跃客户的人均净成交额(扣退款退货,未扣成本)。",
     "Net sales of the last 365 days per active person, after refunds and returns, before cost.", 1},
    {"value.repurchase_90d", "90 日复购率", "Repurchase within 90 days", "share", "merchant",
     "bought again on a later day within 90 days / first purchase in (now-270d, now-90d]", "cohorts with 90 days behind them",
     "首购发生在 270 至 90 天前的客户中,90 天内在另一天再次成交的比例。",
     "Of people whose first purchase was 270 to 90 days ago, the share that bought again on a later day within 90 days.", 1},
    {"value.repeat_sales_share", "复购销售占比", "Repeat share of sales", "share", "merchant",
     "net of orders after a person's first / net, in (now-365d, now]", "known buyers",
     "近 365 天净成交额中,非首单所占的比例。", "Share of the last 365 days' net sales that is not people's first orders.", 1},
    {"referral.invited_share", "新客被推荐占比", "Share of new people invited", "share", "merchant",
     "new people with an inviter / new people, first seen in (now-30d, now]", "roots, in scope",
     "近 30 天新客户中,有推荐人的比例。", "Of people first seen in the last 30 days, the share with an inviter.", 1},
    {"referral.referrer_share", "推荐者占比", "Referrers' share", "share", "merchant",
     "people who brought at least one other / people", "all time, in scope", "推荐过至少一人的客户占全部客户的比例。",
     "Share of all people who have brought at least one other.", 1},
    {"referral.k", "K 系数", "K factor", "people_per_person", "merchant",
     "people brought within 30 days of arriving / people who arrived in (now-60d, now-30d]", "only where invitation edges exist",
     "60 至 30 天前到来的客户,每人在到来后 30 天内平均带来的新客数。",
     "New people each person brought within 30 days, among those who arrived 60 to 30 days ago.", 1},
    {"sales.net", "净成交额", "Net sales", "fen", "period", "sum(net of orders)", "all orders, known buyer or not",
     "成交额扣除退款与退货。", "Paid totals less refunds and returns.", 1},
    {"sales.orders", "成交订单数", "Purchases", "orders", "period", "count(orders that count as purchases)", "",
     "已支付、未取消、未全额退款且不是退货的订单数。", "Orders that are paid, not cancelled, not fully refunded and no returns.", 1},
    {"sales.buyers", "成交客户数", "Buyers", "people", "period", "count(distinct people with a purchase in the period)", "known buyers",
     "期间内有成交的客户数。", "Distinct people with a purchase in the period.", 1},
    {"growth.new", "新增客户", "New people", "people", "channel day", "count(people first seen in the period)", "roots, in scope",
     "期间内首次出现的客户数,按来源渠道。", "People first seen in the period, by the channel they came through.", 1},
    {"growth.lost", "流失客户", "Lost people", "people", "channel day",
     "count(people without any active tie whose last tie broke in the period)", "roots, in scope",
     "最后一条有效关系在期间内断开的客户数,按来源渠道。", "People whose last active tie broke in the period, by the channel they came through.", 1},
    {"path.steps", "客户路径", "Customer path", "people", "merchant",
     "people(k) = count(people with steps 1 to k); rate(k) = people(k) / people(k - 1)", "roots, in scope",
     "拉新、留存、转化、复购、推荐依次相扣:每一步只计此前各步都达成的客户,因此转化率不超过 100%;“共达成”另计达成该步的全部客户。",
     "Acquired, retained, converted, bought again, referred, one within the other: a step counts people who took every step before it, so no rate passes 100%; \"reached in all\" counts everybody who took that step.", 1},
    {"rfm.cell", "RFM 分层", "RFM cells", "people", "person",
     "quintile = 1 + floor(5 * strictly smaller / n) on last purchase, purchases, net; or fixed cuts", "buyers as of the date",
     "按最近一次成交、成交次数、净成交额各分五档;默认分位规则为 1 + floor(5 × 严格更小者 / n)。月度迁移按当前订单净额重算。",
     "Five scores each of last purchase, number of purchases and net; the quintile rule is 1 + floor(5 x strictly smaller / n). Movement uses today's net of past orders.", 1},
    {"cohort.retention", "月度留存", "Monthly retention", "people", "cohort month",
     "distinct buyers k months after the month of their first purchase", "known buyers", "按首购月分组,第 k 个月有成交的客户数。",
     "By month of first purchase, people with a purchase k months later.", 1},
    {"cohort.revenue", "月度分组成交额", "Cohort revenue", "fen", "cohort month", "net of a cohort's orders k months later", "known buyers",
     "按首购月分组,第 k 个月的净成交额。", "By month of first purchase, net sales k months later.", 1},
    {"repurchase.curve", "复购间隔曲线", "Repurchase curve", "share", "day",
     "Kaplan-Meier of days from first purchase to the next on a later day, censored at the date", "known buyers",
     "首购后第 d 天内已在另一天再次成交的比例(卡普兰-迈耶估计)。",
     "Share that has bought again on a later day by day d after the first purchase (Kaplan-Meier).", 1},
};

}  // namespace

std::span<const Metric> metrics() { return kMetrics; }

Result<> freeze_metrics(Tx& tx) {
  for (const auto& m : kMetrics) {
    TRY(const auto added, tx.exec(kAdd, m.name, m.version, m.unit, m.formula, m.filters, m.definition_zh, m.definition_en, tx.now()));
    if (added == 1) continue;
    TRY(const auto had, tx.one<Frozen>(kFind, m.name, m.version));
    if (had.unit != m.unit || had.formula != m.formula || had.filters != m.filters || had.definition_zh != m.definition_zh ||
        had.definition_en != m.definition_en)
      return fail(Errc::conflict, "insight.metric_changed", std::string(m.name));
  }
  return {};
}

}  // namespace koi::insight
