// Short links on the wire.
#include "base/text.h"
#include "entry/door_api.h"
#include "entry/links.h"
#include "entry/picture.h"
#include "entry/visit.h"

namespace koi::entry {

struct LinkOut {
  LinkId id;
  std::string slug, url;
  DoorState state = DoorState::active;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
  LinkSpec spec;
  LinkCounts counts;
};
BOOST_DESCRIBE_STRUCT(LinkOut, (), (id, slug, url, state, ver, created_at, updated_at, spec, counts))
struct LinkSums { std::int64_t clicks = 0, visitors = 0, bots = 0, asked = 0, turned = 0; };
BOOST_DESCRIBE_STRUCT(LinkSums, (), (clicks, visitors, bots, asked, turned))
struct LinkDayLine : LinkSums { LocalDay day{}; };
BOOST_DESCRIBE_STRUCT(LinkDayLine, (LinkSums), (day))
struct LinkTargetLine : LinkSums { std::string target, name; };
BOOST_DESCRIBE_STRUCT(LinkTargetLine, (LinkSums), (target, name))
struct LinkStats {
  LocalDay from{}, to{};
  LinkSums total;
  std::optional<std::int64_t> cost_per_click_fen;
  std::vector<LinkDayLine> days;
  std::vector<LinkTargetLine> targets;
  Instant as_of{};
};
BOOST_DESCRIBE_STRUCT(LinkStats, (), (from, to, total, cost_per_click_fen, days, targets, as_of))
struct LinkQrQuery { std::optional<std::string> format; std::optional<std::int64_t> size; };
BOOST_DESCRIBE_STRUCT(LinkQrQuery, (), (format, size))
struct RegionsOut { std::int64_t lines = 0; };
BOOST_DESCRIBE_STRUCT(RegionsOut, (), (lines))
struct RegionsIn { std::string csv; };
BOOST_DESCRIBE_STRUCT(RegionsIn, (), (csv))

namespace {

LinkOut out_of(const std::string& site, Link&& l) {
  auto url = site + "/s/" + l.slug;
  return {l.id, std::move(l.slug), std::move(url), l.state, l.ver, l.created_at, l.updated_at, std::move(l.spec), l.counts};
}
Result<Reply> tagged(const http::Request& request, Link link, int status = 200) {
  const auto ver = link.ver;
  auto reply = http::ok(out_of(site_of(request), std::move(link)));
  reply.status = status;
  return http::with_etag(std::move(reply), ver);
}

Result<Answer> get_links(Call& call) {
  TRY(const auto query, call.query<DoorListQuery>());
  int limit = 0;
  TRY(const auto filter, filter_of(query, limit));
  return call.read([filter, limit, site = site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(auto links, list_links(tx, filter));
    http::Page<LinkOut> out;
    out.as_of = tx.now();
    const bool more = links.size() > static_cast<std::size_t>(limit);
    if (more) links.pop_back();
    for (auto& l : links) out.data.push_back(out_of(site, std::move(l)));
    if (more) out.next = http::encode_cursor({out.data.back().id.v});
    return http::ok(out);
  });
}

Result<Answer> get_link(Call& call) {
  TRY(const auto id, call.path<LinkId>("link"));
  return call.read([id, &call](Tx& tx) -> Result<Reply> {
    TRY(auto link, find_link(tx, id));
    return tagged(call.request(), std::move(link));
  });
}

Result<Answer> post_link(Call& call) {
  TRY(const auto body, call.body<DoorIn>());
  TRY(auto spec, in_spec(read_link(body.spec.text)));
  return call.write(ShardKey{}, [cmd = CreateLink{std::move(spec), body.slug.value_or(""), body.key.value_or("")}, &call](Tx& tx) -> Result<Reply> {
    TRY(auto link, in_spec(create_link(tx, cmd)));
    call.audit_subject(to_text(link.id));
    return tagged(call.request(), std::move(link), 201);
  });
}

Result<Answer> put_link(Call& call) {
  TRY(const auto id, call.path<LinkId>("link"));
  TRY(const auto body, call.body<DoorEdit>());
  TRY(const auto ver, http::if_match(call));
  TRY(auto spec, in_spec(read_link(body.spec.text)));
  call.audit_subject(to_text(id));
  return call.write(id, [cmd = EditLink{id, ver, std::move(spec)}, &call](Tx& tx) -> Result<Reply> {
    TRY(auto link, in_spec(edit_link(tx, cmd)));
    return tagged(call.request(), std::move(link));
  });
}

template <DoorState state>
Result<Answer> post_state(Call& call) {
  TRY(const auto id, call.path<LinkId>("link"));
  call.audit_subject(to_text(id));
  return call.write(id, [id, &call](Tx& tx) -> Result<Reply> {
    TRY(auto link, set_link_state(tx, id, state));
    return tagged(call.request(), std::move(link));
  });
}

Result<Answer> delete_link(Call& call) {
  TRY(const auto id, call.path<LinkId>("link"));
  call.audit_subject(to_text(id));
  return call.write(id, [id](Tx& tx) -> Result<Reply> {
    TRY(set_link_state(tx, id, DoorState::deleted));
    return http::no_content();
  });
}

void add(LinkSums& sums, const LinkDay& d) {
  sums.clicks += d.clicks;
  sums.visitors += d.visitors;
  sums.bots += d.bots;
  sums.asked += d.asked;
  sums.turned += d.turned;
}

Result<Answer> get_stats(Call& call) {
  TRY(const auto id, call.path<LinkId>("link"));
  TRY(const auto query, call.query<DoorStatsQuery>());
  return call.read([id, query](Tx& tx) -> Result<Reply> {
    TRY(const auto days, days_of(tx, query));
    TRY(const auto lines, link_days(tx, id, days.first, days.second));
    TRY(const auto link, find_link(tx, id));
    LinkStats out;
    std::tie(out.from, out.to) = days;
    out.as_of = tx.now();
    for (auto day = out.from; day <= out.to; day += std::chrono::days{1}) out.days.emplace_back().day = day;
    for (const auto& t : link.spec.targets) {
      auto& line = out.targets.emplace_back();
      line.target = t.key;
      line.name = t.name;
    }
    for (const auto& line : lines) {
      add(out.total, line);
      add(out.days[static_cast<std::size_t>((line.day - out.from).count())], line);
      // A target that was taken out of the link still has its days.
      auto at = std::ranges::find(out.targets, line.target, &LinkTargetLine::target);
      if (at == out.targets.end() && !line.target.empty()) {
        out.targets.emplace_back().target = line.target;
        at = std::prev(out.targets.end());
      }
      if (at != out.targets.end()) add(*at, line);
    }
    if (link.spec.cost_total_fen > 0 && link.counts.clicks > 0) out.cost_per_click_fen = (link.spec.cost_total_fen + link.counts.clicks / 2) / link.counts.clicks;
    return http::ok(out);
  });
}

Result<Answer> get_qr(Call& call) {
  TRY(const auto id, call.path<LinkId>("link"));
  TRY(const auto query, call.query<LinkQrQuery>());
  return call.read([id, query, site = site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(const auto link, find_link(tx, id));
    const QrPicture picture{site + "/s/" + link.slug, query.size.value_or(kPixelsUsual), {}};
    if (query.format.value_or("svg") == "png") {
      TRY(auto png, qr_png(picture));
      return Reply{200, std::move(png), "image/png", {}};
    }
    TRY(auto svg, qr_svg(picture));
    return Reply{200, std::move(svg), "image/svg+xml", {}};
  });
}

Result<Answer> put_region_list(Call& call) {
  TRY(auto body, call.body<RegionsIn>());
  return call.write(ShardKey{}, [csv = std::move(body.csv), &call](Tx& tx) -> Result<Reply> {
    TRY(const auto lines, put_regions(tx, csv));
    call.audit_subject("", "{\"lines\":" + std::to_string(lines) + "}");
    return http::ok(RegionsOut{lines});
  });
}

std::string new_schema() { return new_body(link_schema()); }
std::string edit_schema() { return edit_body(link_schema()); }

using http::None;
using http::of_media;
using http::route;
constexpr Route kRoutes[] = {
    route<DoorListQuery, None, http::Page<LinkOut>>("GET", "/v1/links", "link.read", get_links, "短链列表", "List short links"),
    bodied_as(route<None, DoorIn, LinkOut>("POST", "/v1/links", "link.write", post_link, "新建短链", "Create a short link"), new_schema),
    route<None, None, LinkOut>("GET", "/v1/links/{link}", "link.read", get_link, "短链", "One short link"),
    bodied_as(route<None, DoorEdit, LinkOut>("PUT", "/v1/links/{link}", "link.write", put_link, "修改短链", "Change a short link", http::kIfMatch), edit_schema),
    route<None, None, LinkOut>("POST", "/v1/links/{link}:pause", "link.write", post_state<DoorState::paused>, "暂停短链", "Pause a short link"),
    route<None, None, LinkOut>("POST", "/v1/links/{link}:resume", "link.write", post_state<DoorState::active>, "恢复短链", "Resume a short link"),
    route<None, None, None>("DELETE", "/v1/links/{link}", "link.write", delete_link, "删除短链", "Delete a short link"),
    route<DoorStatsQuery, None, LinkStats>("GET", "/v1/links/{link}/stats", "link.read", get_stats, "短链按天与目标的点击", "A short link's clicks by day and target"),
    of_media(route<LinkQrQuery, None, None>("GET", "/v1/links/{link}/qr", "link.read", get_qr, "短链二维码", "A short link as a QR code"), "image/svg+xml"),
    route<None, RegionsIn, RegionsOut>("PUT", "/v1/link-regions", "link.write", put_region_list, "替换地区与网段对照表", "Replace the list of regions", http::kBatch),
};

}  // namespace

std::span<const Route> link_routes() { return kRoutes; }

}  // namespace koi::entry
