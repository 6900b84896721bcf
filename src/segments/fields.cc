#include "segments/fields.h"

#include <algorithm>

namespace koi::segments {
namespace {

constexpr Fact kFacts[] = {
    {"stage", Type::text, "生命周期阶段", "life stage"},
    {"channel", Type::text, "来源渠道", "channel"},
    {"store", Type::text, "归属门店", "store"},
    {"staff", Type::text, "归属员工", "owner"},
    {"staff.name", Type::text, "归属员工姓名", "owner's name"},
    {"staff.store", Type::text, "归属员工所在门店", "owner's place"},
    {"created_at", Type::time, "建档时间", "time of creation"},
    {"first_seen_at", Type::time, "首次出现时间", "time first seen"},
    {"last_seen_at", Type::time, "最近出现时间", "time last seen"},
    {"member_no", Type::text, "会员号", "member number"},
    {"orders", Type::number, "订单数", "orders"},
    {"paid", Type::money, "累计支付", "amount paid"},
    {"refunded", Type::money, "累计退款", "amount refunded"},
    {"first_paid_at", Type::time, "首次支付时间", "time of the first payment"},
    {"last_paid_at", Type::time, "最近支付时间", "time of the last payment"},
    {"inviter", Type::text, "邀请人", "inviter"},
    {"tags", Type::set, "标签", "tags"},
    {"friends", Type::set, "好友员工", "staff befriended"},
    {"groups", Type::set, "所在群聊", "group chats"},
    {"relation.state", Type::set, "与员工{0}的好友状态", "state of the relation with staff {0}", 0, 1},
    {"relation.days", Type::number, "与员工{0}成为好友的天数", "days since befriending staff {0}", 0, 1},
    {"referrals", Type::number, "{0}级以内邀请人数", "people brought up to depth {0}", 1, 1},
    {"has_id", Type::boolean, "有标识{0}", "has an identifier {0}", 1, 1},
    {"reachable", Type::boolean, "{0}可触达({1})", "is reachable on {0} for {1}", 2, 2},
    {"consent", Type::text, "{0}的{1}授权", "consent for {0} {1}", 2, 2},
};

struct TypeName { std::string_view zh, en; };
constexpr TypeName kTypeNames[] = {{"任意", "any"}, {"文本", "text"}, {"数字", "number"}, {"金额", "money"},
                                   {"是否", "true or false"}, {"日期", "date"}, {"时间", "time"}, {"时长", "duration"},
                                   {"集合", "set"}, {"列表", "list"}, {"对象", "object"}};

}  // namespace

std::string_view type_name(Type type, bool zh) {
  const auto& name = kTypeNames[static_cast<std::size_t>(type)];
  return zh ? name.zh : name.en;
}

Said type_said(Type type) { return {std::string(type_name(type, false)), std::string(type_name(type, true))}; }

std::span<const Fact> facts() { return kFacts; }

const Fact* find_fact(std::string_view name) {
  const auto at = std::ranges::find(kFacts, name, &Fact::name);
  return at == std::end(kFacts) ? nullptr : at;
}

std::vector<std::string_view> fact_names() {
  std::vector<std::string_view> out;
  for (const auto& fact : kFacts) out.push_back(fact.name);
  return out;
}

}  // namespace koi::segments
