#include "segments/deeds.h"

#include <algorithm>
#include <bit>
#include <numeric>

namespace koi::segments {

namespace columns = events::columns;
using columns::Column;
using columns::ValueType;

const std::vector<Record::Home>& Record::homes_of(const std::string& path) {
  if (const auto known = homes_.find(path); known != homes_.end()) return known->second;
  std::vector<Home> homes;
  for (const auto& shelved : view_->parts) {
    auto& home = homes.emplace_back();
    for (const auto& column : shelved.part->columns()) {
      const auto name = column.name();
      if (name == path) home.values.push_back(&column);
      else if (column.type() == ValueType::json && path.starts_with(name) && path[name.size()] == '.') home.lists.push_back(&column);
    }
    // The list as it came before its texts.
    std::ranges::sort(home.values, [](const Column* a, const Column* b) { return a->type() > b->type(); });
  }
  return homes_.emplace(path, std::move(homes)).first->second;
}

// Of each person every rule asks again, by the very strings it is made of: comparing one is quicker than its hash.
std::int64_t Record::kind(const std::string& name) const {
  auto& asked = asked_[std::bit_cast<std::uintptr_t>(&name) / alignof(std::string) / 4 % asked_.size()];
  if (asked.at != &name || asked.name != name) {
    const auto at = kinds_->find(name);
    asked = {&name, name, at == kinds_->end() ? -1 : at->second};
  }
  return asked.kind;
}

std::string_view Record::source_name(std::int64_t id) {
  const auto known = source_names_.find(id);
  if (known != source_names_.end()) return known->second;
  return source_names_.emplace(id, sources_ ? sources_(id) : std::to_string(id)).first->second;
}

std::optional<Known> Record::property(std::uint32_t at, std::uint32_t row, const std::string& path) {
  const auto& part = *view_->parts[at].part;
  if (path == "amount") return whole(part.amount(row));
  if (path == "source") return source_name(part.source(row));
  if (path == "at") return from_ms(part.at(row));
  const auto& home = homes_of(path)[at];
  for (const auto* list : home.lists)
    if (list->cell(row) != Column::kNone) return {};
  for (const auto* column : home.values) {
    const auto cell = column->cell(row);
    if (cell == Column::kNone) continue;
    switch (column->type()) {
      case ValueType::text: return column->words()[column->code(cell)];
      case ValueType::integer: return whole(column->number(cell));
      case ValueType::decimal: return ratio_of(column->decimal(cell));
      case ValueType::boolean: return column->number(cell) != 0;
      case ValueType::list:
      case ValueType::json: return List{column, cell};
    }
  }
  return {};
}

void Deeds::add(std::int64_t node) {
  const auto& parts = record_->view().parts;
  for (std::uint32_t p = 0; p < parts.size(); ++p) {
    const auto& part = *parts[p].part;
    const auto who = part.who();
    const auto found = std::ranges::lower_bound(who, node);
    if (found == who.end() || *found != node) continue;
    const auto place = static_cast<std::size_t>(found - who.begin());
    for (auto row = part.start()[place]; row < part.start()[place + 1]; ++row)
      if (const auto kind = part.kind(row); record_->is_deed(kind)) all_.push_back({from_ms(part.at(row)), kind, p, row});
  }
}

void Deeds::read(columns::Ordinal root) {
  all_.clear();
  const auto& view = record_->view();
  const auto nodes = view.ties->nodes_of.find(root);
  if (nodes == view.ties->nodes_of.end()) add(view.roster->node(root));
  else
    for (const auto node : nodes->second) add(view.roster->node(node));
  // They stand by node and then as the log has them, so that a stable sort by time is all that is left.
  if (!std::ranges::is_sorted(all_, {}, &Deed::at)) std::ranges::stable_sort(all_, {}, &Deed::at);
  sort_kinds();
}

void Deeds::sort_kinds() {
  every_.resize(all_.size());
  std::iota(every_.begin(), every_.end(), 0U);
  by_kind_ = every_;
  const auto kind = [this](std::uint32_t place) { return std::pair(all_[place].kind, place); };
  std::ranges::sort(by_kind_, {}, kind);
  runs_.clear();
  for (std::uint32_t i = 0; i < by_kind_.size(); ++i) {
    const auto mine = all_[by_kind_[i]].kind;
    if (runs_.empty() || runs_.back().kind != mine) runs_.push_back({mine, i, i});
    ++runs_.back().end;
  }
}

std::size_t Deeds::until(Instant now) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(all_, now, {}, &Deed::at) - all_.begin());
}

std::span<const std::uint32_t> Deeds::of(const std::string& kind) const {
  if (kind == "*") return every_;
  const auto number = record_->kind(kind);
  const auto run = std::ranges::lower_bound(runs_, number, {}, &Run::kind);
  if (run == runs_.end() || run->kind != number) return {};
  return std::span(by_kind_).subspan(run->begin, run->end - run->begin);
}

}  // namespace koi::segments
