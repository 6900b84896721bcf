#include "connect/wecom/inbox.h"

#include <boost/json.hpp>

#include <algorithm>
#include <chrono>
#include <span>
#include <thread>

#include "base/text.h"
#include "connect/wecom/archive/agree.h"
#include "connect/wecom/archive/setting.h"
#include "connect/wecom/walk.h"
#include "entry/arrivals.h"
#include "entry/ways.h"
#include "events/events.h"
#include "people/people.h"
#include "store/rows.h"
#include "team/handover.h"

namespace koi::connect::wecom {

struct WaitingPush { PushId id; std::string corp_id, kind, body; Instant happened_at; std::int64_t tries = 0; };
BOOST_DESCRIBE_STRUCT(WaitingPush, (), (id, corp_id, kind, body, happened_at, tries))

namespace {

constexpr std::string_view kDue =
    "SELECT id, corp_id, kind, body, happened_at, tries FROM connect_callback WHERE state = 'waiting' AND try_at <= $1 ORDER BY try_at, id LIMIT $2";
constexpr std::string_view kDone = "UPDATE connect_callback SET state = $2, done_at = $3, error = '' WHERE id = $1 AND state = 'waiting'";
constexpr std::string_view kAgain = "UPDATE connect_callback SET state = $2, tries = tries + 1, try_at = $3, error = $4 WHERE id = $1 AND state = 'waiting'";
constexpr std::string_view kWelcomed = "SELECT COUNT(*) FROM connect_wecom_welcome WHERE corp_id = $1 AND welcome_code = $2 AND state = 'sent'";
constexpr std::string_view kEndContact =
    "SELECT COUNT(*) FROM connect_wecom_contact WHERE corp_id = $1 AND userid = $2 AND external_userid = $3 AND deleted_at IS NULL AND created_at <= $4";
constexpr std::size_t kErrorMax = 300, kCrowd = 16;  // kCrowd: operations that wait for the Writer
constexpr std::chrono::milliseconds kMoment{5};
constexpr int kPatience = 25;  // looks at the queue before the inbox takes its turn all the same

std::function<Result<>(Tx&, const TransferRefused&)>& refused_heard() {
  static std::function<Result<>(Tx&, const TransferRefused&)> fn;
  return fn;
}

Millis wait_after(std::int64_t tries) { return Millis(2'000) * (1LL << std::min<std::int64_t>(tries, 10)); }

/// One push about a friendship.
class Friendship {
 public:
  Friendship(Tx& tx, std::string_view corp, const crypto::CallbackXml& xml, Instant at)
      : tx_(tx), corp_(corp), xml_(xml), at_(at), userid_(xml.text("UserID")), external_(xml.text("ExternalUserID")) {}

  Result<bool> run(std::string_view change) {
    if (userid_.empty() || external_.empty()) return false;
    if (change == "add_external_contact") return added(false);
    if (change == "add_half_external_contact") return added(true);
    if (change == "edit_external_contact") return look({});
    if (change == "del_external_contact") return ended(false);
    if (change == "del_follow_user") return ended(true);
    if (change == "transfer_fail") return transfer_failed();
    if (change == "msg_audit_approved") return archive_approved();
    return false;
  }

 private:
  Result<PersonId> person() {
    const people::Ident ident{"wecom_external_userid:" + std::string(corp_), external_};
    TRY(const auto who, people::resolve(tx_, std::span(&ident, 1), "wecom:" + std::string(corp_)));
    return who.person;
  }
  Result<bool> look(entry::Arrived arrived) {
    TRY(want_look(tx_, corp_, {"contact", userid_, external_, arrived.remark, arrived.description}));
    return true;
  }

  Result<bool> added(bool half) {
    TRY(const auto staff, staff_of(tx_, corp_, userid_));
    if (!staff) return fail(Errc::not_found, "connect.unknown_staff", userid_);
    TRY(const auto person, this->person());
    const std::string code(xml_.text("WelcomeCode"));
    TRY(const auto welcomed, code.empty() ? Result<std::int64_t>(0) : tx_.one<std::int64_t>(kWelcomed, corp_, code));
    TRY(auto arrived, entry::arrive(tx_, {.person = person, .staff = staff, .state = std::string(xml_.text("State")), .welcome_code = code, .add_way = 0, .at = at_,
                                          .half = half, .welcome_sent = welcomed != 0}));
    return look(std::move(arrived));
  }

  /// The customer who left stays in the guide's list; the one a guide removed does not.
  Result<bool> ended(bool by_customer) {
    TRY(const auto staff, known_staff_of(tx_, corp_, userid_));
    if (!staff) return true;  // nobody's friend that we know of
    TRY(const auto person, this->person());
    const bool handed_over = xml_.text("Source") == "DELETE_BY_TRANSFER";
    TRY(const bool told, handed_over ? team::handover_told(tx_, person, *staff, at_) : Result<bool>(false));
    if (!told)
      TRY(entry::depart(tx_, {.person = person, .staff = *staff, .by_customer = by_customer, .reason = std::string(xml_.text("Source")), .at = at_}));
    if (by_customer) return true;
    if (handed_over) TRY(team::handover_seen(tx_, person, *staff));
    TRY(const auto there, tx_.one<std::int64_t>(kEndContact, corp_, userid_, external_, at_));
    if (there != 0) TRY(contact_gone(tx_, corp_, userid_, external_, tx_.now(), false, xml_.text("Source")));
    return look({});
  }

  Result<bool> archive_approved() {
    TRY(say_agreement(tx_, {std::string(corp_), external_, userid_, true, at_}));
    return true;
  }

  Result<bool> transfer_failed() {
    if (!refused_heard()) return false;
    TRY(refused_heard()(tx_, {std::string(corp_), userid_, external_, std::string(xml_.text("FailReason")), at_}));
    return true;
  }

  Tx& tx_;
  const std::string_view corp_;
  const crypto::CallbackXml& xml_;
  const Instant at_;
  const std::string userid_, external_;
};

Result<> work_one(Tx& tx, const WaitingPush& push) {
  TRY(const auto xml, crypto::read_callback_xml(push.body));
  TRY(const bool meant, take_meaning(tx, push.corp_id, push.kind, xml, push.happened_at));
  TRY(tx.exec(kDone, push.id, meant ? "done" : "unknown", tx.now()));
  return {};
}

/// A customer who came by a link speaks first.
Result<bool> first_words(Tx& tx, std::string_view corp, const crypto::CallbackXml& xml, Instant at) {
  const std::string external(xml.text("ExternalUserID"));
  if (external.empty()) return false;
  TRY(const auto person, people::find(tx, {"wecom_external_userid:" + std::string(corp), external}));
  TRY(const auto staff, known_staff_of(tx, corp, xml.text("UserID")));
  if (!person || !staff) return fail(Errc::not_found, "connect.unknown_friend", external);  // told before the friendship: later
  const auto props = boost::json::serialize(boost::json::object{{"corp", corp}, {"staff_id", to_text(*staff)}, {"msgtype", "start_chat"}});
  TRY(events::append(tx, {.kind = "message_received_from_customer", .person = *person, .subject = staff->v, .at = at, .source = "wecom", .props = props}));
  return true;
}

/// A balance is the corp's and every link's; a link that is deleted is made anew. Requests and messages name nobody we know by more than a
/// state, and what comes of them is told as a friend.
Result<bool> acquisition_news(Tx& tx, std::string_view corp, std::string_view change, const crypto::CallbackXml& xml, Instant at) {
  if (change == "customer_start_chat") return first_words(tx, corp, xml, at);
  const auto done = change == "link_unavailable" || change == "delete_link" ? entry::link_trouble(tx, xml.text("LinkId"), change == "delete_link")
                    : change == "balance_low" || change == "balance_exhausted" ? entry::link_balance(tx, "low", std::string(change))
                    : change == "quota_expire_soon" ? entry::link_balance(tx, "low", "quota_expire_soon " + std::string(xml.text("ExpireQuotaNum")))
                    : change == "balance_increased" ? entry::link_balance(tx, "ok", {})
                                                    : Result<>(fail(Errc::not_found, "connect.unknown_event"));
  if (done) return true;
  if (done.error().code == "connect.unknown_event") return false;
  return std::unexpected(done.error());
}

}  // namespace

bool hear_transfer_refused(std::function<Result<>(Tx&, const TransferRefused&)> fn) {
  refused_heard() = std::move(fn);
  return true;
}

Result<bool> take_meaning(Tx& tx, std::string_view corp, const std::string& kind, const crypto::CallbackXml& xml, Instant at) {
  const auto slash = kind.find('/');
  const auto event = std::string_view(kind).substr(0, slash);
  const auto change = slash == kind.npos ? std::string_view() : std::string_view(kind).substr(slash + 1);
  if (event == "change_external_contact") return Friendship(tx, corp, xml, at).run(change);
  if (event == "msgaudit_notify") {
    TRY(wake_archive(tx, corp));
    return true;
  }
  if (event == "customer_acquisition") return acquisition_news(tx, corp, change, xml, at);
  Look look;
  if (event == "change_external_chat") look = {"chat", "", std::string(xml.text("ChatId")), "", ""};
  else if (event == "change_external_tag") look = {"tags", "", "", "", ""};
  else if (event == "change_contact") look = {"staff", "", "", "", ""};
  else return false;
  if (look.what == "chat" && look.object.empty()) return false;
  TRY(want_look(tx, corp, look));
  return true;
}

namespace {

Result<> put_off(Tx& tx, const WaitingPush& push, const Error& error) {
  const bool over = push.tries + 1 >= kPushTries;
  const auto text = error.code + " " + error.detail;
  TRY(tx.exec(kAgain, push.id, over ? "failed" : "waiting", tx.now() + wait_after(push.tries), take_chars(text, kErrorMax)));
  return {};
}

/// In one commit, as many as fit into a moment, so that a push at the door never waits long for the Writer; how many. Fails when
/// the store is in trouble, or one of them brings it there.
Result<std::size_t> work_through(Db& db, std::span<const WaitingPush> some) {
  return db.write([&](Tx& tx) -> Result<std::size_t> {
    const auto until = std::chrono::steady_clock::now() + kMoment;
    std::size_t done = 0;
    for (const auto& push : some) {
      if (done > 0 && std::chrono::steady_clock::now() >= until) break;
      ++done;
      const auto worked = tx.nested([&] { return work_one(tx, push); });
      if (worked) continue;
      if (worked.error().kind == Errc::unavailable || worked.error().kind == Errc::internal) return std::unexpected(worked.error());
      TRY(put_off(tx, push, worked.error()));
    }
    return done;
  }, shard_of_corp(some.front().corp_id));
}

/// Whoever waits at the door goes first.
void let_pass(Db& db) {
  for (int i = 0; i < kPatience && db.writer().waiting() > kCrowd; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(2));
}

}  // namespace

Result<int> work_inbox(Db& db, int limit) {
  TRY(const auto due, db.read([&](Tx& tx) { return tx.all<WaitingPush>(kDue, tx.now(), limit); }));
  if (due.empty()) return 0;
  for (std::size_t at = 0; at < due.size();) {
    let_pass(db);
    const auto rest = std::span(due).subspan(at);
    const auto some = work_through(db, rest);
    if (some) {
      at += *some;
      continue;
    }
    if (some.error().kind == Errc::unavailable) return std::unexpected(some.error());
    // Alone: a push that the store cannot take holds up nobody else.
    const auto one = work_through(db, rest.first(1));
    if (!one && one.error().kind == Errc::unavailable) return std::unexpected(one.error());
    if (!one) TRY(db.write([&](Tx& tx) { return put_off(tx, due[at], one.error()); }, shard_of_corp(due[at].corp_id)));
    ++at;
  }
  return static_cast<int>(due.size());
}

}  // namespace koi::connect::wecom
