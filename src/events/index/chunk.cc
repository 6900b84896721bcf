#include "events/index/chunk.h"

#include <algorithm>

namespace koi::events {

void Chunk::add(const Entry& entry) {
  const auto number = static_cast<std::uint32_t>(entries_.size());
  if (number == 0) {  // no growing pains in the middle of a busy chunk
    entries_.reserve(capacity_);
    by_id_.reserve(capacity_);
  }
  std::uint32_t before = 0;
  if (entry.person != 0) before = std::exchange(by_person_[entry.person], number + 1);
  entries_.push_back({entry, before});
  if (entry.id) by_id_.try_emplace(entry.id, number);
}

void Chunk::undo() {
  const auto number = static_cast<std::uint32_t>(entries_.size() - 1);
  const auto& [entry, before] = entries_.back();
  if (entry.id)
    if (const auto found = by_id_.find(entry.id); found != by_id_.end() && found->second == number) by_id_.erase(found);
  if (entry.person != 0) {
    if (before == 0) by_person_.erase(entry.person);
    else by_person_[entry.person] = before;
  }
  entries_.pop_back();
}

std::optional<std::int64_t> Chunk::find(IdHash id) const {
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  return entries_[found->second].entry.seq;
}

void Chunk::collect(std::int64_t person, const Record& bound, std::vector<Record>& out) const {
  const auto found = by_person_.find(person);
  if (found == by_person_.end()) return;
  for (auto number = found->second; number != 0; number = entries_[number - 1].before)
    if (const auto record = entries_[number - 1].entry.person_record(); record < bound) out.push_back(record);
}

std::vector<Record> Chunk::sorted_ids() const {
  std::vector<Record> out;
  out.reserve(by_id_.size());
  for (const auto& link : entries_)
    if (link.entry.id) out.push_back(link.entry.id_record());
  std::ranges::sort(out);
  return out;
}

std::vector<Record> Chunk::sorted_people() const {
  std::vector<Record> out;
  out.reserve(entries_.size());
  for (const auto& link : entries_)
    if (link.entry.person != 0) out.push_back(link.entry.person_record());
  std::ranges::sort(out);
  return out;
}

}  // namespace koi::events
