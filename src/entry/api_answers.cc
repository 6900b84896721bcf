// Answers on the wire: read with masked numbers, exported whole under a strong permission and with an audit line.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "entry/door_api.h"
#include "entry/forms.h"

namespace koi::entry {

struct AnswerOut {
  AnswerId id;
  PersonId person_id;
  std::int64_t form_ver = 0, score = 0, seconds = 0;
  Instant at{};
  bool erased = false;
  std::map<std::string, std::vector<std::string>> answers;
  std::map<std::string, std::string> touch;
};
BOOST_DESCRIBE_STRUCT(AnswerOut, (), (id, person_id, form_ver, score, seconds, at, erased, answers, touch))
struct AnswersQuery { std::optional<std::string> cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(AnswersQuery, (), (cursor, limit))
struct ExportQuery { std::optional<std::string> cursor; };
BOOST_DESCRIBE_STRUCT(ExportQuery, (), (cursor))

namespace {

/// Of one call: it is written down in the same operation, so it may not keep the Writer long. The rest follows by cursor.
constexpr int kExportMax = 2000, kExportStep = 500;
constexpr std::string_view kNext = "X-Koipond-Next";

Result<Answer> get_answers(Call& call) {
  TRY(const auto id, call.path<FormId>("form"));
  TRY(const auto query, call.query<AnswersQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  AnswerFilter filter{id, {}, limit + 1};
  if (query.cursor) {
    TRY(const auto place, http::decode_cursor(*query.cursor, 1));
    filter.before = AnswerId{place[0]};
  }
  return call.read([filter, limit, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(auto answers, list_answers(tx, scope, filter, false));
    http::Page<AnswerOut> out;
    out.as_of = tx.now();
    const bool more = answers.size() > static_cast<std::size_t>(limit);
    if (more) answers.pop_back();
    for (auto& a : answers) {
      auto& row = out.data.emplace_back(a.id, a.person, a.form_ver, a.score, a.seconds, a.at, !a.answers);
      if (a.answers) row.answers.insert(a.answers->begin(), a.answers->end());
      row.touch = std::move(a.touch);
    }
    if (more) out.next = http::encode_cursor({out.data.back().id.v});
    return http::ok(out);
  });
}

/// A cell that a spreadsheet would take for a formula is marked as text.
void cell(std::string& csv, std::string_view text) {
  const bool formula = !text.empty() && (text.find_first_of("=+-@\t\r") == 0);
  csv += '"';
  if (formula) csv += '\'';
  for (const char c : text) {
    if (c == '"') csv += '"';
    csv += c;
  }
  csv += '"';
}

std::string shown(const FormQuestion& q, const Answers& answers) {
  const auto given = answers.find(q.key);
  if (given == answers.end()) return {};
  std::string out;
  for (const auto& value : given->second) {
    const auto option = std::ranges::find(q.options, value, &FormOption::key);
    out += (out.empty() ? "" : "; ") + (option == q.options.end() ? value : option->label);
  }
  return out;
}

std::string csv_head(const Form& form, bool english) {
  std::string csv = "\xEF\xBB\xBF";  // so that spreadsheets read it as UTF-8
  for (const auto name : {english ? "Answer" : "答卷", english ? "Person" : "客户", english ? "At" : "提交时间", english ? "Points" : "得分"}) cell(csv, name), csv += ',';
  for (const auto& q : form.spec.questions) cell(csv, q.title), csv += ',';
  cell(csv, english ? "Source" : "来源");
  return csv + "\r\n";
}

struct Table { std::string csv; std::optional<AnswerId> next; };
Result<Table> table_of(Tx& tx, const Scope& scope, FormId id, AnswerId before, std::string_view language) {
  TRY(const auto form, find_form(tx, id));
  Table out;
  if (!before) out.csv = csv_head(form, language == "en");
  auto& csv = out.csv;
  AnswerFilter filter{id, before, kExportStep};
  for (int done = 0; done < kExportMax;) {
    TRY(const auto page, list_answers(tx, scope, filter, true));
    for (const auto& a : page) {
      for (const auto& text : {to_text(a.id), to_text(a.person), to_rfc3339(a.at), std::to_string(a.score)}) cell(csv, text), csv += ',';
      for (const auto& q : form.spec.questions) cell(csv, a.answers ? shown(q, *a.answers) : std::string()), csv += ',';
      const auto source = a.touch.find("utm_source");
      cell(csv, source == a.touch.end() ? std::string() : source->second);
      csv += "\r\n";
    }
    done += static_cast<int>(page.size());
    if (page.size() < kExportStep) return out;
    filter.before = page.back().id;
  }
  out.next = filter.before;
  return out;
}

Result<Answer> post_export(Call& call) {
  TRY(const auto id, call.path<FormId>("form"));
  TRY(const auto query, call.query<ExportQuery>());
  AnswerId before;
  if (query.cursor) {
    TRY(const auto place, http::decode_cursor(*query.cursor, 1));
    before = AnswerId{place[0]};
  }
  call.audit_subject(to_text(id));
  return call.write(id, [id, before, scope = call.scope(), language = std::string(call.request().language())](Tx& tx) -> Result<Reply> {
    TRY(auto table, table_of(tx, scope, id, before, language));
    Reply out{200, std::move(table.csv), "text/csv; charset=utf-8", {{"Content-Disposition", "attachment; filename=\"" + to_text(id) + ".csv\""}, {"Cache-Control", "no-store"}}};
    if (table.next) out.headers.emplace_back(kNext, http::encode_cursor({table.next->v}));
    return out;
  });
}

Result<Answer> get_file(Call& call) {
  TRY(const auto id, call.path<FormId>("form"));
  TRY(const auto upload, call.path<UploadId>("upload"));
  return call.read([id, upload, scope = call.scope()](Tx& tx) -> Result<Reply> {
    TRY(auto file, read_upload(tx, scope, id, upload));
    Reply out{200, std::move(file.bytes), file.type, {}};
    const auto ending = file.type == "image/jpeg" ? ".jpg" : file.type == "image/png" ? ".png" : file.type == "image/webp" ? ".webp" : ".pdf";
    out.headers.emplace_back("Content-Disposition", "attachment; filename=\"" + to_text(upload) + ending + "\"");
    out.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
    out.headers.emplace_back("X-Content-Type-Options", "nosniff");
    return out;
  });
}

using http::None;
using http::of_media;
using http::route;
constexpr Route kRoutes[] = {
    route<AnswersQuery, None, http::Page<AnswerOut>>("GET", "/v1/forms/{form}/answers", "answer.read", get_answers, "表单答卷", "Answers to a form"),
    of_media(route<ExportQuery, None, None>("POST", "/v1/forms/{form}/answers:export", "answer.export", post_export, "导出表单答卷(每次 2000 份,其余用 X-Koipond-Next 续取)", "Answers to a form as a table, 2000 a call; X-Koipond-Next leads on", http::kSecret), "text/csv"),
    of_media(route<None, None, None>("GET", "/v1/forms/{form}/files/{upload}", "answer.read", get_file, "表单附件", "A file of an answer"), "application/octet-stream"),
};

}  // namespace

std::span<const Route> answer_routes() { return kRoutes; }

std::span<const Route> door_routes() {
  static const auto all = [] {
    std::vector<Route> out;
    for (const auto part : {link_routes(), page_routes(), form_routes(), answer_routes(), door_page_routes(), form_page_routes()}) out.insert(out.end(), part.begin(), part.end());
    return out;
  }();
  return all;
}

}  // namespace koi::entry
