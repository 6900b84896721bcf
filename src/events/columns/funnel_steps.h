/// Which steps of a funnel an event may be.
#pragma once
#include <bit>

#include "events/columns/funnel.h"

namespace koi::events::columns {

using Mask = std::uint16_t;  // a bit a step

/// Every kind a funnel asks for, steps and what must not come; one that stands twice is listed twice.
std::vector<std::int64_t> kinds_of(const FunnelQuestion& question);

/// Which steps a kind of this part may be, and the tests that decide.
struct StepBinding {
  /// `everything`: the scan shows every row, whatever its kind.
  StepBinding(const Part& of, const FunnelQuestion& question, bool everything);

  static Mask tested(Mask mask, const std::vector<Test>& tests, std::uint32_t row) {
    for (auto bits = mask; bits != 0; bits = static_cast<Mask>(bits & (bits - 1))) {
      const auto i = static_cast<std::size_t>(std::countr_zero(bits));
      if (!tests[i].always() && !tests[i](row)) mask = static_cast<Mask>(mask & ~(1U << i));
    }
    return mask;
  }
  Mask steps_at(std::uint32_t row) const { return tested(steps[part->kind_code(row)], step_tests, row); }
  Mask never_at(std::uint32_t row) const { return tested(never[part->kind_code(row)], never_tests, row); }

  const Part* part;
  Wanted wanted;
  std::vector<Mask> steps, never;  // by code
  std::vector<Test> step_tests, never_tests;
  Groups::Bound group;
};

}  // namespace koi::events::columns
