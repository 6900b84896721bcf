// Doors as a browser meets them, without script; and the play of a launch.
#include <gtest/gtest.h>

#include "entry/tests/door_world.h"
#include "events/columns/columns.h"
#include "segments/survey.h"

namespace koi::entry {
namespace door_cases {

using namespace testing;

FormSpec steps() {
  auto spec = DoorWorld::asks();
  spec.questions = {DoorWorld::choice("q1", {"甜", "咸"}), DoorWorld::ask("q2", QuestionKind::text), DoorWorld::ask("q3", QuestionKind::rating)};
  spec.questions[0].options[1].go = "q3";
  spec.questions[1].go = "end";
  spec.consent = {"同意", "sms", "marketing"};
  spec.done_url = "https://shop.example/thanks";
  return spec;
}
/// The hidden fields of the page, as a browser sends them.
std::string carried_on(const DoorWorld& w) {
  std::string out;
  const auto& body = w.last.body;
  for (auto at = body.find("<input type=\"hidden\" name=\""); at != std::string::npos; at = body.find("<input type=\"hidden\" name=\"", at + 1)) {
    const auto name = body.find("name=\"", at) + 6, value = body.find("value=\"", at) + 7;
    out += body.substr(name, body.find('"', name) - name) + "=" + body.substr(value, body.find('"', value) - value) + "&";
  }
  return out;
}

}  // namespace door_cases
using namespace door_cases;

TEST(DoorRoutes, ALinkLeadsOnAndKeepsTheBrowsersName) {
  DoorWorld w;
  EXPECT_EQ(w.call("POST", "/v1/links", {}, R"({"spec":{"name":"促销","targets":[{"to":"https://a.example/?x=1"}],"click_cap":1},"slug":"promo"})"), "201");
  EXPECT_TRUE(w.shows(R"("url":"http://shop.example/s/promo")")) << w.last.body;
  EXPECT_EQ(w.call("GET", "/s/{slug}", {"promo"}, {}, "gdt_vid=g1&next=https://evil.example"), "302");
  EXPECT_EQ(w.header("Location"), "https://a.example/?x=1&click_id=g1");
  EXPECT_EQ(w.header("Cache-Control"), "no-store");
  const auto visitor = w.cookie;
  EXPECT_EQ(visitor.size(), 21u);
  EXPECT_EQ(w.call("GET", "/s/{slug}", {"promo"}), "200");
  EXPECT_TRUE(w.shows("名额已满"));
  EXPECT_EQ(w.cookie, visitor);
  w.agent = "Twitterbot/1.0";
  EXPECT_EQ(w.call("GET", "/s/{slug}", {"promo"}), "302");
  w.agent = "curl/8.0";
  EXPECT_EQ(w.call("GET", "/s/{slug}", {"promo"}), "302");
  EXPECT_EQ(w.number("SELECT bots FROM entry_link_turn"), 2);
  EXPECT_EQ(w.call("GET", "/s/{slug}", {"nothing"}), "404");
  for (const auto* pattern : {"/s/{slug}", "/h5/p/{slug}", "/f/{slug}"}) EXPECT_EQ(w.call("GET", pattern, {"\xff\xfe"}), "404") << pattern;
}

TEST(DoorRoutes, WechatIsShownHowToOpenTheBrowser) {
  DoorWorld w;
  EXPECT_EQ(w.call("POST", "/v1/links", {}, R"({"spec":{"name":"促销","targets":[{"to":"https://a.example/"}],"browser_only":true},"slug":"promo"})"), "201");
  w.agent = kWechat;
  EXPECT_EQ(w.call("GET", "/s/{slug}", {"promo"}, {}, "utm_source=a%26b"), "200");
  EXPECT_TRUE(w.shows("在浏览器打开"));
  EXPECT_TRUE(w.shows("http://shop.example/s/promo?utm_source=a%26b")) << w.last.body;
}

TEST(DoorRoutes, DefinitionsAreEditedWithTheirVersion) {
  DoorWorld w;
  EXPECT_EQ(w.call("POST", "/v1/links", {}, R"({"spec":{"name":"","targets":[]}})"), "entry.name /spec/name");
  EXPECT_EQ(w.call("POST", "/v1/links", {}, R"({"spec":{"name":"a","targets":[{"to":"x"}]},"slug":"promo"})"), "entry.url /spec/targets/0/to");
  EXPECT_EQ(w.call("POST", "/v1/links", {}, R"({"spec":{"name":"a","targets":[{"to":"/c/x"}]},"slug":"x"})"), "entry.slug /slug");
  EXPECT_EQ(w.call("POST", "/v1/links", {}, R"({"spec":{"name":"a","targets":[{"to":"/c/x"}]},"slug":"promo"})"), "201");
  const auto id = w.last.body.substr(7, 17);
  ASSERT_TRUE(id.starts_with("lnk_")) << w.last.body;
  EXPECT_EQ(w.header("ETag"), "\"v1\"");
  EXPECT_EQ(w.call("PUT", "/v1/links/{link}", {id}, R"({"spec":{"name":"b","targets":[{"to":"/c/x"}]}})", {}, "\"v1\""), "200");
  EXPECT_EQ(w.call("PUT", "/v1/links/{link}", {id}, R"({"spec":{"name":"c","targets":[{"to":"/c/x"}]}})", {}, "\"v1\""), "http.stale");
  EXPECT_EQ(w.call("GET", "/v1/links", {}, {}, "q=b"), "200");
  EXPECT_TRUE(w.shows(id));
  EXPECT_EQ(w.call("POST", "/v1/links/{link}:pause", {id}), "200");
  EXPECT_EQ(w.call("GET", "/s/{slug}", {"promo"}), "200");
  EXPECT_TRUE(w.shows("暂不可用"));
  EXPECT_EQ(w.call("DELETE", "/v1/links/{link}", {id}), "204");
  EXPECT_EQ(w.call("GET", "/s/{slug}", {"promo"}), "410");
  EXPECT_EQ(w.call("GET", "/v1/links/{link}/qr", {id}), "200");
  EXPECT_TRUE(w.shows("<svg"));
}

TEST(FormRoutes, AskStepByStepAndTakeTheAnswerWithoutScript) {
  DoorWorld w;
  const auto form = w.form(steps(), "steps");
  EXPECT_EQ(w.call("GET", "/f/{slug}", {"steps"}, {}, "utm_source=sms"), "200");
  EXPECT_TRUE(w.shows("action=\"/f/steps?utm_source=sms\""));
  EXPECT_TRUE(w.shows("题目 q1") && !w.shows("题目 q2"));
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"steps"}, carried_on(w)), "422") << "nothing was chosen";
  EXPECT_TRUE(w.shows("请填写此题")) << w.last.body;
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"steps"}, carried_on(w) + "q_q1=b&_c=1"), "200");
  EXPECT_TRUE(w.shows("题目 q3") && !w.shows("题目 q2"));
  EXPECT_EQ(w.field("q_q1"), "b");
  EXPECT_EQ(w.field("_c"), "1");
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"steps"}, carried_on(w) + "_back=1"), "200");
  EXPECT_TRUE(w.shows("题目 q1") && w.shows("value=\"b\" checked"));
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"steps"}, carried_on(w) + "q_q1=a&_c=1"), "200");
  EXPECT_TRUE(w.shows("题目 q2"));
  const auto last = carried_on(w) + "q_q2=%3Cb%3E%E5%A5%BD";
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"steps"}, last, "utm_source=sms"), "200");
  EXPECT_TRUE(w.shows("提交成功"));
  EXPECT_TRUE(w.shows("https://shop.example/thanks?utm_source=sms"));
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"steps"}, last), "200") << "a second tap";
  EXPECT_EQ(w.count("entry_answer"), 1);
  EXPECT_EQ(w.events_of("consent_granted"), 1);
  const auto kept = w.read([&](Tx& tx) { return list_answers(tx, w.scope, {form.id, {}, 1}, true); });
  ASSERT_TRUE(kept) << kept.error().code << kept.error().detail;
  EXPECT_EQ(kept->front().answers->at("q2").front(), "<b>好");
}

TEST(FormRoutes, AWayTheAnswersDoNotLeadBeginsAgain) {
  DoorWorld w;
  w.form(steps(), "steps");
  EXPECT_EQ(w.call("GET", "/f/{slug}", {"steps"}), "200");
  const auto key = w.field("_n");
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"steps"}, "_n=" + key + "&_s=q1&_q=q3&q_q1=a&q_q3=5"), "200");
  EXPECT_TRUE(w.shows("题目 q1")) << "q1=a leads to q2";
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"steps"}, "_n=&_s=zz&_q=../x&q_zz=1"), "200");
  EXPECT_TRUE(w.shows("题目 q1"));
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"steps"}, "_n=" + key + "&_q=q1&q_q1=a&_w=http://spam"), "200");
  EXPECT_TRUE(w.shows("提交成功")) << "a program is thanked";
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"steps"}, "%zz"), "404");
  EXPECT_EQ(w.count("entry_answer"), 0);
}

TEST(FormRoutes, OnePageWhenNothingJumpsAndFriendlyWhenItIsOver) {
  DoorWorld w;
  auto spec = DoorWorld::asks();
  spec.questions = {DoorWorld::choice("q1", {"甜", "咸"}, true), DoorWorld::ask("q2", QuestionKind::text, false)};
  spec.once = FormOnce::visitor;
  spec.cap = 2;
  spec.closed_text = "谢谢,已经够了";
  w.form(spec, "plain");
  EXPECT_EQ(w.call("GET", "/f/{slug}", {"plain"}), "200");
  EXPECT_TRUE(w.shows("题目 q1") && w.shows("题目 q2"));
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"plain"}, carried_on(w) + "q_q1=a&q_q1=b"), "200");
  EXPECT_TRUE(w.shows("提交成功"));
  EXPECT_EQ(w.call("GET", "/f/{slug}", {"plain"}), "200");
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"plain"}, carried_on(w) + "q_q1=a"), "200");
  EXPECT_TRUE(w.shows("您已提交过"));
  w.cookie.clear();
  EXPECT_EQ(w.call("GET", "/f/{slug}", {"plain"}), "200");
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"plain"}, carried_on(w) + "q_q1=b"), "200");
  EXPECT_EQ(w.call("GET", "/f/{slug}", {"plain"}), "200");
  EXPECT_TRUE(w.shows("名额已满") && w.shows("谢谢,已经够了"));
  EXPECT_EQ(w.count("entry_answer"), 2);
}

TEST(FormRoutes, FilesGoAheadAndAnswersAreReadMaskedAndExportedWhole) {
  DoorWorld w;
  auto spec = DoorWorld::asks();
  spec.questions = {DoorWorld::ask("tel", QuestionKind::phone), DoorWorld::ask("word", QuestionKind::text), DoorWorld::ask("photo", QuestionKind::upload, false)};
  const auto form = w.form(spec, "files");
  EXPECT_EQ(w.call("POST", "/f/{slug}/file", {"files"}, "\x89PNG\r\n\x1a\n", "question=photo&name=a.png"), "entry.no_visitor");
  EXPECT_EQ(w.call("GET", "/f/{slug}", {"files"}), "200");
  const auto page = carried_on(w);
  EXPECT_EQ(w.call("POST", "/f/{slug}/file", {"files"}, "<svg>", "question=photo&name=a.png"), "entry.upload_type photo");
  EXPECT_EQ(w.call("POST", "/f/{slug}/file", {"files"}, "\x89PNG\r\n\x1a\n", "question=photo&name=a.png"), "201");
  const auto id = w.last.body.substr(7, 17);
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"files"}, "_n=k1&q_tel=13812345678&q_word=%3D1%2B1&q_photo=" + id), "200");
  EXPECT_TRUE(w.shows("提交成功")) << w.last.body;
  EXPECT_EQ(w.call("GET", "/v1/forms/{form}/answers", {to_text(form.id)}), "200");
  EXPECT_TRUE(w.shows("138****5678") && !w.shows("13812345678")) << w.last.body;
  EXPECT_EQ(w.call("POST", "/v1/forms/{form}/answers:export", {to_text(form.id)}), "200");
  EXPECT_TRUE(w.shows("\"13812345678\",\"'=1+1\"")) << w.last.body;
  EXPECT_FALSE(page.empty());
}

TEST(FormRoutes, TryingADefinitionShowsWhereAnswersLead) {
  DoorWorld w;
  const auto spec = http::json_of(steps());
  EXPECT_EQ(w.call("POST", "/v1/forms:try", {}, R"({"spec":)" + spec + R"(,"answers":{}})"), "200");
  EXPECT_TRUE(w.shows(R"("path":[],"done":false)")) << w.last.body;
  EXPECT_EQ(w.call("POST", "/v1/forms:try", {}, R"({"spec":)" + spec + R"(,"answers":{"q1":["b"],"q3":["5"]}})"), "200");
  EXPECT_TRUE(w.shows(R"("path":["q1","q3"],"done":true)")) << w.last.body;
  EXPECT_EQ(w.call("POST", "/v1/forms:try", {}, R"({"spec":{"name":"x","title":"x","questions":[]},"answers":{}})"), "entry.no_question /spec/questions");
}

/// A cotton brand asks before it launches: who likes which taste is tagged, and on the day of the launch a segment is exactly them.
TEST(Play, WhoAnsweredBeforeTheLaunchIsFoundOnItsDay) {
  DoorWorld w;
  auto spec = DoorWorld::asks();
  spec.title = "新品棉柔巾,您最想要哪一款?";
  spec.questions = {DoorWorld::choice("kind", {"加厚款", "便携款", "婴儿款"}, true), DoorWorld::choice("when", {"上新就买", "再看看"})};
  spec.questions[0].options[0].tags = {"新品偏好/加厚款"};
  spec.questions[0].options[1].tags = {"新品偏好/便携款"};
  spec.questions[0].options[2].tags = {"新品偏好/婴儿款"};
  spec.questions[1].options[0].tags = {"新品意向/上新就买"};
  spec.tags = {"参与新品调研"};
  const auto form = w.form(spec, "cotton");
  auto promo = DoorWorld::to("cotton");
  promo.targets[0].kind = TargetKind::form;
  w.link(promo, "ask-me");

  std::mt19937_64 rng(11);
  std::set<PersonId> want, asked;
  for (int i = 0; i < 60; ++i) {
    const auto visitor = "visitor-" + std::to_string(100000 + i);
    ASSERT_EQ(w.where("ask-me", DoorWorld::by(visitor)), "/f/cotton");
    if (i % 5 == 4) continue;  // opened it and went away
    Answers answers;
    for (const auto* key : {"a", "b", "c"})
      if (rng() % 2 == 0) answers["kind"].push_back(key);
    if (answers["kind"].empty()) answers["kind"].push_back("b");
    answers["when"] = {rng() % 3 == 0 ? "b" : "a"};
    const auto sent = w.submit(form.id, visitor, answers);
    ASSERT_TRUE(sent) << sent.error().code;
    asked.insert(sent->person);
    if (std::ranges::find(answers["kind"], "a") != answers["kind"].end() && answers["when"].front() == "a") want.insert(sent->person);
  }
  // Others carry the same word without having answered, or answered another form.
  for (int i = 0; i < 5; ++i) {
    const auto other = w.write([&](Tx& tx) {
      const people::Ident ident{"phone_e164", "1391234561" + std::to_string(i)};
      return people::resolve(tx, std::span(&ident, 1), "test");
    });
    ASSERT_TRUE(other) << other.error().code;
    const auto tagged = w.write([&](Tx& tx) { return people::tag_person(tx, {.person = other->person, .tags = {"新品偏好/加厚款"}, .source = "manual:user 7", .expires = {}, .create = true, .why = {}}); });
    ASSERT_TRUE(tagged) << tagged.error().code << tagged.error().detail;
  }
  w.pass(14 * kDay);
  const auto found = w.read([](Tx& tx) -> Result<std::set<PersonId>> {
    TRY(const auto survey, segments::Survey::begin(tx, Scope::everything("test")));
    TRY(const auto people, segments::people_of_text(tx, survey->view(), R"(tags has all ("新品偏好/加厚款", "新品意向/上新就买", "参与新品调研"))"));
    std::set<PersonId> out;
    for (const auto node : survey->nodes(people)) out.insert(PersonId{node});
    return out;
  });
  ASSERT_TRUE(found) << found.error().code << " " << found.error().detail;
  EXPECT_GT(want.size(), 5u);
  EXPECT_LT(want.size(), asked.size());
  EXPECT_EQ(*found, want);
  EXPECT_EQ(w.events_of("form_submitted"), 48);
}

}  // namespace koi::entry
