#include "base/crypto.h"
#include "connect/wecom/archive/agree.h"
#include "connect/wecom/archive/messages.h"
#include "connect/wecom/archive/setting.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/walk.h"
#include "events/events.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct LockedRow { std::int64_t seq = 0, version = 0; store::Blob sealed; };
BOOST_DESCRIBE_STRUCT(LockedRow, (), (seq, version, sealed))
BOOST_DESCRIBE_STRUCT(LockedCount, (), (version, why, n))

namespace {

constexpr std::string_view kAdd =
    "INSERT INTO connect_archive_message (id, corp_id, msgid, person_id, origin_id, staff_id, room, by_customer, kind, at, state, revoked_at, sealed) "
    "VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, NULL, $11) ON CONFLICT DO NOTHING";
constexpr std::string_view kKnown = "SELECT COUNT(*) FROM connect_archive_message WHERE corp_id = $1 AND msgid = $2";
constexpr std::string_view kRevoke = "UPDATE connect_archive_message SET revoked_at = $3 WHERE corp_id = $1 AND msgid = $2 AND revoked_at IS NULL";
constexpr std::string_view kLock = "INSERT INTO connect_archive_locked (corp_id, seq, version, why, at, sealed) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
constexpr std::string_view kLocked =
    "SELECT seq, version, sealed FROM connect_archive_locked WHERE corp_id = $1 AND version = $2 AND why = 'connect.archive_no_key' ORDER BY seq LIMIT $3";
constexpr std::string_view kUnlock = "DELETE FROM connect_archive_locked WHERE corp_id = $1 AND seq = $2";
constexpr std::string_view kLockedCounts = "SELECT version, why, COUNT(*) FROM connect_archive_locked WHERE corp_id = $1 GROUP BY version, why ORDER BY version, why";
constexpr std::string_view kRoom = "room:";
constexpr std::size_t kKindMax = 40, kMsgidMax = 200;
/// Ids of the platform for people outside; a member's userid may begin so too, but is not of that length.
constexpr std::size_t kExternalLength = 32;

Result<> tell(Tx& tx, std::string_view corp_id, PersonId person, StaffId staff, const Spoken& m, bool by_customer) {
  json::object props{{"corp", corp_id}, {"msgtype", m.kind}};
  if (staff) props["staff_id"] = to_text(staff);
  const auto text = json::serialize(props);
  TRY(events::append(tx, {.kind = by_customer ? "message_received_from_customer" : "message_sent_by_staff", .person = person, .subject = staff.v, .at = m.at,
                          .source = "wecom", .props = text}));
  return {};
}

}  // namespace

bool is_customer(std::string_view id) { return id.size() == kExternalLength && (id.starts_with("wm") || id.starts_with("wo")); }

Result<Spoken> read_spoken(const std::string& text) {
  boost::system::error_code ec;
  const auto parsed = json::parse(text, ec);
  if (ec || !parsed.is_object()) return fail(Errc::malformed, "connect.archive_message");
  const auto& o = parsed.get_object();
  Spoken m;
  m.text = text;
  m.msgid = text_in(o, "msgid"), m.action = text_in(o, "action"), m.from = text_in(o, "from"), m.room = text_in(o, "roomid");
  m.kind = take_chars(text_in(o, "msgtype"), kKindMax);
  m.to = texts_in(o, "tolist");
  m.at = from_ms(number_in(o, "msgtime", number_in(o, "time")));
  if (m.msgid.empty() || m.msgid.size() > kMsgidMax || m.action.empty()) return fail(Errc::malformed, "connect.archive_message");
  if (m.action == "switch") return m;
  if (m.from.empty() || m.kind.empty()) return fail(Errc::malformed, "connect.archive_message");
  m.revokes = text_in(object_in(o, "revoke"), "pre_msgid");
  const auto& word = object_in(o, m.kind == "disagree" ? "disagree" : "agree");
  m.agreeing = text_in(word, "userid");
  m.agreed_at = from_ms(number_in(word, "agree_time", to_ms(m.at)));
  return m;
}

Pair pair_of(const Spoken& m) {
  if (!m.room.empty()) return is_customer(m.from) ? Pair{m.from, std::string(kRoom) + m.room, true} : Pair{};
  if (is_customer(m.from)) {
    const auto* to = holds(m.to, m.from) || m.to.empty() ? nullptr : &m.to.front();
    return to && !is_customer(*to) ? Pair{m.from, *to, true} : Pair{};
  }
  const auto at = std::ranges::find_if(m.to, is_customer);
  return at == m.to.end() ? Pair{} : Pair{*at, m.from, false};
}

Result<> take_spoken(Tx& tx, std::string_view corp_id, const Spoken& m) {
  if (m.action == "switch") return archive_count(tx, corp_id, "switch");
  if (m.action == "recall" || m.kind == "revoke") {
    TRY(tx.exec(kRevoke, corp_id, m.revokes, m.at));
    return archive_count(tx, corp_id, "revoked");
  }
  const auto pair = pair_of(m);
  if (m.kind == "agree" || m.kind == "disagree") {
    // "userid" of such a message is the customer's in a group and either's in a single chat: whoever is outside is the one who speaks.
    const auto customer = is_customer(m.agreeing) ? m.agreeing : pair.customer;
    if (customer.empty() || pair.peer.empty()) return archive_count(tx, corp_id, "inner");
    return say_agreement(tx, {std::string(corp_id), customer, pair.peer, m.kind == "agree", m.agreed_at});
  }
  if (pair.customer.empty()) return archive_count(tx, corp_id, m.room.empty() ? "inner" : "room");
  TRY(const auto known, tx.one<std::int64_t>(kKnown, corp_id, m.msgid));
  if (known != 0) return {};
  TRY(const auto person, archive_person(tx, corp_id, pair.customer));
  if (!person) return archive_count(tx, corp_id, "erased");
  StaffId staff;
  if (m.room.empty()) {
    TRY(staff, staff_of(tx, corp_id, pair.peer));
  }
  TRY(const bool may, agreed(tx, corp_id, pair.customer, pair.peer, m.at));
  std::optional<store::Blob> words;
  if (may) {
    TRY(words, people::seal_for(tx, *person, m.text));
  }
  TRY(tx.exec(kAdd, tx.next_id<ArchiveMessageId>(), corp_id, m.msgid, *person, staff.v, m.room, pair.by_customer, m.kind, m.at, may ? "kept" : "bare", words));
  TRY(archive_count(tx, corp_id, may ? "kept" : "bare"));
  return tell(tx, corp_id, *person, staff, m, pair.by_customer);
}

Result<> keep_locked(Tx& tx, std::string_view corp_id, const Locked& item, std::string_view seal_key) {
  const auto text = json::serialize(json::object{{"msgid", item.msgid}, {"random_key", item.random_key}, {"message", item.message}});
  TRY(tx.exec(kLock, corp_id, item.seq, item.version, item.why, tx.now(), store::Blob{seal(seal_key, text)}));
  return {};
}

Result<std::vector<Locked>> locked_of(Tx& tx, std::string_view corp_id, std::int64_t version, std::string_view seal_key, int limit) {
  TRY(const auto rows, tx.all<LockedRow>(kLocked, corp_id, version, limit));
  std::vector<Locked> out;
  for (const auto& row : rows) {
    const auto text = unseal(seal_key, row.sealed.bytes);
    if (!text) return fail(Errc::internal, "connect.seal_key", std::string(corp_id));
    const auto o = json::parse(*text).as_object();
    out.push_back({row.seq, row.version, text_in(o, "msgid"), text_in(o, "random_key"), text_in(o, "message"), "connect.archive_no_key"});
  }
  return out;
}
Result<> drop_locked(Tx& tx, std::string_view corp_id, std::int64_t seq) {
  TRY(tx.exec(kUnlock, corp_id, seq));
  return {};
}
Result<std::vector<LockedCount>> locked_counts(Tx& tx, std::string_view corp_id) { return tx.all<LockedCount>(kLockedCounts, corp_id); }

}  // namespace koi::connect::wecom
