// Brings the platform to the products that are wanted, and notices those that are no longer there.
#include <algorithm>

#include "base/text.h"
#include "connect/wecom/albums/row.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/sync.h"

namespace koi::connect::wecom {

struct AlbumLookRow { Instant look_at; };
BOOST_DESCRIBE_STRUCT(AlbumLookRow, (), (look_at))

namespace {

constexpr std::string_view kDue =
    KOI_ALBUM "WHERE a.corp_id = $1 AND a.try_at <= $2 AND a.look_at <= $2 AND (a.want_ver > a.made_ver OR a.wanted = 0) ORDER BY a.id LIMIT 50";
constexpr std::string_view kAsking =
    "UPDATE connect_wecom_album SET asked = CASE WHEN asked_at IS NULL THEN $2 ELSE asked END, asked_at = COALESCE(asked_at, $3), look_at = $4 WHERE id = $1";
constexpr std::string_view kNeverAsked = "UPDATE connect_wecom_album SET asked = '', asked_at = NULL, look_at = 0 WHERE id = $1";
constexpr std::string_view kMade =
    "UPDATE connect_wecom_album SET product_id = $2, made_ver = $3, asked = '', asked_at = NULL, look_at = 0, try_at = 0, error = '', detail = '' WHERE id = $1";
constexpr std::string_view kFound = "UPDATE connect_wecom_album SET product_id = $2, asked = '', asked_at = NULL, look_at = 0 WHERE id = $1";
constexpr std::string_view kLost = "UPDATE connect_wecom_album SET product_id = '' WHERE id = $1";
constexpr std::string_view kLater = "UPDATE connect_wecom_album SET look_at = $2 WHERE id = $1";
// Of what was asked for: when it was written anew meanwhile, the next round asks at once.
constexpr std::string_view kRefused =
    "UPDATE connect_wecom_album SET asked = CASE WHEN product_id = '' THEN '' ELSE asked END, asked_at = CASE WHEN product_id = '' THEN NULL ELSE asked_at END, look_at = 0, "
    "error = CASE WHEN want_ver = $2 THEN $3 ELSE error END, detail = CASE WHEN want_ver = $2 THEN $4 ELSE detail END, try_at = CASE WHEN want_ver = $2 THEN $5 ELSE try_at END WHERE id = $1";
constexpr std::string_view kDrop = "DELETE FROM connect_wecom_album WHERE id = $1 AND wanted = 0";
constexpr std::string_view kOurs = "SELECT COUNT(*) FROM connect_wecom_album WHERE corp_id = $1 AND product_id = $2";
constexpr std::string_view kStanding = KOI_ALBUM "WHERE a.corp_id = $1 AND a.product_id <> '' AND a.wanted = 1 ORDER BY a.id LIMIT 1000";
constexpr std::string_view kGone =
    "UPDATE connect_wecom_album SET product_id = '', made_ver = want_ver, error = 'connect.album_gone', detail = '' WHERE id = $1 AND product_id = $2 AND want_ver = $3 AND made_ver = $3";
constexpr std::string_view kLook = "SELECT look_at FROM connect_wecom_album_look WHERE corp_id = $1";
constexpr std::string_view kLooked =
    "INSERT INTO connect_wecom_album_look (corp_id, look_at, looked_at, error, detail) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (corp_id) DO UPDATE SET "
    "look_at = excluded.look_at, looked_at = COALESCE(excluded.looked_at, connect_wecom_album_look.looked_at), error = excluded.error, detail = excluded.detail";

/// By then a request whose answer was lost has landed or never will.
constexpr auto kSettle = std::chrono::seconds(60);
constexpr auto kTryAgain = std::chrono::hours(1), kLookEvery = std::chrono::hours(6);
constexpr std::size_t kDetailMax = 300, kPagesMax = 100;
constexpr int kPage = 100;

/// What a product looks like in the platform's list.
std::string looks(std::string_view description, std::int64_t price, std::string_view sn) { return json::serialize(json::array{description, price, sn}); }
std::string looks(const AlbumRow& row) { return looks(row.description, row.price, row.sn); }
std::string looks(const json::object& listed) { return looks(text_in(listed, "description"), number_in(listed, "price"), text_in(listed, "product_sn")); }
bool is_in(const std::vector<json::object>& listed, const AlbumRow& row) {
  return std::ranges::any_of(listed, [&](const json::object& one) { return text_in(one, "product_id") == row.product_id; });
}

class AlbumRound {
 public:
  AlbumRound(Db& db, Platform& platform, const std::string& corp) : db_(db), platform_(platform), corp_(corp) {}

  Result<> go() {
    TRY(const auto due, db_.read([&](Tx& tx) { return tx.all<AlbumRow>(kDue, corp_, tx.now()); }));
    for (const auto& row : due) TRY(bring(row));
    return {};
  }

  /// What of ours the platform still has, when it is time; a corp that shows nothing there is not asked.
  Result<> look() {
    TRY(const auto standing, db_.read([&](Tx& tx) -> Result<std::vector<AlbumRow>> {
      TRY(const auto at, tx.maybe<AlbumLookRow>(kLook, corp_));
      if (at && at->look_at > tx.now()) return std::vector<AlbumRow>();
      return tx.all<AlbumRow>(kStanding, corp_);
    }));
    if (standing.empty()) return {};
    const auto looked = compare(standing);
    if (looked || looked.error().code != "connect.wecom_refused") return looked;
    return note(kLooked, corp_, db_.clock().now() + kLookEvery, std::optional<Instant>{}, looked.error().code, take_chars(looked.error().detail, kDetailMax));
  }

  AlbumsDone done() const { return done_; }

 private:
  template <class... A>
  Result<> note(std::string_view sql, const A&... args) {
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(sql, args...));
      return {};
    }, shard_of_corp(corp_));
  }
  Result<> wait(const AlbumRow& row) {
    ++done_.waiting;
    return note(kLater, row.id, db_.clock().now() + kSettle);
  }
  Result<> refused(const AlbumRow& row, const Error& e) {
    if (e.code != "connect.wecom_refused" && e.kind != Errc::not_found) return std::unexpected(e);
    ++done_.refused;
    return note(kRefused, row.id, row.want_ver, e.code, take_chars(e.detail, kDetailMax), db_.clock().now() + kTryAgain);
  }

  Result<> bring(const AlbumRow& row) {
    if (row.asked_at) {
      TRY(const auto there, find(row.asked));
      if (there) {
        ++done_.adopted;
        TRY(note(kFound, row.id, *there));
        auto ours = row;
        ours.product_id = *there;
        return row.wanted ? change(ours) : remove(ours);
      }
      TRY(note(kNeverAsked, row.id));
    }
    if (!row.wanted) return row.product_id.empty() ? drop(row) : remove(row);
    return row.product_id.empty() ? add(row) : change(row);
  }

  Result<json::object> body_of(const AlbumRow& row) {
    json::array pictures;
    for (const auto id : pictures_of(row.pictures)) {
      TRY(const auto media, bring_media(db_, platform_, corp_, id, Place::album));
      pictures.push_back({{"type", "image"}, {"image", {{"media_id", media}}}});
    }
    return json::object{{"description", row.description}, {"price", row.price}, {"product_sn", row.sn}, {"attachments", std::move(pictures)}};
  }

  Result<> add(const AlbumRow& row) {
    const auto body = body_of(row);
    if (!body) return refused(row, body.error());
    const auto now = db_.clock().now();
    TRY(note(kAsking, row.id, looks(row), now, now + kSettle));
    const auto reply = platform_.ask("externalcontact/add_product_album", *body);
    if (reply) {
      ++done_.made;
      return note(kMade, row.id, text_in(*reply, "product_id"), row.want_ver);
    }
    if (never_answered(reply.error())) {
      ++done_.waiting;
      return {};
    }
    if (reply.error().code == "connect.wecom_refused") return refused(row, reply.error());
    TRY(note(kNeverAsked, row.id));  // it never left, or was not done
    return std::unexpected(reply.error());
  }

  Result<> change(const AlbumRow& row) {
    auto body = body_of(row);
    if (!body) return refused(row, body.error());
    (*body)["product_id"] = row.product_id;
    const auto reply = platform_.ask("externalcontact/update_product_album", *body);
    if (!reply && never_answered(reply.error())) return wait(row);  // saying it again does no harm
    if (!reply) return stands(row, reply.error()) ? refused(row, reply.error()) : note(kLost, row.id);  // made anew by the next round
    ++done_.changed;
    return note(kMade, row.id, row.product_id, row.want_ver);
  }

  Result<> remove(const AlbumRow& row) {
    const auto reply = platform_.ask("externalcontact/delete_product_album", {{"product_id", row.product_id}});
    if (!reply && never_answered(reply.error())) return wait(row);
    return !reply && stands(row, reply.error()) ? refused(row, reply.error()) : drop(row);
  }
  Result<> drop(const AlbumRow& row) {
    ++done_.deleted;
    return note(kDrop, row.id);
  }

  Result<std::vector<json::object>> listed() {
    std::vector<json::object> out;
    std::string cursor;
    for (std::size_t page = 0; page < kPagesMax; ++page) {
      json::object body{{"limit", kPage}};
      if (!cursor.empty()) body["cursor"] = cursor;
      TRY(const auto reply, platform_.ask("externalcontact/get_product_album_list", body));
      for (const auto& v : array_in(reply, "product_list"))
        if (v.is_object()) out.push_back(v.get_object());
      cursor = text_in(reply, "next_cursor");
      if (cursor.empty()) return out;
    }
    return fail(Errc::malformed, "connect.wecom_reply", "product_list");  // an endless list says nothing of what is missing
  }

  /// Whether it is there still, after a refusal: a number nobody knows and words nobody likes may be refused alike.
  bool stands(const AlbumRow& row, const Error& e) {
    if (e.code != "connect.wecom_refused") return true;
    const auto all = listed();
    return !all || is_in(*all, row);
  }

  /// The one an earlier attempt made.
  Result<std::optional<std::string>> find(const std::string& asked) {
    TRY(const auto all, listed());
    for (const auto& one : all) {
      if (looks(one) != asked) continue;
      const auto id = text_in(one, "product_id");
      TRY(const auto ours, db_.read([&](Tx& tx) { return tx.one<std::int64_t>(kOurs, corp_, id); }));
      if (ours == 0) return id;
    }
    return std::nullopt;
  }

  Result<> compare(const std::vector<AlbumRow>& standing) {
    TRY(const auto all, listed());
    return db_.write([&](Tx& tx) -> Result<> {
      for (const auto& row : standing) {
        if (is_in(all, row)) continue;
        TRY(tx.exec(kGone, row.id, row.product_id, row.want_ver));
        ++done_.gone;
      }
      TRY(tx.exec(kLooked, corp_, tx.now() + kLookEvery, std::optional(tx.now()), "", ""));
      return {};
    }, shard_of_corp(corp_));
  }

  Db& db_;
  Platform& platform_;
  const std::string& corp_;
  AlbumsDone done_;
};

}  // namespace

Result<AlbumsDone> tend_albums(Db& db, Platform& platform, const std::string& corp) {
  AlbumRound round(db, platform, corp);
  TRY(round.go());
  TRY(round.look());
  return round.done();
}

}  // namespace koi::connect::wecom
