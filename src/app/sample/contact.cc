#include "app/sample/contact.h"

#include <fmt/format.h>

#include <algorithm>
#include <numbers>

#include "app/sample/sample.h"
#include "app/sample/setting.h"
#include "connect/wecom/albums/albums.h"
#include "connect/wecom/mass/mass.h"
#include "connect/wecom/media/media.h"
#include "connect/wecom/moments/moments.h"
#include "connect/wecom/rules/rules.h"
#include "entry/draw.h"
#include "store/trail.h"

namespace koi::app {

namespace {

namespace wecom = connect::wecom;

constexpr std::string_view kBy = "锦鲤茶铺", kFurnished = "sample.contact";
constexpr int kSide = 480;
/// The corp's staff have been read by then.
constexpr auto kMomentAfter = std::chrono::minutes(5);
/// The box's customers are met when it is first opened.
constexpr auto kNewFriend = std::chrono::days(1);

struct Colour { double r, g, b; };
struct Cup { std::string_view sku, line; Colour tea, wall; };
constexpr Cup kCups[] = {
    {"T003", "鸭屎香单丛现萃，手打香水柠檬，夏天就喝这一杯", {0.93, 0.72, 0.22}, {0.98, 0.95, 0.84}},
    {"T009", "一杯约 20 颗巨峰葡萄，当天现剥", {0.47, 0.25, 0.55}, {0.93, 0.89, 0.96}},
    {"T001", "横县茉莉七窨一提，清香不苦", {0.62, 0.71, 0.36}, {0.92, 0.95, 0.88}},
    {"T012", "四款茶叶各 50 克，配一对锦鲤杯，可代写贺卡", {0.78, 0.29, 0.18}, {0.98, 0.91, 0.87}},
};

/// A glass of it on a plain wall: good enough to tell four teas apart.
std::string picture_of(const Cup& cup) {
  const entry::Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, kSide, kSide));
  const entry::Pen pen(cairo_create(surface.get()));
  auto* p = pen.get();
  const auto fill = [&](Colour c, double alpha) {
    cairo_set_source_rgba(p, c.r, c.g, c.b, alpha);
    cairo_fill(p);
  };
  const auto sides = [&](double top, double bottom, double top_half, double bottom_half) {
    cairo_move_to(p, 240 - top_half, top);
    cairo_line_to(p, 240 + top_half, top);
    cairo_line_to(p, 240 + bottom_half, bottom);
    cairo_line_to(p, 240 - bottom_half, bottom);
    cairo_close_path(p);
  };
  cairo_rectangle(p, 0, 0, kSide, kSide);
  fill(cup.wall, 1);
  cairo_rectangle(p, 0, 380, kSide, 100);
  fill(cup.tea, 0.18);
  sides(110, 400, 96, 70);
  fill({1, 1, 1}, 0.75);
  sides(176, 392, 84, 66);
  fill(cup.tea, 1);
  for (const auto& [x, y] : {std::pair{205.0, 205.0}, {262.0, 228.0}, {228.0, 262.0}}) {
    cairo_arc(p, x, y, 21, 0, 2 * std::numbers::pi);
    fill({1, 1, 1}, 0.35);
  }
  cairo_set_line_width(p, 13);
  cairo_set_line_cap(p, CAIRO_LINE_CAP_ROUND);
  cairo_set_source_rgb(p, 0.78, 0.29, 0.18);
  cairo_move_to(p, 262, 300);
  cairo_line_to(p, 300, 56);
  cairo_stroke(p);
  return entry::png_of(surface.get());
}

/// The first tea's picture, for the moment.
Result<wecom::MediaId> fill_album(Tx& tx, const std::string& corp) {
  wecom::MediaId first;
  for (const auto& cup : kCups) {
    const auto tea = std::ranges::find(setting::teas(), cup.sku, &setting::Tea::sku);
    const auto png = picture_of(cup);
    TRY(const auto media, wecom::keep_media(tx, {fmt::format("{}.png", tea->title), png}));
    if (&cup == kCups) first = media.id;
    TRY(wecom::create_album(tx, corp, {{fmt::format("{}：{}", tea->title, cup.line), tea->price_fen, std::string(cup.sku), {media.id}}, std::string(kBy)}));
  }
  return first;
}

Result<> write_rules(Tx& tx, const std::string& corp) {
  const auto rule = [&](std::string_view name, std::vector<std::string> words, std::vector<std::string> semantics, std::string_view kind) {
    wecom::RuleSpec spec;
    spec.name = name, spec.words = std::move(words), spec.semantics = std::move(semantics), spec.kind = kind, spec.everybody = true;
    return wecom::create_rule(tx, corp, {spec, std::string(kBy)});
  };
  TRY(rule("私下收款", {"转我微信", "转到我支付宝", "私人收款码"}, {"red_packet"}, "block"));
  TRY(rule("夸大宣传", {"全网最低", "包治", "第一品牌", "绝对有效"}, {}, "warn"));
  return {};
}

Result<> write_messages(Tx& tx, const std::string& corp, wecom::MediaId picture) {
  const auto house = Scope::everything("sample");
  entry::WelcomePart part;
  part.kind = "image", part.media = to_text(picture);
  wecom::MassSpec people;
  people.name = "新朋友 · 鸭屎香回归", people.text = "谢谢您加我好友，鸭屎香柠檬茶回来了，到店报手机号享会员价。", people.parts = {part};
  people.audience.created_from = tx.now() - kNewFriend;
  TRY(wecom::create_mass(tx, house, {corp, "person", people, std::string(kBy)}));
  wecom::MassSpec groups;
  groups.name = "周五门店群早安", groups.text = "今天到店任意两杯，第二杯半价。群里接龙的朋友先留杯~";
  TRY(wecom::create_mass(tx, house, {corp, "group", groups, std::string(kBy)}));
  wecom::MomentSpec moment;
  moment.name = "鸭屎香上新", moment.text = "香水柠檬到货了，今天起每店限量 60 杯。", moment.parts = {part};
  TRY(const auto made, wecom::create_moment(tx, house, {corp, moment, std::string(kBy)}));
  TRY(wecom::start_moment(tx, house, made.id, tx.now() + kMomentAfter));
  return {};
}

}  // namespace

Result<> furnish_contact(Db& db, const std::string& corp) {
  TRY(const auto due, db.read([](Tx& tx) -> Result<bool> {
    TRY(const auto sample, store::setting(tx, kSeedKept));
    TRY(const auto done, store::setting(tx, kFurnished));
    return sample && !done;
  }));
  if (!due) return {};
  return db.write([&](Tx& tx) -> Result<> {
    TRY(const auto picture, fill_album(tx, corp));
    TRY(write_rules(tx, corp));
    TRY(write_messages(tx, corp, picture));
    return store::set_setting(tx, kFurnished, "1");
  });
}

}  // namespace koi::app
