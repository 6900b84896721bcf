#include "connect/wecom/desk.h"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <thread>

#include "connect/outgoing/client.h"
#include "connect/seal_key.h"
#include "connect/wecom/archive/desk.h"
#include "connect/wecom/handover.h"
#include "connect/wecom/inbox.h"
#include "connect/wecom/mass/mass.h"
#include "connect/wecom/media/media.h"
#include "connect/wecom/moments/moments.h"
#include "connect/wecom/side/tickets.h"
#include "connect/wecom/sync_desk.h"
#include "connect/wecom/tell/tell.h"
#include "connect/wecom/tell/watch.h"
#include "connect/wecom/welcome.h"

namespace koi::connect::wecom {

namespace {

constexpr std::size_t kErrandsMax = 100;
constexpr Millis kWelcomeWait{5'000};  // of the 20 s a welcome code lives
constexpr int kInboxBatch = 200, kLookBatch = 200, kPruneBatch = 2000, kHandoverCalls = 10, kSendCalls = 20;
constexpr std::chrono::seconds kTick{1}, kPruneEvery{300}, kWatchEvery{15}, kMediaEvery{10};
constexpr std::chrono::seconds kRestMax{60};

using Steady = std::chrono::steady_clock;

std::shared_mutex desks_mutex;
std::map<const Db*, Desk*> desks;

/// A corp whose platform does not answer is asked more and more seldom.
struct Rest {
  Steady::time_point until{};
  std::chrono::seconds wait{1};
  bool over() const { return Steady::now() >= until; }
  void well() { *this = {}; }
  void ill() {
    until = Steady::now() + wait;
    wait = std::min(kRestMax, wait * 2);
  }
};

}  // namespace

struct Desk::Inside {
  Inside(Db& d, Outgoing& o, std::string url, Outgoing* h)
      : db(d), out(o), hot(h ? *h : o), public_url(std::move(url)), lane(d, [this](const std::string& corp) { return platform(corp, true); }),
        archives(d, o),
        sync(d, {.corps = connected_corps, .platform = [this](const std::string& corp) { return platform(corp); }}) {}

  Result<std::shared_ptr<const Corp>> corp(std::string_view id) {
    {
      const std::scoped_lock lock(corps_mutex);
      if (const auto at = corps.find(id); at != corps.end()) return at->second;
    }
    TRY(const auto key, seal_key(db));
    TRY(auto found, db.read([&](Tx& tx) { return find_corp(tx, id, key); }));
    const std::scoped_lock lock(corps_mutex);
    return corps[std::string(id)] = std::make_shared<const Corp>(std::move(found));
  }

  /// The lane of welcomes asks for a token of its own: it is the same one there.
  Result<std::shared_ptr<Platform>> platform(std::string_view id, bool for_welcomes = false) {
    auto& those = for_welcomes ? hot_platforms : platforms;
    {
      const std::scoped_lock lock(corps_mutex);
      if (const auto at = those.find(id); at != those.end()) return at->second;
    }
    TRY(const auto c, corp(id));
    const std::scoped_lock lock(corps_mutex);
    auto& slot = those[std::string(id)];
    PlatformOptions options{.corp_id = c->corp_id, .secret = c->secret, .base_url = c->base_url};
    if (for_welcomes) options.timeout = kWelcomeWait;
    if (!slot) slot = open_platform(for_welcomes ? hot : out, db.clock(), std::move(options));
    return slot;
  }

  Result<std::shared_ptr<Tickets>> tickets(std::string_view id) {
    TRY(auto p, platform(id));
    const std::scoped_lock lock(corps_mutex);
    auto& slot = js_tickets[std::string(id)];
    if (!slot) slot = std::make_shared<Tickets>(std::move(p), db.clock());
    return slot;
  }

  void forget(std::string_view id) {
    const std::scoped_lock lock(corps_mutex);
    js_tickets.erase(std::string(id));
    corps.erase(std::string(id));
    platforms.erase(std::string(id));
    hot_platforms.erase(std::string(id));
  }

  template <class F>
  void run(const char* name, F&& turn) {
    name_thread(name);
    for (;;) {
      // What comes while the turn is on is looked at by the next one.
      std::uint64_t seen = 0;
      {
        const std::scoped_lock lock(mutex);
        seen = calls;
      }
      const bool more = turn();
      std::unique_lock lock(mutex);
      if (stopping) return;
      if (!more) ready.wait_for(lock, kTick, [&] { return stopping || calls != seen; });
      if (stopping) return;
    }
  }

  void note(const Error& e) {
    const std::scoped_lock lock(mutex);
    ++figures.failures;
    figures.parked = e.code;
  }
  void well(std::uint64_t DeskFigures::*what, int n) {
    const std::scoped_lock lock(mutex);
    figures.*what += static_cast<std::uint64_t>(n);
    if (n > 0) figures.parked.clear();
  }

  /// Whether there is more.
  bool inbox() {
    write_refused();
    const auto done = work_inbox(db, kInboxBatch);
    if (!done) {
      note(done.error());
      return false;
    }
    well(&DeskFigures::worked, *done);
    if (*done > 0) wake();  // looks
    if (Steady::now() - pruned > kPruneEvery) {
      pruned = Steady::now();
      (void)db.write([](Tx& tx) { return prune_pushes(tx, kPruneBatch); });
      (void)db.write([](Tx& tx) { return prune_notices(tx, kPruneBatch); });
    }
    return *done == kInboxBatch;
  }

  bool looks() {
    bool more = false;
    const auto all = db.read([](Tx& tx) { return connected_corps(tx); });
    if (!all) {
      note(all.error());
      return false;
    }
    for (const auto& id : *all) {
      auto& rest = rests[id];
      if (!rest.over()) continue;
      const auto done = look(id);
      if (done) rest.well();
      else note(done.error()), rest.ill();
      more = more || (done && *done == kLookBatch);
      if (done) well(&DeskFigures::looks, *done);
    }
    for (const auto& id : *all) more = tell(id) || more;
    return hand_over() || more;
  }
  /// Messages to staff: what came up by itself, and what waits.
  bool tell(const std::string& id) {
    auto& rest = tell_rests[id];
    if (!rest.over()) return false;
    if (Steady::now() - watched[id] > kWatchEvery) {
      watched[id] = Steady::now();
      if (const auto told = tell_troubles(db, id, public_url); !told) note(told.error());
    }
    const auto done = send(id);
    if (done) rest.well();
    else note(done.error()), rest.ill();
    return done.value_or(false);
  }
  Result<bool> send(const std::string& id) {
    TRY(const auto c, corp(id));
    TRY(const auto p, platform(id));
    return send_notices(db, *p, id, c->agent_id);
  }
  bool hand_over() {
    if (!handover_rest.over()) return false;
    const auto done = work_handovers(db, [this](const std::string& corp) { return platform(corp); }, kHandoverCalls);
    if (done) handover_rest.well();
    else note(done.error()), handover_rest.ill();
    return done && *done > 0;
  }
  /// Whether there is more.
  bool sends() {
    if (!sends_rest.over()) return false;
    const auto done = work_mass(db, [this](const std::string& corp) { return platform(corp); }, kSendCalls);
    if (done) sends_rest.well();
    else note(done.error()), sends_rest.ill();
    const auto moments = work_moments(db, [this](const std::string& corp) { return platform(corp); }, kSendCalls);
    if (!moments) note(moments.error()), sends_rest.ill();
    if (Steady::now() - media_tended > kMediaEvery) tend_media();
    return (done && *done > 0) || (moments && *moments > 0);
  }
  void tend_media() {
    media_tended = Steady::now();
    const auto all = db.read([](Tx& tx) { return connected_corps(tx); });
    for (const auto& id : all.value_or(std::vector<std::string>{})) {
      const auto p = platform(id);
      if (p) (void)tend_welcome_media(db, **p, id);
    }
  }
  Result<int> look(const std::string& id) {
    TRY(const auto p, platform(id));
    return work_looks(db, *p, id, kLookBatch);
  }

  void write_refused() {
    std::map<std::pair<std::string, std::string>, std::int64_t> all;
    {
      const std::scoped_lock lock(mutex);
      all.swap(refused);
    }
    if (all.empty()) return;
    (void)db.write([&](Tx& tx) -> Result<> {
      for (const auto& [key, times] : all) TRY(count_refused(tx, key.first, key.second, times));
      return {};
    });
  }

  void run_errands() {
    name_thread("wecom errands");
    std::unique_lock lock(mutex);
    for (;;) {
      ready.wait(lock, [&] { return stopping || !errands.empty(); });
      if (errands.empty()) return;
      const auto errand = std::move(errands.front());
      errands.pop_front();
      lock.unlock();
      errand(public_url);  // also while stopping: somebody waits for the answer
      lock.lock();
    }
  }

  bool going_on() const {
    const std::scoped_lock lock(mutex);
    return !stopping;
  }
  void wake() {
    {
      const std::scoped_lock lock(mutex);
      ++calls;
    }
    ready.notify_all();
  }

  Db& db;
  Outgoing& out;
  Outgoing& hot;
  const std::string public_url;
  std::mutex corps_mutex;
  std::map<std::string, std::shared_ptr<const Corp>, std::less<>> corps;
  std::map<std::string, std::shared_ptr<Platform>, std::less<>> platforms, hot_platforms;
  std::map<std::string, std::shared_ptr<Tickets>, std::less<>> js_tickets;
  mutable std::mutex mutex;
  std::condition_variable ready;
  std::uint64_t calls = 0;
  bool stopping = false;
  DeskFigures figures;
  std::map<std::pair<std::string, std::string>, std::int64_t> refused;
  std::map<std::string, Rest> rests;  // of the looks' thread
  Rest handover_rest;                 // likewise
  std::map<std::string, Rest> tell_rests;             // likewise
  std::map<std::string, Steady::time_point> watched;  // likewise
  Rest sends_rest;                    // of the sends' thread
  Steady::time_point media_tended{};  // likewise
  Steady::time_point pruned{};        // of the inbox' thread
  WelcomeLane lane;
  ArchiveRounds archives;             // of its own thread: the vendor's library waits as long as it likes
  SyncDesk sync;
  std::deque<std::function<void(const std::string&)>> errands;
  std::jthread inbox_thread, looks_thread, errands_thread, archive_thread, sends_thread;
};

Desk::Desk(Db& db, Outgoing& out, std::string public_url, Outgoing* hot) : inside_(std::make_unique<Inside>(db, out, std::move(public_url), hot)) {
  const std::unique_lock lock(desks_mutex);
  desks[&db] = this;
}
Desk::~Desk() {
  stop();
  const std::unique_lock lock(desks_mutex);
  desks.erase(&inside_->db);
}

void Desk::start() {
  auto& in = *inside_;
  in.lane.start();
  in.inbox_thread = std::jthread([&in] { in.run("wecom inbox", [&in] { return in.inbox(); }); });
  in.looks_thread = std::jthread([&in] { in.run("wecom looks", [&in] { return in.looks(); }); });
  in.errands_thread = std::jthread([&in] { in.run_errands(); });
  in.archive_thread = std::jthread([&in] { in.run("wecom archive", [&in] { return in.archives.round([&in] { return in.going_on(); }); }); });
  in.sends_thread = std::jthread([&in] { in.run("wecom sends", [&in] { return in.sends(); }); });
  in.sync.start();
}

void Desk::stop() {
  auto& in = *inside_;
  {
    const std::scoped_lock lock(in.mutex);
    if (in.stopping) return;
    in.stopping = true;
  }
  in.ready.notify_all();
  in.sync.stop();
  in.inbox_thread = {};
  in.looks_thread = {};
  in.errands_thread = {};
  in.archive_thread = {};
  in.sends_thread = {};
  in.lane.stop();
  in.write_refused();
}

DeskFigures Desk::figures() const {
  const std::scoped_lock lock(inside_->mutex);
  auto out = inside_->figures;
  const auto lane = inside_->lane.figures();
  out.welcomes = lane.sent;
  out.welcomes_failed = lane.failed;
  return out;
}

namespace {

Result<Desk*> desk_at(Db& db) {
  const std::shared_lock lock(desks_mutex);
  const auto at = desks.find(&db);
  if (at == desks.end()) return fail(Errc::unavailable, "connect.no_desk");
  return at->second;
}

}  // namespace

Result<std::shared_ptr<const Corp>> corp_by_id(Db& db, std::string_view corp_id) {
  if (const auto desk = desk_at(db)) return (*desk)->inside_->corp(corp_id);
  TRY(const auto key, seal_key(db));
  TRY(auto found, db.read([&](Tx& tx) { return find_corp(tx, corp_id, key); }));
  return std::make_shared<const Corp>(std::move(found));
}
Result<std::shared_ptr<Platform>> platform_of(Db& db, std::string_view corp_id) {
  TRY(auto* desk, desk_at(db));
  return desk->inside_->platform(corp_id);
}
Result<std::shared_ptr<Platform>> fresh_platform(Db& db, const Corp& corp) {
  TRY(auto* desk, desk_at(db));
  return open_platform(desk->inside_->out, db.clock(), {.corp_id = corp.corp_id, .secret = corp.secret, .base_url = corp.base_url});
}
Result<Outgoing*> outgoing_of(Db& db) {
  TRY(auto* desk, desk_at(db));
  return &desk->inside_->out;
}
Result<Pages> pages_of(Db& db, std::string_view corp_id) {
  TRY(auto* desk, desk_at(db));
  TRY(auto tickets, desk->inside_->tickets(corp_id));
  return Pages{std::move(tickets), desk->inside_->public_url};
}
void corp_changed(Db& db, std::string_view corp_id) {
  const auto desk = desk_at(db);
  if (!desk) return;
  (*desk)->inside_->forget(corp_id);
  SyncDesk::wake(db);
}
void note_refused(Db& db, const std::string& corp_id, const std::string& reason) {
  const auto desk = desk_at(db);
  if (!desk) return;
  auto& in = *(*desk)->inside_;
  const std::scoped_lock lock(in.mutex);
  ++in.figures.refused;
  ++in.refused[{corp_id, reason}];
}
void wake_inbox(Db& db) {
  if (const auto desk = desk_at(db)) (*desk)->inside_->wake();
}
Result<> at_desk(Db& db, std::function<void(const std::string&)> errand) {
  TRY(auto* desk, desk_at(db));
  auto& in = *desk->inside_;
  {
    const std::scoped_lock lock(in.mutex);
    if (in.stopping || in.errands.size() >= kErrandsMax) return fail(Errc::unavailable, "connect.desk_busy");
    in.errands.push_back(std::move(errand));
  }
  in.ready.notify_all();
  return {};
}
void greet_newcomer(Db& db, const std::string& corp_id, const Push& push) {
  const auto desk = desk_at(db);
  if (!desk) return;
  {
    const std::scoped_lock lock((*desk)->inside_->mutex);
    ++(*desk)->inside_->figures.pushes;
  }
  const std::string code(push.xml.text("WelcomeCode"));
  if (code.empty() || !push.kind.starts_with("change_external_contact/add_")) return;
  (*desk)->inside_->lane.take({corp_id, std::string(push.xml.text("UserID")), std::string(push.xml.text("ExternalUserID")), std::string(push.xml.text("State")), code, db.clock().now()});
}

}  // namespace koi::connect::wecom
