/// How they come in: live codes of staff and of stores, who is shown to whom, and what became of them.
/// Owns entry_code, entry_code_turn, entry_code_guide, entry_code_list, entry_code_reach, entry_way, entry_scan, entry_arrival,
/// entry_outcome, entry_code_day, entry_alarm, entry_guide_off, entry_logo, store_place. Slots are ledger holds. Appends code_scanned, friend_requested, friend_added.
/// Source: features.md §3 渠道活码 门店活码, §9b Live codes.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "events/events.h"
#include "http/http.h"
#include "store/scope.h"
#include "store/store.h"

namespace koi::entry {

struct CodeTag { static constexpr std::string_view prefix = "cod"; };
using CodeId = Id<CodeTag>;
struct ScanTag { static constexpr std::string_view prefix = "scn"; };
using ScanId = Id<ScanTag>;
struct AlarmTag { static constexpr std::string_view prefix = "alm"; };
using AlarmId = Id<AlarmTag>;

// ---- what a code is ---------------------------------------------------------------------------------------------

/// Hours of some weekdays, in the merchant's zone: days 1 (Monday) to 7, none: every day; slots "09:00-18:00", none: all day;
/// "22:00-02:00" runs into the next day, "24:00" ends one.
struct Hours { std::vector<std::int64_t> days; std::vector<std::string> slots; };
struct Vacation { LocalDay from{}, to{}; };  // both days included
/// When somebody is on duty: inside any of `week` (none: always), on no holiday and in no vacation.
struct Schedule { std::vector<Hours> week; std::vector<LocalDay> holidays; std::vector<Vacation> vacations; };

/// Who is assigned: one member of staff, or everybody at or below a unit. Caps are of friends a guide gets through this code;
/// 0: none given. A round ends when all who may serve have their round_cap.
struct Member {
  std::optional<StaffId> staff;
  std::optional<UnitId> unit;
  std::int64_t weight = 1, daily_cap = 0, lifetime_cap = 0, round_cap = 0;
  Schedule schedule;
};
struct BackupLevel { std::vector<Member> members; };
/// What answers when nobody can: a group's code or link first, then a form, then words and a phone number.
struct Fallback { std::string group_url, form_url, text, phone; };

struct WelcomePart { std::string kind /* image link miniprogram video file */, title, desc, url, picture, appid, page, media; };
struct Welcome { std::string text; std::vector<WelcomePart> parts; };
/// A welcome of certain hours; the first that fits speaks.
struct WelcomeSlot { Hours hours; std::string text; std::vector<WelcomePart> parts; };
struct WelcomeSet {
  std::vector<WelcomeSlot> slots;
  std::string text;  // otherwise
  std::vector<WelcomePart> parts;
  bool staff_first = false;  // a guide's own welcome in the platform's console speaks instead
};

enum class CodeKind : std::uint8_t { staff, store };
enum class CodeMode : std::uint8_t { page, direct };
enum class AssignRule : std::uint8_t { round_robin, weighted, least_loaded, random, nearest };
enum class AcceptRule : std::uint8_t { always, hours, manual };
enum class CodeState : std::uint8_t { active, paused, deleted };

/// One store of a store code: who serves there.
struct StoreMember { UnitId unit; std::vector<Member> members; /* none: everybody of the unit */ };

/// The definition, kept as JSON text; what is absent has the value given here.
struct CodeSpec {
  std::string name, folder, channel, note;
  CodeKind kind = CodeKind::staff;
  CodeMode mode = CodeMode::page;
  std::vector<Member> members;
  std::vector<StoreMember> stores;  // of a store code
  double radius_km = 0;             // of a store code; 0: any distance
  std::string out_of_range;         // what is said to those who stand too far away
  AssignRule assign = AssignRule::round_robin;
  bool sticky_owner = true;
  AcceptRule accept = AcceptRule::always;
  std::vector<Hours> accept_hours;
  bool exclusive = false;           // one customer adds one guide of the code at most (the platform sees to it)
  std::vector<BackupLevel> backup;
  Fallback fallback;
  std::vector<std::string> tags;
  std::string remark, description, stage;  // remark: "{channel}-{date}-{nick}-{code}"
  WelcomeSet welcome;
  std::int64_t daily_cap = 0, lifetime_cap = 0;  // of the whole code
  std::int64_t hold_minutes = 30;                // how long a shown guide keeps the slot for the visitor
  std::int64_t alarm_after_scans = 0;            // scans without a friend that raise an alarm; 0: never
  std::int64_t cost_day_fen = 0, cost_total_fen = 0;
  bool acquisition = false;                      // an acquisition link 获客链接 of the platform leads to the same guides
};

struct Code {
  CodeId id;
  std::string slug;
  CodeState state = CodeState::active;
  std::int64_t ver = 0;
  Instant created_at{}, updated_at{};
  CodeSpec spec;
};
/// Something that is allowed and probably not meant; `pointer` is a place in the definition.
struct Advice { std::string code, pointer; Said said; };
struct SavedCode { Code code; std::vector<Advice> advice; };

/// The definition in a JSON text; absent members have their defaults, unknown ones are refused with a suggestion.
/// Codes of http/wire.h.
Result<CodeSpec> read_spec(std::string_view json);
std::string spec_text(const CodeSpec& spec);
/// Whether the definition can be saved. invalid with the place: "entry.name", "entry.no_member", "entry.all_left",
/// "entry.unknown_staff", "entry.unknown_unit", "entry.member", "entry.cap_zero", "entry.weight", "entry.slot",
/// "entry.slots_overlap", "entry.weekday", "entry.vacation", "entry.variable", "entry.welcome_parts", "entry.welcome_part",
/// "entry.welcome_long", "entry.too_many_guides" (direct: 100), "entry.rule", "entry.limit", "entry.url", "entry.accept",
/// "entry.stage", "entry.tag".
/// Gaps in the schedule and backups that are never reached come back as advice.
Result<std::vector<Advice>> check_spec(Tx& tx, const CodeSpec& spec);

// ---- making and changing ----------------------------------------------------------------------------------------

struct CreateCode {
  CodeSpec spec;
  std::string slug;  // "" : eight characters nobody guesses
  std::string key;   // repeat key; "": none
};
/// check_spec's codes; invalid "entry.slug"; conflict "entry.slug_taken", "entry.key_reused"; forbidden "entry.out_of_reach"
/// when a member stands outside the scope; exhausted "entry.code_limit".
Result<SavedCode> create_code(Tx& tx, const Scope& scope, const CreateCode& cmd);
struct EditCode { CodeId code; std::optional<std::int64_t> ver; CodeSpec spec; };
/// precondition "http.stale". Posters in the world keep their address, and friends of guides who are not members any more
/// still count for the code.
Result<SavedCode> edit_code(Tx& tx, const Scope& scope, const EditCode& cmd);
/// Pause, resume, delete: what stands on posters goes on answering with the fallback. Deleted stays deleted: conflict
/// "entry.deleted".
Result<Code> set_code_state(Tx& tx, const Scope& scope, CodeId code, CodeState state);
Result<SavedCode> clone_code(Tx& tx, const Scope& scope, CodeId code, std::string_view name, std::string_view key);
/// A code for each store from one definition: its members are the store's people, `{store}` in the name is the store's.
/// Repeat-safe by key and store. invalid "entry.batch_size" (1-500), "entry.key_missing".
struct BatchCodes { CodeSpec spec; std::vector<UnitId> stores; std::string key; };
Result<std::vector<Code>> create_batch(Tx& tx, const Scope& scope, const BatchCodes& cmd);
/// not_found "entry.no_code", also outside the scope.
Result<Code> find_code(Tx& tx, const Scope& scope, CodeId code);
struct CodeFilter {
  std::string q, folder, channel, state;  // state "": not deleted
  CodeId before;                           // newest first; 0: from the newest
  int limit = 50;
};
Result<std::vector<Code>> list_codes(Tx& tx, const Scope& scope, const CodeFilter& filter);

/// A guide takes no new customers of a code (0: of any) until switched on again. not_found "entry.unknown_staff".
struct SetOnline { StaffId staff; CodeId code; bool online = true; };
Result<> set_online(Tx& tx, const Scope& scope, const SetOnline& cmd);

// ---- a scan -----------------------------------------------------------------------------------------------------

struct Place { double lat = 0, lng = 0; };
struct ScanCommand {
  CodeId code;
  std::string visitor;             // the browser's own id, "" when there is none
  bool new_visitor = false;        // the id was made a moment ago: nobody has seen it
  PersonId person;                 // when it is known who scans
  std::string scene = "page";
  std::map<std::string, std::string> touch;  // utm_*, click_id, public_platform
  std::optional<Place> place;
  UnitId picked_store;
};
/// A store somebody may choose by hand.
struct StoreChoice { UnitId unit; std::string name, address, phone; std::optional<double> km; bool open = true; };
struct Assigned {
  CodeId code;
  ScanId scan;               // 0: nobody was assigned
  std::string kind;          // guide, code (the platform assigns), group, form, text, pick (choose a store)
  StaffId guide;
  std::string guide_name, qr_url, store_name;
  Said words;                // what else is said; a merchant's own words stand in both languages
  std::string phone;
  int level = 0;             // 0 members, 1.. backup, then the fallback
  bool again = false;        // the same visitor within the hold: no second slot
  Said reason;               // why this guide: read by people
  Instant hold_until{};
  std::vector<StoreChoice> stores;
};
/// Who meets the visitor. Always answers: when nobody can, with the code's fallback. Takes a slot of every cap that
/// concerns the guide, held for hold_minutes. Appends code_scanned. not_found "entry.no_code". On the Writer; operations on one
/// code belong on shard_of(code).
Result<Assigned> assign(Tx& tx, const ScanCommand& cmd);
/// Whom the next `visitors` (1-100) strangers would meet if they scanned now one after the other; nothing stays of it. On the
/// Writer. invalid "entry.preview_size".
Result<std::vector<Assigned>> preview_assign(Tx& tx, const ScanCommand& cmd, int visitors);
inline ShardKey shard_of(CodeId code) { return {static_cast<std::uint64_t>(code.v)}; }

// ---- alarms, stores ---------------------------------------------------------------------------------------------

struct Alarm {
  AlarmId id;
  CodeId code;
  std::optional<StaffId> staff;
  std::string kind;  // scans_without_add, guide_abnormal, guide_inactive, cap_reached, nobody_on_duty, way_failed
  std::string detail;
  std::int64_t times = 0;
  Instant opened_at{}, last_at{};
  std::optional<Instant> closed_at;
};
Result<std::vector<Alarm>> list_alarms(Tx& tx, const Scope& scope, bool open_only, AlarmId before, int limit);
/// not_found "entry.no_alarm". Repeat-safe.
Result<> close_alarm(Tx& tx, const Scope& scope, AlarmId alarm);

/// Where a store is and when it is open; no hours: always.
struct StorePlace {
  UnitId unit;
  double lat = 0, lng = 0;
  std::vector<Hours> hours;
  std::string address, phone;
};
/// invalid "entry.place" (latitude, longitude), "entry.slot"; not_found "entry.unknown_unit".
Result<> put_store_place(Tx& tx, const Scope& scope, const StorePlace& place);
Result<> drop_store_place(Tx& tx, const Scope& scope, UnitId unit);
Result<std::vector<StorePlace>> list_store_places(Tx& tx, const Scope& scope, UnitId after, int limit);

// ---- furniture --------------------------------------------------------------------------------------------------

/// Turns on the log: what became of arrivals, and the sums of each day.
std::span<const events::Consumer> code_consumers();
/// What time alone brings about: schedules that begin and end on the platform, alarms, scans past their days. For a timer.
Result<> keep_code_time(Db& db);
/// Browsers of past days and files nobody sent go. For a timer.
Result<> keep_door_time(Db& db);
std::span<const store::Migration> schema();
std::span<const Route> code_routes();
std::span<const Route> door_routes();  // short links, landing pages, forms: links.h, pages.h, forms.h

}  // namespace koi::entry
