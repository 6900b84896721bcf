#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "base/say.h"
#include "connect/wecom/mass/rows.h"
#include "segments/merchant.h"

namespace koi::connect::wecom {

struct QuotaRow { std::int64_t day_max = 0, week_max = 0, month_max = 0, ver = 0; };
BOOST_DESCRIBE_STRUCT(QuotaRow, (), (day_max, week_max, month_max, ver))
struct Got { std::int64_t who = 0; Instant at; };
BOOST_DESCRIBE_STRUCT(Got, (), (who, at))

namespace {

constexpr std::string_view kRead = "SELECT day_max, week_max, month_max, ver FROM connect_wecom_quota WHERE corp_id = $1 AND kind = $2";
constexpr std::string_view kPut =
    "INSERT INTO connect_wecom_quota (corp_id, kind, day_max, week_max, month_max, ver) VALUES ($1, $2, $3, $4, $5, 1) ON CONFLICT (corp_id, kind) DO UPDATE SET "
    "day_max = excluded.day_max, week_max = excluded.week_max, month_max = excluded.month_max, ver = connect_wecom_quota.ver + 1";
constexpr std::int64_t kMonthDays = 31;

/// The calendar's periods that `now` is in.
struct Periods { Instant day, week, month; std::int64_t month_days = 0; };
Periods periods_of(const Zone& zone, Instant now) {
  const auto today = zone.day_of(now);
  const std::chrono::year_month_day date(today);
  const auto month = date.year() / date.month();
  const auto since_monday = std::chrono::weekday(today) - std::chrono::Monday;
  return {zone.start_of(today), zone.start_of(today - since_monday), zone.start_of(LocalDay(month / 1)), static_cast<std::int64_t>(static_cast<unsigned>((month / std::chrono::last).day()))};
}

}  // namespace

std::string ids_text(std::span<const std::int64_t> ids) { return fmt::format("{}", fmt::join(ids, ", ")); }

Result<MassQuota> mass_quota(Tx& tx, std::string_view corp_id, std::string_view kind) {
  TRY(const auto row, tx.maybe<QuotaRow>(kRead, corp_id, kind));
  const auto q = row.value_or(QuotaRow{});
  return MassQuota{std::string(corp_id), std::string(kind), q.day_max, q.week_max, q.month_max, q.ver};
}

Result<MassQuota> put_mass_quota(Tx& tx, const MassQuota& q) {
  if (q.kind != "person" && q.kind != "group") return fail(Errc::invalid, "connect.mass_kind", {}, "/kind");
  for (const auto n : {q.day_max, q.week_max, q.month_max})
    if (n < 0 || n > kMonthDays) return fail(Errc::invalid, "connect.mass_quota", say("0 to {}", "0 至 {}", kMonthDays));
  TRY(tx.exec(kPut, q.corp_id, q.kind, q.day_max, q.week_max, q.month_max));
  return mass_quota(tx, q.corp_id, q.kind);
}

Result<std::vector<std::int64_t>> capped_of(Tx& tx, const MassQuota& quota, std::span<const std::int64_t> who) {
  std::vector<std::int64_t> out;
  if (who.empty()) return out;
  TRY(const auto zone, segments::merchant_zone(tx));
  const auto in = periods_of(zone, tx.now());
  struct Count { std::int64_t day = 0, week = 0, month = 0; };
  std::map<std::int64_t, Count> counts;
  const std::string_view column = quota.kind == "group" ? "chat" : "person_id";
  const auto sql = fmt::format("SELECT {0}, at FROM connect_wecom_mass_target WHERE {0} IN ({1}) AND at >= $1 AND state IN ('waiting', 'sent')", column, ids_text(who));
  TRY(tx.each<Got>(sql, [&](Got&& got) -> Result<> {
    auto& c = counts[got.who];
    c.month += got.at >= in.month, c.week += got.at >= in.week, c.day += got.at >= in.day;
    return {};
  }, std::min(in.month, in.week)));
  const auto month_max = quota.month_max > 0 ? std::min(quota.month_max, in.month_days) : in.month_days;
  for (const auto& [id, c] : counts)
    if (c.month >= month_max || (quota.week_max > 0 && c.week >= quota.week_max) || (quota.day_max > 0 && c.day >= quota.day_max)) out.push_back(id);
  return out;
}

}  // namespace koi::connect::wecom
