#include "connect/wecom/tags.h"

#include <algorithm>
#include <map>

#include "connect/wecom/fields.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/walk.h"
#include "store/rows.h"

namespace koi::connect::wecom {

BOOST_DESCRIBE_STRUCT(TagConflict, (), (id, what, platform_id, our_id, agreed, platform_says, we_say, winner, at))
struct AgreedGroup { std::string group_id; people::TagGroupId ours; std::string platform_name, our_name; };
BOOST_DESCRIBE_STRUCT(AgreedGroup, (), (group_id, ours, platform_name, our_name))
struct AgreedTag { std::string tag_id, group_id; people::TagId ours; std::string platform_name, our_name, error; };
BOOST_DESCRIBE_STRUCT(AgreedTag, (), (tag_id, group_id, ours, platform_name, our_name, error))

namespace {

constexpr std::string_view kGroups = "SELECT group_id, our_group, platform_name, our_name FROM connect_wecom_tag_group WHERE corp_id = $1 ORDER BY group_id LIMIT 10000";
constexpr std::string_view kTags = "SELECT tag_id, group_id, our_tag, platform_name, our_name, error FROM connect_wecom_tag WHERE corp_id = $1 ORDER BY tag_id LIMIT 20000";
constexpr std::string_view kPutGroup =
    "INSERT INTO connect_wecom_tag_group (corp_id, group_id, our_group, platform_name, our_name) VALUES ($1, $2, $3, $4, $5) "
    "ON CONFLICT (corp_id, group_id) DO UPDATE SET platform_name = excluded.platform_name, our_name = excluded.our_name";
constexpr std::string_view kPutTag =
    "INSERT INTO connect_wecom_tag (corp_id, tag_id, group_id, our_tag, platform_name, our_name) VALUES ($1, $2, $3, $4, $5, $6) "
    "ON CONFLICT (corp_id, tag_id) DO UPDATE SET group_id = excluded.group_id, platform_name = excluded.platform_name, our_name = excluded.our_name, error = ''";
constexpr std::string_view kDropGroup = "DELETE FROM connect_wecom_tag_group WHERE corp_id = $1 AND group_id = $2";
constexpr std::string_view kDropTag = "DELETE FROM connect_wecom_tag WHERE corp_id = $1 AND tag_id = $2";
// The log has what they say; a push they refuse is no conflict again tomorrow.
constexpr std::string_view kSeenGroup = "UPDATE connect_wecom_tag_group SET platform_name = $3 WHERE corp_id = $1 AND group_id = $2";
constexpr std::string_view kSeenTag = "UPDATE connect_wecom_tag SET platform_name = $3 WHERE corp_id = $1 AND tag_id = $2";
constexpr std::string_view kTagError = "UPDATE connect_wecom_tag SET error = $3 WHERE corp_id = $1 AND tag_id = $2";
constexpr std::string_view kWish = "INSERT INTO connect_wecom_tag_wish (corp_id, our_group) VALUES ($1, $2) ON CONFLICT DO NOTHING";
constexpr std::string_view kWishes = "SELECT our_group FROM connect_wecom_tag_wish WHERE corp_id = $1 ORDER BY our_group LIMIT 1000";
constexpr std::string_view kLog =
    "INSERT INTO connect_tag_conflict (id, corp_id, what, platform_id, our_id, agreed, platform_says, we_say, winner, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
constexpr std::string_view kConflicts =
    "SELECT id, what, platform_id, our_id, agreed, platform_says, we_say, winner, at FROM connect_tag_conflict WHERE corp_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
constexpr std::size_t kPlatformNameMax = 30;
constexpr std::size_t kAddMax = 100;  // tags of one call

struct SeenTag { std::string id, name; };
struct SeenGroup { std::string id, name; std::vector<SeenTag> tags; };

std::vector<SeenGroup> read_groups(const json::object& reply) {
  std::vector<SeenGroup> out;
  for (const auto& row : array_in(reply, "tag_group")) {
    if (!row.is_object() || row.get_object().contains("deleted")) {
      const auto* gone = row.is_object() ? row.get_object().if_contains("deleted") : nullptr;
      if (!gone || (gone->is_bool() && gone->get_bool())) continue;
    }
    SeenGroup g{text_in(row.get_object(), "group_id"), text_in(row.get_object(), "group_name"), {}};
    for (const auto& t : array_in(row.get_object(), "tag")) {
      if (!t.is_object()) continue;
      const auto* gone = t.get_object().if_contains("deleted");
      if (gone && gone->is_bool() && gone->get_bool()) continue;
      g.tags.push_back({text_in(t.get_object(), "id"), text_in(t.get_object(), "name")});
    }
    out.push_back(std::move(g));
  }
  return out;
}

/// Our names hold no stroke, theirs at most thirty characters; each side keeps its own spelling of what is one name.
std::string our_spelling(std::string_view theirs) {
  std::string out;
  for (const char c : trim(theirs)) out += c == '/' ? std::string("／") : c == '\n' || c == '\r' || c == '\t' ? std::string(" ") : std::string(1, c);
  return std::string(take_chars(out, people::kTagNameMax));
}
std::string their_spelling(std::string_view ours) { return std::string(take_chars(ours, kPlatformNameMax)); }

/// What is to be said to the platform after the transaction.
struct Push {
  enum class Kind : std::uint8_t { rename_group, rename_tag, remove_tag, remove_group, add_tags } kind;
  std::string id, name;                     // of the platform, and what it is called from now on
  std::int64_t ours = 0;
  std::string our_name;
  std::vector<people::Tag> tags = {};       // to be added
};

enum class Outcome : std::uint8_t { same, theirs, ours };
struct Sides { std::string agreed_theirs, agreed_ours, theirs, ours; bool theirs_gone = false, ours_gone = false; };
bool theirs_changed(const Sides& s) { return s.theirs_gone || s.theirs != s.agreed_theirs; }
bool ours_changed(const Sides& s) { return s.ours_gone || s.ours != s.agreed_ours; }
bool agree(const Sides& s) {
  if (s.theirs_gone || s.ours_gone) return s.theirs_gone && s.ours_gone;
  return our_spelling(s.theirs) == s.ours || their_spelling(s.ours) == s.theirs;
}

/// One look at work, inside one transaction; the pushes are left for after it.
class Settling {
 public:
  Settling(Tx& tx, const std::string& corp, const std::vector<SeenGroup>& seen, bool platform_wins) : tx_(tx), corp_(corp), seen_(seen), platform_wins_(platform_wins) {}

  Result<> run() {
    TRY(load());
    for (const auto& g : seen_) TRY(group(g));
    TRY(gone());
    return wishes();
  }
  TagsDone done;
  std::vector<Push> pushes;

 private:
  Result<> load() {
    TRY(const auto groups, people::tag_groups(tx_));
    for (const auto& g : groups) our_groups_[g.id.v] = g;
    TRY(const auto tags, people::tags(tx_));
    for (const auto& t : tags) our_tags_[t.id.v] = t;
    TRY(agreed_groups_, tx_.all<AgreedGroup>(kGroups, corp_));
    TRY(agreed_tags_, tx_.all<AgreedTag>(kTags, corp_));
    return {};
  }

  Result<Outcome> decide(std::string_view what, std::string_view id, std::int64_t our_id, const Sides& s) {
    const bool a = theirs_changed(s), b = ours_changed(s);
    if ((!a && !b) || agree(s)) return Outcome::same;
    if (!b) return Outcome::theirs;
    if (!a) return Outcome::ours;
    TRY(tx_.exec(kLog, tx_.next_number(), corp_, what, id, our_id, s.agreed_ours, s.theirs_gone ? "" : s.theirs, s.ours_gone ? "" : s.ours,
                 platform_wins_ ? "platform" : "ours", tx_.now()));
    ++done.conflicts;
    return platform_wins_ ? Outcome::theirs : Outcome::ours;
  }

  Result<> group(const SeenGroup& g) {
    const auto had = std::ranges::find(agreed_groups_, g.id, &AgreedGroup::group_id);
    people::TagGroupId ours;
    bool ours_gone = false;
    if (had == agreed_groups_.end()) {
      TRY(ours, meet_group(g));
    } else {
      ours = had->ours;
      TRY(ours_gone, settle_group(g, *had));
    }
    if (ours_gone) return {};  // taken off the platform with all its tags
    for (const auto& t : g.tags) TRY(tag(g, ours, t));
    return add_ours(g, ours);
  }

  /// A group nobody has paired: ours of that name, or a new one.
  Result<people::TagGroupId> meet_group(const SeenGroup& g) {
    const auto name = our_spelling(g.name);
    const auto same = std::ranges::find_if(our_groups_, [&](const auto& it) { return it.second.name == name; });
    people::TagGroupId id;
    if (same != our_groups_.end()) {
      id = same->second.id;
    } else {
      TRY(const auto made, people::create_tag_group(tx_, {.name = name.empty() ? g.id : name}));
      our_groups_[made.id.v] = made;
      id = made.id;
      ++done.pulled;
    }
    TRY(tx_.exec(kPutGroup, corp_, g.id, id, g.name, our_groups_[id.v].name));
    return id;
  }

  /// Whether our side ended the group, and the platform's is to go.
  Result<bool> settle_group(const SeenGroup& g, const AgreedGroup& had) {
    const auto mine = our_groups_.find(had.ours.v);
    const bool ours_gone = mine == our_groups_.end() || mine->second.archived_at;
    const Sides s{had.platform_name, had.our_name, g.name, ours_gone ? "" : mine->second.name, false, ours_gone};
    TRY(const auto outcome, decide("group", g.id, had.ours.v, s));
    if (outcome == Outcome::theirs && mine != our_groups_.end()) {
      auto edited = mine->second;
      edited.name = our_spelling(g.name), edited.archived_at = {};
      TRY(const auto saved, try_save([&] { return people::update_tag_group(tx_, edited); }));
      if (saved) mine->second = *saved, ++done.pulled;
      TRY(tx_.exec(kPutGroup, corp_, g.id, had.ours, g.name, mine->second.name));
    } else if (outcome == Outcome::theirs) {
      TRY(tx_.exec(kDropGroup, corp_, g.id));  // ours was deleted for good: met as a new one with the next look
    } else if (outcome == Outcome::ours) {
      TRY(tx_.exec(kSeenGroup, corp_, g.id, g.name));
      if (ours_gone) {
        pushes.push_back({Push::Kind::remove_group, g.id, {}, had.ours.v, {}});
        return true;
      }
      pushes.push_back({Push::Kind::rename_group, g.id, their_spelling(mine->second.name), had.ours.v, mine->second.name});
    } else if (!ours_gone && (had.platform_name != g.name || had.our_name != mine->second.name)) {
      TRY(tx_.exec(kPutGroup, corp_, g.id, had.ours, g.name, mine->second.name));
    }
    return false;
  }

  Result<> tag(const SeenGroup& g, people::TagGroupId group, const SeenTag& t) {
    const auto had = std::ranges::find(agreed_tags_, t.id, &AgreedTag::tag_id);
    if (had == agreed_tags_.end()) return meet_tag(g, group, t);
    const auto mine = our_tags_.find(had->ours.v);
    const bool ours_gone = mine == our_tags_.end() || mine->second.archived_at;
    const Sides s{had->platform_name, had->our_name, t.name, ours_gone ? "" : mine->second.name, false, ours_gone};
    TRY(const auto outcome, decide("tag", t.id, had->ours.v, s));
    if (outcome == Outcome::theirs && mine != our_tags_.end()) {
      auto edited = mine->second;
      edited.name = our_spelling(t.name), edited.archived_at = {};
      TRY(const auto saved, try_save([&] { return people::update_tag(tx_, edited); }));
      if (saved) mine->second = *saved, ++done.pulled;
      TRY(tx_.exec(kPutTag, corp_, t.id, g.id, had->ours, t.name, mine->second.name));
    } else if (outcome == Outcome::theirs) {
      TRY(tx_.exec(kDropTag, corp_, t.id));  // ours was deleted for good: met as a new one with the next look
    } else if (outcome == Outcome::ours) {
      TRY(tx_.exec(kSeenTag, corp_, t.id, t.name));
      if (ours_gone) pushes.push_back({Push::Kind::remove_tag, t.id, {}, had->ours.v, {}});
      else pushes.push_back({Push::Kind::rename_tag, t.id, their_spelling(mine->second.name), had->ours.v, mine->second.name});
    } else if (!ours_gone && (had->platform_name != t.name || had->our_name != mine->second.name || had->group_id != g.id)) {
      TRY(tx_.exec(kPutTag, corp_, t.id, g.id, had->ours, t.name, mine->second.name));
    }
    return {};
  }

  Result<> meet_tag(const SeenGroup& g, people::TagGroupId group, const SeenTag& t) {
    const auto name = our_spelling(t.name);
    const auto same = std::ranges::find_if(our_tags_, [&](const auto& it) { return it.second.group_id == group && it.second.name == name; });
    people::TagId id;
    if (same != our_tags_.end()) {
      const bool paired = std::ranges::any_of(agreed_tags_, [&](const AgreedTag& a) { return a.ours == same->second.id; });
      if (paired) return {};  // two of theirs are one name of ours: the first stands
      id = same->second.id;
      if (same->second.archived_at) {
        auto edited = same->second;
        edited.archived_at = {};
        TRY(same->second, people::update_tag(tx_, edited));
      }
    } else {
      TRY(const auto made, people::create_tag(tx_, {.group_id = group, .name = name.empty() ? t.id : name}));
      our_tags_[made.id.v] = made;
      id = made.id;
      ++done.pulled;
    }
    const auto ours = our_tags_[id.v].name;
    TRY(tx_.exec(kPutTag, corp_, t.id, g.id, id, t.name, ours));
    agreed_tags_.push_back({t.id, g.id, id, t.name, ours, ""});
    return {};
  }

  /// Tags of ours in a paired group that the platform has not.
  Result<> add_ours(const SeenGroup& g, people::TagGroupId group) {
    std::vector<people::Tag> fresh;
    for (const auto& [id, t] : our_tags_) {
      if (t.group_id != group || t.archived_at) continue;
      const bool paired = std::ranges::any_of(agreed_tags_, [&](const AgreedTag& a) { return a.ours.v == id; });
      if (!paired) fresh.push_back(t);
    }
    push_tags(g.id, g.name, group, std::move(fresh));
    return {};
  }

  void push_tags(std::string_view group_id, std::string_view group_name, people::TagGroupId group, std::vector<people::Tag> fresh) {
    for (std::size_t from = 0; from < fresh.size(); from += kAddMax) {
      const auto until = std::min(fresh.size(), from + kAddMax);
      pushes.push_back({Push::Kind::add_tags, std::string(group_id), std::string(group_name), group.v, {},
                        {fresh.begin() + static_cast<std::ptrdiff_t>(from), fresh.begin() + static_cast<std::ptrdiff_t>(until)}});
    }
  }

  /// What was agreed on and the platform shows no more.
  Result<> gone() {
    std::map<std::string, bool, std::less<>> there;
    for (const auto& g : seen_) {
      there[g.id] = true;
      for (const auto& t : g.tags) there[t.id] = true;
    }
    for (const auto& a : agreed_tags_) {
      if (there.contains(a.tag_id)) continue;
      const auto mine = our_tags_.find(a.ours.v);
      const bool ours_gone = mine == our_tags_.end() || mine->second.archived_at;
      const Sides s{a.platform_name, a.our_name, "", ours_gone ? "" : mine->second.name, true, ours_gone};
      TRY(const auto outcome, decide("tag", a.tag_id, a.ours.v, s));
      TRY(tx_.exec(kDropTag, corp_, a.tag_id));
      if (outcome == Outcome::theirs && !ours_gone) {
        auto edited = mine->second;
        edited.archived_at = tx_.now();
        TRY(mine->second, people::update_tag(tx_, edited));
        ++done.archived;
      }
      // Ours stands: unpaired, it is added with the next look as any other of a group that is wanted there.
      if (outcome == Outcome::ours && !ours_gone) TRY(tx_.exec(kWish, corp_, mine->second.group_id.v));
    }
    for (const auto& a : agreed_groups_)
      if (!there.contains(a.group_id)) TRY(tx_.exec(kDropGroup, corp_, a.group_id));
    return {};
  }

  Result<> wishes() {
    TRY(const auto wanted, tx_.all<std::int64_t>(kWishes, corp_));
    for (const auto id : wanted) {
      const bool paired = std::ranges::any_of(agreed_groups_, [&](const AgreedGroup& a) { return a.ours.v == id; });
      const auto mine = our_groups_.find(id);
      if (paired || mine == our_groups_.end() || mine->second.archived_at) continue;
      const auto name = their_spelling(mine->second.name);
      if (holds(seen_, name, &SeenGroup::name)) continue;  // met by its name above
      std::vector<people::Tag> tags;
      for (const auto& [tag_id, t] : our_tags_)
        if (t.group_id.v == id && !t.archived_at) tags.push_back(t);
      push_tags("", name, people::TagGroupId{id}, std::move(tags));  // a group without tags cannot be there
    }
    return {};
  }

  /// A name that is taken here already stays taken: what the platform calls it is agreed on all the same.
  template <class F>
  auto try_save(F&& save) -> Result<std::optional<typename std::invoke_result_t<F>::value_type>> {
    auto saved = tx_.nested([&] { return save(); });
    if (saved) return std::optional(std::move(*saved));
    if (saved.error().code == "people.tag_exists" || saved.error().code == "people.tag_name") return std::nullopt;
    return std::unexpected(std::move(saved).error());
  }

  Tx& tx_;
  const std::string& corp_;
  const std::vector<SeenGroup>& seen_;
  const bool platform_wins_;
  std::map<std::int64_t, people::TagGroup> our_groups_;
  std::map<std::int64_t, people::Tag> our_tags_;
  std::vector<AgreedGroup> agreed_groups_;
  std::vector<AgreedTag> agreed_tags_;
};

/// Says our changes; each is written down as agreed after the platform took it.
class Pushing {
 public:
  Pushing(Db& db, Platform& platform, const std::string& corp, TagsDone& done) : db_(db), platform_(platform), corp_(corp), done_(done) {}

  Result<> push(const Push& p) {
    switch (p.kind) {
      case Push::Kind::rename_group: return renamed(p, kPutGroupName);
      case Push::Kind::rename_tag: return renamed(p, kPutTagName);
      case Push::Kind::remove_tag: return removed(p, {{"tag_id", json::array{json::value(p.id)}}}, kDropTag);
      case Push::Kind::remove_group: return removed(p, {{"group_id", json::array{json::value(p.id)}}}, kDropGroup);
      case Push::Kind::add_tags: return add(p);
    }
    return {};
  }

 private:
  static constexpr std::string_view kPutGroupName = "UPDATE connect_wecom_tag_group SET platform_name = $3, our_name = $4 WHERE corp_id = $1 AND group_id = $2";
  static constexpr std::string_view kPutTagName = "UPDATE connect_wecom_tag SET platform_name = $3, our_name = $4, error = '' WHERE corp_id = $1 AND tag_id = $2";

  template <class F>
  Result<> told(const Result<json::object>& reply, const Push& p, F&& agree) {
    if (reply) {
      ++done_.pushed;
      return db_.write(agree);
    }
    if (reply.error().code != "connect.wecom_refused") return std::unexpected(reply.error());
    ++done_.refused;
    return db_.write([&](Tx& tx) -> Result<> {
      TRY(tx.exec(kTagError, corp_, p.id, reply.error().detail));
      return {};
    });
  }
  Result<> renamed(const Push& p, std::string_view sql) {
    return told(platform_.ask("externalcontact/edit_corp_tag", {{"id", p.id}, {"name", p.name}}), p, [&](Tx& tx) -> Result<> {
      TRY(tx.exec(sql, corp_, p.id, p.name, p.our_name));
      return {};
    });
  }
  Result<> removed(const Push& p, json::object body, std::string_view sql) {
    auto reply = platform_.ask("externalcontact/del_corp_tag", std::move(body));
    if (!reply && refused_with(reply.error(), 40068)) reply = json::object{};  // gone already
    return told(reply, p, [&](Tx& tx) -> Result<> {
      TRY(tx.exec(sql, corp_, p.id));
      return {};
    });
  }
  Result<> add(const Push& p) {
    json::array tags;
    for (const auto& t : p.tags) tags.push_back(json::object{{"name", their_spelling(t.name)}});
    json::object body{{"tag", std::move(tags)}};
    if (p.id.empty()) body["group_name"] = p.name;
    else body["group_id"] = p.id;
    const auto reply = platform_.ask("externalcontact/add_corp_tag", std::move(body));
    return told(reply, p, [&](Tx& tx) -> Result<> {
      const auto& group = object_in(*reply, "tag_group");
      const auto group_id = text_in(group, "group_id");
      TRY(const auto ours, people::tag_group_by_id(tx, people::TagGroupId{p.ours}));
      if (p.id.empty()) TRY(tx.exec(kPutGroup, corp_, group_id, ours.id, text_in(group, "group_name"), ours.name));
      for (const auto& row : array_in(group, "tag")) {
        const auto name = text_in(row.as_object(), "name");
        const auto mine = std::ranges::find_if(p.tags, [&](const people::Tag& t) { return their_spelling(t.name) == name; });
        if (mine != p.tags.end()) TRY(tx.exec(kPutTag, corp_, text_in(row.as_object(), "id"), group_id, mine->id, name, mine->name));
      }
      return {};
    });
  }

  Db& db_;
  Platform& platform_;
  const std::string& corp_;
  TagsDone& done_;
};

}  // namespace

Result<TagsDone> settle_tags(Db& db, Platform& platform, const std::string& corp) {
  TRY(const auto reply, platform.ask("externalcontact/get_corp_tag_list", {}));
  const auto seen = read_groups(reply);
  TagsDone done;
  std::vector<Push> pushes;
  TRY(db.write([&](Tx& tx) -> Result<> {
    TRY(const auto setting, sync_setting(tx, corp));
    Settling work(tx, corp, seen, setting.tag_rule == "platform");
    TRY(work.run());
    done = work.done;
    pushes = std::move(work.pushes);
    return {};
  }, shard_of_corp(corp)));
  Pushing out(db, platform, corp, done);
  for (const auto& p : pushes) TRY(out.push(p));
  return done;
}

Result<> sync_tags(Db& db, Platform& platform, const std::string& corp) {
  TRY(settle_tags(db, platform, corp));
  return {};
}

Result<> want_tag_group(Tx& tx, std::string_view corp, people::TagGroupId group) {
  TRY(people::tag_group_by_id(tx, group));
  TRY(tx.exec(kWish, corp, group));
  return {};
}

Result<std::vector<TagConflict>> tag_conflicts(Tx& tx, std::string_view corp, std::int64_t before, int limit) {
  return tx.all<TagConflict>(kConflicts, corp, before == 0 ? INT64_MAX : before, limit);
}

}  // namespace koi::connect::wecom
