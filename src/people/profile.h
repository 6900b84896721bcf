/// What is known about a person: name and phone (sealed), attributes, tags, consent, relations, stage; lists and search.
/// Every reader takes a Scope. Source: model.md §9.3-9.4, RELIABILITY.md P1, P3-P5.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/events.h"
#include "http/http.h"
#include "people/people.h"

namespace koi::people {

/// Sets attributes of a person from one source: built-in ("name", "phone", "gender", "birthday", "city", "email",
/// "remark") and custom ones. Values are text as they came; types are checked against the definition.
struct SetAttributes {
  PersonId person;
  std::vector<std::pair<std::string, std::string>> values;  // key, value; empty value clears
  std::string source;   // "import:12", "form:3", "user:7"
  Instant at{};         // when it was true; 0: tx.now()
  bool define_unknown = false;  // an unknown key becomes a text attribute (imports, identify traits)
  // The caller's transaction made the person and merged nobody with them, no name of theirs was sealed (a phone, an e-mail),
  // nothing was said of them yet, and every key comes once: nothing is looked up.
  bool newborn = false;
};
/// invalid "people.attribute_type" (with key and reason), "people.unknown_attribute". Repeat-safe by (source, at, value).
Result<> set_attributes(Tx& tx, const SetAttributes& cmd);

/// Gives tags by name ("group/name" or "name"); unknown ones are created when `create`. Repeat-safe.
struct TagPerson {
  PersonId person;
  std::vector<std::string> tags;
  std::string source;        // "manual:user 7", "import:12", "rule:3"
  std::optional<Instant> expires;
  bool create = false;
  std::string why;      // the reason a colleague reads: "bought tea twice"
};
/// not_found "people.no_tag" (without create); conflict "people.tag_archived"; invalid "people.tag_name",
/// "people.tag_limit". In an exclusive group the latest tag is the one that stays. Appends tag_added, tag_removed.
Result<> tag_person(Tx& tx, const TagPerson& cmd);
/// Takes a tag off; a `source` limits to what that source gave, "" takes it whoever gave it.
Result<> untag_person(Tx& tx, PersonId person, std::string_view tag, std::string_view source);

/// Consent ledger, append-only. The last word by time counts; at one instant "no" beats "yes", so an older grant that
/// arrives late never undoes a withdrawal. Repeat-safe by (person, channel, purpose, at, granted).
/// invalid "people.consent_channel", "people.consent_purpose". Appends consent_granted, consent_withdrawn.
struct Consent {
  PersonId person;
  std::string channel;  // "sms", "wecom", "mp", "mail", "phone"
  std::string purpose;  // "marketing", "service", "analytics"
  bool granted = false;
  std::string evidence, notice_version;
  Instant at{};
};
Result<> record_consent(Tx& tx, const Consent& cmd);
/// Whether a message may go out now: the consent stands (for marketing: with evidence) and the person can be met there
/// (wecom, mp: an active relation on that channel; sms, phone: a phone; mail: an e-mail). The view `reachability`
/// (person_id, channel, purpose) holds the same for everybody.
Result<bool> reachable(Tx& tx, PersonId person, std::string_view channel, std::string_view purpose);

/// Relation edges: person-staff (friend, with code and add time) and person-group.
struct Relation {
  PersonId person;
  std::string kind;     // "staff" or "group"
  std::int64_t other = 0;
  std::string state;    // active, deleted_by_customer, deleted_by_staff, transferred / joined, left
  std::string channel, via;
  Instant at{};
  std::string props = {};  // more members of its event, or others in their place: JSON object text
  bool newborn = false;    // the caller's transaction made the person, merged nobody with them, and this is the first said of the two
};
/// The last state by time stands; older news goes to the history only. Repeat-safe by (person, kind, other, at, state).
/// invalid "people.relation_kind", "people.relation_state". Appends friend_added, friend_deleted_by_customer,
/// friend_deleted_by_staff, group_joined, group_left.
Result<> relate(Tx& tx, const Relation& cmd);
/// The staff member who owns the relation (0: nobody), and the org path the row is scoped by. Keeps the history.
Result<> assign_owner(Tx& tx, PersonId person, StaffId owner, std::string_view unit_path);

/// Who brought whom: at most one inviter each, never a cycle. conflict "people.inviter_cycle", "people.has_inviter";
/// repeat-safe. Appends referral_bound.
Result<> set_inviter(Tx& tx, PersonId person, PersonId inviter, Instant at);

/// How a member of staff is called and where they stand; a later room fills it in at static initialisation. Until then
/// names are empty and paths are as the caller says. `unit_path` is of numbers ("/1/12/"), `place` of names ("华东/上海").
struct StaffFace { StaffId id; std::string name, unit_path, place = {}; };
using StaffFaces = Result<std::vector<StaffFace>> (*)(Tx& tx, std::span<const StaffId> staff);
/// Another number whenever a member of staff or a place was edited: cheap, for whoever keeps what follows from faces.
using StaffEdits = Result<std::int64_t> (*)(Tx& tx);
bool know_staff(StaffFaces fn, StaffEdits edits = nullptr);
StaffFaces staff_faces();
Result<std::int64_t> staff_edits(Tx& tx);

/// What brought somebody first ("cod_…", "gcd_…") and the channel it stood in. What leads to it is the caller's: this only writes it
/// down. Repeat-safe. Appends attribute_changed when something changed.
struct Origin { std::string touch, channel; };
Result<Origin> origin_of(Tx& tx, PersonId person);
Result<> set_origin(Tx& tx, PersonId person, const Origin& origin);
/// How codes and groups are called ("cod_…", "gcd_…", "grp_…"); a later room fills it in at static initialisation. Unknown: empty.
using ThingName = Result<std::string> (*)(Tx& tx, std::string_view thing);
bool know_things(ThingName fn);
Result<std::string> thing_name(Tx& tx, std::string_view thing);

/// Turns on the log: stages and sums, tags whose time is over, bulk tagging.
std::span<const events::Consumer> consumers();
/// What time alone brings about (stages that end, tags that expire): gives the consumers their turns although the log
/// stands still. For a timer of app, about once a minute.
Result<> keep_time(Db& db);
/// People list, search, 360, timeline, tags, stages, views.
std::span<const Route> identity_routes();  // merge cases, identity graph, attributes, reveal, erase
std::span<const Route> profile_routes();

}  // namespace koi::people
