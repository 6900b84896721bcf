#include "events/columns/groups.h"

#include <fmt/format.h>

namespace koi::events::columns {

Groups::Groups(const By& by) : by_(by), names_(by.names) {
  if (!by_person()) names_ = {""};
}

std::uint32_t Groups::number(const std::string& name) {
  if (name.empty()) return kMissing;
  const auto known = numbers_.find(name);
  if (known != numbers_.end()) return known->second;
  static const std::string kRest = "…";
  const bool full = names_.size() >= kMax;
  const auto [at, fresh] = numbers_.try_emplace(full ? kRest : name, static_cast<std::uint32_t>(names_.size()));
  if (fresh) names_.push_back(at->first);
  return at->second;
}

Groups::Bound Groups::bind(const Part& part, const SourceNames& source_of) {
  Bound bound{&part, {}};
  if (by_.property == kSource) {
    Bound::Piece piece{nullptr, {}, {}};
    for (const auto id : part.sources()) piece.of_number[id] = number(source_of ? source_of(id) : std::to_string(id));
    bound.pieces.push_back(std::move(piece));
    return bound;
  }
  if (by_.property.empty()) return bound;
  for (const auto& column : part.columns()) {
    if (column.name() != by_.property || column.type() == ValueType::json) continue;
    Bound::Piece piece{&column, {}, {}};
    for (std::uint32_t code = 0; code < column.words().size(); ++code) piece.of_code.push_back(number(std::string(column.words()[code])));
    if (column.numeric()) bind_numbers(piece, part);
    bound.pieces.push_back(std::move(piece));
  }
  return bound;
}

void Groups::bind_numbers(Bound::Piece& piece, const Part& part) {
  const auto& column = *piece.column;
  const auto& head = column.head();
  if (column.type() == ValueType::boolean || (column.type() == ValueType::integer && head.width <= 2)) {
    // By places, not by values: the greatest number there is may be among them.
    for (std::uint64_t i = 0, last = static_cast<std::uint64_t>(head.high) - static_cast<std::uint64_t>(head.low); i <= last; ++i) {
      const auto value = static_cast<std::int64_t>(static_cast<std::uint64_t>(head.low) + i);
      piece.of_code.push_back(number(column.type() == ValueType::boolean ? (value != 0 ? "true" : "false") : std::to_string(value)));
    }
    return;
  }
  column.each(0, part.rows(), [&](std::uint32_t, std::uint32_t cell) {
    const bool whole = column.type() == ValueType::integer;
    const auto bits = whole ? column.number(cell) : std::bit_cast<std::int64_t>(column.decimal(cell));
    if (piece.of_number.contains(bits)) return;
    piece.of_number[bits] = number(whole ? std::to_string(bits) : fmt::format("{}", column.decimal(cell)));
  });
}

void Groups::fetch(const Bound& bound, std::uint32_t row) const {
  if (bound.pieces.size() != 1 || bound.pieces[0].column == nullptr) return;
  const auto cell = bound.pieces[0].column->cell(row);
  if (cell != Column::kNone) bound.pieces[0].column->fetch(cell);
}

std::uint32_t Groups::of(const Bound& bound, std::uint32_t row) const {
  for (const auto& piece : bound.pieces) {
    if (piece.column == nullptr) return piece.of_number.at(bound.part->source(row));
    const auto cell = piece.column->cell(row);
    if (cell == Column::kNone) continue;
    switch (piece.column->type()) {
      case ValueType::text: return piece.of_code[piece.column->code(cell)];
      case ValueType::list: return piece.column->list(cell).empty() ? kMissing : piece.of_code[piece.column->list(cell)[0]];
      case ValueType::decimal: return piece.of_number.at(std::bit_cast<std::int64_t>(piece.column->decimal(cell)));
      default:
        if (!piece.of_code.empty()) return piece.of_code[static_cast<std::size_t>(piece.column->number(cell) - piece.column->head().low)];
        return piece.of_number.at(piece.column->number(cell));
    }
  }
  return kMissing;
}

}  // namespace koi::events::columns
