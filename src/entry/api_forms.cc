// Forms on the wire.
#include "base/text.h"
#include "entry/door_api.h"
#include "entry/form_draw.h"
#include "entry/visit.h"

namespace koi::entry {

struct FormOut {
  FormId id;
  std::string slug, url;
  DoorState state = DoorState::active;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
  FormSpec spec;
  FormCounts counts;
};
BOOST_DESCRIBE_STRUCT(FormOut, (), (id, slug, url, state, ver, created_at, updated_at, spec, counts))
struct FormTry { http::Json spec; std::map<std::string, std::vector<std::string>> answers; };
BOOST_DESCRIBE_STRUCT(FormTry, (), (spec, answers))
struct FormTried { std::vector<std::string> path; bool done = false; std::int64_t score = 0; std::string result; std::string html; };
BOOST_DESCRIBE_STRUCT(FormTried, (), (path, done, score, result, html))
struct FormDayLine { LocalDay day{}; std::int64_t opened = 0, visitors = 0, answers = 0; };
BOOST_DESCRIBE_STRUCT(FormDayLine, (), (day, opened, visitors, answers))
struct FormPickLine { std::string option, label; std::int64_t n = 0; };
BOOST_DESCRIBE_STRUCT(FormPickLine, (), (option, label, n))
struct FormQuestionLine { std::string question, title; QuestionKind kind{}; std::int64_t came = 0, passed = 0; std::vector<FormPickLine> picks; };
BOOST_DESCRIBE_STRUCT(FormQuestionLine, (), (question, title, kind, came, passed, picks))
struct FormStats {
  LocalDay from{}, to{};
  std::int64_t opened = 0, answers = 0;
  std::vector<FormDayLine> days;
  std::vector<FormQuestionLine> questions;
  Instant as_of{};
};
BOOST_DESCRIBE_STRUCT(FormStats, (), (from, to, opened, answers, days, questions, as_of))

namespace {

FormOut out_of(const std::string& site, Form&& f) {
  auto url = site + "/f/" + f.slug;
  return {f.id, std::move(f.slug), std::move(url), f.state, f.ver, f.created_at, f.updated_at, std::move(f.spec), f.counts};
}
Result<Reply> tagged(const http::Request& request, Form form, int status = 200) {
  const auto ver = form.ver;
  auto reply = http::ok(out_of(site_of(request), std::move(form)));
  reply.status = status;
  return http::with_etag(std::move(reply), ver);
}

Result<Answer> get_forms(Call& call) {
  TRY(const auto query, call.query<DoorListQuery>());
  int limit = 0;
  TRY(const auto filter, filter_of(query, limit));
  return call.read([filter, limit, site = site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(auto forms, list_forms(tx, filter));
    http::Page<FormOut> out;
    out.as_of = tx.now();
    const bool more = forms.size() > static_cast<std::size_t>(limit);
    if (more) forms.pop_back();
    for (auto& f : forms) out.data.push_back(out_of(site, std::move(f)));
    if (more) out.next = http::encode_cursor({out.data.back().id.v});
    return http::ok(out);
  });
}

Result<Answer> get_form(Call& call) {
  TRY(const auto id, call.path<FormId>("form"));
  return call.read([id, &call](Tx& tx) -> Result<Reply> {
    TRY(auto form, find_form(tx, id));
    return tagged(call.request(), std::move(form));
  });
}

Result<Answer> post_form(Call& call) {
  TRY(const auto body, call.body<DoorIn>());
  TRY(auto spec, in_spec(read_form(body.spec.text)));
  return call.write(ShardKey{}, [cmd = CreateForm{std::move(spec), body.slug.value_or(""), body.key.value_or("")}, &call](Tx& tx) -> Result<Reply> {
    TRY(auto form, in_spec(create_form(tx, cmd)));
    call.audit_subject(to_text(form.id));
    return tagged(call.request(), std::move(form), 201);
  });
}

Result<Answer> put_form(Call& call) {
  TRY(const auto id, call.path<FormId>("form"));
  TRY(const auto body, call.body<DoorEdit>());
  TRY(const auto ver, http::if_match(call));
  TRY(auto spec, in_spec(read_form(body.spec.text)));
  call.audit_subject(to_text(id));
  return call.write(id, [cmd = EditForm{id, ver, std::move(spec)}, &call](Tx& tx) -> Result<Reply> {
    TRY(auto form, in_spec(edit_form(tx, cmd)));
    return tagged(call.request(), std::move(form));
  });
}

template <DoorState state>
Result<Answer> post_state(Call& call) {
  TRY(const auto id, call.path<FormId>("form"));
  call.audit_subject(to_text(id));
  return call.write(id, [id, &call](Tx& tx) -> Result<Reply> {
    TRY(auto form, set_form_state(tx, id, state));
    return tagged(call.request(), std::move(form));
  });
}

Result<Answer> delete_form(Call& call) {
  TRY(const auto id, call.path<FormId>("form"));
  call.audit_subject(to_text(id));
  return call.write(id, [id](Tx& tx) -> Result<Reply> {
    TRY(set_form_state(tx, id, DoorState::deleted));
    return http::no_content();
  });
}

/// The way these answers lead, and the page at its end: of a definition that need not be saved.
Result<Answer> post_try(Call& call) {
  TRY(auto body, call.body<FormTry>());
  TRY(auto spec, in_spec(read_form(body.spec.text)));
  return call.read([spec = std::move(spec), given = std::move(body.answers), &call](Tx& tx) -> Result<Reply> {
    TRY(in_spec(check_form(tx, spec)));
    const Answers answers(given.begin(), given.end());
    std::vector<std::string> shown;
    for (const auto& [key, value] : answers) shown.push_back(key);
    const auto walk = walk_form(spec, answers, &shown);
    FormTried out;
    for (const auto* q : walk.path) out.path.push_back(q->key);
    out.done = walk.done;
    out.score = score_of(spec, answers);
    if (const auto* band = band_of(spec, out.score)) out.result = band->title;
    FormSheet sheet{.answers = answers, .shown = out.path, .current = {}, .wrong = {}, .repeat_key = {}, .started = {}, .consent = false};
    if (!one_page(spec) && walk.next != nullptr) sheet.current = walk.next->key;
    else sheet.shown.clear();
    out.html = walk.done && !one_page(spec) ? draw_done(spec, out.score, spec.done_url, call.request().language()) : draw_form(spec, sheet, {{}, {}, call.request().language()});
    return http::ok(out);
  });
}

Result<Answer> get_stats(Call& call) {
  TRY(const auto id, call.path<FormId>("form"));
  TRY(const auto query, call.query<DoorStatsQuery>());
  return call.read([id, query](Tx& tx) -> Result<Reply> {
    TRY(const auto days, days_of(tx, query));
    TRY(auto report, report_form(tx, id, days.first, days.second));
    TRY(const auto form, find_form(tx, id));
    FormStats out;
    std::tie(out.from, out.to) = days;
    out.as_of = tx.now();
    out.opened = report.opened;
    out.answers = report.answers;
    for (const auto& d : report.days) out.days.push_back({d.day, d.opened, d.visitors, d.answers});
    for (std::size_t i = 0; i < report.questions.size(); ++i) {
      const auto& q = form.spec.questions[i];
      auto& picks = report.questions[i].picks;
      FormQuestionLine line{q.key, q.title, q.kind, report.questions[i].came, report.questions[i].passed, {}};
      for (const auto& o : q.options) line.picks.push_back({o.key, o.label, std::exchange(picks[o.key], 0)});
      if (q.kind == QuestionKind::rating)
        for (std::int64_t n = 1; n <= (q.max > 0 ? q.max : kStarsUsual); ++n) line.picks.push_back({std::to_string(n), std::to_string(n), std::exchange(picks[std::to_string(n)], 0)});
      for (const auto& [option, n] : picks)
        if (n > 0) line.picks.push_back({option, option, n});  // an option that is not offered any more
      out.questions.push_back(std::move(line));
    }
    return http::ok(out);
  });
}

std::string new_schema() { return new_body(form_schema()); }
std::string edit_schema() { return edit_body(form_schema()); }
std::string try_schema() { return body_with(form_schema(), R"(,"answers":{"type":"object","additionalProperties":{"type":"array","items":{"type":"string"}}})", R"("spec","answers")"); }

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<DoorListQuery, None, http::Page<FormOut>>("GET", "/v1/forms", "form.read", get_forms, "表单列表", "List forms"),
    bodied_as(route<None, DoorIn, FormOut>("POST", "/v1/forms", "form.write", post_form, "新建表单", "Create a form"), new_schema),
    bodied_as(route<None, FormTry, FormTried>("POST", "/v1/forms:try", "form.read", post_try, "试填未保存的表单", "Where these answers lead", http::kNoAudit), try_schema),
    route<None, None, FormOut>("GET", "/v1/forms/{form}", "form.read", get_form, "表单", "One form"),
    bodied_as(route<None, DoorEdit, FormOut>("PUT", "/v1/forms/{form}", "form.write", put_form, "修改表单", "Change a form", http::kIfMatch), edit_schema),
    route<None, None, FormOut>("POST", "/v1/forms/{form}:pause", "form.write", post_state<DoorState::paused>, "暂停表单", "Pause a form"),
    route<None, None, FormOut>("POST", "/v1/forms/{form}:resume", "form.write", post_state<DoorState::active>, "恢复表单", "Resume a form"),
    route<None, None, None>("DELETE", "/v1/forms/{form}", "form.write", delete_form, "删除表单", "Delete a form"),
    route<DoorStatsQuery, None, FormStats>("GET", "/v1/forms/{form}/stats", "form.read", get_stats, "表单各题统计", "What was answered to each question"),
};

}  // namespace

std::span<const Route> form_routes() { return kRoutes; }

}  // namespace koi::entry
