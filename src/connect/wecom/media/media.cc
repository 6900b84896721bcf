#include "connect/wecom/media/media.h"

#include <algorithm>

#include "base/crypto.h"
#include "base/say.h"
#include "base/text.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/platform.h"
#include "entry/arrivals.h"
#include "store/rows.h"

namespace koi::connect::wecom {

BOOST_DESCRIBE_STRUCT(Media, (), (id, kind, name, type, digest, size, created_at))
struct BroughtRow { std::string platform_id; Instant made_at; };
BOOST_DESCRIBE_STRUCT(BroughtRow, (), (platform_id, made_at))
struct BytesRow { store::Blob bytes; };
BOOST_DESCRIBE_STRUCT(BytesRow, (), (bytes))

namespace {

#define KOI_MEDIA "SELECT id, kind, name, type, digest, size, created_at FROM connect_media "
constexpr std::string_view kSame = KOI_MEDIA "WHERE kind = $1 AND digest = $2 AND name = $3";
constexpr std::string_view kById = KOI_MEDIA "WHERE id = $1";
constexpr std::string_view kList = KOI_MEDIA "WHERE ($1 = '' OR kind = $1) AND ($2 = 0 OR id < $2) ORDER BY id DESC LIMIT $3";
constexpr std::string_view kAdd = "INSERT INTO connect_media (id, kind, name, type, digest, size, bytes, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
constexpr std::string_view kBytes = "SELECT bytes FROM connect_media WHERE id = $1";
constexpr std::string_view kDrop = "DELETE FROM connect_media WHERE id = $1";
constexpr std::string_view kDropBrought = "DELETE FROM connect_wecom_media WHERE media = $1";
constexpr std::string_view kForgetBrought = "DELETE FROM connect_wecom_media WHERE corp_id = $1";
constexpr std::string_view kBrought = "SELECT platform_id, made_at FROM connect_wecom_media WHERE corp_id = $1 AND media = $2 AND place = $3";
constexpr std::string_view kBring =
    "INSERT INTO connect_wecom_media (corp_id, media, place, platform_id, made_at) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (corp_id, media, place) DO UPDATE SET platform_id = excluded.platform_id, made_at = excluded.made_at";
constexpr std::size_t kNameMax = 80;

struct Look { std::string_view kind, type; };
/// By what stands at the beginning; a name says nothing.
Look look_of(std::string_view b) {
  if (b.starts_with("\xff\xd8\xff")) return {"image", "image/jpeg"};
  if (b.starts_with("\x89PNG\r\n\x1a\n")) return {"image", "image/png"};
  if (b.size() > 12 && b.substr(4, 4) == "ftyp") return {"video", "video/mp4"};
  if (b.starts_with("%PDF-")) return {"file", "application/pdf"};
  return {"file", "application/octet-stream"};
}

/// A file's last name without what a header or a path would stumble over.
std::string plain_name(std::string_view name, const Look& look) {
  if (const auto stroke = name.find_last_of("/\\"); stroke != name.npos) name.remove_prefix(stroke + 1);
  std::string out(take_chars(valid_utf8(name) ? trim(name) : std::string_view(), kNameMax));
  for (auto& c : out)
    if ((c >= 0 && c < ' ') || c == '"' || c == ';' || c == '\x7f') c = '_';
  if (!out.empty()) return out;
  return look.type == "image/jpeg" ? "picture.jpg" : look.type == "image/png" ? "picture.png" : look.kind == "video" ? "film.mp4" : "file";
}

std::string_view place_text(Place place) {
  constexpr std::string_view kPlaces[] = {"message", "moment", "album"};
  return kPlaces[static_cast<std::size_t>(place)];
}

Result<bool> welcomes_carry(Tx& tx, std::string_view id) {
  TRY(const auto all, entry::welcome_media(tx, id));
  return holds(all, id);
}

std::vector<MediaUser>& users() {
  static std::vector<MediaUser> all = {welcomes_carry};
  return all;
}

/// One file as a form of the web would send it.
struct Form { std::string content_type, body; };
Form form_of(const Media& m, const std::string& bytes) {
  const auto mark = "koi" + m.digest.substr(0, 40);
  Form out{"multipart/form-data; boundary=" + mark, {}};
  out.body.reserve(bytes.size() + 400);
  out.body = "--" + mark + "\r\nContent-Disposition: form-data; name=\"media\"; filename=\"" + m.name + "\"; filelength=" + std::to_string(bytes.size()) +
             "\r\nContent-Type: " + m.type + "\r\n\r\n";
  out.body += bytes;
  out.body += "\r\n--" + mark + "--\r\n";
  return out;
}

}  // namespace

bool know_media_user(MediaUser fn) {
  users().push_back(fn);
  return true;
}

Result<Media> keep_media(Tx& tx, const NewMedia& cmd) {
  if (cmd.bytes.size() < kMediaMin) return fail(Errc::invalid, "connect.media_empty");
  const auto look = look_of(cmd.bytes);
  const auto max = look.kind == "image" ? kImageMax : look.kind == "video" ? kVideoMax : kFileMax;
  if (cmd.bytes.size() > max) return fail(Errc::too_large, "connect.media_large", say("at most {} MB", "最大 {} MB", max >> 20));
  const auto name = plain_name(cmd.name, look);
  const auto digest = hex(sha256(cmd.bytes));
  TRY(const auto same, tx.maybe<Media>(kSame, look.kind, digest, name));
  if (same) return *same;
  const Media out{tx.next_id<MediaId>(), std::string(look.kind), name, std::string(look.type), digest, static_cast<std::int64_t>(cmd.bytes.size()), tx.now()};
  TRY(tx.exec(kAdd, out.id, out.kind, out.name, out.type, out.digest, out.size, store::Blob{std::string(cmd.bytes)}, out.created_at));
  return out;
}

Result<Media> find_media(Tx& tx, MediaId id) {
  TRY(auto found, tx.maybe<Media>(kById, id));
  if (!found) return fail(Errc::not_found, "connect.no_media", to_text(id));
  return std::move(*found);
}
Result<std::string> media_bytes(Tx& tx, MediaId id) {
  TRY(auto found, tx.maybe<BytesRow>(kBytes, id));
  if (!found) return fail(Errc::not_found, "connect.no_media", to_text(id));
  return std::move(found->bytes.bytes);
}
Result<std::vector<Media>> list_media(Tx& tx, std::string_view kind, MediaId before, int limit) { return tx.all<Media>(kList, kind, before.v, limit); }

Result<> drop_media(Tx& tx, MediaId id) {
  TRY(find_media(tx, id));
  for (const auto user : users()) {
    TRY(const bool carries, user(tx, to_text(id)));
    if (carries) return fail(Errc::conflict, "connect.media_in_use");
  }
  TRY(tx.exec(kDropBrought, id));
  TRY(tx.exec(kDrop, id));
  return {};
}

Result<> forget_brought_media(Tx& tx, std::string_view corp) {
  TRY(tx.exec(kForgetBrought, corp));
  return {};
}

Result<std::string> known_media(Tx& tx, std::string_view corp, MediaId id, Place place, Millis age_max) {
  TRY(const auto row, tx.maybe<BroughtRow>(kBrought, corp, id, place_text(place)));
  return row && tx.now() - row->made_at < age_max ? row->platform_id : std::string();
}

Result<std::string> bring_media(Db& db, Platform& platform, const std::string& corp, MediaId id, Place place) {
  struct Found { Media media; std::string bytes, known; };
  TRY(const auto found, db.read([&](Tx& tx) -> Result<Found> {
    Found out;
    TRY(out.media, find_media(tx, id));
    TRY(out.known, known_media(tx, corp, id, place));
    if (out.known.empty()) { TRY(out.bytes, media_bytes(tx, id)); }
    return out;
  }));
  if (!found.known.empty()) return found.known;
  const auto form = form_of(found.media, found.bytes);
  const bool message = place == Place::message;
  const Query query = message ? Query{{"type", found.media.kind}} : Query{{"media_type", found.media.kind}, {"attachment_type", place == Place::moment ? "1" : "2"}};
  const auto asked = db.clock().now();  // it may live from then on
  TRY(const auto reply, platform.upload(message ? "media/upload" : "media/upload_attachment", query, form.content_type, form.body));
  auto name = text_in(reply, "media_id");
  if (name.empty()) return fail(Errc::malformed, "connect.wecom_reply", "media_id");
  TRY(db.write([&](Tx& tx) -> Result<> {
    TRY(tx.exec(kBring, corp, id, place_text(place), name, asked));
    return {};
  }));
  return name;
}

Result<> tend_welcome_media(Db& db, Platform& platform, const std::string& corp) {
  TRY(const auto all, db.read([](Tx& tx) { return entry::welcome_media(tx, std::string(MediaTag::prefix) + "_"); }));
  for (const auto& text : all) {
    const auto id = parse_id(MediaTag::prefix, text);
    if (!id) continue;
    const auto brought = bring_media(db, platform, corp, MediaId{*id});
    if (!brought && brought.error().kind != Errc::not_found && brought.error().code != "connect.wecom_refused") return std::unexpected(brought.error());
  }
  return {};
}

}  // namespace koi::connect::wecom
