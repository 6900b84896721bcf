// Pictures of groups' codes, and the code on the poster as a picture.
#include "base/say.h"
#include "entry/group_api.h"
#include "entry/picture.h"
#include "entry/visit.h"

namespace koi::entry {

struct GroupImageOut {
  GroupImageId id;
  GroupEntryId entry;
  std::string name, type;
  std::int64_t size = 0;
  Instant uploaded_at, expires_at;
  bool expired = false, ends_soon = false;  // soon: within a day
};
BOOST_DESCRIBE_STRUCT(GroupImageOut, (), (id, entry, name, type, size, uploaded_at, expires_at, expired, ends_soon))
struct GroupImagesOut { std::vector<GroupImageOut> data; Instant as_of; };
BOOST_DESCRIBE_STRUCT(GroupImagesOut, (), (data, as_of))
struct GroupImageQuery { std::optional<std::string> name; std::optional<GroupImageId> instead; std::optional<Instant> expires_at; };
BOOST_DESCRIBE_STRUCT(GroupImageQuery, (), (name, instead, expires_at))
struct GroupQrQuery { std::optional<std::string> format; std::optional<std::int64_t> size; std::optional<bool> logo; };
BOOST_DESCRIBE_STRUCT(GroupQrQuery, (), (format, size, logo))

namespace {

constexpr auto kSoon = std::chrono::hours(24);

GroupImageOut image_out(const GroupImage& image, const GroupSpec& spec, Instant now) {
  GroupImageOut out{image.id, image.entry, {}, image.type, image.size, image.uploaded_at, image.expires_at, image.expires_at <= now, false};
  out.ends_soon = !out.expired && image.expires_at <= now + kSoon;
  for (const auto& e : spec.entries)
    if (e.id == image.entry) out.name = e.name;
  return out;
}

Result<Answer> get_images(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  return call.read([id, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto code, find_group_code(tx, scope, id));
    TRY(const auto images, group_images(tx, scope, id));
    GroupImagesOut out{{}, tx.now()};
    for (const auto& image : images) out.data.push_back(image_out(image, code.spec, tx.now()));
    return http::ok(out);
  });
}

Result<Answer> post_image(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  TRY(const auto query, call.query<GroupImageQuery>());
  call.audit_subject(to_text(id));
  return call.write(shard_of(id), [id, query, &call](Tx& tx) -> Result<Reply> {
    const PutGroupImage cmd{id, query.instead.value_or(GroupImageId{}), call.request().body, query.name.value_or(""), query.expires_at};
    TRY(const auto image, put_group_image(tx, call.scope(), cmd));
    TRY(const auto code, find_group_code(tx, call.scope(), id));
    return http::created(image_out(image, code.spec, tx.now()));
  });
}

Result<Answer> get_image(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  TRY(const auto image, call.path<GroupImageId>("image"));
  return call.read([id, image, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(auto found, group_image_bytes(tx, scope, id, image));
    auto out = picture_reply(std::move(found.bytes), found.type);
    out.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
    return out;
  });
}

Result<Answer> delete_image(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  TRY(const auto image, call.path<GroupImageId>("image"));
  call.audit_subject(to_text(id));
  return call.write(shard_of(id), [id, image, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(drop_group_image(tx, scope, id, image));
    return http::no_content();
  });
}

Result<Answer> get_qr(Call& call) {
  TRY(const auto id, call.path<GroupCodeId>("code"));
  TRY(const auto query, call.query<GroupQrQuery>());
  if (query.format && *query.format != "svg" && *query.format != "png") return fail(Errc::invalid, "entry.format", say("{} or {}", "应为 {} 或 {}", "svg", "png"), "/format");
  return call.read([id, query, scope = call.scope(), site = site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(const auto code, find_group_code(tx, scope, id));
    TRY(const auto logo, logo_for(tx, query.logo));
    const QrPicture picture{group_url(site, code.slug), query.size.value_or(kPixelsUsual), logo};
    const bool png = query.format == "png";
    TRY(auto bytes, png ? qr_png(picture) : qr_svg(picture));
    return picture_reply(std::move(bytes), png ? "image/png" : "image/svg+xml");
  });
}

using http::None;
using http::of_media;
using http::route;
constexpr Route kRoutes[] = {
    route<None, None, GroupImagesOut>("GET", "/v1/group-codes/{code}/images", "code.read", get_images, "群二维码图片及到期时间", "Pictures of groups' codes and when they end"),
    route<GroupImageQuery, None, GroupImageOut>("POST", "/v1/group-codes/{code}/images", "code.write", post_image, "上传群二维码图片(PNG 或 JPEG)", "Upload the picture of a group's code, PNG or JPEG", http::kUpload),
    of_media(route<None, None, None>("GET", "/v1/group-codes/{code}/images/{image}", "code.read", get_image, "一张群二维码图片", "One picture of a group's code"), "image/png"),
    route<None, None, None>("DELETE", "/v1/group-codes/{code}/images/{image}", "code.write", delete_image, "删除群二维码图片", "Delete the picture of a group's code"),
    of_media(route<GroupQrQuery, None, None>("GET", "/v1/group-codes/{code}/qr", "code.read", get_qr, "群活码图片(SVG 或 PNG)", "A group code as a picture, SVG or PNG"), "image/svg+xml"),
};

}  // namespace

std::span<const Route> group_image_routes() { return kRoutes; }

}  // namespace koi::entry
