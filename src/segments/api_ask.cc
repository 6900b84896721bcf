// Questions about rules on the wire: how many, who, what each clause does, why.
#include <boost/json.hpp>

#include "events/events.h"
#include "people/chosen.h"
#include "people/dressed.h"
#include "segments/api.h"
#include "segments/merchant.h"
#include "segments/preview.h"
#include "segments/text.h"

namespace koi::segments {

struct AskIn { WhatIn what; std::optional<Instant> at; };
BOOST_DESCRIBE_STRUCT(AskIn, (), (what, at))
struct CountOut { std::int64_t count = 0, of = 0; Instant as_of; std::int64_t millis = 0; };
BOOST_DESCRIBE_STRUCT(CountOut, (), (count, of, as_of, millis))
struct ClauseOut {
  std::string pointer, text;
  Sentence sentence;
  std::int64_t alone = 0, removes = 0;
  std::optional<std::int64_t> missing;
};
BOOST_DESCRIBE_STRUCT(ClauseOut, (), (pointer, text, sentence, alone, removes, missing))
struct ReachOut { std::int64_t wecom = 0, mp = 0, sms = 0, mail = 0, phone = 0; };
BOOST_DESCRIBE_STRUCT(ReachOut, (), (wecom, mp, sms, mail, phone))
struct PreviewOut : CountOut {
  std::vector<people::RowOut> sample;
  std::vector<ClauseOut> clauses;
  ReachOut reach;
  Instant reach_as_of, facts_as_of;
};
BOOST_DESCRIBE_STRUCT(PreviewOut, (CountOut), (sample, clauses, reach, reach_as_of, facts_as_of))
struct EntriesIn { WhatIn what; std::optional<std::int64_t> days; };
BOOST_DESCRIBE_STRUCT(EntriesIn, (), (what, days))
struct DayOut { LocalDay day; std::int64_t entered = 0, left = 0; };
BOOST_DESCRIBE_STRUCT(DayOut, (), (day, entered, left))
struct EntriesOut { double per_day = 0; std::vector<DayOut> data; Instant facts_as_of; };
BOOST_DESCRIBE_STRUCT(EntriesOut, (), (per_day, data, facts_as_of))
struct OverlapIn { WhatIn a, b; };
BOOST_DESCRIBE_STRUCT(OverlapIn, (), (a, b))
struct OverlapOut { std::int64_t a = 0, b = 0, both = 0, only_a = 0, only_b = 0; };
BOOST_DESCRIBE_STRUCT(OverlapOut, (), (a, b, both, only_a, only_b))
struct WhyIn { WhatIn what; PersonId person; std::optional<Instant> at; };
BOOST_DESCRIBE_STRUCT(WhyIn, (), (what, person, at))
struct WhyOut { bool in = false; http::Json explained; std::optional<Instant> next_look_at; };
BOOST_DESCRIBE_STRUCT(WhyOut, (), (in, explained, next_look_at))

namespace {

namespace columns = events::columns;
namespace json = boost::json;

constexpr std::size_t kSampleRows = 10;
constexpr std::int64_t kDaysUsual = 28;

std::int64_t count_of(const columns::People& p) { return static_cast<std::int64_t>(p.count()); }

Result<Answer> post_count(Call& call) {
  TRY(auto body, call.body<AskIn>());
  return call.read([scope = call.scope(), body = std::move(body)](Tx& tx) -> Result<Reply> {
    const Stopwatch watch;
    TRY(const auto words, merchant_vocabulary(tx));
    TRY(const auto what, what_of(tx, body.what, words));
    TRY(const auto survey, Survey::begin(tx, scope, body.at));
    TRY(const auto people, people_of(*survey, what));
    return http::ok(CountOut{count_of(people), count_of(survey->everybody()), survey->moment().now, watch.millis()});
  });
}

/// A few of them, spread over the whole, and always the same ones of the same people.
std::vector<PersonId> some_of(const Survey& survey, const columns::People& people) {
  const auto count = people.count();
  const auto step = std::max<std::uint64_t>(1, count / kSampleRows);
  std::vector<PersonId> out;
  std::uint64_t at = 0;
  people.each([&](columns::Ordinal o) {
    if (at++ % step == 0 && out.size() < kSampleRows) out.push_back({survey.view().roster->node(o)});
  });
  return out;
}

Result<PreviewOut> preview_out(Tx& tx, const Scope& scope, const AskIn& in) {
  const Stopwatch watch;
  TRY(refresh_rates(tx));
  TRY(const auto words, merchant_vocabulary(tx));
  TRY(const auto what, what_of(tx, in.what, words));
  TRY(const auto survey, Survey::begin(tx, scope, in.at));
  TRY(const auto seen, preview(*survey, what.rule));
  auto people = seen.people;
  if (what.segment) { TRY(people, survey->members(*what.segment)); }
  PreviewOut out;
  for (const auto& one : seen.clauses)
    out.clauses.push_back({one.pointer, print_clause(*one.clause), sentence_in(*one.clause, words), one.alone, one.removes, one.missing});
  out.count = count_of(people);
  out.of = count_of(survey->everybody());
  out.as_of = survey->moment().now;
  out.facts_as_of = tx.now();
  TRY(auto rows, people::chosen_people(tx, scope, some_of(*survey, people)));
  TRY(out.sample, people::dressed(tx, std::move(rows)));
  TRY(const auto reach, reach_of(*survey, people));
  out.reach = {reach.wecom, reach.mp, reach.sms, reach.mail, reach.phone};
  out.reach_as_of = reach.as_of;
  out.millis = watch.millis();
  return out;
}

Result<Answer> post_preview(Call& call) {
  TRY(auto body, call.body<AskIn>());
  return call.read([scope = call.scope(), body = std::move(body)](Tx& tx) -> Result<Reply> {
    TRY(const auto out, preview_out(tx, scope, body));
    return http::ok(out);
  });
}

Result<Answer> post_entries(Call& call) {
  TRY(auto body, call.body<EntriesIn>());
  const auto days = body.days.value_or(kDaysUsual);
  if (days < 1 || days > kReplayDaysMax) return fail(Errc::invalid, "segments.days", std::to_string(kReplayDaysMax), "/days");
  return call.read([scope = call.scope(), what_in = std::move(body.what), days](Tx& tx) -> Result<Reply> {
    TRY(const auto words, merchant_vocabulary(tx));
    TRY(const auto what, what_of(tx, what_in, words));
    TRY(const auto survey, Survey::begin(tx, scope));
    TRY(const auto moves, replay(*survey, what.rule, days));
    EntriesOut out{.per_day = 0, .data = {}, .facts_as_of = tx.now()};
    std::int64_t entered = 0;
    for (const auto& one : moves) {
      out.data.push_back({one.day, one.entered, one.left});
      entered += one.entered;
    }
    out.per_day = static_cast<double>(entered) / static_cast<double>(days);
    return http::ok(out);
  });
}

Result<Answer> post_overlap(Call& call) {
  TRY(auto body, call.body<OverlapIn>());
  return call.read([scope = call.scope(), body = std::move(body)](Tx& tx) -> Result<Reply> {
    TRY(const auto words, merchant_vocabulary(tx));
    TRY(const auto a, what_of(tx, body.a, words));
    TRY(const auto b, what_of(tx, body.b, words));
    TRY(const auto survey, Survey::begin(tx, scope));
    TRY(const auto mine, people_of(*survey, a));
    TRY(const auto theirs, people_of(*survey, b));
    auto both = mine;
    both &= theirs;
    OverlapOut out{count_of(mine), count_of(theirs), count_of(both)};
    out.only_a = out.a - out.both;
    out.only_b = out.b - out.both;
    return http::ok(out);
  });
}

/// The rule and what was found, side by side.
json::object tree_of(const Clause& clause, const Explained& e, const Vocabulary& words) {
  const auto said = sentence_in(clause, words);
  json::object out{{"clause", e.clause}, {"sentence", {{"zh", said.zh}, {"en", said.en}}}, {"holds", e.holds}};
  if (e.found) out["found"] = *e.found;
  else out["found"] = nullptr;
  json::array events, of;
  for (const auto& evidence : e.events) {
    const auto* word = find_event(words, evidence.kind);
    events.push_back({{"kind", evidence.kind}, {"zh", word == nullptr ? evidence.kind : word->zh}, {"en", word == nullptr ? evidence.kind : word->en},
                      {"at", to_rfc3339(evidence.at)}});
  }
  if (const auto* group = std::get_if<Group>(&clause.is))
    for (std::size_t i = 0; i < group->of.size(); ++i) of.push_back(tree_of(group->of[i], e.of[i], words));
  out["events"] = std::move(events);
  out["of"] = std::move(of);
  return out;
}

Result<Answer> post_why(Call& call) {
  TRY(auto body, call.body<WhyIn>());
  return call.read([scope = call.scope(), body = std::move(body)](Tx& tx) -> Result<Reply> {
    TRY(const auto words, merchant_vocabulary(tx));
    TRY(const auto what, what_of(tx, body.what, words));
    TRY(const auto root, people::visible(tx, scope, body.person));
    TRY(const auto survey, Survey::begin(tx, scope, body.at));
    TRY(auto seen, why(*survey, what.rule, root));
    if (what.segment && what.segment->mode == Mode::fixed) {  // whoever was in it then is
      TRY(const auto kept, survey->members(*what.segment));
      seen.in = kept.has(survey->view().roster->find(root.v));
    }
    return http::ok(WhyOut{seen.in, {json::serialize(tree_of(what.rule.root, seen.explained, words))}, seen.next_look_at});
  });
}

using http::None;
using http::route;
constexpr unsigned kQuestion = http::kNoAudit;  // a question changes nothing; it is a POST for its length
constexpr Route kRoutes[] = {
    route<None, AskIn, CountOut>("POST", "/v1/segments/count", "segment.read", post_count, "规则人数", "Count the people of a rule", kQuestion),
    route<None, AskIn, PreviewOut>("POST", "/v1/segments/preview", "segment.read", post_preview, "规则预览", "Preview a rule", kQuestion),
    route<None, EntriesIn, EntriesOut>("POST", "/v1/segments/entries", "segment.read", post_entries, "每日进出人数回放", "Replay daily entries", kQuestion),
    route<None, OverlapIn, OverlapOut>("POST", "/v1/segments/overlap", "segment.read", post_overlap, "人群重叠", "Overlap of two rules", kQuestion),
    route<None, WhyIn, WhyOut>("POST", "/v1/segments/why", "segment.read", post_why, "为什么在人群中", "Why somebody is in", kQuestion),
};

}  // namespace

std::span<const Route> ask_routes() { return kRoutes; }

}  // namespace koi::segments
