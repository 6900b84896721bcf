// Moments against the simulated corp: the job, who publishes, who likes, lost answers, calling off.
#include "connect/tests/wecom_box.h"
#include "connect/wecom/corp.h"
#include "connect/wecom/media/media.h"
#include "connect/wecom/moments/moments.h"

namespace koi::connect::wecom::testing {
namespace {

/// Loses one answer to a path: after the platform did it, or before.
class DeafPlatform final : public Platform {
 public:
  explicit DeafPlatform(Platform& under) : under_(under) {}
  void send(std::string_view method, std::string_view path, Query query, std::string body, PlatformDone done) override {
    ++calls[std::string(path)];
    if (path == lose || path == drop) {
      if (path == lose) under_.send(method, path, std::move(query), std::move(body), [](Result<json::object>) {});
      lose.clear(), drop.clear();
      return done(fail(Errc::unavailable, "connect.wecom_unknown_outcome"));
    }
    under_.send(method, path, std::move(query), std::move(body), std::move(done));
  }
  void send_form(std::string_view path, Query query, std::string_view content_type, std::string body, PlatformDone done) override {
    ++calls[std::string(path)];
    under_.send_form(path, std::move(query), content_type, std::move(body), std::move(done));
  }
  std::map<std::string, int> calls;
  std::string lose, drop;

 private:
  Platform& under_;
};

const Scope kAnybody = Scope::everything("test");
const std::string kAddTask = "externalcontact/add_moment_task";

struct MomentWorld : SyncWorld {
  explicit MomentWorld(int staff = 2, int customers = 4) : SyncWorld(corp_shape(staff, 0, 0)), deaf(platform) {
    for (int i = 0; i < customers; ++i) friends.push_back(sim.friend_of(sim.user(static_cast<simulate::StaffNo>(i % staff))));
    const auto put = w.write([&](Tx& tx) {
      return put_corp(tx, {.corp_id = corp, .secret = "secret", .token = "QDG6eK", .aes_key = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"}, std::string(32, 'k'));
    });
    EXPECT_EQ(outcome(put), "ok");
    sync();
  }
  StaffId staff(simulate::StaffNo no) { return (*w.read([&](Tx& tx) { return team::staff_by_wecom(tx, sim.user(no)); }))->id; }
  MediaId media() {
    return w.write([&](Tx& tx) { return keep_media(tx, {"海报.png", std::string("\x89PNG\r\n\x1a\n and then some", 22)}); })->id;
  }
  MomentSpec spec(std::string text = "新茶上市") {
    MomentSpec s;
    s.name = "新茶", s.text = std::move(text);
    return s;
  }
  MomentId draft(const MomentSpec& s) {
    const auto made = w.write([&](Tx& tx) { return create_moment(tx, kAnybody, {corp, s, "test"}); });
    EXPECT_EQ(outcome(made), "ok") << (made ? "" : made.error().detail);
    if (!made) throw std::runtime_error("no draft");
    return made->id;
  }
  Moment now(MomentId id) { return *w.read([&](Tx& tx) { return find_moment(tx, kAnybody, id); }); }
  std::string start(MomentId id) { return outcome(w.write([&](Tx& tx) { return start_moment(tx, kAnybody, id, {}); })); }
  std::string stop(MomentId id) { return outcome(w.write([&](Tx& tx) { return stop_moment(tx, kAnybody, id); })); }
  void work() {
    const PlatformOf of = [this](const std::string&) -> Result<std::shared_ptr<Platform>> { return std::shared_ptr<Platform>(std::shared_ptr<void>(), &deaf); };
    for (int i = 0; i < 50; ++i) {
      const auto done = work_moments(db(), of, 10);
      ASSERT_EQ(outcome(done), "ok") << (done ? "" : done.error().detail);
      if (*done == 0) return;
    }
    ADD_FAILURE() << "never at rest";
  }
  void after(std::int64_t seconds) {
    pass(seconds);
    work();
  }
  /// Started, asked, made.
  MomentId out(const MomentSpec& s) {
    const auto id = draft(s);
    EXPECT_EQ(start(id), "ok");
    after(61), after(6), after(6);
    return id;
  }
  std::string on_platform() { return sim.world.books.moments.rbegin()->first; }
  DeafPlatform deaf;
  std::vector<std::string> friends;
};

TEST(WecomMoments, GuidesPublishAndCustomersAreHeard) {
  MomentWorld c;
  auto s = c.spec();
  entry::WelcomePart part;
  part.kind = "image", part.media = to_text(c.media());
  s.parts = {part, part};
  const auto id = c.out(s);
  EXPECT_EQ(c.now(id).state, "sent");
  EXPECT_EQ(c.now(id).guides, 2);
  EXPECT_EQ(c.now(id).published, 0);
  EXPECT_EQ(c.deaf.calls["media/upload_attachment"], 1);
  ASSERT_EQ(c.sim.refusal("staff/publish", {{"userid", c.sim.user(0)}, {"moment_id", c.on_platform()}}), "");
  ASSERT_EQ(c.sim.refusal("customer/react", {{"external_userid", c.friends[0]}, {"userid", c.sim.user(0)}, {"moment_id", c.on_platform()}, {"kind", "like"}}), "");
  ASSERT_EQ(c.sim.refusal("customer/react", {{"external_userid", c.friends[2]}, {"userid", c.sim.user(0)}, {"moment_id", c.on_platform()}, {"kind", "comment"}}), "");
  c.after(130);
  auto m = c.now(id);
  EXPECT_EQ(m.published, 1);
  EXPECT_EQ(m.reach, 2);
  EXPECT_EQ(m.likes + m.comments, 2);
  c.after(700);
  EXPECT_EQ(c.w.count("connect_wecom_moment_word"), 2) << "heard once each";
  const auto words = c.w.read([&](Tx& tx) { return moment_words(tx, kAnybody, id, 0, 50); });
  ASSERT_EQ(outcome(words), "ok");
  EXPECT_EQ(words->size(), 2u);
  EXPECT_EQ(c.w.read([&](Tx& tx) { return moment_words(tx, Scope::of(Reach::own, c.staff(1), {}), id, 0, 50); }).error().code, "connect.no_moment");
  for (int day = 0; day < 31; ++day) c.after(86'400);
  EXPECT_EQ(c.now(id).state, "done");
}

TEST(WecomMoments, OnlyThoseWhoWereNamed) {
  MomentWorld c(3, 3);
  auto s = c.spec();
  s.staff = {c.staff(1)};
  const auto id = c.out(s);
  const auto guides = c.w.read([&](Tx& tx) { return moment_guides(tx, kAnybody, id); });
  ASSERT_EQ(outcome(guides), "ok");
  ASSERT_EQ(guides->size(), 1u);
  EXPECT_EQ(guides->front().staff, c.staff(1));
}

TEST(WecomMoments, ALostAnswerIsFoundAndNothingIsPublishedTwice) {
  MomentWorld c;
  const auto id = c.draft(c.spec("只发一次"));
  c.start(id);
  c.deaf.lose = kAddTask;
  c.after(61);
  EXPECT_EQ(c.now(id).state, "asked");
  c.after(61);
  EXPECT_EQ(c.now(id).state, "sent");
  EXPECT_EQ(c.deaf.calls[kAddTask], 1);
  EXPECT_EQ(c.sim.world.books.moments.size(), 1u);
}

TEST(WecomMoments, WhatNeverShowsUpIsTheAuthorsToDecide) {
  MomentWorld c;
  const auto id = c.draft(c.spec("再看看"));
  c.start(id);
  c.deaf.drop = kAddTask;
  c.after(61);
  for (int i = 0; i < 11; ++i) c.after(61);
  EXPECT_EQ(c.now(id).state, "draft");
  EXPECT_EQ(c.now(id).error, "connect.moment_unknown");
  EXPECT_EQ(c.deaf.calls[kAddTask], 1) << "nobody asked again by themselves";
  EXPECT_EQ(c.start(id), "ok");
  c.after(61), c.after(6), c.after(6);
  EXPECT_EQ(c.now(id).state, "sent");
}

TEST(WecomMoments, IsTakenBackOrCalledOff) {
  MomentWorld c;
  const auto id = c.draft(c.spec());
  c.start(id);
  EXPECT_EQ(c.stop(id), "ok");
  c.after(120);
  EXPECT_EQ(c.now(id).state, "draft");
  EXPECT_EQ(c.deaf.calls[kAddTask], 0);
  c.start(id);
  c.after(61);
  EXPECT_EQ(c.stop(id), "ok") << "while the job runs";
  c.after(6), c.after(6);
  EXPECT_EQ(c.now(id).state, "cancelled");
  EXPECT_TRUE(c.sim.world.books.moments.begin()->second.cancelled);
  EXPECT_NE(c.sim.refusal("staff/publish", {{"userid", c.sim.user(0)}, {"moment_id", c.on_platform()}}), "");
}

TEST(WecomMoments, RefusesWhatThePlatformWouldRefuse) {
  MomentWorld c;
  const auto verdict = [&](const MomentSpec& s, const Scope& scope = kAnybody) { return outcome(c.w.write([&](Tx& tx) { return create_moment(tx, scope, {c.corp, s, "test"}); })); };
  auto s = c.spec();
  s.name = "";
  EXPECT_EQ(verdict(s), "connect.moment_name");
  s = c.spec("");
  EXPECT_EQ(verdict(s), "connect.moment_empty");
  s.text = std::string(2001, 'x');
  EXPECT_EQ(verdict(s), "connect.moment_text");
  s = c.spec();
  entry::WelcomePart image, link;
  image.kind = "image", image.media = to_text(c.media());
  link.kind = "link", link.title = "看看", link.url = "https://a.example", link.media = image.media;
  s.parts = {link};
  EXPECT_EQ(verdict(s), "ok");
  s.parts = {image, link};
  EXPECT_EQ(verdict(s), "connect.moment_part");
  s.parts.assign(10, image);
  EXPECT_EQ(verdict(s), "connect.moment_part");
  s.parts.assign(2, link);
  EXPECT_EQ(verdict(s), "connect.moment_part");
  link.media = "";
  s.parts = {link};
  EXPECT_EQ(verdict(s), "connect.moment_part");
  s = c.spec();
  s.tags = {people::TagId{4242}};
  EXPECT_EQ(verdict(s), "connect.moment_tag");
  s = c.spec();
  EXPECT_EQ(verdict(s, Scope::of(Reach::own, c.staff(0), {})), "connect.moment_staff") << "everybody is not theirs";
}

}  // namespace
}  // namespace koi::connect::wecom::testing
