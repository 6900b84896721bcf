// 商品图册 on the wire.
#include "connect/wecom/albums/albums.h"
#include "connect/wecom/sync.h"
#include "connect/wecom/sync_desk.h"
#include "http/wire.h"
#include "store/rows.h"

namespace koi::connect::wecom {

struct AlbumProductBody {
  std::string description;
  std::int64_t price = 0;
  std::optional<std::string> sn;
  std::vector<MediaId> pictures;
};
BOOST_DESCRIBE_STRUCT(AlbumProductBody, (), (description, price, sn, pictures))
struct NewAlbumProductBody {
  std::string corp_id, description;
  std::int64_t price = 0;
  std::optional<std::string> sn;
  std::vector<MediaId> pictures;
};
BOOST_DESCRIBE_STRUCT(NewAlbumProductBody, (), (corp_id, description, price, sn, pictures))
struct AlbumProductOut {
  AlbumProductId id;
  std::string corp_id, description;
  std::int64_t price = 0;
  std::string sn;
  std::vector<MediaId> pictures;
  std::string state, error, detail, created_by;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
};
BOOST_DESCRIBE_STRUCT(AlbumProductOut, (), (id, corp_id, description, price, sn, pictures, state, error, detail, created_by, ver, created_at, updated_at))
struct AlbumLookOut { std::string corp_id, name; std::optional<Instant> looked_at; std::string error, detail; };
BOOST_DESCRIBE_STRUCT(AlbumLookOut, (), (corp_id, name, looked_at, error, detail))
struct AlbumProductList { std::vector<AlbumProductOut> data; std::vector<AlbumLookOut> corps; };
BOOST_DESCRIBE_STRUCT(AlbumProductList, (), (data, corps))

namespace {

AlbumProductOut out_of(AlbumProduct&& p) {
  return {p.id, std::move(p.corp_id), std::move(p.spec.description), p.spec.price, std::move(p.spec.sn), std::move(p.spec.pictures), std::move(p.state), std::move(p.error),
          std::move(p.detail), std::move(p.created_by), p.ver, p.created_at, p.updated_at};
}
http::Reply reply_of(AlbumProduct&& p, bool fresh = false) {
  const auto ver = p.ver;
  return http::with_etag(fresh ? http::created(out_of(std::move(p))) : http::ok(out_of(std::move(p))), ver);
}
template <class Body>
PutAlbum put_of(const Body& b, http::Call& call) { return {{b.description, b.price, b.sn.value_or(""), b.pictures}, call.actor().name}; }
/// The desk looks at once.
void wake(http::Call& call, Tx& tx) {
  tx.after_commit([&db = call.db()] { SyncDesk::wake(db); });
}

Result<http::Answer> get_all(http::Call& call) {
  return call.read([](Tx& tx) -> Result<http::Reply> {
    AlbumProductList out;
    TRY(auto all, list_albums(tx));
    for (auto& one : all) out.data.push_back(out_of(std::move(one)));
    TRY(const auto looks, album_looks(tx));
    for (const auto& l : looks) out.corps.push_back({l.corp_id, l.name, l.looked_at, l.error, l.detail});
    return http::ok(out);
  });
}

Result<http::Answer> get_one(http::Call& call) {
  TRY(const auto id, call.path<AlbumProductId>("product"));
  return call.read([id](Tx& tx) -> Result<http::Reply> {
    TRY(auto one, find_album(tx, id));
    return reply_of(std::move(one));
  });
}

Result<http::Answer> post_new(http::Call& call) {
  TRY(const auto body, call.body<NewAlbumProductBody>());
  return call.write(shard_of_corp(body.corp_id), [&call, body](Tx& tx) -> Result<http::Reply> {
    TRY(auto one, create_album(tx, body.corp_id, put_of(body, call)));
    call.audit_subject(to_text(one.id));
    wake(call, tx);
    return reply_of(std::move(one), true);
  });
}

Result<http::Answer> put_one(http::Call& call) {
  TRY(const auto id, call.path<AlbumProductId>("product"));
  TRY(const auto body, call.body<AlbumProductBody>());
  call.audit_subject(to_text(id));
  return call.write(id, [&call, id, body](Tx& tx) -> Result<http::Reply> {
    TRY(const auto had, find_album(tx, id));
    TRY(http::check_match(call, had.ver));
    TRY(auto one, edit_album(tx, id, put_of(body, call)));
    wake(call, tx);
    return reply_of(std::move(one));
  });
}

Result<http::Answer> delete_one(http::Call& call) {
  TRY(const auto id, call.path<AlbumProductId>("product"));
  call.audit_subject(to_text(id));
  return call.write(id, [&call, id](Tx& tx) -> Result<http::Reply> {
    TRY(delete_album(tx, id));
    wake(call, tx);
    return http::no_content();
  });
}

Result<http::Answer> post_retry(http::Call& call) {
  TRY(const auto id, call.path<AlbumProductId>("product"));
  call.audit_subject(to_text(id));
  return call.write(id, [&call, id](Tx& tx) -> Result<http::Reply> {
    TRY(auto one, retry_album(tx, id));
    wake(call, tx);
    return reply_of(std::move(one));
  });
}

using http::None;
using http::route;
constexpr http::Route kRoutes[] = {
    route<None, None, AlbumProductList>("GET", "/v1/album-products", "channel.read", get_all, "商品图册", "Products of the album that guides show customers"),
    route<None, NewAlbumProductBody, AlbumProductOut>("POST", "/v1/album-products", "channel.send", post_new, "新建图册商品", "Add a product to the album"),
    route<None, None, AlbumProductOut>("GET", "/v1/album-products/{product}", "channel.read", get_one, "一件图册商品", "One product of the album"),
    route<None, AlbumProductBody, AlbumProductOut>("PUT", "/v1/album-products/{product}", "channel.send", put_one, "修改图册商品", "Change a product of the album", http::kIfMatch),
    route<None, None, None>("DELETE", "/v1/album-products/{product}", "channel.send", delete_one, "删除图册商品", "Take a product out of the album"),
    route<None, None, AlbumProductOut>("POST", "/v1/album-products/{product}:retry", "channel.send", post_retry, "重试图册商品", "Ask the platform for a product again"),
};

}  // namespace

std::span<const http::Route> album_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
