// The people list, its count, saved views and bulk tagging on the wire.
#include "people/api.h"

#include <algorithm>

#include "http/wire.h"
#include "people/attributes.h"
#include "people/bulk.h"
#include "people/chosen.h"
#include "people/dressed.h"
#include "people/list.h"
#include "people/views.h"

namespace koi::people {

struct ListQuery : Filter {
  std::optional<SortBy> sort;
  std::vector<std::string> columns;  // keys of attributes to show beside the fixed columns
  std::vector<PersonId> ids;         // these people and no others; goes with no filter
  std::optional<std::int64_t> limit;
  std::optional<std::string> after;
};
BOOST_DESCRIBE_STRUCT(ListQuery, (Filter), (sort, columns, ids, limit, after))
using RowPage = http::Page<RowOut>;
struct CountOut { std::int64_t count, cap; Instant as_of; };
BOOST_DESCRIBE_STRUCT(CountOut, (), (count, cap, as_of))

/// A filter in a body: what is not set need not be there.
struct FilterIn {
  std::optional<std::string> q;
  std::optional<std::vector<Stage>> stage;
  std::optional<std::vector<TagId>> tag_any, tag_all, tag_none;
  std::optional<StaffId> owner;
  std::optional<std::string> store, channel;
  std::optional<std::int64_t> orders_min, orders_max, paid_fen_min, paid_fen_max;
  std::optional<Instant> last_paid_from, last_paid_to, created_from, created_to;
  std::optional<std::string> attribute, value, segment;
};
BOOST_DESCRIBE_STRUCT(FilterIn, (), (q, stage, tag_any, tag_all, tag_none, owner, store, channel, orders_min, orders_max,
                                     paid_fen_min, paid_fen_max, last_paid_from, last_paid_to, created_from, created_to,
                                     attribute, value, segment))
struct ViewIn {
  std::string name;
  std::optional<bool> shared;
  FilterIn filter;
  std::optional<std::vector<std::string>> columns;
  std::optional<SortBy> sort;
  std::optional<std::int64_t> position;
};
BOOST_DESCRIBE_STRUCT(ViewIn, (), (name, shared, filter, columns, sort, position))
struct ViewOut { ViewId id; std::string name; bool shared, mine; http::Json filter, columns; std::string sort; std::int64_t position, ver; };
BOOST_DESCRIBE_STRUCT(ViewOut, (), (id, name, shared, mine, filter, columns, sort, position, ver))
struct ViewList { std::vector<ViewOut> data; };
BOOST_DESCRIBE_STRUCT(ViewList, (), (data))

struct BulkIn { FilterIn filter; TagVerb verb; TagId tag_id; };
BOOST_DESCRIBE_STRUCT(BulkIn, (), (filter, verb, tag_id))
struct BulkOut {
  JobId id; std::string state, verb; TagId tag_id; std::int64_t total, done; std::string error;
  Instant created_at; std::optional<Instant> ended_at;
};
BOOST_DESCRIBE_STRUCT(BulkOut, (), (id, state, verb, tag_id, total, done, error, created_at, ended_at))

Result<std::map<StaffId, StaffFace>> staff_by_id(Tx& tx, std::span<const StaffId> staff) {
  std::map<StaffId, StaffFace> out;
  TRY(auto faces, staff_faces()(tx, staff));
  for (auto& face : faces) out.emplace(face.id, std::move(face));
  return out;
}

namespace {

Result<Place> place_of(const std::optional<std::string>& after) {
  if (!after) return Place{};
  TRY(const auto numbers, http::decode_cursor(*after, 3));
  return Place{numbers[0] != 0, numbers[1], numbers[2]};
}

/// Who is in a segment is for those who may see segments.
Result<> may_narrow(const Call& call, const std::optional<std::string>& segment) {
  if (!segment || call.actor().may("segment.read")) return {};
  return fail(Errc::forbidden, "people.filter_segment", "segment.read", "/segment");
}

/// The page a query asks for: people by their ids, or what its filter selects.
Result<ListPage> page_of(Tx& tx, const Scope& scope, const ListQuery& query, const Place& place, int limit) {
  if (query.ids.empty()) return list_people(tx, scope, query, query.sort.value_or(SortBy::created), place, limit);
  const Filter& filter = query;
  if (http::json_of(filter) != http::json_of(Filter{})) return fail(Errc::invalid, "people.ids_alone", {}, "/ids");
  ListPage page;
  TRY(page.rows, chosen_people(tx, scope, query.ids));
  return page;
}

Result<Answer> get_people(Call& call) {
  TRY(auto query, call.query<ListQuery>());
  TRY(may_narrow(call, query.segment));
  TRY(const auto limit, http::page_limit(query.limit));
  TRY(const auto place, place_of(query.after));
  return call.read([scope = call.scope(), query = std::move(query), place, limit](Tx& tx) -> Result<Reply> {
    TRY(const auto defs, attribute_defs(tx));
    for (const auto& column : query.columns)
      if (find_def(defs, column) == nullptr) return fail(Errc::invalid, "people.unknown_attribute", column, "/columns");
    TRY(auto page, page_of(tx, scope, query, place, limit));
    RowPage out;
    TRY(out.data, dressed(tx, std::move(page.rows), query.columns));
    if (page.next) out.next = http::encode_cursor({page.next->bought ? 1 : 0, page.next->key, page.next->id});
    out.as_of = tx.now();
    return http::ok(out);
  });
}

Result<Answer> get_count(Call& call) {
  TRY(auto filter, call.query<Filter>());
  TRY(may_narrow(call, filter.segment));
  return call.read([scope = call.scope(), filter = std::move(filter)](Tx& tx) -> Result<Reply> {
    TRY(const auto count, count_people(tx, scope, filter));
    return http::ok(CountOut{count, kCountMax, tx.now()});
  });
}

ViewOut view_out(const View& v, const store::Author& who) {
  return {v.id, v.name, v.shared, v.owner_kind == who.kind && v.owner_id == who.id, {v.filter}, {v.columns}, v.sort, v.position, v.ver};
}

Filter filter_of(const FilterIn& in) {
  const auto list = []<class T>(const std::optional<std::vector<T>>& v) { return v.value_or(std::vector<T>{}); };
  return {.q = in.q, .stage = list(in.stage), .tag_any = list(in.tag_any), .tag_all = list(in.tag_all),
          .tag_none = list(in.tag_none), .owner = in.owner, .store = in.store, .channel = in.channel,
          .orders_min = in.orders_min, .orders_max = in.orders_max, .paid_fen_min = in.paid_fen_min,
          .paid_fen_max = in.paid_fen_max, .last_paid_from = in.last_paid_from, .last_paid_to = in.last_paid_to,
          .created_from = in.created_from, .created_to = in.created_to, .attribute = in.attribute, .value = in.value,
          .segment = in.segment};
}

View view_in(const ViewIn& in) {
  return {.id = {}, .owner_kind = {}, .owner_id = 0, .name = in.name, .shared = in.shared.value_or(false),
          .filter = http::json_of(filter_of(in.filter)), .columns = http::json_of(in.columns.value_or(std::vector<std::string>{})),
          .sort = in.sort ? std::string(boost::describe::enum_to_string(*in.sort, "created")) : "created",
          .position = in.position.value_or(0), .ver = 1};
}

Result<Answer> get_views(Call& call) {
  return call.read([who = call.actor().author()](Tx& tx) -> Result<Reply> {
    TRY(const auto all, views(tx, who));
    ViewList out;
    for (const auto& v : all) out.data.push_back(view_out(v, who));
    return http::ok(out);
  });
}

Result<Answer> post_view(Call& call) {
  TRY(const auto body, call.body<ViewIn>());
  return call.write(ShardKey{}, [who = call.actor().author(), view = view_in(body)](Tx& tx) -> Result<Reply> {
    TRY(const auto made, create_view(tx, who, view));
    return http::with_etag(http::created(view_out(made, who)), made.ver);
  });
}

Result<Answer> put_view(Call& call) {
  TRY(const auto id, call.path<ViewId>("view"));
  TRY(const auto body, call.body<ViewIn>());
  TRY(const auto ver, http::if_match(call));
  call.audit_subject(to_text(id));
  auto view = view_in(body);
  view.id = id;
  return call.write(id, [who = call.actor().author(), view, ver](Tx& tx) mutable -> Result<Reply> {
    TRY(const auto all, views(tx, who));
    const auto had = std::ranges::find(all, view.id, &View::id);
    view.ver = ver.value_or(had == all.end() ? 1 : had->ver);
    TRY(const auto changed, update_view(tx, who, view));
    return http::with_etag(http::ok(view_out(changed, who)), changed.ver);
  });
}

Result<Answer> drop_view(Call& call) {
  TRY(const auto id, call.path<ViewId>("view"));
  call.audit_subject(to_text(id));
  return call.write(id, [who = call.actor().author(), id](Tx& tx) -> Result<Reply> {
    TRY(delete_view(tx, who, id));
    return http::no_content();
  });
}

BulkOut bulk_out(const BulkJob& j) {
  return {j.id, j.state, j.verb, j.tag_id, j.total, j.done, j.error, j.created_at, j.ended_at};
}

Result<Answer> post_bulk(Call& call) {
  TRY(auto body, call.body<BulkIn>());
  TRY(may_narrow(call, body.filter.segment));
  StartBulk start{.filter = filter_of(body.filter), .verb = body.verb, .tag = body.tag_id};
  call.audit_subject(to_text(body.tag_id));
  return call.write(body.tag_id, [scope = call.scope(), who = call.actor().author(), start = std::move(start)](Tx& tx) -> Result<Reply> {
    TRY(const auto job, start_bulk_tag(tx, scope, who, start));
    return http::accepted(bulk_out(job));
  });
}

Result<Answer> get_bulk(Call& call) {
  TRY(const auto id, call.path<JobId>("job"));
  return call.read([scope = call.scope(), who = call.actor().author(), id](Tx& tx) -> Result<Reply> {
    TRY(const auto job, bulk_job(tx, scope, who, id));
    return http::ok(bulk_out(job));
  });
}

Result<Answer> undo_bulk(Call& call) {
  TRY(const auto id, call.path<JobId>("job"));
  call.audit_subject(to_text(id));
  return call.write(id, [scope = call.scope(), who = call.actor().author(), id](Tx& tx) -> Result<Reply> {
    TRY(bulk_job(tx, scope, who, id));
    TRY(const auto job, undo_bulk_tag(tx, id));
    return http::accepted(bulk_out(job));
  });
}

constexpr Route kListRoutes[] = {
    http::route<ListQuery, http::None, RowPage>("GET", "/v1/people", "person.read", get_people, "客户列表", "List people"),
    http::route<Filter, http::None, CountOut>("GET", "/v1/people/count", "person.read", get_count, "客户计数",
                                              "Count people, exact up to a cap"),
    http::route<http::None, http::None, ViewList>("GET", "/v1/people/views", "view.read", get_views, "已存视图", "List saved views"),
    http::route<http::None, ViewIn, ViewOut>("POST", "/v1/people/views", "view.write", post_view, "保存视图", "Save a view"),
    http::route<http::None, ViewIn, ViewOut>("PUT", "/v1/people/views/{view}", "view.write", put_view, "修改视图",
                                             "Change a saved view", http::kIfMatch),
    http::route<http::None, http::None, http::None>("DELETE", "/v1/people/views/{view}", "view.write", drop_view, "删除视图",
                                                    "Delete a saved view"),
    http::route<http::None, BulkIn, BulkOut>("POST", "/v1/people/bulk-tag", "tag.write", post_bulk, "批量打标签",
                                             "Tag everybody a filter selects"),
    http::route<http::None, http::None, BulkOut>("GET", "/v1/people/bulk-tag/{job}", "tag.read", get_bulk, "批量任务进度",
                                                 "Progress of a bulk tagging"),
    http::route<http::None, http::None, BulkOut>("POST", "/v1/people/bulk-tag/{job}/undo", "tag.write", undo_bulk, "撤销批量打标签",
                                                 "Undo a bulk tagging"),
};

}  // namespace

std::span<const Route> list_routes() { return kListRoutes; }

std::span<const Route> profile_routes() {
  static const auto kAll = [] {
    std::vector<Route> all;
    for (const auto part : {list_routes(), person_routes(), tag_routes(), stage_routes(), rule_routes()})
      all.insert(all.end(), part.begin(), part.end());
    return all;
  }();
  return kAll;
}

}  // namespace koi::people
