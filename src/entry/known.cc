#include "entry/known.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "http/wire.h"
#include "store/rows.h"
#include "store/trail.h"

namespace koi::entry {
namespace {

constexpr std::string_view kCode = "SELECT slug, state, ver, created_at, updated_at, spec FROM entry_code WHERE id = $1";
constexpr std::string_view kWays = "SELECT staff_id, state, qr_url FROM entry_way WHERE code_id = $1 AND wanted = 1";
constexpr std::string_view kRev = "SELECT rev FROM entry_code_turn WHERE code_id = $1";
constexpr std::string_view kBump = "UPDATE entry_code_turn SET rev = rev + 1 WHERE code_id = $1";
constexpr std::string_view kBySlug = "SELECT id FROM entry_code WHERE slug = $1";
constexpr std::string_view kOff = "SELECT code_id, staff_id FROM entry_guide_off ORDER BY code_id, staff_id LIMIT 100000";
constexpr std::string_view kPlacesMark = "SELECT CAST(COUNT(*) + COALESCE(SUM(updated_at), 0) AS BIGINT) FROM store_place";
constexpr std::string_view kPlace = "SELECT lat, lng, hours, address, phone FROM store_place WHERE unit_id = $1";
constexpr std::size_t kKeptMax = 20'000;  // codes in memory

struct CodeRow { std::string slug; CodeState state; std::int64_t ver; Instant created_at, updated_at; std::string spec; };
BOOST_DESCRIBE_STRUCT(CodeRow, (), (slug, state, ver, created_at, updated_at, spec))
struct WayRow { StaffId staff; std::string state, qr_url; };
BOOST_DESCRIBE_STRUCT(WayRow, (), (staff, state, qr_url))
struct OffRow { CodeId code; StaffId staff; };
BOOST_DESCRIBE_STRUCT(OffRow, (), (code, staff))
struct PlaceRow { double lat, lng; std::string hours, address, phone; };
BOOST_DESCRIBE_STRUCT(PlaceRow, (), (lat, lng, hours, address, phone))

/// What all codes stand on, looked at once in kPulse.
struct Pulse {
  std::optional<Instant> looked_at;
  std::int64_t stamp = 0, edits = -1, places = -1;
  std::string zone_name;
  Zone zone = Zone::utc();
  OffSet off = std::make_shared<std::set<std::pair<CodeId, StaffId>>>();
};
struct Memory {
  std::mutex mutex;
  Pulse pulse;
  std::unordered_map<CodeId, Known> codes;
  std::map<std::string, CodeId, std::less<>> slugs;
};
const char kMemory = 0;
Memory& memory(Tx& tx) {
  return tx.shared<Memory>(&kMemory, [] { return std::make_shared<Memory>(); });
}

Memory* memory_of(Db& db) {
  const std::scoped_lock lock(db.shared().mutex());
  return static_cast<Memory*>(db.shared().slot(&kMemory).get());
}

std::vector<Forget>& forgetters() {
  static std::vector<Forget> all;
  return all;
}

bool fresh(Instant looked_at, Instant now) { return now >= looked_at && now - looked_at < kPulse; }

Result<Pulse> pulse_of(Tx& tx, Memory& m) {
  {
    const std::scoped_lock lock(m.mutex);
    if (m.pulse.looked_at && fresh(*m.pulse.looked_at, tx.now())) return m.pulse;
  }
  Pulse now;
  now.looked_at = tx.now();
  TRY(now.edits, roster().edits(tx));
  TRY(now.places, tx.one<std::int64_t>(kPlacesMark));
  TRY(const auto zone, store::setting(tx, "merchant.zone"));
  now.zone_name = zone.value_or("Asia/Shanghai");
  now.zone = Zone::find(now.zone_name).value_or(Zone::utc());
  auto off = std::make_shared<std::set<std::pair<CodeId, StaffId>>>();
  TRY(tx.each<OffRow>(kOff, [&](OffRow&& row) -> Result<> { off->emplace(row.code, row.staff); return {}; }));
  now.off = std::move(off);
  const std::scoped_lock lock(m.mutex);
  auto& had = m.pulse;
  const bool same = had.edits == now.edits && had.places == now.places && had.zone_name == now.zone_name && *had.off == *now.off;
  now.stamp = had.stamp + (same ? 0 : 1);
  had = now;
  return now;
}

/// Reads one code and resolves whom it names.
class Reader {
 public:
  Reader(Tx& tx, KnownCode& out) : tx_(tx), out_(out) {}

  Result<> run(CodeId id) {
    TRY(const auto row, tx_.maybe<CodeRow>(kCode, id));
    if (!row) return fail(Errc::not_found, "entry.no_code", to_text(id));
    out_.code = {id, row->slug, row->state, row->ver, row->created_at, row->updated_at, {}};
    TRY(out_.code.spec, read_spec(row->spec));
    const auto& spec = out_.code.spec;
    TRY(tx_.each<WayRow>(kWays, [&](WayRow&& way) -> Result<> { ways_.emplace(way.staff, std::move(way)); return {}; }, id));
    if (const auto own = ways_.find(StaffId{}); own != ways_.end()) out_.code_qr = own->second.qr_url;
    out_.levels.emplace_back();
    TRY(seats(spec.members, out_.levels.back()));
    for (const auto& level : spec.backup) {
      out_.levels.emplace_back();
      TRY(seats(level.members, out_.levels.back()));
    }
    for (const auto& store : spec.stores) TRY(add_store(store));
    for (const auto& slot : spec.welcome.slots) {
      TRY(auto plan, WeekPlan::of(std::span(&slot.hours, 1), {}));
      out_.welcome_hours.push_back(std::move(plan));
    }
    TRY(out_.accept, WeekPlan::of(spec.accept_hours, {}));
    return {};
  }

 private:
  void seat(const Member& m, const std::shared_ptr<const Duty>& duty, Guide guide, std::vector<Seat>& to) {
    if (std::ranges::find(to, guide.id, [](const Seat& s) { return s.guide.id; }) != to.end()) return;
    Seat s{std::move(guide), m.weight, m.daily_cap, m.lifetime_cap, m.round_cap, duty, {}, {}};
    if (const auto way = ways_.find(s.guide.id); way != ways_.end()) {
      s.way_state = way->second.state;
      s.qr_url = way->second.qr_url;
    }
    to.push_back(std::move(s));
  }

  Result<> seats(std::span<const Member> members, std::vector<Seat>& to) {
    for (const auto& m : members) {
      TRY(auto plan, duty_of(m.schedule, {}));
      const auto duty = std::make_shared<const Duty>(std::move(plan));
      std::vector<Guide> guides;
      if (m.staff) {
        TRY(guides, roster().guides(tx_, std::span(&*m.staff, 1)));
      } else {
        TRY(const auto units, roster().units(tx_, std::span(&*m.unit, 1)));
        if (units.empty()) continue;
        TRY(guides, roster().guides_of(tx_, units.front().path));
      }
      for (auto& guide : guides) seat(m, duty, std::move(guide), to);
    }
    return {};
  }

  Result<> add_store(const StoreMember& member) {
    TRY(const auto units, roster().units(tx_, std::span(&member.unit, 1)));
    if (units.empty() || !units.front().open) return {};
    KnownStore store;
    store.unit = member.unit;
    store.name = units.front().name;
    TRY(const auto place, tx_.maybe<PlaceRow>(kPlace, member.unit));
    if (place) {
      store.at = Place{place->lat, place->lng};
      store.address = place->address;
      store.phone = place->phone;
      TRY(const auto hours, http::parse_json<std::vector<Hours>>(place->hours));
      TRY(store.hours, WeekPlan::of(hours, {}));
    }
    Member everybody;
    everybody.unit = member.unit;
    TRY(seats(member.members.empty() ? std::span<const Member>(&everybody, 1) : std::span<const Member>(member.members), store.seats));
    out_.stores.push_back(std::move(store));
    return {};
  }

  Tx& tx_;
  KnownCode& out_;
  std::map<StaffId, WayRow> ways_;
};

void forget(Memory& m, CodeId code) {
  const std::scoped_lock lock(m.mutex);
  m.codes.erase(code);
}

void keep(Tx& tx, Memory& m, const Known& known) {
  {
    const std::scoped_lock lock(m.mutex);
    if (m.codes.size() >= kKeptMax) m.codes.clear();
    auto& slot = m.codes[known->code.id];
    if (slot && slot->rev > known->rev) return;  // a reader of an older snapshot
    slot = known;
    m.slugs[known->code.slug] = known->code.id;
  }
  // It may be what this transaction has written and will not leave behind.
  tx.on_rollback([&m, id = known->code.id] { forget(m, id); });
}

Known held(Memory& m, CodeId code) {
  const std::scoped_lock lock(m.mutex);
  const auto at = m.codes.find(code);
  return at == m.codes.end() ? nullptr : at->second;
}

}  // namespace

const Seat* KnownCode::seat_of(StaffId staff) const {
  const auto in = [&](const std::vector<Seat>& seats) -> const Seat* {
    const auto at = std::ranges::find(seats, staff, [](const Seat& s) { return s.guide.id; });
    return at == seats.end() ? nullptr : &*at;
  };
  for (const auto& level : levels)
    if (const auto* found = in(level)) return found;
  for (const auto& store : stores)
    if (const auto* found = in(store.seats)) return found;
  return nullptr;
}

Result<Zone> merchant_zone(Tx& tx) {
  TRY(const auto pulse, pulse_of(tx, memory(tx)));
  return pulse.zone;
}

Result<Known> known_code(Tx& tx, CodeId code, std::int64_t rev) {
  auto& m = memory(tx);
  TRY(auto pulse, pulse_of(tx, m));
  if (auto had = held(m, code); had && had->rev == rev && had->stamp == pulse.stamp) return had;
  auto made = std::make_shared<KnownCode>();
  made->rev = rev;
  made->stamp = pulse.stamp;
  made->looked_at = tx.now();
  made->zone = pulse.zone;
  made->off = std::move(pulse.off);
  TRY(Reader(tx, *made).run(code));
  keep(tx, m, made);
  return made;
}

Result<Known> known_lately(Tx& tx, CodeId code) {
  auto& m = memory(tx);
  TRY(const auto pulse, pulse_of(tx, m));
  if (auto had = held(m, code); had && had->stamp == pulse.stamp && fresh(had->looked_at, tx.now())) return had;
  TRY(const auto rev, tx.maybe<std::int64_t>(kRev, code));
  if (!rev) return fail(Errc::not_found, "entry.no_code", to_text(code));
  TRY(auto known, known_code(tx, code, *rev));
  if (fresh(known->looked_at, tx.now())) return known;
  auto again = std::make_shared<KnownCode>(*known);
  again->looked_at = tx.now();
  keep(tx, m, again);
  return again;
}

Result<std::optional<CodeId>> code_of_slug(Tx& tx, std::string_view slug) {
  auto& m = memory(tx);
  {
    const std::scoped_lock lock(m.mutex);
    if (const auto at = m.slugs.find(slug); at != m.slugs.end()) return at->second;
  }
  return tx.maybe<CodeId>(kBySlug, slug);
}

std::optional<CodeId> slug_in_memory(Db& db, std::string_view slug) {
  auto* m = memory_of(db);
  if (m == nullptr) return {};
  const std::scoped_lock lock(m->mutex);
  const auto at = m->slugs.find(slug);
  return at == m->slugs.end() ? std::nullopt : std::optional(at->second);
}

Known code_in_memory(Db& db, CodeId code) {
  auto* m = memory_of(db);
  return m == nullptr ? nullptr : held(*m, code);
}

Result<> code_changed(Tx& tx, CodeId code) {
  TRY(tx.exec(kBump, code));
  auto& m = memory(tx);
  forget(m, code);
  tx.on_rollback([&m, code] { forget(m, code); });
  tx.after_commit([&m, code] { forget(m, code); });
  for (const auto fn : forgetters()) fn(tx, code);
  return {};
}

void pulse_changed(Tx& tx) {
  auto& m = memory(tx);
  const auto again = [&m] {
    const std::scoped_lock lock(m.mutex);
    m.pulse.looked_at.reset();
  };
  again();
  tx.on_rollback(again);
  tx.after_commit(again);
}

bool on_code_changed(Forget fn) {
  forgetters().push_back(fn);
  return true;
}

namespace {
Roster& table() {
  static Roster all{[](Tx&, std::span<const StaffId>) -> Result<std::vector<Guide>> { return std::vector<Guide>{}; },
                    [](Tx&, std::string_view) -> Result<std::vector<Guide>> { return std::vector<Guide>{}; },
                    [](Tx&) -> Result<std::int64_t> { return 0; },
                    [](Tx&, std::span<const UnitId>) -> Result<std::vector<Unit>> { return std::vector<Unit>{}; }};
  return all;
}
}  // namespace

bool know_roster(Roster given) {
  auto& all = table();
  if (given.guides != nullptr) all.guides = given.guides;
  if (given.guides_of != nullptr) all.guides_of = given.guides_of;
  if (given.edits != nullptr) all.edits = given.edits;
  if (given.units != nullptr) all.units = given.units;
  return true;
}
const Roster& roster() { return table(); }

}  // namespace koi::entry
