#include "connect/seal_key.h"

#include <mutex>

#include "team/team.h"

namespace koi::connect {
namespace {

std::mutex seal_mutex;
std::string seal_key_given;

}  // namespace

Result<std::string> seal_key(Db& db) { return seal_key(db.shared().data_dir()); }

Result<std::string> seal_key(const std::string& dir) {
  std::lock_guard lock(seal_mutex);
  if (!seal_key_given.empty()) return seal_key_given;
  if (dir.empty()) return fail(Errc::unavailable, "connect.seal_key");
  return team::load_secret_key(dir + "/connect.key");
}

void set_seal_key(std::string key32) {
  std::lock_guard lock(seal_mutex);
  seal_key_given = std::move(key32);
}

}  // namespace koi::connect
