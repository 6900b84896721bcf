/// Rows of the earlier rooms as plain vectors, read once per answer, and the merchant's calendar over them.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/types.h"
#include "store/scope.h"
#include "store/store.h"

namespace koi::insight {

constexpr std::int64_t kDayMs = 86'400'000;

/// A scope as the parameters $1 (unlimited), $2 (staff) and $3 (org path) of a query that ends with KOI_INSIGHT_SCOPE.
struct ScopeParams {
  explicit ScopeParams(const Scope& scope);
  bool unlimited;
  StaffId staff;
  std::string path;
  std::string key() const;  // equal for equal scopes
};
#define KOI_INSIGHT_SCOPE(p)                                                                                   \
  "(CAST($1 AS BIGINT) = 1 OR " p ".owner_staff_id = CAST($2 AS BIGINT) OR (CAST($3 AS TEXT) <> '' AND substr(" p \
  ".unit_path, 1, length(CAST($3 AS TEXT))) = CAST($3 AS TEXT)))"

/// One order of a known state. Sorted by person, then time; of one instant the person's first order leads.
struct Sale {
  std::int64_t person = 0;  // root; 0: buyer unknown (unlimited scopes only)
  std::int64_t at = 0;
  std::int64_t net = 0;
  bool counts = false;      // a purchase; others (returns recorded as orders, cancelled ones) only carry net
  bool node_first = false;
};
Result<std::vector<Sale>> load_sales(Tx& tx, const Scope& scope);
/// The part of sorted sales with known buyers.
std::span<const Sale> known_buyers(std::span<const Sale> sales);
/// fn(span of one person's sales), person by person.
template <class F>
void each_buyer(std::span<const Sale> sales, F&& fn) {
  for (std::size_t i = 0; i < sales.size();) {
    std::size_t end = i + 1;
    while (end < sales.size() && sales[end].person == sales[i].person) ++end;
    fn(sales.subspan(i, end - i));
    i = end;
  }
}

/// What is known of a person, as far as metrics ask. Sorted by id; roots only.
struct Who {
  std::int64_t id = 0, first_seen = 0, inviter = 0;
  std::uint16_t channel = 0;
  std::uint8_t stage = 0;
  bool connected = false, reachable = false, lost_week = false;
};
struct People {
  std::vector<Who> rows;
  std::vector<std::string> channels;                // by Who::channel; 0 is "" (not known)
  std::array<std::int64_t, 5> path{};               // 拉新 留存 转化 复购 推荐: who took every step up to each
  std::array<std::int64_t, 5> reached{};            // who took each, whatever came before
  std::array<std::vector<float>, 4> path_days;      // days from one step to the next, of those who made it
  std::vector<std::int64_t> staff_friends;          // active relations per member of staff
  struct Lost { std::int64_t at; std::uint16_t channel; };
  std::vector<Lost> lost;                           // people without any active tie, when the last one broke
  Who* find(std::int64_t id);
};
Result<People> load_people(Tx& tx, const Scope& scope);

/// Days and months of the merchant's wall calendar for instants in [from, to], as numbers.
class Calendar {
 public:
  Calendar(const Zone& zone, std::int64_t from_ms, std::int64_t to_ms);
  std::int64_t day_of(std::int64_t ms) const;    // days since 1970-01-01
  int month_of(std::int64_t ms) const;           // year * 12 + month - 1
  const Zone& zone() const { return zone_; }

 private:
  Zone zone_;
  std::int64_t first_day_ = 0;
  std::vector<std::int64_t> starts_;
  std::vector<int> months_;
};
int month_of_day(std::int64_t day);
std::string month_text(int month);              // "2026-11"
std::optional<int> parse_month(std::string_view text);
Instant month_start(const Zone& zone, int month);
std::int64_t days_of(LocalDay day);
Result<Zone> merchant_zone(Tx& tx);

}  // namespace koi::insight
