// The session archive on the wire: its set-up, which conversations took place, what was said.
#include "base/text.h"
#include "connect/seal_key.h"
#include "connect/wecom/archive/desk.h"
#include "connect/wecom/archive/messages.h"
#include "connect/wecom/archive/setting.h"
#include "connect/wecom/desk.h"
#include "connect/wecom/sync.h"
#include "http/wire.h"
#include "people/vault.h"
#include "store/rows.h"
#include "team/team.h"

namespace koi::connect::wecom {

BOOST_DESCRIBE_STRUCT(ArchiveKey, (), (version, public_pem, created_at))
struct ArchiveTallyOut { std::string what; std::int64_t n = 0; };
BOOST_DESCRIBE_STRUCT(ArchiveTallyOut, (), (what, n))
struct LockedOut { std::int64_t version = 0; std::string why; std::int64_t n = 0; };
BOOST_DESCRIBE_STRUCT(LockedOut, (), (version, why, n))
/// Never a secret.
struct ArchiveOut {
  bool set_up = false, enabled = false;
  std::string library, on_disagree, state, error, detail;
  std::int64_t seq = 0, ver = 0;
  std::optional<Instant> pulled_at;
  std::optional<std::int64_t> lag_s;  // since the platform last had nothing more for us
  std::vector<ArchiveKey> keys;
  std::vector<ArchiveTallyOut> tally;
  std::vector<LockedOut> locked;
};
BOOST_DESCRIBE_STRUCT(ArchiveOut, (), (set_up, enabled, library, on_disagree, state, error, detail, seq, ver, pulled_at, lag_s, keys, tally, locked))
struct ArchiveBody { std::optional<std::string> library, secret, on_disagree; std::optional<bool> enabled; };
BOOST_DESCRIBE_STRUCT(ArchiveBody, (), (library, secret, on_disagree, enabled))
struct ArchiveKeyBody { std::int64_t version = 0; std::optional<std::string> private_pem; };
BOOST_DESCRIBE_STRUCT(ArchiveKeyBody, (), (version, private_pem))
struct TalkQuery { std::optional<StaffId> staff; std::optional<PersonId> person; std::optional<Instant> from, until; std::optional<std::string> kind, cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(TalkQuery, (), (staff, person, from, until, kind, cursor, limit))
struct TalkOut { PersonId person_id; std::string person_name; std::optional<StaffId> staff_id; std::string staff_name, room; Instant last_at{}; std::int64_t messages = 0, received = 0, kept = 0; };
BOOST_DESCRIBE_STRUCT(TalkOut, (), (person_id, person_name, staff_id, staff_name, room, last_at, messages, received, kept))
struct TalkList { std::vector<TalkOut> data; std::optional<std::string> next; };
BOOST_DESCRIBE_STRUCT(TalkList, (), (data, next))
struct OpenBody { std::optional<StaffId> staff; std::optional<std::string> room, contains; std::optional<Instant> before; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(OpenBody, (), (staff, room, contains, before, limit))
struct UtteredOut { ArchiveMessageId id; bool by_customer = false; std::string kind, state, text; Instant at{}; std::optional<Instant> revoked_at; };
BOOST_DESCRIBE_STRUCT(UtteredOut, (), (id, by_customer, kind, state, text, at, revoked_at))
struct UtteredList { std::vector<UtteredOut> data; bool more = false; };
BOOST_DESCRIBE_STRUCT(UtteredList, (), (data, more))
struct TalkDayQuery { Instant from{}, until{}; std::optional<StaffId> staff; };
BOOST_DESCRIBE_STRUCT(TalkDayQuery, (), (from, until, staff))
struct TalkDayOut { std::string day; StaffId staff_id; PersonId person_id; std::int64_t received = 0, sent = 0; std::optional<std::int64_t> first_reply_s; };
BOOST_DESCRIBE_STRUCT(TalkDayOut, (), (day, staff_id, person_id, received, sent, first_reply_s))
struct TalkDayList { std::vector<TalkDayOut> data; };
BOOST_DESCRIBE_STRUCT(TalkDayList, (), (data))

namespace {

constexpr int kDaysShown = 500;
constexpr std::size_t kWordsMax = 100;

Result<ArchiveOut> out_of(Tx& tx, const std::string& corp, const std::string& key) {
  ArchiveOut out;
  TRY(const auto a, find_archive(tx, corp, key));
  if (!a) return out;
  out.set_up = true, out.enabled = a->enabled, out.library = a->library, out.on_disagree = a->on_disagree;
  out.state = a->state, out.error = a->error, out.detail = a->detail, out.seq = a->seq, out.ver = a->ver, out.pulled_at = a->pulled_at;
  if (a->pulled_at) out.lag_s = (tx.now() - *a->pulled_at).count() / 1000;
  TRY(out.keys, archive_keys(tx, corp));
  TRY(const auto tally, archive_tally(tx, corp));
  for (const auto& t : tally) out.tally.push_back({t.what, t.n});
  TRY(const auto locked, locked_counts(tx, corp));
  for (const auto& l : locked) out.locked.push_back({l.version, l.why, l.n});
  return out;
}

Result<Answer> get_archive(Call& call) {
  TRY(const auto key, seal_key(call.db()));
  return call.read([key, corp = std::string(call.path_text("corp"))](Tx& tx) -> Result<Reply> {
    TRY(const auto out, out_of(tx, corp, key));
    return http::with_etag(http::ok(out), out.ver);
  });
}

Result<Answer> put_archive_route(Call& call) {
  TRY(const auto body, call.body<ArchiveBody>());
  TRY(const auto key, seal_key(call.db()));
  const std::string corp(call.path_text("corp"));
  call.audit_subject("wecom:" + corp);
  return call.write(shard_of_corp(corp), [&call, body, key, corp](Tx& tx) -> Result<Reply> {
    TRY(const auto before, find_archive(tx, corp, key));
    if (before) TRY(http::check_match(call, before->ver));
    TRY(put_archive(tx, {.corp_id = corp, .library = body.library, .secret = body.secret, .on_disagree = body.on_disagree, .enabled = body.enabled}, key));
    tx.after_commit([&db = call.db()] { wake_inbox(db); });
    TRY(const auto out, out_of(tx, corp, key));
    return http::with_etag(http::ok(out), out.ver);
  });
}

Result<Answer> post_key(Call& call) {
  TRY(const auto body, call.body<ArchiveKeyBody>());
  TRY(const auto key, seal_key(call.db()));
  const std::string corp(call.path_text("corp"));
  call.audit_subject("wecom:" + corp, R"({"version":)" + std::to_string(body.version) + "}");
  return call.write(shard_of_corp(corp), [&call, body, key, corp](Tx& tx) -> Result<Reply> {
    TRY(const auto made, add_archive_key(tx, corp, body.version, body.private_pem.value_or(""), key));
    tx.after_commit([&db = call.db()] { wake_inbox(db); });
    return http::ok(made);
  });
}

Result<Answer> get_talks(Call& call) {
  TRY(const auto q, call.query<TalkQuery>());
  FindTalks find;
  find.staff = q.staff.value_or(StaffId{}), find.person = q.person.value_or(PersonId{}), find.kind = q.kind.value_or("");
  find.from = q.from.value_or(find.from), find.until = q.until.value_or(find.until);
  TRY(find.limit, http::page_limit(q.limit));
  if (q.cursor) {
    TRY(const auto place, http::decode_cursor(*q.cursor, 1));
    find.before = from_ms(place[0]);
  }
  return call.read([find, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto talks, find_talks(tx, scope, find));
    TalkList out;
    std::vector<PersonId> who;
    std::map<std::int64_t, std::string> names;
    for (const auto& t : talks) {
      who.push_back(t.person_id);
      if (t.staff_id == 0 || names.contains(t.staff_id)) continue;
      const auto staff = team::find_staff(tx, Scope::everything("names of staff beside talks"), StaffId{t.staff_id});
      names[t.staff_id] = staff ? staff->name : "";
    }
    TRY(const auto cards, people::cards(tx, who));
    std::map<PersonId, std::string> people;
    for (const auto& card : cards) people[card.person] = card.name;
    for (const auto& t : talks)
      out.data.push_back({t.person_id, people[t.person_id], t.staff_id ? std::optional(StaffId{t.staff_id}) : std::nullopt, t.staff_id ? names[t.staff_id] : "", t.room, t.last_at,
                          t.messages, t.received, t.kept});
    if (talks.size() == static_cast<std::size_t>(find.limit)) out.next = http::encode_cursor({to_ms(talks.back().last_at)});
    return http::ok(out);
  });
}

/// Straight to the Writer: call.write would keep the reply for repeats of the request, in clear.
Result<Answer> post_open(Call& call) {
  TRY(const auto person, call.path<PersonId>("person"));
  TRY(auto body, call.body<OpenBody>());
  OpenTalk open;
  open.person = person, open.staff = body.staff.value_or(StaffId{}).v, open.room = body.room.value_or("");
  open.contains = take_chars(body.contains.value_or(""), kWordsMax), open.by = call.actor().author();
  open.before = body.before.value_or(open.before);
  TRY(open.limit, http::page_limit(body.limit));
  auto reply = std::make_shared<Reply>();
  auto finish = call.later();
  auto queued = call.db().writer().submit(
      ShardKey{static_cast<std::uint64_t>(person.v)},
      [scope = call.scope(), open, reply](Tx& tx) -> Result<> {
        TRY(const auto said, open_talk(tx, scope, open));
        UtteredList out;
        for (const auto& s : said) out.data.push_back({s.id, s.by_customer, s.kind, s.state, s.text, s.at, s.revoked_at});
        out.more = said.size() == static_cast<std::size_t>(open.limit);
        *reply = http::ok(out);
        reply->headers.emplace_back("Cache-Control", "no-store");
        return {};
      },
      [finish, reply](Result<> done) { finish(done ? Result<Reply>(std::move(*reply)) : std::unexpected(std::move(done).error())); });
  if (!queued) finish(std::unexpected(std::move(queued).error()));
  return Answer(Answer::Later{});
}

Result<Answer> get_days(Call& call) {
  TRY(const auto q, call.query<TalkDayQuery>());
  return call.read([q, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto days, talk_days(tx, scope, q.from, q.until, q.staff.value_or(StaffId{}), kDaysShown));
    TalkDayList out;
    for (const auto& d : days) out.data.push_back({d.day, StaffId{d.staff_id}, d.person_id, d.received, d.sent, d.first_reply_s});
    return http::ok(out);
  });
}

using http::None;
using http::route;
constexpr http::Route kRoutes[] = {
    route<None, None, ArchiveOut>("GET", "/v1/channels/wecom/{corp}/archive", "channel.read", get_archive, "会话存档状态", "How the session archive is set up and doing"),
    route<None, ArchiveBody, ArchiveOut>("PUT", "/v1/channels/wecom/{corp}/archive", "channel.write", put_archive_route, "设置会话存档", "Set up the session archive"),
    route<None, ArchiveKeyBody, ArchiveKey>("POST", "/v1/channels/wecom/{corp}/archive/keys", "channel.write", post_key, "新增会话存档密钥", "Add a key pair of the session archive"),
    route<TalkQuery, None, TalkList>("GET", "/v1/archive/conversations", "archive.read", get_talks, "会话列表", "Conversations that took place"),
    route<TalkDayQuery, None, TalkDayList>("GET", "/v1/archive/days", "archive.read", get_days, "会话日统计", "Messages and first replies by day"),
    route<None, OpenBody, UtteredList>("POST", "/v1/people/{person}/conversation", "archive.open", post_open, "查看会话内容", "See what was said; each look is audited", http::kNoAudit),
};

}  // namespace

std::span<const http::Route> archive_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
