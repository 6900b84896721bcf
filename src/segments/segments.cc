#include "segments/segments.h"

#include <algorithm>

#include "base/text.h"
#include "people/tags.h"
#include "segments/check.h"
#include "segments/checker.h"
#include "segments/chunks.h"
#include "segments/circles.h"
#include "segments/json.h"
#include "segments/keep.h"
#include "segments/merchant.h"
#include "store/rows.h"

namespace koi::segments {

struct VersionRow { std::int64_t version = 1; std::string rule, by_whom; Instant at; };
BOOST_DESCRIBE_STRUCT(VersionRow, (), (version, rule, by_whom, at))
BOOST_DESCRIBE_STRUCT(State, (), (version, size, filled_at, refill))

namespace {

#define KOI_SEGMENT_COLUMNS \
  "SELECT id, name, description, mode, version, tag, archived_at, ver, created_at, updated_at FROM segment "
constexpr std::string_view kById = KOI_SEGMENT_COLUMNS "WHERE id = $1";
constexpr std::string_view kByName = KOI_SEGMENT_COLUMNS "WHERE name = $1 AND archived_at IS NULL";
constexpr std::string_view kStanding = KOI_SEGMENT_COLUMNS "WHERE archived_at IS NULL ORDER BY name LIMIT $1";
constexpr std::string_view kEvery = KOI_SEGMENT_COLUMNS "ORDER BY id LIMIT $1";
constexpr std::string_view kCount = "SELECT COUNT(*) FROM segment";
constexpr std::string_view kTaken = "SELECT id FROM segment WHERE name = $1 AND archived_at IS NULL AND id <> $2";
constexpr std::string_view kAdd =
    "INSERT INTO segment (id, name, description, mode, version, tag, created_at, updated_at) VALUES ($1, $2, $3, $4, 1, $5, $6, $6)";
constexpr std::string_view kEdit =
    "UPDATE segment SET name = $3, description = $4, mode = $5, version = $6, tag = $7, archived_at = $8, updated_at = $9, ver = ver + 1 "
    "WHERE id = $1 AND ver = $2";
constexpr std::string_view kReword = "UPDATE segment SET version = $2, updated_at = $3, ver = ver + 1 WHERE id = $1";
constexpr std::string_view kAddVersion = "INSERT INTO segment_version (segment_id, version, rule, by_whom, at) VALUES ($1, $2, $3, $4, $5)";
constexpr std::string_view kRule = "SELECT rule FROM segment_version WHERE segment_id = $1 AND version = $2";
constexpr std::string_view kVersions =
    "SELECT version, rule, by_whom, at FROM segment_version WHERE segment_id = $1 ORDER BY version DESC LIMIT $2";
constexpr std::string_view kState = "SELECT version, size, filled_at, refill FROM segment_state WHERE segment_id = $1";
constexpr std::string_view kRefill =
    "INSERT INTO segment_state (segment_id, version, refill) VALUES ($1, 0, 1) ON CONFLICT (segment_id) DO UPDATE SET refill = 1";
constexpr std::string_view kFilled =
    "INSERT INTO segment_state (segment_id, version, size, filled_at, refill) VALUES ($1, 1, $2, $3, 0)";
// The same meaning in other words: what was filled for the words before is filled for these.
constexpr std::string_view kMeansTheSame = "UPDATE segment_state SET version = $3 WHERE segment_id = $1 AND version = $2";
constexpr std::string_view kDrops[] = {
    "DELETE FROM segment_version WHERE segment_id = $1", "DELETE FROM segment_chunk WHERE segment_id = $1",
    "DELETE FROM segment_state WHERE segment_id = $1", "DELETE FROM segment_size WHERE segment_id = $1", "DELETE FROM segment WHERE id = $1"};
constexpr int kVersionsMax = 200;  // shown; older ones stay

Result<std::string> name_of(Tx& tx, std::string_view given, SegmentId self) {
  const auto name = trim(given);
  const bool control = std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (name.empty() || control || !valid_utf8(name) || count_chars(name) > kNameMax)
    return fail(Errc::invalid, "segments.name", std::string(take_chars(name, kNameMax)), "/name");
  TRY(const auto taken, tx.maybe<SegmentId>(kTaken, name, self.v));
  if (taken) return fail(Errc::conflict, "segments.name_taken", std::string(name), "/name");
  return std::string(name);
}

Result<std::string> description_of(std::string_view given) {
  const auto text = trim(given);
  if (!valid_utf8(text) || count_chars(text) > kDescriptionMax) return fail(Errc::invalid, "segments.description", {}, "/description");
  return std::string(text);
}

/// "group/name" of a tag, which is made when nobody has made it yet.
Result<std::string> tag_of(Tx& tx, std::string_view given, Mode mode) {
  if (trim(given).empty()) return std::string();
  const auto slash = given.find('/');
  if (mode != Mode::live) return fail(Errc::invalid, "segments.tag", Said{"only people of a live segment carry its tag", "只有实时人群能打标签"}, "/tag");
  const auto group = slash == std::string_view::npos ? std::string_view() : trim(given.substr(0, slash));
  const auto name = slash == std::string_view::npos ? std::string_view() : trim(given.substr(slash + 1));
  if (group.empty() || name.empty() || name.find('/') != std::string_view::npos)
    return fail(Errc::invalid, "segments.tag", Said{"write it as group/name", "请写成 组/名"}, "/tag");
  TRY(const auto groups, people::tag_groups(tx));
  const auto at = std::ranges::find(groups, group, &people::TagGroup::name);
  auto group_id = at == groups.end() ? people::TagGroupId{} : at->id;
  if (!group_id) {
    TRY(const auto made, people::create_tag_group(tx, {.name = std::string(group)}));
    group_id = made.id;
  }
  TRY(const auto tags, people::tags(tx));
  const auto tag = std::ranges::find_if(tags, [&](const auto& t) { return t.group_id == group_id && t.name == name; });
  if (tag == tags.end()) { TRY(people::create_tag(tx, {.group_id = group_id, .name = std::string(name)})); }
  else if (tag->archived_at) return fail(Errc::conflict, "people.tag_archived", tag->name, "/tag");
  return std::string(group) + "/" + std::string(name);
}

Result<> make_room(Tx& tx) {
  TRY(const auto count, tx.one<std::int64_t>(kCount));
  if (count >= kSegmentsMax) return fail(Errc::exhausted, "segments.limit", std::to_string(kSegmentsMax));
  return {};
}

Result<Segment> add(Tx& tx, const Segment& s, const Rule& rule, const std::string& by) {
  const auto id = tx.next_id<SegmentId>();
  TRY(tx.exec(kAdd, id, s.name, s.description, enum_text(s.mode), s.tag, tx.now()));
  TRY(tx.exec(kAddVersion, id, 1, json_of(rule), by, tx.now()));
  return segment_by_id(tx, id);
}

/// Calls fn on every clause that names somebody else's people; whether it changed something.
bool each_name(Clause& c, const std::function<bool(Clause&)>& fn) {
  bool changed = fn(c);
  if (auto* group = std::get_if<Group>(&c.is))
    for (auto& inner : group->of) changed = each_name(inner, fn) || changed;
  return changed;
}

/// Rules in other words that mean the same, as versions of their own.
Result<> reword_all(Tx& tx, const std::function<bool(Clause&)>& fn) {
  TRY(const auto all, tx.all<Segment>(kEvery, kSegmentsMax));
  for (const auto& s : all) {
    TRY(auto rule, rule_of(tx, s.id));
    if (!each_name(rule.root, fn)) continue;
    TRY(tx.exec(kAddVersion, s.id, s.version + 1, json_of(rule), "rename", tx.now()));
    TRY(tx.exec(kReword, s.id, s.version + 1, tx.now()));
    TRY(tx.exec(kMeansTheSame, s.id, s.version, s.version + 1));
  }
  return {};
}

Result<std::vector<Segment>> naming(Tx& tx, const std::function<bool(Clause&)>& names) {
  std::vector<Segment> out;
  TRY(const auto all, segments(tx));
  for (const auto& s : all) {
    TRY(auto rule, rule_of(tx, s.id));
    if (each_name(rule.root, names)) out.push_back(s);
  }
  return out;
}

auto names_segment(std::string_view name) {
  return [name](Clause& c) {
    const auto* in = std::get_if<InSegment>(&c.is);
    return in != nullptr && in->segment == name;
  };
}
auto names_list(std::string_view name) {
  return [name](Clause& c) {
    const auto* in = std::get_if<InList>(&c.is);
    return in != nullptr && in->list == name;
  };
}

/// Live ones whose rule names it, itself or through others, are to be looked at again.
Result<> refill_users(Tx& tx, const std::vector<Segment>& users) {
  for (const auto& user : users) {
    if (user.mode == Mode::live) { TRY(tx.exec(kRefill, user.id)); }
    TRY(const auto further, segments_naming(tx, user.name));
    TRY(refill_users(tx, further));
  }
  return {};
}

Result<> free_of_use(Tx& tx, const Segment& s) {
  TRY(const auto users, segments_naming(tx, s.name));
  std::string whose;
  for (const auto& user : users)
    if (user.id != s.id) whose += (whose.empty() ? "" : ", ") + user.name;
  if (!whose.empty()) return fail(Errc::conflict, "segments.in_use", whose);
  return {};
}

/// The rule is sound as it stands: what it names may have gone while it was put aside.
Result<> still_sound(Tx& tx, const Segment& s, const Rule& rule) {
  TRY(const auto words, merchant_vocabulary(tx));
  return require_sound(rule, words, s.name);
}

Result<Rule> changed_rule(Tx& tx, const UpdateSegment& cmd, const Segment& had, const std::string& name) {
  TRY(auto words, merchant_vocabulary(tx));
  // By its new name it may be named by others already: that is a circle as well.
  for (auto& word : words.segments)
    if (word.name == had.name) word.name = name;
  return read_rule(*cmd.rule, words, name);
}

}  // namespace

Written Written::of(const Rule& rule) { return {.text = {}, .json = json_of(rule)}; }

Result<Rule> read_rule(const Written& written, const Vocabulary& words, std::string_view self) {
  if (written.text.has_value() == written.json.has_value()) return fail(Errc::invalid, "segments.rule_missing", {}, "/text");
  if (written.text) {
    TRY(auto parsed, parse_rule(*written.text));
    TRY(require_sound(parsed, *written.text, words, self));
    return std::move(parsed.rule);
  }
  TRY(auto rule, rule_of_json(*written.json));
  TRY(require_sound(rule, words, self));
  return rule;
}

Result<Segment> segment_by_id(Tx& tx, SegmentId id) {
  TRY(auto row, tx.maybe<Segment>(kById, id));
  if (!row) return fail(Errc::not_found, "segments.no_segment", to_text(id));
  return std::move(*row);
}

Result<Segment> find_segment(Tx& tx, std::string_view id_or_name) {
  TRY(auto named, tx.maybe<Segment>(kByName, id_or_name));
  if (named) return std::move(*named);
  if (const auto number = parse_id(SegmentTag::prefix, id_or_name)) return segment_by_id(tx, {*number});
  return fail(Errc::not_found, "segments.no_segment", std::string(id_or_name));
}

Result<std::vector<Segment>> segments(Tx& tx) { return tx.all<Segment>(kStanding, kSegmentsMax); }

Result<Rule> rule_of(Tx& tx, SegmentId id, std::int64_t version) {
  if (version == 0) {
    TRY(const auto segment, segment_by_id(tx, id));
    version = segment.version;
  }
  TRY(const auto text, tx.maybe<std::string>(kRule, id, version));
  if (!text) return fail(Errc::not_found, "segments.no_version", std::to_string(version));
  return rule_of_json(*text);
}

Result<std::vector<Version>> versions_of(Tx& tx, SegmentId id) {
  TRY(segment_by_id(tx, id));
  TRY(auto rows, tx.all<VersionRow>(kVersions, id, kVersionsMax));
  std::vector<Version> out;
  for (auto& row : rows) {
    TRY(auto rule, rule_of_json(row.rule));
    out.push_back({row.version, std::move(rule), std::move(row.by_whom), row.at});
  }
  return out;
}

Result<Segment> create_segment(Tx& tx, const CreateSegment& cmd) {
  if (cmd.mode == Mode::fixed) return fail(Errc::invalid, "segments.mode", Said{"a fixed segment is a snapshot of another", "固定人群要从已有人群生成"}, "/mode");
  TRY(make_room(tx));
  Segment s{.mode = cmd.mode};
  TRY(s.name, name_of(tx, cmd.name, {}));
  TRY(s.description, description_of(cmd.description));
  TRY(const auto words, merchant_vocabulary(tx));
  TRY(const auto rule, read_rule(cmd.rule, words, s.name));
  TRY(s.tag, tag_of(tx, cmd.tag, cmd.mode));
  TRY(free_of_tag_circles(tx, {.id = {}, .name = s.name, .mode = s.mode, .tag = s.tag, .rule = rule}));
  TRY(auto made, add(tx, s, rule, cmd.by));
  if (made.mode == Mode::live) { TRY(tx.exec(kRefill, made.id)); }
  return made;
}

Result<Segment> create_snapshot(Tx& tx, const Snapshot& cmd) {
  TRY(make_room(tx));
  Segment s{.mode = Mode::fixed};
  TRY(s.name, name_of(tx, cmd.name, {}));
  TRY(s.description, description_of(cmd.description));
  TRY(auto made, add(tx, s, cmd.rule, cmd.by));
  TRY(const auto size, keep_people(tx, made.id, cmd.people));
  TRY(tx.exec(kFilled, made.id, size, tx.now()));
  return made;
}

Result<Segment> update_segment(Tx& tx, const UpdateSegment& cmd) {
  TRY(const auto had, segment_by_id(tx, cmd.id));
  const auto ver = cmd.ver.value_or(had.ver);
  if (ver != had.ver) return fail(Errc::precondition, "segments.stale");
  auto s = had;
  if (cmd.mode) s.mode = *cmd.mode;
  if ((had.mode == Mode::fixed) != (s.mode == Mode::fixed) || (had.mode == Mode::fixed && cmd.rule)) return fail(Errc::conflict, "segments.fixed");
  if (cmd.archived && *cmd.archived != had.archived_at.has_value()) {
    if (*cmd.archived) { TRY(free_of_use(tx, had)); }
    s.archived_at = *cmd.archived ? std::optional(tx.now()) : std::nullopt;
  }
  if (cmd.name || !s.archived_at) { TRY(s.name, name_of(tx, cmd.name.value_or(had.name), had.id)); }
  if (cmd.description) { TRY(s.description, description_of(*cmd.description)); }
  TRY(s.tag, tag_of(tx, cmd.tag ? *cmd.tag : s.mode == Mode::live ? had.tag : std::string(), s.mode));
  TRY(const auto before, rule_of(tx, had.id));
  auto rule = before;
  if (cmd.rule) { TRY(rule, changed_rule(tx, cmd, had, s.name)); }
  const bool comes_back = had.archived_at && !s.archived_at;
  if (comes_back && !cmd.rule) { TRY(still_sound(tx, s, rule)); }
  const bool moves = rule != before || s.tag != had.tag || s.mode != had.mode;
  if (!s.archived_at && s.mode != Mode::fixed && (moves || comes_back)) {
    // By the name that others' rules still say.
    TRY(free_of_tag_circles(tx, {.id = s.id, .name = had.name, .mode = s.mode, .tag = s.tag, .rule = rule}));
  }
  if (rule != before) {
    TRY(tx.exec(kAddVersion, s.id, ++s.version, json_of(rule), cmd.by, tx.now()));
  }
  TRY(const auto done, tx.exec(kEdit, s.id, ver, s.name, s.description, enum_text(s.mode), s.version, s.tag, s.archived_at, tx.now()));
  if (done == 0) return fail(Errc::precondition, "segments.stale");
  const bool was_live = had.mode == Mode::live && !had.archived_at, is_live = s.mode == Mode::live && !s.archived_at;
  if (was_live != is_live || (is_live && (s.version != had.version || s.tag != had.tag))) { TRY(tx.exec(kRefill, s.id)); }
  if (s.name != had.name) {
    TRY(reword_all(tx, [&](Clause& c) {
      auto* in = std::get_if<InSegment>(&c.is);
      if (in == nullptr || in->segment != had.name) return false;
      in->segment = s.name;
      return true;
    }));
  }
  if (rule != before) {
    TRY(const auto users, segments_naming(tx, s.name));
    TRY(refill_users(tx, users));
  }
  return segment_by_id(tx, s.id);
}

Result<> delete_segment(Tx& tx, SegmentId id) {
  TRY(const auto s, segment_by_id(tx, id));
  if (!s.archived_at) { TRY(free_of_use(tx, s)); }
  for (const auto sql : kDrops) TRY(tx.exec(sql, id));
  return {};
}

Result<std::vector<Segment>> segments_naming(Tx& tx, std::string_view segment) { return naming(tx, names_segment(segment)); }
Result<std::vector<Segment>> segments_naming_list(Tx& tx, std::string_view list) { return naming(tx, names_list(list)); }

Result<> list_renamed(Tx& tx, std::string_view from, std::string_view to) {
  return reword_all(tx, [&](Clause& c) {
    auto* in = std::get_if<InList>(&c.is);
    if (in == nullptr || in->list != from) return false;
    in->list = to;
    return true;
  });
}

Result<> list_changed(Tx& tx, std::string_view list) {
  TRY(const auto users, segments_naming_list(tx, list));
  return refill_users(tx, users);
}

Result<std::optional<State>> state_of(Tx& tx, SegmentId id) { return tx.maybe<State>(kState, id); }

bool is_ready(const Segment& segment, const std::optional<State>& state) {
  if (segment.mode == Mode::fixed) return true;
  return segment.mode == Mode::live && !segment.archived_at && state && state->version == segment.version && state->refill == 0;
}

}  // namespace koi::segments
