// A form in a browser: GET /f/SLUG shows it, POST takes a page of it or the whole, POST /f/SLUG/file keeps a file ahead. All of it
// works without script but the file.
#include <fmt/format.h>

#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "entry/door_api.h"
#include "entry/form_draw.h"
#include "entry/phone_codes.h"
#include "entry/texter.h"
#include "entry/visit.h"
#include "http/url.h"

namespace koi::entry {

struct FileQuery { std::string question, name; };
BOOST_DESCRIBE_STRUCT(FileQuery, (), (question, name))
struct FileKept { UploadId id; };
BOOST_DESCRIBE_STRUCT(FileKept, (), (id))

namespace {

constexpr std::size_t kKeyBytes = 12, kKeyChars = 64;

/// What comes of one request.
struct Turn {
  enum class Kind : std::uint8_t { sheet, done, closed, once, unknown } kind = Kind::unknown;
  std::optional<Form> form;
  FormSheet sheet;
  std::int64_t score = 0;
  std::string why, address;
};

/// A page as it was sent.
struct Sent {
  FormSheet sheet;
  bool back = false, trapped = false;
  std::string send;                                       // the telephone question a code is wanted for
  std::map<std::string, std::string, std::less<>> codes;  // typed in, by question
};

std::optional<Sent> sent_of(const http::Request& request) {
  const auto fields = http::parse_query_string(request.body);
  if (!fields) return {};
  Sent out;
  for (const auto& [name, value] : *fields) {
    if (name.starts_with(kFieldPrefix)) out.sheet.answers[name.substr(kFieldPrefix.size())].push_back(value);
    else if (name == kFieldKey) out.sheet.repeat_key = value.size() <= kKeyChars && valid_utf8(value) ? value : std::string();
    else if (name == kFieldStart) out.sheet.started = from_ms(parse_int(value).value_or(0));
    else if (name == kFieldCurrent) out.sheet.current = value;
    else if (name == kFieldConsent) out.sheet.consent = value == "1";
    else if (name == kFieldTrap) out.trapped = !value.empty();
    else if (name == kFieldBack) out.back = true;
    else if (name == kFieldSend) out.send = value;
    else if (name.starts_with(kCodePrefix)) out.codes[name.substr(kCodePrefix.size())] = value;
    else if (name == kFieldShown)
      for (const auto key : split_text(value, ','))
        if (!key.empty()) out.sheet.shown.emplace_back(key);
  }
  return out;
}

Turn turn_of(std::optional<Form> form, Instant now) {
  Turn out;
  if (!form) return out;
  out.why = closed_form(*form, now);
  out.kind = out.why.empty() ? Turn::Kind::sheet : Turn::Kind::closed;
  out.form = std::move(form);
  return out;
}

Result<Turn> begin(Tx& tx, std::string_view slug, const Caller& caller) {
  TRY(auto form, open_form(tx, slug, caller));
  auto out = turn_of(std::move(form), tx.now());
  if (out.kind != Turn::Kind::sheet) return out;
  TRY(out.sheet.texts, can_text(tx));
  out.sheet.repeat_key = base64url(tx.rng().bytes(kKeyBytes));
  out.sheet.started = tx.now();
  if (!one_page(out.form->spec)) out.sheet.current = out.form->spec.questions.front().key;
  return out;
}

std::string said(const Error& error, std::string_view language) { return detail_in(error, language).empty() ? http::problem_title(error, language) : detail_in(error, language); }

/// A number that is to be proved: it was within the hour, or is by the code that came along.
Result<> prove(Tx& tx, const FormQuestion& q, FormSheet& sheet, const Sent& sent, const Caller& caller, std::string_view language) {
  const auto& given = sheet.answers[q.key];
  if (!q.verify || !sheet.texts || given.empty()) return {};
  TRY(bool proved, phone_proved(tx, caller.visitor, given.front()));
  const auto code = sent.codes.find(q.key);
  const bool typed = code != sent.codes.end() && !trim(code->second).empty();
  if (!proved && typed) { TRY(proved, prove_phone(tx, caller.visitor, given.front(), code->second)); }
  if (proved) sheet.proved.insert(q.key);
  else sheet.wrong[q.key] = said(Error{Errc::invalid, typed ? "entry.phone_code" : "entry.answer_phone_code", {}, {}, {}}, language);
  return {};
}

/// Sends the code that was asked for; the page comes again as it was filled in.
Result<> send_code(Tx& tx, const FormSpec& spec, FormSheet& sheet, const Sent& sent, const Caller& caller, std::string_view language) {
  const auto q = std::ranges::find(spec.questions, sent.send, &FormQuestion::key);
  if (q == spec.questions.end() || !q->verify || q->kind != QuestionKind::phone) return {};
  auto number = judge_answer(*q, sheet.answers[q->key]);
  if (number && number->empty()) number = fail(Errc::invalid, "entry.answer_required");
  auto done = number ? tx.nested([&] { return send_phone_code(tx, caller.visitor, number->front(), language); }) : Result<>(std::unexpected(number.error()));
  if (done) sheet.sent.insert(q->key);
  else if (done.error().code.starts_with("entry.")) sheet.wrong[q->key] = said(done.error(), language);
  else return done;
  return {};
}

/// Judges what stood on the page; whether all of it will do.
Result<bool> judged(Tx& tx, const FormSpec& spec, FormSheet& sheet, const Sent& sent, const Caller& caller, std::string_view language) {
  std::vector<const FormQuestion*> here;
  if (sheet.current.empty()) here = walk_form(spec, sheet.answers).path;
  else
    for (const auto& q : spec.questions)
      if (q.key == sheet.current) here.push_back(&q);
  for (const auto* q : here) {
    auto kept = judge_answer(*q, sheet.answers[q->key]);
    if (!kept) {
      sheet.wrong[q->key] = said(kept.error(), language);
      continue;
    }
    sheet.answers[q->key] = std::move(*kept);
    if (q->kind == QuestionKind::phone) TRY(prove(tx, *q, sheet, sent, caller, language));
  }
  return sheet.wrong.empty();
}

Result<Turn> finish_form(Tx& tx, Turn turn, const Caller& caller, std::string_view language) {
  const auto seconds = turn.sheet.started == Instant{} ? 0 : std::max<std::int64_t>(0, (tx.now() - turn.sheet.started) / std::chrono::seconds{1});
  const auto sent = submit_form(tx, {turn.form->id, turn.sheet.answers, turn.sheet.repeat_key, caller, turn.sheet.consent, seconds});
  if (sent) {
    turn.kind = Turn::Kind::done;
    turn.score = sent->score;
    turn.address = turn.form->spec.done_url.empty() ? std::string() : with_query(turn.form->spec.done_url, carried(caller.touch));
    return turn;
  }
  const auto& error = sent.error();
  if (error.code == "entry.form_once") return turn.kind = Turn::Kind::once, turn;
  if (error.code == "entry.form_full") return turn.kind = Turn::Kind::closed, turn.why = "full", turn;
  if (error.code == "entry.form_closed") return turn.kind = Turn::Kind::closed, turn.why = error.detail, turn;
  const auto at = std::ranges::find(turn.form->spec.questions, error.pointer, &FormQuestion::key);
  if (error.kind != Errc::invalid || at == turn.form->spec.questions.end()) return std::unexpected(error);
  turn.sheet.wrong[at->key] = said(error, language);
  if (!turn.sheet.current.empty()) {
    turn.sheet.current = at->key;
    turn.sheet.shown.erase(std::ranges::find(turn.sheet.shown, at->key), turn.sheet.shown.end());
  }
  return turn;
}

/// One page taken: on to the next question, back to the last, or the end.
Result<Turn> take_page(Tx& tx, std::string_view slug, const Sent& sent, const Caller& caller, std::string_view language) {
  Caller nobody;  // this look was counted when the form was opened
  nobody.machine = true;
  TRY(auto form, open_form(tx, slug, nobody));
  auto turn = turn_of(std::move(form), tx.now());
  if (turn.kind == Turn::Kind::unknown) return turn;
  turn.sheet = sent.sheet;
  if (sent.trapped) return turn.kind = Turn::Kind::done, turn;  // a program: thanked, and forgotten
  // What was sent already is sent, even when the form has closed or filled since.
  if (turn.kind == Turn::Kind::closed) return sent.back || turn.sheet.repeat_key.empty() ? Result<Turn>(turn) : finish_form(tx, std::move(turn), caller, language);
  const auto& spec = turn.form->spec;
  auto& sheet = turn.sheet;
  TRY(sheet.texts, can_text(tx));
  if (sheet.repeat_key.empty()) return begin(tx, slug, nobody);
  if (one_page(spec)) {
    sheet.current.clear();
    sheet.shown.clear();
    if (!sent.send.empty()) {
      TRY(send_code(tx, spec, sheet, sent, caller, language));
      return turn;
    }
    TRY(const bool good, judged(tx, spec, sheet, sent, caller, language));
    return good ? finish_form(tx, std::move(turn), caller, language) : Result<Turn>(std::move(turn));
  }
  // Only a way that the answers lead along is believed; anything else begins again.
  const auto walk = walk_form(spec, sheet.answers, &sheet.shown);
  if (walk.next == nullptr || walk.next->key != sheet.current || walk.path.size() != sheet.shown.size()) return begin(tx, slug, nobody);
  if (sent.back && !sheet.shown.empty()) {
    sheet.current = sheet.shown.back();
    sheet.shown.pop_back();
    return turn;
  }
  if (!sent.send.empty()) {
    TRY(send_code(tx, spec, sheet, sent, caller, language));
    return turn;
  }
  TRY(const bool good, judged(tx, spec, sheet, sent, caller, language));
  if (!good) return turn;
  sheet.shown.push_back(sheet.current);
  const auto on = walk_form(spec, sheet.answers, &sheet.shown);
  if (on.next != nullptr) return sheet.current = on.next->key, turn;
  return finish_form(tx, std::move(turn), caller, language);
}

Reply draw_closed(std::string_view language, const Turn& turn) {
  const auto& spec = turn.form->spec;
  Said title{"This form is closed", "表单已结束"}, words{"It takes no more answers. Thank you for coming.", "已停止收集,感谢您的关注。"};
  if (turn.why == "soon") title = {"Not yet", "尚未开始"}, words = {"Please come back a little later.", "请稍后再来。"};
  else if (turn.why == "full") title = {"All taken", "名额已满"}, words = {"There are as many answers as were asked for. Thank you.", "收集份数已满,感谢您的参与。"};
  if (!spec.closed_text.empty()) words = {spec.closed_text, spec.closed_text};
  return plain_page(language, turn.why == "deleted" ? 410 : 200, std::move(title), std::move(words), spec.closed_url, {"Go on", "继续访问"});
}

Reply draw_turn(const http::Request& request, std::string_view slug, Turn& turn) {
  const auto language = request.language();
  switch (turn.kind) {
    case Turn::Kind::unknown: return no_such_page(language);
    case Turn::Kind::closed: return draw_closed(language, turn);
    case Turn::Kind::once: return plain_page(language, 200, {"You have answered already", "您已提交过"}, {"One answer from each is enough. Thank you.", "每人只需提交一次,感谢您的参与。"}, turn.form->spec.done_url, {"Go on", "继续"});
    default: break;
  }
  const auto& spec = turn.form->spec;
  Page page;
  page.language = language;
  page.title = spec.title;
  page.description = std::string(take_chars(spec.intro, 100));
  page.picture = spec.picture;
  if (turn.kind == Turn::Kind::done) {
    page.body = draw_done(spec, turn.score, turn.address, language);
    return page_reply(page);
  }
  page.body = draw_form(spec, turn.sheet, {slug, query_without(request, {}), language});
  page.script = "form.js";
  page.data = fmt::format(R"({{"files":"/f/{}/file","large":"{}","sending":"{}","sent":"{}","failed":"{}"}})", slug, language == "en" ? "The file is too large" : "文件过大",
                          language == "en" ? "Sending…" : "上传中…", language == "en" ? "Sent" : "已上传", language == "en" ? "That did not work. Please try again." : "上传失败,请重试");
  if (!turn.sheet.wrong.empty()) page.status = 422;
  return page_reply(page);
}

Result<Answer> get_form(Call& call) {
  const auto slug = std::string(call.path_text("slug"));
  return on_writer<Turn>(
      call, shard_of_slug(slug), caller_of(call.request()), [slug](Tx& tx, const Caller& caller) { return begin(tx, slug, caller); },
      [&call, slug](Turn& turn) { return draw_turn(call.request(), slug, turn); });
}

Result<Answer> post_form(Call& call) {
  const auto slug = std::string(call.path_text("slug"));
  auto sent = sent_of(call.request());
  if (!sent) return no_such_page(call.request().language());
  auto caller = caller_of(call.request());
  caller.machine = false;  // who answers is taken for a person; programs fall into the trap
  return on_writer<Turn>(
      call, shard_of_slug(slug), std::move(caller), [slug, sent = std::move(*sent), language = std::string(call.request().language())](Tx& tx, const Caller& from) { return take_page(tx, slug, sent, from, language); },
      [&call, slug](Turn& turn) { return draw_turn(call.request(), slug, turn); });
}

Result<Answer> post_file(Call& call) {
  const auto slug = std::string(call.path_text("slug"));
  TRY(const auto query, call.query<FileQuery>());
  auto visitor = visitor_of(call.request());
  if (visitor.empty()) return fail(Errc::forbidden, "entry.no_visitor");
  if (call.request().body.size() > static_cast<std::size_t>(kUploadMaxKb) * 1024) return fail(Errc::too_large, "entry.upload_size");
  return call.write(shard_of_slug(slug), [slug, query, visitor = std::move(visitor), &call](Tx& tx) -> Result<Reply> {
    Caller nobody;
    nobody.machine = true;
    TRY(const auto form, open_form(tx, slug, nobody));
    if (!form) return fail(Errc::not_found, "entry.no_form");
    TRY(const auto id, keep_upload(tx, {form->id, query.question, query.name, call.request().body, visitor}));
    return http::created(FileKept{id});
  });
}

using http::None;
using http::of_media;
using http::route;
constexpr unsigned kOpen = http::kPublic | http::kNoCsrf | http::kNoAudit;
constexpr Route kRoutes[] = {
    of_media(route<None, None, None>("GET", "/f/{slug}", "", get_form, "表单页", "A form", http::kPublic), "text/html"),
    of_media(route<None, None, None>("POST", "/f/{slug}", "", post_form, "提交表单", "An answer to a form, or a page of it", kOpen), "text/html"),
    route<FileQuery, None, FileKept>("POST", "/f/{slug}/file", "", post_file, "表单附件", "A file that belongs to an answer", kOpen | http::kUpload),
};

}  // namespace

std::span<const Route> form_page_routes() { return kRoutes; }

}  // namespace koi::entry
