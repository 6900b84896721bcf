// Pictures of groups' codes: the platform lets them live for seven days, so they are uploaded again and again.
#include <algorithm>

#include "base/crypto.h"
#include "base/say.h"
#include "base/text.h"
#include "entry/group_known.h"
#include "store/rows.h"

namespace koi::entry {

BOOST_DESCRIBE_STRUCT(GroupImage, (), (id, code, entry, type, size, uploaded_at, expires_at))
struct ImageRow { std::string type; store::Blob bytes; };
BOOST_DESCRIBE_STRUCT(ImageRow, (), (type, bytes))

namespace {

constexpr std::string_view kAdd =
    "INSERT INTO entry_group_image (id, code_id, entry_id, state, type, digest, size, bytes, uploaded_at, expires_at) "
    "VALUES ($1, $2, $3, 'active', $4, $5, $6, $7, $8, $9)";
constexpr std::string_view kEnd = "UPDATE entry_group_image SET state = $2, ended_at = $3 WHERE id = $1 AND state = 'active'";
#define KOI_IMAGE_COLUMNS "SELECT id, code_id, entry_id, type, size, uploaded_at, expires_at FROM entry_group_image "
constexpr std::string_view kActive = KOI_IMAGE_COLUMNS "WHERE code_id = $1 AND state = 'active' ORDER BY id LIMIT 1000";
constexpr std::string_view kOne = KOI_IMAGE_COLUMNS "WHERE code_id = $1 AND id = $2 AND state = 'active'";
constexpr std::string_view kBytes = "SELECT type, bytes FROM entry_group_image WHERE code_id = $1 AND id = $2 AND state = 'active'";
constexpr std::size_t kImagesMax = 200;
constexpr auto kLife = std::chrono::days(7), kLifeMax = std::chrono::days(366);

/// By the first bytes; what somebody calls it does not count.
std::string_view type_of(std::string_view bytes) {
  constexpr std::string_view kPng = "\x89PNG\r\n\x1a\n", kJpeg = "\xff\xd8\xff";
  if (bytes.starts_with(kPng)) return "image/png";
  if (bytes.starts_with(kJpeg)) return "image/jpeg";
  return {};
}

Result<GroupImage> image_of(Tx& tx, GroupCodeId code, GroupImageId image) {
  TRY(auto row, tx.maybe<GroupImage>(kOne, code, image));
  if (!row) return fail(Errc::not_found, "entry.no_image", to_text(image));
  return *row;
}

Result<GroupEntry*> entry_with(GroupSpec& spec, GroupImageId image) {
  const auto at = std::ranges::find(spec.entries, std::optional(image), &GroupEntry::image);
  if (at == spec.entries.end()) return fail(Errc::not_found, "entry.no_image", to_text(image));
  return &*at;
}

Result<std::string_view> checked(Tx& tx, const PutGroupImage& cmd) {
  if (cmd.bytes.size() > kGroupImageMax) return fail(Errc::too_large, "entry.group_image_size", say("at most {} MB", "最大 {} MB", kGroupImageMax >> 20));
  const auto type = type_of(cmd.bytes);
  if (type.empty()) return fail(Errc::invalid, "entry.group_image", Said{"a picture is PNG or JPEG", "图片须为 PNG 或 JPEG"});
  if (cmd.expires_at && (*cmd.expires_at <= tx.now() || *cmd.expires_at > tx.now() + kLifeMax))
    return fail(Errc::invalid, "entry.group_image_time", Said{"a picture ends within a year from now", "到期时间须在未来一年之内"}, "/expires_at");
  if (!valid_utf8(cmd.name) || count_chars(cmd.name) > 60) return fail(Errc::invalid, "entry.limit", say("at most {} characters", "最多 {} 个字", 60), "/name");
  return type;
}

}  // namespace

Result<GroupImage> put_group_image(Tx& tx, const Scope& scope, const PutGroupImage& cmd) {
  TRY(const auto had, own_group_code(tx, scope, cmd.code));
  TRY(const auto type, checked(tx, cmd));
  auto spec = had.spec;
  const auto id = tx.next_id<GroupImageId>();
  GroupEntry* entry = nullptr;
  if (cmd.instead) {
    TRY(entry, entry_with(spec, cmd.instead));
    TRY(tx.exec(kEnd, cmd.instead, "replaced", tx.now()));
  } else {
    if (std::ranges::count_if(spec.entries, [](const GroupEntry& e) { return e.image.has_value(); }) >= static_cast<std::ptrdiff_t>(kImagesMax))
      return fail(Errc::exhausted, "entry.group_image_limit", std::to_string(kImagesMax));
    entry = &spec.entries.emplace_back();
    entry->id = tx.next_id<GroupEntryId>();
    entry->name = trim(cmd.name);
  }
  entry->image = id;
  const auto ends = cmd.expires_at.value_or(tx.now() + kLife);
  TRY(tx.exec(kAdd, id, cmd.code, *entry->id, type, hex(sha256(cmd.bytes)), cmd.bytes.size(), store::Blob{std::string(cmd.bytes)}, tx.now(), ends));
  TRY(write_group_spec(tx, had, std::move(spec)));
  return image_of(tx, cmd.code, id);
}

Result<> drop_group_image(Tx& tx, const Scope& scope, GroupCodeId code, GroupImageId image) {
  TRY(const auto had, own_group_code(tx, scope, code));
  auto spec = had.spec;
  TRY(auto* entry, entry_with(spec, image));
  spec.entries.erase(spec.entries.begin() + (entry - spec.entries.data()));
  TRY(write_group_spec(tx, had, std::move(spec)));
  return {};
}

Result<std::vector<GroupImage>> group_images(Tx& tx, const Scope& scope, GroupCodeId code) {
  TRY(find_group_code(tx, scope, code));
  return tx.all<GroupImage>(kActive, code);
}

Result<GroupImageBytes> group_image_bytes(Tx& tx, const Scope& scope, GroupCodeId code, GroupImageId image) {
  TRY(find_group_code(tx, scope, code));
  TRY(auto row, tx.maybe<ImageRow>(kBytes, code, image));
  if (!row) return fail(Errc::not_found, "entry.no_image", to_text(image));
  return GroupImageBytes{std::move(row->type), std::move(row->bytes.bytes)};
}

}  // namespace koi::entry
