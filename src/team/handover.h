/// Handover 继承: the customers and groups of one member of staff go to others, by a rule, within the platform's limits, over
/// as many days as it takes. A connector asks the platform (team knows none) and says what was answered.
///
/// Whose customer somebody is changes in the transaction that ends their item and at no other moment: until the platform has
/// said yes the owner is the one the customer can talk to, or could last. Who has left serves nobody, so that from the
/// moment the platform was asked serving_staff() is the receiver; the owner still waits for the answer.
///
/// An item: planned → asked → waiting → moved | refused | full | failed. A "no" plans it for the next receiver who was not
/// tried yet, attempts_max times. asked is written before the platform is, so that a process killed in between asks again
/// what became of it and not for the same thing twice. Owns handover, handover_receiver, handover_item, handover_quota.
/// Appends owner_changed and friend_transferred through people.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "store/scope.h"
#include "store/store.h"

namespace koi::team {

struct HandoverTag { static constexpr std::string_view prefix = "hov"; };
using HandoverId = Id<HandoverTag>;
struct HandoverItemTag { static constexpr std::string_view prefix = "hoi"; };
using HandoverItemId = Id<HandoverItemTag>;

/// The platform's limits. Source: WeCom's pages on transfer_customer and groupchat/transfer.
struct HandoverLimits {
  int per_call = 100;                 // customers or groups
  int onjob_max = 2;                  // of one customer or group ...
  Millis onjob_window = std::chrono::days(90);  // ... in so many days; what is handed over after somebody left is not counted
  int groups_a_day = 300;             // of one owner
  int greeting_max = 200;             // characters
  Millis decides = std::chrono::hours(24);      // a customer who says nothing has agreed
  Millis settled = std::chrono::seconds(60);    // by then a request whose answer was lost has landed or never will
  Millis look_every = std::chrono::hours(1);
  Millis limited_wait = std::chrono::days(1);   // the platform counts transfers we know nothing of: asked again then
  int items_max = 20'000, receivers_max = 200;  // of one handover; ours
};
inline constexpr HandoverLimits kHandoverLimits{};

struct HandoverReceiver {
  StaffId staff;
  std::int64_t capacity = -1;               // customers they may have in all
  std::vector<std::int64_t> tags;           // rule match: people with any of them ...
  std::string segment, stage, store;        // ... in this segment, at this stage, of this store; all that are set must hold
};
struct HandoverPick { PersonId person; StaffId to; };
struct HandoverSpec {
  StaffId from;
  std::string mode;   // "onjob", "left"
  /// one: the first receiver; equal: equal shares; least: whoever has fewest customers; store: who works at the customer's
  /// store, else equal; match: whose conditions hold, in order, else those without any; explicit: as picked.
  std::string rule = "equal";
  std::vector<HandoverReceiver> receivers;  // none: everybody active at the giver's place
  std::vector<HandoverPick> picks;
  bool same_unit = false;                   // only receivers at the giver's place
  bool people = true, groups = true;
  std::string greeting;
  std::int64_t daily_max = 500, attempts_max = 3;
};

struct ReceiverShare {
  StaffId staff;
  std::string name, unit_name;
  std::int64_t has = 0, gets = 0, groups = 0, capacity = -1;
  std::int64_t days = 0;                    // until they have taken all
};
struct HandoverPreview {
  std::int64_t people = 0, house = 0, groups = 0;
  std::int64_t unplaced = 0;                // nobody has room, or no condition holds
  std::int64_t limited = 0, limited_groups = 0;  // handed over twice in 90 days already: wait until ...
  std::optional<Instant> limited_until;
  std::int64_t days = 0;                    // all in all, with the day in which customers may refuse
  std::vector<ReceiverShare> receivers;
};
/// invalid "team.handover_mode", "team.handover_rule", "team.handover_receivers" (none, too many, gone, or the giver),
/// "team.handover_greeting", "team.handover_pace", "team.handover_picks", "team.handover_nothing", "team.handover_too_many";
/// conflict "team.handover_not_left" (mode left of somebody who works); not_found "team.no_staff" outside the scope.
Result<HandoverPreview> preview_handover(Tx& tx, const Scope& scope, const HandoverSpec& spec);
/// Plans every item and starts. The same key returns the same handover. The codes of the preview.
Result<HandoverId> start_handover(Tx& tx, const Scope& scope, const HandoverSpec& spec, std::string_view author, std::string_view key = {});

struct HandoverRow {
  HandoverId id;
  StaffId from_staff;
  std::string from_name, mode, rule, greeting, state, error, author;
  std::int64_t daily_max = 0, attempts_max = 0;
  Instant started_at;
  std::optional<Instant> ended_at;
  std::int64_t total = 0, planned = 0, asked = 0, waiting = 0, moved = 0, refused = 0, full = 0, failed = 0, cancelled = 0;
  std::optional<Instant> next_at;           // when the next planned item is due
  std::int64_t ver = 0;
};
/// not_found "team.no_handover", also outside the scope.
Result<HandoverRow> find_handover(Tx& tx, const Scope& scope, HandoverId id);
/// Newest first, below `before` (0: from the newest).
Result<std::vector<HandoverRow>> list_handovers(Tx& tx, const Scope& scope, std::string_view state, std::int64_t before, int limit);
struct ReceiverProgress { StaffId staff; std::string name; std::int64_t total = 0, moved = 0, no = 0; };
Result<std::vector<ReceiverProgress>> handover_receivers(Tx& tx, HandoverId id);

struct HandoverItem {
  HandoverItemId id;
  std::string kind, name, via, state, error;
  std::optional<PersonId> person;
  StaffId to;
  std::string to_name;
  std::int64_t attempts = 0;
  Instant try_at;
  std::optional<Instant> asked_at, ended_at;
};
struct FindItems { HandoverId handover; std::string state, kind; StaffId to; std::int64_t after = 0; int limit = 50; };
Result<std::vector<HandoverItem>> handover_items(Tx& tx, const FindItems& find);

/// What was asked of the platform already goes on in all three. conflict "team.handover_over".
Result<> pause_handover(Tx& tx, const Scope& scope, HandoverId id);
Result<> resume_handover(Tx& tx, const Scope& scope, HandoverId id);
Result<> cancel_handover(Tx& tx, const Scope& scope, HandoverId id);
/// Plans what was refused, full or failed anew, for every receiver again; how many. conflict "team.handover_over" (cancelled).
Result<std::int64_t> retry_handover(Tx& tx, const Scope& scope, HandoverId id);

/// Who looks after a person now: the owner, or the receiver when the owner has left and the platform was asked.
Result<std::optional<StaffId>> serving_staff(Tx& tx, PersonId person);

// ---- for whoever asks the platform -------------------------------------------------------------------------------

struct AskedItem { HandoverItemId id; PersonId person; std::int64_t group = 0; bool waiting = false /* the platform has said that it began */; Instant asked_at{}; };
/// Items that are asked for in one call.
struct HandoverAsk {
  HandoverId handover;
  std::string kind, mode, greeting;
  StaffId from, to;
  std::string from_userid, to_userid;
  std::vector<AskedItem> items;
};
/// Takes what is due and within the day's limits: planned → asked. What is over a limit is due on the next day.
Result<std::vector<HandoverAsk>> take_handover_asks(Tx& tx, int calls_max);
/// Ends items that nobody but us needs to know of; how many.
Result<std::int64_t> settle_house_items(Tx& tx, int limit);
/// Asked and waiting items that are to be looked at, as calls of what was asked; their next look is put off.
Result<std::vector<HandoverAsk>> take_handover_looks(Tx& tx, int calls_max);

enum class HandoverAnswer : std::uint8_t {
  accepted,   // waits for the customer
  moved, refused, full,
  absent,     // the platform knows nothing of it: asked again
  limited,    // twice in 90 days: later
  unsent,     // never left: due again at once
  failed,     // never with this receiver; `code` says why
};
/// What the platform said of one item. Repeat-safe: an ended item stays as it ended.
Result<> settle_handover_item(Tx& tx, HandoverItemId id, HandoverAnswer answer, std::string_view code = {});
/// The whole call was refused: its items are due again when somebody has seen to it; the handover pauses with this code.
Result<> hold_handover(Tx& tx, const HandoverAsk& ask, std::string_view code);
/// Whether the platform was asked to give this person from `from` to somebody, and has not said how it ended.
Result<bool> handover_under_way(Tx& tx, PersonId person, StaffId from);
/// Whether a handover has told already that `from` gave this person away at `at`.
Result<bool> handover_told(Tx& tx, PersonId person, StaffId from, Instant at);
/// A push or a walk showed that `from` gave the person away: what is under way (to `to`, unless that is nobody) has moved.
Result<bool> handover_seen(Tx& tx, PersonId person, StaffId from, StaffId to = {});
/// A push said that the platform could not hand a person over to `to`.
Result<bool> handover_refused(Tx& tx, PersonId person, StaffId to, bool full);

/// Groups belong to an earlier room that team does not stand on: whoever keeps them answers here.
struct OwnedGroup { std::int64_t id = 0; std::string name; };
struct GroupBook {
  Result<std::vector<OwnedGroup>> (*owned)(Tx& tx, std::string_view wecom_userid, int limit);
  Result<> (*moved)(Tx& tx, std::int64_t group, std::string_view to_userid);
};
bool know_groups(GroupBook book);

}  // namespace koi::team
