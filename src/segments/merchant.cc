#include "segments/merchant.h"

#include <algorithm>
#include <map>
#include <mutex>

#include "events/columns/columns.h"
#include "events/events.h"
#include "segments/lists.h"
#include "segments/segments.h"
#include "store/trail.h"

namespace koi::segments {
namespace {

namespace columns = events::columns;

constexpr std::uint64_t kPeopleEnough = 100;  // fewer say nothing about a usual one
constexpr std::int64_t kYearMs = std::int64_t{365} * 86'400'000;

using Counts = std::map<std::int64_t, std::uint64_t>;

/// Rows of each kind in a part. Parts never change: a number is looked at once.
struct Rates {
  std::mutex mutex;
  std::map<const columns::Part*, std::pair<std::weak_ptr<const columns::Part>, Counts>> parts;
  std::map<std::int64_t, std::int64_t> per_person_year;
  std::optional<Instant> made;
};

Counts counts_of(const columns::Part& part) {
  std::vector<std::uint64_t> codes(part.kinds().size());
  for (std::uint32_t row = 0; row < part.rows(); ++row) ++codes[part.kind_code(row)];
  Counts out;
  for (std::size_t code = 0; code < codes.size(); ++code) out[part.kinds()[code]] += codes[code];
  return out;
}

void count_again(Rates& rates, const columns::View& view) {
  std::erase_if(rates.parts, [](const auto& one) { return one.second.first.expired(); });
  Counts all;
  std::int64_t first = INT64_MAX, last = INT64_MIN;
  for (const auto& shelved : view.parts) {
    auto& [alive, counts] = rates.parts[shelved.part.get()];
    if (alive.lock() != shelved.part) {
      alive = shelved.part;
      counts = counts_of(*shelved.part);
    }
    for (const auto& [kind, rows] : counts) all[kind] += rows;
    if (shelved.part->rows() == 0) continue;
    first = std::min(first, shelved.part->head().min_at);
    last = std::max(last, shelved.part->head().max_at);
  }
  rates.per_person_year.clear();
  const auto people = view.everyone().count();
  if (people < kPeopleEnough || first > last) return;
  // What is younger than a year is taken for a year: a beginning says little of how it goes on.
  const auto years = std::max(1.0, static_cast<double>(last - first) / static_cast<double>(kYearMs));
  for (const auto& [kind, rows] : all)
    rates.per_person_year[kind] = static_cast<std::int64_t>(static_cast<double>(rows) / static_cast<double>(people) / years + 0.5);
}

Rates& rates_of(Tx& tx) {
  static const int kKey = 0;
  return tx.shared<Rates>(&kKey, [] { return std::make_shared<Rates>(); });
}

Result<> add_rates(Tx& tx, Vocabulary& v) {
  auto& rates = rates_of(tx);
  const std::scoped_lock lock(rates.mutex);
  if (rates.per_person_year.empty()) return {};
  TRY(const auto kinds, events::kinds(tx));
  for (const auto& kind : kinds) {
    const auto rate = rates.per_person_year.find(kind.id);
    const auto word = std::ranges::find(v.events, kind.name, &EventWord::name);
    if (rate != rates.per_person_year.end() && word != v.events.end()) word->per_person_year = rate->second;
  }
  return {};
}

}  // namespace

Result<Vocabulary> merchant_vocabulary(Tx& tx) {
  TRY(auto out, vocabulary_of(tx));
  TRY(const auto all, segments(tx));
  for (const auto& s : all) {
    TRY(auto rule, rule_of(tx, s.id));
    out.segments.push_back({s.name, std::move(rule)});
  }
  TRY(const auto known, lists(tx));
  for (const auto& list : known) out.lists.push_back(list.name);
  TRY(add_rates(tx, out));
  return out;
}

Result<> refresh_rates(Tx& tx) {
  auto& rates = rates_of(tx);
  const std::scoped_lock lock(rates.mutex);
  if (rates.made && tx.now() >= *rates.made && tx.now() - *rates.made < kRatesLife) return {};
  const auto view = columns::view(tx);
  if (!view && view.error().code == "events.columns_building") return {};  // not known yet
  if (!view) return std::unexpected(view.error());
  count_again(rates, **view);
  rates.made = tx.now();
  return {};
}

Result<Zone> merchant_zone(Tx& tx) {
  TRY(const auto name, store::setting(tx, "merchant.zone"));
  return Zone::find(name.value_or("Asia/Shanghai")).value_or(Zone::utc());
}

}  // namespace koi::segments
