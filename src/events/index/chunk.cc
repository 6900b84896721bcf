#include "events/index/chunk.h"

#include <algorithm>

namespace koi::events {

void Chunk::add(const Entry& entry) {
  const auto number = static_cast<std::uint32_t>(entries_.size());
  if (number == 0) {  // no growing pains in the middle of a busy chunk
    entries_.reserve(capacity_);
    by_id_.reserve(capacity_);
  }
  Link link{entry, {0, 0}};
  for (const std::size_t side : {0, 1})
    if (const auto owner = side == 0 ? entry.owner : entry.other; owner != 0)
      link.before[side] = std::exchange(by_owner_[owner], place_of(number, side));
  entries_.push_back(link);
  if (entry.id) by_id_.try_emplace(entry.id, number);
}

void Chunk::undo() {
  const auto number = static_cast<std::uint32_t>(entries_.size() - 1);
  const auto& [entry, before] = entries_.back();
  if (entry.id)
    if (const auto found = by_id_.find(entry.id); found != by_id_.end() && found->second == number) by_id_.erase(found);
  for (const std::size_t side : {1, 0}) {
    const auto owner = side == 0 ? entry.owner : entry.other;
    if (owner == 0) continue;
    if (before[side] == 0) by_owner_.erase(owner);
    else by_owner_[owner] = before[side];
  }
  entries_.pop_back();
}

std::optional<std::int64_t> Chunk::find(IdHash id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  return entries_[found->second].entry.seq;
}

void Chunk::collect(std::int64_t owner, const Record& bound, std::vector<Record>& out) const {
  const auto found = by_owner_.find(owner);
  if (found == by_owner_.end()) return;
  for (auto place = found->second; place != 0;) {
    const auto& link = entries_[(place - 1) / 2];
    if (const auto record = link.entry.record_of(owner); record < bound) out.push_back(record);
    place = link.before[(place - 1) % 2];
  }
}

std::vector<Record> Chunk::sorted_ids() const {
  std::vector<Record> out;
  out.reserve(by_id_.size());
  for (const auto& link : entries_)
    if (link.entry.id) out.push_back(link.entry.id_record());
  std::ranges::sort(out);
  return out;
}

std::vector<Record> Chunk::sorted_owners() const {
  std::vector<Record> out;
  out.reserve(entries_.size());
  for (const auto& [entry, before] : entries_)
    for (const auto owner : {entry.owner, entry.other})
      if (owner != 0) out.push_back(entry.record_of(owner));
  std::ranges::sort(out);
  return out;
}

}  // namespace koi::events
