// Tags and groups on the wire.
#include <algorithm>

#include "http/wire.h"
#include "people/api.h"
#include "people/tags.h"

namespace koi::people {

struct TagList { std::vector<Tag> data; };
BOOST_DESCRIBE_STRUCT(TagList, (), (data))
struct GroupList { std::vector<TagGroup> data; };
BOOST_DESCRIBE_STRUCT(GroupList, (), (data))
struct TagIn { std::string name; std::optional<TagGroupId> group_id; std::optional<std::string> color; };
BOOST_DESCRIBE_STRUCT(TagIn, (), (name, group_id, color))
struct TagPatch {
  std::optional<std::string> name, color;
  std::optional<std::optional<TagGroupId>> group_id;  // null: in no group
  std::optional<bool> archived;
};
BOOST_DESCRIBE_STRUCT(TagPatch, (), (name, color, group_id, archived))
struct GroupIn { std::string name; std::optional<bool> exclusive; std::optional<std::string> color; std::optional<std::int64_t> position; };
BOOST_DESCRIBE_STRUCT(GroupIn, (), (name, exclusive, color, position))
struct GroupPatch {
  std::optional<std::string> name, color;
  std::optional<bool> exclusive, archived;
  std::optional<std::int64_t> position;
};
BOOST_DESCRIBE_STRUCT(GroupPatch, (), (name, color, exclusive, archived, position))

namespace {

template <class T>
Reply tagged(const T& value) { return http::with_etag(http::ok(value), value.ver); }

Result<Answer> get_tags(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TagList out;
    TRY(out.data, tags(tx));
    return http::ok(out);
  });
}

Result<Answer> get_tag(Call& call) {
  TRY(const auto id, call.path<TagId>("tag"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(const auto tag, tag_by_id(tx, id));
    return tagged(tag);
  });
}

Result<Answer> post_tag(Call& call) {
  TRY(const auto body, call.body<TagIn>());
  return call.write(ShardKey{}, [body](Tx& tx) -> Result<Reply> {
    Tag tag{.name = body.name, .color = body.color.value_or("")};
    tag.group_id = body.group_id.value_or(TagGroupId{});
    TRY(const auto made, create_tag(tx, tag));
    return http::with_etag(http::created(made), made.ver);
  });
}

Result<Answer> patch_tag(Call& call) {
  TRY(const auto id, call.path<TagId>("tag"));
  TRY(const auto body, call.body<TagPatch>());
  TRY(const auto ver, http::if_match(call));
  call.audit_subject(to_text(id));
  return call.write(id, [id, body, ver](Tx& tx) -> Result<Reply> {
    TRY(auto tag, tag_by_id(tx, id));
    tag.ver = ver.value_or(tag.ver);
    if (body.name) tag.name = *body.name;
    if (body.color) tag.color = *body.color;
    if (body.group_id) tag.group_id = body.group_id->value_or(TagGroupId{});
    if (body.archived) tag.archived_at = *body.archived ? std::optional(tx.now()) : std::nullopt;
    TRY(const auto changed, update_tag(tx, tag));
    return tagged(changed);
  });
}

Result<Answer> drop_tag_definition(Call& call) {
  TRY(const auto id, call.path<TagId>("tag"));
  call.audit_subject(to_text(id));
  return call.write(id, [id](Tx& tx) -> Result<Reply> {
    TRY(delete_tag(tx, id));
    return http::no_content();
  });
}

Result<Answer> get_groups(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    GroupList out;
    TRY(out.data, tag_groups(tx));
    return http::ok(out);
  });
}

Result<Answer> post_group(Call& call) {
  TRY(const auto body, call.body<GroupIn>());
  return call.write(ShardKey{}, [body](Tx& tx) -> Result<Reply> {
    TRY(const auto made, create_tag_group(tx, {.name = body.name, .exclusive = body.exclusive.value_or(false),
                                               .color = body.color.value_or(""), .position = body.position.value_or(0)}));
    return http::with_etag(http::created(made), made.ver);
  });
}

Result<Answer> patch_group(Call& call) {
  TRY(const auto id, call.path<TagGroupId>("group"));
  TRY(const auto body, call.body<GroupPatch>());
  TRY(const auto ver, http::if_match(call));
  call.audit_subject(to_text(id));
  return call.write(id, [id, body, ver](Tx& tx) -> Result<Reply> {
    TRY(auto group, tag_group_by_id(tx, id));
    group.ver = ver.value_or(group.ver);
    if (body.name) group.name = *body.name;
    if (body.color) group.color = *body.color;
    if (body.exclusive) group.exclusive = *body.exclusive;
    if (body.position) group.position = *body.position;
    if (body.archived) group.archived_at = *body.archived ? std::optional(tx.now()) : std::nullopt;
    TRY(const auto changed, update_tag_group(tx, group));
    return tagged(changed);
  });
}

Result<Answer> drop_group(Call& call) {
  TRY(const auto id, call.path<TagGroupId>("group"));
  call.audit_subject(to_text(id));
  return call.write(id, [id](Tx& tx) -> Result<Reply> {
    TRY(delete_tag_group(tx, id));
    return http::no_content();
  });
}

using http::None;
using http::route;
constexpr Route kTagRoutes[] = {
    route<None, None, TagList>("GET", "/v1/tags", "tag.read", get_tags, "标签列表", "List tags"),
    route<None, TagIn, Tag>("POST", "/v1/tags", "tag.write", post_tag, "新建标签", "Create a tag"),
    route<None, None, Tag>("GET", "/v1/tags/{tag}", "tag.read", get_tag, "标签", "One tag"),
    route<None, TagPatch, Tag>("PATCH", "/v1/tags/{tag}", "tag.write", patch_tag, "修改标签", "Change a tag", http::kIfMatch),
    route<None, None, None>("DELETE", "/v1/tags/{tag}", "tag.write", drop_tag_definition, "删除标签", "Delete an unused tag"),
    route<None, None, GroupList>("GET", "/v1/tag-groups", "tag.read", get_groups, "标签组列表", "List tag groups"),
    route<None, GroupIn, TagGroup>("POST", "/v1/tag-groups", "tag.write", post_group, "新建标签组", "Create a tag group"),
    route<None, GroupPatch, TagGroup>("PATCH", "/v1/tag-groups/{group}", "tag.write", patch_group, "修改标签组",
                                      "Change a tag group", http::kIfMatch),
    route<None, None, None>("DELETE", "/v1/tag-groups/{group}", "tag.write", drop_group, "删除标签组", "Delete an empty tag group"),
};

}  // namespace

std::span<const Route> tag_routes() { return kTagRoutes; }

}  // namespace koi::people
