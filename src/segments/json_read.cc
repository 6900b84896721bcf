#include "segments/json.h"
#include "segments/json_members.h"

namespace koi::segments {
namespace {

constexpr std::size_t kJsonMax = 256 << 10, kNestingMax = 128;
constexpr int kClauseNestingMax = 48;
constexpr std::int64_t kWholeMax = kMicrosMax / kMicros;

Result<Clauses> clauses_of(const json::value& value, const std::string& pointer, int depth);
Result<Clauses> where_of(Members& m, int depth) {
  const auto* value = m.take("where");
  if (value == nullptr) return Clauses{};
  TRY(auto out, clauses_of(*value, m.at("where"), depth));
  if (out.empty()) return bad(m.at("where"), {"empty", "不能为空"});
  return out;
}

// ---- values --------------------------------------------------------------------------------------------------------

Result<Calendar> calendar_of(Members& m) {
  TRY(const auto word, m.text("calendar"));
  const auto span = span_of(word);
  if (!span) return bad(m.at("calendar"), {"expected \"today\", \"this month\", \"last week\" …", "应当是 \"today\"、\"this month\"、\"last week\" 等"});
  Calendar out{*span, {}};
  if (m.has("zone")) { TRY(out.zone, m.text("zone")); }
  return out;
}

/// Only digits, a dot and a unit: what text_of writes.
std::optional<Money> money_text(std::string_view text) {
  for (const std::string_view unit : {"元", "分"})
    if (text.ends_with(unit)) return money_of(text.substr(0, text.size() - unit.size()), unit == "元");
  return {};
}

Result<Value> tagged_value(const json::value& value, const std::string& pointer) {
  TRY(auto m, Members::of(value, pointer));
  Value out;
  const auto set = [&](std::string_view name, const auto& read) -> Result<> {
    if (!read) return bad(m.at(name), {"cannot be read", "无法读取"});
    out = *read;
    return {};
  };
  if (m.has("number")) { TRY(const auto text, m.text("number")); TRY(set("number", decimal_of(text))); }
  else if (m.has("money")) { TRY(const auto text, m.text("money")); TRY(set("money", money_text(text))); }
  else if (m.has("day")) { TRY(const auto text, m.text("day")); TRY(set("day", parse_day(text))); }
  else if (m.has("time")) { TRY(const auto text, m.text("time")); TRY(set("time", parse_rfc3339(text))); }
  else if (m.has("duration")) { TRY(out, m.duration("duration")); }
  else { TRY(out, calendar_of(m)); }
  TRY(m.nothing_else());
  return out;
}

Result<Value> value_of(const json::value& value, const std::string& pointer) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool()) return value.get_bool();
  if (value.is_int64() && value.get_int64() <= kWholeMax && value.get_int64() >= -kWholeMax) return Decimal{value.get_int64() * kMicros};
  if (value.is_double())  // as the builder may send it; written back in full
    if (const auto read = decimal_of(fmt::format("{}", value.get_double()))) return *read;
  if (value.is_object()) return tagged_value(value, pointer);
  return bad(pointer, {"expected a value", "应当是值"});
}

// ---- events --------------------------------------------------------------------------------------------------------

Result<Events> selection_of(const json::value& value, const std::string& pointer, int depth) {
  TRY(auto m, Members::of(value, pointer));
  Events out;
  TRY(out.kind, m.text("event"));
  TRY(out.where, where_of(m, depth));
  TRY(m.nothing_else());
  return out;
}

Result<Window> window_of(const json::value& value, const std::string& pointer, int depth) {
  TRY(auto m, Members::of(value, pointer));
  Window out;
  if (m.has("last")) { TRY(const auto length, m.duration("last")); out = Last{length}; }
  else if (m.has("from_ago")) {
    TRY(const auto from, m.duration("from_ago"));
    TRY(const auto to, m.duration("to_ago"));
    out = Ago{from, to};
  } else if (m.has("calendar")) { TRY(out, calendar_of(m)); }
  else if (const auto* since = m.take("since")) {
    TRY(auto events, selection_of(*since, m.at("since"), depth));
    out = Since{std::move(events.kind), std::move(events.where)};
  } else {
    Between between;
    for (const auto& [name, to] : {std::pair{"from", &between.from}, {"to", &between.to}}) {
      const auto* edge = m.take(name);
      if (edge == nullptr) return bad(m.at(name), {"missing", "缺少这一项"});
      TRY(*to, value_of(*edge, m.at(name)));
      if (!std::holds_alternative<LocalDay>(*to) && !std::holds_alternative<Instant>(*to)) return bad(m.at(name), {"expected a day or a time", "应当是日期或时刻"});
    }
    out = std::move(between);
  }
  TRY(m.nothing_else());
  return out;
}
Result<Window> window_member(Members& m, int depth) {
  const auto* value = m.take("window");
  if (value == nullptr) return Lifetime{};
  return window_of(*value, m.at("window"), depth);
}
/// The members of a selection and its window; others may stand beside them.
Result<Events> events_in(Members& m, int depth) {
  Events out;
  TRY(out.kind, m.text("event"));
  TRY(out.where, where_of(m, depth));
  TRY(out.window, window_member(m, depth));
  return out;
}

// ---- clauses -------------------------------------------------------------------------------------------------------

Result<Clause> compare_of(Members& m, int depth) {
  Compare out;
  if (m.has("field")) {
    Field field;
    TRY(field.name, m.text("field"));
    if (field.name.empty()) return bad(m.at("field"), {"empty", "不能为空"});
    TRY(field.args, m.texts("args"));
    out.subject = std::move(field);
  } else {
    TRY(auto inner, Members::of(*m.take("aggregate"), m.at("aggregate")));
    TRY(const auto word, inner.text("fn"));
    const auto fn = fn_of(word);
    if (!fn) return bad(inner.at("fn"), {"unknown", "没有这个词"});
    Aggregate aggregate{.fn = *fn};
    TRY(aggregate.events, events_in(inner, depth));
    if (inner.has("property")) { TRY(aggregate.property, inner.text("property")); }
    TRY(inner.nothing_else());
    out.subject = std::move(aggregate);
  }
  if (m.has("lens")) {
    TRY(const auto word, m.text("lens"));
    const auto lens = lens_of(word);
    if (!lens) return bad(m.at("lens"), {"unknown", "没有这个词"});
    out.lens = *lens;
  }
  TRY(const auto word, m.text("op"));
  const auto op = op_of(word);
  if (!op) return bad(m.at("op"), {"unknown", "没有这个词"});
  out.op = *op;
  const auto* values = m.take("values");
  if (values == nullptr || !values->is_array()) return bad(m.at("values"), {"expected a list", "应当是列表"});
  for (std::size_t i = 0; i < values->get_array().size(); ++i) {
    TRY(auto one, value_of(values->get_array()[i], fmt::format("{}/{}", m.at("values"), i)));
    out.values.push_back(std::move(one));
  }
  if (!well_formed(out.op, out.values)) return bad(m.at("values"), say("do not fit \"{}\"", "不适合 \"{}\"", word));
  return Clause{std::move(out)};
}

Result<Clause> did_of(Members& m, int depth) {
  TRY(auto inner, Members::of(*m.take("did"), m.at("did")));
  TRY(auto events, events_in(inner, depth));
  TRY(inner.nothing_else());
  const auto* missing = m.take("without");
  if (missing == nullptr) return Clause{Did{std::move(events)}};
  Without out{std::move(events), {}, {}, {}};
  TRY(out.missing, selection_of(*missing, m.at("without"), depth));
  TRY(out.length, m.duration("after"));
  TRY(out.same, m.texts("same"));
  return Clause{std::move(out)};
}

Result<Step> step_of(const json::value& value, const std::string& pointer, int depth) {
  TRY(auto m, Members::of(value, pointer));
  Step out;
  TRY(out.kind, m.text("event"));
  TRY(out.where, where_of(m, depth));
  if (m.has("times")) { TRY(out.times, m.number("times")); }
  if (m.has("within")) { TRY(out.within, m.duration("within")); }
  if (const auto* unless = m.take("unless")) {
    if (!unless->is_array()) return bad(m.at("unless"), {"expected a list", "应当是列表"});
    for (const auto& one : unless->get_array()) {
      TRY(auto events, selection_of(one, fmt::format("{}/{}", m.at("unless"), out.unless.size()), depth));
      out.unless.push_back(std::move(events));
    }
  }
  TRY(m.nothing_else());
  return out;
}

Result<Clause> sequence_of(Members& m, int depth) {
  Sequence out;
  const auto* steps = m.take("seq");
  if (!steps->is_array() || steps->get_array().empty()) return bad(m.at("seq"), {"expected a list of steps", "应当是步骤的列表"});
  for (const auto& value : steps->get_array()) {
    TRY(auto step, step_of(value, fmt::format("{}/{}", m.at("seq"), out.steps.size()), depth));
    out.steps.push_back(std::move(step));
  }
  if (m.has("order")) {
    TRY(const auto word, m.text("order"));
    const auto order = order_of(word);
    if (!order) return bad(m.at("order"), {"expected ordered, strict or any", "应当是 ordered、strict 或 any"});
    out.order = *order;
  }
  TRY(out.same, m.texts("same"));
  TRY(out.window, window_member(m, depth));
  return Clause{std::move(out)};
}

Result<Clause> changed_of(Members& m, int depth) {
  Changed out;
  TRY(out.attribute, m.text("changed"));
  for (const auto& [name, to] : {std::pair{"from", &out.from}, {"to", &out.to}})
    if (const auto* value = m.take(name)) { TRY(*to, value_of(*value, m.at(name))); }
  TRY(out.window, window_member(m, depth));
  return Clause{std::move(out)};
}

Result<Clause> bucket_of_json(Members& m) {
  TRY(auto inner, Members::of(*m.take("bucket"), m.at("bucket")));
  Bucket out;
  TRY(out.seed, inner.text("seed"));
  TRY(out.from, inner.number("from"));
  TRY(out.to, inner.number("to"));
  TRY(inner.nothing_else());
  return Clause{std::move(out)};
}

Result<Clause> element_of(Members& m, int depth) {
  Element out{.each = m.has("each")};
  TRY(out.list, m.text(out.each ? "each" : "some"));
  if (out.list.empty()) return bad(m.at("some"), {"empty", "不能为空"});
  TRY(out.where, where_of(m, depth));
  if (out.where.empty()) return bad(m.at("where"), {"missing", "缺少这一项"});
  return Clause{std::move(out)};
}

Result<Clause> one_of(Members& m, int depth) {
  for (const auto& [word, kind] : {std::pair{"all", Group::all}, {"any", Group::any}, {"none", Group::none}})
    if (const auto* of = m.take(word)) {
      TRY(auto children, clauses_of(*of, m.at(word), depth + 1));
      return Clause{Group{kind, std::move(children)}};
    }
  if (m.has("field") || m.has("aggregate")) return compare_of(m, depth + 1);
  if (m.has("did")) return did_of(m, depth + 1);
  if (m.has("seq")) return sequence_of(m, depth + 1);
  if (m.has("some") || m.has("each")) return element_of(m, depth + 1);
  if (m.has("changed")) return changed_of(m, depth + 1);
  if (m.has("in_segment")) { TRY(auto name, m.text("in_segment")); return Clause{InSegment{std::move(name)}}; }
  if (m.has("in_list")) { TRY(auto name, m.text("in_list")); return Clause{InList{std::move(name)}}; }
  if (m.has("bucket")) return bucket_of_json(m);
  return bad(m.pointer(), {"no clause: all, any, none, field, aggregate, did, seq, some, each, changed, in_segment, in_list, bucket", "不是条件，应有其中一项：all、any、none、field、aggregate、did、seq、some、each、changed、in_segment、in_list、bucket"});
}

Result<Clause> clause_of(const json::value& value, std::string pointer, int depth) {
  if (depth > kClauseNestingMax) return bad(pointer, {"more than 16 levels", "嵌套超过 16 层"});
  TRY(auto m, Members::of(value, std::move(pointer)));
  TRY(auto out, one_of(m, depth));
  TRY(m.nothing_else());
  return out;
}
Result<Clauses> clauses_of(const json::value& value, const std::string& pointer, int depth) {
  if (!value.is_array()) return bad(pointer, {"expected a list", "应当是列表"});
  Clauses out;
  for (const auto& one : value.get_array()) {
    TRY(auto clause, clause_of(one, fmt::format("{}/{}", pointer, out.size()), depth));
    out.push_back(std::move(clause));
  }
  return out;
}

}  // namespace

Result<Rule> rule_of_json(std::string_view text) {
  if (text.size() > kJsonMax) return fail(Errc::malformed, "segments.bad_json", Said{"more than 256 KB", "超过 256 KB"});
  boost::system::error_code why;
  json::parse_options options;
  options.max_depth = kNestingMax;
  const auto value = json::parse(text, why, {}, options);
  if (why) return fail(Errc::malformed, "segments.bad_json", say("{}", "不是 JSON：{}", why.message()));
  TRY(auto root, clause_of(value, "", 1));
  return Rule{std::move(root)};
}

}  // namespace koi::segments
