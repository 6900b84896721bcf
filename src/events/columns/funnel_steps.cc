#include "events/columns/funnel_steps.h"

namespace koi::events::columns {

std::vector<std::int64_t> kinds_of(const FunnelQuestion& question) {
  std::vector<std::int64_t> out;
  for (const auto& step : question.steps) out.insert(out.end(), step.kinds.begin(), step.kinds.end());
  for (const auto& one : question.never) out.insert(out.end(), one.step.kinds.begin(), one.step.kinds.end());
  return out;
}

StepBinding::StepBinding(const Part& of, const FunnelQuestion& question, bool everything)
    : part(&of), wanted(of, everything ? std::vector<std::int64_t>{} : kinds_of(question)) {
  steps.resize(of.kinds().size());
  never.resize(of.kinds().size());
  const auto add = [&](std::vector<Mask>& to, std::size_t bit, const Step& step, std::vector<Test>& tests) {
    tests.emplace_back(step.where, of, question.source_of);
    if (tests.back().never()) return;
    for (const auto kind : step.kinds)
      if (const auto code = of.code_of(kind)) to[*code] = static_cast<Mask>(to[*code] | 1U << bit);
  };
  for (std::size_t i = 0; i < question.steps.size(); ++i) add(steps, i, question.steps[i], step_tests);
  for (std::size_t i = 0; i < question.never.size(); ++i) add(never, i, question.never[i].step, never_tests);
}

}  // namespace koi::events::columns
