#include "events/columns/where.h"

#include <algorithm>

namespace koi::events::columns {

namespace {
using Join = Where::Join;
bool is_group(Join join) { return join == Join::all || join == Join::any || join == Join::none; }
}  // namespace

Test::Test(const Where& where, const Part& part, const SourceNames& sources) : part_(&part) {
  if (where.empty()) return;
  add(where, part, sources);
  never_ = hopeless(nodes_[0]);
  if (nodes_[0].where.join == Join::all)
    for (const auto inner : nodes_[0].parts) never_ = never_ || hopeless(nodes_[inner]);
}

/// A test of a property that nobody has here.
bool Test::hopeless(const Node& node) const {
  const bool own = node.where.property == kSource || node.where.property == kTime;
  return (node.where.join == Join::test || node.where.join == Join::set) && node.leaves.empty() && !own;
}

std::size_t Test::add(const Where& where, const Part& part, const SourceNames& sources) {
  const auto number = nodes_.size();
  nodes_.emplace_back();
  Node node{.where = where, .leaves = {}, .above = {}, .sources = {}, .parts = {}};
  node.where.parts.clear();
  for (const auto& inner : where.parts) node.parts.push_back(add(inner, part, sources));
  if (where.property == kSource)
    for (const auto id : part.sources()) {
      const auto name = sources ? sources(id) : std::to_string(id);
      node.sources.push_back(where.join != Join::test || (where.text && where.text(name)));
    }
  if (!is_group(where.join))
    for (const auto& column : part.columns()) {
      const auto name = column.name();
      if (column.type() == ValueType::json && where.property.starts_with(name) && where.property[name.size()] == '.') node.above.push_back(&column);
      if (name != where.property) continue;
      Leaf leaf{&column, {}};
      for (std::uint32_t code = 0; where.text && column.type() == ValueType::text && code < column.words().size(); ++code)
        leaf.codes.push_back(where.text(column.words()[code]));
      node.leaves.push_back(std::move(leaf));
    }
  std::ranges::sort(node.leaves, std::greater{}, [](const Leaf& leaf) { return leaf.column->type(); });
  nodes_[number] = std::move(node);
  return number;
}

bool Test::passes(std::size_t at, std::uint32_t row) const {
  const auto& node = nodes_[at];
  const auto& where = node.where;
  const auto inner = [&](std::size_t part) { return passes(part, row); };
  switch (where.join) {
    case Join::all: return std::ranges::all_of(node.parts, inner);
    case Join::any: return std::ranges::any_of(node.parts, inner);
    case Join::none: return std::ranges::none_of(node.parts, inner);
    case Join::set: case Join::missing: case Join::test: break;
  }
  if (where.property == kTime) return where.join == Join::set || (where.whole && where.whole(part_->at(row)));
  if (where.property == kSource) {
    const auto place = std::ranges::find(part_->sources(), part_->source(row)) - part_->sources().begin();
    return where.join != Join::missing && node.sources[static_cast<std::size_t>(place)];
  }
  const bool hidden = std::ranges::any_of(node.above, [&](const Column* list) { return list->cell(row) != Column::kNone; });
  for (const auto& leaf : node.leaves) {
    const auto cell = leaf.column->cell(row);
    if (cell == Column::kNone || hidden) continue;
    return where.join == Join::test ? leaf_passes(where, leaf, cell) : where.join == Join::set;
  }
  return where.join == Join::missing;
}

bool Test::leaf_passes(const Where& where, const Leaf& leaf, std::uint32_t cell) {
  const auto& column = *leaf.column;
  switch (column.type()) {
    case ValueType::text: return where.text && leaf.codes[column.code(cell)];
    case ValueType::list: case ValueType::json: return where.list && where.list(column, cell);
    case ValueType::boolean: return where.truth && where.truth(column.number(cell) != 0);
    case ValueType::decimal: return where.decimal && where.decimal(column.decimal(cell));
    case ValueType::integer: return where.whole && where.whole(column.number(cell));
  }
  return false;
}

}  // namespace koi::events::columns
