/// The master key: a file of its own (DATA/keys/master, 0600, made at first use) or KOIPOND_MASTER_KEY (64 hex digits)
/// where several machines share a store. It seals people's keys and nothing else.
/// While a rotation is under way there are two: keys/master and keys/master.next, or KOIPOND_MASTER_KEY and
/// KOIPOND_MASTER_KEY_OLD.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace koi::people {

constexpr std::size_t kKeyBytes = 32;

/// The keys a box may be sealed under; the first one seals.
class MasterKeys {
 public:
  explicit MasterKeys(std::vector<std::string> keys) : keys_(std::move(keys)) {}
  std::string seal(std::string_view clear) const;
  /// unavailable "people.wrong_master_key" when none of them opens it.
  Result<std::string> open(std::string_view box) const;
  bool sealed_by_first(std::string_view box) const;
  const std::string& oldest() const { return keys_.back(); }
  std::size_t size() const { return keys_.size(); }

 private:
  std::vector<std::string> keys_;
};

/// What is on this machine now; without any, a first key is made in `data_dir`.
/// unavailable "people.no_master_key", "people.bad_master_key".
Result<MasterKeys> load_master(const std::string& data_dir);
/// Makes keys/master.next (or finds the one an interrupted rotation left) and puts it first. invalid
/// "people.master_in_environment" when the environment names the key but not the old one.
Result<MasterKeys> begin_rotation(const std::string& data_dir);
/// keys/master.next takes the place of keys/master, whose bytes are overwritten.
Result<MasterKeys> end_rotation(const std::string& data_dir);

/// Written whole under another name and linked into place: a crash leaves no half file, of two starters one wins.
Result<> write_key_file(const std::string& path, std::string_view bytes);

}  // namespace koi::people
