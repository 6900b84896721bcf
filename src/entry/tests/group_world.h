/// Group codes, their groups and the platform beside them, for tests.
#pragma once
#include "entry/group_arrivals.h"
#include "entry/joins.h"
#include "entry/tests/entry_desk.h"

namespace koi::entry::testing {

class GroupWorld : public EntryDesk {
 public:
  using EntryDesk::EntryDesk;

  static GroupEntry join_of(std::vector<std::string> chats, bool auto_create = false) {
    GroupEntry e;
    e.kind = GroupEntryKind::join;
    e.name = chats.front();
    e.chats = std::move(chats);
    e.auto_create = auto_create;
    if (auto_create) e.room_base_name = "锦鲤粉丝群";
    return e;
  }
  static GroupSpec groups_of(std::vector<GroupEntry> entries) {
    GroupSpec spec;
    spec.name = "会员群";
    spec.channel = "展架";
    spec.entries = std::move(entries);
    return spec;
  }
  /// Each group an entry of its own: "g1", "g2", ...
  static GroupSpec pool_of(int n) {
    std::vector<GroupEntry> entries;
    for (int i = 1; i <= n; ++i) entries.push_back(join_of({"g" + std::to_string(i)}));
    return groups_of(std::move(entries));
  }
  Result<SavedGroupCode> create_group(const GroupSpec& spec, std::string slug = {}) {
    return write([&](Tx& tx) { return create_group_code(tx, all(), {.spec = spec, .slug = slug}); });
  }
  /// A code whose join ways the platform has made.
  GroupCode make_group(const GroupSpec& spec, std::string slug = {}) {
    auto made = create_group(spec, std::move(slug));
    EXPECT_TRUE(made) << made.error().code << " " << made.error().pointer << " " << made.error().detail;
    if (!made) return {};
    join_platform();
    return made->code;
  }
  int join_platform() {
    int n = 0;
    for (;;) {
      const auto joins = write([](Tx& tx) { return joins_to_make(tx, 0, 100); });
      if (!joins || joins->empty()) return n;
      for (const auto& j : *joins) {
        const auto made = write([&](Tx& tx) { return join_made(tx, j.id, j.want_ver, j.wanted ? "cfg-" + j.state : "", j.wanted ? "https://qr.example/" + j.state : ""); });
        EXPECT_TRUE(made) << made.error().code;
        ++n;
      }
    }
  }
  Result<GroupShown> look(const GroupScan& scan) {
    return db().write([&](Tx& tx) { return show_group(tx, scan); }, shard_of(scan.code));
  }
  /// The entry's name, "member NAME", or the kind of what answered; "+" when it was no second seat.
  std::string shown(const GroupScan& scan) {
    const auto got = look(scan);
    if (!got) return got.error().code;
    if (got->kind == "group") return got->name + (got->again ? "+" : "");
    return got->kind == "member" ? "member " + got->name : got->kind;
  }
  std::string shown(GroupCodeId code, std::string visitor, PersonId who = {}) { return shown(GroupScan{.code = code, .visitor = std::move(visitor), .person = who}); }
  std::string state_at(GroupCodeId code, std::size_t entry) {
    return read([&](Tx& tx) -> Result<std::string> {
      TRY(const auto found, find_group_code(tx, all(), code));
      return tx.one<std::string>("SELECT state FROM entry_join_way WHERE entry_id = $1", *found.spec.entries.at(entry).id);
    }).value_or("");
  }
  Join way_at(GroupCodeId code, std::size_t entry) {
    const auto state = state_at(code, entry);
    Join out;
    out.id = JoinId{number("SELECT id FROM entry_join_way WHERE state = '" + state + "'")};
    out.room_base_id = number("SELECT base_id FROM entry_join_way WHERE state = '" + state + "'");
    out.auto_create = number("SELECT auto_create FROM entry_join_way WHERE state = '" + state + "'") != 0;
    return out;
  }
  std::string chats_at(GroupCodeId code, std::size_t entry) {
    const auto state = state_at(code, entry);
    return read([&](Tx& tx) { return tx.one<std::string>("SELECT chats FROM entry_join_way WHERE state = $1", state); }).value_or("");
  }
  Result<GroupArrived> enter(std::string chat, PersonId who, std::string state, std::int64_t later_ms = 0) {
    const GroupArrival a{std::move(chat), who, std::move(state), 3, clock().now() + Millis{later_ms}};
    return db().write([&](Tx& tx) { return group_arrive(tx, a); }, shard_of_chat(a.chat_id));
  }
  Result<> quit(std::string chat, PersonId who, std::int64_t later_ms = 0) {
    const GroupDeparture d{std::move(chat), who, false, clock().now() + Millis{later_ms}};
    return db().write([&](Tx& tx) { return group_depart(tx, d); }, shard_of_chat(d.chat_id));
  }
  void changed(const GroupChange& c) {
    const auto got = db().write([&](Tx& tx) { return group_changed(tx, c); }, shard_of_chat(c.chat_id));
    EXPECT_TRUE(got) << got.error().code;
  }
  void count(std::string chat, std::int64_t members) {
    GroupChange c;
    c.chat_id = std::move(chat);
    c.members = members;
    changed(c);
  }
  std::string group_alarm(GroupCodeId code) {
    const auto got = read([&](Tx& tx) { return group_alarms(tx, all(), code, 50); });
    std::string out;
    for (const auto& a : *got)
      if (!a.closed_at) out += (out.empty() ? "" : " ") + a.kind;
    return out;
  }
  GroupImage upload(GroupCodeId code, GroupImageId instead = {}, std::string name = "第一群", std::optional<Instant> ends = {}) {
    static const std::string png = std::string("\x89PNG\r\n\x1a\n", 8) + "picture";
    const auto got = write([&](Tx& tx) { return put_group_image(tx, all(), {code, instead, png, name, ends}); });
    EXPECT_TRUE(got) << got.error().code;
    return got ? *got : GroupImage{};
  }
  void time() { EXPECT_TRUE(keep_group_time(db())); }
};

}  // namespace koi::entry::testing
