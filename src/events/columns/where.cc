#include "events/columns/where.h"

#include <algorithm>
#include <functional>

namespace koi::events::columns {

namespace {

bool any_text(std::string_view text, std::span<const Value> values, bool (*same)(std::string_view, std::string_view)) {
  return std::ranges::any_of(values, [&](const Value& v) {
    const auto* wanted = std::get_if<std::string>(&v);
    return wanted != nullptr && same(text, *wanted);
  });
}
bool same(std::string_view a, std::string_view b) { return a == b; }
bool holds(std::string_view a, std::string_view b) { return a.find(b) != a.npos; }
bool begins(std::string_view a, std::string_view b) { return a.starts_with(b); }
bool finishes(std::string_view a, std::string_view b) { return a.ends_with(b); }

bool negated(Op op) { return op == Op::is_not || op == Op::not_in || op == Op::not_contains; }
Op positive(Op op) {
  return op == Op::is_not ? Op::is : op == Op::not_in ? Op::in : op == Op::not_contains ? Op::contains : op;
}

}  // namespace

bool text_passes(std::string_view text, Op op, std::span<const Value> values) {
  switch (op) {
    case Op::set: return true;
    case Op::is: case Op::in: return any_text(text, values, same);
    case Op::is_not: case Op::not_in: return !any_text(text, values, same);
    case Op::contains: return any_text(text, values, holds);
    case Op::not_contains: return !any_text(text, values, holds);
    case Op::starts: return any_text(text, values, begins);
    case Op::ends: return any_text(text, values, finishes);
    case Op::missing: case Op::less: case Op::at_most: case Op::more: case Op::at_least: case Op::between: return false;
  }
  return false;
}

bool number_passes(double number, Op op, std::span<const double> numbers) {
  const auto first = numbers.empty() ? 0.0 : numbers[0];
  switch (op) {
    case Op::set: return true;
    case Op::is: case Op::in: return std::ranges::find(numbers, number) != numbers.end();
    case Op::is_not: case Op::not_in: return std::ranges::find(numbers, number) == numbers.end();
    case Op::less: return number < first;
    case Op::at_most: return number <= first;
    case Op::more: return number > first;
    case Op::at_least: return number >= first;
    case Op::between: return numbers.size() == 2 && number >= numbers[0] && number <= numbers[1];
    case Op::missing: case Op::contains: case Op::not_contains: case Op::starts: case Op::ends: return false;
  }
  return false;
}

Test::Test(const Where& where, const Part& part, const std::function<std::string(std::int64_t)>& source_of) : part_(&part) {
  if (!where.empty()) add(where, part, source_of);
  // A comparison of a property that nobody has here fails on every row.
  const auto hopeless = [&](const Node& n) { return n.join == Where::Join::one && n.op != Op::missing && n.leaves.empty() && !n.of_source; };
  if (nodes_.empty()) return;
  const auto& top = nodes_[0];
  never_ = hopeless(top);
  if (top.join == Where::Join::all)
    for (const auto part_no : top.parts) never_ = never_ || hopeless(nodes_[part_no]);
}

std::size_t Test::add(const Where& where, const Part& part, const std::function<std::string(std::int64_t)>& source_of) {
  const auto number = nodes_.size();
  nodes_.emplace_back().join = where.join;
  if (where.join != Where::Join::one) {
    for (const auto& inner : where.parts) {
      const auto at = add(inner, part, source_of);
      nodes_[number].parts.push_back(at);
    }
    return number;
  }
  Node node{.join = Where::Join::one, .op = where.op, .leaves = {}, .sources = {}, .of_source = where.property == "$source", .parts = {}};
  if (node.of_source) {
    for (const auto id : part.sources()) node.sources.push_back(text_passes(source_of(id), where.op, where.values));
  } else {
    for (const auto& column : part.columns())
      if (column.name() == where.property) add_leaf(node, where, column);
  }
  nodes_[number] = std::move(node);
  return number;
}

void Test::add_leaf(Node& node, const Where& where, const Column& column) const {
  Leaf leaf{.column = &column, .codes = {}, .op = where.op, .numbers = {}};
  for (const auto& value : where.values) {
    if (const auto* number = std::get_if<double>(&value)) leaf.numbers.push_back(*number);
    if (const auto* truth = std::get_if<bool>(&value); truth != nullptr && column.type() == ValueType::boolean) leaf.numbers.push_back(*truth ? 1 : 0);
  }
  if (!column.numeric()) {
    // Of a list the question is put to each element, and turned round for the whole.
    const auto op = column.type() == ValueType::list ? positive(where.op) : where.op;
    const auto& words = column.words();
    leaf.codes.resize(words.size());
    for (std::uint32_t code = 0; code < words.size(); ++code) leaf.codes[code] = text_passes(words[code], op, where.values);
  }
  node.leaves.push_back(std::move(leaf));
}

bool Test::passes(std::size_t at, std::uint32_t row) const {
  const auto& node = nodes_[at];
  const auto inner = [&](std::size_t part) { return passes(part, row); };
  switch (node.join) {
    case Where::Join::all: return std::ranges::all_of(node.parts, inner);
    case Where::Join::any: return std::ranges::any_of(node.parts, inner);
    case Where::Join::none: return std::ranges::none_of(node.parts, inner);
    case Where::Join::one: break;
  }
  if (node.of_source) {
    const auto place = std::ranges::find(part_->sources(), part_->source(row)) - part_->sources().begin();
    return node.sources[static_cast<std::size_t>(place)];
  }
  if (node.op == Op::missing)
    return std::ranges::all_of(node.leaves, [&](const Leaf& leaf) { return leaf.column->cell(row) == Column::kNone; });
  return std::ranges::any_of(node.leaves, [&](const Leaf& leaf) { return leaf_passes(leaf, row); });
}

bool Test::leaf_passes(const Leaf& leaf, std::uint32_t row) const {
  const auto cell = leaf.column->cell(row);
  if (cell == Column::kNone) return false;
  switch (leaf.column->type()) {
    case ValueType::text: return leaf.codes[leaf.column->code(cell)];
    case ValueType::list: {
      if (leaf.op == Op::set) return true;
      const auto elements = leaf.column->list(cell);
      const bool any = std::ranges::any_of(elements, [&](std::uint32_t code) { return leaf.codes[code]; });
      return any != negated(leaf.op);
    }
    default: return number_passes(leaf.column->as_double(cell), leaf.op, leaf.numbers);
  }
}

}  // namespace koi::events::columns
