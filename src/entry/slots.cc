#include "entry/slots.h"

#include <fmt/format.h>

#include <boost/container_hash/hash.hpp>
#include <mutex>
#include <unordered_map>

#include "ledger/ledger.h"

namespace koi::entry {
namespace {

constexpr int kExpireAtOnce = 100;  // holds whose time is over, given back while somebody waits

/// One unit for each code: writers that work on different codes never meet on an account.
std::string unit_of(CodeId code) { return fmt::format("slot:{}", code.v); }

std::string account_name(const SlotOf& of, char letter) {
  switch (letter) {
    case 'C': return fmt::format("entry:{}:all", of.code.v);
    case 'c': return fmt::format("entry:{}:day:{}", of.code.v, of.day);
    case 'l': return fmt::format("entry:{}:{}:all", of.code.v, of.staff.v);
    case 'd': return fmt::format("entry:{}:{}:day:{}", of.code.v, of.staff.v, of.day);
    default: return fmt::format("entry:{}:{}:rounds", of.code.v, of.staff.v);
  }
}

/// The round's allowance was raised by whoever began the round.
std::int64_t limit_of(const SlotOf& of, const Cap& cap) { return cap.letter == 'r' ? of.round_limit : cap.limit; }

/// Accounts that stand, with the limit they were given: what every scan would ask for anew.
struct AccountKey {
  CodeId code;
  StaffId staff;
  std::int64_t day = 0;
  char letter = 0;
  friend bool operator==(const AccountKey&, const AccountKey&) = default;
};
struct AccountKeyHash {
  std::size_t operator()(const AccountKey& k) const {
    std::size_t seed = 0;
    for (const auto part : {k.code.v, k.staff.v, k.day, static_cast<std::int64_t>(k.letter)}) boost::hash_combine(seed, part);
    return seed;
  }
};
struct KnownAccount { ledger::AccountId id; std::int64_t limit = 0; };
struct Accounts {
  std::mutex mutex;
  std::unordered_map<AccountKey, KnownAccount, AccountKeyHash> known;
};
const char kAccounts = 0;
constexpr std::size_t kAccountsMax = 200'000;

/// From memory, or as `open` has it; kept once that is committed.
template <class F>
Result<ledger::AccountId> account_of(Tx& tx, const AccountKey& key, std::int64_t limit, F&& open) {
  auto& all = tx.shared<Accounts>(&kAccounts, [] { return std::make_shared<Accounts>(); });
  {
    const std::scoped_lock lock(all.mutex);
    if (const auto at = all.known.find(key); at != all.known.end() && at->second.limit == limit) return at->second.id;
  }
  bool whole = true;
  TRY(const auto id, open(whole));
  // A limit that could not be lowered all the way is tried again with every look.
  tx.after_commit([&all, key, account = KnownAccount{id, limit}, whole] {
    const std::scoped_lock lock(all.mutex);
    if (all.known.size() >= kAccountsMax) all.known.clear();
    if (whole) all.known[key] = account;
    else all.known.erase(key);
  });
  return id;
}

Result<ledger::AccountId> cap_account(Tx& tx, const SlotOf& of, const Cap& cap) {
  const auto limit = limit_of(of, cap);
  const bool guide = cap.letter != 'c' && cap.letter != 'C', daily = cap.letter == 'c' || cap.letter == 'd';
  return account_of(tx, {of.code, guide ? of.staff : StaffId{}, daily ? of.day : 0, cap.letter}, limit, [&](bool& whole) {
    return ledger::allowance(tx, account_name(of, cap.letter), unit_of(of.code), limit, &whole);
  });
}

Result<ledger::AccountId> friends_account(Tx& tx, CodeId code) {
  return account_of(tx, {code, {}, 0, 'f'}, 0, [&](bool&) {
    const auto name = fmt::format("entry:{}:friends", code.v), unit = unit_of(code);
    return ledger::open_account(tx, {.code = name, .unit = unit, .flags = ledger::kPlain, .kind = "slots"});
  });
}

std::string hold_key(ScanId scan, char letter) { return fmt::format("scan:{}:{}", scan.v, letter); }

/// One unit without a hold; false when there is none left.
Result<bool> take(Tx& tx, const SlotOf& of, const Cap& cap, ledger::AccountId to, std::int64_t arrival) {
  TRY(const auto from, cap_account(tx, of, cap));
  const auto key = fmt::format("arrival:{}:{}", arrival, cap.letter);
  const auto took = ledger::transfer(tx, {.key = key, .from = from, .to = to, .amount = 1, .reason = "friend"}, "entry.full");
  if (!took && took.error().kind != Errc::exhausted) return std::unexpected(took.error());
  return took.has_value();
}

}  // namespace

std::vector<Cap> code_caps(const CodeSpec& spec) {
  std::vector<Cap> out;
  if (spec.lifetime_cap > 0) out.push_back({'C', spec.lifetime_cap});
  if (spec.daily_cap > 0) out.push_back({'c', spec.daily_cap});
  return out;
}

std::vector<Cap> seat_caps(const Seat& seat) {
  std::vector<Cap> out;
  if (seat.lifetime_cap > 0) out.push_back({'l', seat.lifetime_cap});
  if (seat.daily_cap > 0) out.push_back({'d', seat.daily_cap});
  if (seat.round_cap > 0) out.push_back({'r', seat.round_cap});
  return out;
}

Result<> hold_slots(Tx& tx, const SlotOf& of, std::span<const Cap> caps, ScanId scan, Instant until) {
  if (caps.empty()) return {};
  TRY(const auto to, friends_account(tx, of.code));
  for (const auto& cap : caps) {
    TRY(const auto from, cap_account(tx, of, cap));
    const auto key = hold_key(scan, cap.letter);
    const auto held = ledger::hold(tx, {.key = key, .from = from, .to = to, .amount = 1, .reason = "shown"}, until, "entry.full");
    if (!held && held.error().kind == Errc::exhausted) return fail(Errc::exhausted, std::string("entry.full_") + cap.letter);
    TRY(held);
  }
  return {};
}

Result<std::int64_t> slots_left(Tx& tx, const SlotOf& of, const Cap& cap) {
  TRY(const auto account, cap_account(tx, of, cap));
  TRY(const auto balance, ledger::balance(tx, account));
  return balance.available();
}

Result<std::int64_t> slots_used(Tx& tx, const SlotOf& of, const Cap& cap) {
  TRY(const auto found, ledger::find_account(tx, account_name(of, cap.letter)));
  return found ? std::max<std::int64_t>(0, limit_of(of, cap) - found->posted + found->pending_out) : 0;
}

Result<bool> use_slots(Tx& tx, const SlotOf& of, std::string_view held, ScanId scan, std::span<const Cap> caps, std::int64_t arrival) {
  if (caps.empty() && held.empty()) return false;
  bool over = false, swept = false;
  TRY(const auto to, friends_account(tx, of.code));
  for (const char letter : held) {
    const auto key = hold_key(scan, letter) + ":add";
    const auto posted = ledger::post(tx, hold_key(scan, letter), key);
    if (posted) continue;
    if (posted.error().code != "ledger.not_pending") return std::unexpected(posted.error());
    // Too late for the hold: what others' late holds still keep is given back before this one is called too many.
    if (!std::exchange(swept, true)) TRY(ledger::expire_holds(tx, kExpireAtOnce));
    const auto cap = std::ranges::find(caps, letter, &Cap::letter);
    if (cap == caps.end()) continue;
    TRY(const bool took, take(tx, of, *cap, to, arrival));
    over = over || !took;
  }
  for (const auto& cap : caps) {
    if (held.find(cap.letter) != held.npos) continue;
    TRY(const bool took, take(tx, of, cap, to, arrival));
    over = over || !took;
  }
  return over;
}

}  // namespace koi::entry
