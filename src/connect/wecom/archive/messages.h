/// Archived messages: what is written down of one, and who may look at it. Owns connect_archive_message, connect_archive_locked.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/scope.h"
#include "store/store.h"
#include "store/trail.h"

namespace koi::connect::wecom {

struct ArchiveMessageTag { static constexpr std::string_view prefix = "msg"; };
using ArchiveMessageId = Id<ArchiveMessageTag>;

/// One message after both seals.
struct Spoken {
  std::string msgid, action /* send recall switch */, from, room, kind, revokes /* msgid */, text /* the whole JSON */;
  std::vector<std::string> to;
  std::string agreeing;     // of agree and disagree: the userid that is meant
  Instant at, agreed_at;
};
/// malformed "connect.archive_message".
Result<Spoken> read_spoken(const std::string& text);
bool is_customer(std::string_view id);
/// The customer and whom they talk to (a userid, or "room:…"); customer "" when nobody outside is in it, or a member of staff spoke
/// in a group.
struct Pair { std::string customer, peer; bool by_customer = false; };
Pair pair_of(const Spoken& m);

/// Writes down that it was said, and what, if the customer agreed; counts. The first message of a customer in a conversation and each
/// after it appends message_received_from_customer, each of staff message_sent_by_staff. Repeat-safe by msgid.
Result<> take_spoken(Tx& tx, std::string_view corp_id, const Spoken& m);

/// One that could not be opened.
struct Locked { std::int64_t seq = 0, version = 0; std::string msgid, random_key, message, why; };
Result<> keep_locked(Tx& tx, std::string_view corp_id, const Locked& item, std::string_view seal_key);
/// Those that wait for a key of `version`.
Result<std::vector<Locked>> locked_of(Tx& tx, std::string_view corp_id, std::int64_t version, std::string_view seal_key, int limit);
Result<> drop_locked(Tx& tx, std::string_view corp_id, std::int64_t seq);
struct LockedCount { std::int64_t version = 0; std::string why; std::int64_t n = 0; };
Result<std::vector<LockedCount>> locked_counts(Tx& tx, std::string_view corp_id);

struct FindTalks { StaffId staff; PersonId person; Instant from{}, until{Millis{INT64_MAX}}; std::string kind; Instant before{Millis{INT64_MAX}}; int limit = 50; };
/// A conversation of a customer with a member of staff, or in a group: that it took place, not what was said.
struct Talk {
  PersonId person_id;
  std::int64_t staff_id = 0;
  std::string room;
  Instant last_at;
  std::int64_t messages = 0, received = 0, kept = 0;
};
/// Latest first; of people and (own reach) staff the scope covers.
Result<std::vector<Talk>> find_talks(Tx& tx, const Scope& scope, const FindTalks& find);

struct OpenTalk { PersonId person; std::int64_t staff = 0; std::string room, contains; Instant before{Millis{INT64_MAX}}; int limit = 50; store::Author by; };
struct Uttered {
  ArchiveMessageId id;
  bool by_customer = false;
  std::string kind, state, text;
  Instant at;
  std::optional<Instant> revoked_at;
};
/// What was said, newest first, with an audit row: who looked, at whom, for which words. `contains` looks through the newest
/// kSearchMax of the conversation. not_found "people.not_found" outside the scope. On the Writer.
inline constexpr int kSearchMax = 2000;
Result<std::vector<Uttered>> open_talk(Tx& tx, const Scope& scope, const OpenTalk& open);

/// A day of a member of staff and a customer.
struct TalkDay { std::string day; PersonId person_id; std::int64_t staff_id = 0, received = 0, sent = 0; std::optional<std::int64_t> first_reply_s; };
/// Days in [from, until) of at most 31 days, newest first, by the merchant's calendar, at most `limit`. invalid "connect.archive_days".
Result<std::vector<TalkDay>> talk_days(Tx& tx, const Scope& scope, Instant from, Instant until, StaffId staff, int limit);

}  // namespace koi::connect::wecom
