#include <algorithm>

#include "segments/parser.h"

namespace koi::segments {

Result<Clause> Parser::did() {
  skip();
  skip();
  TRY(auto events, this->events());
  if (!take_word("without")) {
    TRY(need_sign(")"));
    return Clause{Did{std::move(events)}};
  }
  Without out{std::move(events), {}, {}, {}};
  TRY(out.missing, selection());
  TRY(need_word("within"));
  TRY(out.length, duration());
  TRY(need_word("after"));
  if (take_sign(",")) { TRY(out.same, same()); }
  TRY(need_sign(")"));
  return Clause{std::move(out)};
}

/// `no order_paid for 30d` says `not did(order_paid within last 30d)`.
Result<Clause> Parser::nothing_for() {
  skip();
  Events events;
  if (is_word("event") && is_word("for", 1)) { skip(); events.kind = "*"; }
  else { TRY(events, selection()); }
  TRY(need_word("for"));
  TRY(const auto length, duration());
  events.window = Last{length};
  return Clause{Group{Group::none, {Clause{Did{std::move(events)}}}}};
}

Result<std::vector<std::string>> Parser::same() {
  TRY(need_word("same"));
  std::vector<std::string> out;
  do {
    TRY(auto path, name());
    out.push_back(std::move(path));
  } while (take_sign(","));
  return out;
}

Result<Clause> Parser::sequence() {
  skip();
  Sequence out;
  for (const auto order : {Order::ordered, Order::strict, Order::any})
    if (take_word(word_of(order))) { out.order = order; break; }
  TRY(need_sign("("));
  for (;;) {
    TRY(auto step, this->step());
    out.steps.push_back(std::move(step));
    if (is_sign(",") && is_word("same", 1)) {
      skip();
      TRY(out.same, same());
      break;
    }
    if (!take_sign(out.order == Order::any ? "," : "->")) break;
  }
  if (!is_sign(")")) return wrong(out.order == Order::any ? Said{"\",\" or \")\"", "\",\" 或 \")\""} : Said{"\"->\", \", same\" or \")\"", "\"->\"、\", same\" 或 \")\""});
  skip();
  TRY(out.window, window());
  return Clause{std::move(out)};
}

Result<Step> Parser::step() {
  TRY(auto events, selection());
  Step out{.kind = std::move(events.kind), .where = std::move(events.where)};
  if (now().kind == Mark::number && is_word("times", 1)) {
    TRY(out.times, whole_number());
    skip();
  }
  if (take_word("within")) { TRY(out.within, duration()); }
  while (take_word("not")) {
    TRY(auto unless, selection());
    TRY(need_word("between"));
    out.unless.push_back(std::move(unless));
  }
  return out;
}

Result<Clause> Parser::element() {
  Element out;
  out.each = is_word("every");
  skip();
  TRY(out.list, name());
  TRY(need_word("where"));
  TRY(out.where, bracketed());
  return Clause{std::move(out)};
}

Result<Clauses> Parser::bracketed() {
  TRY(need_sign("("));
  TRY(auto out, conditions());
  TRY(need_sign(")"));
  return out;
}

Result<Clause> Parser::member() {
  skip();
  const bool segment = is_word("segment");
  skip();
  TRY(auto name, text());
  if (segment) return Clause{InSegment{std::move(name)}};
  return Clause{InList{std::move(name)}};
}

Result<Clause> Parser::bucket() {
  skip();
  skip();
  Bucket out;
  TRY(out.seed, text());
  TRY(need_sign(","));
  TRY(out.from, whole_number());
  TRY(need_sign(","));
  TRY(out.to, whole_number());
  TRY(need_sign(")"));
  return Clause{std::move(out)};
}

Result<std::string> Parser::kind() {
  if (take_sign("*")) return std::string("*");
  return one_name("the kind of event", "行为名称");
}

Result<Events> Parser::selection() {
  Events out;
  TRY(out.kind, kind());
  if (take_word("where")) { TRY(out.where, conditions()); }
  return out;
}

Result<Events> Parser::events() {
  TRY(auto out, selection());
  TRY(out.window, window());
  return out;
}

Result<Window> Parser::window() {
  if (take_word("since")) {
    Since out;
    TRY(out.kind, kind());
    if (take_word("where")) { TRY(out.where, bracketed()); }  // else an `and` behind it would belong to it
    return out;
  }
  if (take_word("between")) return between();
  // "within 24h" belongs to what stands around the events.
  if (!is_word("within") || ahead(1).kind == Mark::value) return Lifetime{};
  skip();
  if (is_word("last") && ahead(1).kind == Mark::value) {
    skip();
    TRY(const auto length, duration());
    return Last{length};
  }
  TRY(auto calendar, this->calendar());
  return calendar;
}

Result<Window> Parser::between() {
  const auto from = now().value;
  if (now().kind != Mark::value || std::holds_alternative<Money>(from)) return wrong({"a date, an instant or a length of time", "日期、时刻或时长"});
  skip();
  TRY(need_word("and"));
  if (const auto* first = std::get_if<Duration>(&from)) {
    TRY(const auto second, duration());
    TRY(need_word("ago"));
    return Ago{*first, second};
  }
  TRY(auto to, day_or_instant());
  return Between{from, std::move(to)};
}

Result<Value> Parser::day_or_instant() {
  const bool fits = now().kind == Mark::value &&
                    (std::holds_alternative<LocalDay>(now().value) || std::holds_alternative<Instant>(now().value));
  if (!fits) return wrong({"a date like 2026-01-31, or an instant", "日期（如 2026-01-31）或时刻"});
  auto out = now().value;
  skip();
  return out;
}

std::optional<Span> Parser::span_here() const {
  if (now().kind != Mark::word) return {};
  if (const auto one = span_of(now().text)) return one;
  return ahead(1).kind == Mark::word ? span_of(now().text + " " + ahead(1).text) : std::nullopt;
}

Result<Calendar> Parser::calendar() {
  const auto span = span_here();
  if (!span) return wrong({"last 30d, today, yesterday, this week, last month, this year", "时间窗，如 last 30d、today、yesterday、this week、last month、this year"});
  if (!span_of(now().text)) skip();
  skip();
  Calendar out{*span, {}};
  if (is_word("in") && ahead(1).kind == Mark::text) {
    skip();
    TRY(out.zone, text());
  }
  return out;
}

}  // namespace koi::segments
