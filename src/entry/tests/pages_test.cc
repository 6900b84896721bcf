// Landing pages: what may be saved, versions, views and clicks, and that text stays text.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "entry/shell.h"
#include "entry/tests/door_world.h"

namespace koi::entry {
namespace page_cases {

using namespace testing;

PageBlock block(BlockKind kind) {
  PageBlock b;
  b.kind = kind;
  b.title = "标题";
  b.text = "正文";
  b.image = "https://img.example/a.jpg";
  b.url = "https://shop.example/item?x=1&y=2";
  b.label = "去看看";
  b.price_fen = 5990;
  b.was_fen = 9900;
  b.until = from_ms(kMonday + 3 * kDay + kHour);
  return b;
}
PageSpec page_spec() {
  PageSpec spec;
  spec.name = "秋冬新品";
  spec.title = "秋冬新品";
  for (const auto kind : {BlockKind::text, BlockKind::image, BlockKind::button, BlockKind::video, BlockKind::countdown, BlockKind::product}) spec.blocks.push_back(block(kind));
  return spec;
}
LandingPage make(DoorWorld& w, const PageSpec& spec, std::string slug) {
  const auto got = w.write([&](Tx& tx) { return create_page(tx, {spec, slug, {}, "小王"}); });
  EXPECT_TRUE(got) << got.error().code << " " << got.error().pointer;
  return got.value_or(LandingPage{});
}

}  // namespace page_cases
using namespace page_cases;

TEST(CheckPage, SaysWhatABlockLacks) {
  DoorWorld w;
  w.form([] {
    auto spec = DoorWorld::asks();
    spec.questions = {DoorWorld::choice("q1", {"甜", "咸"})};
    return spec;
  }(), "taste");
  const auto with = [&](auto change) {
    auto spec = page_spec();
    change(spec);
    const auto got = w.read([&](Tx& tx) { return check_page(tx, *read_page(http::json_of(spec))); });
    return got ? std::string("ok") : got.error().code + " " + got.error().pointer;
  };
  EXPECT_EQ(with([](PageSpec&) {}), "ok");
  EXPECT_EQ(with([](PageSpec& s) { s.blocks.push_back(block(BlockKind::form)); s.blocks.back().to = "taste"; }), "ok");
  EXPECT_EQ(with([](PageSpec& s) { s.blocks.push_back(block(BlockKind::form)); s.blocks.back().to = "nope"; }), "entry.no_door /blocks/6/to");
  EXPECT_EQ(with([](PageSpec& s) { s.blocks.push_back(block(BlockKind::code)); }), "entry.block /blocks/6/to");
  EXPECT_EQ(with([](PageSpec& s) { s.blocks[0].title = s.blocks[0].text = " "; }), "entry.block /blocks/0/text");
  EXPECT_EQ(with([](PageSpec& s) { s.blocks[1].image = ""; }), "entry.block /blocks/1/image");
  EXPECT_EQ(with([](PageSpec& s) { s.blocks[2].url = ""; }), "entry.block /blocks/2/url");
  EXPECT_EQ(with([](PageSpec& s) { s.blocks[2].url = "javascript:alert(1)"; }), "entry.url /blocks/2/url");
  EXPECT_EQ(with([](PageSpec& s) { s.blocks[4].until.reset(); }), "entry.block /blocks/4/until");
  EXPECT_EQ(with([](PageSpec& s) { s.blocks[5].price_fen = 0; }), "entry.block /blocks/5/price_fen");
  EXPECT_EQ(with([](PageSpec& s) { s.blocks[1].key = s.blocks[0].key = "a"; }), "entry.block_key /blocks/1/key");
  EXPECT_EQ(with([](PageSpec& s) { s.blocks.clear(); }), "entry.no_block /blocks");
  EXPECT_EQ(with([](PageSpec& s) { s.title = ""; }), "entry.limit /title");
  EXPECT_EQ(with([](PageSpec& s) { s.picture = "ftp://x"; }), "entry.url /picture");
}

TEST(KeepPage, VisitorsSeeTheVersionThatWasPublished) {
  DoorWorld w;
  auto spec = page_spec();
  const auto page = make(w, spec, "autumn");
  const auto shows = [&] {
    const auto view = w.write([](Tx& tx) { return view_page(tx, "autumn", DoorWorld::by("v1")); });
    return !view ? view.error().code : view->kind == PageView::Kind::show ? view->page->spec.title : view->why;
  };
  EXPECT_EQ(shows(), "soon");
  ASSERT_TRUE(w.write([&](Tx& tx) { return publish_page(tx, page.id, 0); }));
  EXPECT_EQ(shows(), "秋冬新品");
  spec.title = "第二版";
  ASSERT_TRUE(w.write([&](Tx& tx) { return edit_page(tx, {page.id, 1, spec, "小李"}); }));
  EXPECT_EQ(shows(), "秋冬新品");
  EXPECT_EQ(w.write([&](Tx& tx) { return edit_page(tx, {page.id, 1, spec, "小李"}); }).error().code, "http.stale");
  ASSERT_TRUE(w.write([&](Tx& tx) { return publish_page(tx, page.id, 2); }));
  EXPECT_EQ(shows(), "第二版");
  const auto back = w.write([&](Tx& tx) { return restore_page(tx, page.id, 1, "小王"); });
  ASSERT_TRUE(back);
  EXPECT_EQ(back->ver, 3);
  EXPECT_EQ(back->spec.title, "秋冬新品");
  EXPECT_EQ(shows(), "第二版");
  EXPECT_EQ(w.write([&](Tx& tx) { return publish_page(tx, page.id, 9); }).error().code, "entry.no_version");
  const auto versions = w.read([&](Tx& tx) { return page_versions(tx, page.id); });
  ASSERT_EQ(versions->size(), 3u);
  EXPECT_EQ(versions->front().ver, 3);
  EXPECT_EQ((*versions)[1].by_whom, "小李");
  ASSERT_TRUE(w.write([&](Tx& tx) { return set_page_state(tx, page.id, DoorState::paused); }));
  EXPECT_EQ(shows(), "paused");
}

TEST(ViewPage, CountsViewsVisitorsAndClicksByBlock) {
  DoorWorld w;
  const auto page = make(w, page_spec(), "counts");
  ASSERT_TRUE(w.write([&](Tx& tx) { return publish_page(tx, page.id, 0); }));
  const auto view = [&](Caller c) { ASSERT_TRUE(w.write([&](Tx& tx) { return view_page(tx, "counts", c); })); };
  view(DoorWorld::by("v1"));
  view(DoorWorld::by("v1"));
  view(DoorWorld::by("v2"));
  Caller machine;
  machine.machine = true;
  view(machine);
  auto caller = DoorWorld::by("v1");
  caller.touch = {{"utm_source", "sms"}};
  const auto click = [&](std::string_view key) { return w.write([&](Tx& tx) { return click_block(tx, "counts", key, caller); }).value_or("?"); };
  EXPECT_EQ(click("b3"), "https://shop.example/item?x=1&y=2&utm_source=sms");
  EXPECT_EQ(click("b1"), "") << "a text leads nowhere";
  EXPECT_EQ(click("zz"), "");
  const auto sums = w.read([&](Tx& tx) { return page_sums(tx, page.id); });
  EXPECT_EQ(sums->views, 3);
  EXPECT_EQ(sums->visitors, 2);
  EXPECT_EQ(sums->clicks, 1);
  EXPECT_EQ(sums->bots, 1);
  EXPECT_EQ(w.events_of("page_viewed"), 4);
  EXPECT_EQ(w.call("GET", "/v1/pages/{page}/stats", {to_text(page.id)}), "200");
  EXPECT_TRUE(w.shows(R"("blocks":[{"block":"b3","clicks":1}])")) << w.last.body;
}

TEST(PageRoutes, ShowAPageWithoutScriptAndKeepTheBrowsersName) {
  DoorWorld w;
  const auto page = make(w, page_spec(), "shown");
  EXPECT_EQ(w.call("GET", "/h5/p/{slug}", {"shown"}), "200");
  EXPECT_TRUE(w.shows("尚未开始"));
  EXPECT_EQ(w.call("POST", "/v1/pages/{page}:publish", {to_text(page.id)}), "200");
  EXPECT_EQ(w.call("GET", "/h5/p/{slug}", {"shown"}, {}, "utm_source=sms&x=%22%3E"), "200");
  EXPECT_EQ(w.cookie.size(), 21u);
  EXPECT_TRUE(w.shows("还剩 3 天 1 小时 0 分"));
  EXPECT_TRUE(w.shows("¥59.90"));
  EXPECT_TRUE(w.shows("href=\"/h5/p/shown/go/b3?utm_source=sms&amp;x=%22%3E\"")) << w.last.body;
  EXPECT_EQ(w.call("GET", "/h5/p/{slug}/go/{block}", {"shown", "b3"}, {}, "utm_source=sms"), "302");
  EXPECT_EQ(w.header("Location"), "https://shop.example/item?x=1&y=2&utm_source=sms");
  EXPECT_EQ(w.call("GET", "/h5/p/{slug}/go/{block}", {"shown", "https:"}), "404");
  EXPECT_EQ(w.call("GET", "/h5/p/{slug}", {"nothing"}), "404");
  w.language = "en";
  w.pass(4 * kDay);
  EXPECT_EQ(w.call("GET", "/h5/p/{slug}", {"shown"}), "200");
  EXPECT_TRUE(w.shows("It is over"));
  EXPECT_EQ(w.call("DELETE", "/v1/pages/{page}", {to_text(page.id)}), "204");
  EXPECT_EQ(w.call("GET", "/h5/p/{slug}", {"shown"}), "410");
  EXPECT_EQ(w.call("POST", "/v1/pages:preview", {}, R"({"spec":{"name":"a","title":"<b>","blocks":[{"text":"<i>x</i>"}]}})"), "200");
  EXPECT_TRUE(w.shows("&lt;b&gt;") && w.shows("&lt;i&gt;x&lt;/i&gt;")) << w.last.body;
}

/// Letters a page could trip over, mixed with plain ones.
std::string nasty() {
  static const std::vector<std::string> kParts = {"<", ">", "\"", "'", "&", "<script>", "</main>", "javascript:", "a", "鱼", " ", "%", "`", "=", "onerror=", "{", "}"};
  std::string out;
  for (const auto n : *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, static_cast<int>(kParts.size())))) out += kParts[static_cast<std::size_t>(n)];
  return "x" + out;
}
/// Everything that gives HTML its shape, in order.
std::string shape_of(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c == '<' || c == '>' || c == '"' || c == '\'') out += c;
  return out;
}

RC_GTEST_PROP(DrawPage, WhatAMerchantWritesNeverChangesTheShapeOfThePage, ()) {
  PageSpec dirty, clean;
  dirty.title = nasty();
  clean.title = "x";
  for (int kind = 0; kind <= static_cast<int>(BlockKind::product); ++kind) {
    auto b = block(static_cast<BlockKind>(kind));
    b.key = "b" + std::to_string(kind);
    b.to = "slug";
    for (auto* text : {&b.title, &b.text, &b.alt, &b.label, &b.after}) *text = "x";
    clean.blocks.push_back(b);
    for (auto* text : {&b.title, &b.text, &b.alt, &b.label, &b.after}) *text = nasty();
    dirty.blocks.push_back(b);
  }
  const PageLook look{"slug", "utm_source=%22", "https://shop.example", "zh-CN", from_ms(kMonday)};
  RC_ASSERT(shape_of(draw_page(dirty, look)) == shape_of(draw_page(clean, look)));
  // An address that was never checked is not drawn either.
  dirty.blocks[1].image = dirty.blocks[5].image = "javascript:" + nasty();
  RC_ASSERT(draw_page(dirty, look).find("src=\"javascript:") == std::string::npos);
}

}  // namespace koi::entry
