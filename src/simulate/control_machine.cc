/// The machine around the corp: clock, faults, tokens, limits, callbacks, quotas, and any event at will.
#include "base/text.h"
#include "simulate/control.h"

namespace koi::simulate {

json::object clock_json(World& world) {
  return {{"now_ms", to_ms(world.instant())}, {"speed", world.clock.speed()}, {"timers", world.timers.size()}};
}

namespace {

double real(const json::object& from, std::string_view key, double otherwise) {
  const auto* v = from.if_contains(key);
  return v && v->is_number() ? v->to_number<double>() : otherwise;
}

Result<json::object> clock(Steer& s) { return clock_json(s.world); }

Result<json::object> set_clock(Steer& s) {
  const double speed = real(s.body, "speed", s.world.clock.speed());
  if (speed < 0 || speed > 100'000) return fail(Errc::invalid, "simulate.bad_number", "speed");
  s.world.clock.set_speed(speed);
  return clock_json(s.world);
}

Result<json::object> advance(Steer& s) {
  constexpr double kYear = 366.0 * 86'400'000;
  const double ms = real(s.body, "ms", 0) + 1000 * real(s.body, "seconds", 0) + 86'400'000 * real(s.body, "days", 0);
  if (ms <= 0 || ms > 10 * kYear) return fail(Errc::invalid, "simulate.bad_number", "ms, seconds, days");
  s.world.advance(Millis(static_cast<std::int64_t>(ms)));
  return clock_json(s.world);
}

json::object fault_json(const Fault& f) {
  constexpr std::string_view kNames[] = {"error", "hang", "unknown", "late"};
  return {{"path", f.path}, {"kind", kNames[static_cast<int>(f.kind)]}, {"errcode", f.errcode}, {"times", f.times}, {"skip", f.skip}, {"ms", f.ms}};
}

Result<json::object> faults(Steer& s) {
  json::array out;
  for (const auto& f : s.world.faults.list()) out.push_back(fault_json(f));
  return json::object{{"faults", std::move(out)}};
}

Result<json::object> add_fault(Steer& s) {
  Fault f;
  const auto kind = s.text("kind");
  if (kind == "hang") f.kind = Fault::Kind::hang;
  else if (kind == "unknown") f.kind = Fault::Kind::unknown;
  else if (kind == "late") f.kind = Fault::Kind::late;
  else if (kind != "error" && !kind.empty()) return fail(Errc::invalid, "simulate.bad_fault", kind);
  f.path = s.text("path");
  f.errcode = static_cast<int>(number(s.body, "errcode", -1));
  f.times = static_cast<int>(number(s.body, "times", 1));
  f.skip = static_cast<int>(number(s.body, "skip", 0));
  f.ms = number(s.body, "ms", 0);
  s.world.faults.add(std::move(f));
  return faults(s);
}

Result<json::object> clear_faults(Steer& s) {
  s.world.faults.clear();
  return faults(s);
}

Result<json::object> kill_tokens(Steer& s) { return json::object{{"killed", s.world.gate.kill_tokens(s.text("app"))}}; }

Result<json::object> limits(Steer& s) {
  auto& g = s.world.gate;
  g.limits = flag(s.body, "on", g.limits);
  g.minute_max = number(s.body, "minute", g.minute_max);
  g.hour_max = number(s.body, "hour", g.hour_max);
  s.world.books.ways_max = static_cast<std::size_t>(number(s.body, "ways", static_cast<std::int64_t>(s.world.books.ways_max)));
  s.world.books.mass_month_max = static_cast<int>(number(s.body, "mass_month", s.world.books.mass_month_max));
  return json::object{{"on", g.limits}, {"minute", g.minute_max}, {"hour", g.hour_max}, {"ways", s.world.books.ways_max}, {"mass_month", s.world.books.mass_month_max}};
}

Result<json::object> callbacks(Steer& s) {
  const auto a = s.world.callbacks.address();
  const auto t = s.world.callbacks.trouble();
  const auto f = s.world.callbacks.figures();
  return json::object{{"url", a.url}, {"token", a.token}, {"aes_key", a.aes_key},
                      {"trouble", {{"twice", t.twice}, {"lost", t.lost}, {"shuffled", t.shuffled}, {"shuffle_ms", t.shuffle_ms}, {"delay_min_ms", t.delay_min_ms},
                                   {"delay_max_ms", t.delay_max_ms}, {"retry_ms", t.retry_ms}, {"patience_ms", t.patience_ms}, {"tries", t.tries}}},
                      {"figures", {{"made", f.made}, {"lost", f.lost}, {"doubled", f.doubled}, {"sent", f.sent}, {"answered", f.answered},
                                   {"retried", f.retried}, {"given_up", f.given_up}}}};
}

Result<json::object> set_callbacks(Steer& s) {
  auto a = s.world.callbacks.address();
  if (has(s.body, "url")) a.url = s.text("url");
  if (has(s.body, "token")) a.token = s.text("token");
  if (has(s.body, "aes_key")) a.aes_key = s.text("aes_key");
  if (!s.world.callbacks.set_address(std::move(a))) return fail(Errc::invalid, "simulate.aes_key");
  auto t = s.world.callbacks.trouble();
  t.twice = real(s.body, "twice", t.twice);
  t.lost = real(s.body, "lost", t.lost);
  t.shuffled = real(s.body, "shuffled", t.shuffled);
  t.shuffle_ms = number(s.body, "shuffle_ms", t.shuffle_ms);
  t.delay_min_ms = number(s.body, "delay_min_ms", t.delay_min_ms);
  t.delay_max_ms = number(s.body, "delay_max_ms", t.delay_max_ms);
  t.retry_ms = number(s.body, "retry_ms", t.retry_ms);
  t.patience_ms = number(s.body, "patience_ms", t.patience_ms);
  t.tries = static_cast<int>(number(s.body, "tries", t.tries));
  s.world.callbacks.set_trouble(t);
  return callbacks(s);
}

/// What was sent and how it was answered, newest first.
Result<json::object> deliveries(Steer& s) {
  json::array out;
  for (const auto& d : s.world.callbacks.deliveries())
    out.push_back(json::object{{"seq", d.seq}, {"at_ms", d.at_ms}, {"took_ms", d.took_ms}, {"event", d.event}, {"change", d.change}, {"answer", valid_utf8(d.answer) ? d.answer : ""},
                               {"error", d.error}, {"status", d.status}, {"tries", d.tries}, {"over", d.over}});
  return json::object{{"deliveries", std::move(out)}};
}

/// Any event, with any fields: what nobody's act brings about here (kf_msg_or_event, template_card_event, balance_low …).
Result<json::object> event(Steer& s) {
  Event e{s.text("event"), s.text("change"), {}};
  if (has(s.body, "from")) e.from = s.text("from");
  if (has(s.body, "type")) e.type = s.text("type");
  e.agent = s.text("agent");
  for (const auto& [name, value] : object(s.body, "fields")) e.fields.push_back({std::string(name), text_of(value)});
  for (const auto& f : e.fields)
    if (f.name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") != std::string::npos || f.name.empty())
      return fail(Errc::invalid, "simulate.bad_field", f.name);
  s.world.emit(std::move(e));
  return json::object{};
}

/// The code a browser would bring back from OAuth or the scan login.
Result<json::object> login(Steer& s) {
  const auto code = s.world.fresh("", 43);
  LoginCode l{s.text("userid"), {}, s.text("external_userid"), s.world.now() + 300, false};
  if (!l.userid.empty()) {
    TRY(const auto no, staff_at(s));
    (void)no;
  } else {
    l.openid = l.external.empty() ? s.world.fresh("oO", 28) : "oO" + l.external.substr(2, 26);
  }
  s.world.books.logins[code] = std::move(l);
  return json::object{{"code", code}};
}

/// Where a sign-in may go back to, as an administrator enters it at the app.
Result<json::object> login_domain(Steer& s) {
  s.world.books.login_domain = s.text("domain");
  return json::object{};
}

Result<json::object> quota(Steer& s) {
  auto& q = s.world.books.quota;
  const auto before = q.balance;
  q.total = number(s.body, "total", q.total);
  q.balance = number(s.body, "balance", q.balance);
  q.expires = number(s.body, "expires", q.expires);
  if (before == 0 && q.balance > 0) s.world.emit({"customer_acquisition", "balance_increased", {}});
  return json::object{{"total", q.total}, {"balance", q.balance}, {"expires", q.expires}};
}

Result<json::object> set_lively(Steer& s) {
  s.world.lively = flag(s.body, "on", true);
  return json::object{{"lively", s.world.lively}};
}

constexpr ControlCall kCalls[] = {{"GET", "clock", clock},       {"POST", "clock", set_clock},        {"POST", "clock/advance", advance},
                                  {"GET", "faults", faults},     {"POST", "faults", add_fault},       {"DELETE", "faults", clear_faults},
                                  {"POST", "tokens/kill", kill_tokens}, {"POST", "limits", limits},   {"GET", "callbacks", callbacks},
                                  {"POST", "callbacks", set_callbacks}, {"GET", "deliveries", deliveries}, {"POST", "event", event},     {"POST", "login", login}, {"POST", "login/domain", login_domain},
                                  {"POST", "quota", quota},      {"POST", "lively", set_lively}};
}  // namespace

std::span<const ControlCall> machine_controls() { return kCalls; }

}  // namespace koi::simulate
