/// Immutable sorted files and the few of them that stand behind a growing tail: which log position has this id, which
/// events has this person. Derived from the log: checksummed, rebuilt when torn or missing, never truth.
#pragma once
#include <atomic>
#include <compare>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "base/pages.h"
#include "base/result.h"

namespace koi::events {

/// Three words, sorted as they stand. Look-ups go by `key`.
struct Record {
  std::uint64_t key = 0, second = 0, third = 0;
  friend auto operator<=>(const Record&, const Record&) = default;
};

/// The log positions [from, to) a run covers, and a fingerprint of the last row in it: a run left over from another
/// log (a restored backup) does not match and is dropped.
struct Cover {
  std::int64_t from = 0, to = 0;
  std::uint64_t mark = 0;
  friend bool operator==(const Cover&, const Cover&) = default;
};

/// One file: records in blocks of 128, a fence and a checksum for each block, a Bloom filter over the keys. Opened by
/// mmap; a block is checked when it is first read.
class Run {
 public:
  static Result<std::shared_ptr<const Run>> open(const std::filesystem::path& file);
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  const Cover& cover() const { return cover_; }
  std::size_t size() const { return count_; }
  const std::filesystem::path& file() const { return file_; }
  /// False is certain.
  bool may_hold(std::uint64_t key) const;
  /// Position of the first record not below `bound`. internal "events.index_damaged" when a block fails its checksum.
  Result<std::size_t> lower_bound(const Record& bound) const;
  Result<Record> at(std::size_t position) const;
  /// Reads every block; the first failing one is the error.
  Result<> verify() const;

 private:
  friend class RunWriter;
  Run() = default;
  Result<> check_block(std::size_t block) const;

  std::filesystem::path file_;
  Cover cover_;
  Pages pages_;
  std::size_t count_ = 0, filter_lines_ = 0;
  std::span<const Record> records_;
  struct Fence;
  std::span<const Fence> fences_;
  const std::uint64_t* filter_ = nullptr;
  mutable std::vector<std::atomic<std::uint8_t>> checked_;
};

/// Writes a run of exactly `count` records, given in order, beside its final name, then renames it.
class RunWriter {
 public:
  RunWriter(std::filesystem::path file, Cover cover, std::size_t count);
  ~RunWriter();
  RunWriter(const RunWriter&) = delete;
  RunWriter& operator=(const RunWriter&) = delete;
  void add(const Record& record);
  Result<std::shared_ptr<const Run>> finish();

 private:
  void end_block();
  void put(const void* data, std::size_t bytes);

  std::filesystem::path file_, draft_;
  Cover cover_;
  std::size_t count_, added_ = 0, filter_lines_;
  int fd_ = -1;
  bool failed_ = false;
  std::vector<Record> block_;
  std::vector<std::uint64_t> fences_, filter_;
  std::string buffer_;
};

/// Runs of one name in one folder, oldest first, adjacent in the log. Readers take a snapshot of the list; one thread
/// at a time adds and merges.
class SortedRuns {
 public:
  using List = std::vector<std::shared_ptr<const Run>>;
  /// Runs begin at about `first_size` records; `fan_in` of one size become one of the next.
  struct Shape { std::size_t first_size, fan_in; };
  SortedRuns(std::filesystem::path folder, std::string name, Shape shape)
      : folder_(std::move(folder)), name_(std::move(name)), shape_(shape) {}

  /// Opens what is there: drops torn files, files inside others, and everything behind a gap.
  Result<> open();
  /// Keeps only runs that end at or before `to` and that `good` accepts; returns where the cover ends then.
  std::int64_t trim(std::int64_t to, const std::function<bool(const Cover&)>& good);
  std::shared_ptr<const List> list() const;
  std::int64_t end() const;
  /// Adds a run of sorted records, then merges the newest while fan_in of one size stand side by side.
  Result<> add(std::span<const Record> sorted, Cover cover);
  /// Drops every run and its file.
  void clear();

 private:
  std::filesystem::path path_of(const Cover& cover) const;
  Result<> merge_newest();
  Result<std::shared_ptr<const Run>> merge(std::span<const std::shared_ptr<const Run>> runs) const;
  void publish(List list);
  std::size_t level(std::size_t count) const;

  std::filesystem::path folder_;
  std::string name_;
  Shape shape_;
  mutable std::mutex mutex_;
  std::shared_ptr<const List> list_ = std::make_shared<List>();
};

}  // namespace koi::events
