// Whether a definition can be saved, and what in it is probably not meant.
#include <algorithm>
#include <set>

#include "base/say.h"
#include "base/text.h"
#include "entry/roster.h"
#include "entry/spec.h"

namespace koi::entry {
namespace {

constexpr std::size_t kNameMax = 60, kTextMax = 4000, kPartsMax = 9, kMembersMax = 500, kLevelsMax = 5, kStoresMax = 2000, kTagsMax = 20,
                      kWelcomeSlotsMax = 50, kDirectGuides = 100;
constexpr std::int64_t kCapMax = 1'000'000, kWeightMax = 1000, kHoldMax = 24 * 60, kCostMax = 1'000'000'000'00;
constexpr std::string_view kWelcomeWords[] = {"nick", "guide", "store"};
constexpr std::string_view kRemarkWords[] = {"channel", "date", "nick", "code"};
constexpr std::string_view kPartKinds[] = {"image", "link", "miniprogram", "video", "file"};

std::unexpected<Error> wrong(std::string_view code, Said said, std::string pointer) {
  return fail(Errc::invalid, code, std::move(said), std::move(pointer));
}

/// Looks through one definition; plans of level 0 are kept for the question of gaps.
class Checker {
 public:
  Checker(Tx& tx, const CodeSpec& spec) : tx_(tx), spec_(spec) {}

  Result<std::vector<Advice>> run() {
    TRY(texts());
    TRY(numbers());
    TRY(people());
    TRY(welcome());
    TRY(WeekPlan::of(spec_.accept_hours, "/accept_hours"));
    if (spec_.accept == AcceptRule::hours && spec_.accept_hours.empty())
      return wrong("entry.accept", say("say in which hours requests are accepted by themselves", "请填写自动通过的时段"), "/accept_hours");
    gaps();
    if (spec_.backup.empty() && spec_.fallback.group_url.empty() && spec_.fallback.form_url.empty() && spec_.fallback.text.empty())
      advise("entry.no_backup", "/backup", say("nobody stands behind the members: visitors read a standing sentence when all are off or full", "没有后备:成员全部离线或达到上限时,访客只会看到一句默认文案"));
    return std::move(advice_);
  }

 private:
  void advise(std::string_view code, std::string pointer, Said said) { advice_.push_back({std::string(code), std::move(pointer), std::move(said)}); }

  Result<> texts() {
    const auto name = trim(spec_.name);
    if (name.empty() || !valid_utf8(name) || count_chars(name) > kNameMax)
      return wrong("entry.name", say("a name has 1 to {} characters", "名称为 1 至 {} 个字", kNameMax), "/name");
    for (const auto& [text, place] : {std::pair(&spec_.folder, "/folder"), {&spec_.channel, "/channel"}, {&spec_.stage, "/stage"}})
      if (count_chars(*text) > kNameMax) return wrong("entry.limit", say("at most {} characters", "最多 {} 个字", kNameMax), place);
    TRY(check_variables(spec_.remark, kRemarkWords, "/remark"));
    if (spec_.tags.size() > kTagsMax) return wrong("entry.tag", say("at most {} tags", "最多 {} 个标签", kTagsMax), "/tags");
    for (std::size_t i = 0; i < spec_.tags.size(); ++i)
      if (trim(spec_.tags[i]).empty()) return wrong("entry.tag", say("a tag has a name", "标签不能为空"), "/tags/" + std::to_string(i));
    for (const auto& [url, place] : {std::pair(&spec_.fallback.group_url, "/fallback/group_url"), {&spec_.fallback.form_url, "/fallback/form_url"}})
      if (!url->empty() && !url->starts_with("https://") && !url->starts_with("http://") && !url->starts_with("/"))
        return wrong("entry.url", say("\"{}\" is no address: write https://…", "“{}”不是网址,请以 https:// 开头", *url), place);
    return {};
  }

  Result<> numbers() {
    for (const auto& [value, high, place] :
         {std::tuple(spec_.daily_cap, kCapMax, "/daily_cap"), {spec_.lifetime_cap, kCapMax, "/lifetime_cap"},
          {spec_.alarm_after_scans, kCapMax, "/alarm_after_scans"}, {spec_.cost_day_fen, kCostMax, "/cost_day_fen"}, {spec_.cost_total_fen, kCostMax, "/cost_total_fen"}})
      if (value < 0 || value > high) return wrong("entry.limit", say("0 to {}", "应为 0 至 {}", high), place);
    if (spec_.hold_minutes < 1 || spec_.hold_minutes > kHoldMax)
      return wrong("entry.limit", say("a slot is held 1 to {} minutes", "名额保留 1 至 {} 分钟", kHoldMax), "/hold_minutes");
    if (!(spec_.radius_km >= 0 && spec_.radius_km <= 20000)) return wrong("entry.limit", say("0 to 20000 km", "应为 0 至 20000 公里"), "/radius_km");
    return {};
  }

  Result<> member(const Member& m, const std::string& place, bool level0) {
    if (m.staff.has_value() == m.unit.has_value())
      return wrong("entry.member", say("a member is one of staff or unit", "成员须为员工或部门之一"), place);
    if (m.daily_cap < 0 || m.lifetime_cap < 0 || m.round_cap < 0)
      return wrong("entry.cap_zero", say("a cap is 1 or more, 0 means none; to pause a guide, switch the guide off", "上限至少为 1,0 表示不限;要暂停某人请将其下线"), place);
    if (m.daily_cap > kCapMax || m.lifetime_cap > kCapMax || m.round_cap > kCapMax) return wrong("entry.limit", say("0 to {}", "应为 0 至 {}", kCapMax), place);
    if (m.weight < 1 || m.weight > kWeightMax) return wrong("entry.weight", say("a weight is 1 to {}", "权重为 1 至 {}", kWeightMax), place + "/weight");
    TRY(auto duty, duty_of(m.schedule, place + "/schedule"));
    if (level0) plans_.push_back(std::move(duty.week));
    if (m.staff) {
      TRY(const auto found, roster().guides(tx_, std::span(&*m.staff, 1)));
      if (found.empty()) return wrong("entry.unknown_staff", say("{} is nobody we know", "没有这位员工 {}", to_text(*m.staff)), place + "/staff");
      if (!staff_.insert(*m.staff).second && level0) advise("entry.member_twice", place, say("{} is named twice; the first place counts", "{} 出现了两次,以第一次为准", found.front().name));
      if (found.front().active) guides_.insert(*m.staff);
      else advise("entry.member_left", place, say("{} has left and gets nobody", "{} 已离职,不会被分配", found.front().name));
      return {};
    }
    return unit_people(*m.unit, place + "/unit");
  }

  Result<> unit_people(UnitId unit, const std::string& place) {
    TRY(const auto units, roster().units(tx_, std::span(&unit, 1)));
    if (units.empty()) return wrong("entry.unknown_unit", say("{} is no unit we know", "没有这个部门 {}", to_text(unit)), place);
    TRY(const auto people, roster().guides_of(tx_, units.front().path));
    for (const auto& g : people)
      if (g.active) guides_.insert(g.id);
    return {};
  }

  Result<> members(std::span<const Member> list, const std::string& place, bool level0) {
    if (list.size() > kMembersMax) return wrong("entry.limit", say("at most {} members", "最多 {} 个成员", kMembersMax), place);
    for (std::size_t i = 0; i < list.size(); ++i) { TRY(member(list[i], place + "/" + std::to_string(i), level0)); }
    return {};
  }

  Result<> people() {
    TRY(spec_.kind == CodeKind::staff ? staff_code() : store_code());
    if (guides_.empty()) return wrong("entry.all_left", say("none of the members works here any more", "成员全部已离职"), spec_.kind == CodeKind::staff ? "/members" : "/stores");
    if (spec_.mode == CodeMode::direct && guides_.size() > kDirectGuides)
      return wrong("entry.too_many_guides", say("the platform's own code holds {} guides, these are {}; use mode page", "平台自带的码最多 {} 人,现为 {} 人;请改用中间页模式", kDirectGuides, guides_.size()), "/mode");
    if (spec_.backup.size() > kLevelsMax) return wrong("entry.limit", say("at most {} levels of backup", "最多 {} 级后备", kLevelsMax), "/backup");
    for (std::size_t i = 0; i < spec_.backup.size(); ++i) {
      const auto place = "/backup/" + std::to_string(i) + "/members";
      if (spec_.backup[i].members.empty()) return wrong("entry.no_member", say("a level of backup has members", "后备级别需要成员"), place);
      TRY(members(spec_.backup[i].members, place, false));
    }
    return {};
  }

  Result<> staff_code() {
    if (spec_.assign == AssignRule::nearest) return wrong("entry.rule", say("nearest needs stores: use kind store", "就近分配需要门店,请使用门店活码"), "/assign");
    if (spec_.members.empty()) return wrong("entry.no_member", say("name at least one guide or unit", "请至少选择一位导购或一个部门"), "/members");
    if (!spec_.stores.empty()) return wrong("entry.rule", say("stores belong to a store code", "门店属于门店活码"), "/stores");
    return members(spec_.members, "/members", true);
  }

  Result<> store_code() {
    if (spec_.mode == CodeMode::direct) return wrong("entry.rule", say("a store code needs the page, which asks where the visitor is", "门店活码需要中间页来判断位置"), "/mode");
    if (spec_.stores.empty()) return wrong("entry.no_member", say("name at least one store", "请至少选择一家门店"), "/stores");
    if (spec_.stores.size() > kStoresMax) return wrong("entry.limit", say("at most {} stores", "最多 {} 家门店", kStoresMax), "/stores");
    for (std::size_t i = 0; i < spec_.stores.size(); ++i) {
      const auto place = "/stores/" + std::to_string(i);
      TRY(unit_people(spec_.stores[i].unit, place + "/unit"));
      TRY(members(spec_.stores[i].members, place + "/members", true));
      if (spec_.stores[i].members.empty()) plans_.push_back(WeekPlan::always());
    }
    return members(spec_.members, "/members", true);
  }

  Result<> saying(std::string_view text, std::span<const WelcomePart> parts, const std::string& place) {
    if (text.size() > kTextMax)
      return wrong("entry.welcome_long", say("{} bytes, at most {}; a Chinese character is 3", "{} 字节,最多 {} 字节;一个汉字 3 字节", text.size(), kTextMax), place + "/text");
    TRY(check_variables(text, kWelcomeWords, place + "/text"));
    if (parts.size() > kPartsMax) return wrong("entry.welcome_parts", say("{} attachments, at most {}", "{} 个附件,最多 {} 个", parts.size(), kPartsMax), place + "/parts");
    for (std::size_t i = 0; i < parts.size(); ++i) TRY(part(parts[i], place + "/parts/" + std::to_string(i)));
    return {};
  }

  static Result<> part(const WelcomePart& p, const std::string& place) {
    if (std::ranges::find(kPartKinds, p.kind) == std::end(kPartKinds)) {
      const auto meant = nearest(p.kind, {std::begin(kPartKinds), std::end(kPartKinds)});
      return wrong("entry.welcome_part", say("\"{}\" is no kind of attachment; did you mean {}?", "没有附件类型“{}”,是否指 {}?", p.kind, meant.empty() ? std::string_view("image") : meant), place + "/kind");
    }
    const bool link = p.kind == "link", mini = p.kind == "miniprogram";
    const std::string_view missing = link && p.url.empty() ? "url" : (link || mini) && p.title.empty() ? "title" : mini && p.appid.empty() ? "appid"
                                     : mini && p.page.empty() ? "page" : !link && !mini && p.media.empty() && p.url.empty() && p.picture.empty() ? "media" : "";
    if (!missing.empty()) return wrong("entry.welcome_part", say("a {} needs {}", "{} 需要 {}", p.kind, missing), place + "/" + std::string(missing));
    return {};
  }

  Result<> welcome() {
    const auto& w = spec_.welcome;
    if (w.slots.size() > kWelcomeSlotsMax) return wrong("entry.limit", say("at most {} slots", "最多 {} 个时段", kWelcomeSlotsMax), "/welcome/slots");
    TRY(saying(w.text, w.parts, "/welcome"));
    for (std::size_t i = 0; i < w.slots.size(); ++i) {
      const auto place = "/welcome/slots/" + std::to_string(i);
      TRY(WeekPlan::of(std::span(&w.slots[i].hours, 1), place + "/hours"));
      TRY(saying(w.slots[i].text, w.slots[i].parts, place));
    }
    return {};
  }

  void gaps() {
    const auto open = WeekPlan::gaps(plans_);
    if (open.empty()) return;
    static constexpr std::string_view kZh[] = {"周一", "周二", "周三", "周四", "周五", "周六", "周日"}, kEn[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    int minutes = 0;
    for (const auto& [from, to] : open) minutes += to - from;
    const auto [from, to] = open.front();
    const auto day = static_cast<std::size_t>(from / kDayMinutes);
    const auto clock = [](int m) { return fmt::format("{:02}:{:02}", m % kDayMinutes / 60, m % 60); };
    const auto last = static_cast<std::size_t>(to / kDayMinutes % 7);
    advise("entry.gap", spec_.kind == CodeKind::staff ? "/members" : "/stores",
           {fmt::format("nobody is on duty for {} hours a week, first {} {} to {} {}; the backup answers then", minutes / 60, kEn[day], clock(from), kEn[last], clock(to)),
            fmt::format("每周有 {} 小时无人值班,最早为{} {} 至{} {};届时由后备接待", minutes / 60, kZh[day], clock(from), kZh[last], clock(to))});
  }

  Tx& tx_;
  const CodeSpec& spec_;
  std::vector<Advice> advice_;
  std::vector<WeekPlan> plans_;
  std::set<StaffId> staff_, guides_;
};

}  // namespace

Result<std::vector<Advice>> check_spec(Tx& tx, const CodeSpec& spec) { return Checker(tx, spec).run(); }

}  // namespace koi::entry
