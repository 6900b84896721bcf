#include "connect/files/desk.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "connect/files/job.h"

namespace koi::connect::files {
namespace {

constexpr std::size_t kWorkMax = 32;

constexpr std::string_view kLeft =
    "SELECT id FROM import_job WHERE state IN ('running', 'checking', 'undoing') ORDER BY id LIMIT 1000";

class DeskImpl;
std::mutex desks_mutex;
std::vector<std::pair<Db*, DeskImpl*>> desks;

class DeskImpl final : public OpenDesk {
 public:
  DeskImpl(Db& db, std::string folder) : db_(db), folder_(std::move(folder)) {
    std::lock_guard lock(desks_mutex);
    desks.emplace_back(&db, this);
  }
  ~DeskImpl() override {
    {
      std::lock_guard lock(desks_mutex);
      std::erase_if(desks, [this](const auto& d) { return d.second == this; });
    }
    stop_ = true;  // the run ends after the batch in hand; its job stays as it is and is taken up at the next start
    files_.request_stop();
    jobs_.request_stop();
  }

  Result<> begin() {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error) return fail(Errc::internal, "connect.folder", folder_);
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all, error);
    TRY(const auto left, db_.read([](Tx& tx) { return tx.all<ImportId>(kLeft); }));
    for (const auto id : left) waiting_.push_back(id);
    files_ = std::jthread([this](std::stop_token stop) { run_files(stop); });
    jobs_ = std::jthread([this](std::stop_token stop) { run_jobs(stop); });
    return {};
  }

  Result<> post(std::function<void()> work) override {
    std::lock_guard lock(mutex_);
    if (work_.size() >= kWorkMax) return fail(Errc::unavailable, "connect.desk_busy");
    work_.push_back(std::move(work));
    ready_.notify_all();
    return {};
  }
  void take_up(ImportId import) override {
    std::lock_guard lock(mutex_);
    if (std::ranges::find(waiting_, import) == waiting_.end()) waiting_.push_back(import);
    ready_.notify_all();
  }
  double rate(ImportId import) override {
    std::lock_guard lock(mutex_);
    return import == current_ ? rate_ : 0;
  }
  std::string upload_path(ImportId import) override { return folder_ + "/" + to_text(import); }

 private:
  void run_files(std::stop_token stop) {
    for (;;) {
      std::function<void()> work;
      {
        std::unique_lock lock(mutex_);
        if (!ready_.wait(lock, stop, [&] { return !work_.empty(); })) return;
        work = std::move(work_.front());
        work_.pop_front();
      }
      work();
    }
  }

  void run_jobs(std::stop_token stop) {
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        current_ = {};
        rate_ = 0;
        if (!ready_.wait(lock, stop, [&] { return !waiting_.empty(); })) return;
        current_ = waiting_.front();
        waiting_.pop_front();
      }
      const RunOptions options{.stop = &stop_, .on_progress = [this](const Progress& p) {
        std::lock_guard lock(mutex_);
        rate_ = p.rows_per_second;
      }, .batches_max = 0};
      // A job that fails says so in its own row.
      const auto job = db_.read([&](Tx& tx) { return load_job(tx, current_); });
      if (!job) continue;
      if (job->state == "undoing") (void)run_undo(db_, current_, options);
      else if (job->state == "running" || job->state == "checking") (void)run_import(db_, current_, options);
    }
  }

  Db& db_;
  std::string folder_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<std::function<void()>> work_;
  std::deque<ImportId> waiting_;
  ImportId current_;
  double rate_ = 0;
  std::jthread files_, jobs_;  // last: they use what stands above
};

}  // namespace

OpenDesk* OpenDesk::of(Db& db) {
  std::lock_guard lock(desks_mutex);
  for (const auto& [owner, desk] : desks) if (owner == &db) return desk;
  return nullptr;
}

Result<std::unique_ptr<Desk>> open_desk(Db& db, const std::string& folder) {
  auto desk = std::make_unique<DeskImpl>(db, folder);
  TRY(desk->begin());
  return desk;
}

}  // namespace koi::connect::files
