// Making and changing forms.
#include "entry/forms.h"
#include "entry/texter.h"

#include <algorithm>
#include <set>

#include "base/say.h"
#include "base/text.h"
#include "entry/definition.h"
#include "people/attributes.h"
#include "store/rows.h"

namespace koi::entry {

struct StoredForm {
  FormId id;
  std::string slug;
  DoorState state = DoorState::active;
  std::int64_t ver = 0;
  Instant created_at, updated_at;
  std::string spec;
  std::int64_t answers = 0, opened = 0;
};
BOOST_DESCRIBE_STRUCT(StoredForm, (), (id, slug, state, ver, created_at, updated_at, spec, answers, opened))

namespace {

#define KOI_FORM_COLUMNS \
  "SELECT f.id, f.slug, f.state, f.ver, f.created_at, f.updated_at, f.spec, t.answers, t.opened FROM entry_form f JOIN entry_form_turn t ON t.form_id = f.id "
constexpr std::string_view kFind = KOI_FORM_COLUMNS "WHERE f.id = $1";
constexpr std::string_view kByKey = KOI_FORM_COLUMNS "WHERE f.repeat_key = $1";
constexpr std::string_view kList =
    KOI_FORM_COLUMNS "WHERE ($1 = '' AND f.state <> 'deleted' OR f.state = $1) AND ($2 = '' OR f.folder = $2) "
    "AND ($3 = '' OR LOWER(f.name) LIKE $3 ESCAPE '\\' OR f.slug = $4) AND (f.id < $5 OR $5 = 0) ORDER BY f.id DESC LIMIT $6";
constexpr std::string_view kSlugTaken = "SELECT id FROM entry_form WHERE slug = $1";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM entry_form WHERE state <> 'deleted'";
constexpr std::string_view kAdd =
    "INSERT INTO entry_form (id, slug, name, folder, channel, state, spec, repeat_key, ver, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, 1, $8, $8)";
constexpr std::string_view kAddTurn = "INSERT INTO entry_form_turn (form_id, cap, answers, opened) VALUES ($1, $2, 0, 0)";
constexpr std::string_view kEdit =
    "UPDATE entry_form SET name = $2, folder = $3, channel = $4, spec = $5, ver = ver + 1, updated_at = $6 WHERE id = $1 AND ver = $7 AND state <> 'deleted'";
constexpr std::string_view kSetCap = "UPDATE entry_form_turn SET cap = $2 WHERE form_id = $1";
constexpr std::string_view kSetState = "UPDATE entry_form SET state = $2, ver = ver + 1, updated_at = $3 WHERE id = $1 AND state <> 'deleted' AND state <> $2";

constexpr std::int64_t kFormsMax = 50'000, kCapMax = 1'000'000'000, kScoreMax = 1'000'000, kTextMax = 2000;
constexpr std::size_t kNameMax = 60, kTitleMax = 200, kWordsMax = 2000, kQuestionsMax = 60, kOptionsMax = 100, kKeyMax = 16, kTagsMax = 20, kTagMax = 81, kBandsMax = 20, kLabelMax = 20,
                      kFieldsMax = 90;  // what a browser sends at once
constexpr std::string_view kTypes[] = {"image", "pdf"};
constexpr std::string_view kChannels[] = {"wecom", "mp", "mini", "sms", "phone", "mail"}, kPurposes[] = {"marketing", "service", "analytics"};

Result<Form> form_of(StoredForm&& row) {
  TRY(auto spec, read_form(row.spec));
  return Form{row.id, std::move(row.slug), row.state, row.ver, row.created_at, row.updated_at, std::move(spec), {row.answers, row.opened}};
}

bool is_key(std::string_view key) {
  return !key.empty() && key.size() <= kKeyMax &&
         std::ranges::all_of(key, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

template <class List>
void give_keys(List& list, std::string_view letter) {
  std::set<std::string> keys;
  for (const auto& one : list) keys.insert(one.key);
  for (std::size_t n = 1; auto& one : list) {
    if (!one.key.empty()) continue;
    do one.key = std::string(letter) + std::to_string(n++);
    while (!keys.insert(one.key).second);
  }
}

FormSpec settled(FormSpec spec) {
  spec.name = trim(spec.name);
  spec.folder = trim(spec.folder);
  spec.channel = trim(spec.channel);
  give_keys(spec.questions, "q");
  for (auto& q : spec.questions) {
    give_keys(q.options, "o");
    q.verify = q.verify && q.kind == QuestionKind::phone;
  }
  return spec;
}

Result<> check_tags(const std::vector<std::string>& tags, const std::string& at) {
  if (tags.size() > kTagsMax) return refuse("entry.tag", say("at most {} tags", "最多 {} 个标签", kTagsMax), at);
  for (std::size_t i = 0; i < tags.size(); ++i) {
    const auto name = trim(tags[i]);
    if (name.empty() || count_chars(name) > kTagMax || name.starts_with('/') || name.ends_with('/') || std::ranges::count(name, '/') > 1)
      return refuse("entry.tag", say("write a tag as \"name\" or \"group/name\"", "标签写作“名称”或“分组/名称”"), at + "/" + std::to_string(i));
  }
  return {};
}

class FormChecker {
 public:
  FormChecker(Tx& tx, const FormSpec& spec) : tx_(tx), spec_(spec) {}

  Result<> run() {
    TRY(words());
    if (spec_.questions.empty() || spec_.questions.size() > kQuestionsMax) return refuse("entry.no_question", say("1 to {} questions", "题目为 1 至 {} 道", kQuestionsMax), "/questions");
    TRY(defs_, people::attribute_defs(tx_));
    std::set<std::string_view> keys;
    for (std::size_t i = 0; i < spec_.questions.size(); ++i) {
      const auto at = "/questions/" + std::to_string(i);
      TRY(question(spec_.questions[i], at));
      if (!keys.insert(spec_.questions[i].key).second) return refuse("entry.question_key", say("two questions are called {}", "有两道题的标识都是 {}", spec_.questions[i].key), at + "/key");
    }
    std::size_t fields = 0;
    for (const auto& q : spec_.questions) fields += q.kind == QuestionKind::multi ? q.options.size() : 1;
    if (fields > kFieldsMax) return refuse("entry.limit", say("at most {} questions and options of multiple choices together", "题目与多选项合计最多 {} 个", kFieldsMax), "/questions");
    TRY(check_jumps(spec_));
    TRY(bands());
    return consent();
  }

 private:
  Result<> words() {
    const auto name = count_chars(trim(spec_.name));
    if (name == 0 || name > kNameMax || !valid_utf8(spec_.name)) return refuse("entry.name", say("a name has 1 to {} characters", "名称为 1 至 {} 个字", kNameMax), "/name");
    TRY(check_text(spec_.title, 1, kTitleMax, "/title"));
    for (const auto& [text, place] : {std::pair(&spec_.folder, "/folder"), {&spec_.channel, "/channel"}, {&spec_.stage, "/stage"}, {&spec_.done_title, "/done_title"}})
      TRY(check_text(*text, 0, kNameMax, place));
    for (const auto& [text, place] : {std::pair(&spec_.button, "/button"), {&spec_.done_label, "/done_label"}}) TRY(check_text(*text, 0, kLabelMax, place));
    for (const auto& [text, place] : {std::pair(&spec_.intro, "/intro"), {&spec_.done_text, "/done_text"}, {&spec_.closed_text, "/closed_text"}}) TRY(check_text(*text, 0, kWordsMax, place));
    for (const auto& [url, place] : {std::pair(&spec_.picture, "/picture"), {&spec_.done_url, "/done_url"}, {&spec_.closed_url, "/closed_url"}})
      if (!url->empty()) TRY(check_address(*url, place));
    if (spec_.starts_at && spec_.ends_at && *spec_.ends_at <= *spec_.starts_at) return refuse("entry.times", say("it ends before it begins", "结束时间不晚于开始时间"), "/ends_at");
    if (spec_.cap < 0 || spec_.cap > kCapMax) return refuse("entry.limit", say("0 to {}", "应为 0 至 {}", kCapMax), "/cap");
    return check_tags(spec_.tags, "/tags");
  }

  Result<> options(const FormQuestion& q, const std::string& at) {
    const bool choice = q.kind == QuestionKind::single || q.kind == QuestionKind::multi;
    if (!choice) return q.options.empty() ? Result<>{} : Result<>(refuse("entry.option", say("only choices have options", "只有选择题有选项"), at + "/options"));
    if (q.options.size() < 2 || q.options.size() > kOptionsMax) return refuse("entry.option", say("2 to {} options", "选项为 2 至 {} 个", kOptionsMax), at + "/options");
    std::set<std::string_view> keys;
    for (std::size_t i = 0; i < q.options.size(); ++i) {
      const auto& o = q.options[i];
      const auto place = at + "/options/" + std::to_string(i);
      if (!is_key(o.key) || !keys.insert(o.key).second) return refuse("entry.option", say("an option has a key of its own: 1 to {} of a-z, 0-9 and _", "选项标识不可重复,为 1 至 {} 位小写字母、数字或 _", kKeyMax), place + "/key");
      TRY(check_text(o.label, 1, kTitleMax, place + "/label"));
      if (o.score < -kScoreMax || o.score > kScoreMax) return refuse("entry.limit", say("-{0} to {0}", "应为 -{0} 至 {0}", kScoreMax), place + "/score");
      TRY(check_tags(o.tags, place + "/tags"));
    }
    return {};
  }

  Result<> question(const FormQuestion& q, const std::string& at) {
    if (!is_key(q.key) || q.key == kFormEnd) return refuse("entry.question_key", say("a key is 1 to {} of a-z, 0-9 and _, and not \"end\"", "标识为 1 至 {} 位小写字母、数字或 _,且不能是 end", kKeyMax), at + "/key");
    TRY(check_text(q.title, 1, kTitleMax, at + "/title"));
    TRY(check_text(q.note, 0, kTitleMax, at + "/note"));
    TRY(options(q, at));
    TRY(const bool texts, can_text(tx_));
    if (q.verify && !texts) return refuse("entry.no_texter", say("connect a text message gateway first", "请先在渠道接入中接入短信网关"), at + "/verify");
    const auto high = q.kind == QuestionKind::multi ? static_cast<std::int64_t>(q.options.size()) : q.kind == QuestionKind::rating ? kStarsMax : kTextMax;
    if (q.max < 0 || q.max > high || (q.kind == QuestionKind::rating && q.max == 1)) return refuse("entry.limit", say("0 to {}", "应为 0 至 {}", high), at + "/max");
    if (q.min < 0 || q.min > (q.max > 0 ? q.max : high)) return refuse("entry.limit", say("0 to {}", "应为 0 至 {}", q.max > 0 ? q.max : high), at + "/min");
    if (q.max_kb < 0 || q.max_kb > kUploadMaxKb) return refuse("entry.limit", say("0 to {} KB", "应为 0 至 {} KB", kUploadMaxKb), at + "/max_kb");
    for (std::size_t i = 0; i < q.types.size(); ++i)
      if (std::ranges::find(kTypes, q.types[i]) == std::end(kTypes)) return refuse("entry.question", say("\"{}\" is no kind of file: image or pdf", "没有文件类型“{}”,可用 image 或 pdf", q.types[i]), at + "/types/" + std::to_string(i));
    return attribute(q, at);
  }

  /// An answer that could never be set is found now, not when the first customer sends it.
  Result<> attribute(const FormQuestion& q, const std::string& at) {
    if (q.attribute.empty()) return {};
    const auto place = at + "/attribute";
    if (q.kind == QuestionKind::upload) return refuse("entry.attribute", say("a file is no attribute", "文件不能作为属性"), place);
    const auto* def = people::find_def(defs_, q.attribute);
    if (def == nullptr) {
      std::vector<std::string_view> known;
      for (const auto& d : *defs_) known.push_back(d.key);
      const auto meant = nearest(q.attribute, known);
      return refuse("entry.attribute", meant.empty() ? say("there is no attribute \"{}\"", "没有属性“{}”", q.attribute) : say("there is no attribute \"{}\"; did you mean {}?", "没有属性“{}”,是否指 {}?", q.attribute, meant), place);
    }
    for (const auto& o : q.options)
      if (const auto fits = people::canonical_value(*def, o.label); !fits)
        return refuse("entry.attribute", say("\"{}\" is no value of {}", "“{}”不是属性 {} 的可用值", o.label, q.attribute), place);
    const bool number = def->type == "number", day = def->type == "date", text = def->type == "text";
    const bool fits = text || !q.options.empty() || (q.kind == QuestionKind::rating && number) || (q.kind == QuestionKind::date && day);
    if (!fits) return refuse("entry.attribute", say("{} is of type {}, which this question does not answer", "属性 {} 的类型是 {},与题型不符", q.attribute, def->type), place);
    return {};
  }

  Result<> bands() {
    if (spec_.bands.size() > kBandsMax) return refuse("entry.band", say("at most {} results", "最多 {} 档结果", kBandsMax), "/bands");
    for (std::size_t i = 0; i < spec_.bands.size(); ++i) {
      const auto& b = spec_.bands[i];
      const auto at = "/bands/" + std::to_string(i);
      if (b.to < b.from) return refuse("entry.band", say("it ends before it begins", "上限小于下限"), at);
      for (std::size_t j = 0; j < i; ++j)
        if (b.from <= spec_.bands[j].to && spec_.bands[j].from <= b.to) return refuse("entry.band", say("it meets result {}", "与第 {} 档重叠", j + 1), at);
      TRY(check_text(b.title, 0, kNameMax, at + "/title"));
      TRY(check_text(b.text, 0, kWordsMax, at + "/text"));
      TRY(check_tags(b.tags, at + "/tags"));
    }
    return {};
  }

  Result<> consent() {
    const auto& c = spec_.consent;
    if (c.text.empty() && c.channel.empty() && c.purpose.empty()) return {};
    TRY(check_text(c.text, 1, kTitleMax, "/consent/text"));
    if (std::ranges::find(kChannels, c.channel) == std::end(kChannels)) return refuse("entry.consent", say("\"{}\" is no channel", "没有渠道“{}”", c.channel), "/consent/channel");
    if (std::ranges::find(kPurposes, c.purpose) == std::end(kPurposes)) return refuse("entry.consent", say("\"{}\" is no purpose", "没有用途“{}”", c.purpose), "/consent/purpose");
    return {};
  }

  Tx& tx_;
  const FormSpec& spec_;
  people::Defs defs_;
};

}  // namespace

Result<FormSpec> read_form(std::string_view json) {
  TRY(auto spec, read_definition<FormSpec>(json));
  return settled(std::move(spec));
}
std::string form_schema() { return definition_schema<FormSpec>(); }
Result<> check_form(Tx& tx, const FormSpec& spec) { return FormChecker(tx, spec).run(); }

Result<Form> create_form(Tx& tx, const CreateForm& cmd) {
  const auto spec = settled(cmd.spec);
  const auto text = http::json_of(spec);
  if (!cmd.key.empty()) {
    TRY(auto had, tx.maybe<StoredForm>(kByKey, cmd.key));
    if (had) {
      if (had->spec != text && had->ver == 1) return fail(Errc::conflict, "entry.key_reused", cmd.key);
      return form_of(std::move(*had));
    }
  }
  TRY(check_form(tx, spec));
  TRY(const auto count, tx.one<std::int64_t>(kCount));
  if (count >= kFormsMax) return fail(Errc::exhausted, "entry.form_limit", std::to_string(kFormsMax));
  TRY(const auto slug, free_slug(tx, kSlugTaken, cmd.slug));
  const auto id = tx.next_id<FormId>();
  TRY(tx.exec(kAdd, id, slug, spec.name, spec.folder, spec.channel, text, cmd.key.empty() ? std::nullopt : std::optional(cmd.key), tx.now()));
  TRY(tx.exec(kAddTurn, id, spec.cap));
  return find_form(tx, id);
}

Result<Form> edit_form(Tx& tx, const EditForm& cmd) {
  TRY(const auto had, find_form(tx, cmd.form));
  if (had.state == DoorState::deleted) return fail(Errc::conflict, "entry.door_deleted");
  if (cmd.ver && *cmd.ver != had.ver) return fail(Errc::precondition, "http.stale", std::to_string(had.ver));
  const auto spec = settled(cmd.spec);
  TRY(check_form(tx, spec));
  TRY(const auto changed, tx.exec(kEdit, cmd.form, spec.name, spec.folder, spec.channel, http::json_of(spec), tx.now(), had.ver));
  if (changed == 0) return fail(Errc::precondition, "http.stale");
  TRY(tx.exec(kSetCap, cmd.form, spec.cap));
  return find_form(tx, cmd.form);
}

Result<Form> set_form_state(Tx& tx, FormId form, DoorState state) {
  TRY(const auto had, find_form(tx, form));
  if (had.state == state) return had;
  if (had.state == DoorState::deleted) return fail(Errc::conflict, "entry.door_deleted");
  TRY(tx.exec(kSetState, form, enum_text(state), tx.now()));
  return find_form(tx, form);
}

Result<Form> find_form(Tx& tx, FormId form) {
  TRY(auto row, tx.maybe<StoredForm>(kFind, form));
  if (!row) return fail(Errc::not_found, "entry.no_form", to_text(form));
  return form_of(std::move(*row));
}

Result<std::vector<Form>> list_forms(Tx& tx, const DoorFilter& f) {
  std::vector<Form> out;
  TRY(tx.each<StoredForm>(
      kList,
      [&](StoredForm&& row) -> Result<> {
        TRY(auto form, form_of(std::move(row)));
        out.push_back(std::move(form));
        return {};
      },
      f.state, f.folder, like_pattern(f.q), trim(f.q), f.before, f.limit));
  return out;
}

}  // namespace koi::entry
