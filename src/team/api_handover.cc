// Handovers on the wire: try out, start, follow, stop.
#include <algorithm>

#include "http/wire.h"
#include "people/chosen.h"
#include "people/dressed.h"
#include "people/tags.h"
#include "store/rows.h"
#include "team/api.h"
#include "team/handover.h"

namespace koi::team {

struct ReceiverBody {
  StaffId staff_id;
  std::optional<std::int64_t> capacity;
  std::optional<std::vector<people::TagId>> tags;
  std::optional<std::string> segment, stage, store;
};
BOOST_DESCRIBE_STRUCT(ReceiverBody, (), (staff_id, capacity, tags, segment, stage, store))
struct PickBody { PersonId person_id; StaffId staff_id; };
BOOST_DESCRIBE_STRUCT(PickBody, (), (person_id, staff_id))
struct HandoverBody {
  StaffId from;
  std::string mode, rule;
  std::optional<std::vector<ReceiverBody>> receivers;
  std::optional<std::vector<PickBody>> picks;
  std::optional<bool> same_unit, people, groups;
  std::optional<std::string> greeting;
  std::optional<std::int64_t> daily_max, attempts_max;
};
BOOST_DESCRIBE_STRUCT(HandoverBody, (), (from, mode, rule, receivers, picks, same_unit, people, groups, greeting, daily_max, attempts_max))

struct ShareOut { StaffId staff_id; std::string name, unit_name; std::int64_t has = 0, gets = 0, groups = 0; std::optional<std::int64_t> capacity; std::int64_t days = 0; };
BOOST_DESCRIBE_STRUCT(ShareOut, (), (staff_id, name, unit_name, has, gets, groups, capacity, days))
struct PreviewOut {
  std::int64_t people = 0, house = 0, groups = 0, unplaced = 0, limited = 0, limited_groups = 0;
  std::optional<Instant> limited_until;
  std::int64_t days = 0;
  std::vector<ShareOut> receivers;
};
BOOST_DESCRIBE_STRUCT(PreviewOut, (), (people, house, groups, unplaced, limited, limited_groups, limited_until, days, receivers))

struct HandoverOut {
  HandoverId id;
  StaffId from;
  std::string from_name, mode, rule, greeting, state, error, author;
  std::int64_t daily_max = 0, attempts_max = 0;
  Instant started_at;
  std::optional<Instant> ended_at;
  std::int64_t total = 0, planned = 0, asked = 0, waiting = 0, moved = 0, refused = 0, full = 0, failed = 0, cancelled = 0;
  std::optional<Instant> next_at;
  std::int64_t ver = 0;
};
BOOST_DESCRIBE_STRUCT(HandoverOut, (), (id, from, from_name, mode, rule, greeting, state, error, author, daily_max, attempts_max, started_at, ended_at, total, planned,
                                        asked, waiting, moved, refused, full, failed, cancelled, next_at, ver))
using HandoverPage = http::Page<HandoverOut>;
struct ReceiverOut { StaffId staff_id; std::string name; std::int64_t total = 0, moved = 0, refused = 0; };
BOOST_DESCRIBE_STRUCT(ReceiverOut, (), (staff_id, name, total, moved, refused))
struct HandoverWhole { HandoverOut handover; std::vector<ReceiverOut> receivers; };
BOOST_DESCRIBE_STRUCT(HandoverWhole, (), (handover, receivers))
struct ItemOut {
  HandoverItemId id;
  std::string kind, name, via, state, error;
  std::optional<PersonId> person_id;
  std::optional<StaffId> to;
  std::string to_name;
  std::int64_t attempts = 0;
  Instant try_at;
  std::optional<Instant> asked_at, ended_at;
};
BOOST_DESCRIBE_STRUCT(ItemOut, (), (id, kind, name, via, state, error, person_id, to, to_name, attempts, try_at, asked_at, ended_at))
using HandoverItemPage = http::Page<ItemOut>;
struct RetriedOut { std::int64_t planned = 0; };
BOOST_DESCRIBE_STRUCT(RetriedOut, (), (planned))
struct HandoversQuery { std::optional<std::int64_t> limit; std::optional<std::string> cursor, state; };
BOOST_DESCRIBE_STRUCT(HandoversQuery, (), (limit, cursor, state))
struct ItemsQuery { std::optional<std::int64_t> limit; std::optional<std::string> cursor, state, kind; std::optional<StaffId> to; };
BOOST_DESCRIBE_STRUCT(ItemsQuery, (), (limit, cursor, state, kind, to))

namespace {

Result<HandoverSpec> spec_of(const HandoverBody& b) {
  HandoverSpec s;
  s.from = b.from, s.mode = b.mode, s.rule = b.rule;
  for (const auto& r : b.receivers.value_or(std::vector<ReceiverBody>{})) {
    if (r.capacity && *r.capacity < 0) return fail(Errc::invalid, "team.handover_receivers", "capacity", "/receivers");
    HandoverReceiver one{r.staff_id, r.capacity.value_or(-1), {}, r.segment.value_or(""), r.stage.value_or(""), r.store.value_or("")};
    for (const auto tag : r.tags.value_or(std::vector<people::TagId>{})) one.tags.push_back(tag.v);
    s.receivers.push_back(std::move(one));
  }
  for (const auto& p : b.picks.value_or(std::vector<PickBody>{})) s.picks.push_back({p.person_id, p.staff_id});
  s.same_unit = b.same_unit.value_or(false);
  s.people = b.people.value_or(true);
  s.groups = b.groups.value_or(true);
  s.greeting = b.greeting.value_or("");
  s.daily_max = b.daily_max.value_or(s.daily_max);
  s.attempts_max = b.attempts_max.value_or(s.attempts_max);
  return s;
}

HandoverOut out_of(const HandoverRow& r) {
  return {r.id, r.from_staff, r.from_name, r.mode, r.rule, r.greeting, r.state, r.error, r.author, r.daily_max, r.attempts_max, r.started_at, r.ended_at, r.total,
          r.planned, r.asked, r.waiting, r.moved, r.refused, r.full, r.failed, r.cancelled, r.next_at, r.ver};
}
Result<HandoverWhole> whole_of(Tx& tx, const Scope& scope, HandoverId id) {
  TRY(const auto row, find_handover(tx, scope, id));
  HandoverWhole out{out_of(row), {}};
  TRY(const auto receivers, handover_receivers(tx, id));
  for (const auto& r : receivers) out.receivers.push_back({r.staff, r.name, r.total, r.moved, r.no});
  return out;
}

Result<std::int64_t> place_of(const std::optional<std::string>& cursor) {
  TRY(const auto place, http::decode_cursor(cursor.value_or(http::encode_cursor({0})), 1));
  return place[0];
}

Result<Answer> post_preview(Call& call) {
  TRY(const auto body, call.body<HandoverBody>());
  TRY(const auto spec, spec_of(body));
  return call.read([spec, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto p, preview_handover(tx, scope, spec));
    PreviewOut out{p.people, p.house, p.groups, p.unplaced, p.limited, p.limited_groups, p.limited_until, p.days, {}};
    for (const auto& r : p.receivers)
      out.receivers.push_back({r.staff, r.name, r.unit_name, r.has, r.gets, r.groups, r.capacity < 0 ? std::nullopt : std::optional(r.capacity), r.days});
    return http::ok(out);
  });
}

Result<Answer> post_handover(Call& call) {
  TRY(const auto body, call.body<HandoverBody>());
  TRY(const auto spec, spec_of(body));
  return call.write(ShardKey{}, [spec, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto id, start_handover(tx, call.scope(), spec, call.actor().name));
    call.audit_subject(to_text(id), R"({"from":")" + to_text(spec.from) + R"(","mode":")" + spec.mode + R"(","rule":")" + spec.rule + "\"}");
    TRY(const auto out, whole_of(tx, call.scope(), id));
    return http::created(out);
  });
}

Result<Answer> get_handovers(Call& call) {
  TRY(const auto q, call.query<HandoversQuery>());
  TRY(const auto limit, http::page_limit(q.limit));
  TRY(const auto before, place_of(q.cursor));
  return call.read([limit, before, state = q.state.value_or(""), scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto rows, list_handovers(tx, scope, state, before, limit + 1));
    HandoverPage page{{}, {}, tx.now()};
    for (const auto& r : rows) page.data.push_back(out_of(r));
    if (page.data.size() > static_cast<std::size_t>(limit)) {
      page.data.pop_back();
      page.next = http::encode_cursor({page.data.back().id.v});
    }
    return http::ok(page);
  });
}

Result<Answer> get_handover(Call& call) {
  TRY(const auto id, call.path<HandoverId>("handover"));
  return call.read([id, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(const auto out, whole_of(tx, scope, id));
    return http::ok(out);
  });
}

/// Masked names of people within the caller's reach.
Result<> name_people(Tx& tx, const Scope& scope, std::vector<ItemOut>& items) {
  for (std::size_t from = 0; from < items.size(); from += people::kChosenMax) {
    std::vector<PersonId> ids;
    for (std::size_t i = from; i < std::min(items.size(), from + people::kChosenMax); ++i)
      if (items[i].person_id) ids.push_back(*items[i].person_id);
    if (ids.empty()) continue;
    TRY(auto rows, people::chosen_people(tx, scope, ids));
    TRY(const auto named, people::dressed(tx, std::move(rows)));
    for (const auto& row : named)
      for (auto& item : items)
        if (item.person_id == row.id) item.name = row.name;
  }
  return {};
}

Result<Answer> get_items(Call& call) {
  TRY(const auto id, call.path<HandoverId>("handover"));
  TRY(const auto q, call.query<ItemsQuery>());
  TRY(const auto limit, http::page_limit(q.limit));
  TRY(const auto after, place_of(q.cursor));
  const FindItems find{id, q.state.value_or(""), q.kind.value_or(""), q.to.value_or(StaffId{}), after, limit + 1};
  return call.read([find, limit, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(find_handover(tx, scope, find.handover));
    TRY(const auto rows, handover_items(tx, find));
    HandoverItemPage page{{}, {}, tx.now()};
    for (const auto& r : rows)
      page.data.push_back({r.id, r.kind, r.name, r.via, r.state, r.error, r.person, r.to ? std::optional(r.to) : std::nullopt, r.to_name, r.attempts, r.try_at,
                           r.asked_at, r.ended_at});
    if (page.data.size() > static_cast<std::size_t>(limit)) {
      page.data.pop_back();
      page.next = http::encode_cursor({page.data.back().id.v});
    }
    TRY(name_people(tx, scope, page.data));
    return http::ok(page);
  });
}

using Verb = Result<> (*)(Tx&, const Scope&, HandoverId);
Result<Answer> act(Call& call, Verb verb) {
  TRY(const auto id, call.path<HandoverId>("handover"));
  call.audit_subject(to_text(id));
  return call.write(id, [id, verb, &call](Tx& tx) -> Result<Reply> {
    TRY(verb(tx, call.scope(), id));
    TRY(const auto out, whole_of(tx, call.scope(), id));
    return http::ok(out);
  });
}
Result<Answer> post_pause(Call& call) { return act(call, pause_handover); }
Result<Answer> post_resume(Call& call) { return act(call, resume_handover); }
Result<Answer> post_cancel(Call& call) { return act(call, cancel_handover); }

Result<Answer> post_retry(Call& call) {
  TRY(const auto id, call.path<HandoverId>("handover"));
  call.audit_subject(to_text(id));
  return call.write(id, [id, &call](Tx& tx) -> Result<Reply> {
    TRY(const auto n, retry_handover(tx, call.scope(), id));
    return http::ok(RetriedOut{n});
  });
}

using http::None, http::route;
constexpr Route kHandoverRoutes[] = {
    route<HandoversQuery, None, HandoverPage>("GET", "/v1/handovers", "handover.read", get_handovers, "客户继承", "Handovers"),
    route<None, HandoverBody, HandoverWhole>("POST", "/v1/handovers", "handover.run", post_handover, "发起客户继承", "Start a handover"),
    route<None, HandoverBody, PreviewOut>("POST", "/v1/handovers:preview", "handover.read", post_preview, "预览客户继承", "Try a handover out"),
    route<None, None, HandoverWhole>("GET", "/v1/handovers/{handover}", "handover.read", get_handover, "继承进度", "How far a handover is"),
    route<ItemsQuery, None, HandoverItemPage>("GET", "/v1/handovers/{handover}/items", "handover.read", get_items, "继承明细", "Customers and groups of a handover"),
    route<None, None, HandoverWhole>("POST", "/v1/handovers/{handover}:cancel", "handover.run", post_cancel, "取消继承", "Give a handover up"),
    route<None, None, HandoverWhole>("POST", "/v1/handovers/{handover}:pause", "handover.run", post_pause, "暂停继承", "Pause a handover"),
    route<None, None, HandoverWhole>("POST", "/v1/handovers/{handover}:resume", "handover.run", post_resume, "继续继承", "Go on with a handover"),
    route<None, None, RetriedOut>("POST", "/v1/handovers/{handover}:retry", "handover.run", post_retry, "重试未成功的继承", "Try what did not work again"),
};

}  // namespace

std::span<const Route> handover_routes() { return kHandoverRoutes; }

}  // namespace koi::team
