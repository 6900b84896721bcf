#include "people/vault.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/crypto.h"
#include "base/text.h"
#include "people/attributes.h"
#include "store/rows.h"

namespace koi::people {

namespace {

constexpr std::string_view kKey = "SELECT sealed FROM person_key WHERE person_id = $1";
constexpr std::string_view kNewKey = "INSERT INTO person_key (person_id, sealed, made_at) VALUES ($1, $2, $3)";

constexpr std::size_t kKeyBytes = 32, kBlindBytes = 16;

struct SealedRow { store::Blob sealed; };
BOOST_DESCRIBE_STRUCT(SealedRow, (), (sealed))

/// The master key and what is derived from it once per Db.
struct Master {
  std::string key, blind;
  explicit Master(std::string bytes) : key(std::move(bytes)), blind(hmac_sha256(key, "koipond blind index 1")) {}
};

Result<std::string> read_file(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fail(Errc::unavailable, "people.no_master_key", path);
  std::string out(kKeyBytes + 1, '\0');
  const auto got = ::read(fd, out.data(), out.size());
  ::close(fd);
  if (got != static_cast<ssize_t>(kKeyBytes)) return fail(Errc::unavailable, "people.bad_master_key", path);
  out.resize(kKeyBytes);
  return out;
}

/// Written whole under another name and linked into place: a crash leaves no half key, of two starters one wins.
Result<> write_file(const std::string& path, const std::string& bytes) {
  const auto draft = path + "." + hex(random_bytes(8));
  const int fd = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Errc::unavailable, "people.no_master_key", draft);
  const bool written = ::write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) && ::fsync(fd) == 0;
  ::close(fd);
  const bool linked = written && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
  ::unlink(draft.c_str());
  if (!linked) return fail(Errc::unavailable, "people.no_master_key", path);
  const auto folder = std::filesystem::path(path).parent_path();
  if (const int dir = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC); dir >= 0) {
    (void)::fsync(dir);
    ::close(dir);
  }
  return {};
}

/// KOIPOND_MASTER_KEY (64 hex digits) where several machines share a store; else keys/master in the data folder,
/// made at first use.
Result<std::string> master_bytes(const std::string& data_dir) {
  if (const char* given = std::getenv("KOIPOND_MASTER_KEY"); given != nullptr && *given != '\0') {
    auto bytes = unhex(given);
    if (!bytes || bytes->size() != kKeyBytes)
      return fail(Errc::unavailable, "people.bad_master_key", "KOIPOND_MASTER_KEY is not 64 hex digits");
    return std::move(*bytes);
  }
  if (data_dir.empty())
    return fail(Errc::unavailable, "people.no_master_key", "set KOIPOND_MASTER_KEY: the store has no data folder");
  const auto folder = data_dir + "/keys", path = folder + "/master";
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) {
    std::filesystem::create_directories(folder, failed);
    (void)::chmod(folder.c_str(), 0700);
    TRY(write_file(path, random_bytes(kKeyBytes)));
  }
  return read_file(path);
}

Result<const Master*> master(Tx& tx) {
  static const char kSlot = 0;
  const auto& kept = tx.shared<Result<Master>>(&kSlot, [&] {
    auto bytes = master_bytes(tx.data_dir());
    return std::make_shared<Result<Master>>(bytes ? Result<Master>(Master(std::move(*bytes)))
                                                  : std::unexpected(std::move(bytes).error()));
  });
  if (!kept) return std::unexpected(kept.error());
  return &*kept;
}

Result<std::optional<std::string>> node_key(Tx& tx, PersonId node) {
  TRY(const auto* root, master(tx));
  TRY(const auto sealed, tx.maybe<SealedRow>(kKey, node));
  if (!sealed) return std::nullopt;
  auto key = unseal(root->key, sealed->sealed.bytes);
  if (!key) return fail(Errc::internal, "people.wrong_master_key", to_text(node));
  return std::move(*key);
}

}  // namespace

Result<store::Blob> seal_for(Tx& tx, PersonId node, std::string_view clear) {
  TRY(auto key, node_key(tx, node));
  if (!key) {
    TRY(const auto* root, master(tx));
    key = random_bytes(kKeyBytes);
    TRY(tx.exec(kNewKey, node, store::Blob{seal(root->key, *key)}, tx.now()));
  }
  return store::Blob{seal(*key, clear)};
}

Result<std::optional<std::string>> open_for(Tx& tx, PersonId node, const store::Blob& box) {
  TRY(const auto key, node_key(tx, node));
  if (!key) return std::nullopt;
  return unseal(*key, box.bytes);
}

Result<std::string> blind(Tx& tx, std::string_view ns, std::string_view value) {
  TRY(const auto* root, master(tx));
  std::string named(ns);
  named += '\0';
  named += value;
  return base64url(std::string_view(hmac_sha256(root->blind, named)).substr(0, kBlindBytes));
}

}  // namespace koi::people
