#include "team/policy.h"

#include <algorithm>
#include <array>
#include <utility>

namespace koi::team {
namespace {

constexpr unsigned bit(Role role) { return 1u << static_cast<unsigned>(role); }
constexpr unsigned A = bit(Role::admin), M = bit(Role::manager), O = bit(Role::operator_), N = bit(Role::analyst),
                   G = bit(Role::guide), I = bit(Role::integrator), C = bit(Role::compliance), F = bit(Role::finance);
constexpr unsigned kEveryone = A | M | O | N | G | I | C | F;
constexpr bool kStrong = true;

// In the order of the alphabet: found by binary search, and a missing or doubled line is seen at a glance.
constexpr PolicyLine kPolicy[] = {
    {"answer.export", A | M | O | N, kStrong, "导出表单答卷", "Export answers to forms"},
    {"answer.read", A | M | O | N | G | C, {}, "查看表单答卷", "See answers to forms"},
    {"archive.open", A | M | G | C, {}, "查看会话内容", "See what was said in archived conversations"},
    {"archive.read", A | M | O | G | C, {}, "查看会话记录与统计", "See which conversations took place"},
    {"attribute.read", A | M | O | N | G | I | C | F, {}, "查看客户属性定义", "See attribute definitions"},
    {"attribute.write", A | O | I, {}, "修改客户属性定义", "Change attribute definitions"},
    {"audit.read", A | C, {}, "查看审计日志", "Read the audit log"},
    {"audit.verify", A | C, {}, "校验审计日志", "Verify the audit log"},
    {"catalogue.read", A | M | O | N | I | C | F, {}, "查看事件名称与属性", "See names and properties of events"},
    {"channel.read", A | M | O | N | I | C, {}, "查看渠道", "See channels"},
    {"channel.send", A | O, {}, "通过渠道发消息与建码", "Send and make codes through channels"},
    {"channel.sync", A | O | I, {}, "同步渠道", "Sync channels"},
    {"channel.write", A, kStrong, "接入与移除渠道", "Add and remove channels"},
    {"chart.manage", A, {}, "修改他人共享的图表与看板", "Change charts and dashboards others shared"},
    {"chart.read", A | M | O | N | C | F, {}, "查看图表与看板", "See charts and dashboards"},
    {"chart.write", A | M | O | N | C | F, {}, "保存图表与看板", "Save charts and dashboards"},
    {"code.read", A | M | O | N | G, {}, "查看活码", "See live codes"},
    {"code.switch", A | M | O | G, {}, "导购上下线", "Switch guides on and off"},
    {"code.write", A | M | O, {}, "管理活码", "Manage live codes"},
    {"consent.read", A | M | O | G | C, {}, "查看授权记录", "See consent records"},
    {"consent.write", A | M | O | G | C, {}, "登记授权与撤回", "Record consent and withdrawal"},
    {"event.ingest", A | I, {}, "上报事件", "Send events"},
    {"event.read", A | M | O | N | I | C, {}, "查看事件", "See events"},
    {"export.create", A | M | O | N | C | F, kStrong, "导出数据", "Export data"},
    {"export.read", A | M | O | N | C | F, {}, "查看导出任务", "See exports"},
    {"figure.export", A | M | O | N, {}, "导出成员联系统计", "Export figures of staff"},
    {"figure.read", A | M | O | N | G, {}, "查看成员联系统计", "See figures of staff"},
    {"form.read", A | M | O | N | G | C, {}, "查看表单", "See forms"},
    {"form.write", A | M | O, {}, "管理表单", "Manage forms"},
    {"handover.read", A | M | O, {}, "查看客户继承", "See handovers"},
    {"handover.run", A | M | O, {}, "发起与管理客户继承", "Start and manage handovers"},
    {"identifier.read", A | M | O | C, {}, "查看停用与共用标识", "See blocked and shared identifiers"},
    {"identifier.write", A | O, {}, "停用标识与标为共用", "Block identifiers and mark them shared"},
    {"import.read", A | M | O | I, {}, "查看导入任务", "See imports"},
    {"import.write", A | O | I, {}, "导入数据与撤销导入", "Import data and undo imports"},
    {"insight.read", A | M | O | N | C | F, {}, "查看洞察指标", "See metrics"},
    {"insight.write", A | O | N, {}, "修改指标口径", "Change metric settings"},
    {"key.read", A | I, {}, "查看 API 密钥", "See API keys"},
    {"key.write", A | I, kStrong, "创建与吊销 API 密钥", "Create and revoke API keys"},
    {"ledger.read", A | O | F, {}, "查看账本", "Read the ledger"},
    {"ledger.verify", A | F, {}, "核对账本", "Verify the ledger"},
    {"ledger.write", A | F, kStrong, "登记账本转账", "Post ledger transfers"},
    {"link.read", A | M | O | N | G, {}, "查看短链", "See short links"},
    {"link.write", A | M | O, {}, "管理短链", "Manage short links"},
    {"media.read", A | M | O | N | G, {}, "查看素材", "See media"},
    {"media.write", A | M | O, {}, "上传与删除素材", "Bring in and delete media"},
    {"member.read", A | C, {}, "查看成员与角色", "See members and roles"},
    {"member.write", A, kStrong, "管理成员与角色", "Manage members and roles"},
    {"order.read", A | M | O | N | G | I | C | F, {}, "查看订单", "See orders"},
    {"order.write", A | O | I, {}, "写入订单", "Write orders"},
    {"org.read", kEveryone, {}, "查看组织门店与导购", "See places and staff"},
    {"org.write", A | M, {}, "管理组织门店与导购", "Manage places and staff"},
    {"page.read", A | M | O | N | G, {}, "查看落地页", "See landing pages"},
    {"page.write", A | M | O, {}, "管理落地页", "Manage landing pages"},
    {"payment.read", A | O | F, {}, "查看支付与退款", "See payments and refunds"},
    {"payment.write", A | F, kStrong, "下单、退款与转账", "Place payments, refunds and transfers"},
    {"person.erase", A | C, kStrong, "删除客户个人信息", "Erase a person"},
    {"person.merge", A | M | O, {}, "合并与拆分身份", "Merge and unmerge people"},
    {"person.read", A | M | O | N | G | C, {}, "查看客户", "See people"},
    {"person.reveal", A | M | O | G | C, kStrong, "查看完整姓名电话", "Reveal names and phones"},
    {"person.write", A | M | O | G, {}, "修改客户资料", "Change people"},
    {"product.read", A | M | O | N | G | I | F, {}, "查看商品", "See products"},
    {"product.write", A | O | I, {}, "修改商品", "Change products"},
    {"schema.read", A | O | N | I | C, {}, "查看事件字典", "See the event catalogue"},
    {"schema.write", A | I, {}, "修改事件字典", "Change the event catalogue"},
    {"segment.read", A | M | O | N | G | C, {}, "查看人群与名单", "See segments and lists"},
    {"segment.write", A | O | N, {}, "修改人群与名单", "Change segments and lists"},
    {"send.read", A | M | O | N | G, {}, "查看群发与结果", "See mass sends and results"},
    {"send.run", A | M | O, {}, "发出、提醒与停止群发", "Start, remind and stop mass sends"},
    {"send.write", A | M | O, {}, "编写群发", "Draft mass sends"},
    {"settings.read", A | M | O | N | I | C | F, {}, "查看设置", "See settings"},
    {"settings.write", A, {}, "修改设置", "Change settings"},
    {"source.read", A | O | N | I | C, {}, "查看数据源", "See sources"},
    {"source.write", A | I, {}, "管理数据源与写入密钥", "Manage sources and write keys"},
    {"stage.read", A | M | O | N | G | C, {}, "查看生命周期规则", "See life-stage rules"},
    {"stage.write", A | O, {}, "修改生命周期规则", "Change life-stage rules"},
    {"system.read", A | I, {}, "查看系统状态", "See system state"},
    {"tag.read", A | M | O | N | G | C, {}, "查看标签", "See tags"},
    {"tag.write", A | M | O | G, {}, "给客户打标签", "Tag people"},
    {"view.read", A | M | O | N | G | C, {}, "查看已存视图", "See saved views"},
    {"view.write", A | M | O | N | G | C, {}, "保存视图", "Save views"},
};
static_assert(std::ranges::is_sorted(kPolicy, {}, &PolicyLine::permission));
static_assert(std::ranges::adjacent_find(kPolicy, {}, &PolicyLine::permission) == std::end(kPolicy));

constexpr RoleLabel kLabels[kRoles] = {
    {Role::admin, "admin", "超级管理员", "Administrator", Reach::all},
    {Role::manager, "manager", "店长", "Manager", Reach::store},
    {Role::operator_, "operator", "运营", "Operator", Reach::all},
    {Role::analyst, "analyst", "分析师", "Analyst", Reach::all},
    {Role::guide, "guide", "导购", "Store guide", Reach::own},
    {Role::integrator, "integrator", "集成开发", "Integrator", Reach::all},
    {Role::compliance, "compliance", "合规", "Compliance", Reach::all},
    {Role::finance, "finance", "财务", "Finance", Reach::all},
};

constexpr std::string_view kReaches[] = {"own", "team", "store", "region", "all"};  // in the order of the enum

}  // namespace

std::span<const RoleLabel> role_labels() { return kLabels; }
std::span<const PolicyLine> policy() { return kPolicy; }

std::string_view role_text(Role role) { return kLabels[static_cast<std::size_t>(role)].name; }

bool parse_role(std::string_view text, Role& role) {
  const auto* found = std::ranges::find(kLabels, text, &RoleLabel::name);
  if (found == std::end(kLabels)) return false;
  role = found->role;
  return true;
}

std::string_view reach_text(Reach reach) { return kReaches[static_cast<std::size_t>(reach)]; }

bool parse_reach(std::string_view text, Reach& reach) {
  const auto* found = std::ranges::find(kReaches, text);
  if (found == std::end(kReaches)) return false;
  reach = static_cast<Reach>(found - std::begin(kReaches));
  return true;
}

bool reach_allowed(Role role, Reach reach) {
  if (role == Role::guide) return reach == Reach::own || reach == Reach::team;
  if (role == Role::manager) return reach != Reach::own;
  return role != Role::admin || reach == Reach::all;
}

const PolicyLine* find_line(std::string_view permission) {
  const auto* found = std::ranges::lower_bound(kPolicy, permission, {}, &PolicyLine::permission);
  return found != std::end(kPolicy) && found->permission == permission ? found : nullptr;
}

bool role_may(Role role, std::string_view permission) {
  const auto* line = find_line(permission);
  return line != nullptr && (line->roles & bit(role)) != 0;
}

const Permissions& permissions_of(Role role, bool strong) {
  static const auto kSets = [] {
    std::array<std::array<Permissions, 2>, kRoles> sets;
    for (const auto& line : kPolicy) {
      for (std::size_t r = 0; r < kRoles; ++r) {
        if ((line.roles & (1u << r)) == 0) continue;
        sets[r][1].emplace(line.permission);
        if (!line.strong) sets[r][0].emplace(line.permission);
      }
    }
    return sets;
  }();
  return kSets[static_cast<std::size_t>(role)][strong ? 1 : 0];
}

}  // namespace koi::team
