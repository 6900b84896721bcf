#include "app/sample/doors.h"

#include "entry/forms.h"
#include "entry/links.h"
#include "entry/pages.h"

namespace koi::app {
namespace {

constexpr std::string_view kFolder = "锦鲤茶铺";

entry::FormOption option(std::string key, std::string label, std::string tag, std::int64_t score = 0) {
  return {std::move(key), std::move(label), score, {std::move(tag)}, {}};
}

/// What the shop would like to know before it brews: who likes it fresh, who likes it sweet, who would come on the first day.
entry::FormSpec taste() {
  entry::FormSpec form;
  form.name = "秋冬新茶口味调研";
  form.folder = kFolder;
  form.channel = "会员短信";
  form.title = "新茶上市前，想先听听您的口味";
  form.intro = "三道题，半分钟。答完即可在上新当天优先尝鲜。";
  auto& kind = form.questions.emplace_back();
  kind.key = "kind";
  kind.title = "更期待哪一款？";
  kind.options = {option("osmanthus", "桂花乌龙", "口味/桂花", 2), option("pear", "冰糖雪梨", "口味/雪梨", 2), option("none", "都不太想试", "口味/观望")};
  kind.options[2].go = "why";
  auto& sweet = form.questions.emplace_back();
  sweet.key = "sweet";
  sweet.title = "平时点几分糖？";
  sweet.options = {option("full", "全糖", "甜度/全糖"), option("half", "半糖", "甜度/半糖"), option("less", "少糖或无糖", "甜度/少糖")};
  auto& when = form.questions.emplace_back();
  when.key = "first_day";
  when.title = "上新当天会来吗？";
  when.options = {option("yes", "会来", "上新意向/当天", 3), option("later", "过几天", "上新意向/过几天", 1)};
  when.go = std::string(entry::kFormEnd);
  auto& why = form.questions.emplace_back();
  why.key = "why";
  why.kind = entry::QuestionKind::text;
  why.title = "那您想喝点什么？";
  why.required = false;
  why.max = 200;
  form.once = entry::FormOnce::visitor;
  form.tags = {"参与新茶调研"};
  form.bands = {{4, 9, "首发尝鲜官", "上新当天出示本页，免费升杯。", {"首发尝鲜官"}}};
  return form;
}

entry::PageBlock block(entry::BlockKind kind, std::string title, std::string text) {
  entry::PageBlock out;
  out.kind = kind;
  out.title = std::move(title);
  out.text = std::move(text);
  return out;
}

entry::PageSpec launch() {
  entry::PageSpec page;
  page.name = "秋冬新茶";
  page.folder = kFolder;
  page.channel = "会员短信";
  page.title = "桂花开了，新茶来了";
  page.description = "桂花乌龙与冰糖雪梨，两款新茶等您来尝";
  page.blocks = {block(entry::BlockKind::text, "两款新茶", "当季鲜桂花窨制的乌龙；整颗雪梨慢炖的冰糖雪梨。"), block(entry::BlockKind::product, "桂花乌龙", "大杯 500 ml"),
                 block(entry::BlockKind::product, "冰糖雪梨", "大杯 500 ml，可热饮"), block(entry::BlockKind::form, "您更期待哪一款？", "")};
  page.blocks[1].price_fen = 1800;
  page.blocks[1].was_fen = 2200;
  page.blocks[2].price_fen = 1900;
  page.blocks[3].to = "new-tea-taste";
  return page;
}

entry::LinkSpec message() {
  entry::LinkSpec link;
  link.name = "新茶短信";
  link.folder = kFolder;
  link.channel = "会员短信";
  link.targets.resize(2);
  link.targets[0].kind = entry::TargetKind::page;
  link.targets[0].to = "new-tea";
  link.targets[0].name = "落地页";
  link.targets[1].kind = entry::TargetKind::form;
  link.targets[1].to = "new-tea-taste";
  link.targets[1].name = "直接答题";
  link.utm = {"sms", "message", "new-tea", {}, {}};
  link.fallback_text = "新茶季已结束，欢迎到店尝尝当季茶饮。";
  return link;
}

}  // namespace

Result<> open_doors(Tx& tx) {
  TRY(entry::create_form(tx, {taste(), "new-tea-taste", "sample:new-tea-taste"}));
  TRY(const auto page, entry::create_page(tx, {launch(), "new-tea", "sample:new-tea", "sample"}));
  TRY(entry::publish_page(tx, page.id, 0));
  TRY(entry::create_link(tx, {message(), "new-tea", "sample:new-tea-link"}));
  return {};
}

}  // namespace koi::app
