#include "connect/wecom/archive/desk.h"

#include "connect/seal_key.h"
#include "connect/wecom/archive/pull.h"
#include "connect/wecom/archive/setting.h"
#include "connect/wecom/corp.h"
#include "connect/wecom/sync.h"

namespace koi::connect::wecom {

namespace {

constexpr Millis kEvery{60'000}, kAgain{30'000};
constexpr std::size_t kCallsMinute = 500;  // the platform allows about 600
constexpr int kCallsRound = 20, kTriesOfCall = 3;

}  // namespace

bool ArchiveRounds::round(const std::function<bool()>& go_on) {
  const auto due = db_.read([](Tx& tx) { return due_archives(tx); });
  if (!due) return false;
  bool more = false;
  for (const auto& corp : *due) {
    if (!go_on()) return false;
    const auto done = pull(corp, go_on);
    more = more || (done && *done);
    if (done && *done) continue;  // still due
    (void)db_.write([&](Tx& tx) { return archive_went(tx, corp, done ? nullptr : &done.error(), done ? kEvery : kAgain); }, shard_of_corp(corp));
  }
  return more;
}

Result<bool> ArchiveRounds::pull(const std::string& corp, const std::function<bool()>& go_on) {
  TRY(const auto key, seal_key(db_));
  TRY(const auto a, db_.read([&](Tx& tx) { return find_archive(tx, corp, key); }));
  TRY(const auto c, db_.read([&](Tx& tx) { return find_corp(tx, corp, key); }));
  if (!a) return fail(Errc::not_found, "connect.no_archive", corp);
  auto& open = open_[corp];
  if (!open.finance || open.ver != a->ver || open.corp_ver != c.ver) {
    open.finance.reset();
    TRY(open.finance, open_finance(a->library, corp, a->secret));
    open.platform = open_platform(out_, db_.clock(), {.corp_id = corp, .secret = a->secret, .base_url = c.base_url});
    open.ver = a->ver, open.corp_ver = c.ver;
  }
  const auto now = std::chrono::steady_clock::now();
  while (!open.calls.empty() && now - open.calls.front() > std::chrono::minutes(1)) open.calls.pop_front();
  if (open.calls.size() + kCallsRound * kTriesOfCall > kCallsMinute) return fail(Errc::throttled, "connect.archive_busy", "600 a minute");
  TRY(const auto done, pull_archive(db_, *open.finance, *open.platform, corp, {.calls = kCallsRound, .go_on = go_on}));
  for (int i = 0; i < (done.pages + 1) * kTriesOfCall; ++i) open.calls.push_back(now);
  return done.more;
}

}  // namespace koi::connect::wecom
