#include "connect/wecom/archive/agree.h"

#include <span>

#include "connect/wecom/walk.h"
#include "people/people.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct AgreeRow { bool agreed = false; Instant changed_at, asked_at; };
BOOST_DESCRIBE_STRUCT(AgreeRow, (), (agreed, changed_at, asked_at))

namespace {

constexpr std::string_view kFind = "SELECT agreed, changed_at, asked_at FROM connect_archive_agree WHERE corp_id = $1 AND external_userid = $2 AND peer = $3";
constexpr std::string_view kPut =
    "INSERT INTO connect_archive_agree (corp_id, external_userid, peer, person_id, origin_id, agreed, changed_at, asked_at) VALUES ($1, $2, $3, $4, $4, $5, $6, $7) "
    "ON CONFLICT (corp_id, external_userid, peer) DO UPDATE SET agreed = $5, changed_at = $6, asked_at = $7";
constexpr std::string_view kAsked = "UPDATE connect_archive_agree SET asked_at = $4 WHERE corp_id = $1 AND external_userid = $2 AND peer = $3";
constexpr std::string_view kRule = "SELECT COUNT(*) FROM connect_archive WHERE corp_id = $1 AND on_disagree = 'erase'";
constexpr std::string_view kTakeOut =
    "UPDATE connect_archive_message SET state = 'withdrawn', sealed = NULL WHERE person_id = $2 AND corp_id = $1 AND staff_id = $3 AND room = $4 AND state = 'kept'";
// Somebody who was erased has no identifier left, but the friendship's row still names them (contacts.h).
constexpr std::string_view kErased =
    "SELECT COUNT(*) FROM connect_wecom_contact c JOIN person p ON p.id = c.person_id WHERE c.corp_id = $1 AND c.external_userid = $2 AND p.erased_at IS NOT NULL";
constexpr std::string_view kForget = "DELETE FROM connect_archive_agree WHERE person_id = $1";
constexpr std::string_view kForgetWords = "UPDATE connect_archive_message SET state = 'erased', sealed = NULL WHERE person_id = $1 AND sealed IS NOT NULL";
constexpr std::chrono::minutes kAskAgain{1};
constexpr std::string_view kRoom = "room:";

/// Their key is destroyed as well: this is for whoever reads the table.
Result<> forget(Tx& tx, PersonId root, std::span<const PersonId>) {
  TRY(tx.exec(kForget, root));
  TRY(tx.exec(kForgetWords, root));
  return {};
}
[[maybe_unused]] const bool kFollows = people::follow("connect_archive_agree") && people::follow("connect_archive_message") && people::on_erase(forget);

Result<> take_out(Tx& tx, PersonId person, const Agreement& said) {
  TRY(const auto erase, tx.one<std::int64_t>(kRule, said.corp_id));
  if (erase == 0) return {};
  const bool room = said.peer.starts_with(kRoom);
  StaffId staff;
  if (!room) {
    TRY(staff, staff_of(tx, said.corp_id, said.peer));
  }
  TRY(tx.exec(kTakeOut, said.corp_id, person, staff.v, room ? said.peer.substr(kRoom.size()) : std::string()));
  return {};
}

}  // namespace

Result<std::optional<PersonId>> archive_person(Tx& tx, std::string_view corp_id, const std::string& external_userid) {
  TRY(const auto erased, tx.one<std::int64_t>(kErased, corp_id, external_userid));
  if (erased != 0) return std::nullopt;
  const people::Ident ident{"wecom_external_userid:" + std::string(corp_id), external_userid};
  TRY(const auto who, people::resolve(tx, std::span(&ident, 1), "wecom:" + std::string(corp_id)));
  return who.person;
}

Result<> say_agreement(Tx& tx, const Agreement& said) {
  TRY(const auto row, tx.maybe<AgreeRow>(kFind, said.corp_id, said.external_userid, said.peer));
  if (row && (row->changed_at > said.changed_at || (row->changed_at == said.changed_at && (!row->agreed || said.agreed)))) {
    TRY(tx.exec(kAsked, said.corp_id, said.external_userid, said.peer, tx.now()));
    return {};
  }
  TRY(const auto person, archive_person(tx, said.corp_id, said.external_userid));
  if (!person) return {};
  TRY(tx.exec(kPut, said.corp_id, said.external_userid, said.peer, *person, said.agreed, said.changed_at, tx.now()));
  return said.agreed ? Result<>{} : take_out(tx, *person, said);
}

Result<bool> agreed(Tx& tx, std::string_view corp_id, std::string_view external_userid, std::string_view peer, Instant at) {
  TRY(const auto row, tx.maybe<AgreeRow>(kFind, corp_id, external_userid, peer));
  return row && row->agreed && at >= row->changed_at;
}

Result<bool> to_be_asked(Tx& tx, std::string_view corp_id, std::string_view external_userid, std::string_view peer) {
  TRY(const auto row, tx.maybe<AgreeRow>(kFind, corp_id, external_userid, peer));
  return !row || (!row->agreed && row->asked_at < tx.now() - kAskAgain);
}

}  // namespace koi::connect::wecom
