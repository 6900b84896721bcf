// Media on the wire.
#include "connect/wecom/media/media.h"
#include "http/wire.h"

namespace koi::connect::wecom {

struct MediaOut { MediaId id; std::string kind, name, type; std::int64_t size = 0; Instant created_at{}; };
BOOST_DESCRIBE_STRUCT(MediaOut, (), (id, kind, name, type, size, created_at))
struct MediaList { std::vector<MediaOut> data; std::optional<MediaId> next; };
BOOST_DESCRIBE_STRUCT(MediaList, (), (data, next))
struct MediaQuery { std::optional<std::string> kind; std::optional<MediaId> after; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(MediaQuery, (), (kind, after, limit))
struct NewMediaQuery { std::optional<std::string> name; };
BOOST_DESCRIBE_STRUCT(NewMediaQuery, (), (name))

namespace {

constexpr ShardKey kShard{0x3ed1a};

MediaOut out_of(const Media& m) { return {m.id, m.kind, m.name, m.type, m.size, m.created_at}; }

Result<Answer> get_list(Call& call) {
  TRY(const auto q, call.query<MediaQuery>());
  TRY(const int limit, http::page_limit(q.limit));
  return call.read([q, limit](Tx& tx) -> Result<Reply> {
    TRY(const auto all, list_media(tx, q.kind.value_or(""), q.after.value_or(MediaId{}), limit));
    MediaList out;
    for (const auto& m : all) out.data.push_back(out_of(m));
    if (all.size() == static_cast<std::size_t>(limit)) out.next = all.back().id;
    return http::ok(out);
  });
}

Result<Answer> post_media(Call& call) {
  TRY(const auto q, call.query<NewMediaQuery>());
  return call.write(kShard, [q, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto m, keep_media(tx, {q.name.value_or(""), call.request().body}));
    call.audit_subject(to_text(m.id));
    return http::created(out_of(m));
  });
}

/// Pictures are shown; anything else is handed over as a file, so that nothing of it runs here.
Result<Answer> get_bytes(Call& call) {
  TRY(const auto id, call.path<MediaId>("media"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(const auto m, find_media(tx, id));
    TRY(auto bytes, media_bytes(tx, id));
    Reply out{200, std::move(bytes), m.type, {}};
    out.headers.emplace_back("Cache-Control", "private, max-age=86400");
    out.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
    out.headers.emplace_back("X-Content-Type-Options", "nosniff");
    if (m.kind != "image") out.headers.emplace_back("Content-Disposition", "attachment");
    return out;
  });
}

Result<Answer> delete_media(Call& call) {
  TRY(const auto id, call.path<MediaId>("media"));
  call.audit_subject(to_text(id));
  return call.write(kShard, [id](Tx& tx) -> Result<Reply> {
    TRY(drop_media(tx, id));
    return http::no_content();
  });
}

using http::None, http::route;
constexpr http::Route kRoutes[] = {
    route<MediaQuery, None, MediaList>("GET", "/v1/media", "media.read", get_list, "素材列表", "Media"),
    route<NewMediaQuery, None, MediaOut>("POST", "/v1/media", "media.write", post_media, "上传素材", "Bring in a picture, film or file", http::kUpload),
    http::of_media(route<None, None, None>("GET", "/v1/media/{media}", "media.read", get_bytes, "下载素材", "The bytes"), "application/octet-stream"),
    route<None, None, None>("DELETE", "/v1/media/{media}", "media.write", delete_media, "删除素材", "Delete one that nothing carries"),
};

}  // namespace

std::span<const http::Route> media_routes() { return kRoutes; }

}  // namespace koi::connect::wecom
