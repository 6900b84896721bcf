// A look at a landing page, and a click in it.
#include <algorithm>

#include "base/text.h"
#include "entry/known.h"
#include "entry/pages.h"
#include "events/events.h"
#include "store/rows.h"

namespace koi::entry {

struct PageHead { PageId id; DoorState state = DoorState::active; std::int64_t live_ver = 0; };
BOOST_DESCRIBE_STRUCT(PageHead, (), (id, state, live_ver))

namespace {

constexpr std::string_view kHead = "SELECT id, state, live_ver FROM entry_page WHERE slug = $1";
constexpr std::string_view kDay =
    "INSERT INTO entry_page_day (page_id, day, block, views, visitors, clicks, bots) VALUES ($1, $2, $3, $4, $5, $6, $7) "
    "ON CONFLICT (page_id, day, block) DO UPDATE SET views = entry_page_day.views + excluded.views, visitors = entry_page_day.visitors + excluded.visitors, "
    "clicks = entry_page_day.clicks + excluded.clicks, bots = entry_page_day.bots + excluded.bots";
constexpr std::size_t kKnownMax = 2000;

/// Versions as visitors see them; a version never changes, so what is here is right.
struct KnownPages {
  std::mutex mutex;
  std::map<std::pair<std::int64_t, std::int64_t>, std::shared_ptr<const LandingPage>> pages;
};

Result<std::shared_ptr<const LandingPage>> known_page(Tx& tx, const PageHead& head) {
  static constexpr char kSlot = 0;
  auto& known = tx.shared<KnownPages>(&kSlot, [] { return std::make_shared<KnownPages>(); });
  const std::pair key(head.id.v, head.live_ver);
  {
    const std::scoped_lock lock(known.mutex);
    if (const auto at = known.pages.find(key); at != known.pages.end()) return at->second;
  }
  TRY(auto page, find_page(tx, head.id, head.live_ver));
  auto kept = std::make_shared<const LandingPage>(std::move(page));
  const std::scoped_lock lock(known.mutex);
  if (known.pages.size() >= kKnownMax) known.pages.clear();
  known.pages[key] = kept;
  // Read inside an operation that may be undone: what it saw may never have been.
  tx.on_rollback([&known, key] {
    const std::scoped_lock again(known.mutex);
    known.pages.erase(key);
  });
  return kept;
}

Result<> count(Tx& tx, PageId page, std::int64_t day, std::string_view block, const PageSums& n) {
  TRY(tx.exec(kDay, page, day, block, n.views, n.visitors, n.clicks, n.bots));
  return {};
}

Result<> tell(Tx& tx, const LandingPage& page, std::string_view block, const Caller& caller) {
  TRY(const auto person, person_behind(tx, caller.visitor));
  const auto props = door_props({{"page_id", to_text(page.id)}, {"page", page.slug}, {"title", page.spec.title}, {"channel", page.spec.channel}, {"block", block}}, caller);
  const bool ad = block.empty() && caller.touch.contains("click_id");
  TRY(events::append(tx, {.kind = ad ? "ad_clicked" : "page_viewed", .person = person, .subject = page.id.v, .props = props}));
  return {};
}

}  // namespace

Result<PageView> view_page(Tx& tx, std::string_view slug, const Caller& caller) {
  PageView out;
  out.now = tx.now();
  if (!valid_utf8(slug)) return out;
  TRY(const auto head, tx.maybe<PageHead>(kHead, slug));
  if (!head) return out;
  out.kind = PageView::Kind::away;
  if (head->state == DoorState::deleted) return out.why = "deleted", out;
  if (head->live_ver == 0) return out.why = "soon", out;
  TRY(out.page, known_page(tx, *head));
  if (head->state == DoorState::paused) return out.why = "paused", out;
  if (out.page->spec.ends_at && tx.now() >= *out.page->spec.ends_at) return out.why = "over", out;
  out.kind = PageView::Kind::show;
  TRY(const auto zone, merchant_zone(tx));
  const auto day = moment_of(zone, tx.now()).day_number;
  if (caller.machine) {
    TRY(count(tx, head->id, day, "", {.bots = 1}));
    return out;
  }
  TRY(const auto fresh, first_today(tx, head->id.v, day, caller.visitor));
  TRY(count(tx, head->id, day, "", {.views = 1, .visitors = fresh ? 1 : 0}));
  TRY(tell(tx, *out.page, "", caller));
  return out;
}

Result<std::string> click_block(Tx& tx, std::string_view slug, std::string_view key, const Caller& caller) {
  if (!valid_utf8(slug)) return std::string();
  TRY(const auto head, tx.maybe<PageHead>(kHead, slug));
  if (!head || head->live_ver == 0 || head->state != DoorState::active) return std::string();
  TRY(const auto page, known_page(tx, *head));
  const auto block = std::ranges::find(page->spec.blocks, key, &PageBlock::key);
  if (block == page->spec.blocks.end()) return std::string();
  auto address = block_address(*block);
  if (address.empty()) return std::string();
  if (!caller.machine) {
    TRY(const auto zone, merchant_zone(tx));
    const auto day = moment_of(zone, tx.now()).day_number;
    TRY(count(tx, head->id, day, "", {.clicks = 1}));
    TRY(count(tx, head->id, day, key, {.clicks = 1}));
    TRY(tell(tx, *page, key, caller));
  }
  return with_query(address, carried(caller.touch));
}

std::string block_address(const PageBlock& b) {
  if (b.kind == BlockKind::code) return "/c/" + b.to;
  if (b.kind == BlockKind::form) return "/f/" + b.to;
  return b.kind == BlockKind::text || b.kind == BlockKind::countdown ? std::string() : b.url;
}

}  // namespace koi::entry
