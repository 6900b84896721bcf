#include "commerce/ahead.h"

#include <boost/json.hpp>

namespace koi::commerce {
namespace {

constexpr std::string_view kThere =
    "SELECT order_no FROM shop_order WHERE source_id = $1 AND order_no IN (SELECT value FROM json_each($2))";
constexpr int kLooksMax = 4;           // a batch that keeps meeting old orders stops looking
constexpr std::size_t kFewest = 8;     // for less, a look costs more than it saves

}  // namespace

Result<> Ahead::look(Tx& tx, std::span<const OrderIn* const> rest) {
  if (holds_ || looks_ == kLooksMax || rest.size() < kFewest || tx.kind() != store::Kind::sqlite) return {};
  TRY(const bool waiting, any_waiting(tx));
  if (waiting) return {};
  ++looks_;
  holds_ = true;
  TRY(look_for_orders(tx, rest));
  return look_for_people(tx, rest);
}

Result<> Ahead::look_for_orders(Tx& tx, std::span<const OrderIn* const> rest) {
  std::unordered_map<std::int64_t, boost::json::array> numbers;  // by source
  for (const auto* in : rest) {
    if (in->source.empty()) continue;  // its own check refuses it
    TRY(const auto source, intern(tx, NameKind::source, in->source));
    numbers[source].emplace_back(in->order_no);
    absent_.emplace(source, in->order_no);
  }
  for (const auto& [source, list] : numbers) {
    TRY(const auto there, tx.all<std::string>(kThere, source, boost::json::serialize(list)));
    for (const auto& order_no : there) absent_.erase({source, order_no});
  }
  return {};
}

Result<> Ahead::look_for_people(Tx& tx, std::span<const OrderIn* const> rest) {
  boost::json::array roots;
  for (const auto* in : rest)
    if (in->person && people_.try_emplace(in->person.v, Figures{{.origin = in->person, .person = in->person}}).second)
      roots.emplace_back(in->person.v);
  TRY(const auto values, node_values(tx, boost::json::serialize(roots)));
  for (const auto& value : values) {
    auto& figures = people_[value.person.v];
    if (value.origin == value.person) figures.value = value, figures.stands = true;
    else figures.simple = false;
  }
  return {};
}

bool Ahead::takes(const OrderRow& row) {
  const bool fresh = absent_.erase({row.source_id, row.order_no}) > 0;
  if (!holds_ || !fresh) return false;
  if (!row.person) return true;
  const auto found = people_.find(row.person.v);
  if (found == people_.end() || !found->second.simple) return false;
  // Of two orders of one instant the number decides which was first: that is for a recount.
  return !row.counts || found->second.value.first_at != row.ordered_at;
}

bool Ahead::account(const OrderRow& row) {
  if (!row.person) return false;
  auto& figures = people_.at(row.person.v);
  auto& value = figures.value;
  figures.changed = true;
  value.net.v += row.net.v;
  if (!row.counts) return false;
  ++value.orders;
  if (!value.last_at || *value.last_at < row.ordered_at) value.last_at = row.ordered_at;
  if (value.first_at && *value.first_at < row.ordered_at) return false;
  value.first_at = row.ordered_at;
  value.first_order = row.id;
  return true;
}

Result<> Ahead::write(Tx& tx) {
  for (const bool stands : {false, true})  // new rows first: they are written together
    for (const auto& [id, figures] : people_)
      if (figures.changed && figures.stands == stands) { TRY(write_node_value(tx, figures.value, stands)); }
  holds_ = false;
  absent_.clear();
  people_.clear();
  return {};
}

}  // namespace koi::commerce
