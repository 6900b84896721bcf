// The files of the shelf: opening, sealing, merging, checking.
#include <system_error>

#include "events/columns/shelf.h"
#include "events/columns/weave.h"

namespace koi::events::columns {

namespace fs = std::filesystem;

fs::path Shelf::path_of(const Cover& cover) const {
  return fs::path(folder_) / (std::to_string(cover.after) + "-" + std::to_string(cover.last) + ".part");
}

/// Whether the log still has, at the end of a part, the row the part was made from.
Result<bool> Shelf::same_log(Tx& tx, const Cover& cover) {
  bool same = false;
  TRY(each_row(tx, cover.last - 1, 1, [&](const RawRow& row) -> Result<> {
    same = row.seq == cover.last && mark_of(row) == cover.mark;
    return {};
  }));
  return same;
}

/// Takes what fits together from the beginning of the log; the rest is made again.
Result<> Shelf::open_files(Tx& tx) {
  std::error_code ec;
  fs::create_directories(folder_, ec);
  std::vector<PartPtr> found;
  for (const auto& entry : fs::directory_iterator(folder_, ec)) {
    auto image = entry.path().extension() == ".part" ? Image::open(entry.path()) : fail(Errc::unavailable, "events.columns_damaged");
    auto part = image ? Part::open(std::move(*image)) : std::unexpected(image.error());
    if (part) found.push_back(std::move(*part));
    else fs::remove(entry.path(), ec);
  }
  if (ec) return fail(Errc::internal, "events.columns_io", folder_ + ": " + ec.message());
  // Widest first among equals: what a merge had already written replaces what it was made of.
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return a->cover().after != b->cover().after ? a->cover().after < b->cover().after : a->cover().last > b->cover().last;
  });
  bool intact = true;
  for (auto& part : found) {
    const auto end = parts_.empty() ? 0 : parts_.back().part->cover().last;
    const bool next = intact && part->cover().after == end;
    if (next) {
      TRY(intact, same_log(tx, part->cover()));
    }
    if (next && intact) {
      if (members().after == nullptr)
        for (const auto node : part->who()) take({{node}, {node}});
      parts_.push_back(shelve(std::move(part)));
      overlaps_.add(*parts_.back().part, *parts_.back().places);
    } else {
      fs::remove(part->image().file(), ec);
    }
  }
  files_ = parts_.size();
  return {};
}

Result<bool> Shelf::work() {
  const std::scoped_lock work(files_mutex_);
  const auto [behind, least] = [&] {
    const std::scoped_lock lock(mutex_);
    return std::pair(behind_, seal_rows());
  }();
  if (keeps_files()) {
    TRY(const bool sealed, seal(least));
    if (sealed) return true;
  }
  if (!behind) {
    TRY(const bool merged, merge_memory());
    if (merged) return true;
  }
  return merge_files();
}

bool Shelf::crowded() {
  const std::scoped_lock lock(mutex_);
  std::uint64_t rows = 0;
  for (auto i = files_; i < parts_.size(); ++i) rows += parts_[i].part->rows();
  return keeps_files() && rows >= 2 * seal_rows();
}

Result<> Shelf::put_away() {
  if (!keeps_files()) return {};
  const std::scoped_lock work(files_mutex_);
  {
    const std::scoped_lock lock(mutex_);
    if (ready_ && filling_->rows() > 0) TRY(settle_chunk());
  }
  TRY(seal(std::max<std::uint64_t>(1, shape_.seal_rows / 64)));
  return {};
}

/// What is in memory, if it is as many rows.
Result<bool> Shelf::seal(std::uint64_t least) {
  std::vector<PartPtr> memory;
  {
    const std::scoped_lock lock(mutex_);
    std::uint64_t rows = 0;
    for (auto i = files_; i < parts_.size(); ++i) {
      memory.push_back(parts_[i].part);
      rows += memory.back()->rows();
    }
    if (rows < least) return false;
    held_ = memory.size();
  }
  ImageWriter out(path_of({memory.front()->cover().after, memory.back()->cover().last, 0}));
  auto part = weave(out, memory);
  const std::scoped_lock lock(mutex_);
  held_ = 0;
  if (!part) return std::unexpected(part.error());
  sealed_ += (*part)->rows();
  replace(files_, memory.size(), shelve(std::move(*part)));
  ++files_;
  return true;
}

/// From the oldest part in memory on that has no more rows than stand behind it: one part of all of them. Who asks meanwhile
/// has them as they were.
Result<bool> Shelf::merge_memory() {
  std::vector<PartPtr> old;
  {
    const std::scoped_lock lock(mutex_);
    auto first = parts_.size();
    std::uint64_t behind = 0;
    for (auto i = parts_.size(); i-- > files_;) {
      const auto rows = parts_[i].part->rows();
      if (i + 1 < parts_.size() && rows <= behind) first = i;
      behind += rows;
    }
    for (auto i = first; i < parts_.size(); ++i) old.push_back(parts_[i].part);
    if (old.size() < 2) return false;
    held_ = parts_.size() - files_;
  }
  ImageWriter out;
  auto part = weave(out, old);
  const std::scoped_lock lock(mutex_);
  const auto first = files_ + held_ - old.size();
  held_ = 0;
  if (!part) return std::unexpected(part.error());
  replace(first, old.size(), shelve(std::move(*part)));
  return true;
}

/// Behind each part stand at most half as many rows as it has: some log2 of them, each row written as often.
Result<bool> Shelf::merge_files() {
  std::vector<PartPtr> old;
  std::vector<Shelved> before;
  std::size_t first = 0;
  {
    const std::scoped_lock lock(mutex_);
    std::uint64_t behind = 0;
    first = files_;
    for (auto i = files_; i-- > 0;) {
      if (i + 1 < files_ && parts_[i].part->rows() < 2 * behind) first = i;
      behind += parts_[i].part->rows();
    }
    for (auto i = first; i < files_; ++i) old.push_back(parts_[i].part);
    before.assign(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(first));
  }
  if (old.size() < 2) return false;
  ImageWriter out(path_of({old.front()->cover().after, old.back()->cover().last, 0}));
  TRY(auto part, weave(out, old));
  const auto rows = part->rows();
  auto shelved = shelve(std::move(part));
  // What overlapped inside the new part does so no more. Nobody else changes the list of files meanwhile.
  Overlaps overlaps;
  for (const auto& kept : before) overlaps.add(*kept.part, *kept.places);
  overlaps.add(*shelved.part, *shelved.places);
  {
    const std::scoped_lock lock(mutex_);
    woven_rows_ += rows;
    replace(first, old.size(), std::move(shelved));
    files_ -= old.size() - 1;
    for (auto i = files_; i < parts_.size(); ++i) overlaps.add(*parts_[i].part, *parts_[i].places);
    overlaps_ = std::move(overlaps);
  }
  std::error_code ec;
  for (const auto& gone : old) fs::remove(gone->image().file(), ec);
  return true;
}

/// With the lock held.
void Shelf::replace(std::size_t first, std::size_t count, Shelved part) {
  const auto at = parts_.begin() + static_cast<std::ptrdiff_t>(first);
  parts_.insert(parts_.erase(at, at + static_cast<std::ptrdiff_t>(count)), std::move(part));
  view_.reset();
}

Result<bool> Shelf::check_files() {
  const std::scoped_lock work(files_mutex_);
  std::vector<PartPtr> files;
  {
    const std::scoped_lock lock(mutex_);
    for (std::size_t i = 0; i < files_; ++i) files.push_back(parts_[i].part);
  }
  for (const auto& part : files) {
    if (part->verify()) continue;
    std::error_code ec;
    fs::remove(part->image().file(), ec);
    // Whoever asks next begins as after a start.
    const std::scoped_lock lock(mutex_);
    parts_.clear();
    files_ = held_ = 0;
    overlaps_ = {};
    ready_ = false;
    view_.reset();
    return false;
  }
  return true;
}

namespace {

/// Rows as one number that does not depend on their order.
class Rolled {
 public:
  void add(std::int64_t node, std::int64_t at, std::int64_t kind, std::int64_t amount) {
    auto h = static_cast<std::uint64_t>(node);
    for (const auto word : {at, kind, amount}) h = mixed(h ^ mixed(static_cast<std::uint64_t>(word) + 0x9E3779B97F4A7C15ULL));
    sum_ += mixed(h);
    ++rows_;
  }
  friend bool operator==(const Rolled&, const Rolled&) = default;

 private:
  static std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdULL;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
  }
  std::uint64_t sum_ = 0, rows_ = 0;
};

Rolled rolled(const Part& part) {
  Rolled out;
  for (std::size_t i = 0; i < part.who().size(); ++i)
    for (auto row = part.start()[i]; row < part.start()[i + 1]; ++row) out.add(part.who()[i], part.at(row), part.kind(row), part.amount(row));
  return out;
}

}  // namespace

Result<> Shelf::verify(Tx& tx) {
  constexpr std::size_t kRowsATime = 10'000;
  std::vector<PartPtr> files;
  {
    const std::scoped_lock lock(mutex_);
    TRY(ready(tx));
    for (std::size_t i = 0; i < files_; ++i) files.push_back(parts_[i].part);
  }
  for (const auto& part : files) {
    TRY(part->verify());
    Rolled log;
    auto from = part->cover().after;
    for (auto before = from - 1; from < part->cover().last && from != before;) {
      before = from;
      TRY(from, each_row(tx, from, kRowsATime, [&](const RawRow& row) -> Result<> {
        if (row.seq <= part->cover().last) log.add(row.person.v, kept_time(row.at), row.kind, row.amount_fen);
        return {};
      }));
    }
    if (log != rolled(*part))
      return fail(Errc::unavailable, "events.columns_damaged", part->image().file().filename().string() + ": not what the log says");
  }
  return {};
}

Figures Shelf::figures() {
  const std::scoped_lock lock(mutex_);
  Figures f;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    f.rows += parts_[i].part->rows();
    if (i < files_) {
      f.file_rows += parts_[i].part->rows();
      f.file_bytes += parts_[i].part->image().size();
    }
  }
  f.parts = parts_.size();
  f.files = files_;
  f.rows += filling_ ? filling_->rows() : 0;
  f.last = filling_ ? filling_->cover().last : 0;
  f.sealed = sealed_;
  f.woven_rows = woven_rows_;
  return f;
}

}  // namespace koi::events::columns
