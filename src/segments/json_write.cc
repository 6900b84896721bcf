#include <boost/json.hpp>

#include "segments/json.h"
#include "segments/text.h"
#include "segments/words.h"

namespace koi::segments {
namespace {

namespace json = boost::json;

json::object clause_json(const Clause& clause);

json::array clauses_json(const Clauses& clauses) {
  json::array out;
  for (const auto& clause : clauses) out.push_back(clause_json(clause));
  return out;
}
json::array texts_json(const std::vector<std::string>& texts) { return json::array(texts.begin(), texts.end()); }

json::object calendar_json(const Calendar& c) {
  json::object out{{"calendar", word_of(c.span)}};
  if (!c.zone.empty()) out["zone"] = c.zone;
  return out;
}

struct ValueJson {
  json::value operator()(Decimal v) const {
    if (v.micros % kMicros == 0) return v.micros / kMicros;
    return json::object{{"number", text_of(v)}};
  }
  json::value operator()(Money v) const { return json::object{{"money", text_of(v)}}; }
  json::value operator()(const std::string& v) const { return json::string(v); }
  json::value operator()(bool v) const { return v; }
  json::value operator()(LocalDay v) const { return json::object{{"day", day_text(v)}}; }
  json::value operator()(Instant v) const { return json::object{{"time", to_rfc3339(v)}}; }
  json::value operator()(Duration v) const { return json::object{{"duration", text_of(v)}}; }
  json::value operator()(const Calendar& v) const { return calendar_json(v); }
};
json::value value_json(const Value& v) { return std::visit(ValueJson{}, v); }

json::object selection_json(const std::string& kind, const Clauses& where) {
  json::object out{{"event", kind}};
  if (!where.empty()) out["where"] = clauses_json(where);
  return out;
}

struct WindowJson {
  json::object operator()(const Lifetime&) const { return {}; }
  json::object operator()(const Last& w) const { return {{"last", text_of(w.length)}}; }
  json::object operator()(const Ago& w) const { return {{"from_ago", text_of(w.from)}, {"to_ago", text_of(w.to)}}; }
  json::object operator()(const Calendar& w) const { return calendar_json(w); }
  json::object operator()(const Between& w) const { return {{"from", value_json(w.from)}, {"to", value_json(w.to)}}; }
  json::object operator()(const Since& w) const { return {{"since", selection_json(w.kind, w.where)}}; }
};
void put_window(json::object& out, const Window& window) {
  if (!std::holds_alternative<Lifetime>(window)) out["window"] = std::visit(WindowJson{}, window);
}
json::object events_json(const Events& e) {
  auto out = selection_json(e.kind, e.where);
  put_window(out, e.window);
  return out;
}

json::object step_json(const Step& s) {
  auto out = selection_json(s.kind, s.where);
  if (s.times != 1) out["times"] = s.times;
  if (s.within) out["within"] = text_of(*s.within);
  if (s.unless.empty()) return out;
  auto& unless = out["unless"].emplace_array();
  for (const auto& events : s.unless) unless.push_back(selection_json(events.kind, events.where));
  return out;
}

struct SubjectJson {
  json::object operator()(const Field& f) const {
    json::object out{{"field", f.name}};
    if (!f.args.empty()) out["args"] = texts_json(f.args);
    return out;
  }
  json::object operator()(const Aggregate& a) const {
    json::object inner{{"fn", word_of(a.fn)}};
    for (auto& [key, value] : events_json(a.events)) inner[key] = value;
    if (!a.property.empty()) inner["property"] = a.property;
    return {{"aggregate", std::move(inner)}};
  }
};

struct ClauseJson {
  json::object operator()(const Group& g) const {
    constexpr std::string_view kKinds[] = {"all", "any", "none"};
    return {{kKinds[g.kind], clauses_json(g.of)}};
  }
  json::object operator()(const Compare& c) const {
    auto out = std::visit(SubjectJson{}, c.subject);
    if (c.lens != Lens::plain) out["lens"] = word_of(c.lens);
    out["op"] = word_of(c.op);
    auto& values = out["values"].emplace_array();
    for (const auto& value : c.values) values.push_back(value_json(value));
    return out;
  }
  json::object operator()(const Did& d) const { return {{"did", events_json(d.events)}}; }
  json::object operator()(const Without& w) const {
    json::object out{{"did", events_json(w.did)}, {"without", selection_json(w.missing.kind, w.missing.where)}};
    out["after"] = text_of(w.length);
    if (!w.same.empty()) out["same"] = texts_json(w.same);
    return out;
  }
  json::object operator()(const Sequence& s) const {
    json::object out;
    auto& steps = out["seq"].emplace_array();
    for (const auto& step : s.steps) steps.push_back(step_json(step));
    if (s.order != Order::ordered) out["order"] = word_of(s.order);
    if (!s.same.empty()) out["same"] = texts_json(s.same);
    put_window(out, s.window);
    return out;
  }
  json::object operator()(const Element& e) const {
    return {{e.each ? "each" : "some", e.list}, {"where", clauses_json(e.where)}};
  }
  json::object operator()(const Changed& c) const {
    json::object out{{"changed", c.attribute}};
    if (c.from) out["from"] = value_json(*c.from);
    if (c.to) out["to"] = value_json(*c.to);
    put_window(out, c.window);
    return out;
  }
  json::object operator()(const InSegment& s) const { return {{"in_segment", s.segment}}; }
  json::object operator()(const InList& l) const { return {{"in_list", l.list}}; }
  json::object operator()(const Bucket& b) const {
    return {{"bucket", json::object{{"seed", b.seed}, {"from", b.from}, {"to", b.to}}}};
  }
};
json::object clause_json(const Clause& clause) { return std::visit(ClauseJson{}, clause.is); }

}  // namespace

std::string json_of(const Rule& rule) { return json::serialize(clause_json(rule.root)); }

}  // namespace koi::segments
