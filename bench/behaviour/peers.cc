/// The peers, loaded at run time: ClickHouse (libchdb.so) and DuckDB (libduckdb.so), both through their C interface.
///
/// A file of SQL is blocks that begin with "-- name: QUESTION.FORMULATION". In a block {t0}, {now-30d} and the like
/// are instants in ms, {set} is the folder; one with {events} is asked of both layouts, events_by_person and _by_kind.
#include <dlfcn.h>
#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <expected>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "bench/behaviour/behaviour.h"
#include "bench/bench.h"

namespace koi::bench::behaviour {

namespace {

constexpr double kPatienceS = 10;  // a first run may take so long whatever others took: it reads the disk

[[noreturn]] void stop(const std::string& why) {
  fmt::print(stderr, "{}\n", why);
  std::exit(1);
}

/// What an engine's message means, if it is one of the two reasons to give a formulation up.
std::unexpected<std::string> given_up(const std::string& why, const std::string& sql) {
  if (why.contains("TIMEOUT_EXCEEDED") || why.contains("INTERRUPT")) return std::unexpected<std::string>("too slow");
  if (why.contains("MEMORY_LIMIT_EXCEEDED") || why.contains("Out of Memory")) return std::unexpected<std::string>("out of memory");
  stop(fmt::format("{}\n{}", why, sql));
}

/// The functions of a shared library by name.
class Library {
 public:
  explicit Library(const std::string& path) : handle_(dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL)) {
    if (handle_ == nullptr) stop(dlerror());
  }
  template <class F>
  void find(F*& function, const char* name) const {
    function = reinterpret_cast<F*>(dlsym(handle_, name));
    if (function == nullptr) stop(dlerror());
  }

 private:
  void* handle_;
};

class Engine {
 public:
  virtual ~Engine() = default;
  /// CSV; or why it was given up: "too slow" (longer than `limit_s`, 0: no limit), "out of memory". Any other failure
  /// ends the program.
  virtual std::expected<std::string, std::string> ask(const std::string& sql, double limit_s) = 0;
};

class ClickHouse : public Engine {
 public:
  explicit ClickHouse(const Asking& asking) : library_(asking.library) {
    void** (*connect)(int, char**) = nullptr;
    library_.find(connect, "chdb_connect");
    library_.find(query_, "chdb_query");
    library_.find(buffer_, "chdb_result_buffer");
    library_.find(length_, "chdb_result_length");
    library_.find(error_, "chdb_result_error");
    library_.find(destroy_, "chdb_destroy_query_result");
    std::string name = "chdb", path = "--path=" + asking.database;
    char* args[] = {name.data(), path.data(), nullptr};
    connection_ = connect(2, args);
    if (connection_ == nullptr) stop("ClickHouse does not open " + asking.database);
    for (const auto setting : {"SET max_threads = 2", "SET max_memory_usage = 16000000000"})
      if (!run(setting)) stop(setting);
  }
  std::expected<std::string, std::string> ask(const std::string& sql, double limit_s) override {
    if (limit_s != limit_s_ && !run(fmt::format("SET max_execution_time = {:.3f}", limit_s_ = limit_s))) stop("no limit");
    return run(sql);
  }

 private:
  std::expected<std::string, std::string> run(const std::string& sql) {
    void* result = query_(*connection_, sql.c_str(), "CSV");
    const char* why = error_(result);
    const std::string failed = why == nullptr ? "" : why;
    std::string csv(buffer_(result) == nullptr ? "" : buffer_(result), buffer_(result) == nullptr ? 0 : length_(result));
    destroy_(result);
    if (!failed.empty()) return given_up(failed, sql);
    return csv;
  }

  Library library_;
  void** connection_ = nullptr;
  double limit_s_ = 0;
  void* (*query_)(void*, const char*, const char*) = nullptr;
  char* (*buffer_)(void*) = nullptr;
  std::size_t (*length_)(void*) = nullptr;
  const char* (*error_)(void*) = nullptr;
  void (*destroy_)(void*) = nullptr;
};

class DuckDb : public Engine {
  struct Result { std::uint64_t columns, rows, changed; void *names; char* error; void* data; };  // duckdb_result

 public:
  explicit DuckDb(const Asking& asking) : library_(asking.library) {
    int (*open)(const char*, void**) = nullptr;
    int (*connect)(void*, void**) = nullptr;
    library_.find(open, "duckdb_open");
    library_.find(connect, "duckdb_connect");
    library_.find(close_, "duckdb_close");
    library_.find(disconnect_, "duckdb_disconnect");
    library_.find(interrupt_, "duckdb_interrupt");
    library_.find(query_, "duckdb_query");
    library_.find(error_, "duckdb_result_error");
    library_.find(rows_, "duckdb_row_count");
    library_.find(columns_, "duckdb_column_count");
    library_.find(text_, "duckdb_value_varchar");
    library_.find(destroy_, "duckdb_destroy_result");
    library_.find(free_, "duckdb_free");
    if (open(asking.database.c_str(), &database_) != 0 || connect(database_, &connection_) != 0) stop("DuckDB does not open " + asking.database);
    for (const auto setting : {"SET threads = 2", "SET memory_limit = '16GB'"})
      if (!ask(setting, 0)) stop(setting);
  }
  ~DuckDb() override {
    disconnect_(&connection_);
    close_(&database_);
  }
  std::expected<std::string, std::string> ask(const std::string& sql, double limit_s) override {
    std::mutex mutex;
    std::condition_variable_any answered;
    std::jthread watch;
    if (limit_s > 0)
      watch = std::jthread([&](const std::stop_token& done) {
        std::unique_lock lock(mutex);
        answered.wait_for(lock, done, std::chrono::duration<double>(limit_s), [] { return false; });
        if (!done.stop_requested()) interrupt_(connection_);
      });
    Result result{};
    const bool failed = query_(connection_, sql.c_str(), &result) != 0;
    watch = {};  // asks it to stop, and waits
    const std::string why = failed ? error_(&result) : "";
    auto csv = failed ? std::string() : csv_of(result);
    destroy_(&result);
    if (failed) return given_up(why, sql);
    return csv;
  }

 private:
  std::string csv_of(Result& result) const {
    std::string csv;
    const auto rows = rows_(&result), columns = columns_(&result);
    for (std::uint64_t row = 0; row < rows; ++row) {
      for (std::uint64_t column = 0; column < columns; ++column) {
        char* text = text_(&result, column, row);
        csv.append(column == 0 ? "" : ",").append(text == nullptr ? "" : text);
        free_(text);
      }
      csv += '\n';
    }
    return csv;
  }

  Library library_;
  void *database_ = nullptr, *connection_ = nullptr;
  void (*close_)(void**) = nullptr;
  void (*disconnect_)(void**) = nullptr;
  void (*interrupt_)(void*) = nullptr;
  int (*query_)(void*, const char*, Result*) = nullptr;
  const char* (*error_)(Result*) = nullptr;
  std::uint64_t (*rows_)(Result*) = nullptr;
  std::uint64_t (*columns_)(Result*) = nullptr;
  char* (*text_)(Result*, std::uint64_t, std::uint64_t) = nullptr;
  void (*destroy_)(Result*) = nullptr;
  void (*free_)(void*) = nullptr;
};

struct Block { std::string question, formulation, layout, sql; };

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) text.replace(at, from.size(), to);
}

std::vector<Block> read_blocks(const Asking& asking) {
  std::vector<Block> written;
  std::ifstream in(asking.sql);
  if (!in) stop("cannot read " + asking.sql);
  constexpr std::string_view kName = "-- name: ";
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(kName)) {
      const auto name = line.substr(kName.size());
      const auto dot = std::min(name.find('.'), name.size());
      written.push_back({name.substr(0, dot), name.substr(std::min(dot + 1, name.size())), "", ""});
    } else if (!written.empty() && !line.starts_with("--")) {
      written.back().sql += line + "\n";
    }
  }
  std::vector<Block> blocks;
  for (auto& block : written) {
    replace_all(block.sql, "{t0}", std::to_string(kT0));
    for (const int days : {14, 30, 60}) replace_all(block.sql, fmt::format("{{now-{}d}}", days), std::to_string(kNow - days * kDayMs));
    replace_all(block.sql, "{set}", asking.set);
    if (!block.sql.contains("{events}")) { blocks.push_back(block); continue; }
    for (const auto* layout : {"by_person", "by_kind"}) {
      auto asked = block;
      asked.layout = layout;
      replace_all(asked.sql, "{events}", fmt::format("events_{}", layout));
      blocks.push_back(std::move(asked));
    }
  }
  return blocks;
}

struct Taken { std::vector<double> seconds; std::string answer, gave_up; };

/// One first run, which warms up and is not counted, then `runs`.
Taken time_block(Engine& engine, const std::string& sql, int runs, double limit_s) {
  Taken taken;
  for (int i = 0; i <= runs; ++i) {
    const double began = seconds();
    auto csv = engine.ask(sql, limit_s);
    const double took = seconds() - began;
    if (i > 0 || runs == 0 || !csv) taken.seconds.push_back(took);
    if (!csv) { taken.gave_up = csv.error(); break; }
    std::erase(*csv, '"');
    taken.answer = sorted_lines(*csv);
  }
  return taken;
}

double median(std::vector<double> list) {
  std::ranges::sort(list);
  return list[list.size() / 2];
}

}  // namespace

int ask_peer(const Asking& asking) {
  std::unique_ptr<Engine> engine;
  if (asking.engine == "duckdb") engine = std::make_unique<DuckDb>(asking);
  else engine = std::make_unique<ClickHouse>(asking);
  if (!asking.answers.empty()) std::filesystem::create_directories(asking.answers);

  std::map<std::string, double> best;  // median of the question
  for (const auto& block : read_blocks(asking)) {
    const auto known = best.find(block.question);
    const double limit = asking.once || known == best.end() ? 0 : std::max(kPatienceS, asking.give_up * known->second);
    const auto taken = time_block(*engine, block.sql, asking.once ? 0 : asking.runs, limit);
    if (asking.once && !taken.gave_up.empty()) stop(taken.gave_up + "\n" + block.sql);
    std::string file;
    if (!asking.once && taken.gave_up.empty()) {
      file = fmt::format("{}/{}.{}.{}.csv", asking.answers, block.question, block.formulation, block.layout);
      std::ofstream(file) << taken.answer;
      const double middle = median(taken.seconds);
      if (known == best.end() || middle < known->second) best[block.question] = middle;
    }
    fmt::print(R"({{"question":"{}","formulation":"{}","layout":"{}","seconds":[{:.4f}],"gave_up":"{}","file":"{}"}})" "\n", block.question,
               block.formulation, block.layout, fmt::join(taken.seconds, ","), taken.gave_up, file);
    std::fflush(stdout);
  }
  if (asking.engine == "duckdb") engine.reset();
  std::fflush(nullptr);
  std::_Exit(0);  // libchdb's threads do not end with main
}

}  // namespace koi::bench::behaviour
