// What a moment asks of the platform: the job, the moment it makes, who published it, who said something.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/media/media.h"
#include "connect/wecom/moments/rows.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/sync.h"
#include "people/people.h"

namespace koi::connect::wecom {

struct SeenGuide { std::string userid; bool published = false; std::int64_t reach = 0; };
BOOST_DESCRIBE_STRUCT(SeenGuide, (), (userid, published, reach))

namespace {

constexpr std::string_view kAny = "SELECT CASE WHEN EXISTS (SELECT 1 FROM connect_wecom_moment WHERE state IN ('sending', 'asked', 'sent') OR wish <> '') THEN 1 ELSE 0 END";
constexpr std::string_view kDue =
    KOI_MOMENT "WHERE (m.state IN ('sending', 'asked', 'sent') OR m.wish <> '') AND m.look_at <= $1 ORDER BY m.look_at, m.id LIMIT $2";
constexpr std::string_view kAsking =
    "UPDATE connect_wecom_moment SET state = 'asked', asked_at = $2, look_at = $3, jobid = '', error = '', updated_at = $2 WHERE id = $1 AND state = 'sending' AND ver = $4";
constexpr std::string_view kJob = "UPDATE connect_wecom_moment SET jobid = $2, look_at = $3 WHERE id = $1";
constexpr std::string_view kMade =
    "UPDATE connect_wecom_moment SET moment_id = $2, made_at = $3, look_at = $3, error = $4, state = CASE WHEN state = 'asked' THEN 'sent' ELSE state END, ver = ver + 1, updated_at = $3 WHERE id = $1";
constexpr std::string_view kEnd = "UPDATE connect_wecom_moment SET state = $2, error = $3, wish = '', ended_at = $4, ver = ver + 1, updated_at = $4 WHERE id = $1";
constexpr std::string_view kAgain = "UPDATE connect_wecom_moment SET state = 'sending', look_at = $2, error = $3 WHERE id = $1 AND state = 'asked'";
constexpr std::string_view kOpen = "UPDATE connect_wecom_moment SET state = 'draft', start_at = NULL, error = 'connect.moment_unknown', ver = ver + 1, updated_at = $2 WHERE id = $1";
constexpr std::string_view kLater = "UPDATE connect_wecom_moment SET look_at = $2, error = CASE WHEN $3 = '' THEN error ELSE $3 END WHERE id = $1";
constexpr std::string_view kKnown = "SELECT COUNT(*) FROM connect_wecom_moment WHERE moment_id = $1";
constexpr std::string_view kAddGuide =
    "INSERT INTO connect_wecom_moment_guide (moment, userid, staff_id, reach, likes, comments) VALUES ($1, $2, COALESCE((SELECT staff_id FROM connect_wecom_staff WHERE corp_id = $3 AND userid = $2), 0), 0, 0, 0) "
    "ON CONFLICT DO NOTHING";
constexpr std::string_view kPublished = "UPDATE connect_wecom_moment_guide SET published_at = $3 WHERE moment = $1 AND userid = $2 AND published_at IS NULL";
constexpr std::string_view kGuides = "SELECT userid, CASE WHEN published_at IS NULL THEN 0 ELSE 1 END, reach FROM connect_wecom_moment_guide WHERE moment = $1 ORDER BY userid";
constexpr std::string_view kReach = "UPDATE connect_wecom_moment_guide SET reach = $3 WHERE moment = $1 AND userid = $2";
constexpr std::string_view kAddWord =
    "INSERT INTO connect_wecom_moment_word (id, moment, userid, external_userid, kind, at, person_id, origin_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING";
constexpr std::string_view kSums =
    "UPDATE connect_wecom_moment_guide SET likes = (SELECT COUNT(*) FROM connect_wecom_moment_word w WHERE w.moment = $1 AND w.userid = $2 AND w.kind = 'like'), "
    "comments = (SELECT COUNT(*) FROM connect_wecom_moment_word w WHERE w.moment = $1 AND w.userid = $2 AND w.kind = 'comment') WHERE moment = $1 AND userid = $2";

constexpr int kPageMax = 1000, kListMax = 20, kPagesMax = 50, kReachMax = 3000;
constexpr auto kSettle = std::chrono::seconds(60), kTryAgain = std::chrono::seconds(60), kJobWait = std::chrono::seconds(5);
constexpr auto kJobLife = std::chrono::hours(24);
constexpr auto kClockMargin = std::chrono::minutes(10);
/// No push says how it fares. Often while guides are at it, then seldom.
constexpr Millis kEager = std::chrono::hours(1), kEagerly = std::chrono::minutes(2), kFresh = std::chrono::hours(48), kFreshly = std::chrono::minutes(10), kSeldom = std::chrono::hours(24);
constexpr std::int64_t kJobDone = 3;

std::int64_t seconds_of(Instant t) { return to_ms(t) / 1000; }
std::string reason_of(const Error& e) { return std::string(take_chars(e.detail.empty() ? e.code : e.code + " " + e.detail, 200)); }
bool is_unknown(const Error& e) { return never_answered(e) || e.code == "connect.wecom_reply"; }
bool is_refused(const Error& e) { return e.code == "connect.wecom_refused"; }

class Tending {
 public:
  Tending(Db& db, Platform& platform, const MomentRow& row) : db_(db), platform_(platform), row_(row) {}

  Result<> tend() {
    if (row_.wish == "cancel") return call_off();
    if (row_.state == "sending") return ask();
    if (row_.state == "asked") return row_.jobid.empty() ? find() : job();
    return look();
  }

 private:
  template <class F>
  Result<> write(F&& fn) { return db_.write([&](Tx& tx) -> Result<> { return fn(tx); }, shard_of_corp(row_.corp_id)); }
  Result<> later(const Error& why, Millis wait = kTryAgain) {
    return write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kLater, row_.id, tx.now() + wait, reason_of(why)));
      return {};
    });
  }
  Result<> end(std::string_view state, const std::string& error) {
    return write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kEnd, row_.id, state, error, tx.now()));
      return {};
    });
  }

  Result<json::object> body_of(const MomentSpec& spec) {
    json::array parts;
    for (const auto& p : spec.parts) {
      const auto id = parse_id(MediaTag::prefix, p.media);
      TRY(const auto media, bring_media(db_, platform_, row_.corp_id, MediaId{id.value_or(0)}, Place::moment));
      json::object part{{"media_id", media}};
      if (p.kind == "link") part["title"] = p.title, part["url"] = p.url;
      parts.push_back(json::object{{"msgtype", p.kind}, {p.kind, std::move(part)}});
    }
    json::object body;
    if (!spec.text.empty()) body["text"] = json::object{{"content", spec.text}};
    if (!parts.empty()) body["attachments"] = std::move(parts);
    json::object range;
    TRY(db_.read([&](Tx& tx) -> Result<> {
      TRY(const auto users, userids_of(tx, row_.corp_id, spec.staff));
      TRY(const auto tags, tag_ids_of(tx, row_.corp_id, spec.tags));
      // Nobody left of those who were named is not everybody.
      if (users.empty() && !spec.staff.empty()) return fail(Errc::invalid, "connect.moment_staff");
      if (tags.empty() && !spec.tags.empty()) return fail(Errc::invalid, "connect.moment_tag");
      if (!users.empty()) range["sender_list"] = json::object{{"user_list", json::array(users.begin(), users.end())}};
      if (!tags.empty()) range["external_contact_list"] = json::object{{"tag_list", json::array(tags.begin(), tags.end())}};
      return {};
    }));
    if (!range.empty()) body["visible_range"] = std::move(range);
    return body;
  }

  Result<> ask() {
    TRY(const auto spec, read_moment_spec(row_.spec));
    const auto body = body_of(spec);
    if (!body) return body.error().kind == Errc::invalid || body.error().kind == Errc::not_found ? end("refused", reason_of(body.error())) : later(body.error());
    std::int64_t mine = 0;
    TRY(write([&](Tx& tx) -> Result<> {
      TRY(mine, tx.exec(kAsking, row_.id, tx.now(), tx.now() + kSettle, row_.ver));
      return {};
    }));
    if (mine == 0) return {};  // taken back meanwhile
    const auto reply = platform_.ask("externalcontact/add_moment_task", *body);
    if (reply && !text_in(*reply, "jobid").empty())
      return write([&](Tx& tx) -> Result<> {
        TRY(tx.exec(kJob, row_.id, text_in(*reply, "jobid"), tx.now() + kJobWait));
        return {};
      });
    if (reply || is_unknown(reply.error())) return {};  // looked for when it has settled
    if (is_refused(reply.error())) return end("refused", reason_of(reply.error()));
    return write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kAgain, row_.id, tx.now() + kTryAgain, reason_of(reply.error())));
      return {};
    });
  }

  Result<> job() {
    const auto reply = platform_.get("externalcontact/get_moment_task_result", {{"jobid", row_.jobid}});
    if (!reply && is_refused(reply.error())) return db_.clock().now() - *row_.asked_at > kJobLife ? find() : later(reply.error());
    if (!reply) return later(reply.error());
    if (number_in(*reply, "status") != kJobDone)
      return write([&](Tx& tx) -> Result<> {
        TRY(tx.exec(kLater, row_.id, tx.now() + kJobWait, ""));
        return {};
      });
    const auto& result = object_in(*reply, "result");
    if (const auto code = number_in(result, "errcode"); code != 0) return end("refused", "connect.wecom_refused " + std::to_string(code) + " " + text_in(result, "errmsg"));
    const auto refused = texts_in(object_in(result, "invalid_sender_list"), "user_list");
    std::string note;
    for (const auto& userid : refused) note += (note.empty() ? "connect.moment_senders " : ",") + userid;
    return made(text_in(result, "moment_id"), std::string(take_chars(note, 200)));
  }

  /// Among the platform's moments of that hour: one that says the same and is nobody else's here.
  Result<> find() {
    TRY(const auto spec, read_moment_spec(row_.spec));
    const auto found = found_moment(spec);
    if (!found) return later(found.error());
    if (*found) return made(**found, {});
    const bool given_up = db_.clock().now() - *row_.asked_at > kLookFor;
    return write([&](Tx& tx) -> Result<> {
      const bool open = row_.wish.empty();
      if (!given_up) TRY(tx.exec(kLater, row_.id, tx.now() + kTryAgain, ""));
      if (given_up && open) TRY(tx.exec(kOpen, row_.id, tx.now()));
      if (given_up && !open) TRY(tx.exec(kEnd, row_.id, "cancelled", "", tx.now()));
      return {};
    });
  }
  Result<std::optional<std::string>> found_moment(const MomentSpec& spec) {
    std::string cursor;
    for (int page = 0; page < kPagesMax; ++page) {
      json::object body{{"start_time", seconds_of(*row_.asked_at - kClockMargin)}, {"end_time", seconds_of(db_.clock().now() + kClockMargin)}, {"filter_type", 0}, {"limit", kListMax}};
      if (!cursor.empty()) body["cursor"] = cursor;
      TRY(const auto reply, platform_.ask("externalcontact/get_moment_list", body));
      for (const auto& row : array_in(reply, "moment_list")) {
        if (!row.is_object() || text_in(object_in(row.get_object(), "text"), "content") != spec.text) continue;
        const auto id = text_in(row.get_object(), "moment_id");
        TRY(const auto known, db_.read([&](Tx& tx) { return tx.one<std::int64_t>(kKnown, id); }));
        if (known == 0) return std::optional(id);
      }
      cursor = text_in(reply, "next_cursor");
      if (cursor.empty()) break;
    }
    return std::nullopt;
  }

  Result<> made(const std::string& moment_id, const std::string& note) {
    if (moment_id.empty()) return later({Errc::malformed, "connect.wecom_reply", "moment_id", {}, {}});
    return write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kMade, row_.id, moment_id, tx.now(), note));
      return {};
    });
  }

  Result<> call_off() {
    if (row_.moment_id.empty()) return row_.jobid.empty() ? find() : job();
    const auto reply = platform_.ask("externalcontact/cancel_moment_task", {{"moment_id", row_.moment_id}});
    if (!reply && !is_refused(reply.error())) return later(reply.error());
    return end("cancelled", reply || refused_with(reply.error(), 41093) ? std::string() : reason_of(reply.error()));
  }

  Result<> look() {
    const auto seen = see_guides();
    if (!seen) return later(seen.error());
    TRY(const auto guides, db_.read([&](Tx& tx) { return tx.all<SeenGuide>(kGuides, row_.id); }));
    for (const auto& g : guides) {
      if (!g.published) continue;
      const auto heard = hear(g);
      if (!heard && !is_refused(heard.error())) return later(heard.error());
    }
    return write([&](Tx& tx) -> Result<> {
      const auto age = tx.now() - *row_.made_at;
      const bool over = age >= kMomentMonth;
      if (over) TRY(tx.exec(kEnd, row_.id, "done", row_.error, tx.now()));
      if (!over) TRY(tx.exec(kLater, row_.id, tx.now() + (age < kEager ? kEagerly : age < kFresh ? kFreshly : kSeldom), ""));
      return {};
    });
  }

  Result<> see_guides() {
    std::string cursor;
    for (int page = 0; page < kPagesMax; ++page) {
      json::object body{{"moment_id", row_.moment_id}, {"limit", kPageMax}};
      if (!cursor.empty()) body["cursor"] = cursor;
      TRY(const auto reply, platform_.ask("externalcontact/get_moment_task", body));
      TRY(write([&](Tx& tx) -> Result<> {
        for (const auto& row : array_in(reply, "task_list")) {
          if (!row.is_object()) continue;
          const auto userid = text_in(row.get_object(), "userid");
          TRY(tx.exec(kAddGuide, row_.id, userid, row_.corp_id));
          if (number_in(row.get_object(), "publish_status") == 1) TRY(tx.exec(kPublished, row_.id, userid, tx.now()));
        }
        return {};
      }));
      cursor = text_in(reply, "next_cursor");
      if (cursor.empty()) break;
    }
    return {};
  }

  /// Who can see one guide's, asked once, and what was said to it.
  Result<> hear(const SeenGuide& guide) {
    std::int64_t reach = guide.reach;
    if (reach == 0) { TRY(reach, reach_of(guide.userid)); }
    TRY(const auto reply, platform_.ask("externalcontact/get_moment_comments", {{"moment_id", row_.moment_id}, {"userid", guide.userid}}));
    return write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kReach, row_.id, guide.userid, reach));
      TRY(keep(tx, guide.userid, "comment", array_in(reply, "comment_list")));
      TRY(keep(tx, guide.userid, "like", array_in(reply, "like_list")));
      TRY(tx.exec(kSums, row_.id, guide.userid));
      return {};
    });
  }
  Result<> keep(Tx& tx, const std::string& userid, std::string_view kind, const json::array& rows) {
    for (const auto& row : rows) {
      if (!row.is_object()) continue;
      const auto external = text_in(row.get_object(), "external_userid");
      if (external.empty()) continue;  // a colleague
      TRY(const auto person, people::find(tx, {"wecom_external_userid:" + row_.corp_id, external}));
      if (person) TRY(tx.exec(kAddWord, tx.next_number(), row_.id, userid, external, kind, time_in(row.get_object(), "create_time"), *person));
    }
    return {};
  }
  Result<std::int64_t> reach_of(const std::string& userid) {
    std::string cursor;
    std::int64_t n = 0;
    for (int page = 0; page < kPagesMax; ++page) {
      json::object body{{"moment_id", row_.moment_id}, {"userid", userid}, {"limit", kReachMax}};
      if (!cursor.empty()) body["cursor"] = cursor;
      TRY(const auto reply, platform_.ask("externalcontact/get_moment_send_result", body));
      n += static_cast<std::int64_t>(array_in(reply, "customer_list").size());
      cursor = text_in(reply, "next_cursor");
      if (cursor.empty()) break;
    }
    return n;
  }

  Db& db_;
  Platform& platform_;
  const MomentRow& row_;
};

}  // namespace

Result<int> work_moments(Db& db, const PlatformOf& platform_of, int calls_max) {
  TRY(const auto any, db.read([](Tx& tx) { return tx.one<std::int64_t>(kAny); }));
  if (any == 0) return 0;
  TRY(const auto due, db.read([&](Tx& tx) { return tx.all<MomentRow>(kDue, tx.now(), calls_max); }));
  for (const auto& row : due) {
    const auto platform = platform_of(row.corp_id);
    if (!platform) {
      TRY(db.write([&](Tx& tx) -> Result<> {
        TRY(tx.exec(kLater, row.id, tx.now() + kTryAgain, platform.error().code));
        return {};
      }));
      continue;
    }
    TRY(Tending(db, **platform, row).tend());
  }
  return static_cast<int>(due.size());
}

}  // namespace koi::connect::wecom
