// The walk through everybody's customers: pages of a hundred, several members of staff at once, each page with its place.
#include <algorithm>
#include <atomic>
#include <set>

#include "connect/wecom/fields.h"
#include "connect/wecom/lanes.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/walk.h"
#include "store/rows.h"
#include "team/team.h"

namespace koi::connect::wecom {

struct StaffPlace { std::string userid; StaffId staff; std::string cursor; std::int64_t pages = 0; std::string state; };
BOOST_DESCRIBE_STRUCT(StaffPlace, (), (userid, staff, cursor, pages, state))

namespace {

constexpr int kPageRows = 100, kGoneBatch = 500, kOwnBatch = 500;
constexpr int kRestartsMax = 3;
constexpr std::size_t kPagesMax = 8;  // of one transaction: its friends share the pages of every index, and others wait an eighth of a second at most
constexpr std::int64_t kDiffsMax = 200'000;  // rows of one report; the counts go on

constexpr std::string_view kPlan =
    "INSERT INTO connect_sync_staff (run_id, userid, staff_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
constexpr std::string_view kTotal =
    "UPDATE connect_sync_run SET staff_total = (SELECT COUNT(*) FROM connect_sync_staff WHERE run_id = $1) WHERE id = $1";
constexpr std::string_view kWaiting =
    "SELECT userid, staff_id, page_cursor, pages, state FROM connect_sync_staff WHERE run_id = $1 AND state IN ('waiting', 'read') ORDER BY userid LIMIT 100000";
constexpr std::string_view kMoveStaff =
    "UPDATE connect_sync_staff SET page_cursor = $4, pages = pages + 1, customers = customers + $5, state = $6 "
    "WHERE run_id = $1 AND userid = $2 AND pages = $3 AND state = 'waiting'";
constexpr std::string_view kRestart =
    "UPDATE connect_sync_staff SET page_cursor = '', pages = pages + 1 WHERE run_id = $1 AND userid = $2 AND pages = $3 AND state = 'waiting'";
constexpr std::string_view kEndStaff = "UPDATE connect_sync_staff SET state = $3, error = $4 WHERE run_id = $1 AND userid = $2 AND state IN ('waiting', 'read')";
constexpr std::string_view kCount =
    "UPDATE connect_sync_run SET customers = customers + $2, added = added + $3, gone = gone + $4, changed = changed + $5, staff_done = staff_done + $6, "
    "staff_failed = staff_failed + $7, moved_at = $8 WHERE id = $1 AND state = 'running'";
constexpr std::string_view kFound = "SELECT added + gone + changed FROM connect_sync_run WHERE id = $1";
constexpr std::string_view kDiff =
    "INSERT INTO connect_sync_diff (id, run_id, corp_id, kind, userid, external_userid, person_id, origin_id, said_before, said_now, at) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, $9, $10) ON CONFLICT DO NOTHING";

struct Counts { std::int64_t customers = 0, added = 0, gone = 0, changed = 0, done = 0, failed = 0; };

/// The report of one transaction.
class Report {
 public:
  Report(Tx& tx, const Run& run) : tx_(tx), run_(run) {}
  Result<> open() {
    TRY(const auto found, tx_.one<std::int64_t>(kFound, run_.id));
    room_ = found < kDiffsMax;
    return {};
  }
  Result<> add(std::string_view kind, std::string_view userid, std::string_view external, PersonId person, std::string_view before, std::string_view now) {
    ++(kind == "added" ? counts.added : kind == "gone" ? counts.gone : counts.changed);
    // At first everything is new: its report would be the corp once more.
    if (!room_ || (run_.kind == "first" && kind == "added")) return {};
    TRY(tx_.exec(kDiff, tx_.next_number(), run_.id, run_.corp_id, kind, userid, external, person, before, now, tx_.now()));
    return {};
  }
  Result<> close() {
    TRY(const auto on, tx_.exec(kCount, run_.id, counts.customers, counts.added, counts.gone, counts.changed, counts.done, counts.failed, tx_.now()));
    return on == 1 ? Result<>{} : fail(Errc::conflict, "connect.sync_moved");
  }
  Counts counts;

 private:
  Tx& tx_;
  const Run& run_;
  bool room_ = true;
};

Result<> report(Report& r, const Contact& c, const Applied& a) {
  if (a.added) TRY(r.add("added", c.userid, c.external_userid, a.person, "", ""));
  if (a.remark) TRY(r.add("remark", c.userid, c.external_userid, a.person, a.remark_before, c.remark));
  if (a.tags && !a.added) TRY(r.add("tags", c.userid, c.external_userid, a.person, a.tags_before, a.tags_now));
  if (a.owner) TRY(r.add("owner", c.userid, c.external_userid, a.person, a.owner_before, a.owner_now));
  return {};
}

/// Pages as read; who is somebody else's is left out.
struct PageRead { std::vector<Contact> contacts; std::string next; };
Result<PageRead> read_page(const json::object& reply, const std::string& userid) {
  PageRead out;
  out.next = text_in(reply, "next_cursor");
  for (const auto& row : array_in(reply, "external_contact_list")) {
    if (!row.is_object()) return fail(Errc::malformed, "connect.wecom_reply", "external_contact_list");
    TRY(auto contact, read_contact(object_in(row.get_object(), "external_contact"), object_in(row.get_object(), "follow_info")));
    if (contact.userid == userid) out.contacts.push_back(std::move(contact));
  }
  return out;
}

/// All members of staff, a few at once; each lane has its own thread, which mostly waits for the platform or the Writer.
class Walk {
 public:
  Walk(Db& db, Platform& platform, const Run& run, const WalkOptions& options) : db_(db), platform_(platform), run_(run), options_(options), key_(shard_of_corp(run.corp_id)) {}

  Result<> go() {
    TRY(const auto places, db_.read([&](Tx& tx) { return tx.all<StaffPlace>(kWaiting, run_.id); }));
    TRY(in_lanes(places, options_.lanes, [&](const StaffPlace& place) -> Result<> {
      auto done = one(place);
      if (!done) over_ = true;
      return done;
    }));
    return own();
  }

 private:
  Result<> one(StaffPlace place) {
    auto done = read(place);
    if (done) done = look_for_gone(place);
    if (done || done.error().code != "connect.wecom_refused") return done;
    // One member's refusal costs the others nothing.
    return end(place, "failed", done.error().detail);
  }

  Result<> stopped() const {
    if (options_.go_on && !options_.go_on()) return fail(Errc::unavailable, "connect.sync_stopped");
    return {};
  }

  Result<> read(StaffPlace& place) {
    TRY(auto keeper, db_.read([&](Tx& tx) -> Result<Keeper> {
      TRY(const auto staff, team::find_staff(tx, Scope::everything("whose customers"), place.staff));
      return Keeper{place.staff, staff.unit_path};
    }));
    int restarts = 0;
    while (place.state == "waiting") {
      PageRead pages{{}, place.cursor};
      const auto asked = db_.clock().now();
      bool lost = false;
      for (std::size_t n = 0; n < kPagesMax && !lost && (n == 0 || !pages.next.empty()); ++n) {
        if (over_) return {};
        TRY(stopped());
        TRY(lost, add_page(place.userid, pages));
      }
      TRY(stopped());
      if (!lost) {
        TRY(write(place, keeper, pages, asked));
      } else if (++restarts > kRestartsMax) {
        return fail(Errc::invalid, "connect.wecom_refused", "40058 cursors do not live");
      } else {
        TRY(restart(place));
      }
    }
    return {};
  }

  /// One more page behind those that are read. Whether its cursor lives no more: then all is read again from the beginning, without harm.
  Result<bool> add_page(const std::string& userid, PageRead& pages) {
    auto reply = platform_.ask("externalcontact/batch/get_by_user",
                               {{"userid_list", json::array{json::value(userid)}}, {"cursor", pages.next}, {"limit", kPageRows}});
    if (!reply && refused_with(reply.error(), 84061)) reply = json::object{};  // nobody's customer yet
    if (!reply && !pages.next.empty() && refused_with(reply.error(), 40058)) return true;
    if (!reply) return std::unexpected(std::move(reply).error());
    TRY(auto page, read_page(*reply, userid));
    for (auto& contact : page.contacts)  // whoever is added while pages are read moves others to the next one
      if (!holds(pages.contacts, contact.external_userid, &Contact::external_userid)) pages.contacts.push_back(std::move(contact));
    pages.next = std::move(page.next);
    return false;
  }

  /// The pages' effects and the place behind them, in one transaction.
  Result<> write(StaffPlace& place, const Keeper& keeper, const PageRead& page, Instant asked) {
    const std::string_view state = page.next.empty() ? "read" : "waiting";
    TRY(db_.write([&](Tx& tx) -> Result<> {
      TRY(const auto moved, tx.exec(kMoveStaff, run_.id, place.userid, place.pages, page.next, page.contacts.size(), state));
      if (moved == 0) return fail(Errc::conflict, "connect.sync_moved", place.userid);
      Report r(tx, run_);
      TRY(r.open());
      TRY(const auto applied, apply_contacts(tx, run_.corp_id, keeper, page.contacts, asked));
      for (std::size_t i = 0; i < applied.size(); ++i) TRY(report(r, page.contacts[i], applied[i]));
      r.counts.customers = static_cast<std::int64_t>(page.contacts.size());
      return r.close();
    }, key_));
    place.state = state;
    place.cursor = page.next;
    ++place.pages;
    return {};
  }

  Result<> restart(StaffPlace& place) {
    TRY(const auto moved, db_.write([&](Tx& tx) { return tx.exec(kRestart, run_.id, place.userid, place.pages); }, key_));
    if (moved == 0) return fail(Errc::conflict, "connect.sync_moved", place.userid);
    place.cursor.clear();
    ++place.pages;
    return {};
  }

  /// Whom we know and the platform's whole list of this member does not show any more.
  Result<> look_for_gone(const StaffPlace& place) {
    if (over_) return {};
    TRY(stopped());
    const auto asked = db_.clock().now();
    auto reply = platform_.get("externalcontact/list", {{"userid", place.userid}});
    if (!reply && refused_with(reply.error(), 84061)) reply = json::object{};
    if (!reply) return std::unexpected(std::move(reply).error());
    const auto ids = texts_in(*reply, "external_userid");
    const std::set<std::string, std::less<>> there(ids.begin(), ids.end());
    std::string after;
    for (;;) {
      TRY(const auto known, db_.read([&](Tx& tx) { return known_contacts(tx, run_.corp_id, place.userid, asked, after, kGoneBatch); }));
      std::vector<std::string> gone;
      for (const auto& id : known)
        if (!there.contains(id)) gone.push_back(id);
      if (!gone.empty()) TRY(drop(place, gone, asked));
      if (known.size() < static_cast<std::size_t>(kGoneBatch)) break;
      after = known.back();
    }
    TRY(stopped());
    return end(place, "done", "");
  }

  Result<> drop(const StaffPlace& place, const std::vector<std::string>& ids, Instant asked) {
    return db_.write([&](Tx& tx) -> Result<> {
      Report r(tx, run_);
      TRY(r.open());
      for (const auto& id : ids) {
        TRY(const auto gone, contact_gone(tx, run_.corp_id, place.userid, id, asked));
        if (!gone.person) continue;
        TRY(r.add("gone", place.userid, id, gone.person, "", ""));
        if (gone.owner) TRY(r.add("owner", place.userid, id, gone.person, gone.owner_before, gone.owner_now));
      }
      return r.close();
    }, key_);
  }

  Result<> end(const StaffPlace& place, std::string_view state, std::string_view error) {
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(const auto ended, tx.exec(kEndStaff, run_.id, place.userid, state, error));
      if (ended == 0) return fail(Errc::conflict, "connect.sync_moved", place.userid);
      Report r(tx, run_);
      ++(state == "done" ? r.counts.done : r.counts.failed);
      return r.close();
    }, key_);
  }

  Result<> own() {
    PersonId after;
    for (;;) {
      TRY(stopped());
      TRY(const auto people, db_.read([&](Tx& tx) { return ownerless(tx, after, kOwnBatch); }));
      if (people.empty()) return {};
      after = people.back().person;
      TRY(db_.write([&](Tx& tx) { return wecom::own(tx, people); }, key_));
    }
  }

  Db& db_;
  Platform& platform_;
  const Run& run_;
  const WalkOptions& options_;
  const ShardKey key_;
  std::atomic<bool> over_ = false;  // one lane met what ends them all
};

}  // namespace

Result<> plan_walk(Db& db, Platform& platform, const Run& run) {
  TRY(const auto reply, platform.get("externalcontact/get_follow_user_list", {}));
  const auto users = texts_in(reply, "follow_user");
  return db.write([&](Tx& tx) -> Result<> {
    for (const auto& user : users) {
      TRY(const auto staff, staff_of(tx, run.corp_id, user));
      TRY(tx.exec(kPlan, run.id, user, staff));
    }
    TRY(tx.exec(kTotal, run.id));
    return {};
  }, shard_of_corp(run.corp_id));
}

Result<> walk_customers(Db& db, Platform& platform, const Run& run, const WalkOptions& options) { return Walk(db, platform, run, options).go(); }

}  // namespace koi::connect::wecom
