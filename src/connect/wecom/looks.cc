// What pushes leave to be asked: friendships, groups, tags, the directory.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/text.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/inbox.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/tags.h"
#include "connect/wecom/walk.h"
#include "store/rows.h"
#include "team/team.h"

namespace koi::connect::wecom {

struct DueLook { std::string what, userid, object, remark, description; Instant wanted; std::int64_t tries = 0; };
BOOST_DESCRIBE_STRUCT(DueLook, (), (what, userid, object, remark, description, wanted, tries))

namespace {

constexpr std::string_view kWant =
    "INSERT INTO connect_wecom_look (corp_id, what, userid, object, remark, description, wanted, try_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (corp_id, what, userid, object) DO UPDATE SET wanted = excluded.wanted, try_at = excluded.try_at, tries = 0, "
    "remark = CASE WHEN excluded.remark = '' THEN connect_wecom_look.remark ELSE excluded.remark END, "
    "description = CASE WHEN excluded.description = '' THEN connect_wecom_look.description ELSE excluded.description END";
constexpr std::string_view kDue =
    "SELECT what, userid, object, remark, description, wanted, tries FROM connect_wecom_look WHERE corp_id = $1 AND try_at <= $2 ORDER BY try_at LIMIT $3";
constexpr std::string_view kDone = "DELETE FROM connect_wecom_look WHERE corp_id = $1 AND what = $2 AND userid = $3 AND object = $4 AND wanted = $5";
constexpr std::string_view kAgain = "UPDATE connect_wecom_look SET tries = tries + 1, try_at = $5, error = $6 WHERE corp_id = $1 AND what = $2 AND userid = $3 AND object = $4";
constexpr std::string_view kGivenUp = "DELETE FROM connect_wecom_look WHERE corp_id = $1 AND what = $2 AND userid = $3 AND object = $4 AND tries > 12";

constexpr int kLanes = 8;
/// Many pushes of one bulk change in the platform's console are one look.
constexpr auto kGather = std::chrono::seconds(2);

Millis wait_after(std::int64_t tries) { return Millis(5'000) * (1LL << std::min<std::int64_t>(tries, 8)); }

class Looking {
 public:
  Looking(Db& db, Platform& platform, const std::string& corp) : db_(db), platform_(platform), corp_(corp) {}

  Result<> one(const DueLook& look) {
    auto done = ask(look);
    if (done) return end(look);
    if (done.error().code != "connect.wecom_refused") return done;
    return later(look, done.error());
  }

 private:
  Result<> ask(const DueLook& look) {
    if (look.what == "contact") return contact(look);
    if (look.what == "chat") return look_at_chat(db_, platform_, corp_, look.object);
    if (look.what == "tags") {
      TRY(settle_tags(db_, platform_, corp_));
      return {};
    }
    return sync_directory(db_, platform_, corp_);
  }

  Result<> contact(const DueLook& look) {
    if (!look.remark.empty() || !look.description.empty()) TRY(set_remark(look));
    const auto asked = db_.clock().now();
    std::string cursor;
    for (int pages = 0; pages < 100; ++pages) {
      Query query{{"external_userid", look.object}};
      if (!cursor.empty()) query.emplace_back("cursor", cursor);
      const auto reply = platform_.get("externalcontact/get", query);
      if (!reply && (refused_with(reply.error(), 84061) || refused_with(reply.error(), 40096))) return gone(look, asked);
      if (!reply) return std::unexpected(reply.error());
      for (const auto& follow : array_in(*reply, "follow_user")) {
        if (!follow.is_object() || text_in(follow.get_object(), "userid") != look.userid) continue;
        TRY(const auto contact, read_contact(object_in(*reply, "external_contact"), follow.get_object()));
        return db_.write([&](Tx& tx) { return apply(tx, contact, asked); }, shard_of_corp(corp_));
      }
      cursor = text_in(*reply, "next_cursor");
      if (cursor.empty()) break;
    }
    return gone(look, asked);
  }

  Result<> apply(Tx& tx, const Contact& contact, Instant asked) {
    TRY(const auto staff, staff_of(tx, corp_, contact.userid));
    TRY(const auto who, team::find_staff(tx, Scope::everything("whose customers"), staff));
    TRY(apply_contact(tx, corp_, {staff, who.unit_path}, contact, asked));
    return {};
  }

  Result<> gone(const DueLook& look, Instant asked) {
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(contact_gone(tx, corp_, look.userid, look.object, asked));
      return {};
    }, shard_of_corp(corp_));
  }

  /// Setting the same twice is setting it.
  Result<> set_remark(const DueLook& look) {
    json::object body{{"userid", look.userid}, {"external_userid", look.object}};
    if (!look.remark.empty()) body["remark"] = look.remark;
    if (!look.description.empty()) body["description"] = look.description;
    const auto reply = platform_.ask("externalcontact/remark", std::move(body));
    if (reply || reply.error().code == "connect.wecom_refused") return {};  // a friendship that is over takes no remark
    return std::unexpected(reply.error());
  }

  Result<> end(const DueLook& look) {
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kDone, corp_, look.what, look.userid, look.object, look.wanted));
      return {};
    }, shard_of_corp(corp_));
  }
  Result<> later(const DueLook& look, const Error& why) {
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kAgain, corp_, look.what, look.userid, look.object, tx.now() + wait_after(look.tries), take_chars(why.detail, 200)));
      TRY(tx.exec(kGivenUp, corp_, look.what, look.userid, look.object));
      return {};
    }, shard_of_corp(corp_));
  }

  Db& db_;
  Platform& platform_;
  const std::string& corp_;
};

}  // namespace

Result<> want_look(Tx& tx, std::string_view corp, const Look& look) {
  const auto gather = look.what == "contact" ? Millis(0) : Millis(kGather);
  TRY(tx.exec(kWant, corp, look.what, look.userid, look.object, look.remark, look.description, tx.now(), tx.now() + gather));
  return {};
}

Result<int> work_looks(Db& db, Platform& platform, const std::string& corp, int limit) {
  TRY(const auto due, db.read([&](Tx& tx) { return tx.all<DueLook>(kDue, corp, tx.now(), limit); }));
  Looking looking(db, platform, corp);
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::optional<Error> trouble;
  {
    std::vector<std::jthread> lanes;
    for (std::size_t i = 0; i < std::min<std::size_t>(kLanes, due.size()); ++i)
      lanes.emplace_back([&] {
        name_thread("wecom looks");
        for (auto at = next++; at < due.size(); at = next++) {
          {
            const std::scoped_lock lock(mutex);
            if (trouble) return;
          }
          if (auto done = looking.one(due[at]); !done) {
            const std::scoped_lock lock(mutex);
            if (!trouble) trouble = std::move(done).error();
          }
        }
      });
  }
  if (trouble) return std::unexpected(std::move(*trouble));
  return static_cast<int>(due.size());
}

}  // namespace koi::connect::wecom
