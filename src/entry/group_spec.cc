#include "entry/group_spec.h"

#include <algorithm>
#include <set>

#include "base/say.h"
#include "base/text.h"
#include "entry/definition.h"
#include "entry/roster.h"
#include "store/rows.h"

namespace koi::entry {
namespace {

constexpr std::size_t kNameMax = 60, kTextMax = 1000, kEntriesMax = 500, kChatsMax = 200, kTagsMax = 20, kChatIdMax = 64;
constexpr std::int64_t kCapMax = 1'000'000, kGroupCapMax = 2000, kWeightMax = 1000, kHoldMax = 24 * 60;
constexpr std::string_view kCodeThere = "SELECT state FROM entry_code WHERE id = $1";
constexpr std::string_view kChatThere = "SELECT id FROM group_chat WHERE chat_id = $1 AND counted_at + told_at > 0";

std::unexpected<Error> wrong(std::string_view code, Said said, std::string pointer) {
  return fail(Errc::invalid, code, std::move(said), std::move(pointer));
}

class Checker {
 public:
  Checker(Tx& tx, const GroupSpec& spec, const GroupSpec* had) : tx_(tx), spec_(spec), had_(had) {}

  Result<std::vector<Advice>> run() {
    TRY(texts());
    TRY(numbers());
    TRY(fallback());
    if (spec_.unit) TRY(unit(*spec_.unit, "/unit"));
    if (spec_.entries.size() > kEntriesMax) return wrong("entry.limit", say("at most {} entries", "最多 {} 个入群方式", kEntriesMax), "/entries");
    for (std::size_t i = 0; i < spec_.entries.size(); ++i) TRY(entry(spec_.entries[i], "/entries/" + std::to_string(i)));
    TRY(rule());
    if (spec_.entries.empty()) advise("entry.no_group", "/entries", {"there is no group yet: visitors meet the fallback", "尚未添加群,访客只会看到兜底页"});
    return std::move(advice_);
  }

 private:
  void advise(std::string_view code, std::string pointer, Said said) { advice_.push_back({std::string(code), std::move(pointer), std::move(said)}); }

  static Result<> within(const std::string& text, std::size_t most, std::string place) {
    if (!valid_utf8(text) || count_chars(text) > most) return wrong("entry.limit", say("at most {} characters", "最多 {} 个字", most), std::move(place));
    return {};
  }

  Result<> texts() {
    const auto name = trim(spec_.name);
    if (name.empty() || !valid_utf8(name) || count_chars(name) > kNameMax)
      return wrong("entry.name", say("a name has 1 to {} characters", "名称为 1 至 {} 个字", kNameMax), "/name");
    for (const auto& [text, place] : {std::pair(&spec_.folder, "/folder"), {&spec_.channel, "/channel"}, {&spec_.title, "/title"}, {&spec_.fallback.phone, "/fallback/phone"}})
      TRY(within(*text, kNameMax, place));
    for (const auto& [text, place] :
         {std::pair(&spec_.note, "/note"), {&spec_.guide, "/guide"}, {&spec_.rejoin_text, "/rejoin_text"}, {&spec_.fallback.text, "/fallback/text"}, {&spec_.fallback.url, "/fallback/url"}})
      TRY(within(*text, kTextMax, place));
    return {};
  }

  Result<> numbers() {
    if (spec_.group_cap < 1 || spec_.group_cap > kGroupCapMax) return wrong("entry.limit", say("1 to {}", "应为 1 至 {}", kGroupCapMax), "/group_cap");
    if (spec_.code_cap < 0 || spec_.code_cap > kCapMax) return wrong("entry.limit", say("0 to {}", "应为 0 至 {}", kCapMax), "/code_cap");
    if (spec_.hold_minutes < 1 || spec_.hold_minutes > kHoldMax)
      return wrong("entry.limit", say("a seat is held 1 to {} minutes", "名额保留 1 至 {} 分钟", kHoldMax), "/hold_minutes");
    return {};
  }

  Result<> fallback() {
    const auto& f = spec_.fallback;
    if (!f.url.empty() && !f.url.starts_with("https://") && !f.url.starts_with("http://") && !(f.url.starts_with("/") && !f.url.starts_with("//")))
      return wrong("entry.url", say("\"{}\" is no address: write https://…", "“{}”不是网址,请以 https:// 开头", f.url), "/fallback/url");
    if (f.code) {
      TRY(const auto state, tx_.maybe<std::string>(kCodeThere, *f.code));
      if (!state || *state == "deleted") return wrong("entry.no_code", say("there is no such live code", "没有这个活码"), "/fallback/code");
    } else if (f.url.empty() && f.text.empty()) {
      advise("entry.no_backup", "/fallback", {"when all groups are full visitors read a standing sentence", "没有兜底:群全部满员时,访客只会看到一句默认文案"});
    }
    return {};
  }

  Result<> unit(UnitId id, std::string place) {
    TRY(const auto units, roster().units(tx_, std::span(&id, 1)));
    return units.empty() ? wrong("entry.unknown_unit", say("there is no such unit", "没有这个部门或门店"), std::move(place)) : Result<>{};
  }

  Result<> entry(const GroupEntry& e, const std::string& place) {
    TRY(within(e.name, kNameMax, place + "/name"));
    TRY(within(e.category, kNameMax, place + "/category"));
    if (e.weight < 1 || e.weight > kWeightMax) return wrong("entry.weight", say("a weight is 1 to {}", "权重为 1 至 {}", kWeightMax), place + "/weight");
    if (e.cap < 0 || e.cap > kCapMax) return wrong("entry.limit", say("0 to {}", "应为 0 至 {}", kCapMax), place + "/cap");
    if (e.store) TRY(unit(*e.store, place + "/store"));
    if (e.tags.size() > kTagsMax) return wrong("entry.tag", say("at most {} tags", "最多 {} 个标签", kTagsMax), place + "/tags");
    for (const auto& tag : e.tags)
      if (trim(tag).empty() || !valid_utf8(tag)) return wrong("entry.tag", {"a tag has a name", "标签不能为空"}, place + "/tags");
    TRY(identity(e, place));
    TRY(chats(e, place));
    return e.kind == GroupEntryKind::join ? room(e, place) : Result<>{};
  }

  /// Ids and pictures are given here, by nobody else.
  Result<> identity(const GroupEntry& e, const std::string& place) {
    const GroupEntry* before = nullptr;
    if (e.id) {
      if (!ids_.insert(*e.id).second) return wrong("entry.group_entry", {"an entry is named twice", "入群方式重复"}, place + "/id");
      if (had_ != nullptr)
        for (const auto& old : had_->entries)
          if (old.id == e.id) before = &old;
      if (before == nullptr) return wrong("entry.group_entry", {"there is no such entry in this code", "活码中没有这个入群方式"}, place + "/id");
      if (before->kind != e.kind) return wrong("entry.group_entry", {"an entry stays what it is; add another", "入群方式不能改变类型,请另加一个"}, place + "/kind");
    }
    if (e.image && (before == nullptr || before->image != e.image))
      return wrong("entry.group_image", {"pictures come by upload", "二维码图片须通过上传添加"}, place + "/image");
    return {};
  }

  Result<> chats(const GroupEntry& e, const std::string& place) {
    const auto most = e.kind == GroupEntryKind::join ? kChatsMax : 1;
    if (e.chats.size() > most || (e.kind == GroupEntryKind::join && e.chats.empty()))
      return wrong("entry.group_chats", e.kind == GroupEntryKind::join ? say("a join way names 1 to {} groups", "需选择 1 至 {} 个群", most) : say("a picture leads to one group", "一张图片对应一个群"),
                   place + "/chats");
    for (std::size_t i = 0; i < e.chats.size(); ++i) {
      const auto& chat = e.chats[i];
      const auto at = place + "/chats/" + std::to_string(i);
      const bool plain = std::ranges::all_of(chat, [](char c) { return c > ' ' && c < 0x7f && c != ','; });
      if (chat.empty() || chat.size() > kChatIdMax || !plain) return wrong("entry.group_chats", say("\"{}\" is no chat id", "“{}”不是群 ID", chat), at);
      if (std::ranges::count(e.chats, chat) > 1) return wrong("entry.group_chats", say("\"{}\" is named twice", "“{}”重复", chat), at);
      TRY(const auto there, tx_.maybe<std::int64_t>(kChatThere, chat));
      if (!there) advise("entry.group_unknown", at, say("the platform has not told of the group {} yet", "平台尚未同步群 {}", chat));
    }
    return {};
  }

  Result<> room(const GroupEntry& e, const std::string& place) {
    if (!valid_utf8(e.room_base_name) || count_chars(e.room_base_name) > kRoomNameMax)
      return wrong("entry.group_room", say("a group's name has at most {} characters", "群名前缀最多 {} 个字", kRoomNameMax), place + "/room_base_name");
    if (e.room_base_id < 0 || e.room_base_id > kCapMax) return wrong("entry.group_room", say("0 to {}", "应为 0 至 {}", kCapMax), place + "/room_base_id");
    if (e.auto_create && trim(e.room_base_name).empty())
      return wrong("entry.group_room", {"groups that are made need a name", "自动建群需填写群名前缀"}, place + "/room_base_name");
    return {};
  }

  Result<> rule() {
    const bool store = spec_.rule == GroupRule::store;
    if (!store && spec_.rule != GroupRule::category) return {};
    for (const auto& e : spec_.entries)
      if (store ? e.store.has_value() : !trim(e.category).empty()) return {};
    if (spec_.entries.empty()) return {};
    return wrong("entry.rule", store ? Said{"no entry has a store", "没有入群方式设置了门店"} : Said{"no entry has a category", "没有入群方式设置了分类"}, "/rule");
  }

  Tx& tx_;
  const GroupSpec& spec_;
  const GroupSpec* had_;
  std::set<GroupEntryId> ids_;
  std::vector<Advice> advice_;
};

}  // namespace

Result<GroupSpec> read_group_spec(std::string_view text) { return read_definition<GroupSpec>(text); }
std::string group_spec_text(const GroupSpec& spec) { return http::json_of(spec); }
std::string group_spec_schema() { return definition_schema<GroupSpec>(); }

Result<std::vector<Advice>> check_group_spec(Tx& tx, const GroupSpec& spec, const GroupSpec* had) { return Checker(tx, spec, had).run(); }

}  // namespace koi::entry
