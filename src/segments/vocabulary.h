/// What a merchant has that a rule may name: what check.h judges by and sentence.h takes its words from.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "segments/fields.h"
#include "segments/rule.h"
#include "store/store.h"

namespace koi::segments {

struct AttributeWord {
  std::string key;
  Type type = Type::text;  // enum is text, multi is set
  std::string zh = {}, en = {};
  std::vector<std::string> options = {};  // none: any value
};
struct PropertyWord { std::string name; Type type = Type::any; };
struct EventWord {
  std::string name, zh, en;
  std::vector<PropertyWord> properties = {};  // none: anything may be there
  std::int64_t per_person_year = 0;  // how often it happens to one person a year; 0: not known
};
struct TagWord { std::string group, name; };
struct SegmentWord { std::string name; std::optional<Rule> rule = {}; };
struct StaffWord { std::string id, name; };

/// Lists that are empty and may be (staff, stores, channels, places) are not judged by: any name is taken.
struct Vocabulary {
  std::vector<AttributeWord> attributes = {};
  std::vector<EventWord> events = {};
  std::vector<TagWord> tags = {};
  std::vector<std::string> tag_groups = {};
  std::vector<SegmentWord> segments = {};
  std::vector<std::string> lists = {}, stages = {}, channels = {}, stores = {};
  std::vector<StaffWord> staff = {};
};

const AttributeWord* find_attribute(const Vocabulary& v, std::string_view key);
const EventWord* find_event(const Vocabulary& v, std::string_view name);
const SegmentWord* find_segment(const Vocabulary& v, std::string_view name);
/// By "group/name", or by "name" alone when one group only has it.
const TagWord* find_tag(const Vocabulary& v, std::string_view name);

/// Attributes that are not sealed, kinds of events, tags, groups, stages, and the channels, stores and owners people
/// have (kNamesMax of each). Segments and lists are for whoever keeps them to add.
inline constexpr int kNamesMax = 2000;
Result<Vocabulary> vocabulary_of(Tx& tx);

}  // namespace koi::segments
