/// How a block of the log's rows is laid out before it is compressed: column by column, each as what changes from row to
/// row. Pure; the same rows give the same bytes.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/row.h"

namespace koi::events {

/// A block in two parts: `noise` is what no compressor makes smaller (hashes of ids) and would only disturb `text`.
struct PackedRows { std::string noise, text; };

/// Rows that follow each other in the log without a hole.
PackedRows pack_rows(std::span<const RawRow> rows);

/// The rows again, numbered from `first`; their props point into `packed.text`, which must outlive them. Nothing when the
/// bytes are not what pack_rows writes.
std::optional<std::vector<RawRow>> unpack_rows(const PackedRows& packed, Seq first, std::size_t count);

}  // namespace koi::events
