#include "simulate/control.h"

#include "base/text.h"

namespace koi::simulate {

std::int64_t Steer::query_number(std::string_view key, std::int64_t otherwise) const { return parse_int(query(key)).value_or(otherwise); }

Result<StaffNo> staff_at(const Steer& s, std::string_view key) {
  const auto no = s.world.corp.staff_no(s.text(key));
  if (no == kNobody) return fail(Errc::not_found, "simulate.no_staff", s.text(key));
  return no;
}

Result<CustomerNo> customer_at(const Steer& s, std::string_view key) {
  const auto no = s.world.corp.customer_no(s.text(key));
  if (no == kNobody) return fail(Errc::not_found, "simulate.no_customer", s.text(key));
  return no;
}

Result<Group*> group_at(const Steer& s) {
  auto* g = s.world.corp.group(s.text("chat_id"));
  if (!g) return fail(Errc::not_found, "simulate.no_group", s.text("chat_id"));
  return g;
}

json::object befriended_json(const World& world, const Befriended& b) {
  json::object out{{"userid", world.corp.staff[b.staff].userid}, {"name", world.corp.staff[b.staff].name}, {"result", b.known ? "known" : b.asked ? "asked" : "added"}};
  if (!b.welcome_code.empty()) out["welcome_code"] = b.welcome_code;
  return out;
}

namespace {

http::Reply ok_json(const json::object& body) { return {200, json::serialize(body), "application/json; charset=UTF-8", {}}; }

const ControlCall* find_call(std::string_view method, std::string_view path) {
  for (const auto calls : {overview_controls(), customer_controls(), staff_controls(), group_controls(), machine_controls(), look_controls(), text_controls(), archive_controls()})
    for (const auto& call : calls)
      if (call.method == method && call.path == path) return &call;
  return nullptr;
}

Result<json::object> body_of(const http::Request& request) {
  if (trim(request.body).empty()) return json::object{};
  boost::system::error_code why;
  auto body = json::parse(request.body, why);
  if (why || !body.is_object()) return fail(Errc::malformed, "http.bad_json");
  return std::move(body.get_object());
}

/// GET echo check of the callback address.
http::Answer verify(World& world, http::Call& call) {
  world.callbacks.verify(world.now(), [finish = call.later()](bool ok, const Fetched& got) {
    finish(ok_json({{"ok", ok}, {"status", got.status}, {"body", got.body.substr(0, 200)}, {"error", got.error}}));
  });
  return http::Answer::Later{};
}

/// Codes of ours that a page shows: what a thumb would press on.
json::array codes_on(World& world, std::string_view page) {
  json::array out;
  const std::scoped_lock lock(world.mutex);
  for (const std::string_view mark : {"/qr/", "/ca/"}) {
    for (auto at = page.find(mark); at != page.npos; at = page.find(mark, at + 1)) {
      const auto rest = page.substr(at + mark.size());
      const auto id = rest.substr(0, rest.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"));
      if (find_code(world, id).kind != Code::Kind::none && std::ranges::find(out, json::value(id)) == out.end()) out.emplace_back(id);
    }
  }
  return out;
}

http::Answer open_page(World& world, http::Call& call, const std::string& url) {
  world.callbacks.open(url, [&world, finish = call.later()](const Fetched& got) {
    const auto from = got.body.find("<title>");
    const auto title = from == std::string::npos ? std::string() : got.body.substr(from + 7, got.body.find("</title>", from) - from - 7);
    finish(ok_json({{"result", "opened"}, {"status", got.status}, {"url", got.url}, {"title", title}, {"error", got.error}, {"codes", codes_on(world, got.body)}}));
  });
  return http::Answer::Later{};
}

/// A picture, video or file somebody was sent, as the phone shows it. Only pictures are shown in place.
Result<http::Answer> see_media(World& world, http::Call& call) {
  const auto id = call.request().query_value("id");
  const std::scoped_lock lock(world.mutex);
  const auto at = world.books.media.find(id);
  if (at == world.books.media.end() || at->second.bytes.empty()) return fail(Errc::not_found, "simulate.no_media", id);
  const bool picture = at->second.mime == "image/png" || at->second.mime == "image/jpeg" || at->second.mime == "image/gif";
  return http::Reply{200, at->second.bytes, picture ? at->second.mime : "application/octet-stream", {}};
}

json::object percentiles_json(const Percentiles& p) {
  return {{"count", p.count}, {"p50_ms", p.p50_ms}, {"p90_ms", p.p90_ms}, {"p99_ms", p.p99_ms}, {"max_ms", p.max_ms}};
}

json::object storm_json(const Storm& s) {
  const auto seconds = [&](auto until) { return std::chrono::duration<double>(until - s.began).count(); };
  return {{"storm", s.id}, {"adds", s.adds}, {"added", s.added}, {"answered", s.answered}, {"failed", s.failed}, {"over", s.over},
          {"add_seconds", seconds(s.ended)}, {"seconds", seconds(s.last)}, {"callbacks", percentiles_json(percentiles(s.answer_us))},
          {"welcomes", percentiles_json(percentiles(s.welcome_us))}};
}

/// Slices of adds every 2 ms; then waits until every callback is answered and welcomes have stopped coming for 2 s.
void go_on(World& world, int id, std::string config_id, http::Finish finish) {
  constexpr auto kQuiet = std::chrono::seconds(2), kLongest = std::chrono::seconds(60);
  const bool out = blow(world, id, config_id);
  const std::scoped_lock lock(world.mutex);
  auto* s = world.storms.find(id);
  const auto now = std::chrono::steady_clock::now();
  const bool answered = s->answered + s->failed >= s->adds;
  const bool welcomed = static_cast<std::int64_t>(s->welcome_us.size()) >= s->answered;
  if (s->over && ((answered && welcomed) || (answered && now > s->last + kQuiet) || now > s->ended + kLongest)) return finish(ok_json(storm_json(*s)));
  world.after_real(out || s->over ? 20 : 2, [&world, id, config_id = std::move(config_id), finish = std::move(finish)] { go_on(world, id, config_id, finish); });
}

Result<http::Answer> storm(World& world, http::Call& call, const json::object& body) {
  const auto adds = number(body, "adds", 0);
  if (adds < 1 || adds > 1'000'000) return fail(Errc::invalid, "simulate.bad_number", "adds");
  auto config = text(body, "code");
  int id = 0;
  {
    const std::scoped_lock lock(world.mutex);
    if (!config.empty()) {
      const auto code = find_code(world, config);
      if (code.kind != Code::Kind::way) return fail(Errc::not_found, "simulate.no_code", config);
      config = code.id;
    }
    const auto* rate = body.if_contains("rate");
    id = world.storms.begin(adds, rate && rate->is_number() ? rate->to_number<double>() : 0).id;
  }
  auto finish = call.later();
  const std::scoped_lock lock(world.mutex);
  world.after_real(0, [&world, id, config, finish] { go_on(world, id, config, finish); });
  return http::Answer::Later{};
}

Result<http::Answer> look_storm(World& world) {
  const std::scoped_lock lock(world.mutex);
  const auto* s = world.storms.latest();
  if (!s) return fail(Errc::not_found, "simulate.no_storm");
  return ok_json(storm_json(*s));
}

}  // namespace

Result<http::Answer> answer_control(World& world, http::Call& call) {
  const auto& request = call.request();
  const auto path = std::string_view(request.path).substr(std::string_view("/sim/").size());
  TRY(const auto body, body_of(request));
  if (path == "callbacks/verify" && request.method == "POST") return verify(world, call);
  if (path == "media" && request.method == "GET") return see_media(world, call);
  if (path == "storm") return request.method == "POST" ? storm(world, call, body) : look_storm(world);
  if (path == "customer/scan" && request.method == "POST") {
    const std::scoped_lock lock(world.mutex);
    const auto code = find_code(world, text(body, "code"));
    if (code.kind == Code::Kind::page) return open_page(world, call, code.url);
  }
  const auto* found = find_call(request.method, path);
  if (!found) return fail(Errc::not_found, "simulate.no_control", std::string(path));
  const std::scoped_lock lock(world.mutex);
  Steer steer{world, request, body};
  TRY(const auto out, found->run(steer));
  return ok_json(out);
}

}  // namespace koi::simulate
