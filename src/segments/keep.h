/// Keeping segments: made, changed with a version for each meaning, put aside, thrown away.
#pragma once
#include "segments/segments.h"
#include "segments/vocabulary.h"

namespace koi::segments {

inline constexpr std::size_t kNameMax = 60, kDescriptionMax = 500;  // characters
inline constexpr std::int64_t kSegmentsMax = 1000;

/// A rule as somebody wrote it: text (text.h) or JSON (json.h); exactly one. With the code and the place of what is wrong.
struct Written {
  std::optional<std::string> text = {}, json = {};
  static Written of(const Rule& rule);
};
/// invalid "segments.rule_missing"; codes of parse_rule, rule_of_json and require_sound. `self`: the name it is kept by.
Result<Rule> read_rule(const Written& written, const Vocabulary& words, std::string_view self = {});

struct CreateSegment {
  std::string name{}, description{};
  Mode mode = Mode::asked;
  Written rule{};
  std::string tag{};  // "group/name"; made when there is none
  std::string by{};   // "user 7"
};
/// invalid "segments.name", "segments.description", "segments.tag" (no tag's name, or not live), "segments.mode" (a fixed one
/// is made of people: snapshot), "segments.tag_cycle" (its tag, or one it looks at, leads back to it); conflict "segments.name_taken"; exhausted "segments.limit"; codes of read_rule.
Result<Segment> create_segment(Tx& tx, const CreateSegment& cmd);
/// A fixed segment: the people somebody had at one moment, as ascending numbers of nodes. `rule` is where they came from.
struct Snapshot { std::string name{}, description{}; Rule rule{}; std::vector<std::int64_t> people{}; std::string by{}; };
Result<Segment> create_snapshot(Tx& tx, const Snapshot& cmd);

struct UpdateSegment {
  SegmentId id{};
  std::optional<std::int64_t> ver{};  // the one that was looked at
  std::optional<std::string> name{}, description{}, tag{};
  std::optional<Mode> mode{};
  std::optional<Written> rule{};
  std::optional<bool> archived{};
  std::string by{};
};
/// A changed rule is a new version; what says the same is none. A new name is written into every rule that names it.
/// precondition "segments.stale"; conflict "segments.fixed" (its rule and mode stay), "segments.in_use" (archiving what others
/// name); codes of create_segment, not_found "segments.no_segment".
Result<Segment> update_segment(Tx& tx, const UpdateSegment& cmd);
/// With its versions, members and history. conflict "segments.in_use" (detail: whose rules name it).
Result<> delete_segment(Tx& tx, SegmentId id);

struct Version { std::int64_t version = 1; Rule rule{}; std::string by_whom{}; Instant at{}; };
/// Newest first.
Result<std::vector<Version>> versions_of(Tx& tx, SegmentId id);

/// Those that are not archived and whose rule names this segment, or this list.
Result<std::vector<Segment>> segments_naming(Tx& tx, std::string_view segment);
Result<std::vector<Segment>> segments_naming_list(Tx& tx, std::string_view list);
/// A list has another name, or other people: rules follow, live ones are filled anew.
Result<> list_renamed(Tx& tx, std::string_view from, std::string_view to);
Result<> list_changed(Tx& tx, std::string_view list);

/// How far membership is; nothing for an asked one.
struct State { std::int64_t version = 0, size = 0; std::optional<Instant> filled_at{}; std::int64_t refill = 1; };
Result<std::optional<State>> state_of(Tx& tx, SegmentId id);
/// Whether the kept members are those of the rule as it stands.
bool is_ready(const Segment& segment, const std::optional<State>& state);

}  // namespace koi::segments
