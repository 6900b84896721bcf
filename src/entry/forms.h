/// Forms: /f/SLUG asks, and the answers become attributes, tags and a stage of the person.
/// Owns entry_form, entry_form_turn, entry_form_day, entry_form_pick, entry_answer (follows merges), entry_upload. Appends form_submitted.
#pragma once
#include "entry/doors.h"

namespace koi::entry {

struct FormTag { static constexpr std::string_view prefix = "frm"; };
using FormId = Id<FormTag>;
struct AnswerTag { static constexpr std::string_view prefix = "ans"; };
using AnswerId = Id<AnswerTag>;
struct UploadTag { static constexpr std::string_view prefix = "upl"; };
using UploadId = Id<UploadTag>;

enum class QuestionKind : std::uint8_t { single, multi, text, rating, phone, date, upload };
BOOST_DESCRIBE_ENUM(QuestionKind, single, multi, text, rating, phone, date, upload)
enum class FormOnce : std::uint8_t { no, visitor, person };
BOOST_DESCRIBE_ENUM(FormOnce, no, visitor, person)

inline constexpr std::string_view kFormEnd = "end";

struct FormOption {
  std::string key, label;
  std::int64_t score = 0;
  std::vector<std::string> tags;  // given to who chooses it
  std::string go;                 // single: the question that follows, "end"; "": as the question says
};
struct FormQuestion {
  std::string key;
  QuestionKind kind = QuestionKind::single;
  std::string title, note;
  bool required = true;
  std::vector<FormOption> options;      // single, multi
  std::int64_t min = 0, max = 0;        // multi: choices; text: characters; rating: stars (5 when 0); 0: no limit
  std::string attribute;                // key of the attribute that the answer becomes; a choice by its label
  std::string go;                       // the question that follows, "end"; "": the next one
  std::vector<std::string> types;       // upload: image, pdf; none: both
  std::int64_t max_kb = 0;              // upload; 0: kUploadMaxKb
  bool verify = false;                  // phone: a code by text message proves it, and the number leads to its person
};
/// What a sum of points means; both ends included.
struct ScoreBand { std::int64_t from = 0, to = 0; std::string title, text; std::vector<std::string> tags; };
/// A box that may be ticked; it is never ticked beforehand.
struct FormConsent { std::string text, channel, purpose; };
struct FormSpec {
  std::string name, folder, channel;
  std::string title, intro, picture, button;
  std::vector<FormQuestion> questions;
  std::optional<Instant> starts_at, ends_at;  // [start, end)
  std::int64_t cap = 0;                       // answers altogether; 0: none
  FormOnce once = FormOnce::no;
  std::vector<std::string> tags;              // given to everybody who answers
  std::string stage;
  std::vector<ScoreBand> bands;
  FormConsent consent;
  std::string done_title, done_text, done_url, done_label;
  std::string closed_text, closed_url;
};
BOOST_DESCRIBE_STRUCT(FormOption, (), (key, label, score, tags, go))
BOOST_DESCRIBE_STRUCT(FormQuestion, (), (key, kind, title, note, required, options, min, max, attribute, go, types, max_kb, verify))
BOOST_DESCRIBE_STRUCT(ScoreBand, (), (from, to, title, text, tags))
BOOST_DESCRIBE_STRUCT(FormConsent, (), (text, channel, purpose))
BOOST_DESCRIBE_STRUCT(FormSpec, (), (name, folder, channel, title, intro, picture, button, questions, starts_at, ends_at, cap, once, tags, stage, bands, consent,
                                     done_title, done_text, done_url, done_label, closed_text, closed_url))

inline constexpr std::int64_t kUploadMaxKb = 4096;
inline constexpr std::int64_t kStarsUsual = 5, kStarsMax = 10;

struct FormCounts { std::int64_t answers = 0, opened = 0; };
BOOST_DESCRIBE_STRUCT(FormCounts, (), (answers, opened))
struct Form {
  FormId id;
  std::string slug;
  DoorState state = DoorState::active;
  std::int64_t ver = 0;
  Instant created_at{}, updated_at{};
  FormSpec spec;
  FormCounts counts;
};

// ---- the definition ---------------------------------------------------------------------------------------------

Result<FormSpec> read_form(std::string_view json);
std::string form_schema();
/// invalid with the place: "entry.name", "entry.no_question", "entry.question", "entry.question_key", "entry.option", "entry.jump"
/// (to nowhere), "entry.form_loop", "entry.form_unreachable", "entry.attribute", "entry.band", "entry.consent", "entry.tag", "entry.url",
/// "entry.times", "entry.limit", "entry.no_texter" (a number is to be proved, and no text can be sent).
Result<> check_form(Tx& tx, const FormSpec& spec);
/// Jumps alone: what check_form says of them. Pure.
Result<> check_jumps(const FormSpec& spec);

struct CreateForm { FormSpec spec; std::string slug, key; };
/// check_form's codes; "entry.slug", "entry.slug_taken", conflict "entry.key_reused", exhausted "entry.form_limit".
Result<Form> create_form(Tx& tx, const CreateForm& cmd);
struct EditForm { FormId form; std::optional<std::int64_t> ver; FormSpec spec; };
/// precondition "http.stale"; conflict "entry.door_deleted". Answers that were given stay as they were given.
Result<Form> edit_form(Tx& tx, const EditForm& cmd);
Result<Form> set_form_state(Tx& tx, FormId form, DoorState state);
/// not_found "entry.no_form".
Result<Form> find_form(Tx& tx, FormId form);
Result<std::vector<Form>> list_forms(Tx& tx, const DoorFilter& filter);

// ---- answering --------------------------------------------------------------------------------------------------

/// What was given to each question: option keys, a text, stars, a number, a day, an upload's id.
using Answers = std::map<std::string, std::vector<std::string>, std::less<>>;
/// The questions these answers lead through, in order. `shown` are those that were on a page already: a question that was not ends the
/// walk (nothing: all were). `done`: the walk came to the end.
struct Walk { std::vector<const FormQuestion*> path; bool done = false; const FormQuestion* next = nullptr; /* where it stopped */ };
Walk walk_form(const FormSpec& spec, const Answers& answers, const std::vector<std::string>* shown = nullptr);
/// Whether the whole form stands on one page: nothing jumps.
bool one_page(const FormSpec& spec);
/// The answer as it is kept. invalid with the question's key as pointer: "entry.answer_required", "entry.answer_choice", "entry.answer_count",
/// "entry.answer_text", "entry.answer_rating", "entry.answer_phone", "entry.answer_date".
Result<std::vector<std::string>> judge_answer(const FormQuestion& question, std::vector<std::string> given);
/// Points of the answers along their path.
std::int64_t score_of(const FormSpec& spec, const Answers& answers);
const ScoreBand* band_of(const FormSpec& spec, std::int64_t score);

/// Why a form takes no answer; "" when it does: soon, over, full, paused, deleted.
std::string_view closed_form(const Form& form, Instant now);
/// By the address, with one look counted when `caller` is a person. nullopt: nothing there.
Result<std::optional<Form>> open_form(Tx& tx, std::string_view slug, const Caller& caller);

struct SubmitForm {
  FormId form;
  Answers answers;
  std::string repeat_key;  // of the page; the same one is the same answer. Needed.
  Caller caller;
  bool consent = false;
  std::int64_t seconds = 0;
};
struct Submitted {
  AnswerId answer;
  PersonId person;
  std::int64_t score = 0;
  bool again = false;  // the same page was sent before
};
/// One answer: judged along its path, then the person's attributes, tags, stage, consent, and form_submitted. The person is who the browser
/// is, else who the telephone number leads to (proved by a code: they are one; else it links, and merges nobody), else somebody new.
/// judge_answer's codes; "entry.answer_upload", "entry.answer_phone_code" (to be proved, and was not; nobody is asked while no text can be sent); conflict "entry.form_closed" (detail: why), "entry.form_once"; exhausted "entry.form_full".
Result<Submitted> submit_form(Tx& tx, const SubmitForm& cmd);
inline ShardKey shard_of(FormId form) { return {static_cast<std::uint64_t>(form.v)}; }

struct NewUpload { FormId form; std::string question, name, bytes, visitor; };
/// Keeps a file until its answer comes. invalid "entry.upload_type" (by what the bytes are, not by what they are called), "entry.upload_size",
/// "entry.upload_question"; exhausted "entry.upload_limit" (of one browser).
Result<UploadId> keep_upload(Tx& tx, const NewUpload& cmd);
/// Drops files nobody sent, at most `limit`.
Result<std::int64_t> sweep_uploads(Tx& tx, int limit);

// ---- reading ----------------------------------------------------------------------------------------------------

struct Given {
  AnswerId id;
  PersonId person;
  std::int64_t form_ver = 0, score = 0, seconds = 0;
  Instant at{};
  std::optional<Answers> answers;  // nothing: the person was erased
  std::map<std::string, std::string> touch;
};
struct AnswerFilter { FormId form; AnswerId before; int limit = 50; };
/// Newest first, of people inside the scope. Telephone numbers are masked unless `clear`.
Result<std::vector<Given>> list_answers(Tx& tx, const Scope& scope, const AnswerFilter& filter, bool clear);
/// A file of an answer. not_found "entry.no_upload", also outside the scope.
struct Upload { std::string name, type, bytes; };
Result<Upload> read_upload(Tx& tx, const Scope& scope, FormId form, UploadId upload);

struct QuestionPicks { std::string question; std::int64_t came = 0, passed = 0; std::map<std::string, std::int64_t> picks; };
struct FormDay { LocalDay day{}; std::int64_t opened = 0, visitors = 0, answers = 0; };
struct FormReport { std::vector<QuestionPicks> questions; std::vector<FormDay> days; std::int64_t opened = 0, answers = 0; };
/// Of everybody who answered. invalid "entry.days".
Result<FormReport> report_form(Tx& tx, FormId form, LocalDay from, LocalDay to);

}  // namespace koi::entry
