// One answer to a form: judged, kept under the person's key, and what follows from it.
#include <algorithm>
#include <boost/json.hpp>
#include <set>

#include "base/say.h"
#include "base/text.h"
#include "entry/forms.h"
#include "entry/known.h"
#include "entry/phone_codes.h"
#include "entry/texter.h"
#include "events/events.h"
#include "people/profile.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::entry {

struct KeptAnswer { AnswerId id; PersonId person; std::int64_t score = 0; };
BOOST_DESCRIBE_STRUCT(KeptAnswer, (), (id, person, score))

namespace {

const bool kFollows = people::follow("entry_answer");

constexpr std::string_view kBySlug = "SELECT id FROM entry_form WHERE slug = $1";
constexpr std::string_view kOpened = "UPDATE entry_form_turn SET opened = opened + 1 WHERE form_id = $1";
constexpr std::string_view kDay =
    "INSERT INTO entry_form_day (form_id, day, opened, visitors, answers) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (form_id, day) DO UPDATE SET "
    "opened = entry_form_day.opened + excluded.opened, visitors = entry_form_day.visitors + excluded.visitors, answers = entry_form_day.answers + excluded.answers";
constexpr std::string_view kByRepeat = "SELECT id, person_id, score FROM entry_answer WHERE form_id = $1 AND repeat_key = $2";
// The place is taken before the answer is written: two who come for the last one cannot both have it.
constexpr std::string_view kTake = "UPDATE entry_form_turn SET answers = answers + 1 WHERE form_id = $1 AND (cap = 0 OR answers < cap)";
constexpr std::string_view kAdd =
    "INSERT INTO entry_answer (id, form_id, form_ver, origin_id, person_id, once_key, repeat_key, score, seconds, sealed, touch, at) "
    "VALUES ($1, $2, $3, $4, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
constexpr std::string_view kPick =
    "INSERT INTO entry_form_pick (form_id, question, option, n) VALUES ($1, $2, $3, 1) ON CONFLICT (form_id, question, option) DO UPDATE SET n = entry_form_pick.n + 1";
constexpr std::string_view kClaim = "UPDATE entry_upload SET answer_id = $2 WHERE id = $1 AND form_id = $3 AND question = $4 AND visitor = $5 AND answer_id IS NULL";
constexpr std::string_view kStageAttribute = "follow_stage";
constexpr std::size_t kRepeatMax = 64;
constexpr std::int64_t kSecondsMax = 24 * 3600;

Result<> count_day(Tx& tx, FormId form, std::int64_t opened, std::int64_t visitors, std::int64_t answers) {
  TRY(const auto zone, merchant_zone(tx));
  TRY(tx.exec(kDay, form, moment_of(zone, tx.now()).day_number, opened, visitors, answers));
  return {};
}

std::string json_list(const std::vector<std::string>& items) {
  boost::json::array list;
  for (const auto& item : items) list.emplace_back(item);
  return boost::json::serialize(list);
}

class Submission {
 public:
  Submission(Tx& tx, const SubmitForm& cmd, Form form) : tx_(tx), cmd_(cmd), form_(std::move(form)) {}

  Result<Submitted> run() {
    TRY(judge());
    TRY(find_person());
    TRY(keep());
    TRY(count());
    TRY(attributes());
    TRY(tags());
    TRY(consent());
    TRY(tell());
    return Submitted{id_, person_, score_, false};
  }

 private:
  const FormSpec& spec() const { return form_.spec; }
  std::string source() const { return "form:" + to_text(form_.id); }

  /// Only what lies on the path counts; what was filled in before somebody went back and chose otherwise does not.
  Result<> judge() {
    const auto walk = walk_form(spec(), cmd_.answers);
    for (const auto* q : walk.path) {
      const auto given = cmd_.answers.find(q->key);
      TRY(auto kept, judge_answer(*q, given == cmd_.answers.end() ? std::vector<std::string>{} : given->second));
      path_.push_back(q);
      if (kept.empty()) continue;
      if (q->kind == QuestionKind::phone && q->verify) TRY(prove(*q, kept.front()));
      answers_[q->key] = std::move(kept);
    }
    score_ = score_of(spec(), answers_);
    return {};
  }

  /// Where no text can be sent a number is taken as it is, and proves nothing.
  Result<> prove(const FormQuestion& q, const std::string& number) {
    TRY(const bool proved, phone_proved(tx_, cmd_.caller.visitor, number));
    if (proved) proved_.insert(q.key);
    if (proved) return {};
    TRY(const bool asked, can_text(tx_));
    if (!asked) return {};
    return refuse("entry.answer_phone_code", say("please enter the code from the text message", "请输入短信验证码"), q.key);
  }

  Result<> find_person() {
    std::vector<people::Ident> idents{visitor_ident(cmd_.caller.visitor)};
    for (const auto* q : path_)
      if (q->kind == QuestionKind::phone && answers_.contains(q->key)) idents.push_back({"phone_e164", answers_[q->key].front(), proved_.contains(q->key)});
    TRY(const auto found, people::resolve(tx_, idents, source()));
    person_ = found.person;
    return {};
  }

  Result<> keep() {
    id_ = tx_.next_id<AnswerId>();
    const auto once = spec().once == FormOnce::no ? std::string() : spec().once == FormOnce::visitor ? "v:" + cmd_.caller.visitor : "p:" + std::to_string(person_.v);
    boost::json::object text, touch;
    for (const auto& [key, values] : answers_) text[key] = boost::json::value_from(values);
    for (const auto& [name, value] : cmd_.caller.touch) touch[name] = value;
    TRY(const auto sealed, people::seal_for(tx_, person_, boost::json::serialize(text)));
    TRY(const auto written, tx_.exec(kAdd, id_, form_.id, form_.ver, person_, once, cmd_.repeat_key, score_, std::clamp<std::int64_t>(cmd_.seconds, 0, kSecondsMax), sealed,
                                     boost::json::serialize(touch), tx_.now()));
    if (written == 0) return fail(Errc::conflict, "entry.form_once");  // theirs, or the same page from another process
    TRY(const auto taken, tx_.exec(kTake, form_.id));
    if (taken == 0) return fail(Errc::exhausted, "entry.form_full");
    for (const auto* q : path_) {
      if (q->kind != QuestionKind::upload || !answers_.contains(q->key)) continue;
      TRY(const auto claimed, tx_.exec(kClaim, parse_id(UploadTag::prefix, answers_[q->key].front()).value_or(0), id_, form_.id, q->key, cmd_.caller.visitor));
      if (claimed == 0) return refuse("entry.answer_upload", say("please upload the file again", "请重新上传文件"), q->key);
    }
    return {};
  }

  Result<> count() {
    TRY(count_day(tx_, form_.id, 0, 0, 1));
    for (const auto* q : path_) {
      TRY(tx_.exec(kPick, form_.id, q->key, ""));
      const auto given = answers_.find(q->key);
      if (given == answers_.end()) {
        TRY(tx_.exec(kPick, form_.id, q->key, "-"));
      } else if (!q->options.empty() || q->kind == QuestionKind::rating) {
        for (const auto& value : given->second) TRY(tx_.exec(kPick, form_.id, q->key, value));
      }
    }
    return {};
  }

  static std::string label_of(const FormQuestion& q, const std::string& key) {
    const auto option = std::ranges::find(q.options, key, &FormOption::key);
    return option == q.options.end() ? key : option->label;
  }

  /// An attribute or a tag that is not there any more costs nobody their answer.
  template <class F>
  Result<> if_it_can(F&& fn) {
    auto done = tx_.nested(fn);
    if (!done && done.error().kind != Errc::invalid && done.error().kind != Errc::not_found && done.error().kind != Errc::conflict && done.error().kind != Errc::exhausted)
      return std::unexpected(std::move(done).error());
    return {};
  }

  Result<> attributes() {
    for (const auto* q : path_) {
      const auto given = answers_.find(q->key);
      if (q->attribute.empty() || given == answers_.end()) continue;
      std::vector<std::string> words;
      for (const auto& value : given->second) words.push_back(label_of(*q, value));
      const auto value = words.size() == 1 && q->kind != QuestionKind::multi ? words.front() : json_list(words);
      TRY(if_it_can([&]() -> Result<> { return people::set_attributes(tx_, {.person = person_, .values = {{q->attribute, value}}, .source = source(), .at = tx_.now()}); }));
    }
    if (spec().stage.empty()) return {};
    return if_it_can([&]() -> Result<> {
      return people::set_attributes(tx_, {.person = person_, .values = {{std::string(kStageAttribute), spec().stage}}, .source = source(), .at = tx_.now(), .define_unknown = true});
    });
  }

  Result<> tags() {
    auto all = spec().tags;
    for (const auto* q : path_) {
      const auto given = answers_.find(q->key);
      if (given == answers_.end()) continue;
      for (const auto& value : given->second)
        if (const auto option = std::ranges::find(q->options, value, &FormOption::key); option != q->options.end()) all.insert(all.end(), option->tags.begin(), option->tags.end());
    }
    if (const auto* band = band_of(spec(), score_)) all.insert(all.end(), band->tags.begin(), band->tags.end());
    for (const auto& tag : all)
      TRY(if_it_can([&]() -> Result<> { return people::tag_person(tx_, {.person = person_, .tags = {tag}, .source = source(), .create = true, .why = spec().title}); }));
    return {};
  }

  Result<> consent() {
    if (!cmd_.consent || spec().consent.text.empty()) return {};
    return people::record_consent(tx_, {.person = person_, .channel = spec().consent.channel, .purpose = spec().consent.purpose, .granted = true,
                                        .evidence = source() + " " + to_text(id_), .notice_version = to_text(form_.id) + " v" + std::to_string(form_.ver), .at = tx_.now()});
  }

  /// What was chosen, never what was written: the log keeps no names and numbers.
  Result<> tell() {
    auto props = boost::json::parse(door_props({{"form_id", to_text(form_.id)}, {"form", form_.slug}, {"title", spec().title}, {"answer_id", to_text(id_)}, {"channel", spec().channel}}, cmd_.caller)).as_object();
    props["score"] = score_;
    boost::json::object choices;
    for (const auto* q : path_)
      if (const auto given = answers_.find(q->key); given != answers_.end() && (!q->options.empty() || q->kind == QuestionKind::rating)) choices[q->key] = boost::json::value_from(given->second);
    props["choices"] = std::move(choices);
    TRY(events::append(tx_, {.kind = "form_submitted", .person = person_, .subject = form_.id.v, .props = boost::json::serialize(props)}));
    return {};
  }

  Tx& tx_;
  const SubmitForm& cmd_;
  Form form_;
  std::vector<const FormQuestion*> path_;
  Answers answers_;
  std::set<std::string> proved_;  // telephone questions
  AnswerId id_;
  PersonId person_;
  std::int64_t score_ = 0;
};

}  // namespace

std::string_view closed_form(const Form& form, Instant now) {
  if (form.state == DoorState::deleted) return "deleted";
  if (form.state == DoorState::paused) return "paused";
  if (form.spec.starts_at && now < *form.spec.starts_at) return "soon";
  if (form.spec.ends_at && now >= *form.spec.ends_at) return "over";
  if (form.spec.cap > 0 && form.counts.answers >= form.spec.cap) return "full";
  return {};
}

Result<std::optional<Form>> open_form(Tx& tx, std::string_view slug, const Caller& caller) {
  if (!valid_utf8(slug)) return std::optional<Form>();
  TRY(const auto id, tx.maybe<FormId>(kBySlug, slug));
  if (!id) return std::optional<Form>();
  TRY(auto form, find_form(tx, *id));
  if (!caller.machine && closed_form(form, tx.now()).empty()) {
    TRY(const auto zone, merchant_zone(tx));
    TRY(const auto fresh, first_today(tx, id->v, moment_of(zone, tx.now()).day_number, caller.visitor));
    TRY(tx.exec(kOpened, *id));
    TRY(count_day(tx, *id, 1, fresh ? 1 : 0, 0));
  }
  return std::optional(std::move(form));
}

Result<Submitted> submit_form(Tx& tx, const SubmitForm& cmd) {
  CHECK(kFollows && !cmd.caller.visitor.empty());
  if (cmd.repeat_key.empty() || cmd.repeat_key.size() > kRepeatMax || !valid_utf8(cmd.repeat_key)) return fail(Errc::invalid, "entry.key_missing", {}, "/repeat_key");
  TRY(auto form, find_form(tx, cmd.form));
  TRY(const auto had, tx.maybe<KeptAnswer>(kByRepeat, cmd.form, cmd.repeat_key));
  if (had) return Submitted{had->id, had->person, had->score, true};
  const auto why = closed_form(form, tx.now());
  if (why == "full") return fail(Errc::exhausted, "entry.form_full");
  if (!why.empty()) return fail(Errc::conflict, "entry.form_closed", std::string(why));
  return tx.nested([&] { return Submission(tx, cmd, std::move(form)).run(); });
}

}  // namespace koi::entry
