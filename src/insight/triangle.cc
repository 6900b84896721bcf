#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_set>

#include "insight/answers.h"

namespace koi::insight {
namespace {

constexpr std::size_t kMixParts = 12;

/// Gini coefficient of non-negative counts; nothing for fewer than two holders.
std::optional<double> gini(std::vector<std::int64_t> counts) {
  if (counts.size() < 2) return std::nullopt;
  std::ranges::sort(counts);
  double weighted = 0, sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    weighted += static_cast<double>(i + 1) * static_cast<double>(counts[i]);
    sum += static_cast<double>(counts[i]);
  }
  const auto n = static_cast<double>(counts.size());
  return 2 * weighted / (n * sum) - (n + 1) / n;
}

std::vector<MixPart> source_mix(const People& people, std::int64_t connected) {
  std::vector<std::int64_t> counts(people.channels.size(), 0);
  for (const auto& who : people.rows)
    if (who.connected) ++counts[who.channel];
  std::vector<MixPart> out;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i] > 0)
      out.push_back({people.channels[i], counts[i], ratio(static_cast<double>(counts[i]), static_cast<double>(connected))});
  std::ranges::sort(out, [](const MixPart& a, const MixPart& b) {
    return a.people != b.people ? a.people > b.people : a.channel < b.channel;
  });
  if (out.size() > kMixParts) out.resize(kMixParts);
  return out;
}

Ownership ownership_of(const People& people, Instant as_of) {
  std::int64_t connected = 0, both = 0, lost = 0, lost_gone = 0;
  for (const auto& who : people.rows) {
    connected += who.connected;
    both += who.connected && who.reachable;
    lost += who.lost_week;
    lost_gone += who.lost_week && !who.connected;
  }
  const auto c = static_cast<double>(connected);
  return {.connected = number("ownership.connected", c, as_of, true),
          .reachable = number("ownership.reachable", ratio(static_cast<double>(both), c), as_of),
          .reachable_connected = number("ownership.reachable_connected", static_cast<double>(both), as_of, true),
          .weekly_loss = number("ownership.weekly_loss", static_cast<double>(lost), as_of, true),
          .weekly_loss_rate = number("ownership.weekly_loss_rate",
                                     ratio(static_cast<double>(lost), static_cast<double>(connected + lost_gone)), as_of),
          .staff_gini = number("ownership.staff_gini", gini(people.staff_friends), as_of),
          .source_mix = source_mix(people, connected)};
}

/// First purchase and the day gap to the next one on a later day (-1: none), of one buyer.
struct Start { std::int64_t at = 0, gap_days = -1; };
std::optional<Start> start_of(std::span<const Sale> mine, const Calendar& calendar) {
  std::optional<Start> out;
  std::int64_t first_day = 0;
  for (const auto& sale : mine) {
    if (!sale.counts) continue;
    const auto day = calendar.day_of(sale.at);
    if (!out) {
      out = Start{sale.at, -1};
      first_day = day;
    } else if (day != first_day) {
      out->gap_days = day - first_day;
      return out;
    }
  }
  return out;
}

/// Repurchase rates of the last twelve monthly cohorts, each only once its youngest member has had the time.
std::vector<CohortRate> rates_by_cohort(const std::vector<Start>& starts, const Calendar& calendar, Instant as_of) {
  struct Count { std::int64_t people = 0; std::array<std::int64_t, 4> again{}; };
  constexpr std::array<std::int64_t, 4> kDays = {30, 60, 90, 180};
  std::map<int, Count> months;
  for (const auto& s : starts) {
    auto& m = months[calendar.month_of(s.at)];
    ++m.people;
    for (std::size_t i = 0; i < kDays.size(); ++i) m.again[i] += s.gap_days >= 0 && s.gap_days <= kDays[i];
  }
  std::vector<CohortRate> out;
  const int this_month = calendar.month_of(to_ms(as_of));
  for (const auto& [month, count] : months) {
    if (month <= this_month - 12) continue;
    const auto closed = to_ms(month_start(calendar.zone(), month + 1));
    std::array<std::optional<double>, 4> rate;
    for (std::size_t i = 0; i < kDays.size(); ++i)
      if (closed + kDays[i] * kDayMs <= to_ms(as_of))
        rate[i] = ratio(static_cast<double>(count.again[i]), static_cast<double>(count.people));
    out.push_back({month_text(month), count.people, rate[0], rate[1], rate[2], rate[3]});
  }
  return out;
}

Worth worth_of(std::span<const Sale> sales, const Calendar& calendar, Instant as_of) {
  const auto now = to_ms(as_of), year_ago = now - 365 * kDayMs;
  std::int64_t active = 0, net = 0, repeat = 0, ripe = 0, again = 0;
  std::vector<Start> starts;
  each_buyer(known_buyers(sales), [&](std::span<const Sale> mine) {
    const auto start = start_of(mine, calendar);
    if (!start || start->at > now) return;
    starts.push_back(*start);
    bool bought = false, first_seen = false;
    for (const auto& sale : mine) {
      const bool first = sale.counts && !first_seen;
      first_seen |= sale.counts;
      if (sale.at <= year_ago || sale.at > now) continue;
      bought |= sale.counts;
      net += sale.net;
      if (!first) repeat += sale.net;
    }
    active += bought;
    if (start->at > now - 270 * kDayMs && start->at <= now - 90 * kDayMs) {
      ++ripe;
      again += start->gap_days >= 0 && start->gap_days <= 90;
    }
  });
  const auto d = [](std::int64_t n) { return static_cast<double>(n); };
  return {.active_people = number("value.active_people", d(active), as_of, true),
          .per_active_person = number("value.per_active_person", ratio(d(net), d(active)), as_of),
          .repurchase_90d = number("value.repurchase_90d", ratio(d(again), d(ripe)), as_of),
          .repeat_sales_share = number("value.repeat_sales_share", ratio(d(repeat), d(net)), as_of),
          .repurchase_by_cohort = rates_by_cohort(starts, calendar, as_of)};
}

Referral referral_of(const People& people, Instant as_of) {
  const auto now = to_ms(as_of);
  std::int64_t fresh = 0, invited = 0, arrived = 0, brought = 0;
  std::vector<std::int64_t> inviters;
  for (const auto& who : people.rows) {
    if (who.first_seen > now - 30 * kDayMs && who.first_seen <= now) ++fresh, invited += who.inviter != 0;
    if (who.first_seen > now - 60 * kDayMs && who.first_seen <= now - 30 * kDayMs) ++arrived;
    if (who.inviter != 0) inviters.push_back(who.inviter);
  }
  const bool edges = !inviters.empty();
  std::ranges::sort(inviters);
  const auto brought_by = [&](const Who& who) {
    return who.first_seen > now - 60 * kDayMs && who.first_seen <= now - 30 * kDayMs;
  };
  for (const auto& who : people.rows) {
    if (who.inviter == 0) continue;
    const auto at = std::ranges::lower_bound(people.rows, who.inviter, {}, &Who::id);
    if (at == people.rows.end() || at->id != who.inviter || !brought_by(*at)) continue;
    brought += who.first_seen >= at->first_seen && who.first_seen < at->first_seen + 30 * kDayMs;
  }
  inviters.erase(std::ranges::unique(inviters).begin(), inviters.end());
  std::int64_t referrers = 0;
  for (const auto id : inviters) referrers += std::ranges::binary_search(people.rows, id, {}, &Who::id);
  const auto d = [](std::int64_t n) { return static_cast<double>(n); };
  return {.invited_share = number("referral.invited_share", ratio(d(invited), d(fresh)), as_of),
          .referrer_share = number("referral.referrer_share", ratio(d(referrers), static_cast<double>(people.rows.size())), as_of, true),
          .k = number("referral.k", edges ? ratio(d(brought), d(arrived)) : std::nullopt, as_of)};
}

}  // namespace

std::optional<double> ratio(double part, double whole) {
  if (whole == 0) return std::nullopt;
  return part / whole;
}

Number number(std::string_view metric, std::optional<double> value, Instant as_of, bool drill) {
  const auto all = metrics();
  const auto m = std::ranges::find(all, metric, &Metric::name);
  CHECK(m != all.end());
  auto link = drill ? std::optional(fmt::format("/v1/insight/drill?metric={}", metric)) : std::nullopt;
  return {m->name, value, m->unit, m->version, as_of, std::move(link)};
}

Totals totals_of(std::span<const Sale> sales, std::int64_t people, std::int64_t as_of_ms) {
  Totals out{.people = people};
  each_buyer(sales, [&](std::span<const Sale> mine) {
    bool bought = false;
    for (const auto& sale : mine) {
      if (sale.at >= as_of_ms) continue;
      ++out.rows;
      out.orders += sale.counts;
      out.net_fen += sale.net;
      bought |= sale.counts && sale.person != 0;
    }
    out.buyers += bought;
  });
  return out;
}

std::vector<const Number*> figures_of(const Triangle& t) {
  return {&t.ownership.connected,         &t.ownership.reachable,     &t.ownership.reachable_connected,
          &t.ownership.weekly_loss_rate,  &t.ownership.staff_gini,    &t.value.active_people,
          &t.value.per_active_person,     &t.value.repurchase_90d,    &t.value.repeat_sales_share,
          &t.referral.invited_share,      &t.referral.referrer_share, &t.referral.k};
}

Triangle triangle_of(const People& people, std::span<const Sale> sales, const Calendar& calendar, Instant as_of) {
  return {.as_of = as_of, .ownership = ownership_of(people, as_of), .value = worth_of(sales, calendar, as_of),
          .referral = referral_of(people, as_of),
          .totals = totals_of(sales, static_cast<std::int64_t>(people.rows.size()), to_ms(as_of) + 1)};
}

}  // namespace koi::insight
