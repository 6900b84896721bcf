#include "segments/live_book.h"

#include <algorithm>
#include <functional>

#include "base/crypto.h"
#include "people/attributes.h"
#include "people/profile.h"
#include "people/standing.h"
#include "segments/circles.h"
#include "segments/json.h"
#include "segments/lists.h"
#include "segments/merchant.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

struct RuleRow {
  SegmentId id;
  std::string name, mode;
  std::int64_t version = 0;
  std::string tag, rule;
};
BOOST_DESCRIBE_STRUCT(RuleRow, (), (id, name, mode, version, tag, rule))
struct ListRow { std::int64_t id = 0; std::string name; std::int64_t ver = 0, people = 0; };
BOOST_DESCRIBE_STRUCT(ListRow, (), (id, name, ver, people))

constexpr std::string_view kRules =
    "SELECT s.id, s.name, s.mode, s.version, s.tag, v.rule FROM segment s "
    "JOIN segment_version v ON v.segment_id = s.id AND v.version = s.version WHERE s.archived_at IS NULL ORDER BY s.id";
constexpr std::string_view kLists = "SELECT id, name, ver, people FROM person_list ORDER BY id";
constexpr std::string_view kOwners =
    "SELECT DISTINCT owner_staff_id FROM person WHERE merged_into IS NULL AND owner_staff_id IS NOT NULL ORDER BY owner_staff_id LIMIT 5000";
// How many there are, the newest, and how often they were edited.
constexpr std::string_view kStamps[] = {
    "SELECT COUNT(*), MAX(id), CAST(SUM(ver) + SUM(version) AS BIGINT), COUNT(archived_at) FROM segment",
    "SELECT COUNT(*), MAX(id), CAST(SUM(ver) AS BIGINT), CAST(SUM(people) AS BIGINT) FROM person_list",
    "SELECT 0, 0, CAST(SUM(ver) - COUNT(*) AS BIGINT), 0 FROM tag",  // a new one changes nothing
    "SELECT 0, 0, CAST(SUM(ver) - COUNT(*) AS BIGINT), 0 FROM tag_group",
    "SELECT COUNT(*), MAX(id), CAST(SUM(ver) AS BIGINT), COUNT(archived_at) FROM attribute_def"};
constexpr std::size_t kTagStamps = 2;  // the place of tags among them

Result<std::string> stamp(Tx& tx, std::string_view sql) {
  std::string out;
  TRY(tx.each_raw(sql, {}, [&](const store::Statement& row) -> Result<> {
    for (int i = 0; i < 4; ++i) out += std::to_string(row.is_null(i) ? 0 : row.integer(i)) + ",";
    return {};
  }));
  return out;
}

/// Names and places of everybody who owns people.
Result<std::string> staff_stamp(Tx& tx) {
  const auto ask = people::staff_faces();
  if (ask == nullptr) return std::string();
  TRY(const auto owners, tx.all<StaffId>(kOwners));
  TRY(const auto faces, ask(tx, owners));
  std::string out;
  for (const auto& face : faces) out.append(to_text(face.id)).append(face.name).append(1, '\0').append(face.place).append(1, '\0');
  return out;
}

/// Puts a book together from what the tables say.
class Binder {
 public:
  explicit Binder(Tx& tx) : tx_(tx) {}

  Result<> read() {
    TRY(rows_, tx_.all<RuleRow>(kRules));
    TRY(lists_, tx_.all<ListRow>(kLists));
    TRY(const auto watched, people::watched_kinds(tx_));
    standing_ = watched.names;
    for (const auto& row : rows_)
      if (auto rule = rule_of_json(row.rule)) rules_.emplace(row.id, std::move(*rule));
    return {};
  }
  Result<> bind(LiveBook& out) {
    TRY(const auto zone, merchant_zone(tx_));
    zone_ = std::string(zone.name());
    for (const auto& row : rows_)
      if (row.mode == "live") TRY(place(row, out));
    return {};
  }

 private:
  const RuleRow* find(const std::string& name) const {
    auto at = std::ranges::find(rows_, name, &RuleRow::name);
    if (at == rows_.end()) at = std::ranges::find_if(rows_, [&](const RuleRow& r) { return to_text(r.id) == name; });
    return at == rows_.end() ? nullptr : &*at;
  }

  /// The segment with all it asks before it; nothing happens when it stands there or comes back to itself.
  Result<> place(const RuleRow& row, LiveBook& out) {
    const auto key = to_text(row.id);
    const auto rule = rules_.find(row.id);
    if (out.place_of.contains(key) || rule == rules_.end() || !under_way_.insert(row.id).second) return {};
    LiveSegment made{.id = row.id, .name = row.name, .version = row.version, .tag = row.tag, .rule = rule->second};
    std::string sources;
    TRY(resolve(made.rule.root, made, sources, out));
    under_way_.erase(row.id);
    made.needs = needs_of(made.rule, standing_);
    if (!made.tag.empty() && asks_for_tag(made.rule.root, made.tag)) made.tag.clear();  // or nobody would ever come to rest
    TRY(const auto meaning, meaning_of(made, sources));
    made.meaning = static_cast<std::int64_t>(hash64(meaning) >> 1);
    out.place_of.emplace(key, out.live.size());
    out.live.push_back(std::move(made));
    return {};
  }

  /// Names become keys; rules of asked segments take the place of their names.
  Result<> resolve(Clause& c, LiveSegment& made, std::string& sources, LiveBook& out) {
    if (auto* group = std::get_if<Group>(&c.is)) {
      for (auto& inner : group->of) TRY(resolve(inner, made, sources, out));
      return {};
    }
    if (auto* in = std::get_if<InList>(&c.is)) return resolve_list(*in, sources, out);
    auto* in = std::get_if<InSegment>(&c.is);
    if (in == nullptr) return {};
    const auto* row = find(in->segment);
    in->segment = row == nullptr ? "" : to_text(row->id);
    if (row == nullptr) return {};
    if (row->mode == "fixed") {
      out.sets[in->segment] = {.fixed = row->id, .stamp = std::to_string(row->version)};
      sources += in->segment + std::to_string(row->version) + ";";
      return {};
    }
    if (row->mode == "live") {
      TRY(place(*row, out));
      const auto there = out.place_of.find(in->segment);
      if (there != out.place_of.end()) made.asks.push_back(there->second);
      return {};
    }
    const auto rule = rules_.find(row->id);
    if (rule == rules_.end() || !under_way_.insert(row->id).second) return {};
    Clause whole{Group{Group::all, {rule->second.root}}};
    TRY(resolve(whole, made, sources, out));
    under_way_.erase(row->id);
    c = std::move(whole);
    return {};
  }
  Result<> resolve_list(InList& in, std::string& sources, LiveBook& out) {
    auto at = std::ranges::find(lists_, in.list, &ListRow::name);
    if (at == lists_.end()) at = std::ranges::find_if(lists_, [&](const ListRow& l) { return to_text(ListId{l.id}) == in.list; });
    in.list = at == lists_.end() ? "" : "list " + std::to_string(at->id);
    if (at == lists_.end()) return {};
    const auto stamp = std::to_string(at->ver) + " " + std::to_string(at->people);
    out.sets[in.list] = {.list = at->id, .stamp = stamp};
    sources += in.list + " " + stamp + ";";
    return {};
  }
  /// As text: the rule and the definitions of what it reads.
  Result<std::string> meaning_of(const LiveSegment& made, const std::string& sources) {
    auto out = json_of(made.rule) + sources + zone_;
    if (made.needs.tags)
      for (auto i = kTagStamps; i < kTagStamps + 2; ++i) {
        TRY(const auto tags, stamp(tx_, kStamps[i]));
        out += tags;
      }
    if (made.needs.staff) {
      TRY(const auto staff, staff_stamp(tx_));
      out += staff;
    }
    TRY(const auto defs, people::attribute_defs(tx_));
    for (const auto& key : made.needs.attributes) {
      const auto* def = people::find_def(defs, key);
      out += def == nullptr ? key + " -" : key + " " + std::to_string(def->ver);
    }
    return out;
  }

  Tx& tx_;
  std::string zone_;
  std::vector<RuleRow> rows_;
  std::vector<ListRow> lists_;
  std::vector<std::string> standing_;
  std::map<SegmentId, Rule> rules_;
  std::set<SegmentId> under_way_;
};

}  // namespace

Result<std::int64_t> stamp_of_definitions(Tx& tx) {
  std::string all;
  for (const auto sql : kStamps) {
    TRY(const auto one, stamp(tx, sql));
    all += one;
  }
  TRY(const auto staff, people::staff_edits(tx));
  TRY(const auto zone, merchant_zone(tx));
  return static_cast<std::int64_t>(hash64(all.append(std::to_string(staff)).append(1, ',').append(zone.name())) >> 1);
}

Result<LiveBook> read_live_book(Tx& tx, std::int64_t stamp) {
  LiveBook out{.stamp = stamp};
  Binder binder(tx);
  TRY(binder.read());
  TRY(binder.bind(out));
  return out;
}

}  // namespace koi::segments
