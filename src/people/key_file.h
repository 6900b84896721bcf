/// People's keys on one machine: DATA/keys/persons, a flat file of sealed keys. A slot is written once, read by number,
/// and destroyed in place by zeros. Keys are made in blocks ahead of need, so that a new person costs no sync of its
/// own and still has a key that is durable before anything sealed under it is.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace koi::people {

class KeyFile {
 public:
  static constexpr std::size_t kBoxBytes = 72;      // nonce 24, MAC 16, key 32
  static constexpr std::int64_t kFirstSlot = 2;     // 0: the file's name, 1: the blind key

  /// A new file with `blind_box` in slot 1; keeps one that is there.
  static Result<> create(const std::string& path, std::string_view blind_box);
  /// unavailable "people.no_keystore", "people.bad_keystore". Drops what an interrupted rewrite left beside it.
  static Result<std::unique_ptr<KeyFile>> open(std::string path);
  ~KeyFile();

  /// The sealed box; nothing once destroyed. unavailable "people.no_key_slot" beyond the end.
  Result<std::optional<std::string>> read(std::int64_t slot) const;
  /// Durable when it returns; the first of the new slots.
  Result<std::int64_t> append(std::span<const std::string> boxes);
  /// Durable when it returns; slots beyond the end are none of ours.
  Result<> destroy(std::span<const std::int64_t> slots);
  /// Every living box through fn into a new file that then takes this one's place; slots made or destroyed meanwhile
  /// are carried over. Readers wait for one chunk at most.
  Result<> rewrite(const std::function<Result<std::string>(std::string_view box)>& fn);
  std::int64_t slots() const;
  /// Random, for life: which keystore a list of destroyed keys speaks of.
  const std::string& name() const { return name_; }

 private:
  KeyFile(std::string path, std::string name, int fd, std::int64_t count)
      : path_(std::move(path)), name_(std::move(name)), fd_(fd), count_(count) {}
  Result<> copy_chunk(int to, std::int64_t from, std::int64_t end,
                      const std::function<Result<std::string>(std::string_view box)>& fn);
  std::string path_, name_;
  mutable std::shared_mutex mutex_;
  int fd_, draft_ = -1;               // draft_: the file a rewrite is filling
  std::int64_t count_, copied_ = 0;   // slots in the file; of those, in the draft
};

}  // namespace koi::people
