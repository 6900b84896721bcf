#include "people/keystore.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "base/crypto.h"
#include "people/grave_list.h"
#include "store/rows.h"

namespace koi::people {

namespace {

constexpr std::int64_t kBlockMax = 4096;  // keys made ahead with one sync
constexpr int kExitIo = 74;

// SQLite: which slot is whose.
constexpr std::string_view kSlot = "SELECT slot FROM person_key WHERE person_id = $1";
constexpr std::string_view kNewSlot =
    "INSERT INTO person_key (person_id, slot) VALUES ($1, $2) ON CONFLICT (person_id) DO UPDATE SET slot = excluded.slot";
constexpr std::string_view kFirstSlot = "INSERT INTO person_key (person_id, slot) VALUES ($1, $2)";
constexpr std::string_view kAnySlot = "SELECT COUNT(*) FROM (SELECT 1 FROM person_key LIMIT 1) k";
// PostgreSQL: the sealed key itself; person 0 holds the blind key once the master key was changed.
constexpr std::string_view kBox = "SELECT sealed FROM person_key WHERE person_id = $1";
constexpr std::string_view kNewBox = "INSERT INTO person_key (person_id, sealed, made_at) VALUES ($1, $2, $3)";
constexpr std::string_view kGrave =
    "INSERT INTO key_grave (person_id, slot, destroyed) VALUES ($1, 0, 1) ON CONFLICT (person_id, slot) DO NOTHING";
constexpr std::string_view kDrop = "DELETE FROM person_key WHERE person_id = $1";

struct BoxRow { store::Blob sealed; };
BOOST_DESCRIBE_STRUCT(BoxRow, (), (sealed))

std::string blind_of(const std::string& master) { return hmac_sha256(master, "koipond blind index 1"); }

struct Holder {
  std::mutex mutex;
  std::shared_ptr<Keystore> keystore;
};

}  // namespace

Result<Keystore*> Keystore::of(Tx& tx) {
  static const char kHere = 0;
  auto& holder = tx.shared<Holder>(&kHere, [] { return std::make_shared<Holder>(); });
  const std::scoped_lock lock(holder.mutex);
  if (!holder.keystore) { TRY(holder.keystore, open(tx)); }
  return holder.keystore.get();
}

Result<std::shared_ptr<Keystore>> Keystore::open(Tx& tx) {
  TRY(auto keys, load_master(tx.data_dir()));
  const std::shared_ptr<Keystore> out(new Keystore(std::move(keys)));
  TRY(tx.kind() == store::Kind::sqlite ? out->open_file(tx) : out->open_table(tx));
  return out;
}

Result<> Keystore::open_file(Tx& tx) {
  const auto path = tx.data_dir() + "/keys/persons";
  std::error_code failed;
  if (!std::filesystem::exists(path, failed)) {
    // An empty keystore under a store that counts on another one would hand out slots twice.
    TRY(const auto used, tx.one<std::int64_t>(kAnySlot));
    if (used > 0) return fail(Errc::unavailable, "people.no_keystore", path);
    TRY(KeyFile::create(path, masters_->seal(blind_of(masters_->oldest()))));
  }
  TRY(file_, KeyFile::open(path));
  TRY(const auto box, file_->read(1));
  if (!box) return fail(Errc::unavailable, "people.bad_keystore", path);
  TRY(blind_, masters_->open(*box));
  graves_ = tx.data_dir() + "/keys/erased";
  return {};
}

Result<> Keystore::open_table(Tx& tx) {
  TRY(const auto box, tx.maybe<BoxRow>(kBox, 0));
  if (!box) blind_ = blind_of(masters_->oldest());
  else { TRY(blind_, masters_->open(box->sealed.bytes)); }
  return {};
}

std::shared_ptr<const MasterKeys> Keystore::masters() const {
  const std::scoped_lock lock(mutex_);
  return masters_;
}

void Keystore::set_masters(MasterKeys keys) {
  auto fresh = std::make_shared<const MasterKeys>(std::move(keys));
  const std::scoped_lock lock(mutex_);
  masters_ = std::move(fresh);
}

Result<std::optional<std::string>> Keystore::key_of(Tx& tx, PersonId node) {
  std::optional<std::string> box;
  if (file_) {
    TRY(const auto slot, tx.maybe<std::int64_t>(kSlot, node));
    if (!slot) return std::nullopt;
    TRY(box, file_->read(*slot));
  } else {
    TRY(auto row, tx.maybe<BoxRow>(kBox, node));
    if (row) box = std::move(row->sealed.bytes);
  }
  if (!box) return std::nullopt;
  TRY(auto key, masters()->open(*box));
  return key;
}

/// The next key of the block; a new block, twice as long, when it is used up. What a crash or a rollback leaves unused
/// stays unused.
Result<Keystore::Made> Keystore::take_slot() {
  const std::scoped_lock lock(mutex_);
  if (next_ == end_) {
    std::vector<std::string> boxes;
    boxes.reserve(static_cast<std::size_t>(block_));
    ahead_.clear();
    for (std::int64_t i = 0; i < block_; ++i) boxes.push_back(masters_->seal(ahead_.emplace_back(random_bytes(kKeyBytes))));
    std::ranges::reverse(ahead_);
    TRY(next_, file_->append(boxes));
    end_ = next_ + block_;
    block_ = std::min(block_ * 2, kBlockMax);
  }
  Made out{next_++, std::move(ahead_.back())};
  ahead_.pop_back();
  return out;
}


Result<std::string> Keystore::make_key(Tx& tx, PersonId node) {
  if (!file_) {
    auto key = random_bytes(kKeyBytes);
    TRY(tx.exec(kNewBox, node, store::Blob{masters()->seal(key)}, tx.now()));
    return key;
  }
  TRY(auto made, take_slot());
  TRY(tx.exec(kNewSlot, node, made.slot));
  return std::move(made.key);
}

Result<std::string> Keystore::make_first_key(Tx& tx, PersonId node) {
  if (!file_) return make_key(tx, node);
  TRY(auto made, take_slot());
  TRY(tx.append(kFirstSlot, node, made.slot));
  return std::move(made.key);
}

Result<> Keystore::destroy_key(Tx& tx, PersonId node) {
  if (!file_) {
    TRY(const auto gone, tx.exec(kDrop, node));
    if (gone > 0) { TRY(tx.exec(kGrave, node)); }
    return {};
  }
  TRY(const auto slot, tx.maybe<std::int64_t>(kSlot, node));
  if (!slot) return {};
  TRY(tx.exec(kDrop, node));
  tx.after_commit([this, slot = *slot] {
    const std::array<std::int64_t, 1> one{slot};
    auto done = file_->destroy(one);
    if (done) done = note_graves(graves_, file_->name(), one);
    if (done) return;
    // The erasure stands in the store and its key does not die: nobody may be told so. The next start buries it.
    fmt::print(stderr, "{{\"level\":\"fatal\",\"msg\":\"a key could not be destroyed: {}\"}}\n", done.error().detail);
    std::_Exit(kExitIo);
  });
  return {};
}

}  // namespace koi::people
