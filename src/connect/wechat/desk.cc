#include "connect/wechat/desk.h"

#include "base/say.h"
#include "connect/seal_key.h"
#include "connect/wechat/fans.h"
#include "connect/wechat/pay.h"
#include "store/trail.h"

namespace koi::connect::wechat {
namespace {

std::mutex desks_mutex;
std::map<Db*, std::unique_ptr<Desk>> open_desks;

}  // namespace

Desk::Desk(Db& db, Outgoing& out, DeskOptions options) : db_(db), out_(out), options_(std::move(options)) {
  for (int i = 0; i < options_.threads; ++i) threads_.emplace_back([this](std::stop_token stop) { work(stop); });
  if (options_.threads > 0) threads_.emplace_back([this](std::stop_token stop) { keep_looking(stop); });
}

Desk::~Desk() {
  for (auto& thread : threads_) thread.request_stop();
  threads_.clear();
}

Result<> Desk::post(std::function<void()> work, bool stranger) {
  if (options_.threads == 0) {
    work();
    return {};
  }
  std::lock_guard lock(mutex_);
  if (queue_.size() >= (stranger ? kStrangersErrandsMax : kErrandsMax)) return fail(Errc::unavailable, "connect.channel_busy");
  queue_.push_back(std::move(work));
  ready_.notify_one();
  return {};
}

void Desk::work(std::stop_token stop) {
  name_thread("koi-wechat");
  for (;;) {
    std::function<void()> next;
    {
      std::unique_lock lock(mutex_);
      if (!ready_.wait(lock, stop, [&] { return !queue_.empty(); })) return;
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    next();
  }
}

void Desk::keep_looking(std::stop_token stop) {
  name_thread("koi-wechat-due");
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      std::condition_variable_any never;
      never.wait_for(lock, stop, options_.every, [] { return false; });
    }
    while (!stop.stop_requested() && look()) {
    }
    if (stop.stop_requested()) return;
  }
}

bool Desk::look() {
  settle_payments(*this);
  return walk_fans(*this) > 0;
}

Result<Account> Desk::account(std::string_view app) {
  return db_.read([&](Tx& tx) { return find_account(tx, app, options_.seal_key); });
}

Result<std::shared_ptr<Host>> Desk::host(std::string_view app, std::string_view kind) {
  TRY(auto found, account(app));
  if (found.kind == "pay" || (!kind.empty() && found.kind != kind)) return fail(Errc::conflict, "connect.channel_kind", found.kind);
  std::lock_guard lock(mutex_);
  auto& host = hosts_[found.app];
  if (!host || host->account().ver != found.ver) host = std::make_shared<Host>(out_, db_.clock(), std::move(found));
  return host;
}

Result<std::shared_ptr<PayHost>> Desk::pay(std::string_view mch) {
  TRY(auto found, account(mch));
  if (found.kind != "pay") return fail(Errc::conflict, "connect.channel_kind", found.kind);
  {
    std::lock_guard lock(mutex_);
    const auto known = merchants_.find(mch);
    if (known != merchants_.end() && known->second->account().ver == found.ver) return known->second;
  }
  TRY(auto made, PayHost::open(db_, out_, std::move(found)));
  std::lock_guard lock(mutex_);
  return merchants_[std::string(mch)] = std::move(made);
}

Result<Desk*> desk_of(Db& db) {
  std::lock_guard lock(desks_mutex);
  const auto at = open_desks.find(&db);
  if (at == open_desks.end()) return fail(Errc::unavailable, "connect.channel_off");
  return at->second.get();
}

Result<> open_desk(Db& db, Outgoing& out, DeskOptions options) {
  if (options.seal_key.empty()) {
    TRY(options.seal_key, seal_key(db));
  }
  auto desk = std::make_unique<Desk>(db, out, std::move(options));
  std::lock_guard lock(desks_mutex);
  open_desks[&db] = std::move(desk);
  return {};
}

void close_desk(Db& db) {
  std::unique_ptr<Desk> desk;
  {
    std::lock_guard lock(desks_mutex);
    const auto at = open_desks.find(&db);
    if (at == open_desks.end()) return;
    desk = std::move(at->second);
    open_desks.erase(at);
  }
  desk.reset();  // waits for the errands at work
}

Result<Answer> at_desk(Call& call, std::function<Result<Reply>(Desk&)> fn, std::string subject) {
  TRY(auto* desk, desk_of(call.db()));
  std::optional<store::AuditEntry> line;
  if (!subject.empty()) line = store::AuditEntry{call.actor().author(), std::string(call.route().permission), std::move(subject), "{}", call.request().request_id};
  auto finish = call.later();
  TRY(desk->post([desk, fn = std::move(fn), finish, line = std::move(line)] {
    auto told = line ? desk->db().write([&](Tx& tx) { return store::audit(tx, *line); }) : Result<>{};
    finish(told ? fn(*desk) : std::unexpected(std::move(told).error()));
  }, call.actor().kind == http::Actor::Kind::anonymous));
  return Answer::Later{};
}

}  // namespace koi::connect::wechat
