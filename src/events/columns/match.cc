#include "events/columns/match.h"

#include <cstdlib>

namespace koi::events::columns {

Wanted::Wanted(const Part& part, std::span<const std::int64_t> kinds) : all_(kinds.empty()) {
  none_ = !all_;
  set_.resize(part.kinds().size());
  for (const auto kind : kinds) {
    const auto code = part.code_of(kind);
    if (!code) continue;
    none_ = false;
    set_[*code] = true;
    if (*code < 256) (*code < 128 ? low : high)[*code % 16] |= static_cast<std::uint8_t>(1U << (*code / 16) % 8);
  }
}

std::vector<bool> codes_of(const Part& part, std::span<const std::int64_t> kinds) {
  std::vector<bool> out(part.kinds().size());
  for (const auto kind : kinds)
    if (const auto code = part.code_of(kind)) out[*code] = true;
  return out;
}

Cpu cpu() {
  static const Cpu kind = std::getenv("KOIPOND_PLAIN_CPU") == nullptr && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("lzcnt") ? Cpu::avx2 : Cpu::plain;
  return kind;
}

}  // namespace koi::events::columns
