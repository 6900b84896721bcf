/// A fresh store with staff and stores who can leave and come back, for the tests of this room.
#pragma once
#include <map>

#include "entry/arrivals.h"
#include "entry/roster.h"
#include "entry/ways.h"
#include "events/events.h"
#include "http/wire.h"
#include "ledger/ledger.h"
#include "people/people.h"
#include "people/profile.h"
#include "segments/segments.h"
#include "store/trail.h"
#include "tests/support/world.h"

namespace koi::entry::testing {

/// Who serves, as the tests say: one table for the program, emptied by each world.
struct Staff {
  std::map<StaffId, Guide> guides;
  std::map<UnitId, Unit> units;
  std::int64_t edits = 1;
  static Staff& all() {
    static Staff staff;
    return staff;
  }
};

inline const bool kRosterIsKnown = know_roster({
    .guides = [](Tx&, std::span<const StaffId> ids) -> Result<std::vector<Guide>> {
      std::vector<Guide> out;
      for (const auto id : ids)
        if (const auto at = Staff::all().guides.find(id); at != Staff::all().guides.end()) out.push_back(at->second);
      return out;
    },
    .guides_of = [](Tx&, std::string_view path) -> Result<std::vector<Guide>> {
      std::vector<Guide> out;
      for (const auto& [id, guide] : Staff::all().guides)
        if (guide.unit_path.starts_with(path)) out.push_back(guide);
      return out;
    },
    .edits = [](Tx&) -> Result<std::int64_t> { return Staff::all().edits; },
    .units = [](Tx&, std::span<const UnitId> ids) -> Result<std::vector<Unit>> {
      std::vector<Unit> out;
      for (const auto id : ids)
        if (const auto at = Staff::all().units.find(id); at != Staff::all().units.end()) out.push_back(at->second);
      return out;
    },
});

/// Monday 2026-11-23, 10:00 in Shanghai.
inline constexpr std::int64_t kMonday = 1'795'399'200'000;
inline constexpr std::int64_t kMinute = 60'000, kHour = 60 * kMinute, kDay = 24 * kHour;

class EntryWorld : public koi::testing::World {
 public:
  explicit EntryWorld(int guides = 5, std::uint64_t seed = 1)
      : World({store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(), schema()}, seed) {
    CHECK(kRosterIsKnown);
    auto& staff = Staff::all();
    staff.guides.clear();
    staff.units.clear();
    ++staff.edits;
    staff.units[{1}] = {{1}, "华东", "/1/", true};
    staff.units[{11}] = {{11}, "西湖店", "/1/11/", true};
    staff.units[{12}] = {{12}, "滨江店", "/1/12/", true};
    for (int i = 1; i <= guides; ++i)
      staff.guides[{i}] = {{i}, "导购" + std::to_string(i), "user" + std::to_string(i), i % 2 == 0 ? "/1/12/" : "/1/11/", true};
    set_now_ms(kMonday);
    EXPECT_TRUE(write([](Tx& tx) { return events::install_catalogue(tx); }));
  }

  static Member of(std::int64_t staff) {
    Member m;
    m.staff = StaffId{staff};
    return m;
  }
  static CodeSpec spec_of(int guides) {
    CodeSpec spec;
    spec.name = "门店展架";
    spec.channel = "展架";
    for (int i = 1; i <= guides; ++i) spec.members.push_back(of(i));
    return spec;
  }
  static Scope all() { return Scope::everything("test"); }

  Result<SavedCode> create(const CodeSpec& spec, std::string slug = {}) {
    return write([&](Tx& tx) { return create_code(tx, all(), {.spec = spec, .slug = slug}); });
  }
  /// A code whose ways the platform has made.
  Code make(const CodeSpec& spec, std::string slug = {}) {
    auto made = create(spec, std::move(slug));
    EXPECT_TRUE(made) << made.error().code << " " << made.error().pointer << " " << made.error().detail;
    if (!made) return {};
    platform();
    return made->code;
  }
  /// The connector's part: makes what is wanted.
  int platform() {
    int n = 0;
    for (;;) {
      const auto ways = write([](Tx& tx) { return ways_to_make(tx, 0, 100); });
      if (!ways || ways->empty()) return n;
      for (const auto& way : *ways) {
        const auto url = way.wanted ? "https://qr.example/" + way.state : "";
        EXPECT_TRUE(write([&](Tx& tx) { return way_made(tx, way.id, way.want_ver, way.wanted ? "cfg-" + way.state : "", url); }));
        ++n;
      }
    }
  }
  Result<Assigned> scan(CodeId code, std::string visitor = {}) { return scan(ScanCommand{.code = code, .visitor = std::move(visitor)}); }
  Result<Assigned> scan(const ScanCommand& cmd) {
    return db().write([&](Tx& tx) { return assign(tx, cmd); }, shard_of(cmd.code));
  }
  /// "3" the guide's number, or the kind of what answered.
  std::string who(CodeId code, std::string visitor = {}) {
    const auto got = scan(code, std::move(visitor));
    if (!got) return got.error().code;
    return got->guide ? std::to_string(got->guide.v) : got->kind;
  }
  /// One after the other: "1 2 text".
  std::string whom(CodeId code, std::initializer_list<const char*> visitors) {
    std::string out;
    for (const auto* visitor : visitors) out += (out.empty() ? "" : " ") + who(code, visitor);
    return out;
  }
  std::string who(const ScanCommand& cmd) {
    const auto got = scan(cmd);
    if (!got) return got.error().code;
    return got->guide ? std::to_string(got->guide.v) : got->kind;
  }
  std::string state_of(CodeId code, std::int64_t staff) {
    return read([&](Tx& tx) { return tx.one<std::string>("SELECT state FROM entry_way WHERE code_id = $1 AND staff_id = $2", code, staff); }).value_or("");
  }
  PersonId person(int n) {
    const auto got = write([&](Tx& tx) {
      const people::Ident ident{"wecom_external_userid:corp", "wm" + std::to_string(n)};
      return people::resolve(tx, std::span(&ident, 1), "test");
    });
    EXPECT_TRUE(got) << got.error().code;
    return got ? got->person : PersonId{};
  }
  Result<Arrived> come(CodeId code, PersonId who, std::int64_t staff, bool half = false, std::int64_t later_ms = 0) {
    const Arrival a{.person = who, .staff = {staff}, .state = state_of(code, staff), .welcome_code = {}, .add_way = 1,
                    .at = clock().now() + Millis{later_ms}, .half = half, .nick = "小鱼"};
    return db().write([&](Tx& tx) { return arrive(tx, a); }, shard_of(code));
  }
  void drain() { EXPECT_TRUE(events::drain(db(), code_consumers())); }
  void expire() {
    EXPECT_TRUE(write([](Tx& tx) { return ledger::expire_holds(tx, 1000); }));
  }
  void pass(std::int64_t ms) { clock().advance(Millis{ms}); }
  /// An event of somebody, told now.
  void tell(std::string_view kind, PersonId who, std::string_view props = "{}", std::int64_t fen = 0, std::int64_t later_ms = 0) {
    const auto got = write([&](Tx& tx) {
      return events::append(tx, {.kind = kind, .person = who, .at = tx.now() + Millis{later_ms}, .props = props, .amount_fen = fen});
    });
    EXPECT_TRUE(got) << got.error().code;
  }
  /// "scans visitors adds accepted replied grouped ordered repeated lost fen"
  std::string funnel(CodeId code) {
    std::string out;
    for (const char* column : {"scans", "visitors", "adds", "accepted", "replied", "grouped", "ordered", "repeated", "lost", "order_fen"})
      out += (out.empty() ? "" : " ") + std::to_string(number("SELECT CAST(COALESCE(SUM(" + std::string(column) + "), 0) AS BIGINT) FROM entry_code_day WHERE code_id = " + std::to_string(code.v)));
    return out;
  }
};

}  // namespace koi::entry::testing
