// Products of the album come to stand at the platform as they are wanted, once.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "commerce/tests/desk_call.h"
#include "connect/tests/wecom_door.h"
#include "connect/wecom/albums/albums.h"

namespace koi::connect::wecom::testing {
namespace {

constexpr std::string_view kAddAlbum = "externalcontact/add_product_album", kUpdateAlbum = "externalcontact/update_product_album";

struct AlbumsWorld : SyncWorld {
  AlbumsWorld() : SyncWorld(corp_shape(2, 2, 1)) {
    EXPECT_EQ(outcome(w.write([&](Tx& tx) {
      return put_corp(tx, {.corp_id = corp, .name = "锦鲤", .base_url = {}, .secret = "s", .token = std::string(kDoorToken), .aes_key = std::string(kDoorAes), .agent_id = {}, .disabled = {}}, std::string(32, 'k'));
    })), "ok");
    sync();
  }
  MediaId picture(std::string_view what = "front") {
    const auto bytes = "\x89PNG\r\n\x1a\n" + std::string(what);
    const auto kept = w.write([&](Tx& tx) { return keep_media(tx, {std::string(what) + ".png", bytes}); });
    EXPECT_EQ(outcome(kept), "ok");
    return kept ? kept->id : MediaId{};
  }
  AlbumSpec spec(std::string description = "明前龙井 250 克") { return {.description = std::move(description), .price = 26'800, .sn = "TEA250", .pictures = {picture("front"), picture("back")}}; }
  Result<AlbumProduct> create(AlbumSpec s) { return w.write([&](Tx& tx) { return create_album(tx, corp, {.spec = s, .by = "test"}); }); }
  AlbumProduct product(AlbumProductId id) {
    auto r = w.read([&](Tx& tx) { return find_album(tx, id); });
    EXPECT_EQ(outcome(r), "ok");
    return r.value_or(AlbumProduct{});
  }
  void edit(AlbumProductId id, AlbumSpec s) { EXPECT_EQ(outcome(w.write([&](Tx& tx) { return edit_album(tx, id, {.spec = s, .by = "test"}); })), "ok"); }
  void drop(AlbumProductId id) { EXPECT_EQ(outcome(w.write([&](Tx& tx) { return delete_album(tx, id); })), "ok"); }
  void retry(AlbumProductId id) { EXPECT_EQ(outcome(w.write([&](Tx& tx) { return retry_album(tx, id); })), "ok"); }
  AlbumsDone tend() {
    auto done = tend_albums(db(), platform, corp);
    EXPECT_EQ(outcome(done), "ok");
    return done.value_or(AlbumsDone{});
  }
  auto& there() { return sim.world.books.albums; }
  const simulate::Album& only() { return there().begin()->second; }
  void fault(std::string_view path, std::string_view kind, int errcode = -1, int times = 1) {
    sim.sim("faults", {{"path", path}, {"kind", kind}, {"errcode", errcode}, {"times", times}, {"ms", 3'600'000}});
  }
};

TEST(WecomAlbums, WhatIsWantedIsMadeChangedAndDeleted) {
  AlbumsWorld x;
  const auto made = x.create(x.spec(" 明前龙井 250 克 "));
  ASSERT_EQ(outcome(made), "ok");
  EXPECT_EQ(made->state, "making");
  EXPECT_EQ(x.tend().made, 1);
  ASSERT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.only().description, "明前龙井 250 克");
  EXPECT_EQ(x.only().price, 26'800);
  EXPECT_EQ(x.only().sn, "TEA250");
  EXPECT_EQ(json::parse(x.only().attachments).as_array().size(), 2u);
  EXPECT_EQ(x.product(made->id).state, "well");
  EXPECT_EQ(x.tend().made, 0) << "nothing more to do";

  auto next = x.spec("明前龙井 礼盒");
  next.price = 0, next.sn = "", next.pictures = {x.picture("gift")};
  x.edit(made->id, next);
  EXPECT_EQ(x.product(made->id).state, "making");
  EXPECT_EQ(x.tend().changed, 1);
  ASSERT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.only().description, "明前龙井 礼盒");
  EXPECT_EQ(x.only().price, 0);
  EXPECT_EQ(x.only().sn, "");
  EXPECT_EQ(json::parse(x.only().attachments).as_array().size(), 1u);

  x.drop(made->id);
  EXPECT_EQ(x.tend().deleted, 1);
  EXPECT_TRUE(x.there().empty());
  EXPECT_EQ(x.w.count("connect_wecom_album"), 0);
  x.drop(made->id);
}

TEST(WecomAlbums, AnAnswerThatNeverCameIsLookedForNotAskedForAgain) {
  AlbumsWorld x;
  const auto made = x.create(x.spec());
  x.fault(kAddAlbum, "unknown");  // done, and nobody hears of it
  EXPECT_EQ(x.tend().waiting, 1);
  EXPECT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.product(made->id).state, "unknown");
  x.edit(made->id, x.spec("改了描述"));
  EXPECT_EQ(x.tend().made, 0) << "a late request may still be on its way";
  x.pass(61);
  const auto done = x.tend();
  EXPECT_EQ(done.adopted, 1);
  EXPECT_EQ(done.changed, 1);
  EXPECT_EQ(done.made, 0);
  ASSERT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.only().description, "改了描述");
  EXPECT_EQ(x.product(made->id).state, "well");
}

TEST(WecomAlbums, TwoThatLookAlikeAreNeverTakenForOne) {
  AlbumsWorld x;
  const auto first = x.create(x.spec());
  x.tend();
  const auto twin = x.create(x.spec());
  x.fault(kAddAlbum, "hang");
  EXPECT_EQ(x.tend().waiting, 1);
  x.pass(61);
  EXPECT_EQ(x.tend().made, 1) << "the one that is there is the first's";
  EXPECT_EQ(x.there().size(), 2u);
  EXPECT_NE(x.product(first->id).product_id, x.product(twin->id).product_id);
}

TEST(WecomAlbums, OneThatIsDeletedBeforeItsAnswerLeavesNothingBehind) {
  AlbumsWorld x;
  const auto made = x.create(x.spec());
  x.fault(kAddAlbum, "unknown");
  x.tend();
  x.drop(made->id);
  EXPECT_EQ(x.w.count("connect_wecom_album"), 1) << "something may be there";
  x.pass(61);
  EXPECT_EQ(x.tend().deleted, 1);
  EXPECT_TRUE(x.there().empty());
  EXPECT_EQ(x.w.count("connect_wecom_album"), 0);

  const auto never = x.create(x.spec());
  x.drop(never->id);
  EXPECT_EQ(x.w.count("connect_wecom_album"), 0) << "nothing was asked for";
}

TEST(WecomAlbums, ARefusalStandsOnTheProductAndIsTriedAgainLater) {
  AlbumsWorld x;
  const auto made = x.create(x.spec());
  x.fault(kAddAlbum, "error", 48002);
  EXPECT_EQ(x.tend().refused, 1);
  EXPECT_EQ(x.product(made->id).state, "refused");
  EXPECT_TRUE(x.product(made->id).detail.starts_with("48002")) << x.product(made->id).detail;
  EXPECT_EQ(x.tend().made, 0) << "not at once";
  x.pass(3601);
  EXPECT_EQ(x.tend().made, 1);
  EXPECT_EQ(x.product(made->id).state, "well");

  x.edit(made->id, x.spec("新描述"));
  x.fault(kUpdateAlbum, "error", 40058);
  EXPECT_EQ(x.tend().refused, 1);
  EXPECT_EQ(x.there().size(), 1u) << "bad content is not a bad number";
  x.retry(made->id);
  EXPECT_EQ(x.tend().changed, 1);
  EXPECT_EQ(x.only().description, "新描述");

  x.drop(made->id);
  x.fault("externalcontact/delete_product_album", "error", 48002);
  EXPECT_EQ(x.tend().refused, 1);
  EXPECT_EQ(x.there().size(), 1u);
  const auto leaving = x.w.read([](Tx& tx) { return list_albums(tx); });
  ASSERT_TRUE(leaving && leaving->size() == 1);
  EXPECT_EQ(leaving->front().state, "leaving");
  EXPECT_TRUE(leaving->front().detail.starts_with("48002"));
  x.retry(made->id);
  EXPECT_EQ(x.tend().deleted, 1);
  EXPECT_TRUE(x.there().empty());
}

TEST(WecomAlbums, ABusyPlatformIsNobodysFault) {
  AlbumsWorld x;
  const auto made = x.create(x.spec());
  x.tend();
  x.edit(made->id, x.spec("新描述"));
  x.fault(kUpdateAlbum, "error", -1, 9);
  EXPECT_EQ(outcome(tend_albums(x.db(), x.platform, x.corp)), "connect.wecom_busy");
  EXPECT_EQ(x.product(made->id).state, "making");
  x.sim.sim("faults", {}, "DELETE");
  EXPECT_EQ(x.tend().changed, 1);
}

TEST(WecomAlbums, OneDeletedThereIsSaidAndMadeAnewWhenAsked) {
  AlbumsWorld x;
  const auto made = x.create(x.spec());
  x.tend();
  x.there().clear();
  EXPECT_EQ(x.tend().gone, 0) << "looked at every six hours";
  x.pass(6 * 3600 + 1);
  EXPECT_EQ(x.tend().gone, 1);
  EXPECT_EQ(x.product(made->id).state, "gone");
  x.pass(7200);
  x.tend();
  EXPECT_TRUE(x.there().empty()) << "not made anew by itself";
  x.retry(made->id);
  EXPECT_EQ(x.tend().made, 1);
  EXPECT_EQ(x.product(made->id).state, "well");

  x.there().clear();  // and when nobody looked
  x.edit(made->id, x.spec("还要它"));
  x.tend();
  x.tend();
  EXPECT_EQ(x.product(made->id).state, "well");
  ASSERT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.only().description, "还要它");

  x.there().clear();
  x.drop(made->id);
  x.fault("externalcontact/delete_product_album", "error", 41074);  // whatever the number of the refusal
  EXPECT_EQ(x.tend().deleted, 1) << "what is not there need not be taken away";
}

TEST(WecomAlbums, MoreThanAPageIsReadToItsEnd) {
  AlbumsWorld x;
  auto s = x.spec();
  for (int i = 0; i < 130; ++i) ASSERT_EQ(outcome(x.create(s)), "ok");
  for (int i = 0; i < 3; ++i) x.tend();
  EXPECT_EQ(x.there().size(), 130u);
  x.there().erase(x.there().begin());
  x.pass(6 * 3600 + 1);
  EXPECT_EQ(x.tend().gone, 1);
}

TEST(WecomAlbums, APlatformMadeAnewGetsThemAll) {
  AlbumsWorld x;
  const auto made = x.create(x.spec());
  x.tend();
  x.there().clear();
  x.sim.world.books.media.clear();
  ASSERT_EQ(outcome(x.w.write([&](Tx& tx) -> Result<> {
    TRY(forget_brought_media(tx, x.corp));
    return forget_made_albums(tx, x.corp);
  })), "ok");
  EXPECT_EQ(x.tend().made, 1);
  EXPECT_EQ(x.there().size(), 1u);
  EXPECT_EQ(x.product(made->id).state, "well");
}

TEST(WecomAlbums, AListThatIsRefusedIsShown) {
  AlbumsWorld x;
  ASSERT_EQ(outcome(x.create(x.spec())), "ok");
  x.fault("externalcontact/get_product_album_list", "error", 48002);
  x.tend();
  const auto looks = x.w.read([](Tx& tx) { return album_looks(tx); });
  ASSERT_TRUE(looks && looks->size() == 1);
  EXPECT_TRUE(looks->front().detail.starts_with("48002"));
  x.pass(6 * 3600 + 1);
  x.tend();
  EXPECT_EQ(x.w.read([](Tx& tx) { return album_looks(tx); })->front().error, "");
}

TEST(WecomAlbums, APictureInTheAlbumCannotBeDropped) {
  AlbumsWorld x;
  const auto s = x.spec();
  const auto made = x.create(s);
  const auto drop = [&] { return outcome(x.w.write([&](Tx& tx) { return drop_media(tx, s.pictures[1]); })); };
  EXPECT_EQ(drop(), "connect.media_in_use");
  x.drop(made->id);
  EXPECT_EQ(drop(), "ok");
}

TEST(WecomAlbums, FollowTheTable) {
  AlbumsWorld x;
  const auto file = x.w.write([&](Tx& tx) { return keep_media(tx, {"说明.txt", "only letters"}); })->id;
  const auto with = [&](auto&& change) {
    auto s = x.spec();
    change(s);
    return s;
  };
  const struct { AlbumSpec spec; std::string want; } rows[] = {
      {with([](auto& s) { s.description = " "; }), "connect.album_description"},
      {with([](auto& s) { s.description = "\xff"; }), "connect.album_description"},
      {with([](auto& s) { s.description = std::string(301, 'a'); }), "connect.album_description"},
      {with([](auto& s) { s.description = std::string(300, 'a'); }), "ok"},
      {with([](auto& s) { s.price = -1; }), "connect.album_price"},
      {with([](auto& s) { s.price = 5'000'001; }), "connect.album_price"},
      {with([](auto& s) { s.price = 5'000'000; }), "ok"},
      {with([](auto& s) { s.sn = "茶-250"; }), "connect.album_sn"},
      {with([](auto& s) { s.sn = std::string(129, '1'); }), "connect.album_sn"},
      {with([](auto& s) { s.pictures = {}; }), "connect.album_pictures"},
      {with([](auto& s) { s.pictures.push_back(s.pictures[0]); }), "connect.album_pictures"},
      {with([&](auto& s) { for (int i = 0; i < 8; ++i) s.pictures.push_back(x.picture(std::to_string(i))); }), "connect.album_pictures"},
      {with([](auto& s) { s.pictures.push_back(MediaId{1}); }), "connect.no_media"},
      {with([&](auto& s) { s.pictures.push_back(file); }), "connect.album_picture"},
  };
  for (const auto& row : rows) EXPECT_EQ(outcome(x.create(row.spec)), row.want);
  const auto good = x.spec();
  EXPECT_EQ(outcome(x.w.write([&](Tx& tx) { return create_album(tx, "wwnobody", {.spec = good, .by = {}}); })), "connect.no_corp");
  EXPECT_EQ(x.w.count("connect_wecom_album"), 2);
}

/// Whatever goes wrong in whatever order, one product stands there in the end, as it was written last.
TEST(WecomAlbums, EndsAsItWasWrittenLast) {
  AlbumsWorld x;
  const auto pictures = x.spec().pictures;
  const auto named = [&](int n) { return AlbumSpec{.description = "商品" + std::to_string(n), .price = n, .sn = {}, .pictures = pictures}; };
  EXPECT_TRUE(rc::check([&] {
    auto made = x.create(named(0));
    RC_ASSERT(made.has_value());
    int name = 0;
    const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 7));
    for (const auto step : steps) {
      if (step == 0) x.edit(made->id, named(++name));
      if (step == 1) x.fault(kAddAlbum, "unknown");
      if (step == 2) x.fault(kUpdateAlbum, "unknown");
      if (step == 3) x.fault(kAddAlbum, "hang");
      if (step == 4) x.pass(61);
      if (step >= 5) (void)tend_albums(x.db(), x.platform, x.corp);
    }
    x.sim.sim("faults", {}, "DELETE");
    for (int i = 0; i < 3; ++i) x.pass(61), x.tend();
    RC_ASSERT(x.there().size() == 1u);
    RC_ASSERT(x.only().description == "商品" + std::to_string(name));
    RC_ASSERT(x.product(made->id).state == "well");
    x.drop(made->id);
    x.tend();
    RC_ASSERT(x.there().empty());
  }));
}

TEST(WecomAlbumsApi, WritesWithTheVersionInHand) {
  AlbumsWorld x;
  const auto ask = [&](std::string_view method, std::string_view path, std::string body = {}, std::string product = {}) {
    return koi::testing::DeskCall(x.db(), Scope::everything("test"), std::move(body)).at("product", product).send(album_routes(), method, path);
  };
  const auto body = R"("description":"明前龙井","price":26800,"sn":"TEA250","pictures":[")" + to_text(x.picture()) + "\"]}";
  const auto made = ask("POST", "/v1/album-products", R"({"corp_id":")" + x.corp + "\"," + body);
  EXPECT_NE(made.find(R"("state":"making")"), made.npos) << made;
  const std::string id(json::parse(made).at("id").as_string());
  EXPECT_TRUE(id.starts_with("alb_"));
  EXPECT_NE(ask("PUT", "/v1/album-products/{product}", "{" + body, id).find(R"("ver":2)"), std::string::npos);
  x.tend();
  EXPECT_NE(ask("GET", "/v1/album-products").find(R"("state":"well")"), std::string::npos);
  EXPECT_NE(ask("GET", "/v1/album-products/{product}", {}, id).find(R"("price":26800)"), std::string::npos);
  EXPECT_NE(ask("POST", "/v1/album-products/{product}:retry", {}, id).find(R"("ver":3)"), std::string::npos);
  EXPECT_EQ(ask("DELETE", "/v1/album-products/{product}", {}, id), "");
  x.tend();
  EXPECT_NE(ask("GET", "/v1/album-products").find(R"("data":[])"), std::string::npos);
  EXPECT_TRUE(ask("GET", "/v1/album-products/{product}", {}, id).starts_with("connect.no_album"));
}

}  // namespace
}  // namespace koi::connect::wecom::testing
