/// DATA/keys/erased: the destroyed keys of a keystore, one a line, to be copied off the machine. A store and a keystore
/// restored from older copies forget these people again before anybody reads.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace koi::people {

/// Appends and syncs.
Result<> note_graves(const std::string& path, const std::string& keystore, std::span<const std::int64_t> slots);
/// Those of this keystore, sorted, without doubles; empty when there is no list. Lines that say nothing are skipped.
std::vector<std::int64_t> read_graves(const std::string& path, const std::string& keystore);

}  // namespace koi::people
