// Forms: what may be saved, which way answers lead, what becomes of them.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "entry/form_draw.h"
#include "entry/tests/door_world.h"
#include "people/attributes.h"

namespace koi::entry {
namespace form_cases {

using namespace testing;
using koi::testing::outcome;

/// q1 leads to q2 or q3; both to q4.
FormSpec branching() {
  auto spec = DoorWorld::asks();
  spec.questions = {DoorWorld::choice("q1", {"甜", "咸"}), DoorWorld::ask("q2", QuestionKind::text), DoorWorld::ask("q3", QuestionKind::rating), DoorWorld::ask("q4", QuestionKind::date, false)};
  spec.questions[0].options[1].go = "q3";
  spec.questions[1].go = "q4";
  return spec;
}
std::string path_of(const FormSpec& spec, const Answers& answers) {
  const auto walk = walk_form(spec, answers);
  std::string out;
  for (const auto* q : walk.path) out += q->key + " ";
  return out + (walk.done ? "end" : "…");
}
std::string checked(DoorWorld& w, const FormSpec& spec) {
  const auto got = w.read([&](Tx& tx) { return check_form(tx, *read_form(http::json_of(spec))); });
  return got ? "ok" : got.error().code + " " + got.error().pointer;
}

}  // namespace form_cases
using namespace form_cases;

TEST(CheckForm, SaysWhatIsWrongAndWhere) {
  DoorWorld w;
  const auto with = [&](auto change) {
    auto spec = branching();
    change(spec);
    return checked(w, spec);
  };
  EXPECT_EQ(with([](FormSpec&) {}), "ok");
  EXPECT_EQ(with([](FormSpec& s) { s.name = ""; }), "entry.name /name");
  EXPECT_EQ(with([](FormSpec& s) { s.title = " "; }), "entry.limit /title");
  EXPECT_EQ(with([](FormSpec& s) { s.questions.clear(); }), "entry.no_question /questions");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[1].key = "q1"; }), "entry.question_key /questions/1/key");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[1].key = "end"; }), "entry.question_key /questions/1/key");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[0].options.resize(1); }), "entry.option /questions/0/options");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[0].options[1].key = "a"; }), "entry.option /questions/0/options/1/key");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[1].options.resize(2); }), "entry.option /questions/1/options");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[0].options[0].tags = {"a/b/c"}; }), "entry.tag /questions/0/options/0/tags/0");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[0].options[0].go = "q9"; }), "entry.jump /questions/0/options/0/go");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[1].go = "q9"; }), "entry.jump /questions/1/go");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[0].kind = QuestionKind::multi; }), "entry.jump /questions/0/options/1/go");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[3].go = "q1"; }), "entry.form_loop /questions/3");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[0].options[0].go = "q4"; }), "entry.form_unreachable /questions/1");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[1].attribute = "citty"; }), "entry.attribute /questions/1/attribute");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[1].attribute = "birthday"; }), "entry.attribute /questions/1/attribute") << "a text is no day";
  EXPECT_EQ(with([](FormSpec& s) { s.questions[3].attribute = "birthday"; }), "ok");
  EXPECT_EQ(with([](FormSpec& s) { s.questions[1].attribute = "city"; }), "ok");
  EXPECT_EQ(with([](FormSpec& s) { s.bands = {{0, 5, "a", "", {}}, {5, 9, "b", "", {}}}; }), "entry.band /bands/1");
  EXPECT_EQ(with([](FormSpec& s) { s.bands = {{5, 0, "a", "", {}}}; }), "entry.band /bands/0");
  EXPECT_EQ(with([](FormSpec& s) { s.consent = {"同意", "pigeon", "marketing"}; }), "entry.consent /consent/channel");
  EXPECT_EQ(with([](FormSpec& s) { s.consent = {"同意", "sms", "fun"}; }), "entry.consent /consent/purpose");
  EXPECT_EQ(with([](FormSpec& s) { s.done_url = "javascript:x"; }), "entry.url /done_url");
  EXPECT_EQ(with([](FormSpec& s) { s.starts_at = s.ends_at = from_ms(1); }), "entry.times /ends_at");
  EXPECT_EQ(with([](FormSpec& s) { s.questions.push_back(DoorWorld::ask("f", QuestionKind::upload)); s.questions.back().types = {"exe"}; }), "entry.question /questions/4/types/0");
  EXPECT_EQ(with([](FormSpec& s) { s.questions.push_back(DoorWorld::ask("f", QuestionKind::upload)); s.questions.back().max_kb = kUploadMaxKb + 1; }), "entry.limit /questions/4/max_kb");
}

TEST(WalkForm, FollowsTheAnswers) {
  const auto spec = branching();
  EXPECT_EQ(path_of(spec, {}), "q1 q2 q4 end");
  EXPECT_EQ(path_of(spec, {{"q1", {"b"}}}), "q1 q3 q4 end");
  EXPECT_EQ(path_of(spec, {{"q1", {"nonsense"}}}), "q1 q2 q4 end");
  auto shorter = spec;
  shorter.questions[0].options[0].go = std::string(kFormEnd);
  shorter.questions[0].options.push_back({"c", "都行", 0, {}, "q2"});
  EXPECT_EQ(path_of(shorter, {{"q1", {"a"}}}), "q1 end");
  const std::vector<std::string> shown{"q1"};
  const auto walk = walk_form(spec, {{"q1", {"b"}}}, &shown);
  EXPECT_FALSE(walk.done);
  ASSERT_NE(walk.next, nullptr);
  EXPECT_EQ(walk.next->key, "q3");
}

RC_GTEST_PROP(WalkForm, WhatMayBeSavedAlwaysEndsAndMeetsNoQuestionTwice, ()) {
  const auto n = *rc::gen::inRange(1, 8);
  FormSpec spec;
  const auto somewhere = [&] {
    const auto at = *rc::gen::inRange(-3, n);
    return at == -1 ? std::string(kFormEnd) : at < 0 ? std::string() : "q" + std::to_string(at);
  };
  for (int i = 0; i < n; ++i) {
    auto q = DoorWorld::choice("q" + std::to_string(i), {"a", "b", "c"});
    q.required = *rc::gen::arbitrary<bool>();
    for (auto& o : q.options) o.go = somewhere();
    q.go = somewhere();
    spec.questions.push_back(std::move(q));
  }
  Answers answers;
  for (const auto& q : spec.questions)
    if (const auto pick = *rc::gen::inRange(0, 4); pick > 0) answers[q.key] = {std::string(1, static_cast<char>('a' + pick - 1))};
  for (const auto& q : spec.questions)
    if (q.required && !answers.contains(q.key)) answers[q.key] = {"a"};
  const auto sound = check_jumps(spec);
  const auto walk = walk_form(spec, answers);
  std::set<const FormQuestion*> met(walk.path.begin(), walk.path.end());
  if (sound) {
    RC_ASSERT(walk.done);
    RC_ASSERT(met.size() == walk.path.size());
  }
  RC_ASSERT(walk.path.size() <= spec.questions.size());
  // Loops are loops: when no walk of any answers can go on for ever, check_jumps says so too.
  if (!sound && sound.error().code == "entry.form_loop") {
    bool endless = false;
    for (int code = 0; code < (1 << (2 * n)) && !endless; ++code) {
      Answers one;
      for (int i = 0; i < n; ++i)
        if (const auto pick = (code >> (2 * i)) & 3; pick > 0 || spec.questions[static_cast<std::size_t>(i)].required)
          one["q" + std::to_string(i)] = {std::string(1, static_cast<char>('a' + std::max(pick, 1) - 1))};
      endless = !walk_form(spec, one).done;
    }
    RC_ASSERT(endless);
  }
}

TEST(JudgeAnswer, KnowsEachKind) {
  auto single = DoorWorld::choice("s", {"甜", "咸"}), multi = DoorWorld::choice("m", {"甜", "咸", "辣"}, true);
  multi.max = 2;
  auto text = DoorWorld::ask("t", QuestionKind::text), rating = DoorWorld::ask("r", QuestionKind::rating), phone = DoorWorld::ask("p", QuestionKind::phone),
       day = DoorWorld::ask("d", QuestionKind::date), file = DoorWorld::ask("f", QuestionKind::upload), maybe = DoorWorld::ask("x", QuestionKind::text, false);
  text.max = 3;
  struct { const FormQuestion* q; std::vector<std::string> given; std::string want; } const rows[] = {
      {&single, {}, "entry.answer_required"}, {&single, {"a"}, "a"}, {&single, {"z"}, "entry.answer_choice"}, {&single, {"a", "b"}, "entry.answer_choice"},
      {&multi, {"b", "a", "b"}, "a b"}, {&multi, {"a", "b", "c"}, "entry.answer_count"}, {&text, {" 很好吃 "}, "很好吃"}, {&text, {"很好吃呀"}, "entry.answer_text"},
      {&text, {"a\x01"}, "entry.answer_text"}, {&text, {"\xff"}, "entry.answer_text"}, {&rating, {"5"}, "5"}, {&rating, {"6"}, "entry.answer_rating"}, {&rating, {"x"}, "entry.answer_rating"},
      {&phone, {"138 1234 5678"}, "13812345678"}, {&phone, {"+852 9123-4567"}, "+85291234567"}, {&phone, {"12345"}, "entry.answer_phone"}, {&phone, {"1381234567a"}, "entry.answer_phone"},
      {&day, {"2026-02-28"}, "2026-02-28"}, {&day, {"2026-02-30"}, "entry.answer_date"}, {&file, {"cus_0"}, "entry.answer_upload"}, {&maybe, {" "}, ""},
  };
  for (const auto& row : rows) {
    const auto got = judge_answer(*row.q, row.given);
    std::string all;
    if (got)
      for (const auto& v : *got) all += (all.empty() ? "" : " ") + v;
    EXPECT_EQ(got ? all : got.error().code, row.want) << row.q->key << " " << (row.given.empty() ? "" : row.given.front());
    EXPECT_TRUE(got || http::known_code(got.error().code)) << got.error().code;
  }
}

TEST(SubmitForm, MakesAttributesTagsStageConsentAndAnEvent) {
  DoorWorld w;
  auto spec = branching();
  spec.questions[0].options[0].tags = {"口味/甜"};
  spec.questions[0].options[0].score = 3;
  spec.questions[1].attribute = "city";
  spec.questions[3].attribute = "birthday";
  spec.questions.push_back(DoorWorld::ask("tel", QuestionKind::phone));
  spec.questions.back().attribute = "phone";
  spec.tags = {"已填问卷"};
  spec.stage = "意向";
  spec.bands = {{1, 5, "甜党", "", {"甜党"}}};
  spec.consent = {"同意接收优惠信息", "sms", "marketing"};
  const auto form = w.form(spec);
  const auto sent = w.submit(form.id, "v1", {{"q1", {"a"}}, {"q2", {"杭州"}}, {"q3", {"5"}}, {"q4", {"1990-05-17"}}, {"tel", {"13812345678"}}}, {}, true);
  ASSERT_TRUE(sent) << sent.error().code << " " << sent.error().pointer;
  EXPECT_EQ(sent->score, 3);
  EXPECT_EQ(w.tags(sent->person), "口味/甜 已填问卷 甜党");
  const auto shown = w.read([&](Tx& tx) { return people::attributes_of(tx, sent->person); });
  std::map<std::string, std::string> values;
  for (const auto& a : *shown) values[a.key] = a.value;
  EXPECT_EQ(values["city"], "杭州");
  EXPECT_EQ(values["birthday"], "****-05-17");
  EXPECT_EQ(values["follow_stage"], "意向");
  EXPECT_EQ(w.events_of("form_submitted"), 1);
  EXPECT_EQ(w.events_of("consent_granted"), 1);
  EXPECT_EQ(w.number("SELECT COUNT(*) FROM event WHERE props LIKE '%13812345678%' OR props LIKE '%杭州%'"), 0) << "the log knows what was chosen, never what was written";
  const auto found = w.read([](Tx& tx) { return people::find(tx, {"phone_e164", "13812345678"}); });
  ASSERT_TRUE(found && *found);
  EXPECT_EQ(**found, sent->person);
  // What lay off the path was not kept.
  const auto answers = w.read([&](Tx& tx) { return list_answers(tx, w.scope, {form.id, {}, 10}, true); });
  ASSERT_TRUE(answers);
  ASSERT_EQ(answers->size(), 1u);
  EXPECT_FALSE(answers->front().answers->contains("q3"));
  EXPECT_EQ(answers->front().answers->at("tel").front(), "13812345678");
}

TEST(SubmitForm, TheSamePageIsTheSameAnswerAndOnceIsOnce) {
  DoorWorld w;
  auto spec = branching();
  spec.once = FormOnce::visitor;
  const auto form = w.form(spec);
  const Answers sweet{{"q1", {"a"}}, {"q2", {"好"}}};
  const auto first = w.submit(form.id, "v1", sweet, "page-1"), again = w.submit(form.id, "v1", sweet, "page-1");
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->answer, again->answer);
  EXPECT_TRUE(again->again);
  EXPECT_EQ(outcome(w.submit(form.id, "v1", sweet, "page-2")), "entry.form_once");
  EXPECT_EQ(outcome(w.submit(form.id, "v2", sweet, "page-3")), "ok");
  EXPECT_EQ(w.count("entry_answer"), 2);
  EXPECT_EQ(w.events_of("form_submitted"), 2);

  spec.once = FormOnce::person;
  spec.questions.push_back(DoorWorld::ask("tel", QuestionKind::phone));
  const auto other = w.form(spec);
  auto with = sweet;
  with["tel"] = {"13900001111"};
  EXPECT_EQ(outcome(w.submit(other.id, "v7", with)), "ok");
  EXPECT_EQ(outcome(w.submit(other.id, "v8", with)), "entry.form_once") << "another browser, the same telephone";
}

TEST(SubmitForm, RefusesWhatIsClosedFullOrWrong) {
  DoorWorld w;
  auto spec = branching();
  spec.cap = 1;
  spec.ends_at = from_ms(kMonday + kDay);
  const auto form = w.form(spec);
  const Answers sweet{{"q1", {"a"}}, {"q2", {"好"}}};
  const auto wrong = w.submit(form.id, "v1", {{"q1", {"a"}}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code + " " + wrong.error().pointer, "entry.answer_required q2");
  EXPECT_EQ(w.count("person"), 0) << "nobody begins with an answer that was refused";
  EXPECT_EQ(outcome(w.submit(form.id, "v1", sweet)), "ok");
  EXPECT_EQ(outcome(w.submit(form.id, "v2", sweet)), "entry.form_full");
  EXPECT_EQ(outcome(w.submit(form.id, "v1", sweet)), "ok") << "what was taken stays taken";
  spec.cap = 0;
  ASSERT_TRUE(w.write([&](Tx& tx) { return edit_form(tx, {form.id, {}, spec}); }));
  EXPECT_EQ(outcome(w.submit(form.id, "v2", sweet)), "ok");
  ASSERT_TRUE(w.write([&](Tx& tx) { return set_form_state(tx, form.id, DoorState::paused); }));
  EXPECT_EQ(outcome(w.submit(form.id, "v3", sweet)), "entry.form_closed");
  ASSERT_TRUE(w.write([&](Tx& tx) { return set_form_state(tx, form.id, DoorState::active); }));
  w.pass(kDay);
  EXPECT_EQ(outcome(w.submit(form.id, "v3", sweet)), "entry.form_closed");
}

TEST(FormCap, IsExactWhenManySendAtOnce) {
  DoorWorld w;
  auto spec = branching();
  spec.cap = 10;
  const auto form = w.form(spec);
  std::vector<std::unique_ptr<Db>> others;
  std::vector<Db*> stores{&w.db()};
  if (koi::testing::on_postgres()) {
    store::Options options;
    options.address = w.address();
    options.data_dir = w.dir();
    options.clock = &w.clock();
    options.readers = 1;
    auto other = Db::open(options);
    ASSERT_TRUE(other) << other.error().detail;
    stores.push_back(other->get());
    others.push_back(std::move(*other));
  }
  std::atomic<int> sent{0}, full{0};
  std::vector<std::string> odd(6);
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        const auto v = "v" + std::to_string(t) + "-" + std::to_string(i);
        const SubmitForm cmd{form.id, {{"q1", {"a"}}, {"q2", {"好"}}}, v, DoorWorld::by(v), false, 1};
        const auto got = stores[static_cast<std::size_t>(t) % stores.size()]->write([&](Tx& tx) { return submit_form(tx, cmd); });
        if (got) ++sent;
        else if (got.error().code == "entry.form_full") ++full;
        else odd[static_cast<std::size_t>(t)] = got.error().code + " " + got.error().detail;
      }
    });
  for (auto& t : threads) t.join();
  for (const auto& one : odd) EXPECT_EQ(one, "");
  EXPECT_EQ(sent, 10);
  EXPECT_EQ(full, 20);
  EXPECT_EQ(w.count("entry_answer"), 10);
  EXPECT_EQ(w.number("SELECT answers FROM entry_form_turn"), 10);
}

TEST(FormAnswers, AreMaskedScopedMergedAndForgotten) {
  DoorWorld w;
  auto spec = DoorWorld::asks();
  spec.questions = {DoorWorld::ask("tel", QuestionKind::phone)};
  const auto form = w.form(spec);
  const auto one = w.submit(form.id, "v1", {{"tel", {"13812345678"}}}), two = w.submit(form.id, "v2", {{"tel", {"13912345678"}}});
  ASSERT_TRUE(one && two);
  ASSERT_NE(one->person, two->person);
  const auto seen = [&](const Scope& scope, bool clear) {
    const auto got = w.read([&](Tx& tx) { return list_answers(tx, scope, {form.id, {}, 10}, clear); });
    EXPECT_TRUE(got) << got.error().code << " " << got.error().detail;
    std::string out;
    for (const auto& a : got.value_or(std::vector<Given>{})) out += (out.empty() ? "" : " ") + (a.answers ? a.answers->at("tel").front() : std::string("gone"));
    return out;
  };
  EXPECT_EQ(seen(w.scope, false), "139****5678 138****5678");
  EXPECT_EQ(seen(w.scope, true), "13912345678 13812345678");
  ASSERT_TRUE(w.write([&](Tx& tx) { return people::assign_owner(tx, one->person, StaffId{3}, "/1/11/"); }));
  EXPECT_EQ(seen(Scope::of(Reach::own, StaffId{3}, "/1/11/"), false), "138****5678");
  EXPECT_EQ(seen(Scope::of(Reach::store, StaffId{9}, "/1/11/"), false), "138****5678");
  EXPECT_EQ(seen(Scope::of(Reach::own, StaffId{9}, "/1/11/"), false), "");
  ASSERT_TRUE(w.write([&](Tx& tx) { return people::merge(tx, {one->person, two->person, "test", 1}); }));
  EXPECT_EQ(w.number("SELECT COUNT(DISTINCT person_id) FROM entry_answer"), 1);
  EXPECT_EQ(w.read([](Tx& tx) { return people::orphans(tx); }).value_or(-1), 0);
  EXPECT_EQ(seen(w.scope, true), "13912345678 13812345678");
  ASSERT_TRUE(w.write([&](Tx& tx) { return people::erase(tx, one->person); }));
  EXPECT_EQ(seen(w.scope, true), "gone gone");
}

TEST(FormUploads, AreJudgedByTheirBytesAndGoWithThePerson) {
  DoorWorld w;
  auto spec = DoorWorld::asks();
  spec.questions = {DoorWorld::ask("photo", QuestionKind::upload)};
  spec.questions[0].types = {"image"};
  spec.questions[0].max_kb = 1;
  const auto form = w.form(spec, "photo");
  const std::string png = "\x89PNG\r\n\x1a\nrest";
  const auto keep = [&](std::string question, std::string bytes, std::string visitor = "v1") {
    const auto got = w.write([&](Tx& tx) { return keep_upload(tx, {form.id, question, "../../a\".png", bytes, visitor}); });
    return got ? to_text(*got) : got.error().code;
  };
  EXPECT_EQ(keep("photo", "<html>"), "entry.upload_type");
  EXPECT_EQ(keep("photo", "%PDF-1.7"), "entry.upload_type");
  EXPECT_EQ(keep("photo", png + std::string(1024, 'x')), "entry.upload_size");
  EXPECT_EQ(keep("photo", ""), "entry.upload_size");
  EXPECT_EQ(keep("other", png), "entry.upload_question");
  const auto id = keep("photo", png);
  EXPECT_EQ(outcome(w.submit(form.id, "v2", {{"photo", {id}}})), "entry.answer_upload") << "somebody else's file";
  const auto sent = w.submit(form.id, "v1", {{"photo", {id}}});
  ASSERT_TRUE(sent) << sent.error().code;
  EXPECT_EQ(outcome(w.submit(form.id, "v1", {{"photo", {id}}}, "another")), "entry.answer_upload") << "sent already";
  const auto upload = UploadId{*parse_id(UploadTag::prefix, id)};
  const auto file = w.read([&](Tx& tx) { return read_upload(tx, w.scope, form.id, upload); });
  ASSERT_TRUE(file);
  EXPECT_EQ(file->bytes, png);
  EXPECT_EQ(file->name, "a_.png");
  EXPECT_EQ(outcome(w.read([&](Tx& tx) { return read_upload(tx, Scope::of(Reach::own, StaffId{9}, ""), form.id, upload); })), "entry.no_upload");
  EXPECT_EQ(w.call("GET", "/v1/forms/{form}/files/{upload}", {to_text(form.id), id}), "200");
  EXPECT_EQ(w.last.content_type, "image/png");
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(keep("photo", png, "v3").starts_with("upl_"));
  EXPECT_EQ(keep("photo", png, "v3"), "entry.upload_limit");
  w.pass(kDay + kHour);
  ASSERT_TRUE(keep_door_time(w.db()));
  EXPECT_EQ(w.count("entry_upload"), 1);
  ASSERT_TRUE(w.write([&](Tx& tx) { return people::erase(tx, sent->person); }));
  EXPECT_EQ(w.count("entry_upload"), 0);
}

TEST(FormReport, CountsEachChoiceAndWhoCameToEachQuestion) {
  DoorWorld w;
  const auto form = w.form(branching(), "report");
  for (int i = 0; i < 3; ++i) w.submit(form.id, "v" + std::to_string(i), {{"q1", {"a"}}, {"q2", {"好"}}});
  w.submit(form.id, "v9", {{"q1", {"b"}}, {"q3", {"4"}}, {"q4", {"2026-01-01"}}});
  EXPECT_EQ(w.call("GET", "/f/{slug}", {"report"}), "200");
  EXPECT_EQ(w.call("GET", "/v1/forms/{form}/stats", {to_text(form.id)}), "200");
  EXPECT_TRUE(w.shows(R"("opened":1,"answers":4)")) << w.last.body;
  EXPECT_TRUE(w.shows(R"("question":"q1","title":"题目 q1","kind":"single","came":4,"passed":0,"picks":[{"option":"a","label":"甜","n":3},{"option":"b","label":"咸","n":1}])")) << w.last.body;
  EXPECT_TRUE(w.shows(R"("question":"q2","title":"题目 q2","kind":"text","came":3,"passed":0)")) << w.last.body;
  EXPECT_TRUE(w.shows(R"("question":"q4","title":"题目 q4","kind":"date","came":4,"passed":3)")) << w.last.body;
}

RC_GTEST_PROP(DrawForm, WhatAnybodyWritesNeverChangesTheShapeOfThePage, ()) {
  const auto nasty = [] {
    static const std::vector<std::string> kParts = {"<", ">", "\"", "'", "&", "<script>", "</form>", "</textarea>", "a", "鱼", " ", "\n"};
    std::string out = "x";
    for (const auto n : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, static_cast<int>(kParts.size())))) out += kParts[static_cast<std::size_t>(n)];
    return out;
  };
  const auto shape = [](std::string_view text) {
    std::string out;
    for (const char c : text)
      if (c == '<' || c == '>' || c == '"' || c == '\'') out += c;
    return out;
  };
  auto clean = branching();
  clean.questions.push_back(DoorWorld::ask("tel", QuestionKind::phone));
  clean.questions.push_back(DoorWorld::ask("file", QuestionKind::upload));
  clean.consent.text = clean.title = clean.button = clean.intro = "x";
  auto dirty = clean;
  FormSheet plain{.answers = {{"q1", {"x"}}, {"q2", {"x"}}, {"tel", {"x"}}, {"file", {"x"}}}, .shown = {}, .current = {}, .wrong = {{"q2", "x"}, {"q1", "x"}}, .repeat_key = "x", .started = {}, .consent = false};
  auto odd = plain;
  for (auto* text : {&dirty.title, &dirty.button, &dirty.consent.text}) *text = nasty();
  for (auto& q : dirty.questions) {
    q.title = nasty();
    for (auto& o : q.options) o.label = nasty();
  }
  for (auto& [key, values] : odd.answers) values = {nasty()};
  for (auto& [key, text] : odd.wrong) text = nasty();
  odd.repeat_key = nasty();
  const FormLook look{"slug", "a=%22", "zh-CN"};
  RC_ASSERT(shape(draw_form(dirty, odd, look)) == shape(draw_form(clean, plain, look)));
  plain.shown = odd.shown = {"q1", "q2"};
  plain.current = odd.current = "q4";
  RC_ASSERT(shape(draw_form(dirty, odd, look)) == shape(draw_form(clean, plain, look)));
}

}  // namespace koi::entry
