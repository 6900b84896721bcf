// Lists of people on the wire.
#include <algorithm>

#include "people/chosen.h"
#include "people/dressed.h"
#include "segments/api.h"
#include "segments/lists.h"

namespace koi::segments {

struct ListsOut { std::vector<PersonList> data; };
BOOST_DESCRIBE_STRUCT(ListsOut, (), (data))
struct ListIn { std::string name; std::optional<std::string> description; };
BOOST_DESCRIBE_STRUCT(ListIn, (), (name, description))
struct ListPatch { std::optional<std::string> name, description; };
BOOST_DESCRIBE_STRUCT(ListPatch, (), (name, description))
struct IdentifierIn { std::string ns, value; };
BOOST_DESCRIBE_STRUCT(IdentifierIn, (), (ns, value))
struct PeopleIn {
  std::optional<std::vector<std::string>> ids;
  std::optional<std::vector<IdentifierIn>> identifiers;
  std::optional<std::string> csv;
};
BOOST_DESCRIBE_STRUCT(PeopleIn, (), (ids, identifiers, csv))
struct TakeIn { std::vector<PersonId> ids; };
BOOST_DESCRIBE_STRUCT(TakeIn, (), (ids))
struct TakenOut { std::int64_t removed = 0; };
BOOST_DESCRIBE_STRUCT(TakenOut, (), (removed))
struct ListPeopleQuery { std::optional<std::string> cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(ListPeopleQuery, (), (cursor, limit))
struct ListPeoplePage { std::vector<people::RowOut> data; std::optional<std::string> next; };
BOOST_DESCRIBE_STRUCT(ListPeoplePage, (), (data, next))

namespace {

constexpr int kPeopleMax = 100;

Reply tagged(const PersonList& list, int status = 200) {
  auto reply = http::ok(list);
  reply.status = status;
  return http::with_etag(std::move(reply), list.ver);
}

Result<Answer> get_lists(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    ListsOut out;
    TRY(out.data, lists(tx));
    return http::ok(out);
  });
}

Result<Answer> post_list(Call& call) {
  TRY(const auto body, call.body<ListIn>());
  call.audit_subject(body.name);
  return call.write(ShardKey{}, [body](Tx& tx) -> Result<Reply> {
    TRY(const auto made, create_list(tx, body.name, body.description.value_or("")));
    return tagged(made, 201);
  });
}

Result<Answer> get_list(Call& call) {
  TRY(const auto id, call.path<ListId>("list"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(const auto list, list_by_id(tx, id));
    return tagged(list);
  });
}

Result<Answer> patch_list(Call& call) {
  TRY(const auto id, call.path<ListId>("list"));
  TRY(const auto body, call.body<ListPatch>());
  TRY(const auto ver, http::if_match(call));
  call.audit_subject(to_text(id));
  return call.write(ShardKey{}, [id, body, ver](Tx& tx) -> Result<Reply> {
    TRY(const auto changed, update_list(tx, {id, ver, body.name, body.description}));
    return tagged(changed);
  });
}

Result<Answer> drop_list(Call& call) {
  TRY(const auto id, call.path<ListId>("list"));
  call.audit_subject(to_text(id));
  return call.write(ShardKey{}, [id](Tx& tx) -> Result<Reply> {
    TRY(delete_list(tx, id));
    return http::no_content();
  });
}

/// Ids, identifiers, or a file as text.
Result<std::vector<Wanted>> wanted_in(const Call& call) {
  TRY(const auto body, call.body<PeopleIn>());
  if (body.csv) return rows_of_file(*body.csv);
  std::vector<Wanted> out;
  std::int64_t line = 0;
  if (body.ids)
    for (const auto& id : *body.ids) out.push_back({++line, id.empty() ? "-" : id});
  if (body.identifiers)
    for (const auto& one : *body.identifiers) out.push_back({++line, {}, one.ns, one.value});
  return out;
}

Result<Answer> post_people(Call& call) {
  TRY(const auto id, call.path<ListId>("list"));
  TRY(auto rows, wanted_in(call));
  call.audit_subject(to_text(id), "{\"rows\":" + std::to_string(rows.size()) + "}");
  return read_then_write<Meant>(
      call, ShardKey{}, [scope = call.scope(), rows = std::move(rows)](Tx& tx) { return people_meant(tx, scope, rows); },
      [id](Tx& tx, const Meant& meant) -> Result<Reply> {
        TRY(const auto brought, add_to_list(tx, id, meant));
        return http::ok(brought);
      });
}

Result<Answer> drop_people(Call& call) {
  TRY(const auto id, call.path<ListId>("list"));
  TRY(const auto body, call.body<TakeIn>());
  call.audit_subject(to_text(id));
  return call.write(ShardKey{}, [id, scope = call.scope(), ids = body.ids](Tx& tx) -> Result<Reply> {
    TRY(const auto removed, take_from_list(tx, scope, id, ids));
    return http::ok(TakenOut{removed});
  });
}

Result<Answer> get_people(Call& call) {
  TRY(const auto id, call.path<ListId>("list"));
  TRY(const auto query, call.query<ListPeopleQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  std::int64_t after = 0;
  if (query.cursor) {
    TRY(const auto place, http::decode_cursor(*query.cursor, 1));
    after = place[0];
  }
  return call.read([id, scope = call.scope(), after, limit](Tx& tx) -> Result<Reply> {
    TRY(const auto list, list_by_id(tx, id));
    TRY(const auto all, people_of_list(tx, list.name));
    std::vector<PersonId> page;
    auto at = std::ranges::upper_bound(all, PersonId{after});
    for (; at != all.end() && page.size() < static_cast<std::size_t>(std::min(limit, kPeopleMax)); ++at) page.push_back(*at);
    TRY(auto rows, people::chosen_people(tx, scope, page));
    ListPeoplePage out;
    TRY(out.data, people::dressed(tx, std::move(rows)));
    if (at != all.end()) out.next = http::encode_cursor({page.back().v});
    return http::ok(out);
  });
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<None, None, ListsOut>("GET", "/v1/lists", "segment.read", get_lists, "名单列表", "List lists of people"),
    route<None, ListIn, PersonList>("POST", "/v1/lists", "segment.write", post_list, "新建名单", "Create a list"),
    route<None, None, PersonList>("GET", "/v1/lists/{list}", "segment.read", get_list, "名单", "One list"),
    route<None, ListPatch, PersonList>("PATCH", "/v1/lists/{list}", "segment.write", patch_list, "修改名单", "Change a list", http::kIfMatch),
    route<None, None, None>("DELETE", "/v1/lists/{list}", "segment.write", drop_list, "删除名单", "Delete a list"),
    route<ListPeopleQuery, None, ListPeoplePage>("GET", "/v1/lists/{list}/people", "segment.read", get_people, "名单中的客户", "People of a list"),
    route<None, PeopleIn, Brought>("POST", "/v1/lists/{list}/people", "segment.write", post_people, "向名单加入客户", "Bring people into a list", http::kBatch),
    route<None, TakeIn, TakenOut>("DELETE", "/v1/lists/{list}/people", "segment.write", drop_people, "从名单移出客户", "Take people out of a list"),
};

}  // namespace

std::span<const Route> list_routes() { return kRoutes; }

}  // namespace koi::segments
