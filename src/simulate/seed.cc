/// The corp a seed tells of: a chain of shops, its guides, their customers, groups and tags.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "simulate/corp.h"

namespace koi::simulate {

namespace {

struct Syllable { std::string_view zh, latin; };
constexpr Syllable kFamily[] = {{"赵", "Zhao"}, {"李", "Li"}, {"王", "Wang"}, {"陈", "Chen"}, {"林", "Lin"}, {"周", "Zhou"}, {"吴", "Wu"},
    {"徐", "Xu"}, {"孙", "Sun"}, {"胡", "Hu"}, {"朱", "Zhu"}, {"高", "Gao"}, {"何", "He"}, {"郭", "Guo"}, {"马", "Ma"}, {"罗", "Luo"},
    {"梁", "Liang"}, {"宋", "Song"}, {"郑", "Zheng"}, {"谢", "Xie"}, {"韩", "Han"}, {"唐", "Tang"}, {"冯", "Feng"}, {"邓", "Deng"}};
constexpr Syllable kGiven[] = {{"敏", "Min"}, {"华", "Hua"}, {"静", "Jing"}, {"磊", "Lei"}, {"洋", "Yang"}, {"艳", "Yan"}, {"勇", "Yong"},
    {"杰", "Jie"}, {"娟", "Juan"}, {"涛", "Tao"}, {"明", "Ming"}, {"超", "Chao"}, {"霞", "Xia"}, {"平", "Ping"}, {"刚", "Gang"},
    {"玲", "Ling"}, {"雪", "Xue"}, {"婷", "Ting"}, {"宇", "Yu"}, {"浩", "Hao"}, {"欣怡", "Xinyi"}, {"子涵", "Zihan"}, {"思远", "Siyuan"},
    {"佳琪", "Jiaqi"}};
constexpr std::string_view kNicknames[] = {"小鱼儿", "平安喜乐", "一只橘猫", "阿May", "Lily🌸", "风轻云淡", "奶茶三分糖", "王师傅装修", "糖糖妈妈",
    "老张", "Kevin", "木子", "晚风", "向日葵", "锦鲤本鲤", "早睡早起", "A 水果批发", "大白", "Echo", "不吃香菜"};
constexpr std::string_view kShops[] = {"杭州西湖店", "杭州滨江店", "上海静安店", "南京新街口店", "苏州观前店", "宁波天一店", "成都春熙店", "深圳福田店"};

constexpr std::int64_t kShopsOf = 3;  // the department all shops stand under

template <std::size_t N, class T>
const T& pick(Rng& rng, const T (&from)[N]) { return from[rng.below(N)]; }

std::string customer_name(Rng& rng) {
  switch (rng.below(3)) {
    case 0: return std::string(pick(rng, kNicknames));
    case 1: return "小" + std::string(pick(rng, kFamily).zh);
    default: break;
  }
  const auto family = pick(rng, kFamily).zh;
  return std::string(family) + std::string(pick(rng, kGiven).zh);
}

void make_departments(Corp& corp) {
  corp.departments = {{1, 0, 100, corp.name}, {2, 1, 200, "总部"}, {kShopsOf, 1, 100, "门店"}};
  std::int64_t id = 11;
  for (const auto shop : kShops) corp.departments.push_back({id, kShopsOf, 1000 - id, std::string(shop)}), ++id;
}

/// From five people on, the last has no verified name and the one before never activated the account.
void make_staff(Corp& corp, const CorpShape& shape, Rng& rng) {
  for (int i = 0; i < shape.staff; ++i) {
    const auto& family = kFamily[static_cast<std::size_t>(i) % std::size(kFamily)];
    const auto& given = kGiven[static_cast<std::size_t>(i + i / 24 * 7) % std::size(kGiven)];
    Staff s;
    s.userid = fmt::format("{}{}", family.latin, given.latin);
    if (i >= 24) s.userid += std::to_string(i);
    s.name = fmt::format("{}{}", family.zh, given.zh);
    s.mobile = fmt::format("138{:08}", rng.below(100'000'000));
    s.departments = {i == 0 ? 2 : 11 + static_cast<std::int64_t>(rng.below(std::size(kShops)))};
    s.position = i == 0 ? "运营" : "导购";
    s.leader = i == 0;
    if (shape.staff >= 5 && i == shape.staff - 1) s.real_name = false;
    if (shape.staff >= 5 && i == shape.staff - 2) s.status = 4;
    corp.add_staff(std::move(s));
  }
}

/// The caller's own people, in the shops the caller names.
void make_guides(Corp& corp, const CorpShape& shape) {
  std::map<std::string, std::int64_t> shops;
  for (const auto& d : corp.departments) shops.emplace(d.name, d.id);
  for (const auto& guide : shape.guides) {
    const auto [shop, fresh] = shops.emplace(guide.shop, corp.departments.back().id + 1);
    if (fresh) corp.departments.push_back({shop->second, kShopsOf, 1000 - shop->second, guide.shop});
    Staff s;
    s.userid = guide.userid;
    s.name = guide.name;
    s.departments = {shop->second};
    s.position = "导购";
    corp.add_staff(std::move(s));
  }
}

void make_tags(Corp& corp, Rng& rng, Seconds now) {
  constexpr std::pair<std::string_view, std::array<std::string_view, 3>> kTags[] = {
      {"来源", {"门店", "公众号", "朋友推荐"}}, {"偏好", {"无糖", "热饮", "新品尝鲜"}}, {"等级", {"银卡", "金卡", "黑卡"}}};
  std::int64_t order = 100;
  for (const auto& [name, tags] : kTags) {
    TagGroup g{fresh_id(rng, "et", 32), std::string(name), {}, now - 90 * 86'400, order--, {}};
    std::int64_t inner = 10;
    for (const auto tag : tags) g.tags.push_back({fresh_id(rng, "et", 32), std::string(tag), g.created, inner--});
    corp.tags.push_back(std::move(g));
  }
}

void make_relations(Corp& corp, const std::vector<StaffNo>& guides, CustomerNo customer, Rng& rng, Seconds now) {
  if (guides.empty()) return;
  const auto first = rng.below(guides.size());
  const auto many = rng.below(5) == 0 && guides.size() > 1 ? 2u : 1u;
  for (std::size_t k = 0; k < many; ++k) {
    const auto staff = guides[(first + k) % guides.size()];
    Relation r;
    r.created = now - 3600 - static_cast<Seconds>(rng.below(180 * 86'400));
    r.add_way = rng.below(3) == 0 ? 3 : 1;
    r.oper = corp.customers[customer].id;
    r.chatted = rng.below(4) != 0;
    if (rng.below(3) == 0) {
      const auto& group = corp.tags[rng.below(corp.tags.size())];
      r.tags.push_back(group.tags[rng.below(group.tags.size())].id);
    }
    corp.befriend(staff, customer, std::move(r));
  }
}

void make_group(Corp& corp, std::string id, std::string name, StaffNo owner, Rng& rng, Seconds now) {
  Group g;
  g.id = std::move(id);
  g.name = std::move(name);
  g.owner = owner;
  g.created = now - static_cast<Seconds>(86'400 * (10 + rng.below(90)));
  g.notice = "每周五上新";
  g.members.push_back({true, g.owner, g.created, 1, {}, {}});
  for (const auto& [customer, relation] : corp.staff[g.owner].customers) {
    if (g.members.size() >= 60) break;
    if (rng.below(3) != 0) g.members.push_back({false, customer, g.created + 600, 1, corp.staff[g.owner].userid, {}});
  }
  corp.add_group(std::move(g));
}

void make_groups(Corp& corp, const CorpShape& shape, const std::vector<StaffNo>& guides, Rng& rng, Seconds now) {
  for (int i = 0; i < shape.groups && !guides.empty(); ++i) {
    auto id = fresh_id(rng, "wr", 32);
    make_group(corp, std::move(id), fmt::format("会员福利群{}", i + 1), guides[static_cast<std::size_t>(i) % guides.size()], rng, now);
  }
  for (const auto& chat : shape.chats)
    if (const auto owner = std::ranges::find(corp.staff, chat.owner, &Staff::userid); owner != corp.staff.end())
      make_group(corp, chat.id, chat.name, static_cast<StaffNo>(owner - corp.staff.begin()), rng, now);
}

}  // namespace

Customer make_customer(Rng& rng) {
  Customer c;
  const bool wecom = rng.below(25) == 0;
  c.type = wecom ? 2 : 1;
  c.id = fresh_id(rng, wecom ? "wo" : "wm", 32);
  if (!wecom) c.unionid = fresh_id(rng, "oU", 28);
  c.name = customer_name(rng);
  c.gender = static_cast<std::uint8_t>(rng.below(3));
  return c;
}

Corp make_corp(const CorpShape& shape, Seconds now) {
  Rng rng(shape.seed);
  Corp corp;
  corp.id = fresh_id(rng, "ww", 18);
  if (!shape.corp_id.empty()) corp.id = shape.corp_id;
  corp.name = shape.name.empty() ? "锦鲤茶饮" : shape.name;
  make_departments(corp);
  make_staff(corp, shape, rng);
  make_guides(corp, shape);
  make_tags(corp, rng, now);
  std::vector<StaffNo> guides;
  for (StaffNo i = 0; i < corp.staff.size(); ++i)
    if (corp.staff[i].works() && corp.staff[i].real_name) guides.push_back(i);
  for (int i = 0; i < shape.customers; ++i) make_relations(corp, guides, corp.add_customer(make_customer(rng)), rng, now);
  make_groups(corp, shape, guides, rng, now);
  return corp;
}

}  // namespace koi::simulate
