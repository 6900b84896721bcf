#include "connect/wecom/handover.h"

#include <map>

#include "connect/wecom/contacts.h"
#include "connect/wecom/corp.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/inbox.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/walk.h"
#include "entry/group_arrivals.h"
#include "people/people.h"
#include "store/rows.h"
#include "team/handover.h"

namespace koi::connect::wecom {

struct ChatRow { std::string corp_id, chat_id; };
BOOST_DESCRIBE_STRUCT(ChatRow, (), (corp_id, chat_id))
struct OwnedChat { std::int64_t id = 0; std::string name; };
BOOST_DESCRIBE_STRUCT(OwnedChat, (), (id, name))

namespace {

using team::HandoverAnswer, team::HandoverAsk, team::AskedItem;

constexpr std::string_view kCorpOf = "SELECT corp_id FROM connect_wecom_staff WHERE staff_id = $1 AND userid = $2 ORDER BY corp_id LIMIT 1";
constexpr std::string_view kExternal =
    "SELECT external_userid FROM connect_wecom_contact WHERE person_id = $1 AND corp_id = $2 AND userid = $3 ORDER BY CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END, "
    "created_at, external_userid LIMIT 1";
constexpr std::string_view kChat = "SELECT corp_id, chat_id FROM connect_wecom_chat WHERE id = $1";
constexpr std::string_view kOwned = "SELECT id, name FROM connect_wecom_chat WHERE owner = $1 AND gone_at IS NULL ORDER BY id LIMIT $2";
constexpr std::string_view kNewOwner = "UPDATE connect_wecom_chat SET owner = $2 WHERE id = $1";

constexpr int kHouseBatch = 500, kLookCalls = 20, kPagesMax = 100;
/// What waits longer and is not known to the platform any more is asked again.
constexpr auto kWaitMax = std::chrono::hours(72);
constexpr auto kClockMargin = std::chrono::minutes(10);

/// What the platform's code of one item means. Source: the pages of transfer_customer and groupchat/transfer.
struct Meaning { int errcode; HandoverAnswer answer; std::string_view code; };
constexpr Meaning kMeanings[] = {
    {0, HandoverAnswer::accepted, {}},
    {40129, HandoverAnswer::accepted, {}},                                   // on its way to the same receiver: an answer was lost
    {40099, HandoverAnswer::full, "team.handover_full"},
    {40128, HandoverAnswer::limited, "team.handover_twice"},
    {40100, HandoverAnswer::limited, "team.handover_elsewhere"},             // on its way to somebody else
    {40131, HandoverAnswer::moved, {}}, {40096, HandoverAnswer::moved, {}},  // no friendship there: only we need to know
    {40098, HandoverAnswer::failed, "team.handover_receiver_unfit"}, {40143, HandoverAnswer::failed, "team.handover_receiver_unfit"},
    {41054, HandoverAnswer::failed, "team.handover_receiver_unfit"}, {60011, HandoverAnswer::failed, "team.handover_receiver_unfit"},
    {45009, HandoverAnswer::limited, "team.handover_day_full"},
    {90504, HandoverAnswer::moved, {}},                                      // theirs already
    {90507, HandoverAnswer::limited, "team.handover_elsewhere"},
    {90508, HandoverAnswer::limited, "team.handover_twice"},
};
Meaning meaning_of(std::int64_t errcode) {
  for (const auto& m : kMeanings)
    if (m.errcode == errcode) return m;
  return {static_cast<int>(errcode), HandoverAnswer::failed, "connect.wecom_refused"};
}
/// Codes that say of the whole call that the giver is not what we think.
std::string_view hold_code(const Error& e) {
  if (refused_with(e, 40097) || refused_with(e, 90500)) return "team.handover_not_left";
  if (refused_with(e, 40003) || refused_with(e, 90502)) return "team.handover_has_left";
  return "connect.wecom_refused";
}

struct Outcome { AskedItem item; HandoverAnswer answer; std::string_view code; };

class Handing {
 public:
  Handing(Db& db, Platform& platform, std::string corp, const HandoverAsk& ask) : db_(db), platform_(platform), corp_(std::move(corp)), ask_(ask) {}

  Result<> ask() {
    TRY(read_names());
    if (names_.empty()) return tell(nothing_);
    const bool left = ask_.mode == "left", person = ask_.kind == "person";
    json::array ids;
    for (const auto& [name, item] : names_) ids.emplace_back(name);
    json::object body;
    if (person) body = {{"handover_userid", ask_.from_userid}, {"takeover_userid", ask_.to_userid}, {"external_userid", std::move(ids)}};
    else body = {{"chat_id_list", std::move(ids)}, {"new_owner", ask_.to_userid}};
    if (person && !ask_.greeting.empty()) body["transfer_success_msg"] = ask_.greeting;
    const auto path = person ? (left ? "externalcontact/resigned/transfer_customer" : "externalcontact/transfer_customer")
                             : (left ? "externalcontact/groupchat/transfer" : "externalcontact/groupchat/onjob_transfer");
    const auto reply = platform_.ask(path, body);
    if (!reply) return not_answered(reply.error());
    return person ? people_answered(*reply) : groups_answered(*reply);
  }

  Result<> look() {
    TRY(read_names());
    return ask_.kind == "person" ? look_at_people() : look_at_groups();
  }

 private:
  /// What the platform calls them; who has no name there has moved as soon as we say so.
  Result<> read_names() {
    return db_.read([&](Tx& tx) -> Result<> {
      for (const auto& item : ask_.items) {
        std::optional<std::string> name;
        if (ask_.kind == "person") {
          TRY(name, tx.maybe<std::string>(kExternal, item.person, corp_, ask_.from_userid));
        } else {
          TRY(const auto chat, tx.maybe<ChatRow>(kChat, item.group));
          if (chat) name = chat->chat_id;
        }
        if (name) names_.emplace(*name, item);
        else nothing_.push_back({item, ask_.kind == "person" ? HandoverAnswer::moved : HandoverAnswer::failed, ask_.kind == "person" ? "" : "team.handover_no_group"});
      }
      return {};
    });
  }

  Result<> people_answered(const json::object& reply) {
    auto out = nothing_;
    auto open = names_;
    for (const auto& row : array_in(reply, "customer")) {
      if (!row.is_object()) continue;
      const auto at = open.find(text_in(row.get_object(), "external_userid"));
      if (at == open.end()) continue;
      const auto m = meaning_of(number_in(row.get_object(), "errcode"));
      out.push_back({at->second, m.answer, m.code});
      open.erase(at);
    }
    return tell(out);  // who is not in the reply stays asked, and is looked at
  }

  Result<> groups_answered(const json::object& reply) {
    auto out = nothing_;
    auto open = names_;
    for (const auto& row : array_in(reply, "failed_chat_list")) {
      if (!row.is_object()) continue;
      const auto at = open.find(text_in(row.get_object(), "chat_id"));
      if (at == open.end()) continue;
      const auto m = meaning_of(number_in(row.get_object(), "errcode"));
      out.push_back({at->second, m.answer, m.code});
      open.erase(at);
    }
    for (const auto& [name, item] : open) out.push_back({item, HandoverAnswer::moved, {}});
    return tell(out);
  }

  Result<> not_answered(const Error& e) {
    if (never_answered(e)) return tell(nothing_);  // looked at when it has settled
    if (e.code == "connect.wecom_refused") {
      for (const auto& m : kMeanings)
        if (refused_with(e, m.errcode) && m.answer == HandoverAnswer::failed) return tell_all(m.answer, m.code);
      return db_.write([&](Tx& tx) { return team::hold_handover(tx, ask_, hold_code(e)); }, shard_of_corp(corp_));
    }
    TRY(tell_all(HandoverAnswer::unsent, e.code));
    return std::unexpected(e);
  }

  struct Told { std::int64_t status = 0; Instant taken{}; };
  Result<> look_at_people() {
    std::map<std::string, Told> told;  // the newest word of each: later rows are newer
    std::string cursor;
    const auto path = ask_.mode == "left" ? "externalcontact/resigned/transfer_result" : "externalcontact/transfer_result";
    for (int page = 0; page < kPagesMax; ++page) {
      json::object body{{"handover_userid", ask_.from_userid}, {"takeover_userid", ask_.to_userid}};
      if (!cursor.empty()) body["cursor"] = cursor;
      TRY(const auto reply, platform_.ask(path, body));
      for (const auto& row : array_in(reply, "customer"))
        if (row.is_object()) told[text_in(row.get_object(), "external_userid")] = {number_in(row.get_object(), "status"), time_in(row.get_object(), "takeover_time")};
      cursor = text_in(reply, "next_cursor");
      if (cursor.empty()) break;
    }
    auto out = nothing_;
    for (const auto& [name, item] : names_) {
      const auto at = told.find(name);
      const auto word = at == told.end() ? Told{} : at->second;
      const bool stale = word.status == 1 && word.taken + kClockMargin < item.asked_at;  // of an earlier time they changed hands
      if (word.status == 1 && !stale) out.push_back({item, HandoverAnswer::moved, {}});
      else if (word.status == 2) out.push_back({item, HandoverAnswer::accepted, {}});
      else if (word.status == 3) out.push_back({item, HandoverAnswer::refused, "team.handover_refused"});
      else if (word.status == 4) out.push_back({item, HandoverAnswer::full, "team.handover_full"});
      else if (!item.waiting || item.asked_at + kWaitMax < db_.clock().now()) out.push_back({item, HandoverAnswer::absent, {}});
    }
    return tell(out);
  }

  Result<> look_at_groups() {
    auto out = nothing_;
    for (const auto& [name, item] : names_) {
      const auto reply = platform_.ask("externalcontact/groupchat/get", {{"chat_id", name}, {"need_name", 0}});
      if (!reply && reply.error().code != "connect.wecom_refused") return std::unexpected(reply.error());
      if (!reply) out.push_back({item, HandoverAnswer::failed, "team.handover_no_group"});
      else out.push_back({item, text_in(object_in(*reply, "group_chat"), "owner") == ask_.to_userid ? HandoverAnswer::moved : HandoverAnswer::absent, {}});
    }
    return tell(out);
  }

  Result<> tell_all(HandoverAnswer answer, std::string_view code) {
    auto out = nothing_;
    for (const auto& [name, item] : names_) out.push_back({item, answer, code});
    return tell(out);
  }

  /// All answers of a call at once; what a move means for our picture of the platform with it.
  Result<> tell(const std::vector<Outcome>& outcomes) {
    if (outcomes.empty()) return {};
    return db_.write([&](Tx& tx) -> Result<> {
      for (const auto& o : outcomes) {
        TRY(team::settle_handover_item(tx, o.item.id, o.answer, o.code));
        if (o.answer != HandoverAnswer::moved || ask_.kind != "person") continue;
        TRY(const auto name, tx.maybe<std::string>(kExternal, o.item.person, corp_, ask_.from_userid));
        if (!name) continue;
        TRY(contact_gone(tx, corp_, ask_.from_userid, *name, tx.now(), false, "DELETE_BY_TRANSFER"));
        TRY(want_look(tx, corp_, {"contact", ask_.to_userid, *name, "", ""}));
      }
      return {};
    }, shard_of_corp(corp_));
  }

  Db& db_;
  Platform& platform_;
  const std::string corp_;
  const HandoverAsk& ask_;
  std::map<std::string, AskedItem> names_;
  std::vector<Outcome> nothing_;
};

/// The corp the giver belongs to; the only one there is when nobody noted it.
Result<std::string> corp_of(Tx& tx, const HandoverAsk& ask) {
  TRY(const auto corp, tx.maybe<std::string>(kCorpOf, ask.from, ask.from_userid));
  if (corp) return *corp;
  TRY(const auto all, connected_corps(tx));
  if (all.size() != 1) return fail(Errc::not_found, "connect.no_corp");
  return all.front();
}

template <class F>
Result<> each_call(Db& db, const PlatformOf& platform_of, const std::vector<HandoverAsk>& calls, F&& fn) {
  for (const auto& call : calls) {
    const auto corp = db.read([&](Tx& tx) { return corp_of(tx, call); });
    if (!corp) {
      TRY(db.write([&](Tx& tx) { return team::hold_handover(tx, call, "connect.no_corp"); }));
      continue;
    }
    TRY(const auto platform, platform_of(*corp));
    Handing handing(db, *platform, *corp, call);
    TRY(fn(handing));
  }
  return {};
}

Result<std::vector<team::OwnedGroup>> owned_groups(Tx& tx, std::string_view userid, int limit) {
  TRY(const auto rows, tx.all<OwnedChat>(kOwned, userid, limit));
  std::vector<team::OwnedGroup> out;
  for (const auto& r : rows) out.push_back({r.id, r.name});
  return out;
}
Result<> group_moved(Tx& tx, std::int64_t group, std::string_view to_userid) {
  TRY(const auto chat, tx.maybe<ChatRow>(kChat, group));
  if (!chat) return {};
  TRY(tx.exec(kNewOwner, group, to_userid));
  TRY(entry::group_changed(tx, {.chat_id = chat->chat_id, .members = {}, .name = {}, .owner = std::string(to_userid), .dismissed = false, .ownerless = false, .at = tx.now()}));
  return want_look(tx, chat->corp_id, {"chat", "", chat->chat_id, "", ""});
}

Result<> refusal_heard(Tx& tx, const TransferRefused& said) {
  TRY(const auto to, known_staff_of(tx, said.corp, said.userid));
  TRY(const auto person, people::find(tx, {"wecom_external_userid:" + said.corp, said.external_userid}));
  if (!to || !person) return {};
  TRY(team::handover_refused(tx, *person, *to, said.reason == "customer_limit_exceed"));
  return {};
}

[[maybe_unused]] const bool kKnows = team::know_groups({owned_groups, group_moved}) && hear_transfer_refused(refusal_heard);

}  // namespace

Result<int> work_handovers(Db& db, const PlatformOf& platform_of, int calls_max) {
  TRY(const auto house, db.write([](Tx& tx) { return team::settle_house_items(tx, kHouseBatch); }));
  TRY(const auto looks, db.write([](Tx& tx) { return team::take_handover_looks(tx, kLookCalls); }));
  TRY(each_call(db, platform_of, looks, [](Handing& h) { return h.look(); }));
  TRY(const auto asks, db.write([&](Tx& tx) { return team::take_handover_asks(tx, calls_max); }));
  TRY(each_call(db, platform_of, asks, [](Handing& h) { return h.ask(); }));
  return static_cast<int>(house) + static_cast<int>(looks.size() + asks.size());
}

}  // namespace koi::connect::wecom
