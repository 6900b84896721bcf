/// Segments as text: a file to read, compare, keep beside code and bring in elsewhere. Grammar: docs/guides/segments.md.
#pragma once
#include "segments/keep.h"

namespace koi::segments {

inline constexpr std::size_t kPackMax = 512 << 10;  // bytes

/// One segment of a pack, tiers written out.
struct PackedSegment {
  std::string name{}, description{}, tag{}, text{};
  Mode mode = Mode::asked;
  std::int64_t line = 1, rule_line = 1;  // where it begins; where its rule does
  std::string tiers{};                   // the set it is a tier of, whose tag group is exclusive
};
/// malformed "segments.pack_syntax" (pointer: the line), too_large "segments.pack_size", invalid "segments.pack_twice" (a name
/// twice). A tier's rule leaves out whoever is in a tier before it.
Result<std::vector<PackedSegment>> parse_pack(std::string_view text);

/// Segments that are not archived, by name; asked and live ones, and sets of tiers as such. Fixed ones are people, not rules:
/// they are named in a comment.
Result<std::string> export_pack(Tx& tx);

enum class PackResult : std::uint8_t { new_, changed, same, error };
struct PackLine { std::string name{}; PackResult result = PackResult::same; std::string code{}, detail{}, detail_zh{}; std::int64_t line = 1; };
/// What each segment of the pack is here, or became. When one is an error nothing changes. `dry_run`: nothing changes.
struct Imported { std::vector<PackLine> lines; bool applied = false; };
Result<Imported> import_pack(Tx& tx, std::string_view text, std::string_view by, bool dry_run);

}  // namespace koi::segments
