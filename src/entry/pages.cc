// Making, changing and publishing landing pages.
#include "entry/pages.h"

#include <algorithm>
#include <set>

#include "base/say.h"
#include "base/text.h"
#include "entry/definition.h"
#include "store/rows.h"

namespace koi::entry {

struct StoredPage {
  PageId id;
  std::string slug;
  DoorState state = DoorState::active;
  std::int64_t ver = 0, live_ver = 0;
  Instant created_at, updated_at;
  std::string spec;
};
BOOST_DESCRIBE_STRUCT(StoredPage, (), (id, slug, state, ver, live_ver, created_at, updated_at, spec))
BOOST_DESCRIBE_STRUCT(PageVersion, (), (ver, by_whom, at))

namespace {

#define KOI_PAGE_COLUMNS \
  "SELECT p.id, p.slug, p.state, p.ver, p.live_ver, p.created_at, p.updated_at, v.spec FROM entry_page p JOIN entry_page_version v ON v.page_id = p.id "
constexpr std::string_view kFind = KOI_PAGE_COLUMNS "AND v.ver = p.ver WHERE p.id = $1";
constexpr std::string_view kFindVersion = KOI_PAGE_COLUMNS "AND v.ver = $2 WHERE p.id = $1";
constexpr std::string_view kByKey = KOI_PAGE_COLUMNS "AND v.ver = 1 WHERE p.repeat_key = $1";
constexpr std::string_view kList =
    KOI_PAGE_COLUMNS "AND v.ver = p.ver WHERE ($1 = '' AND p.state <> 'deleted' OR p.state = $1) AND ($2 = '' OR p.folder = $2) "
    "AND ($3 = '' OR LOWER(p.name) LIKE $3 ESCAPE '\\' OR p.slug = $4) AND (p.id < $5 OR $5 = 0) ORDER BY p.id DESC LIMIT $6";
constexpr std::string_view kThere = "SELECT id FROM entry_page WHERE id = $1";
constexpr std::string_view kSlugTaken = "SELECT id FROM entry_page WHERE slug = $1";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM entry_page WHERE state <> 'deleted'";
constexpr std::string_view kAdd =
    "INSERT INTO entry_page (id, slug, name, folder, channel, state, repeat_key, ver, live_ver, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'active', $6, 1, 0, $7, $7)";
constexpr std::string_view kAddVersion = "INSERT INTO entry_page_version (page_id, ver, spec, by_whom, at) VALUES ($1, $2, $3, $4, $5)";
constexpr std::string_view kEdit =
    "UPDATE entry_page SET name = $2, folder = $3, channel = $4, ver = ver + 1, updated_at = $5 WHERE id = $1 AND ver = $6 AND state <> 'deleted'";
constexpr std::string_view kPublish = "UPDATE entry_page SET live_ver = $2, updated_at = $3 WHERE id = $1 AND state <> 'deleted'";
constexpr std::string_view kSetState = "UPDATE entry_page SET state = $2, updated_at = $3 WHERE id = $1 AND state <> 'deleted' AND state <> $2";
constexpr std::string_view kVersions = "SELECT ver, by_whom, at FROM entry_page_version WHERE page_id = $1 ORDER BY ver DESC LIMIT 200";
constexpr std::string_view kDays =
    "SELECT day, block, views, visitors, clicks, bots FROM entry_page_day WHERE page_id = $1 AND day >= $2 AND day <= $3 ORDER BY day, block LIMIT 20000";
constexpr std::string_view kSums =
    "SELECT CAST(COALESCE(SUM(views), 0) AS BIGINT), CAST(COALESCE(SUM(visitors), 0) AS BIGINT), CAST(COALESCE(SUM(clicks), 0) AS BIGINT), "
    "CAST(COALESCE(SUM(bots), 0) AS BIGINT) FROM entry_page_day WHERE page_id = $1 AND block = ''";
constexpr std::string_view kCodeThere = "SELECT id FROM entry_code WHERE slug = $1 AND state <> 'deleted'";
constexpr std::string_view kFormThere = "SELECT id FROM entry_form WHERE slug = $1 AND state <> 'deleted'";

constexpr std::int64_t kPagesMax = 50'000, kVersionsMax = 1000, kPriceMax = 100'000'000'00;
constexpr std::size_t kNameMax = 60, kTitleMax = 100, kTextMax = 5000, kBlocksMax = 60, kKeyMax = 16, kLabelMax = 20;
constexpr int kDaysMax = 366;

Result<LandingPage> page_of(StoredPage&& row) {
  TRY(auto spec, read_page(row.spec));
  return LandingPage{row.id, std::move(row.slug), row.state, row.ver, row.live_ver, row.created_at, row.updated_at, std::move(spec)};
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= kKeyMax &&
         std::ranges::all_of(key, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

PageSpec settled(PageSpec spec) {
  spec.name = trim(spec.name);
  spec.folder = trim(spec.folder);
  spec.channel = trim(spec.channel);
  std::set<std::string> keys;
  for (const auto& b : spec.blocks) keys.insert(b.key);
  for (std::size_t n = 1; auto& b : spec.blocks) {
    if (!b.key.empty()) continue;
    do b.key = "b" + std::to_string(n++);
    while (!keys.insert(b.key).second);
  }
  return spec;
}

/// What a block of its kind cannot do without; "" when it is all there.
std::string_view missing_of(const PageBlock& b) {
  switch (b.kind) {
    case BlockKind::text: return trim(b.title).empty() && trim(b.text).empty() ? "text" : "";
    case BlockKind::image: return b.image.empty() ? "image" : "";
    case BlockKind::button: return trim(b.label).empty() ? "label" : b.url.empty() ? "url" : "";
    case BlockKind::code:
    case BlockKind::form: return b.to.empty() ? "to" : "";
    case BlockKind::video: return b.url.empty() ? "url" : b.image.empty() && trim(b.title).empty() ? "title" : "";
    case BlockKind::countdown: return b.until ? "" : "until";
    case BlockKind::product: return trim(b.title).empty() ? "title" : b.price_fen <= 0 ? "price_fen" : "";
  }
  return "kind";
}

Result<> check_block(Tx& tx, const PageBlock& b, const std::string& at) {
  if (!is_key(b.key)) return refuse("entry.block_key", say("a key is 1 to {} of a-z, 0-9, - and _", "标识为 1 至 {} 位小写字母、数字、- 或 _", kKeyMax), at + "/key");
  if (const auto missing = missing_of(b); !missing.empty())
    return refuse("entry.block", say("a block \"{}\" needs {}", "“{}”模块缺少 {}", enum_text(b.kind), missing), at + "/" + std::string(missing));
  TRY(check_text(b.title, 0, kTitleMax, at + "/title"));
  TRY(check_text(b.text, 0, kTextMax, at + "/text"));
  TRY(check_text(b.alt, 0, kTitleMax, at + "/alt"));
  TRY(check_text(b.after, 0, kTitleMax, at + "/after"));
  TRY(check_text(b.label, 0, kLabelMax, at + "/label"));
  if (!b.image.empty()) TRY(check_address(b.image, at + "/image"));
  if (!b.url.empty()) TRY(check_address(b.url, at + "/url"));
  if (b.price_fen < 0 || b.price_fen > kPriceMax) return refuse("entry.limit", say("0 to {} fen", "应为 0 至 {} 分", kPriceMax), at + "/price_fen");
  if (b.was_fen < 0 || b.was_fen > kPriceMax) return refuse("entry.limit", say("0 to {} fen", "应为 0 至 {} 分", kPriceMax), at + "/was_fen");
  if (b.kind != BlockKind::code && b.kind != BlockKind::form) return {};
  TRY(const auto found, tx.maybe<std::int64_t>(b.kind == BlockKind::code ? kCodeThere : kFormThere, b.to));
  if (!found) return refuse("entry.no_door", say("nothing has the short address \"{}\"", "没有短码为“{}”的内容", b.to), at + "/to");
  return {};
}

}  // namespace

Result<PageSpec> read_page(std::string_view json) {
  TRY(auto spec, read_definition<PageSpec>(json));
  return settled(std::move(spec));
}
std::string page_schema() { return definition_schema<PageSpec>(); }

Result<> check_page(Tx& tx, const PageSpec& spec) {
  const auto name = count_chars(trim(spec.name));
  if (name == 0 || name > kNameMax || !valid_utf8(spec.name)) return refuse("entry.name", say("a name has 1 to {} characters", "名称为 1 至 {} 个字", kNameMax), "/name");
  TRY(check_text(spec.folder, 0, kNameMax, "/folder"));
  TRY(check_text(spec.channel, 0, kNameMax, "/channel"));
  TRY(check_text(spec.title, 1, kTitleMax, "/title"));
  TRY(check_text(spec.description, 0, kTitleMax, "/description"));
  TRY(check_text(spec.ended_text, 0, kTextMax, "/ended_text"));
  if (!spec.picture.empty()) TRY(check_address(spec.picture, "/picture"));
  if (!spec.ended_url.empty()) TRY(check_address(spec.ended_url, "/ended_url"));
  if (spec.blocks.empty() || spec.blocks.size() > kBlocksMax) return refuse("entry.no_block", say("1 to {} blocks", "模块为 1 至 {} 个", kBlocksMax), "/blocks");
  std::set<std::string_view> keys;
  for (std::size_t i = 0; i < spec.blocks.size(); ++i) {
    const auto at = "/blocks/" + std::to_string(i);
    TRY(check_block(tx, spec.blocks[i], at));
    if (!keys.insert(spec.blocks[i].key).second) return refuse("entry.block_key", say("two blocks are called {}", "有两个模块都叫 {}", spec.blocks[i].key), at + "/key");
  }
  return {};
}

Result<LandingPage> create_page(Tx& tx, const CreatePage& cmd) {
  const auto spec = settled(cmd.spec);
  const auto text = http::json_of(spec);
  if (!cmd.key.empty()) {
    TRY(auto had, tx.maybe<StoredPage>(kByKey, cmd.key));
    if (had) {
      if (had->spec != text) return fail(Errc::conflict, "entry.key_reused", cmd.key);
      return find_page(tx, had->id);
    }
  }
  TRY(check_page(tx, spec));
  TRY(const auto count, tx.one<std::int64_t>(kCount));
  if (count >= kPagesMax) return fail(Errc::exhausted, "entry.page_limit", std::to_string(kPagesMax));
  TRY(const auto slug, free_slug(tx, kSlugTaken, cmd.slug));
  const auto id = tx.next_id<PageId>();
  TRY(tx.exec(kAdd, id, slug, spec.name, spec.folder, spec.channel, cmd.key.empty() ? std::nullopt : std::optional(cmd.key), tx.now()));
  TRY(tx.exec(kAddVersion, id, 1, text, cmd.by_whom, tx.now()));
  return find_page(tx, id);
}

Result<LandingPage> edit_page(Tx& tx, const EditPage& cmd) {
  TRY(const auto had, find_page(tx, cmd.page));
  if (had.state == DoorState::deleted) return fail(Errc::conflict, "entry.door_deleted");
  if (cmd.ver && *cmd.ver != had.ver) return fail(Errc::precondition, "http.stale", std::to_string(had.ver));
  if (had.ver >= kVersionsMax) return fail(Errc::exhausted, "entry.version_limit", std::to_string(kVersionsMax));
  const auto spec = settled(cmd.spec);
  TRY(check_page(tx, spec));
  TRY(const auto changed, tx.exec(kEdit, cmd.page, spec.name, spec.folder, spec.channel, tx.now(), had.ver));
  if (changed == 0) return fail(Errc::precondition, "http.stale");
  TRY(tx.exec(kAddVersion, cmd.page, had.ver + 1, http::json_of(spec), cmd.by_whom, tx.now()));
  return find_page(tx, cmd.page);
}

Result<LandingPage> publish_page(Tx& tx, PageId page, std::int64_t ver) {
  TRY(const auto had, find_page(tx, page, ver));
  if (had.state == DoorState::deleted) return fail(Errc::conflict, "entry.door_deleted");
  TRY(check_page(tx, had.spec));
  TRY(tx.exec(kPublish, page, ver == 0 ? had.ver : ver, tx.now()));
  return find_page(tx, page);
}

Result<LandingPage> restore_page(Tx& tx, PageId page, std::int64_t ver, std::string_view by_whom) {
  TRY(auto old, find_page(tx, page, ver));
  return edit_page(tx, {page, std::nullopt, std::move(old.spec), std::string(by_whom)});
}

Result<LandingPage> set_page_state(Tx& tx, PageId page, DoorState state) {
  TRY(const auto had, find_page(tx, page));
  if (had.state == state) return had;
  if (had.state == DoorState::deleted) return fail(Errc::conflict, "entry.door_deleted");
  TRY(tx.exec(kSetState, page, enum_text(state), tx.now()));
  return find_page(tx, page);
}

Result<LandingPage> find_page(Tx& tx, PageId page, std::int64_t ver) {
  TRY(auto row, ver == 0 ? tx.maybe<StoredPage>(kFind, page) : tx.maybe<StoredPage>(kFindVersion, page, ver));
  if (row) return page_of(std::move(*row));
  TRY(const auto there, tx.maybe<std::int64_t>(kThere, page));
  return there ? fail(Errc::not_found, "entry.no_version", std::to_string(ver)) : fail(Errc::not_found, "entry.no_page", to_text(page));
}

Result<std::vector<LandingPage>> list_pages(Tx& tx, const DoorFilter& f) {
  std::vector<LandingPage> out;
  TRY(tx.each<StoredPage>(
      kList,
      [&](StoredPage&& row) -> Result<> {
        TRY(auto page, page_of(std::move(row)));
        out.push_back(std::move(page));
        return {};
      },
      f.state, f.folder, like_pattern(f.q), trim(f.q), f.before, f.limit));
  return out;
}

Result<std::vector<PageVersion>> page_versions(Tx& tx, PageId page) {
  TRY(find_page(tx, page));
  return tx.all<PageVersion>(kVersions, page);
}

Result<std::vector<PageDay>> page_days(Tx& tx, PageId page, LocalDay from, LocalDay to) {
  if (to < from) return refuse("entry.days", say("the last day lies before the first", "结束日早于开始日"), "/to");
  if (to - from >= std::chrono::days{kDaysMax}) return refuse("entry.days", say("at most {} days", "最多 {} 天", kDaysMax), "/from");
  TRY(find_page(tx, page));
  std::vector<PageDay> out;
  const store::Param params[] = {page, from.time_since_epoch().count(), to.time_since_epoch().count()};
  TRY(tx.each_raw(kDays, params, [&](const store::Statement& s) -> Result<> {
    out.push_back({LocalDay{std::chrono::days{s.integer(0)}}, std::string(s.text(1)), {s.integer(2), s.integer(3), s.integer(4), s.integer(5)}});
    return {};
  }));
  return out;
}

Result<PageSums> page_sums(Tx& tx, PageId page) { return tx.one<PageSums>(kSums, page); }

}  // namespace koi::entry
