/// Failures as application/problem+json (RFC 9457), in the caller's language, never with the inside of a failure.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "http/wire.h"

namespace koi::http {

std::span<const std::string_view> code_files();  // generated from src/*/codes.txt

namespace {

struct KindRow {
  Errc kind;
  int status;
  std::string_view zh, en;
};
constexpr KindRow kKinds[] = {
    {Errc::invalid, 422, "内容有误", "The content is not valid"},
    {Errc::malformed, 400, "请求无法读取", "The request cannot be read"},
    {Errc::unauthenticated, 401, "请先登录", "Please sign in"},
    {Errc::forbidden, 403, "没有权限", "Not allowed"},
    {Errc::not_found, 404, "没有找到", "Not found"},
    {Errc::conflict, 409, "与当前状态冲突", "In conflict with the present state"},
    {Errc::precondition, 412, "内容已被他人修改", "Changed by somebody else meanwhile"},
    {Errc::too_large, 413, "内容过大", "Too large"},
    {Errc::unsupported, 415, "不支持的内容类型", "Unsupported content type"},
    {Errc::exhausted, 409, "已经用完", "Used up"},
    {Errc::throttled, 429, "操作太频繁", "Too many requests"},
    {Errc::unavailable, 503, "服务繁忙，请稍后再试", "Busy, please try again"},
    {Errc::internal, 500, "系统内部错误", "Internal error"},
};
const KindRow& row_of(Errc kind) {
  const auto row = std::ranges::find(kKinds, kind, &KindRow::kind);
  CHECK(row != std::end(kKinds));
  return *row;
}

/// Codes whose status is finer than their kind's.
constexpr std::pair<std::string_view, int> kFiner[] = {
    {"http.if_match_required", 428},  {"http.uri_too_long", 414}, {"http.headers_too_large", 431},
    {"http.method_not_allowed", 405}, {"http.timeout", 408},      {"http.expectation", 417},
    {"http.bad_version", 505},
};

/// Lines are `code TAB zh TAB en`; a test finds the ones that are not.
std::vector<ProblemTitle> read_catalogue() {
  std::vector<ProblemTitle> out;
  for (const auto file : code_files()) {
    for (const auto raw : split_text(file, '\n')) {
      const auto line = trim(raw);
      if (line.empty() || line.starts_with('#')) continue;
      const auto parts = split_text(line, '\t');
      if (parts.size() == 3) out.push_back({parts[0], parts[1], parts[2]});
    }
  }
  std::ranges::sort(out, {}, &ProblemTitle::code);
  return out;
}

const ProblemTitle* find_title(std::string_view code) {
  const auto titles = problem_titles();
  const auto it = std::ranges::lower_bound(titles, code, {}, &ProblemTitle::code);
  return it != titles.end() && it->code == code ? &*it : nullptr;
}

/// Details that could show the inside (SQL, paths) stay inside.
bool may_show(const Error& e) { return e.kind != Errc::internal && !e.code.starts_with("store."); }

/// What a caller sent may stand in a detail: bytes that are no text become question marks, for the reply is JSON.
std::string readable(std::string_view text) {
  std::string out(text);
  if (valid_utf8(out)) return out;
  for (auto& c : out)
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  return out;
}

struct FieldProblem {
  std::string pointer, code, detail;
};
BOOST_DESCRIBE_STRUCT(FieldProblem, (), (pointer, code, detail))
struct Problem {
  std::string type, title;
  int status;
  std::string code, detail, instance, request_id;
  bool retryable;
  std::vector<FieldProblem> errors;
  std::map<std::string, std::string> params;
};
BOOST_DESCRIBE_STRUCT(Problem, (), (type, title, status, code, detail, instance, request_id, retryable, errors, params))

}  // namespace

int status_of(Errc kind) { return row_of(kind).status; }

std::span<const ProblemTitle> problem_titles() {
  static const auto kTitles = read_catalogue();
  return kTitles;
}

bool known_code(std::string_view code) { return find_title(code) != nullptr; }

std::string problem_title(const Error& error, std::string_view language) {
  const bool chinese = language != "en";
  if (const auto* title = error.kind == Errc::internal ? nullptr : find_title(error.code)) return std::string(chinese ? title->zh : title->en);
  const auto& kind = row_of(error.kind);
  return std::string(chinese ? kind.zh : kind.en);
}

Reply problem(const Error& error, std::string_view request_id, std::string_view language, std::string_view instance) {
  const auto& kind = row_of(error.kind);
  const bool chinese = language != "en";
  const auto finer = std::ranges::find(kFiner, std::string_view(error.code), &std::pair<std::string_view, int>::first);

  Problem p{};
  p.code = error.kind == Errc::internal ? "http.internal" : error.code;
  p.type = "/problems/" + p.code;
  p.title = problem_title(error, language);
  p.status = finer != std::end(kFiner) ? finer->second : kind.status;
  p.instance = readable(instance);
  p.request_id = request_id;
  p.retryable = error.kind == Errc::unavailable || error.kind == Errc::throttled;
  if (may_show(error)) {
    p.detail = readable(detail_in(error, language));
    if (!error.pointer.empty()) p.errors.push_back({readable(error.pointer), error.code, p.detail});
    for (const auto& [name, value] : error.params) p.params[name] = readable(value);
  }
  Reply out{p.status, json_of(p), "application/problem+json", {}};
  out.headers.emplace_back("Content-Language", chinese ? "zh-CN" : "en");
  if (p.retryable)
    out.headers.emplace_back("Retry-After", p.params.contains("retry_after") ? p.params["retry_after"] : "1");
  if (error.kind == Errc::unauthenticated) out.headers.emplace_back("WWW-Authenticate", "Bearer realm=\"koipond\"");
  return out;
}

}  // namespace koi::http
