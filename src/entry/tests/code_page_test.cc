// The page behind a poster, and codes as pictures: what a visitor's browser and a printer get.
#include <gtest/gtest.h>

#include "entry/picture.h"
#include "entry/tests/entry_desk.h"
#include "entry/visit.h"

namespace koi::entry {
namespace {

using namespace testing;
using koi::testing::outcome;

constexpr std::string_view kPage = "/c/{slug}";

bool has(const EntryDesk& w, std::string_view text) { return w.last.body.find(text) != std::string::npos; }
std::string cookie_of(const EntryDesk& w) {
  const auto header = w.header("Set-Cookie");
  return header.substr(0, header.find(';'));
}

TEST(CodePage, ShowsTheGuideAndKnowsTheBrowserAgain) {
  EntryDesk w;
  const auto code = w.make(EntryWorld::spec_of(3), "poster-1");
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"poster-1"}, .query = {{"utm_source", "metro"}, {"bd_vid", "x1"}}}), "200");
  EXPECT_TRUE(has(w, "导购1"));
  EXPECT_TRUE(has(w, "src=\"https://qr.example/" + w.state_of(code.id, 1)));
  EXPECT_FALSE(has(w, "<script")) << "works without";
  EXPECT_EQ(w.header("Cache-Control"), "no-store");
  const auto cookie = cookie_of(w);
  EXPECT_TRUE(cookie.starts_with("koi_visitor="));
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"poster-1"}, .headers = {{"cookie", "a=b; " + cookie}}}), "200");
  EXPECT_TRUE(has(w, "导购1")) << "the same guide";
  EXPECT_EQ(w.header("Set-Cookie"), "");
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"poster-1"}, .headers = {{"cookie", "koi_visitor='; DROP TABLE entry_scan"}}}), "200");
  EXPECT_TRUE(has(w, "导购2")) << "an id that is none of ours is nobody's";
  EXPECT_EQ(w.count("entry_scan"), 2);
  const auto touch = w.read([](Tx& tx) { return tx.one<std::string>("SELECT touch FROM entry_scan ORDER BY id LIMIT 1"); });
  EXPECT_EQ(touch.value_or(""), R"({"click_id":"x1","public_platform":"baidu","utm_source":"metro"})");
}

TEST(CodePage, SpeaksTheBrowsersLanguage) {
  EntryDesk w;
  w.make(EntryWorld::spec_of(1), "poster-1");
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"poster-1"}, .headers = {{"accept-language", "en"}}}), "200");
  EXPECT_TRUE(has(w, "<html lang=\"en\">") && has(w, "Press and hold"));
}

TEST(CodePage, IsNeverADeadEnd) {
  EntryDesk w;
  auto spec = EntryWorld::spec_of(1);
  spec.members[0].daily_cap = 1;
  spec.fallback = {"", "", "请留言<b>", "400-800 1"};
  const auto code = w.make(spec, "poster-1");
  w.who(code.id);
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"poster-1"}}), "200");
  EXPECT_TRUE(has(w, "请留言&lt;b&gt;") && has(w, "href=\"tel:4008001\"") && has(w, "再试一次"));
  const auto edit = [&](Fallback f) {
    spec.fallback = std::move(f);
    ASSERT_EQ(outcome(w.write([&](Tx& tx) { return edit_code(tx, EntryWorld::all(), {code.id, {}, spec}); })), "ok");
    ASSERT_EQ(w.call("GET", kPage, {.parts = {"poster-1"}}), "200");
  };
  edit({"https://group.example/join", "", "", ""});
  EXPECT_TRUE(has(w, "class=\"button\" href=\"https://group.example/join\"") && has(w, "加入社群"));
  edit({"https://group.example/join.png?v=2", "", "", ""});
  EXPECT_TRUE(has(w, "<img src=\"https://group.example/join.png?v=2\""));
  edit({"", "/f/lead", "", ""});
  EXPECT_TRUE(has(w, "href=\"/f/lead\""));
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return set_code_state(tx, EntryWorld::all(), code.id, CodeState::deleted); })), "ok");
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"poster-1"}}), "200");
  EXPECT_TRUE(has(w, "href=\"/f/lead\"")) << "posters outlive codes";
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"no-such"}}), "404");
  EXPECT_TRUE(has(w, "二维码无效"));
  ASSERT_EQ(w.call("GET", kPage, {.parts = {std::string(5000, '\'')}}), "404");
}

TEST(CodePage, TheWriterBeingAwayStillLeavesAPageThatHelps) {
  EntryDesk w;
  auto spec = EntryWorld::spec_of(1);
  spec.fallback.phone = "0571-1";
  const auto code = w.make(spec, "poster-1");
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"poster-1"}}), "200");
  // The table of scans is gone: whatever is tried cannot be written.
  ASSERT_EQ(outcome(w.write([](Tx& tx) -> Result<> { TRY(tx.exec("ALTER TABLE entry_scan RENAME TO entry_scan_away")); return {}; })), "ok");
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"poster-1"}}), "503");
  EXPECT_TRUE(has(w, "tel:05711"));
  EXPECT_EQ(w.header("Retry-After"), "3");
}

TEST(CodePage, LinkReadersTakeNobodysSlot) {
  EntryDesk w;
  w.make(EntryWorld::spec_of(1), "poster-1");
  for (const auto& [name, value] : {std::pair<std::string, std::string>("user-agent", "Mozilla/5.0 (compatible; Baiduspider/2.0)"), {"sec-purpose", "prefetch"}, {"user-agent", "facebookexternalhit/1.1"}})
    EXPECT_EQ(w.call("GET", kPage, {.parts = {"poster-1"}, .headers = {{name, value}}}), "200") << value;
  EXPECT_EQ(w.count("entry_scan"), 0);
  EXPECT_EQ(w.call("GET", kPage, {.parts = {"poster-1"}, .headers = {{"user-agent", "Mozilla/5.0 MicroMessenger/8.0"}}}), "200");
  EXPECT_EQ(w.count("entry_scan"), 1);
}

TEST(CodePage, AStoreCodeAsksWhereAndTakesAnyAnswer) {
  EntryDesk w(4);
  CodeSpec spec;
  spec.name = "连锁海报";
  spec.kind = CodeKind::store;
  spec.assign = AssignRule::nearest;
  spec.stores = {{{11}, {}}, {{12}, {}}};
  spec.radius_km = 20;
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return put_store_place(tx, EntryWorld::all(), {{11}, 30.25, 120.15, {}, "湖滨路", ""}); })), "ok");
  ASSERT_EQ(outcome(w.write([&](Tx& tx) { return put_store_place(tx, EntryWorld::all(), {{12}, 30.20, 120.21, {{{}, {"22:00-23:00"}}}, "", ""}); })), "ok");
  const auto code = w.make(spec, "chain");
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"chain"}, .query = {{"utm_source", "a&b"}}}), "200");
  EXPECT_TRUE(has(w, "<form id=\"where\" method=\"post\" action=\"/c/chain?utm_source=a%26b\" hidden>")) << "script shows it";
  EXPECT_TRUE(has(w, "href=\"/c/chain?utm_source=a%26b&amp;store=org_000000000000b\"")) << "by hand, without script or consent";
  EXPECT_TRUE(has(w, "西湖店") && has(w, "湖滨路") && has(w, "已打烊"));
  const auto cookie = cookie_of(w);
  const auto post = [&](std::string body) { return w.call("POST", kPage, {.parts = {"chain"}, .body = std::move(body), .headers = {{"cookie", cookie}}}); };
  ASSERT_EQ(post("lat=30.24&lng=120.16"), "200");
  EXPECT_TRUE(has(w, "导购1") && has(w, "西湖店"));
  EXPECT_EQ(w.number("SELECT scans FROM entry_code_turn"), 1) << "one visitor in two steps";
  ASSERT_EQ(w.call("POST", kPage, {.parts = {"chain"}, .body = "lat=39.9&lng=116.4"}), "200");
  EXPECT_TRUE(has(w, "20 公里内没有门店"));
  for (const auto* bad : {"lat=91&lng=0", "lat=nan&lng=1", "lat=1e999&lng=1", "lat=30", "%%%", ""}) {
    ASSERT_EQ(w.call("POST", kPage, {.parts = {"chain"}, .body = bad}), "200") << bad;
    EXPECT_TRUE(has(w, "请选择门店")) << bad;
  }
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"chain"}, .query = {{"store", "org_000000000000b"}}}), "200");
  EXPECT_TRUE(has(w, "西湖店"));
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"chain"}, .query = {{"store", "org_000000000000c"}}}), "200");
  EXPECT_TRUE(has(w, "客服暂时不在线")) << "closed, and nobody behind it";
  ASSERT_EQ(w.call("GET", kPage, {.parts = {"chain"}, .query = {{"store", "org_00000000000zz"}}}), "200");
  EXPECT_TRUE(has(w, "请选择门店")) << "a store that is not of this code";
}

// ---- pictures ---------------------------------------------------------------------------------------------------

/// Width and height in a PNG's header.
std::pair<int, int> png_size(std::string_view png) {
  const auto number = [&](std::size_t at) {
    int out = 0;
    for (std::size_t i = 0; i < 4; ++i) out = out << 8 | static_cast<unsigned char>(png[at + i]);
    return out;
  };
  return png.size() > 24 && png.starts_with("\x89PNG") ? std::pair(number(16), number(20)) : std::pair(0, 0);
}

TEST(CodePicture, IsAnSvgOrAPngOfTheSizeAskedFor) {
  EntryDesk w;
  const auto id = to_text(w.make(EntryWorld::spec_of(1), "poster-1").id);
  constexpr std::string_view kQr = "/v1/codes/{code}/qr";
  ASSERT_EQ(w.call("GET", kQr, {.parts = {id}}), "200");
  EXPECT_EQ(w.last.content_type, "image/svg+xml");
  EXPECT_TRUE(has(w, "width=\"512\"") && has(w, "viewBox=\"0 0 37 37\"")) << "29 modules and the quiet border";
  ASSERT_EQ(w.call("GET", kQr, {.parts = {id}, .query = {{"format", "png"}, {"size", "300"}}}), "200");
  EXPECT_EQ(w.last.content_type, "image/png");
  EXPECT_EQ(png_size(w.last.body), std::pair(300, 300));
  for (const auto* bad : {"63", "2049", "-1"}) EXPECT_EQ(w.call("GET", kQr, {.parts = {id}, .query = {{"size", bad}}}), "entry.qr_size") << bad;
  EXPECT_EQ(w.call("GET", kQr, {.parts = {id}, .query = {{"format", "gif"}}}), "entry.format");
  EXPECT_EQ(w.call("GET", kQr, {.parts = {"cod_0000000000009"}}), "entry.no_code");
  w.scope = Scope::of(Reach::own, StaffId{5}, "/1/11/");
  EXPECT_EQ(w.call("GET", kQr, {.parts = {id}}), "entry.no_code");
}

TEST(CodePicture, CarriesTheLogoUnlessAskedNotTo) {
  EntryDesk w;
  const auto id = to_text(w.make(EntryWorld::spec_of(1), "poster-1").id);
  constexpr std::string_view kLogo = "/v1/code-logo", kQr = "/v1/codes/{code}/qr";
  EXPECT_EQ(w.call("GET", kLogo), "entry.no_logo");
  EXPECT_EQ(w.call("PUT", kLogo, {.body = "GIF89a"}), "entry.logo");
  EXPECT_EQ(w.call("PUT", kLogo, {.body = std::string(100, '\0')}), "entry.logo");
  EXPECT_EQ(w.call("PUT", kLogo, {.body = std::string((1 << 20) + 1, 'x')}), "entry.logo");
  const auto logo = qr_png({.text = "logo", .pixels = 600, .logo = {}});
  ASSERT_EQ(outcome(logo), "ok");
  auto bomb = *logo;  // says it is 100,000 pixels wide
  bomb[16] = 0, bomb[17] = 1, bomb[18] = '\x86', bomb[19] = '\xa0';
  EXPECT_EQ(w.call("PUT", kLogo, {.body = bomb}), "entry.logo");
  ASSERT_EQ(w.call("PUT", kLogo, {.body = *logo}), "204");
  ASSERT_EQ(w.call("GET", kLogo), "200");
  EXPECT_EQ(png_size(w.last.body), std::pair(kLogoPixels, kLogoPixels));
  ASSERT_EQ(w.call("GET", kQr, {.parts = {id}}), "200");
  EXPECT_TRUE(has(w, "data:image/png;base64,") && !has(w, "viewBox=\"0 0 37 37\"")) << "more correction under a logo";
  ASSERT_EQ(w.call("GET", kQr, {.parts = {id}, .query = {{"logo", "false"}}}), "200");
  EXPECT_FALSE(has(w, "data:image/png"));
  ASSERT_EQ(w.call("DELETE", kLogo), "204");
  EXPECT_EQ(w.call("GET", kLogo), "entry.no_logo");
}

TEST(CodePicture, PrintsSheetsAndZips) {
  EntryDesk w;
  auto spec = EntryWorld::spec_of(1);
  spec.folder = "门店";
  std::string ids;
  for (int i = 0; i < 13; ++i) {
    spec.name = i < 2 ? "../同名/海报" : "海报 " + std::to_string(i);
    ids += (ids.empty() ? "" : ",") + to_text(w.make(spec).id);
  }
  constexpr std::string_view kSheet = "/v1/codes:sheet";
  ASSERT_EQ(w.call("GET", kSheet, {.query = {{"ids", ids}}}), "200");
  EXPECT_EQ(w.last.content_type, "application/pdf");
  EXPECT_TRUE(w.last.body.starts_with("%PDF-"));
  EXPECT_TRUE(w.header("Content-Disposition").starts_with("attachment; filename=\"codes.pdf\""));
  ASSERT_EQ(w.call("GET", kSheet, {.query = {{"ids", ids}, {"format", "zip"}}}), "200");
  EXPECT_EQ(w.last.content_type, "application/zip");
  EXPECT_TRUE(w.last.body.starts_with("PK\x03\x04"));
  EXPECT_TRUE(has(w, "-.-同名-海报-")) << "a name that is no way out of the folder";
  EXPECT_FALSE(has(w, "../同名"));
  ASSERT_EQ(w.call("GET", kSheet, {.query = {{"folder", "门店"}}}), "200");
  EXPECT_EQ(w.call("GET", kSheet, {.query = {{"folder", "没有"}}}), "entry.sheet_size");
  EXPECT_EQ(w.call("GET", kSheet), "entry.sheet_size");
  EXPECT_EQ(w.call("GET", kSheet, {.query = {{"ids", ""}}}), "http.no_such_id");
  EXPECT_EQ(w.call("GET", kSheet, {.query = {{"ids", "cod_0000000000009"}}}), "entry.no_code");
  EXPECT_EQ(w.call("GET", kSheet, {.query = {{"ids", ids}, {"format", "doc"}}}), "entry.format");
}

TEST(Visit, IdsBeginWithTheirTime) {
  EntryWorld w;
  std::string before;
  for (int i = 0; i < 5; ++i) {
    const auto id = w.write([](Tx& tx) -> Result<std::string> { return new_visitor(tx); }).value();
    EXPECT_EQ(id.size(), 21u);
    EXPECT_LT(before, id);
    before = id;
    w.pass(1);
  }
}

}  // namespace
}  // namespace koi::entry
