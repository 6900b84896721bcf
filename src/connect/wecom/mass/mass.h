/// Mass sends 群发: one message to many customers, each through one guide they know, or to many groups through their owners. The
/// platform gives every guide a task and nothing leaves before they confirm it, so what became of it is asked for over a week.
///
/// draft → planning → ready → sending → sent → done, or cancelled. Planning looks at the audience page by page and says of everybody
/// through whom, or why not; a guide's part is one task of at most kTaskPeople customers. Sending begins a minute after it was
/// started and may be taken back until then. A task: planned → asked → made → over. asked is written before the platform is, so that
/// an answer that was lost is looked for among the platform's tasks, by a recipient of it, before it is asked for again.
/// Owns connect_wecom_mass, _mass_task, _mass_target, connect_wecom_quota. Appends message_sent_by_staff for each who got it.
/// Source: WeCom's pages on add_msg_template and its kin (92135).
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "entry/spec.h"
#include "people/list.h"
#include "store/scope.h"
#include "store/store.h"

namespace koi::http { struct Route; }

namespace koi::connect::wecom {

class Platform;

struct MassTag { static constexpr std::string_view prefix = "mas"; };
using MassId = Id<MassTag>;
struct MassTaskTag { static constexpr std::string_view prefix = "mat"; };
using MassTaskId = Id<MassTaskTag>;
struct MassTargetTag { static constexpr std::string_view prefix = "mar"; };
using MassTargetId = Id<MassTargetTag>;

inline constexpr std::size_t kTaskPeople = 10'000, kTaskGroups = 2000, kMassText = 4000, kMassParts = 9;
inline constexpr Millis kTakeBack = std::chrono::seconds(60), kPlanLife = std::chrono::hours(24), kMassWeek = std::chrono::days(7);

/// What is said, and to whom. Of kind person: whom `audience` selects within the author's reach, through their owner where they are friends,
/// else through the guide who befriended them last. Of kind group: groups of `staff` (none: everybody's) whose names contain `groups_named`.
struct MassSpec {
  std::string name, text;
  std::vector<entry::WelcomePart> parts;  // media: "med_…"
  people::Filter audience;
  std::vector<StaffId> staff;             // only through these
  std::string groups_named;
  std::string consent = "not_refused";    // who said no is left out; "granted": who did not say yes, too
  bool allow_select = false;              // guides may leave recipients out
};
BOOST_DESCRIBE_STRUCT(MassSpec, (), (name, text, parts, audience, staff, groups_named, consent, allow_select))

/// What is absent is as above; codes of http/wire.h.
Result<MassSpec> read_mass_spec(std::string_view json);

struct Mass {
  MassId id;
  std::string corp_id, kind, state, author, error;
  MassSpec spec;
  std::int64_t found = 0, friendless = 0, unasked = 0, capped = 0;          // left out
  std::int64_t total = 0, sent = 0, lost = 0, full = 0, failed = 0;         // of all tasks
  std::int64_t tasks = 0, confirmed = 0, refused = 0;                       // guides' parts
  std::optional<Instant> planned_at, start_at, ended_at;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
};

struct NewMass { std::string corp_id, kind; MassSpec spec; std::string author; };
/// not_found "connect.no_corp", "connect.no_media"; invalid "connect.mass_kind", "connect.mass_name", "connect.mass_empty", "connect.mass_text",
/// "connect.mass_part", "connect.mass_variable", "connect.mass_consent", and the codes of list_people for the audience.
Result<Mass> create_mass(Tx& tx, const Scope& scope, const NewMass& cmd);
/// A draft, or one that is ready, which becomes a draft. conflict "connect.mass_state".
Result<Mass> edit_mass(Tx& tx, const Scope& scope, MassId id, const MassSpec& spec);
/// not_found "connect.no_mass", also outside the scope.
Result<Mass> find_mass(Tx& tx, const Scope& scope, MassId id);
/// Newest first, before `before` (0: all), of a state ("": all).
Result<std::vector<Mass>> list_mass(Tx& tx, const Scope& scope, std::string_view state, MassId before, int limit);

/// Looks at the audience, in the background. conflict "connect.mass_state".
Result<Mass> plan_mass(Tx& tx, const Scope& scope, MassId id);
/// From `at` on, but not before kTakeBack. conflict "connect.mass_state", "connect.mass_stale" (planned longer ago than kPlanLife),
/// "connect.mass_nobody".
Result<Mass> start_mass(Tx& tx, const Scope& scope, MassId id, std::optional<Instant> at);
/// One that has not begun is ready again; of one that has, guides who have not confirmed cannot any more. conflict "connect.mass_state".
Result<Mass> stop_mass(Tx& tx, const Scope& scope, MassId id);
/// The platform reminds guides who have not confirmed; a task at most three times in 24 h. How many are reminded.
Result<std::int64_t> remind_mass(Tx& tx, const Scope& scope, MassId id, MassTaskId task = {});
/// Results are asked for at once.
Result<Mass> refresh_mass(Tx& tx, const Scope& scope, MassId id);
/// A draft, or one that is ready. conflict "connect.mass_state".
Result<> drop_mass(Tx& tx, const Scope& scope, MassId id);

struct MassTask {
  MassTaskId id;
  std::string userid;
  StaffId staff;
  std::string state, error;
  std::int64_t total = 0, sent = 0, lost = 0, full = 0, failed = 0;
  std::optional<Instant> made_at, confirmed_at, reminded_at;
};
/// In order of ids after `after`; by state ("" all, "open": made and not confirmed).
Result<std::vector<MassTask>> mass_tasks(Tx& tx, const Scope& scope, MassId id, std::string_view state, MassTaskId after, int limit);
struct MassTarget { MassTargetId id; std::optional<PersonId> person; std::string group; StaffId staff; std::string state; Instant at; };
/// People the scope covers, and groups.
struct FindTargets { MassId mass; std::string state; MassTaskId task; MassTargetId after; int limit = 50; };
Result<std::vector<MassTarget>> mass_targets(Tx& tx, const Scope& scope, const FindTargets& find);

/// How many a customer (kind person) or a group may receive; 0: no limit of ours, for a month: as many as it has days. Days, weeks (from Monday) and months
/// are those of the merchant's calendar.
struct MassQuota { std::string corp_id, kind; std::int64_t day_max = 0, week_max = 0, month_max = 0, ver = 0; };
Result<MassQuota> mass_quota(Tx& tx, std::string_view corp_id, std::string_view kind);
/// invalid "connect.mass_quota" (negative, or a month's beyond its days).
Result<MassQuota> put_mass_quota(Tx& tx, const MassQuota& quota);

using PlatformOf = std::function<Result<std::shared_ptr<Platform>>(const std::string& corp)>;
/// One round: a page of what is planned, at most `calls_max` calls of what is due. How much it had in hand. A process killed anywhere
/// takes up what it left. Passes up what is nobody's fault.
Result<int> work_mass(Db& db, const PlatformOf& platform, int calls_max);

std::span<const http::Route> mass_routes();

}  // namespace koi::connect::wecom
