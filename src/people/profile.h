/// What is known about a person: name and phone (sealed), attributes, tags, consent, relations, stage; lists and search.
/// Every reader takes a Scope. Source: model.md §9.3-9.4, RELIABILITY.md P1, P3-P5.
#pragma once
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
};
Result<> tag_person(Tx& tx, const TagPerson& cmd);
Result<> untag_person(Tx& tx, PersonId person, std::string_view tag, std::string_view source);

/// Consent ledger, append-only. state: "granted", "withdrawn". Withdrawal of one purpose beats later stale imports by time.
struct Consent {
  PersonId person;
  std::string channel;  // "sms", "wecom", "mp", "mail", "phone"
  std::string purpose;  // "marketing", "service", "analytics"
  bool granted = false;
  std::string evidence, notice_version;
  Instant at{};
};
Result<> record_consent(Tx& tx, const Consent& cmd);

/// Relation edges: person-staff (friend, with code and add time) and person-group.
struct Relation {
  PersonId person;
  std::string kind;     // "staff" or "group"
  std::int64_t other = 0;
  std::string state;    // active, deleted_by_customer, deleted_by_staff, transferred / joined, left
  std::string channel, via;
  Instant at{};
};
Result<> relate(Tx& tx, const Relation& cmd);
/// The staff member who owns the relation, and the org path the row is scoped by.
Result<> assign_owner(Tx& tx, PersonId person, StaffId owner, std::string_view unit_path);

/// Who brought whom: at most one inviter each, never a cycle. conflict "people.inviter_cycle", repeat-safe.
Result<> set_inviter(Tx& tx, PersonId person, PersonId inviter, Instant at);

}  // namespace koi::people
