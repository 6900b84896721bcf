// Landing pages on the wire.
#include "base/text.h"
#include "entry/door_api.h"
#include "entry/pages.h"
#include "entry/visit.h"

namespace koi::entry {

struct PageOut {
  PageId id;
  std::string slug, url;
  DoorState state = DoorState::active;
  std::int64_t ver = 0, live_ver = 0;
  Instant created_at, updated_at;
  PageSpec spec;
  PageSums counts;
};
BOOST_DESCRIBE_STRUCT(PageOut, (), (id, slug, url, state, ver, live_ver, created_at, updated_at, spec, counts))
struct PageVersionOut { std::int64_t ver = 0; std::string by_whom; Instant at{}; bool live = false; };
BOOST_DESCRIBE_STRUCT(PageVersionOut, (), (ver, by_whom, at, live))
struct PageVersionsOut { std::vector<PageVersionOut> data; };
BOOST_DESCRIBE_STRUCT(PageVersionsOut, (), (data))
struct PageAt { std::optional<std::int64_t> ver; };
BOOST_DESCRIBE_STRUCT(PageAt, (), (ver))
struct PageDrawn { std::string html; };
BOOST_DESCRIBE_STRUCT(PageDrawn, (), (html))
struct PageDayLine : PageSums { LocalDay day{}; };
BOOST_DESCRIBE_STRUCT(PageDayLine, (PageSums), (day))
struct PageBlockLine { std::string block; std::int64_t clicks = 0; };
BOOST_DESCRIBE_STRUCT(PageBlockLine, (), (block, clicks))
struct PageStats {
  LocalDay from{}, to{};
  PageSums total;
  std::vector<PageDayLine> days;
  std::vector<PageBlockLine> blocks;
  Instant as_of{};
};
BOOST_DESCRIBE_STRUCT(PageStats, (), (from, to, total, days, blocks, as_of))

namespace {

Result<PageOut> out_of(Tx& tx, const std::string& site, LandingPage&& p) {
  TRY(const auto sums, page_sums(tx, p.id));
  auto url = site + "/h5/p/" + p.slug;
  return PageOut{p.id, std::move(p.slug), std::move(url), p.state, p.ver, p.live_ver, p.created_at, p.updated_at, std::move(p.spec), sums};
}
Result<Reply> tagged(Tx& tx, const http::Request& request, LandingPage page, int status = 200) {
  const auto ver = page.ver;
  TRY(const auto out, out_of(tx, site_of(request), std::move(page)));
  auto reply = http::ok(out);
  reply.status = status;
  return http::with_etag(std::move(reply), ver);
}

Result<Answer> get_pages(Call& call) {
  TRY(const auto query, call.query<DoorListQuery>());
  int limit = 0;
  TRY(const auto filter, filter_of(query, limit));
  return call.read([filter, limit, site = site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(auto pages, list_pages(tx, filter));
    http::Page<PageOut> out;
    out.as_of = tx.now();
    const bool more = pages.size() > static_cast<std::size_t>(limit);
    if (more) pages.pop_back();
    for (auto& p : pages) {
      TRY(auto row, out_of(tx, site, std::move(p)));
      out.data.push_back(std::move(row));
    }
    if (more) out.next = http::encode_cursor({out.data.back().id.v});
    return http::ok(out);
  });
}

Result<Answer> get_page(Call& call) {
  TRY(const auto id, call.path<PageId>("page"));
  TRY(const auto query, call.query<PageAt>());
  return call.read([id, ver = query.ver.value_or(0), &call](Tx& tx) -> Result<Reply> {
    TRY(auto page, find_page(tx, id, ver));
    return tagged(tx, call.request(), std::move(page));
  });
}

Result<Answer> post_page(Call& call) {
  TRY(const auto body, call.body<DoorIn>());
  TRY(auto spec, in_spec(read_page(body.spec.text)));
  return call.write(ShardKey{}, [cmd = CreatePage{std::move(spec), body.slug.value_or(""), body.key.value_or(""), call.actor().name}, &call](Tx& tx) -> Result<Reply> {
    TRY(auto page, in_spec(create_page(tx, cmd)));
    call.audit_subject(to_text(page.id));
    return tagged(tx, call.request(), std::move(page), 201);
  });
}

Result<Answer> put_page(Call& call) {
  TRY(const auto id, call.path<PageId>("page"));
  TRY(const auto body, call.body<DoorEdit>());
  TRY(const auto ver, http::if_match(call));
  TRY(auto spec, in_spec(read_page(body.spec.text)));
  call.audit_subject(to_text(id));
  return call.write(id, [cmd = EditPage{id, ver, std::move(spec), call.actor().name}, &call](Tx& tx) -> Result<Reply> {
    TRY(auto page, in_spec(edit_page(tx, cmd)));
    return tagged(tx, call.request(), std::move(page));
  });
}

Result<Answer> post_publish(Call& call) {
  TRY(const auto id, call.path<PageId>("page"));
  TRY(const auto query, call.query<PageAt>());
  call.audit_subject(to_text(id), "{\"ver\":" + std::to_string(query.ver.value_or(0)) + "}");
  return call.write(id, [id, ver = query.ver.value_or(0), &call](Tx& tx) -> Result<Reply> {
    TRY(auto page, in_spec(publish_page(tx, id, ver)));
    return tagged(tx, call.request(), std::move(page));
  });
}

Result<Answer> post_restore(Call& call) {
  TRY(const auto id, call.path<PageId>("page"));
  TRY(const auto query, call.query<PageAt>());
  call.audit_subject(to_text(id), "{\"ver\":" + std::to_string(query.ver.value_or(0)) + "}");
  return call.write(id, [id, ver = query.ver.value_or(0), &call](Tx& tx) -> Result<Reply> {
    TRY(auto page, in_spec(restore_page(tx, id, ver, call.actor().name)));
    return tagged(tx, call.request(), std::move(page));
  });
}

template <DoorState state>
Result<Answer> post_state(Call& call) {
  TRY(const auto id, call.path<PageId>("page"));
  call.audit_subject(to_text(id));
  return call.write(id, [id, &call](Tx& tx) -> Result<Reply> {
    TRY(auto page, set_page_state(tx, id, state));
    return tagged(tx, call.request(), std::move(page));
  });
}

Result<Answer> delete_page(Call& call) {
  TRY(const auto id, call.path<PageId>("page"));
  call.audit_subject(to_text(id));
  return call.write(id, [id](Tx& tx) -> Result<Reply> {
    TRY(set_page_state(tx, id, DoorState::deleted));
    return http::no_content();
  });
}

Result<Answer> get_versions(Call& call) {
  TRY(const auto id, call.path<PageId>("page"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(const auto page, find_page(tx, id));
    TRY(auto versions, page_versions(tx, id));
    PageVersionsOut out;
    for (auto& v : versions) out.data.push_back({v.ver, std::move(v.by_whom), v.at, v.ver == page.live_ver});
    return http::ok(out);
  });
}

/// A page as its visitors would see it, of a definition that need not be saved.
Result<Answer> post_preview(Call& call) {
  TRY(const auto body, call.body<DoorEdit>());
  TRY(auto spec, in_spec(read_page(body.spec.text)));
  return call.read([spec = std::move(spec), &call](Tx& tx) -> Result<Reply> {
    TRY(in_spec(check_page(tx, spec)));
    return http::ok(PageDrawn{draw_page(spec, {{}, {}, site_of(call.request()), call.request().language(), tx.now()})});
  });
}

Result<Answer> get_preview(Call& call) {
  TRY(const auto id, call.path<PageId>("page"));
  TRY(const auto query, call.query<PageAt>());
  return call.read([id, ver = query.ver.value_or(0), &call](Tx& tx) -> Result<Reply> {
    TRY(const auto found, find_page(tx, id, ver));
    Page page;
    page.language = call.request().language();
    page.title = found.spec.title;
    page.body = draw_page(found.spec, {{}, {}, site_of(call.request()), page.language, tx.now()});
    return page_reply(page);
  });
}

Result<Answer> get_stats(Call& call) {
  TRY(const auto id, call.path<PageId>("page"));
  TRY(const auto query, call.query<DoorStatsQuery>());
  return call.read([id, query](Tx& tx) -> Result<Reply> {
    TRY(const auto days, days_of(tx, query));
    TRY(const auto lines, page_days(tx, id, days.first, days.second));
    PageStats out;
    std::tie(out.from, out.to) = days;
    out.as_of = tx.now();
    for (auto day = out.from; day <= out.to; day += std::chrono::days{1}) out.days.emplace_back().day = day;
    std::map<std::string, std::int64_t> blocks;
    for (const auto& line : lines) {
      if (!line.block.empty()) {
        blocks[line.block] += line.sums.clicks;
        continue;
      }
      for (auto* sums : {&out.total, static_cast<PageSums*>(&out.days[static_cast<std::size_t>((line.day - out.from).count())])}) {
        sums->views += line.sums.views;
        sums->visitors += line.sums.visitors;
        sums->clicks += line.sums.clicks;
        sums->bots += line.sums.bots;
      }
    }
    for (const auto& [block, clicks] : blocks) out.blocks.push_back({block, clicks});
    return http::ok(out);
  });
}

std::string new_schema() { return new_body(page_schema()); }
std::string edit_schema() { return edit_body(page_schema()); }

using http::None;
using http::of_media;
using http::route;
constexpr Route kRoutes[] = {
    route<DoorListQuery, None, http::Page<PageOut>>("GET", "/v1/pages", "page.read", get_pages, "落地页列表", "List landing pages"),
    bodied_as(route<None, DoorIn, PageOut>("POST", "/v1/pages", "page.write", post_page, "新建落地页", "Create a landing page"), new_schema),
    bodied_as(route<None, DoorEdit, PageDrawn>("POST", "/v1/pages:preview", "page.read", post_preview, "预览未保存的落地页", "A landing page as visitors would see it", http::kNoAudit), edit_schema),
    route<PageAt, None, PageOut>("GET", "/v1/pages/{page}", "page.read", get_page, "落地页", "One landing page"),
    bodied_as(route<None, DoorEdit, PageOut>("PUT", "/v1/pages/{page}", "page.write", put_page, "修改落地页(新版本)", "A new version of a landing page", http::kIfMatch), edit_schema),
    route<PageAt, None, PageOut>("POST", "/v1/pages/{page}:publish", "page.write", post_publish, "发布落地页", "Publish a landing page"),
    route<PageAt, None, PageOut>("POST", "/v1/pages/{page}:restore", "page.write", post_restore, "恢复落地页旧版本", "Bring back an old version"),
    route<None, None, PageOut>("POST", "/v1/pages/{page}:pause", "page.write", post_state<DoorState::paused>, "暂停落地页", "Pause a landing page"),
    route<None, None, PageOut>("POST", "/v1/pages/{page}:resume", "page.write", post_state<DoorState::active>, "恢复落地页", "Resume a landing page"),
    route<None, None, None>("DELETE", "/v1/pages/{page}", "page.write", delete_page, "删除落地页", "Delete a landing page"),
    route<None, None, PageVersionsOut>("GET", "/v1/pages/{page}/versions", "page.read", get_versions, "落地页版本", "Versions of a landing page"),
    of_media(route<PageAt, None, None>("GET", "/v1/pages/{page}/preview", "page.read", get_preview, "预览落地页", "Preview a landing page"), "text/html"),
    route<DoorStatsQuery, None, PageStats>("GET", "/v1/pages/{page}/stats", "page.read", get_stats, "落地页浏览与点击", "Views and clicks of a landing page"),
};

}  // namespace

std::span<const Route> page_routes() { return kRoutes; }

}  // namespace koi::entry
