#include "tests/support/world.h"

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>

namespace koi::testing {

namespace {
std::string env(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}
std::string fresh_name() {
  static std::atomic<int> made{0};
  return "koi" + std::to_string(::getpid()) + "_" + std::to_string(++made);
}
}  // namespace

bool on_postgres() { return env("KOI_TEST_STORE") == "postgres"; }
bool long_run() { return !env("KOI_LONG").empty(); }

std::string shared_folder() {
  auto folder = env("KOI_SHARED");
  if (folder.empty()) folder = "../shared";
  return std::filesystem::exists(folder + "/data") ? folder : "";
}

World::World(Schemas schemas, std::uint64_t seed) : schemas_(std::move(schemas)), seed_(seed) {
  const auto name = fresh_name();
  const bool memory = std::filesystem::exists("/dev/shm");
  dir_ = (memory ? "/dev/shm/" : std::filesystem::temp_directory_path().string() + "/") + name;
  std::filesystem::create_directories(dir_);
  address_ = dir_;
  if (on_postgres()) {
    pg_schema_ = name;
    const auto base = env("KOI_TEST_PG");
    store::Options options;
    options.address = base;
    options.readers = 0;
    auto admin = Db::open(options);
    if (!admin) throw std::runtime_error("KOI_TEST_PG: " + admin.error().detail);
    (void)(*admin)->write([&](Tx& tx) { return tx.connection().script("CREATE SCHEMA " + pg_schema_); });
    address_ = base + (base.find('?') == std::string::npos ? "?" : "&") + "options=-csearch_path%3D" + pg_schema_;
  }
  open();
}

void World::open() {
  store::Options options;
  options.address = address_;
  options.data_dir = dir_;
  options.clock = &clock_;
  options.seed = seed_;
  options.readers = 1;
  auto db = Db::open(options);
  if (!db) throw std::runtime_error(db.error().code + ": " + db.error().detail);
  db_ = std::move(*db);
  std::vector<store::Migration> steps;
  for (const auto& schema : schemas_) steps.insert(steps.end(), schema.begin(), schema.end());
  if (auto done = db_->migrate(steps); !done) throw std::runtime_error(done.error().code + ": " + done.error().detail);
}

World::~World() {
  if (db_ && on_postgres())
    (void)db_->write([&](Tx& tx) { return tx.connection().script("DROP SCHEMA " + pg_schema_ + " CASCADE"); });
  db_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(dir_, ignored);
}

void World::reopen() {
  db_->close();
  db_.reset();
  open();
}

std::int64_t World::count(const std::string& table) { return number("SELECT COUNT(*) FROM " + table); }

std::int64_t World::number(const std::string& sql) {
  auto got = read([&](Tx& tx) { return tx.one<std::int64_t>(sql); });
  EXPECT_TRUE(got) << sql << ": " << (got ? "" : got.error().detail);
  return got.value_or(-1);
}

}  // namespace koi::testing
