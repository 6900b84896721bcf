#include <filesystem>
#include <fstream>

#include "base/crypto.h"
#include "people/grave_list.h"
#include "people/keystore.h"
#include "people/profile.h"
#include "people/tests/pond.h"
#include "people/vault.h"

namespace koi::people {
namespace {

namespace fs = std::filesystem;

struct KeyWorld : Pond {
  using Pond::Pond;
  PersonId phone(const std::string& number) { return person({{"phone_e164", number}}); }
  std::string show(PersonId who) {
    const store::Author by{.kind = "user", .id = 7, .name = "u"};
    const auto got = write([&](Tx& tx) {
      return reveal(tx, Scope::everything("test"), {.person = who, .field = "phone", .reason = "call back", .by = by});
    });
    return got ? *got : got.error().code;
  }
  std::int64_t slot(PersonId who) { return number("SELECT slot FROM person_key WHERE person_id = " + std::to_string(who.v)); }
  std::vector<std::string> faults() { return read([](Tx& tx) { return verify_keys(tx); }).value(); }
  std::string keys() const { return dir() + "/keys/persons"; }
};

TEST(KeyFile, KeepsDestroysAndRewrites) {
  const auto dir = fs::temp_directory_path() / ("keyfile" + std::to_string(::getpid()));
  fs::create_directories(dir);
  const auto path = (dir / "persons").string();
  const auto box = [](char c) { return std::string(KeyFile::kBoxBytes, c); };
  ASSERT_TRUE(KeyFile::create(path, box('b')));
  ASSERT_TRUE(KeyFile::create(path, box('c'))) << "keeps the one that is there";
  {
    auto file = KeyFile::open(path).value();
    EXPECT_EQ(*file->read(1).value(), box('b'));
    const std::vector<std::string> three{box('1'), box('2'), box('3')};
    EXPECT_EQ(file->append(three).value(), KeyFile::kFirstSlot);
    const std::vector<std::int64_t> two{3, 99};
    ASSERT_TRUE(file->destroy(two));
    EXPECT_EQ(testing::outcome(file->read(5)), "people.no_key_slot");
  }
  std::ofstream(path, std::ios::app | std::ios::binary) << "torn";
  auto file = KeyFile::open(path).value();
  EXPECT_EQ(file->slots(), 5);
  EXPECT_FALSE(file->read(3).value());
  const std::vector<std::string> more{box('4')};
  EXPECT_EQ(file->append(more).value(), 5);
  EXPECT_EQ(testing::outcome(file->rewrite([](std::string_view) -> Result<std::string> { return fail(Errc::unavailable, "x.broke"); })), "x.broke");
  ASSERT_TRUE(file->rewrite([&](std::string_view was) -> Result<std::string> { return box(static_cast<char>(was[0] + 1)); }));
  for (const auto& reader : {file.get(), KeyFile::open(path).value().release()}) {
    EXPECT_EQ(*reader->read(1).value(), box('c'));
    EXPECT_EQ(*reader->read(2).value(), box('2'));
    EXPECT_FALSE(reader->read(3).value()) << "destroyed stays destroyed";
    EXPECT_EQ(*reader->read(5).value(), box('5'));
    if (reader != file.get()) delete reader;
  }
  fs::remove_all(dir);
}

TEST(Keystore, ManyPeopleCostFewSyncsAndEveryKeyIsTheirOwn) {
  KeyWorld w;
  std::vector<PersonId> people;
  for (int i = 0; i < 300; ++i) people.push_back(w.phone("1381234" + std::to_string(1000 + i)));
  w.reopen();
  for (int i = 0; i < 300; i += 37) EXPECT_EQ(w.show(people[static_cast<std::size_t>(i)]), "+861381234" + std::to_string(1000 + i));
  EXPECT_TRUE(w.faults().empty());
  if (testing::on_postgres()) return;
  EXPECT_EQ(w.number("SELECT COUNT(DISTINCT slot) FROM person_key"), 300);
  EXPECT_EQ(fs::file_size(w.keys()), static_cast<std::uintmax_t>(2 + 64 + 128 + 256) * KeyFile::kBoxBytes) << "three blocks";
}

TEST(Keystore, AnOlderKeystoreDoesNotBringAnErasedKeyBack) {
  KeyWorld w;
  const auto p = w.phone("13812345678"), other = w.phone("13812345679");
  ASSERT_TRUE(settle_keys(w.db()));
  if (!testing::on_postgres()) fs::copy_file(w.keys(), w.dir() + "/older");
  ASSERT_TRUE(w.write([&](Tx& tx) { return erase(tx, p); }));
  EXPECT_TRUE(w.faults().empty());
  if (testing::on_postgres()) {
    // pg_restore of the vault schema alone, from before the erasure
    ASSERT_TRUE(w.write([&](Tx& tx) {
      return tx.exec("INSERT INTO person_key (person_id, sealed, made_at) SELECT $1, sealed, made_at FROM person_key", p);
    }));
    ASSERT_EQ(settle_keys(w.db()).value_or(-1), 1);
  } else {
    w.db().close();
    fs::rename(w.dir() + "/older", w.keys());
    w.reopen();
    EXPECT_TRUE(settle_keys(w.db()));
  }
  EXPECT_TRUE(w.faults().empty());
  EXPECT_EQ(w.count("person_key"), 1);
  EXPECT_EQ(w.show(other), "+8613812345679");
}

/// A copy of the store and its keys, taken before somebody was erased.
TEST(Keystore, AnOlderBackupForgetsWhomTheListNames) {
  if (testing::on_postgres()) return;  // PostgreSQL is backed up with its own tools
  KeyWorld w;
  const auto p = w.phone("13812345678"), other = w.phone("13812345679");
  const auto old = w.dir() + "/old";
  fs::create_directories(old + "/keys");
  ASSERT_TRUE(w.db().copy_to(old));
  for (const auto* key : {"/keys/master", "/keys/persons"}) fs::copy_file(w.dir() + key, old + key);
  ASSERT_TRUE(w.write([&](Tx& tx) { return erase(tx, p); }));

  store::Options options;
  options.address = old;
  const auto opens = [&](PersonId who) {
    auto db = Db::open(options).value();
    EXPECT_TRUE(settle_keys(*db));
    return db->read([&](Tx& tx) -> Result<bool> {
      TRY(auto* keys, Keystore::of(tx));
      TRY(const auto key, keys->key_of(tx, who));
      return key.has_value();
    }).value();
  };
  EXPECT_TRUE(opens(p)) << "an old backup with its own old keys";
  fs::copy_file(w.dir() + "/keys/erased", old + "/keys/erased");
  EXPECT_FALSE(opens(p)) << "with the list of the destroyed";
  EXPECT_TRUE(opens(other));
  auto db = Db::open(options).value();
  EXPECT_EQ(db->read([&](Tx& tx) { return tx.one<std::int64_t>("SELECT COUNT(*) FROM identifier WHERE person_id = $1", p); }).value(), 0)
      << "erased whole, not only unreadable";
}

TEST(Keystore, AKeyWhoseRowGoesIsDestroyedByTheSweep) {
  if (testing::on_postgres()) return;  // there the row is the key
  KeyWorld w;
  const auto p = w.phone("13812345678");
  const auto slot = w.slot(p);
  ASSERT_TRUE(w.write([&](Tx& tx) { return tx.exec("DELETE FROM person_key WHERE person_id = $1", p); }));
  ASSERT_TRUE(Keystore::sweep(w.db()));
  EXPECT_FALSE(KeyFile::open(w.keys()).value()->read(slot).value());
  EXPECT_EQ(w.number("SELECT destroyed FROM key_grave WHERE slot = " + std::to_string(slot)), 1);
}

TEST(Keystore, ARolledBackErasureDestroysNothing) {
  KeyWorld w;
  const auto p = w.phone("13812345678");
  EXPECT_FALSE(w.write([&](Tx& tx) -> Result<> {
    TRY(erase(tx, p));
    return fail(Errc::conflict, "test.changed_my_mind");
  }));
  EXPECT_EQ(w.show(p), "+8613812345678");
}

TEST(Keystore, AMissingKeystoreIsNeverReplacedByAnEmptyOne) {
  if (testing::on_postgres()) return;  // no file there
  KeyWorld w;
  const auto p = w.phone("13812345678");
  w.db().close();
  fs::remove(w.keys());
  w.reopen();
  EXPECT_EQ(w.show(p), "people.no_keystore");
  EXPECT_EQ(testing::outcome(settle_keys(w.db())), "people.no_keystore");
}

TEST(RotateMaster, SealsEveryKeyAnewAndFindsEverybodyStill) {
  KeyWorld w;
  const auto p = w.phone("13812345678"), gone = w.phone("13812345677");
  ASSERT_TRUE(w.write([&](Tx& tx) { return erase(tx, gone); }));
  const auto before = load_master(w.dir()).value().oldest();
  ASSERT_TRUE(rotate_master_key(w.db()));
  const auto after = load_master(w.dir()).value();
  EXPECT_EQ(after.size(), 1U);
  EXPECT_NE(after.oldest(), before);
  EXPECT_EQ(w.show(p), "+8613812345678");
  const auto late = w.phone("13812345676");
  for (int turn = 0; turn < 2; ++turn, w.reopen()) {
    EXPECT_EQ(w.show(p), "+8613812345678");
    EXPECT_EQ(w.phone("13812345678"), p) << "the blind index outlives the master key";
    EXPECT_EQ(w.show(late), "+8613812345676");
    EXPECT_TRUE(w.faults().empty());
  }
  const MasterKeys old({before});
  if (!testing::on_postgres()) {
    const auto file = KeyFile::open(w.keys()).value();
    for (std::int64_t slot = 1; slot < file->slots(); ++slot) {
      const auto box = file->read(slot).value();
      EXPECT_FALSE(box && old.open(*box)) << slot;
    }
  }
}

TEST(RotateMaster, TakesUpAnInterruptedOne) {
  KeyWorld w;
  const auto p = w.phone("13812345678");
  ASSERT_TRUE(begin_rotation(w.dir()));  // killed here: keys/master.next stands beside keys/master
  w.reopen();
  const auto during = w.phone("13812345676");
  EXPECT_EQ(w.show(p), "+8613812345678");
  ASSERT_TRUE(rotate_master_key(w.db()));
  w.reopen();
  EXPECT_EQ(load_master(w.dir()).value().size(), 1U);
  EXPECT_EQ(w.show(p), "+8613812345678");
  EXPECT_EQ(w.show(during), "+8613812345676");
  EXPECT_EQ(w.phone("13812345678"), p);
}

TEST(Keystore, AStoreFromBeforeMovesIn) {
  std::vector<store::Migration> early;
  for (const auto& step : people::schema())
    if (step.number != 7) early.push_back(step);
  testing::World w({store::schema(), events::schema(), early});
  const auto master = load_master(w.dir()).value();
  std::vector<std::string> keys;
  ASSERT_TRUE(w.write([&](Tx& tx) -> Result<> {
    for (std::int64_t id = 1; id <= 2500; ++id) {
      keys.push_back(random_bytes(kKeyBytes));
      TRY(tx.exec("INSERT INTO person_key (person_id, sealed, made_at) VALUES ($1, $2, 0)", id, store::Blob{master.seal(keys.back())}));
    }
    return {};
  }));
  ASSERT_TRUE(w.db().migrate(people::schema()));
  ASSERT_TRUE(settle_keys(w.db()));
  ASSERT_TRUE(settle_keys(w.db()));
  EXPECT_EQ(w.count("person_key"), 2500);
  for (const std::int64_t id : {1, 999, 1000, 1001, 2500}) {
    const auto key = w.read([&](Tx& tx) -> Result<std::string> {
      TRY(auto* keystore, Keystore::of(tx));
      TRY(const auto found, keystore->key_of(tx, PersonId{id}));
      return found.value_or("");
    });
    EXPECT_EQ(key.value_or("error"), keys[static_cast<std::size_t>(id - 1)]) << id;
  }
}

}  // namespace
}  // namespace koi::people
