/// What keeps the keystore right: moving in, burying, changing the master key, looking whether all is well.
#include <fmt/format.h>

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>

#include "people/grave_list.h"
#include "people/keystore.h"
#include "store/rows.h"

namespace koi::people {

namespace {

constexpr std::int64_t kBatch = 1000;
constexpr std::size_t kFaultsMax = 20;

constexpr std::string_view kBefore = "SELECT person_id, sealed FROM person_key_before ORDER BY person_id LIMIT $1";
constexpr std::string_view kMoved = "DELETE FROM person_key_before WHERE person_id = $1";
constexpr std::string_view kPlace =
    "INSERT INTO person_key (person_id, slot) VALUES ($1, $2) ON CONFLICT (person_id) DO NOTHING";
constexpr std::string_view kGraves = "SELECT slot FROM key_grave WHERE slot > $1 ORDER BY slot LIMIT $2";
constexpr std::string_view kOpenGraves = "SELECT slot FROM key_grave WHERE destroyed = 0 AND slot > $1 ORDER BY slot LIMIT $2";
constexpr std::string_view kBuried = "UPDATE key_grave SET destroyed = 1 WHERE destroyed = 0 AND slot = $1";
constexpr std::string_view kBuryTable = "DELETE FROM person_key WHERE person_id IN (SELECT person_id FROM key_grave)";
constexpr std::string_view kAllSlots = "SELECT person_id, slot FROM person_key";
constexpr std::string_view kDead = "SELECT slot FROM key_grave WHERE destroyed = 1";
constexpr std::string_view kAllBoxes = "SELECT person_id, sealed FROM person_key";
constexpr std::string_view kBoxes = "SELECT person_id, sealed FROM person_key WHERE person_id > $1 ORDER BY person_id LIMIT $2";
constexpr std::string_view kReseal = "UPDATE person_key SET sealed = $2 WHERE person_id = $1 AND sealed = $3";
constexpr std::string_view kKeepBlind =
    "INSERT INTO person_key (person_id, sealed, made_at) SELECT 0, CAST($1 AS BYTEA), 0 "
    "WHERE NOT EXISTS (SELECT 1 FROM person_key WHERE person_id = 0)";

struct BoxRow { std::int64_t person = 0; store::Blob sealed; };
BOOST_DESCRIBE_STRUCT(BoxRow, (), (person, sealed))
struct SlotRow { PersonId person; std::int64_t slot = 0; };
BOOST_DESCRIBE_STRUCT(SlotRow, (), (person, slot))

Result<Keystore*> keystore_of(Db& db) { return db.read([](Tx& tx) { return Keystore::of(tx); }); }

}  // namespace

Result<std::int64_t> Keystore::settle(Db& db) {
  if (db.kind() == store::Kind::postgres) return db.write([](Tx& tx) { return tx.exec(kBuryTable); });
  TRY(move_in(db));
  TRY(erase_again(db));
  return bury(db, true);
}

Result<> Keystore::sweep(Db& db) {
  if (db.kind() == store::Kind::postgres) return {};
  TRY(bury(db, false));
  return {};
}

/// Keys of a store from before: first durable in the keystore, then their rows move, a thousand at a time.
Result<> Keystore::move_in(Db& db) {
  for (;;) {
    TRY(const auto rows, db.read([](Tx& tx) { return tx.all<BoxRow>(kBefore, kBatch); }));
    if (rows.empty()) return {};
    TRY(auto* keystore, keystore_of(db));
    std::vector<std::string> boxes;
    for (const auto& row : rows) {
      TRY(const auto key, keystore->masters()->open(row.sealed.bytes));
      boxes.push_back(keystore->masters()->seal(key));
    }
    TRY(const auto first, keystore->file_->append(boxes));
    TRY(db.write([&](Tx& tx) -> Result<> {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        TRY(tx.exec(kPlace, rows[i].person, first + static_cast<std::int64_t>(i)));
        TRY(tx.exec(kMoved, rows[i].person));
      }
      return {};
    }));
  }
}

/// People of keys/erased whom an older copy of the store still knows are erased again, whole.
Result<> Keystore::erase_again(Db& db) {
  TRY(auto* keystore, keystore_of(db));
  const auto listed = read_graves(keystore->graves_, keystore->file_->name());
  if (listed.empty()) return {};
  TRY(keystore->file_->destroy(listed));
  const boost::unordered_flat_set<std::int64_t> dead(listed.begin(), listed.end());
  std::vector<PersonId> back;
  TRY(db.read([&](Tx& tx) -> Result<> {
    return tx.each<SlotRow>(kAllSlots, [&](SlotRow&& row) -> Result<> {
      if (dead.contains(row.slot)) back.push_back(row.person);
      return {};
    });
  }));
  for (const auto person : back) {
    TRY(db.write([&](Tx& tx) { return erase(tx, person); }));
  }
  return {};
}

Result<std::int64_t> Keystore::bury(Db& db, bool all) {
  std::int64_t done = 0;
  for (std::int64_t last = 0;;) {
    TRY(const auto slots, db.read([&](Tx& tx) { return tx.all<std::int64_t>(all ? kGraves : kOpenGraves, last, kBatch); }));
    if (slots.empty()) return done;
    TRY(auto* keystore, keystore_of(db));
    TRY(keystore->file_->destroy(slots));
    TRY(db.write([&](Tx& tx) -> Result<> {
      for (const auto slot : slots) {
        TRY(const auto fresh, tx.exec(kBuried, slot));
        done += fresh;
      }
      return {};
    }));
    last = slots.back();
  }
}

Result<std::int64_t> Keystore::rotate(Db& db) {
  TRY(const auto folder, db.read([](Tx& tx) -> Result<std::string> { return tx.data_dir(); }));
  TRY(auto* keystore, keystore_of(db));
  const std::unique_lock alone(keystore->rotating_, std::try_to_lock);
  if (!alone) return fail(Errc::conflict, "people.rotating");
  TRY(auto both, begin_rotation(folder));
  keystore->set_masters(std::move(both));  // from here on the new key seals, and either opens
  TRY(const auto done, keystore->file_ ? keystore->rotate_file() : keystore->rotate_table(db));
  TRY(auto left, end_rotation(folder));
  keystore->set_masters(std::move(left));
  return done;
}

Result<std::int64_t> Keystore::rotate_file() {
  std::int64_t done = 0;
  const auto keys = masters();
  TRY(file_->rewrite([&](std::string_view box) -> Result<std::string> {
    TRY(const auto key, keys->open(box));
    ++done;
    return keys->seal(key);
  }));
  return done;
}

Result<std::int64_t> Keystore::rotate_table(Db& db) {
  const auto keys = masters();
  TRY(db.write([&](Tx& tx) { return tx.exec(kKeepBlind, store::Blob{keys->seal(blind_)}); }));
  std::int64_t done = 0;
  for (std::int64_t last = -1;;) {
    TRY(const auto rows, db.read([&](Tx& tx) { return tx.all<BoxRow>(kBoxes, last, kBatch); }));
    if (rows.empty()) return done;
    TRY(db.write([&](Tx& tx) -> Result<> {
      for (const auto& row : rows) {
        if (keys->sealed_by_first(row.sealed.bytes)) continue;
        TRY(const auto key, keys->open(row.sealed.bytes));
        TRY(const auto changed, tx.exec(kReseal, row.person, store::Blob{keys->seal(key)}, row.sealed));
        done += changed;
      }
      return {};
    }));
    last = rows.back().person;
  }
}

Result<std::vector<std::string>> Keystore::verify(Tx& tx) {
  std::vector<std::string> faults;
  TRY(auto* keystore, of(tx));
  const auto keys = keystore->masters();
  const auto note = [&](std::string what) {
    if (faults.size() < kFaultsMax) faults.push_back(std::move(what));
  };
  if (!keystore->file_) {
    TRY(tx.each<BoxRow>(kAllBoxes, [&](BoxRow&& row) -> Result<> {
      if (!keys->open(row.sealed.bytes)) note(fmt::format("the key of {} does not open", to_text(PersonId{row.person})));
      return {};
    }));
    return faults;
  }
  TRY(tx.each<SlotRow>(kAllSlots, [&](SlotRow&& row) -> Result<> {
    const auto box = keystore->file_->read(row.slot);
    if (!box || !*box) note(fmt::format("{} has no key in slot {}", to_text(row.person), row.slot));
    else if (!keys->open(**box)) note(fmt::format("the key of {} does not open", to_text(row.person)));
    return {};
  }));
  TRY(tx.each<std::int64_t>(kDead, [&](std::int64_t&& slot) -> Result<> {
    const auto box = keystore->file_->read(slot);
    if (box && *box) note(fmt::format("the destroyed key in slot {} lives", slot));
    return {};
  }));
  return faults;
}

}  // namespace koi::people
