/// A fresh store with a clock in hand, on the kind that KOI_TEST_STORE names (sqlite by default, or postgres with its
/// address in KOI_TEST_PG). Everything disappears with the object.
#pragma once
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

namespace koi {
namespace store { std::span<const Migration> schema(); }
namespace events { std::span<const store::Migration> schema(); }
namespace ledger { std::span<const store::Migration> schema(); }
namespace people { std::span<const store::Migration> schema(); }
namespace segments { std::span<const store::Migration> schema(); }
namespace commerce { std::span<const store::Migration> schema(); }
namespace team { std::span<const store::Migration> schema(); }
namespace insight { std::span<const store::Migration> schema(); }
namespace connect { std::span<const store::Migration> schema(); }

namespace testing {

class World {
 public:
  using Schemas = std::vector<std::span<const store::Migration>>;
  explicit World(Schemas schemas, std::uint64_t seed = 1);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Db& db() { return *db_; }
  ManualClock& clock() { return clock_; }
  void set_now_ms(std::int64_t ms) { clock_.set(from_ms(ms)); }
  template <class F>
  auto write(F&& fn) { return db_->write(std::forward<F>(fn)); }
  template <class F>
  auto read(F&& fn) { return db_->read(std::forward<F>(fn)); }
  /// Rows in a table.
  std::int64_t count(const std::string& table);
  /// One number from a query; fails the test on an error.
  std::int64_t number(const std::string& sql);
  /// Closes the store and opens it again on the same data, as a restart does.
  void reopen();
  const std::string& dir() const { return dir_; }
  /// Where the store is, for a second process beside this one.
  const std::string& address() const { return address_; }

 private:
  void open();
  Schemas schemas_;
  std::uint64_t seed_;
  ManualClock clock_;
  std::string dir_, address_, pg_schema_;
  std::unique_ptr<Db> db_;
};

/// The text of an error, or "ok": what table tests compare.
template <class T>
std::string outcome(const Result<T>& result) { return result ? "ok" : result.error().code; }

/// Whether this run is on PostgreSQL.
bool on_postgres();
/// Whether the long tests run too (KOI_LONG): `./koi verify --deep` asks for them.
bool long_run();
/// The folder of public data sets, or empty when it is not there.
std::string shared_folder();

}  // namespace testing
}  // namespace koi
