// What is wanted: products as an operator wrote them.
#include "connect/wecom/albums/albums.h"

#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "connect/wecom/albums/row.h"
#include "connect/wecom/fields.h"

namespace koi::connect::wecom {

BOOST_DESCRIBE_STRUCT(AlbumLook, (), (corp_id, name, looked_at, error, detail))

namespace {

constexpr std::string_view kFind = KOI_ALBUM "WHERE a.id = $1 AND a.wanted = 1";
constexpr std::string_view kAny = KOI_ALBUM "WHERE a.id = $1";
constexpr std::string_view kList = KOI_ALBUM "JOIN connect_corp c ON c.corp_id = a.corp_id WHERE c.disabled = 0 ORDER BY a.created_at DESC, a.id DESC LIMIT 2000";
constexpr std::string_view kInsert =
    "INSERT INTO connect_wecom_album (id, corp_id, description, price, sn, pictures, wanted, want_ver, made_ver, product_id, asked, asked_at, look_at, try_at, error, detail, "
    "created_by, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, 1, 1, 0, '', '', NULL, 0, 0, '', '', $7, $8, $8)";
constexpr std::string_view kUpdate =
    "UPDATE connect_wecom_album SET description = $2, price = $3, sn = $4, pictures = $5, want_ver = want_ver + 1, try_at = 0, error = '', detail = '', updated_at = $6 "
    "WHERE id = $1 AND wanted = 1";
constexpr std::string_view kRetry = "UPDATE connect_wecom_album SET want_ver = want_ver + 1, try_at = 0, error = '', detail = '', updated_at = $2 WHERE id = $1";
constexpr std::string_view kUnwant = "UPDATE connect_wecom_album SET wanted = 0, want_ver = want_ver + 1, try_at = 0, error = '', detail = '', updated_at = $2 WHERE id = $1";
// Nothing of it is there, nor can be.
constexpr std::string_view kDropIdle = "DELETE FROM connect_wecom_album WHERE id = $1 AND wanted = 0 AND product_id = '' AND asked_at IS NULL";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM connect_wecom_album WHERE corp_id = $1";
constexpr std::string_view kCorp = "SELECT COUNT(*) FROM connect_corp WHERE corp_id = $1 AND disabled = 0";
constexpr std::string_view kCarriers = "SELECT COUNT(*) FROM connect_wecom_album WHERE wanted = 1 AND pictures LIKE $1";
constexpr std::string_view kLooks =
    "SELECT c.corp_id, c.name, k.looked_at, COALESCE(k.error, ''), COALESCE(k.detail, '') FROM connect_corp c LEFT JOIN connect_wecom_album_look k ON k.corp_id = c.corp_id "
    "WHERE c.disabled = 0 ORDER BY c.created_at, c.corp_id LIMIT 100";
constexpr std::string_view kForgetLook = "DELETE FROM connect_wecom_album_look WHERE corp_id = $1";
constexpr std::string_view kDropUnwanted = "DELETE FROM connect_wecom_album WHERE corp_id = $1 AND wanted = 0";
constexpr std::string_view kForgetMade =
    "UPDATE connect_wecom_album SET product_id = '', made_ver = 0, asked = '', asked_at = NULL, look_at = 0, try_at = 0, error = '', detail = '' WHERE corp_id = $1";

Result<bool> albums_carry(Tx& tx, std::string_view media) {
  TRY(const auto n, tx.one<std::int64_t>(kCarriers, "%\"" + std::string(media) + "\"%"));
  return n > 0;
}
[[maybe_unused]] const bool kAlbumsCarry = know_media_user(albums_carry);

std::string state_of(const AlbumRow& r) {
  if (!r.wanted) return "leaving";
  if (r.error == "connect.album_gone") return "gone";
  if (!r.error.empty()) return "refused";
  if (r.made_ver == r.want_ver) return "well";
  return r.asked_at ? "unknown" : "making";
}

AlbumProduct product_of(AlbumRow&& r) {
  AlbumProduct out;
  out.state = state_of(r);
  out.id = r.id, out.ver = r.want_ver, out.created_at = r.created_at, out.updated_at = r.updated_at;
  out.spec = {std::move(r.description), r.price, std::move(r.sn), pictures_of(r.pictures)};
  out.corp_id = std::move(r.corp_id), out.product_id = std::move(r.product_id), out.error = std::move(r.error), out.detail = std::move(r.detail), out.created_by = std::move(r.created_by);
  return out;
}
Result<AlbumProduct> read_album(Tx& tx, std::string_view sql, AlbumProductId id) {
  TRY(auto row, tx.maybe<AlbumRow>(sql, id));
  if (!row) return fail(Errc::not_found, "connect.no_album", to_text(id));
  return product_of(std::move(*row));
}

bool letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// As it is kept.
struct CheckedAlbum { std::string description, sn, pictures; };

Result<std::string> pictures_kept(Tx& tx, const AlbumSpec& spec) {
  if (spec.pictures.empty() || spec.pictures.size() > kAlbumPictures) return fail(Errc::invalid, "connect.album_pictures", std::to_string(spec.pictures.size()), "/pictures");
  json::array out;
  for (std::size_t i = 0; i < spec.pictures.size(); ++i) {
    const auto at = "/pictures/" + std::to_string(i);
    if (std::ranges::count(spec.pictures, spec.pictures[i]) > 1) return fail(Errc::invalid, "connect.album_pictures", say("the same twice", "重复的图片"), at);
    auto media = find_media(tx, spec.pictures[i]);
    if (!media) return fail(media.error().kind, media.error().code, media.error().detail, at);
    if (media->kind != "image") return fail(Errc::invalid, "connect.album_picture", media->name, at);
    out.emplace_back(to_text(spec.pictures[i]));
  }
  return json::serialize(out);
}

Result<CheckedAlbum> checked_album(Tx& tx, const AlbumSpec& spec) {
  CheckedAlbum out{std::string(trim(spec.description)), std::string(trim(spec.sn)), {}};
  if (out.description.empty() || !valid_utf8(out.description) || count_chars(out.description) > kAlbumDescription) return fail(Errc::invalid, "connect.album_description", {}, "/description");
  if (spec.price < 0 || spec.price > kAlbumPrice) return fail(Errc::invalid, "connect.album_price", std::to_string(spec.price), "/price");
  if (out.sn.size() > kAlbumSn || !std::ranges::all_of(out.sn, letter_or_digit)) return fail(Errc::invalid, "connect.album_sn", out.sn, "/sn");
  TRY(out.pictures, pictures_kept(tx, spec));
  return out;
}

}  // namespace

std::vector<MediaId> pictures_of(std::string_view kept) {
  std::vector<MediaId> out;
  const auto all = json::parse(kept);
  for (const auto& v : all.as_array())
    if (const auto id = parse_id(MediaTag::prefix, v.as_string())) out.push_back(MediaId{*id});
  return out;
}

Result<AlbumProduct> find_album(Tx& tx, AlbumProductId id) { return read_album(tx, kFind, id); }

Result<std::vector<AlbumProduct>> list_albums(Tx& tx) {
  std::vector<AlbumProduct> out;
  TRY(tx.each<AlbumRow>(kList, [&](AlbumRow&& row) -> Result<> {
    out.push_back(product_of(std::move(row)));
    return {};
  }));
  return out;
}

Result<AlbumProduct> create_album(Tx& tx, std::string_view corp, const PutAlbum& put) {
  TRY(const auto known, tx.one<std::int64_t>(kCorp, corp));
  if (known == 0) return fail(Errc::not_found, "connect.no_corp", std::string(corp), "/corp_id");
  TRY(const auto n, tx.one<std::int64_t>(kCount, corp));
  if (n >= kAlbumProducts) return fail(Errc::exhausted, "connect.albums_full", std::to_string(kAlbumProducts));
  TRY(const auto c, checked_album(tx, put.spec));
  const auto id = tx.next_id<AlbumProductId>();
  TRY(tx.exec(kInsert, id, corp, c.description, put.spec.price, c.sn, c.pictures, put.by, tx.now()));
  return find_album(tx, id);
}

Result<AlbumProduct> edit_album(Tx& tx, AlbumProductId id, const PutAlbum& put) {
  TRY(find_album(tx, id));
  TRY(const auto c, checked_album(tx, put.spec));
  TRY(tx.exec(kUpdate, id, c.description, put.spec.price, c.sn, c.pictures, tx.now()));
  return find_album(tx, id);
}

Result<> delete_album(Tx& tx, AlbumProductId id) {
  TRY(const auto had, tx.maybe<AlbumRow>(kAny, id));
  if (!had) return {};
  TRY(tx.exec(kUnwant, id, tx.now()));
  TRY(tx.exec(kDropIdle, id));
  return {};
}

Result<AlbumProduct> retry_album(Tx& tx, AlbumProductId id) {
  TRY(tx.exec(kRetry, id, tx.now()));
  return read_album(tx, kAny, id);
}

Result<std::vector<AlbumLook>> album_looks(Tx& tx) { return tx.all<AlbumLook>(kLooks); }

Result<> forget_made_albums(Tx& tx, std::string_view corp) {
  TRY(tx.exec(kDropUnwanted, corp));
  TRY(tx.exec(kForgetMade, corp));
  TRY(tx.exec(kForgetLook, corp));
  return {};
}

}  // namespace koi::connect::wecom
