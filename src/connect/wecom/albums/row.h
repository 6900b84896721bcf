/// Inside albums/: a product as it is kept.
#pragma once
#include "connect/wecom/albums/albums.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct AlbumRow {
  AlbumProductId id;
  std::string corp_id, description;
  std::int64_t price = 0;
  std::string sn, pictures;
  bool wanted = true;
  std::int64_t want_ver = 0, made_ver = 0;
  std::string product_id, asked;
  std::optional<Instant> asked_at;
  Instant look_at, try_at;
  std::string error, detail, created_by;
  Instant created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(AlbumRow, (), (id, corp_id, description, price, sn, pictures, wanted, want_ver, made_ver, product_id, asked, asked_at, look_at, try_at, error, detail, created_by,
                                     created_at, updated_at))
#define KOI_ALBUM \
  "SELECT a.id, a.corp_id, a.description, a.price, a.sn, a.pictures, a.wanted, a.want_ver, a.made_ver, a.product_id, a.asked, a.asked_at, a.look_at, a.try_at, a.error, a.detail, " \
  "a.created_by, a.created_at, a.updated_at FROM connect_wecom_album a "

/// The ids of pictures, as they are kept.
std::vector<MediaId> pictures_of(std::string_view kept);

}  // namespace koi::connect::wecom
