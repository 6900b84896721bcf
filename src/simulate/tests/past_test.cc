// A corp that did things before the start.
#include "simulate/tests/box.h"

namespace koi::simulate {
namespace {

Options with_past() {
  Options o;
  o.staff = 5, o.customers = 20, o.groups = 2, o.past = true;
  return o;
}

json::object behaviour(box::Box& b, StaffNo no) {
  return b.post("get_user_behavior_data", {{"userid", json::array{b.user(no)}}, {"start_time", box::kStart - 30 * 86'400}, {"end_time", box::kStart}});
}

TEST(Past, FiguresOfTheDaysBeforeAreTheSameForTheSameSeed) {
  box::Box one(with_past()), again(with_past());
  EXPECT_EQ(one.world.books.days.size(), again.world.books.days.size());
  std::int64_t chats = 0, added = 0;
  for (StaffNo no = 0; no < one.world.corp.staff.size(); ++no) {
    const auto told = behaviour(one, no);
    EXPECT_EQ(told, behaviour(again, no));
    for (const auto& row : array(told, "behavior_data")) {
      const auto& d = row.get_object();
      chats += number(d, "chat_cnt"), added += number(d, "new_contact_cnt");
      EXPECT_LE(number(d, "new_contact_cnt"), number(d, "new_apply_cnt"));
      const auto* share = d.if_contains("reply_percentage");
      EXPECT_LE(share ? share->to_number<double>() : 0.0, 100.0);
    }
  }
  EXPECT_GT(chats, added);
  EXPECT_GT(added, 0);
  EXPECT_FALSE(one.world.books.group_days.empty());
  EXPECT_TRUE(box::Box().world.books.days.empty()) << "only when it is asked for";
}

TEST(Past, ALivelyCorpAnswersItsCustomers) {
  auto o = with_past();
  o.past = false, o.lively = true, o.customers = 200;
  box::Box b(o);
  for (int hour = 0; hour < 26; ++hour) b.advance(3600);
  int chats = 0, replied = 0;
  for (const auto& [of, d] : b.world.books.days) chats += d.chats, replied += d.replied;
  EXPECT_GT(replied, 0);
  EXPECT_LE(replied, 2 * chats);
}

}  // namespace
}  // namespace koi::simulate
