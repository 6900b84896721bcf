#include "segments/profile.h"

#include <algorithm>

#include "segments/sentence.h"

namespace koi::segments {
namespace {

using events::columns::People;

constexpr std::string_view kPeople =
    "SELECT id, stage, COALESCE(channel, ''), COALESCE(store, ''), orders, paid_fen FROM person WHERE merged_into IS NULL AND erased_at IS NULL";
constexpr std::string_view kTags =
    "SELECT a.person_id, COALESCE(g.name, ''), t.name FROM tag_assignment a JOIN tag t ON t.id = a.tag_id "
    "LEFT JOIN tag_group g ON g.id = t.group_id WHERE (a.expires_at IS NULL OR a.expires_at > $1)";

struct Band { std::int64_t from; std::string_view value, zh, en; };
constexpr Band kOrders[] = {{0, "0", "0 单", "none"}, {1, "1", "1 单", "1"}, {2, "2", "2 单", "2"}, {3, "3-5", "3–5 单", "3 to 5"},
                            {6, "6-10", "6–10 单", "6 to 10"}, {11, "11+", "11 单以上", "11 and more"}};
constexpr Band kPaid[] = {{0, "0", "未支付", "nothing"}, {1, "0-100", "不足 100 元", "below ¥100"}, {100'00, "100-500", "100–500 元", "¥100 to ¥500"},
                          {500'00, "500-1000", "500–1000 元", "¥500 to ¥1,000"}, {1000'00, "1000-5000", "1000–5000 元", "¥1,000 to ¥5,000"},
                          {5000'00, "5000+", "5000 元以上", "¥5,000 and more"}};

using Tally = std::map<std::string, CutRow>;

void put(Tally& tally, const std::string& value, bool inside) {
  if (value.empty()) return;
  auto& row = tally[value];
  row.value = value;
  ++row.everybody;
  row.inside += inside ? 1 : 0;
}

std::vector<CutRow> most_frequent(Tally tally) {
  std::vector<CutRow> rows;
  for (auto& [value, row] : tally) {
    row.zh = phrase::said(value, Tongue::zh).value_or(value);
    row.en = phrase::said(value, Tongue::en).value_or(value);
    rows.push_back(std::move(row));
  }
  std::ranges::stable_sort(rows, [](const CutRow& a, const CutRow& b) { return a.everybody > b.everybody; });
  if (rows.size() > kCutRowsMax) rows.resize(kCutRowsMax);
  return rows;
}

class Bands {
 public:
  explicit Bands(std::span<const Band> bands) : bands_(bands) {
    for (const auto& band : bands) rows_.push_back({std::string(band.value), std::string(band.zh), std::string(band.en), 0, 0});
  }
  void put(std::int64_t number, bool inside) {
    const auto at = std::ranges::upper_bound(bands_, std::max<std::int64_t>(number, 0), {}, &Band::from) - bands_.begin() - 1;
    auto& row = rows_[static_cast<std::size_t>(at)];
    ++row.everybody;
    row.inside += inside ? 1 : 0;
  }
  std::vector<CutRow> take() { return std::move(rows_); }

 private:
  std::span<const Band> bands_;
  std::vector<CutRow> rows_;
};

Result<> count_tags(Survey& survey, const People& inside, Tally& tally) {
  const auto& everybody = survey.everybody();
  TRY(const auto* bits, survey.tags());
  if (bits != nullptr) {
    for (const auto& tag : bits->tags()) {
      auto carriers = *tag.people;
      carriers &= everybody;
      auto both = carriers;
      both &= inside;
      if (carriers.count() > 0) tally[tag.text] = {tag.text, {}, {}, static_cast<std::int64_t>(both.count()), static_cast<std::int64_t>(carriers.count())};
    }
    return {};
  }
  const std::array params{store::Param(survey.tx().now())};
  std::set<std::pair<std::int64_t, std::string>> seen;  // a person of several nodes, or several givers: once
  return survey.tx().each_raw(kTags, params, [&](const store::Statement& row) -> Result<> {
    const auto o = survey.view().roster->find(row.integer(0));
    if (o >= survey.view().people || !everybody.has(o)) return {};
    const std::string group(row.text(1)), name(row.text(2));
    auto tag = group.empty() ? name : group + "/" + name;
    if (seen.emplace(row.integer(0), tag).second) put(tally, tag, inside.has(o));
    return {};
  });
}

}  // namespace

Result<std::vector<Cut>> profile_of(Survey& survey, const People& inside) {
  Tally stages, channels, stores, tags;
  Bands orders(kOrders), paid(kPaid);
  const auto& view = survey.view();
  const auto& everybody = survey.everybody();
  const auto each = [&](const store::Statement& row, auto&& fn) -> Result<> {
    if (const auto o = view.roster->find(row.integer(0)); o < view.people && everybody.has(o)) fn(inside.has(o));
    return {};
  };
  TRY(survey.tx().each_raw(kPeople, {}, [&](const store::Statement& row) {
    return each(row, [&](bool in) {
      put(stages, std::string(row.text(1)), in);
      put(channels, std::string(row.text(2)), in);
      put(stores, std::string(row.text(3)), in);
      orders.put(row.integer(4), in);
      paid.put(row.integer(5), in);
    });
  }));
  TRY(count_tags(survey, inside, tags));
  return std::vector<Cut>{{"stage", "生命周期阶段", "Life stage", most_frequent(std::move(stages))},
                          {"channel", "来源渠道", "Channel", most_frequent(std::move(channels))},
                          {"store", "归属门店", "Store", most_frequent(std::move(stores))},
                          {"tag", "标签", "Tags", most_frequent(std::move(tags))},
                          {"orders", "订单数", "Orders", orders.take()},
                          {"paid", "累计支付", "Amount paid", paid.take()}};
}

}  // namespace koi::segments
