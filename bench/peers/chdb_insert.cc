/// The peer of ingestion: ClickHouse embedded (npm @chdb/lib-linux-x64-gnu), one caller, one INSERT … JSONEachRow a
/// batch, fsync after each. usage: chdb_insert LIBCHDB FOLDER SECONDS BATCH...; prints one JSON line.
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstdlib>

#include "bench/bench.h"

namespace {

using koi::bench::seconds;

struct Chdb {
  void** connection = nullptr;
  void* (*query)(void*, const char*, const char*) = nullptr;
  const char* (*error)(void*) = nullptr;
  void (*destroy)(void*) = nullptr;

  bool open(const char* library, const std::string& folder) {
    void* handle = dlopen(library, RTLD_NOW);
    if (handle == nullptr) { fmt::print(stderr, "{}\n", dlerror()); return false; }
    const auto connect = reinterpret_cast<void** (*)(int, char**)>(dlsym(handle, "chdb_connect"));
    query = reinterpret_cast<decltype(query)>(dlsym(handle, "chdb_query"));
    error = reinterpret_cast<decltype(error)>(dlsym(handle, "chdb_result_error"));
    destroy = reinterpret_cast<decltype(destroy)>(dlsym(handle, "chdb_destroy_query_result"));
    std::string name = "chdb", path = "--path=" + folder;
    char* args[] = {name.data(), path.data(), nullptr};
    connection = connect(2, args);
    return connection != nullptr;
  }
  void run(const std::string& sql) const {
    void* result = query(*connection, sql.c_str(), "CSV");
    if (const char* why = error(result); why != nullptr && *why != '\0') { fmt::print(stderr, "{}\n", why); std::exit(1); }
    destroy(result);
  }
};

double insert_rate(const Chdb& db, int batch, double for_seconds, std::uint64_t& id) {
  const double began = seconds();
  std::uint64_t done = 0;
  while (seconds() - began < for_seconds) {
    std::string sql = "INSERT INTO event FORMAT JSONEachRow ";
    for (int i = 0; i < batch; ++i, ++id)
      sql += fmt::format(R"({{"id":"m-{:010}","person":"u{:08}","at":"2026-11-22 02:47:19.123","kind":"product_viewed","props":"{{\"sku\":\"T{:05}\",\"channel\":\"moments\",\"store\":\"s{:02}\"}}"}})" "\n",
                         id, id * 48271 % 1000003, id % 5000, id % 60);
    db.run(sql);
    done += static_cast<std::uint64_t>(batch);
  }
  return static_cast<double>(done) / (seconds() - began);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) return 2;
  Chdb db;
  if (!db.open(argv[1], argv[2])) return 1;
  db.run("CREATE TABLE event (id String, person String, at DateTime64(3), kind LowCardinality(String), props String) ENGINE = MergeTree "
         "ORDER BY (person, at) SETTINGS fsync_after_insert = 1, parts_to_throw_insert = 100000, parts_to_delay_insert = 100000, max_parts_in_total = 1000000");
  std::uint64_t id = 0;
  std::string out;
  for (int i = 4; i < argc; ++i) out += fmt::format("{}\"{}\":{:.0f}", out.empty() ? "" : ",", argv[i], insert_rate(db, std::atoi(argv[i]), std::atof(argv[3]), id));
  fmt::print("{{{}}}\n", out);
  std::fflush(nullptr);
  std::_Exit(0);
}
