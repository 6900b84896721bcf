#include "entry/ways.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "entry/alarms.h"
#include "entry/arrivals.h"
#include "entry/slots.h"
#include "entry/want.h"
#include "store/rows.h"

namespace koi::entry {

struct WayRow {
  WayId id;
  CodeId code;
  std::string state, remark, config_id, qr_url, error, users;
  bool skip_verify = true, exclusive = false, wanted = true;
  std::int64_t want_ver = 0, made_ver = 0;
  StaffId staff;
};
BOOST_DESCRIBE_STRUCT(WayRow, (), (id, code, state, remark, config_id, qr_url, error, users, skip_verify, exclusive, wanted, want_ver, made_ver, staff))
BOOST_DESCRIBE_STRUCT(AcquisitionLink, (), (wanted, url, error))

namespace {

constexpr std::string_view kOnPlatform = "SELECT (SELECT COUNT(*) FROM entry_way WHERE config_id <> '' AND staff_id >= 0) + (SELECT COUNT(*) FROM entry_join_way WHERE config_id <> '')";
constexpr std::string_view kDue =
    "SELECT id, code_id, state, remark, config_id, qr_url, error, users, skip_verify, exclusive, wanted, want_ver, made_ver, staff_id FROM entry_way "
    "WHERE want_ver > made_ver AND try_at <= $1 AND id > $2 AND (wanted = 1 OR config_id <> '') ORDER BY id LIMIT $3";
constexpr std::string_view kAdd =
    "INSERT INTO entry_way (id, code_id, staff_id, state, remark, config_id, qr_url, error, users, skip_verify, exclusive, wanted, want_ver, made_ver, try_at) "
    "VALUES ($1, $2, $3, $4, $5, '', '', '', $6, $7, $8, 1, 1, 0, 0) ON CONFLICT (code_id, staff_id) DO UPDATE SET "
    "want_ver = entry_way.want_ver + CASE WHEN entry_way.wanted = 1 AND entry_way.users = excluded.users AND entry_way.skip_verify = excluded.skip_verify "
    "AND entry_way.exclusive = excluded.exclusive AND entry_way.remark = excluded.remark THEN 0 ELSE 1 END, "
    "users = excluded.users, skip_verify = excluded.skip_verify, exclusive = excluded.exclusive, remark = excluded.remark, "
    "try_at = CASE WHEN entry_way.wanted = 1 THEN entry_way.try_at ELSE 0 END, wanted = 1";
constexpr std::string_view kDrop =
    "UPDATE entry_way SET wanted = 0, want_ver = want_ver + 1, try_at = $3 WHERE code_id = $1 AND staff_id = $2 AND wanted = 1";
constexpr std::string_view kWanted = "SELECT staff_id FROM entry_way WHERE code_id = $1 AND wanted = 1";
constexpr std::string_view kMade =
    "UPDATE entry_way SET made_ver = $2, config_id = $3, qr_url = $4, error = '', try_at = 0 WHERE id = $1 AND made_ver < $2 AND want_ver >= $2 RETURNING code_id";
constexpr std::string_view kThere = "SELECT code_id FROM entry_way WHERE id = $1";
constexpr std::string_view kFailed = "UPDATE entry_way SET error = $2, try_at = $3 WHERE id = $1 RETURNING code_id";
constexpr std::string_view kLost =
    "UPDATE entry_way SET config_id = '', qr_url = '', want_ver = want_ver + 1, try_at = 0 WHERE config_id = $1 AND config_id <> '' RETURNING code_id";
constexpr std::string_view kMadeOnes = "SELECT config_id FROM entry_way WHERE config_id <> '' ORDER BY id LIMIT $1";
constexpr std::string_view kUsers = "SELECT users FROM entry_way WHERE code_id = $1 AND staff_id = $2 AND wanted = 1";
constexpr std::string_view kLinkOf = "SELECT code_id FROM entry_way WHERE config_id = $1 AND config_id <> '' AND staff_id = $2";
constexpr std::string_view kLinked = "SELECT code_id FROM entry_way WHERE staff_id = $1 AND wanted = 1 ORDER BY code_id LIMIT 200";
constexpr std::string_view kLink = "SELECT wanted, qr_url, error FROM entry_way WHERE code_id = $1 AND staff_id = $2";
constexpr std::string_view kAccept =
    "UPDATE entry_way SET skip_verify = $2, want_ver = want_ver + 1 WHERE code_id = $1 AND wanted = 1 AND skip_verify <> $2";
constexpr std::size_t kUsersMax = 100, kLinkUsersMax = 500, kRemarkMax = 30, kLinkNameMax = 21;
/// Whose row an acquisition link is: nobody's of our staff.
constexpr StaffId kTheLink{-1};
constexpr std::string_view kLetters = "abcdefghjkmnpqrstvwxyz0123456789";

/// "c", the code's number in 13 digits, 8 letters nobody guesses: the state leads to its code without a look.
std::string new_state(Tx& tx, CodeId code) {
  std::string out = "c" + to_text(code).substr(CodeTag::prefix.size() + 1);
  for (int i = 0; i < 8; ++i) out += kLetters[tx.rng().below(kLetters.size())];
  CHECK(out.size() <= 30);
  return out;
}

bool accepts_now(Tx& tx, const KnownCode& known) {
  switch (known.code.spec.accept) {
    case AcceptRule::always: return true;
    case AcceptRule::manual: return false;
    case AcceptRule::hours: return known.accept.covers(moment_of(known.zone, tx.now()).minute_of_week);
  }
  return true;
}

Result<> put(Tx& tx, const KnownCode& known, StaffId staff, const std::string& users, std::string_view whose) {
  const auto state = new_state(tx, known.code.id);
  // A link's name tells it from all others: it is found by it when an answer was lost.
  const auto remark = staff == kTheLink ? std::string(take_chars(known.code.spec.name, kLinkNameMax)) + "-" + to_text(known.code.id).substr(to_text(known.code.id).size() - 8)
                                        : known.code.spec.name + (whose.empty() ? "" : "-") + std::string(whose);
  TRY(tx.exec(kAdd, tx.next_id<WayId>(), known.code.id, staff.v, state, take_chars(remark, kRemarkMax), users,
              accepts_now(tx, known), known.code.spec.exclusive));
  return {};
}

/// Whether a cap of the guide has room left today.
Result<bool> has_room(Tx& tx, const KnownCode& known, const Seat& seat, std::int64_t day) {
  for (const auto& cap : seat_caps(seat)) {
    if (cap.letter == 'r') continue;  // rounds are of our own assigning
    TRY(const auto left, slots_left(tx, {known.code.id, seat.guide.id, day, 0}, cap));
    if (left <= 0) return false;
  }
  return true;
}

std::string joined(const std::set<std::string>& users) {
  std::string out;
  for (const auto& user : users) out += (out.empty() ? "" : ",") + user;
  return out;
}

/// Levels as the platform may choose from them; the stores of a store code are one.
std::vector<std::vector<const Seat*>> levels_of(const KnownCode& known) {
  std::vector<std::vector<const Seat*>> out(1);
  for (const auto& store : known.stores)
    for (const auto& seat : store.seats) out.back().push_back(&seat);
  if (out.back().empty()) out.clear();
  for (const auto& level : known.levels) {
    out.emplace_back();
    for (const auto& seat : level) out.back().push_back(&seat);
  }
  return out;
}

/// Of the first level where somebody can serve now; empty when nobody can.
Result<std::string> users_now(Tx& tx, const KnownCode& known, std::size_t most) {
  const auto moment = moment_of(known.zone, tx.now());
  for (const auto& level : levels_of(known)) {
    std::set<std::string> users;
    for (const auto* seat : level) {
      if (!seat->guide.active || seat->guide.wecom_userid.empty() || known.is_off(seat->guide.id) || !seat->duty->on(moment) || users.size() >= most) continue;
      TRY(const bool room, has_room(tx, known, *seat, moment.day_number));
      if (room) users.insert(seat->guide.wecom_userid);
    }
    if (!users.empty()) return joined(users);
  }
  return std::string();
}

/// Everybody who ever serves: what a code of the platform holds before anybody is on duty.
std::string users_ever(const KnownCode& known, std::size_t most) {
  std::set<std::string> users;
  for (const auto* seat : levels_of(known)[0])
    if (seat->guide.active && !seat->guide.wecom_userid.empty() && users.size() < most) users.insert(seat->guide.wecom_userid);
  return joined(users);
}

/// The platform's code, or its link, never leads to nobody: when none is on duty it stays as it was.
Result<> put_platform(Tx& tx, const KnownCode& known, StaffId as = {}) {
  const auto most = as == kTheLink ? kLinkUsersMax : kUsersMax;
  TRY(auto users, users_now(tx, known, most));
  if (users.empty()) {
    TRY(const auto had, tx.maybe<std::string>(kUsers, known.code.id, as.v));
    users = had.value_or(users_ever(known, most));
  }
  if (users.empty()) return {};
  return put(tx, known, as, users, {});
}

template <class F>
Result<> each_seat(const KnownCode& known, F&& fn) {
  for (const auto& level : known.levels)
    for (const auto& seat : level) TRY(fn(seat));
  for (const auto& store : known.stores)
    for (const auto& seat : store.seats) TRY(fn(seat));
  return {};
}

}  // namespace

Result<> want_way(Tx& tx, const KnownCode& known, StaffId staff) {
  const auto* seat = known.seat_of(staff);
  if (seat == nullptr || !seat->guide.active || seat->guide.wecom_userid.empty() || !seat->way_state.empty()) return {};
  TRY(put(tx, known, staff, seat->guide.wecom_userid, seat->guide.name));
  return code_changed(tx, known.code.id);
}

Result<> want_ways(Tx& tx, CodeId code) {
  TRY(const auto known, known_lately(tx, code));
  std::set<StaffId> members;
  if (known->code.spec.mode == CodeMode::direct) {
    members.insert(StaffId{});
    TRY(put_platform(tx, *known));
  } else {
    TRY(each_seat(*known, [&](const Seat& seat) -> Result<> {
      if (!members.insert(seat.guide.id).second || (members.size() > kAheadMax && seat.way_state.empty())) return {};
      if (!seat.guide.active || seat.guide.wecom_userid.empty()) return {};
      return put(tx, *known, seat.guide.id, seat.guide.wecom_userid, seat.guide.name);
    }));
  }
  if (known->code.spec.acquisition && known->code.state != CodeState::deleted) {
    members.insert(kTheLink);
    TRY(put_platform(tx, *known, kTheLink));
  }
  TRY(const auto wanted, tx.all<StaffId>(kWanted, code));
  const auto later = tx.now() + std::chrono::minutes(known->code.spec.hold_minutes);
  for (const auto staff : wanted)
    if (!members.contains(staff)) TRY(tx.exec(kDrop, code, staff.v, later));
  return code_changed(tx, code);
}

Result<> tend_ways(Tx& tx, const KnownCode& known) {
  if (known.code.spec.acquisition) TRY(put_platform(tx, known, kTheLink));
  if (known.code.spec.mode == CodeMode::direct) return put_platform(tx, known);
  if (known.code.spec.accept != AcceptRule::hours) return {};
  TRY(tx.exec(kAccept, known.code.id, accepts_now(tx, known)));
  return {};
}

Result<std::vector<Way>> ways_to_make(Tx& tx, std::int64_t after, int limit) {
  std::vector<Way> out;
  TRY(tx.each<WayRow>(
      kDue,
      [&](WayRow&& r) -> Result<> {
        Way way{r.id, r.code, std::move(r.state), std::move(r.remark), std::move(r.config_id), std::move(r.qr_url), std::move(r.error), {},
                r.skip_verify, r.exclusive, r.wanted, r.want_ver, r.made_ver};
        way.link = r.staff == kTheLink;
        for (const auto user : split_text(r.users, ',')) way.users.emplace_back(user);
        out.push_back(std::move(way));
        return {};
      },
      tx.now(), after, limit));
  return out;
}

Result<> way_made(Tx& tx, WayId way, std::int64_t ver, std::string_view config_id, std::string_view qr_url) {
  TRY(const auto code, tx.maybe<CodeId>(kMade, way, ver, config_id, qr_url));
  if (code) {
    TRY(settle_alarm(tx, *code, {}, "way_failed"));
    TRY(settle_alarm(tx, *code, {}, "link_unavailable"));
    return code_changed(tx, *code);
  }
  TRY(const auto there, tx.maybe<CodeId>(kThere, way));
  return there ? Result<>{} : fail(Errc::not_found, "entry.no_way", to_text(way));
}

Result<> way_failed(Tx& tx, WayId way, std::string_view code, Instant try_again) {
  TRY(const auto of, tx.maybe<CodeId>(kFailed, way, code, try_again));
  if (!of) return fail(Errc::not_found, "entry.no_way", to_text(way));
  return raise_alarm(tx, {*of, {}, "way_failed", std::string(code)});
}

Result<> way_lost(Tx& tx, std::string_view config_id) {
  TRY(const auto code, tx.maybe<CodeId>(kLost, config_id));
  return code ? code_changed(tx, *code) : Result<>{};
}

Result<> link_trouble(Tx& tx, std::string_view link_id, bool deleted) {
  TRY(const auto code, tx.maybe<CodeId>(kLinkOf, link_id, kTheLink.v));
  if (!code) return {};
  TRY(raise_alarm(tx, {*code, {}, deleted ? "link_deleted" : "link_unavailable", std::string(link_id)}));
  return deleted ? way_lost(tx, link_id) : Result<>{};
}

Result<> link_balance(Tx& tx, std::string_view news, std::string detail) {
  TRY(const auto codes, tx.all<CodeId>(kLinked, kTheLink.v));
  for (const auto code : codes) {
    if (news == "ok") TRY(settle_alarm(tx, code, {}, "link_balance"));
    if (news != "ok") TRY(raise_alarm(tx, {code, {}, "link_balance", detail}));
  }
  return {};
}

Result<AcquisitionLink> acquisition_link(Tx& tx, CodeId code) {
  TRY(auto found, tx.maybe<AcquisitionLink>(kLink, code, kTheLink.v));
  return found.value_or(AcquisitionLink{});
}

Result<std::int64_t> ways_there(Tx& tx) { return tx.one<std::int64_t>(kOnPlatform); }

Result<int> forget_made_ways(Tx& tx, int limit) {
  TRY(const auto made, tx.all<std::string>(kMadeOnes, limit));
  for (const auto& config_id : made) TRY(way_lost(tx, config_id));
  return static_cast<int>(made.size());
}

ShardKey shard_of_state(std::string_view state) {
  const auto id = state.size() > 14 && state.front() == 'c' ? parse_id(CodeTag::prefix, std::string(CodeTag::prefix) + "_" + std::string(state.substr(1, 13))) : std::nullopt;
  return id ? shard_of(CodeId{*id}) : ShardKey{};
}

}  // namespace koi::entry
