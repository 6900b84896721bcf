/// Which: rules with a name. A segment is `asked` (its rule is evaluated whenever somebody asks), `live` (membership follows
/// every event and time itself; entering and leaving are events) or `fixed` (the people it had at one moment).
/// Owns segment, segment_version, segment_chunk, segment_recent, segment_state, segment_size, segment_wake, person_list,
/// person_list_member. Appends segment_entered, segment_left (subject: the segment). Source: model.md §11.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/types.h"
#include "events/columns/view.h"
#include "http/http.h"
#include "segments/rule.h"
#include "store/store.h"

namespace koi::segments {

struct SegmentTag { static constexpr std::string_view prefix = "seg"; };
using SegmentId = Id<SegmentTag>;

enum class Mode : std::uint8_t { asked, live, fixed };
BOOST_DESCRIBE_ENUM(Mode, asked, live, fixed)

struct Segment {
  SegmentId id{};
  std::string name{}, description{};
  Mode mode = Mode::asked;
  std::int64_t version = 1;   // of the rule
  std::string tag{};          // "group/name" members of a live segment carry; "": none
  std::optional<Instant> archived_at{};
  std::int64_t ver = 1;       // of the row
  Instant created_at{}, updated_at{};
};
BOOST_DESCRIBE_STRUCT(Segment, (), (id, name, description, mode, version, tag, archived_at, ver, created_at, updated_at))

/// not_found "segments.no_segment".
Result<Segment> segment_by_id(Tx& tx, SegmentId id);
/// By id text ("seg_…") or by name; archived ones by id only. not_found "segments.no_segment".
Result<Segment> find_segment(Tx& tx, std::string_view id_or_name);
/// The rule of a version; 0: the one that counts. not_found "segments.no_version".
Result<Rule> rule_of(Tx& tx, SegmentId id, std::int64_t version = 0);
/// Segments that are not archived, by name.
Result<std::vector<Segment>> segments(Tx& tx);

/// Everybody in it now, as roots of the view who were not erased: kept members of a live or fixed one, the rule's answer of
/// an asked one (or of a live one that is still being filled). Codes of people_of.
Result<events::columns::People> members_of(Tx& tx, const events::columns::View& view, const Segment& segment);
/// The same for any rule text: what explorers filter by. Codes of parse_rule and require_sound.
Result<events::columns::People> people_of_text(Tx& tx, const events::columns::View& view, std::string_view rule);

std::span<const Route> routes();
std::span<const store::Migration> schema();

}  // namespace koi::segments
