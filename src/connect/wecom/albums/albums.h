/// 商品图册: products that guides show customers from the chat's toolbar. What stands here is what is wanted; tend_albums() brings
/// the platform to it. An app sees only products it made itself, so those made elsewhere are neither listed nor touched. Owns
/// connect_wecom_album, connect_wecom_album_look.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"
#include "connect/wecom/media/media.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Platform;

struct AlbumProductTag { static constexpr std::string_view prefix = "alb"; };
using AlbumProductId = Id<AlbumProductTag>;

/// The platform's limits; that of the number of products is not published, ours keeps the list readable.
inline constexpr std::size_t kAlbumDescription = 300, kAlbumSn = 128, kAlbumPictures = 9;
inline constexpr std::int64_t kAlbumPrice = 5'000'000;  // fen
inline constexpr int kAlbumProducts = 1000;             // of a corp, here

struct AlbumSpec {
  std::string description;
  std::int64_t price = 0;         // fen
  std::string sn;                 // the merchant's own number of it, or ""
  std::vector<MediaId> pictures;  // in their order
};

/// making: not there yet as it should be; well; unknown: asked for, no answer, to be looked for; refused: with errcode, tried again
/// in an hour; gone: it is no longer in the platform's list; leaving: to be taken away there, with
/// errcode when that was refused.
struct AlbumProduct {
  AlbumProductId id;
  std::string corp_id;
  AlbumSpec spec;
  std::string state, product_id, error, detail, created_by;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
};
struct PutAlbum { AlbumSpec spec; std::string by; };

/// Texts are trimmed. invalid "connect.album_description" (1 to 300 letters), "connect.album_price" (0 to 50,000.00 yuan),
/// "connect.album_sn" (letters and digits, at most 128), "connect.album_pictures" (1 to 9, each once), "connect.album_picture" (no
/// picture of ours); not_found "connect.no_corp", "connect.no_media"; exhausted "connect.albums_full".
Result<AlbumProduct> create_album(Tx& tx, std::string_view corp_id, const PutAlbum& put);
/// The same; not_found "connect.no_album". What is gone at the platform is made anew.
Result<AlbumProduct> edit_album(Tx& tx, AlbumProductId id, const PutAlbum& put);
/// Is taken away at the platform first, then here. Repeat-safe.
Result<> delete_album(Tx& tx, AlbumProductId id);
/// Asks for what was refused, its leaving too, or is gone once more, now.
Result<AlbumProduct> retry_album(Tx& tx, AlbumProductId id);
Result<AlbumProduct> find_album(Tx& tx, AlbumProductId id);
/// Of corps that are connected, newest first.
Result<std::vector<AlbumProduct>> list_albums(Tx& tx);

struct AlbumLook { std::string corp_id, name; std::optional<Instant> looked_at; std::string error, detail; };
Result<std::vector<AlbumLook>> album_looks(Tx& tx);

/// The platform was made anew, as a simulated one is at every start: nothing of ours stands there.
Result<> forget_made_albums(Tx& tx, std::string_view corp_id);

struct AlbumsDone { int made = 0, changed = 0, deleted = 0, adopted = 0, refused = 0, waiting = 0, gone = 0; };
/// One round over what is due, and every six hours over what the platform still has. An attempt to make a product is written down
/// before it is asked for; when no answer came it is looked for by what it says, after it has settled, before it is asked for
/// again. Refusals stand on the row. Passes up what is nobody's fault. Not from the Writer's thread.
Result<AlbumsDone> tend_albums(Db& db, Platform& platform, const std::string& corp);

std::span<const http::Route> album_routes();

}  // namespace koi::connect::wecom
