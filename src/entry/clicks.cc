// One click on a short link: who comes, whether it leads on, where to.
#include <algorithm>

#include "base/crypto.h"
#include "base/text.h"
#include "entry/known.h"
#include "entry/links.h"
#include "events/events.h"
#include "store/rows.h"

namespace koi::entry {

struct LinkHead { LinkId id; DoorState state = DoorState::active; std::int64_t ver = 0; };
BOOST_DESCRIBE_STRUCT(LinkHead, (), (id, state, ver))

namespace {

constexpr std::string_view kHead = "SELECT id, state, ver FROM entry_link WHERE slug = $1";
// The click is taken before anything is counted: two who come for the last one cannot both have it.
constexpr std::string_view kTake = "UPDATE entry_link_turn SET clicks = clicks + 1 WHERE link_id = $1 AND (cap = 0 OR clicks < cap)";
constexpr std::string_view kBot = "UPDATE entry_link_turn SET bots = bots + 1 WHERE link_id = $1";
constexpr std::string_view kAsked = "UPDATE entry_link_turn SET asked = asked + 1 WHERE link_id = $1";
constexpr std::string_view kTurned = "UPDATE entry_link_turn SET turned = turned + 1 WHERE link_id = $1";
constexpr std::string_view kDay =
    "INSERT INTO entry_link_day (link_id, day, target, clicks, visitors, bots, asked, turned) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) "
    "ON CONFLICT (link_id, day, target) DO UPDATE SET clicks = entry_link_day.clicks + excluded.clicks, visitors = entry_link_day.visitors + excluded.visitors, "
    "bots = entry_link_day.bots + excluded.bots, asked = entry_link_day.asked + excluded.asked, turned = entry_link_day.turned + excluded.turned";
constexpr std::size_t kKnownMax = 10'000;

/// Definitions as clicks need them, by link; the version says when one is out of date.
struct KnownLinks {
  std::mutex mutex;
  std::unordered_map<std::int64_t, std::shared_ptr<const Link>> links;
};

Result<std::shared_ptr<const Link>> known_link(Tx& tx, const LinkHead& head) {
  static constexpr char kSlot = 0;
  auto& known = tx.shared<KnownLinks>(&kSlot, [] { return std::make_shared<KnownLinks>(); });
  {
    const std::scoped_lock lock(known.mutex);
    if (const auto at = known.links.find(head.id.v); at != known.links.end() && at->second->ver == head.ver) return at->second;
  }
  TRY(auto link, find_link(tx, head.id));
  auto kept = std::make_shared<const Link>(std::move(link));
  const std::scoped_lock lock(known.mutex);
  if (known.links.size() >= kKnownMax) known.links.clear();
  known.links[head.id.v] = kept;
  // Read inside an operation that may be undone: what it saw may never have been.
  tx.on_rollback([&known, id = head.id.v] {
    const std::scoped_lock again(known.mutex);
    known.links.erase(id);
  });
  return kept;
}

struct Counted { std::int64_t clicks = 0, visitors = 0, bots = 0, asked = 0, turned = 0; };
Result<> count(Tx& tx, LinkId link, const Moment& moment, std::string_view target, const Counted& n) {
  TRY(tx.exec(kDay, link, moment.day_number, target, n.clicks, n.visitors, n.bots, n.asked, n.turned));
  return {};
}

std::string_view closed_because(const Link& link, Instant now) {
  if (link.state == DoorState::deleted) return "deleted";
  if (link.state == DoorState::paused) return "paused";
  if (link.spec.starts_at && now < *link.spec.starts_at) return "soon";
  if (link.spec.ends_at && now >= *link.spec.ends_at) return "over";
  return {};
}

std::string address_of(const LinkSpec& spec, const LinkTarget& target, const Caller& caller) {
  static constexpr std::string_view kBefore[] = {"", "/c/", "/h5/p/", "/f/"};
  auto url = std::string(kBefore[static_cast<std::size_t>(target.kind)]) + target.to;
  if (spec.carry) url = with_query(url, carried(caller.touch));
  const auto& u = spec.utm;
  return with_query(url, {{"utm_source", u.source}, {"utm_medium", u.medium}, {"utm_campaign", u.campaign}, {"utm_term", u.term}, {"utm_content", u.content}});
}

/// Somebody for whom the link does not lead on.
Result<Landing> turn_away(Tx& tx, const Link& link, const Moment& moment, std::string_view why, const Caller& caller) {
  if (caller.machine) {
    TRY(tx.exec(kBot, link.id));
    TRY(count(tx, link.id, moment, "", {.bots = 1}));
  } else {
    TRY(tx.exec(kTurned, link.id));
    TRY(count(tx, link.id, moment, "", {.turned = 1}));
  }
  return Landing{Landing::Kind::away, link.id, link.spec.fallback_url, std::string(why), link.spec.fallback_text, {}};
}

}  // namespace

const LinkTarget* choose_target(const LinkSpec& spec, LinkId link, std::string_view visitor, std::string_view agent, std::string_view region, const Moment& moment) {
  std::vector<const LinkTarget*> meant, open;
  const auto classes = agent_classes(agent);
  for (const auto& t : spec.targets) {
    if (t.weight <= 0) continue;
    if (t.agents.empty() && t.regions.empty() && t.hours.empty()) {
      open.push_back(&t);
      continue;
    }
    if (!t.agents.empty() && std::ranges::none_of(t.agents, [&](const auto& a) { return std::ranges::find(classes, a) != classes.end(); })) continue;
    if (!t.regions.empty() && std::ranges::find(t.regions, region) == t.regions.end()) continue;
    if (const auto plan = WeekPlan::of(t.hours, {}); !t.hours.empty() && (!plan || !plan->covers(moment.minute_of_week))) continue;
    meant.push_back(&t);
  }
  const auto& from = meant.empty() ? open : meant;
  std::int64_t total = 0;
  for (const auto* t : from) total += t->weight;
  if (total == 0) return nullptr;
  auto place = static_cast<std::int64_t>(hash64(to_text(link) + "/" + std::string(visitor)) % static_cast<std::uint64_t>(total));
  for (const auto* t : from)
    if ((place -= t->weight) < 0) return t;
  return from.back();
}

Result<Landing> follow_link(Tx& tx, std::string_view slug, const Caller& caller) {
  if (!valid_utf8(slug)) return Landing{};
  TRY(const auto head, tx.maybe<LinkHead>(kHead, slug));
  if (!head) return Landing{};
  TRY(const auto link, known_link(tx, *head));
  TRY(const auto zone, merchant_zone(tx));
  const auto moment = moment_of(zone, tx.now());
  if (const auto why = closed_because(*link, tx.now()); !why.empty()) return turn_away(tx, *link, moment, why, caller);
  TRY(const auto region, region_of(tx, caller.remote));
  const auto* target = choose_target(link->spec, link->id, caller.visitor, caller.agent, region, moment);
  if (target == nullptr) return turn_away(tx, *link, moment, "nowhere", caller);
  Landing out{Landing::Kind::go, link->id, address_of(link->spec, *target, caller), {}, {}, target->key};
  if (caller.machine) {
    TRY(tx.exec(kBot, link->id));
    TRY(count(tx, link->id, moment, target->key, {.bots = 1}));
    return out;
  }
  if (link->spec.browser_only && has_class(caller.agent, "wechat")) {
    TRY(tx.exec(kAsked, link->id));
    TRY(count(tx, link->id, moment, target->key, {.asked = 1}));
    return Landing{Landing::Kind::ask, link->id, {}, {}, {}, target->key};
  }
  TRY(const auto taken, tx.exec(kTake, link->id));
  if (taken == 0) return turn_away(tx, *link, moment, "full", caller);
  TRY(const auto fresh, first_today(tx, link->id.v, moment.day_number, caller.visitor));
  TRY(count(tx, link->id, moment, target->key, {.clicks = 1, .visitors = fresh ? 1 : 0}));
  TRY(const auto person, person_behind(tx, caller.visitor));
  const auto props = door_props({{"link_id", to_text(link->id)}, {"link", slug}, {"target", target->key}, {"channel", link->spec.channel}, {"region", region}}, caller);
  TRY(events::append(tx, {.kind = caller.touch.contains("click_id") ? "ad_clicked" : "page_viewed", .person = person, .subject = link->id.v, .props = props}));
  return out;
}

}  // namespace koi::entry
