#include "tests/support/world.h"

#include <libpq-fe.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>

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

/// One statement outside any transaction, which is where databases are made and dropped.
void run_on_cluster(const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(env("KOI_TEST_PG").c_str()), &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()), &PQclear);
  if (PQresultStatus(result.get()) != PGRES_COMMAND_OK) throw std::runtime_error(sql + ": " + PQerrorMessage(connection.get()));
}

std::string address_of(const std::string& database) {
  const auto base = env("KOI_TEST_PG");
  const auto name = base.find('/', base.find("//") + 2), query = base.find('?');
  return base.substr(0, name + 1) + database + (query == std::string::npos ? "" : base.substr(query));
}

/// Databases migrated once; each world starts as a copy of the one with its rooms, which is far quicker.
class Templates {
 public:
  ~Templates() {
    for (const auto& [rooms, name] : made_) run_on_cluster("DROP DATABASE " + name);
  }
  template <class Migrate>
  const std::string& of(const std::vector<store::Migration>& steps, Migrate migrate) {
    std::string rooms;
    for (const auto& step : steps) rooms += std::string(step.room) + std::to_string(step.number) + ' ';
    auto& name = made_[rooms];
    if (name.empty()) {
      name = fresh_name();
      run_on_cluster("CREATE DATABASE " + name);
      migrate(address_of(name));
    }
    return name;
  }

 private:
  std::map<std::string, std::string> made_;
};

}  // namespace

bool on_postgres() { return env("KOI_TEST_STORE") == "postgres"; }

std::string shared_folder() {
  auto folder = env("KOI_SHARED");
  if (folder.empty()) folder = "../shared";
  return std::filesystem::exists(folder + "/data") ? folder : "";
}

World::World(const Schemas& schemas, std::uint64_t seed) : seed_(seed) {
  const auto name = fresh_name();
  const bool memory = std::filesystem::exists("/dev/shm");
  dir_ = (memory ? "/dev/shm/" : std::filesystem::temp_directory_path().string() + "/") + name;
  std::filesystem::create_directories(dir_);
  address_ = dir_;
  for (const auto& schema : schemas) steps_.insert(steps_.end(), schema.begin(), schema.end());
  if (on_postgres()) {
    static Templates templates;
    const auto& source = templates.of(steps_, [&](const std::string& address) {
      address_ = address;
      open();
      db_.reset();
    });
    database_ = name;
    run_on_cluster("CREATE DATABASE " + name + " TEMPLATE " + source);
    address_ = address_of(name);
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
  if (auto done = db_->migrate(steps_); !done) throw std::runtime_error(done.error().code + ": " + done.error().detail);
}

World::~World() {
  db_.reset();
  if (!database_.empty()) run_on_cluster("DROP DATABASE " + database_ + " WITH (FORCE)");
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
