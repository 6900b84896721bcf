// A telephone that is to be proved: the code, its limits, and what a proved number is worth.
#include "entry/phone_codes.h"

#include <gtest/gtest.h>

#include "entry/tests/door_world.h"
#include "entry/texter.h"
#include "people/people.h"

namespace koi::entry::testing {
namespace {

/// A gateway that keeps what it is given; one at a time.
struct Inbox {
  Inbox() {
    connected() = true;
    kept().clear();
    know_texter({.ready = [](Tx&) -> Result<bool> { return connected(); }, .send = [](Tx&, const TextMessage& m) -> Result<> { kept().push_back(m); return {}; }});
  }
  ~Inbox() { know_texter({}); }
  static bool& connected() { static bool one = true; return one; }
  static std::vector<TextMessage>& kept() { static std::vector<TextMessage> all; return all; }
  /// The six digits of the newest text.
  static std::string code() {
    const auto& text = kept().back().text;
    const auto at = text.find_first_of("0123456789");
    return text.substr(at, 6);
  }
  static std::string wrong() { return code() == "000000" ? "000001" : "000000"; }
};

constexpr std::string_view kNumber = "13812345678";

std::string sent(DoorWorld& w, std::string_view visitor, std::string_view phone = kNumber) {
  const auto got = w.db().write([&](Tx& tx) { return send_phone_code(tx, visitor, phone, "zh-CN"); });
  return got ? "sent" : got.error().code;
}
bool proves(DoorWorld& w, std::string_view visitor, std::string_view code, std::string_view phone = kNumber) {
  return w.db().write([&](Tx& tx) { return prove_phone(tx, visitor, phone, code); }).value_or(false);
}
bool proved(DoorWorld& w, std::string_view visitor, std::string_view phone = kNumber) {
  return w.read([&](Tx& tx) { return phone_proved(tx, visitor, phone); }).value_or(false);
}
constexpr std::int64_t kMinute = 60'000, kDay = 24 * 60 * kMinute;

FormSpec to_prove() {
  auto spec = DoorWorld::asks();
  spec.questions = {DoorWorld::ask("tel", QuestionKind::phone)};
  spec.questions.front().verify = true;
  spec.questions.front().attribute = "phone";
  return spec;
}

TEST(PhoneCodes, ProveANumberToOneBrowserForAnHour) {
  Inbox inbox;
  DoorWorld w;
  EXPECT_EQ(sent(w, "a"), "sent");
  EXPECT_EQ(Inbox::kept().back().phone, "+8613812345678");
  EXPECT_NE(Inbox::kept().back().text.find("10 分钟"), std::string::npos);
  EXPECT_FALSE(proved(w, "a"));
  EXPECT_FALSE(proves(w, "b", Inbox::code())) << "another browser";
  EXPECT_FALSE(proves(w, "a", Inbox::code(), "13912345678")) << "another number";
  EXPECT_TRUE(proves(w, "a", " " + Inbox::code() + " "));
  EXPECT_TRUE(proved(w, "a"));
  EXPECT_FALSE(proved(w, "b"));
  EXPECT_FALSE(proves(w, "a", Inbox::code())) << "a code works once";
  w.pass(61 * kMinute);
  EXPECT_FALSE(proved(w, "a"));
}

TEST(PhoneCodes, EndAfterTenMinutesAndFiveTries) {
  Inbox inbox;
  DoorWorld w;
  EXPECT_EQ(sent(w, "a"), "sent");
  w.pass(10 * kMinute);
  EXPECT_FALSE(proves(w, "a", Inbox::code()));
  EXPECT_EQ(sent(w, "a"), "sent");
  for (int i = 0; i < kPhoneCodeTries; ++i) EXPECT_FALSE(proves(w, "a", Inbox::wrong()));
  EXPECT_FALSE(proves(w, "a", Inbox::code())) << "the sixth try, and it was right";
  w.pass(kMinute);
  EXPECT_EQ(sent(w, "a"), "sent");
  EXPECT_TRUE(proves(w, "a", Inbox::code()));
}

TEST(PhoneCodes, AreFewAMinuteAndADay) {
  Inbox inbox;
  DoorWorld w;
  EXPECT_EQ(sent(w, "a"), "sent");
  EXPECT_EQ(sent(w, "a"), "entry.phone_code_wait");
  for (int i = 1; i < kPhoneCodesOfPhone; ++i) {
    w.pass(kMinute);
    EXPECT_EQ(sent(w, "a"), "sent") << i;
  }
  w.pass(kMinute);
  EXPECT_EQ(sent(w, "a"), "entry.phone_code_limit");
  EXPECT_EQ(sent(w, "b"), "entry.phone_code_limit") << "the number's day, whoever asks";
  int more = 0;
  for (; sent(w, "a", "1391234" + std::to_string(1000 + more)) == "sent"; ++more) {}
  EXPECT_EQ(more, kPhoneCodesOfVisitor - kPhoneCodesOfPhone) << "the browser's day, whatever the number";
  EXPECT_EQ(std::ssize(Inbox::kept()), kPhoneCodesOfVisitor) << "who was refused got no text";
  w.pass(kDay);
  EXPECT_EQ(sent(w, "a"), "sent");
  w.pass(3 * kDay);
  EXPECT_GT(w.write([](Tx& tx) { return sweep_phone_codes(tx, 100); }).value_or(0), 0);
  EXPECT_EQ(w.count("entry_phone_code"), 0);
  EXPECT_EQ(w.count("entry_phone_day"), 0);
}

TEST(PhoneCodes, TheLastOfTheDayIsGivenOnceHoweverManyAsk) {
  Inbox inbox;
  DoorWorld w;
  for (int i = 1; i < kPhoneCodesOfPhone; ++i) EXPECT_EQ(sent(w, "v" + std::to_string(i)), "sent");
  std::atomic<int> given = 0, limit = 0;
  know_texter({.ready = [](Tx&) -> Result<bool> { return true; }, .send = [](Tx&, const TextMessage&) -> Result<> { return {}; }});
  std::vector<std::thread> all;
  for (int i = 0; i < 8; ++i)
    all.emplace_back([&, i] {
      const auto got = sent(w, "late" + std::to_string(i));
      if (got == "sent") ++given;
      else if (got == "entry.phone_code_limit") ++limit;
    });
  for (auto& t : all) t.join();
  EXPECT_EQ(given, 1);
  EXPECT_EQ(limit, 7);
}

TEST(FormPhone, IsAskedForACodeAndKeepsWhatWasFilledIn) {
  Inbox inbox;
  DoorWorld w;
  auto spec = to_prove();
  spec.questions.insert(spec.questions.begin(), DoorWorld::ask("name", QuestionKind::text));
  w.form(spec, "prove");
  EXPECT_EQ(w.call("GET", "/f/{slug}", {"prove"}), "200");
  EXPECT_TRUE(w.shows("name=\"_send\" value=\"tel\""));
  const auto page = [&] { return "_n=" + w.field("_n") + "&_t=" + w.field("_t") + "&q_name=%E5%B0%8F%E6%9E%97&q_tel=13812345678"; };
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"prove"}, page()), "422");
  EXPECT_TRUE(w.shows("请获取并填写短信验证码"));
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"prove"}, "_n=" + w.field("_n") + "&q_tel=123&_send=tel"), "422");
  EXPECT_TRUE(Inbox::kept().empty()) << "no text to what is no number";
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"prove"}, page() + "&_send=tel"), "200");
  EXPECT_TRUE(w.shows("验证码已发送") && w.shows("value=\"13812345678\"") && w.shows("小林"));
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"prove"}, page() + "&v_tel=" + Inbox::wrong()), "422");
  EXPECT_TRUE(w.shows("验证码不正确或已过期"));
  EXPECT_EQ(w.count("entry_answer"), 0);
  EXPECT_EQ(w.call("POST", "/f/{slug}", {"prove"}, page() + "&v_tel=" + Inbox::code()), "200");
  EXPECT_TRUE(w.shows("提交成功"));
  EXPECT_EQ(w.count("entry_answer"), 1);
}

TEST(FormPhone, ProvedMakesOnePersonOfTwoBrowsers) {
  Inbox inbox;
  DoorWorld w;
  const auto form = w.form(to_prove(), "prove");
  const auto answer = [&](const std::string& visitor) {
    EXPECT_EQ(outcome(w.submit(form.id, visitor, {{"tel", {std::string(kNumber)}}})), "entry.answer_phone_code") << "not by the way of the page either";
    EXPECT_EQ(sent(w, visitor), "sent");
    EXPECT_TRUE(proves(w, visitor, Inbox::code()));
    const auto got = w.submit(form.id, visitor, {{"tel", {std::string(kNumber)}}});
    EXPECT_TRUE(got) << got.error().code;
    return got ? got->person : PersonId{};
  };
  const auto one = answer("v1"), two = answer("v2");
  const auto root = [&](PersonId p) { return w.read([&](Tx& tx) { return people::root_of(tx, p); }).value_or(PersonId{}); };
  EXPECT_EQ(root(one), root(two));
}

TEST(FormPhone, IsNeverADeadEndWhenTextsCannotBeSent) {
  Inbox inbox;
  DoorWorld w;
  const auto form = w.form(to_prove(), "prove");
  Inbox::connected() = false;
  EXPECT_EQ(w.call("GET", "/f/{slug}", {"prove"}), "200");
  EXPECT_FALSE(w.shows("_send"));
  EXPECT_TRUE(w.submit(form.id, "v1", {{"tel", {std::string(kNumber)}}})) << "taken as it is";
  EXPECT_EQ(outcome(w.write([&](Tx& tx) { return create_form(tx, {to_prove(), "other", {}}); })), "entry.no_texter");
  Inbox::connected() = true;
  auto spec = DoorWorld::asks();
  spec.questions = {DoorWorld::ask("t", QuestionKind::text)};
  spec.questions.front().verify = true;
  EXPECT_FALSE(w.form(spec).spec.questions.front().verify) << "only a number can be proved";
}

}  // namespace
}  // namespace koi::entry::testing
