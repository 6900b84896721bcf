#include "team/throttle.h"

#include <algorithm>
#include <boost/describe.hpp>

#include "store/rows.h"
#include "team/sessions.h"

namespace koi::team {
namespace {

/// How a kind of bucket behaves: `free` failures without a wait, then 1 s, 2 s, 4 s … up to `wait_max`; one failure
/// is forgotten every `forget`.
struct Bucket {
  std::string_view kind;
  std::int64_t free;
  Millis wait_max, forget;
};
constexpr Bucket kPair{"pair", 5, Millis{15 * 60'000}, Millis{30 * 60'000}};
constexpr Bucket kAddress{"ip", 10, Millis{5 * 60'000}, Millis{2 * 60'000}};
constexpr Bucket kLogin{"login", 10, Millis{5 * 60'000}, Millis{10 * 60'000}};
constexpr Bucket kDevice{"device", 5, Millis{15 * 60'000}, Millis{30 * 60'000}};
constexpr Millis kFirstWait{1000};

struct BucketRow {
  std::int64_t fails = 0;
  Instant last_at, next_at;
};
BOOST_DESCRIBE_STRUCT(BucketRow, (), (fails, last_at, next_at))

constexpr std::string_view kFindBucket = "SELECT fails, last_at, next_at FROM login_attempt WHERE key_hash = $1";
constexpr std::string_view kPutBucket =
    "INSERT INTO login_attempt (key_hash, fails, last_at, next_at) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (key_hash) DO UPDATE SET fails = $2, last_at = $3, next_at = $4";
constexpr std::string_view kClearBucket = "DELETE FROM login_attempt WHERE key_hash = $1";
constexpr std::string_view kRefundBucket =
    "UPDATE login_attempt SET fails = fails - 1, next_at = last_at WHERE key_hash = $1 AND fails > 0";

std::int64_t remembered(const BucketRow& row, const Bucket& rule, Instant now) {
  return std::max<std::int64_t>(0, row.fails - std::max<std::int64_t>(0, (now - row.last_at) / rule.forget));
}

Millis wait_after(std::int64_t fails, const Bucket& rule) {
  if (fails < rule.free) return Millis{0};
  const auto doublings = std::min<std::int64_t>(fails - rule.free, 20);
  return std::min(rule.wait_max, kFirstWait * (std::int64_t{1} << doublings));
}

struct Taken {
  const Bucket* rule;
  store::Blob key;
  std::int64_t fails;
};

}  // namespace

Result<Claim> claim_attempt(Tx& tx, const AttemptFrom& from) {
  std::vector<Taken> taken;
  const auto add = [&](const Bucket& rule, const std::string& what) {
    taken.push_back({&rule, hash_of(std::string(rule.kind) + '\n' + what), 0});
  };
  if (!from.device.empty()) {
    add(kDevice, from.login + '\n' + from.device);
  } else {
    add(kPair, from.login + '\n' + from.ip);
    add(kAddress, from.ip);
    add(kLogin, from.login);
  }
  Instant free_at = tx.now();
  for (auto& t : taken) {
    TRY(auto row, tx.maybe<BucketRow>(kFindBucket, t.key));
    if (!row) continue;
    free_at = std::max(free_at, row->next_at);
    t.fails = remembered(*row, *t.rule, tx.now());
  }
  if (free_at > tx.now()) {
    auto refused = Error{Errc::throttled, "auth.throttled", {}, {}, {}};
    const auto wait_s = ((free_at - tx.now()).count() + 999) / 1000;
    refused.params.emplace_back("retry_after", std::to_string(wait_s));
    return std::unexpected(std::move(refused));
  }
  Claim claim;
  for (auto& t : taken) {
    const auto fails = t.fails + 1;
    TRY(tx.exec(kPutBucket, t.key, fails, tx.now(), tx.now() + wait_after(fails, *t.rule)));
    (t.rule == &kAddress ? claim.refunded : claim.cleared).push_back(t.key);
  }
  return claim;
}

Result<> honour_claim(Tx& tx, const Claim& claim) {
  for (const auto& key : claim.cleared) {
    TRY(tx.exec(kClearBucket, key));
  }
  for (const auto& key : claim.refunded) {
    TRY(tx.exec(kRefundBucket, key));
  }
  return {};
}

}  // namespace koi::team
