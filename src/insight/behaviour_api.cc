#include "insight/behaviour.h"

namespace koi::insight {
namespace {

// A question about people of an answer: the answer's own spec, which of them, and a page.
template <class Spec, class Pick>
struct PeopleOf {
  Spec query;
  Pick people;
  std::optional<std::string> after;
  std::optional<std::int64_t> limit;
  BOOST_DESCRIBE_CLASS(PeopleOf, (), (query, people, after, limit), (), ())
};
struct PersonRow { PersonId person_id; };
BOOST_DESCRIBE_STRUCT(PersonRow, (), (person_id))
struct PeoplePage { std::vector<PersonRow> data; std::optional<std::string> next; Instant as_of{}; std::int64_t total = 0; };
BOOST_DESCRIBE_STRUCT(PeoplePage, (), (data, next, as_of, total))

// Numbers only: whoever wants everybody need not ask a hundred times.
constexpr std::int64_t kPageUsual = 50, kPageMax = 5000;

/// Rules say things of people that only those may ask who may see segments.
template <class Spec>
Result<> may_narrow(const Call& call, const Spec& spec) {
  if ((!spec.segment && !spec.among) || call.actor().may("segment.read")) return {};
  return fail(Errc::forbidden, "insight.segment_forbidden", "segment.read", spec.segment ? "/segment" : "/among");
}

template <class Spec, auto ask>
Result<Answer> post_question(Call& call) {
  TRY(auto spec, call.body<Spec>());
  TRY(may_narrow(call, spec));
  return call.read([scope = call.scope(), spec = std::move(spec)](Tx& tx) -> Result<Reply> {
    TRY(const auto reply, ask(tx, scope, spec));
    return http::ok(reply);
  });
}

/// By number, so that a page goes on where the last one ended even when people have come or gone.
PeoplePage page_of(const Found& found, PersonId after, std::int64_t limit, Instant as_of) {
  std::vector<std::int64_t> ids;
  found.people.each([&](events::columns::Ordinal o) { ids.push_back(found.view->roster->node(o)); });
  std::ranges::sort(ids);
  PeoplePage page{.data = {}, .next = {}, .as_of = as_of, .total = static_cast<std::int64_t>(ids.size())};
  auto at = std::ranges::upper_bound(ids, after.v);
  for (; at != ids.end() && page.data.size() < static_cast<std::size_t>(limit); ++at) page.data.push_back({PersonId{*at}});
  if (at != ids.end()) page.next = http::encode_cursor({page.data.back().person_id.v});
  return page;
}

template <class Spec, class Pick, auto ask>
Result<Answer> post_people(Call& call) {
  using Body = PeopleOf<Spec, Pick>;
  TRY(auto body, call.body<Body>());
  TRY(may_narrow(call, body.query));
  PersonId after;
  if (body.after) {
    TRY(const auto place, http::decode_cursor(*body.after, 1));
    after = {place[0]};
  }
  const auto limit = body.limit.value_or(kPageUsual);
  if (limit < 1 || limit > kPageMax) return fail(Errc::malformed, "http.bad_query", "1 to 5000", "/limit");
  return call.read([scope = call.scope(), body = std::move(body), after, limit](Tx& tx) -> Result<Reply> {
    Found found;
    TRY(const auto reply, ask(tx, scope, body.query, &body.people, &found));
    return http::ok(page_of(found, after, limit, reply.basis.as_of));
  });
}

Result<FunnelReply> funnel(Tx& tx, const Scope& s, const FunnelSpec& spec) { return ask_funnel(tx, s, spec); }
Result<RetentionReply> retention(Tx& tx, const Scope& s, const RetentionSpec& spec) { return ask_retention(tx, s, spec); }
Result<PathsReply> paths(Tx& tx, const Scope& s, const PathsSpec& spec) { return ask_paths(tx, s, spec); }
Result<ActivityReply> activity(Tx& tx, const Scope& s, const ActivitySpec& spec) { return ask_activity(tx, s, spec); }
Result<AttributionReply> attribution(Tx& tx, const Scope& s, const AttributionSpec& spec) { return ask_attribution(tx, s, spec); }
Result<TilesReply> tiles(Tx& tx, const Scope& s, const TilesSpec& spec) { return ask_tiles(tx, s, spec); }

using http::None;
using http::route;
template <class Spec, class Pick>
using Of = PeopleOf<Spec, Pick>;
constexpr unsigned kQuestion = http::kNoAudit;  // a question changes nothing; it is a POST for its length

constexpr Route kRoutes[] = {
    route<None, FunnelSpec, FunnelReply>("POST", "/v1/queries/funnel", "insight.read", post_question<FunnelSpec, funnel>, "漏斗", "Funnel", kQuestion),
    route<None, RetentionSpec, RetentionReply>("POST", "/v1/queries/retention", "insight.read", post_question<RetentionSpec, retention>, "留存", "Retention", kQuestion),
    route<None, PathsSpec, PathsReply>("POST", "/v1/queries/paths", "insight.read", post_question<PathsSpec, paths>, "行为路径", "Paths", kQuestion),
    route<None, ActivitySpec, ActivityReply>("POST", "/v1/queries/activity", "insight.read", post_question<ActivitySpec, activity>, "事件趋势", "Activity", kQuestion),
    route<None, AttributionSpec, AttributionReply>("POST", "/v1/queries/attribution", "insight.read", post_question<AttributionSpec, attribution>, "触点归因", "Attribution", kQuestion),
    route<None, TilesSpec, TilesReply>("POST", "/v1/queries/rfm", "insight.read", post_question<TilesSpec, tiles>, "行为 RFM", "RFM of a behaviour", kQuestion),
    route<None, Of<FunnelSpec, FunnelPick>, PeoplePage>("POST", "/v1/queries/funnel/people", "insight.read", post_people<FunnelSpec, FunnelPick, ask_funnel>,
                                                        "漏斗某步的客户", "People of a funnel step", kQuestion),
    route<None, Of<RetentionSpec, RetentionPick>, PeoplePage>("POST", "/v1/queries/retention/people", "insight.read", post_people<RetentionSpec, RetentionPick, ask_retention>,
                                                              "留存格内客户", "People of a retention cell", kQuestion),
    route<None, Of<PathsSpec, PathsPick>, PeoplePage>("POST", "/v1/queries/paths/people", "insight.read", post_people<PathsSpec, PathsPick, ask_paths>,
                                                      "走过某路径的客户", "People of a path", kQuestion),
    route<None, Of<ActivitySpec, ActivityPick>, PeoplePage>("POST", "/v1/queries/activity/people", "insight.read", post_people<ActivitySpec, ActivityPick, ask_activity>,
                                                            "事件背后的客户", "People behind an event", kQuestion),
    route<None, Of<AttributionSpec, AttributionPick>, PeoplePage>("POST", "/v1/queries/attribution/people", "insight.read",
                                                                  post_people<AttributionSpec, AttributionPick, ask_attribution>, "触点带来的客户",
                                                                  "People a touch earned", kQuestion),
    route<None, Of<TilesSpec, TilesPick>, PeoplePage>("POST", "/v1/queries/rfm/people", "insight.read", post_people<TilesSpec, TilesPick, ask_tiles>,
                                                      "行为 RFM 格内客户", "People of an RFM cell of a behaviour", kQuestion),
};

}  // namespace

std::span<const http::Route> behaviour_routes() { return kRoutes; }

}  // namespace koi::insight
