/// Landing pages: /h5/p/SLUG, put together from blocks, with versions. Visitors see the version that was published last.
/// Owns entry_page, entry_page_version, entry_page_day. Appends page_viewed, ad_clicked (a click on a block).
#pragma once
#include "entry/doors.h"

namespace koi::entry {

struct PageTag { static constexpr std::string_view prefix = "pge"; };
using PageId = Id<PageTag>;

enum class BlockKind : std::uint8_t { text, image, button, code, form, video, countdown, product };
BOOST_DESCRIBE_ENUM(BlockKind, text, image, button, code, form, video, countdown, product)

/// One block. What each kind needs: text: title or text; image: image; button: label, url; code, form: to; video: image or title, url;
/// countdown: until; product: title, price_fen.
struct PageBlock {
  std::string key;                // names it in the sums and in the address of its click; given when saved
  BlockKind kind = BlockKind::text;
  std::string title, text;
  std::string image, alt;         // address of a picture, and what it shows for who cannot see it
  std::string url, label;         // where a click leads, and what stands on the button
  std::string to;                 // slug of a live code or a form
  std::int64_t price_fen = 0, was_fen = 0;
  std::optional<Instant> until;
  std::string after;              // said when the countdown is over
};
struct PageSpec {
  std::string name, folder, channel;
  std::string title, description, picture;  // what the browser and a share show
  std::vector<PageBlock> blocks;
  std::optional<Instant> ends_at;           // then ended_text and ended_url answer
  std::string ended_text, ended_url;
};
BOOST_DESCRIBE_STRUCT(PageBlock, (), (key, kind, title, text, image, alt, url, label, to, price_fen, was_fen, until, after))
BOOST_DESCRIBE_STRUCT(PageSpec, (), (name, folder, channel, title, description, picture, blocks, ends_at, ended_text, ended_url))

struct LandingPage {
  PageId id;
  std::string slug;
  DoorState state = DoorState::active;
  std::int64_t ver = 0, live_ver = 0;
  Instant created_at{}, updated_at{};
  PageSpec spec;  // the newest, or the version asked for
};

Result<PageSpec> read_page(std::string_view json);
std::string page_schema();
/// invalid with the place: "entry.name", "entry.block", "entry.block_key", "entry.url", "entry.no_door", "entry.limit", "entry.no_block".
Result<> check_page(Tx& tx, const PageSpec& spec);

struct CreatePage { PageSpec spec; std::string slug, key, by_whom; };
/// check_page's codes; "entry.slug", "entry.slug_taken", conflict "entry.key_reused", exhausted "entry.page_limit". Not published yet.
Result<LandingPage> create_page(Tx& tx, const CreatePage& cmd);
struct EditPage { PageId page; std::optional<std::int64_t> ver; PageSpec spec; std::string by_whom; };
/// A new version; what is live stays. precondition "http.stale"; conflict "entry.door_deleted"; exhausted "entry.version_limit".
Result<LandingPage> edit_page(Tx& tx, const EditPage& cmd);
/// Shows `ver` (0: the newest) to visitors, after judging it again. not_found "entry.no_version".
Result<LandingPage> publish_page(Tx& tx, PageId page, std::int64_t ver);
/// An old version as the newest. Not published.
Result<LandingPage> restore_page(Tx& tx, PageId page, std::int64_t ver, std::string_view by_whom);
Result<LandingPage> set_page_state(Tx& tx, PageId page, DoorState state);
/// `ver` 0: the newest. not_found "entry.no_page", "entry.no_version".
Result<LandingPage> find_page(Tx& tx, PageId page, std::int64_t ver = 0);
Result<std::vector<LandingPage>> list_pages(Tx& tx, const DoorFilter& filter);
struct PageVersion { std::int64_t ver = 0; std::string by_whom; Instant at{}; };
/// Newest first, at most 200.
Result<std::vector<PageVersion>> page_versions(Tx& tx, PageId page);

/// One look at a page. A person's is counted and told; a machine's is counted apart.
struct PageView {
  enum class Kind : std::uint8_t { show, away, unknown } kind = Kind::unknown;
  std::string why;  // away: soon (nothing published), over, paused, deleted
  std::shared_ptr<const LandingPage> page;
  Instant now{};
};
Result<PageView> view_page(Tx& tx, std::string_view slug, const Caller& caller);
/// Where a click on a block leads; "" when there is no such block or it leads nowhere.
Result<std::string> click_block(Tx& tx, std::string_view slug, std::string_view block, const Caller& caller);
/// The address behind a block, without what the visitor carries.
std::string block_address(const PageBlock& block);

struct PageSums { std::int64_t views = 0, visitors = 0, clicks = 0, bots = 0; };
BOOST_DESCRIBE_STRUCT(PageSums, (), (views, visitors, clicks, bots))
struct PageDay { LocalDay day{}; std::string block; PageSums sums; };
/// invalid "entry.days".
Result<std::vector<PageDay>> page_days(Tx& tx, PageId page, LocalDay from, LocalDay to);
Result<PageSums> page_sums(Tx& tx, PageId page);

/// How a page is looked at. An empty slug makes a page nobody can click, for the builder.
struct PageLook { std::string_view slug, query, site, language; Instant now{}; };
/// The page's HTML body: every text escaped, every address a safe one. Clicks go through /h5/p/SLUG/go/KEY with `query` behind.
std::string draw_page(const PageSpec& spec, const PageLook& look);

}  // namespace koi::entry
