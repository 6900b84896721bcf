#include "events/index/runs.h"

#include <algorithm>
#include <array>
#include <system_error>

#include "base/text.h"

namespace koi::events {

namespace fs = std::filesystem;

std::shared_ptr<const SortedRuns::List> SortedRuns::list() const {
  const std::scoped_lock lock(mutex_);
  return list_;
}

void SortedRuns::publish(List list) {
  auto next = std::make_shared<const List>(std::move(list));
  const std::scoped_lock lock(mutex_);
  list_ = std::move(next);
}

std::int64_t SortedRuns::end() const {
  const auto runs = list();
  return runs->empty() ? 0 : runs->back()->cover().to;
}

fs::path SortedRuns::path_of(const Cover& cover) const {
  return folder_ / (name_ + "-" + std::to_string(cover.from) + "-" + std::to_string(cover.to) + ".run");
}

Result<> SortedRuns::open() {
  std::error_code ec;
  fs::create_directories(folder_, ec);
  List found;
  for (const auto& entry : fs::directory_iterator(folder_, ec)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(name_ + "-")) continue;
    auto run = name.ends_with(".run") ? Run::open(entry.path()) : fail(Errc::unavailable, "events.index_damaged");
    if (run) found.push_back(std::move(*run));
    else fs::remove(entry.path(), ec);
  }
  if (ec) return fail(Errc::internal, "events.index_io", folder_.string() + ": " + ec.message());
  // Widest first among equals: what a merge had already written replaces what it was made of.
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return a->cover().from != b->cover().from ? a->cover().from < b->cover().from : a->cover().to > b->cover().to;
  });
  List kept;
  for (auto& run : found) {
    const auto end = kept.empty() ? 0 : kept.back()->cover().to;
    if (run->cover().from == end) kept.push_back(std::move(run));
    else fs::remove(run->file(), ec);
  }
  publish(std::move(kept));
  return {};
}

std::int64_t SortedRuns::trim(std::int64_t to, const std::function<bool(const Cover&)>& good) {
  List kept;
  bool intact = true;
  for (const auto& run : *list()) {
    intact = intact && run->cover().to <= to && good(run->cover());
    std::error_code ec;
    if (intact) kept.push_back(run);
    else fs::remove(run->file(), ec);
  }
  publish(std::move(kept));
  return end();
}

void SortedRuns::clear() {
  trim(-1, [](const Cover&) { return false; });
}

std::size_t SortedRuns::level(std::size_t count) const {
  std::size_t level = 0;
  for (auto size = shape_.first_size * shape_.fan_in; count >= size; size *= shape_.fan_in) ++level;
  return level;
}

Result<> SortedRuns::add(std::span<const Record> sorted, Cover cover) {
  CHECK(cover.from == end());
  RunWriter writer(path_of(cover), cover, sorted.size());
  for (const auto& record : sorted) writer.add(record);
  TRY(auto run, writer.finish());
  List runs = *list();
  runs.push_back(std::move(run));
  publish(std::move(runs));
  return merge_newest();
}

Result<> SortedRuns::merge_newest() {
  for (;;) {
    List runs = *list();
    if (runs.empty()) return {};
    const auto newest = level(runs.back()->size());
    auto first = runs.end();
    while (first != runs.begin() && level((*(first - 1))->size()) <= newest) --first;
    if (static_cast<std::size_t>(runs.end() - first) < shape_.fan_in) return {};
    const List old(first, runs.end());
    TRY(auto merged, merge(old));
    runs.erase(first, runs.end());
    runs.push_back(std::move(merged));
    publish(std::move(runs));
    std::error_code ec;
    for (const auto& run : old) fs::remove(run->file(), ec);
  }
}

Result<std::shared_ptr<const Run>> SortedRuns::merge(std::span<const std::shared_ptr<const Run>> runs) const {
  struct Head { Record record; std::size_t run, position; };
  const auto later = [](const Head& a, const Head& b) { return a.record > b.record; };
  std::vector<Head> heads;
  std::size_t count = 0;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    count += runs[i]->size();
    if (runs[i]->size() == 0) continue;
    TRY(auto first, runs[i]->at(0));
    heads.push_back({first, i, 0});
  }
  const Cover cover{runs.front()->cover().from, runs.back()->cover().to, runs.back()->cover().mark};
  RunWriter writer(path_of(cover), cover, count);
  std::ranges::make_heap(heads, later);
  while (!heads.empty()) {
    std::ranges::pop_heap(heads, later);
    auto& head = heads.back();
    writer.add(head.record);
    if (++head.position == runs[head.run]->size()) {
      heads.pop_back();
      continue;
    }
    TRY(head.record, runs[head.run]->at(head.position));
    std::ranges::push_heap(heads, later);
  }
  return writer.finish();
}

}  // namespace koi::events
