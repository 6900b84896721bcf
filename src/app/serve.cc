#include "app/serve.h"

#include <fmt/format.h>
#include <malloc.h>
#include <sys/resource.h>

#include <condition_variable>
#include <csignal>
#include <filesystem>
#include <mutex>
#include <thread>

#include "app/box.h"
#include "app/clock_file.h"
#include "app/control.h"
#include "app/rooms.h"
#include "connect/connect.h"
#include "connect/outgoing/client.h"
#include "connect/wechat/desk.h"
#include "connect/sms/sms.h"
#include "connect/wecom/desk.h"
#include "entry/group_codes.h"
#include "entry/visit.h"
#include "events/columns/columns.h"
#include "events/events.h"
#include "http/metrics.h"
#include "insight/insight.h"
#include "ledger/ledger.h"
#include "people/profile.h"
#include "segments/live.h"
#include "store/trail.h"
#include "team/team.h"

namespace koi::app {

namespace {

constexpr auto kTick = std::chrono::seconds(15);
constexpr long kWelcomesAtOnce = 256;  // at 100 ms a call: a storm of two thousand friends a second
constexpr auto kExpireTime = std::chrono::seconds(10);
constexpr int kTidyBatch = 500, kExpireBatch = 50;

/// Work that time alone brings: stages that fall due, repeat records and sessions past their days.
class Housekeeper {
 public:
  explicit Housekeeper(Db& db) : db_(db), thread_([this] { run(); }) {}
  ~Housekeeper() {
    {
      const std::scoped_lock lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    thread_.join();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    while (!wake_.wait_for(lock, kTick, [&] { return stop_; })) {
      lock.unlock();
      turn();
      lock.lock();
    }
  }
  void turn() {
    // A failed turn leaves the work due; the next one takes it up again.
    (void)people::keep_time(db_);
    expire_holds();
    (void)entry::keep_code_time(db_);
    (void)entry::keep_group_time(db_);
    (void)entry::keep_door_time(db_);
    (void)db_.write([](Tx& tx) { return events::prune_receipts(tx, kTidyBatch); });
    (void)db_.write([](Tx& tx) { return store::prune_repeats(tx, kTidyBatch); });
    (void)db_.write([](Tx& tx) { return team::tidy(tx, kTidyBatch); });
    ::malloc_trim(0);  // what a busy minute took goes back to the machine
    (void)store::checkpoint_audit(db_);
  }
  /// All that are due, a few at a time, for no longer than kExpireTime. The pauses are twice the work: whoever waits for the Writer
  /// comes first.
  void expire_holds() {
    using Steady = std::chrono::steady_clock;
    const auto until = Steady::now() + kExpireTime;
    for (bool more = true; more;) {
      const auto began = Steady::now();
      const auto done = db_.write([](Tx& tx) { return ledger::expire_holds(tx, kExpireBatch); });
      if (done.value_or(0) < kExpireBatch || began >= until) return;
      std::unique_lock lock(mutex_);
      more = !wake_.wait_for(lock, 2 * (Steady::now() - began), [&] { return stop_; });
    }
  }
  Db& db_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

/// SIGTERM and SIGINT wait here instead of interrupting whoever is at work. SIGXFSZ and SIGPIPE must never kill.
class Signals {
 public:
  Signals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);
  }
  int wait() const {
    int got = 0;
    sigwait(&set_, &got);
    return got;
  }

 private:
  sigset_t set_{};
};

void raise_file_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::string console_url(const Config& config, int port) {
  return config.public_url.empty() ? fmt::format("http://{}:{}", config.listen, port) : config.public_url;
}

Result<> greet(Db& db, const Config& config, int port, const Io& io) {
  const auto url = console_url(config, port);
  io.line(fmt::format(fmt::runtime(io.chinese ? "锦鲤池已启动: {}" : "Koipond is up: {}"), url));
  TRY(const auto fresh, db.read([](Tx& tx) { return team::needs_setup(tx); }));
  if (!fresh) return {};
  TRY(const auto token, db.write([](Tx& tx) { return team::create_setup_token(tx); }));
  io.line(fmt::format(fmt::runtime(io.chinese ? "首次使用,请在 24 小时内打开此链接创建管理员: {}/setup?token={}"
                                              : "First run: open this link within 24 hours to create the administrator: {}/setup?token={}"),
                      url, token));
  return {};
}

/// Figures of ours, whatever whole numbers they are.
auto figure_into(std::string& out) {
  return [&out](const std::string& name, std::string_view kind, std::string_view help, auto value) {
    http::add_figure(out, "koipond_" + name, kind, help, static_cast<double>(value));
  };
}

void add_log_figures(const events::Archiver& archiver, std::string& out) {
  const auto f = archiver.figures();
  const auto figure = figure_into(out);
  figure("log_table_rows", "gauge", "Events in the table.", f.log.table_rows);
  figure("log_segments", "gauge", "Files of the log's archived part.", f.log.segments);
  figure("log_archived_events", "gauge", "Events in those files.", f.log.archived_events);
  figure("log_archived_bytes", "gauge", "Size of those files.", f.log.archived_bytes);
  figure("log_archive_failures_total", "counter", "Steps of the archive that failed.", f.failures);
}

void add_column_figures(const events::columns::Keeper& keeper, std::string& out) {
  const auto f = keeper.figures();
  const auto figure = figure_into(out);
  figure("columns_events", "gauge", "Events in the columns.", f.rows);
  figure("columns_files", "gauge", "Files of columns.", f.files);
  figure("columns_file_bytes", "gauge", "Size of those files.", f.file_bytes);
  figure("columns_sealed_events_total", "counter", "Events written into files.", f.sealed);
  figure("columns_merged_events_total", "counter", "Events written again by merging files.", f.woven_rows);
}

void add_live_figures(const segments::Live& live, std::string& out) {
  const auto f = live.figures();
  const auto figure = figure_into(out);
  figure("segments_live", "gauge", "Segments whose members are kept up.", f.segments);
  figure("segments_people_looked_at_total", "counter", "People judged for live segments.", f.looked);
  figure("segments_entered_total", "counter", "People who came into a live segment.", f.entered);
  figure("segments_left_total", "counter", "People who left a live segment.", f.left);
  figure("segments_fills_total", "counter", "Times everybody was looked at for a segment.", f.fills);
  figure("segments_corrections_total", "counter", "People the daily check found wrong.", f.corrections);
  figure("segments_lag_seconds", "gauge", "Age of the oldest event the last turn looked at.", f.lag_seconds);
  figure("segments_failures_total", "counter", "Turns of live segments that failed.", f.failures);
  figure("segments_parked", "gauge", "Whether live segments wait out a failure.", f.parked.empty() ? 0 : 1);
  figure("segments_cpu_seconds_total", "counter", "Processor time of the thread that keeps them.", f.cpu_seconds);
}

/// Files being read in stop before their store closes, also when the server does not come up.
struct Imports {
  Db& db;
  ~Imports() { connect::stop_imports(db); }
};

/// Calls to platforms end before what carries them.
struct Channels {
  Db& db;
  ~Channels() { connect::wechat::close_desk(db); }
};

Result<> serve(const Config& config, const Io& io, const Signals& signals) {
  FileClock moved(config.clock_file);
  TRY(auto db, open_store(config, config.clock_file.empty() ? nullptr : &moved));
  std::filesystem::create_directories(config.data + "/keys");
  TRY(const auto secret, team::load_secret_key(config.data + "/keys/team"));
  const bool secure = config.public_url.starts_with("https://");
  entry::set_site(config.public_url);
  auto authorizer = team::authorizer(*db, {.secure_cookies = secure, .secret_key = secret});
  http::ServerOptions options;
  options.address = config.listen;
  options.port = static_cast<std::uint16_t>(config.port);
  options.io_threads = config.io_threads;
  options.static_dir = config.console;
  options.secure_cookies = secure;
  const auto archiver = std::make_shared<events::Archiver>(
      *db, events::ArchiveShape{.keep_rows = config.log_keep_rows, .segment_rows = config.log_segment_rows});
  const auto keeper = std::make_shared<events::columns::Keeper>(*db);
  const auto live = std::make_shared<segments::Live>(*db);
  options.more_metrics = [archiver, keeper, live, files = db->kind() == store::Kind::sqlite](std::string& out) {
    if (files) add_log_figures(*archiver, out);
    add_column_figures(*keeper, out);
    add_live_figures(*live, out);
  };
  std::unique_ptr<http::Server> server;
  {
    const auto turns = consumers();
    events::Runner runner(*db, {turns.begin(), turns.end()});
    runner.start();
    archiver->start();
    insight::Refresher refresher(*db);
    keeper->start();
    live->start();
    Housekeeper housekeeper(*db);
    TRY(connect::resume_imports(*db));
    const Imports imports{*db};
    const auto outgoing = connect::open_outgoing({.private_addresses = config.outgoing_private != 0 || config.simulator != 0});
    TRY(connect::wechat::open_desk(*db, *outgoing));
    const Channels channels{*db};
    const auto welcoming = connect::open_outgoing({.private_addresses = config.outgoing_private != 0 || config.simulator != 0, .connections = kWelcomesAtOnce});
    connect::wecom::Desk wecom(*db, *outgoing, config.public_url, welcoming.get());
    wecom.start();
    const connect::sms::Desk texts(*db, *outgoing);
    TRY(auto control, Control::listen(config.data, [&](std::vector<std::string> args, const Io& peer) {
      for (const auto& command : commands()) {
        if (args.empty() || command.name != args.front()) continue;
        Job job{db.get(), config, peer, {args.begin() + 1, args.end()}};
        return command.run(job);
      }
      return static_cast<int>(kUsage);
    }));
    // Last, because it says that all is ready: a command that comes right after finds the way in.
    TRY(server, http::Server::start(options, *db, std::move(authorizer), routes()));
    std::unique_ptr<Box> box;
    if (config.simulator != 0) { TRY(box, Box::open(*db, config, server->port(), io)); }
    TRY(greet(*db, config, server->port(), io));
    signals.wait();
    server->drain();
    archiver->stop();
    live->stop();
    keeper->stop();
  }
  server.reset();
  db->close();
  return {};
}

}  // namespace

int run_serve(const Config& config, const Io& io) {
  const Signals signals;  // before any thread starts, so that all inherit the mask
  raise_file_limit();
  if (auto done = serve(config, io, signals); !done) return io.fail(done.error());
  return kOk;
}

}  // namespace koi::app
