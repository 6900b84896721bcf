#include "segments/check.h"

#include <algorithm>

#include "base/say.h"
#include "segments/checker.h"
#include "segments/tokens.h"

namespace koi::segments {
namespace {

Error error_of(Problem problem) {
  Said detail{std::move(problem.detail), std::move(problem.detail_zh)};
  if (!problem.suggestion.empty()) detail = say("{}; did you mean {}", "{}；是不是想写 {}", detail, problem.suggestion);
  Error out{Errc::invalid, std::move(problem.code), std::move(detail.en), std::move(problem.pointer), {}, std::move(detail.zh)};
  out.params.emplace_back("suggestion", std::move(problem.suggestion));
  return out;
}

void name_segments(const Clause& clause, std::vector<std::string>& out) {
  if (const auto* in = std::get_if<InSegment>(&clause.is)) out.push_back(in->segment);
  if (const auto* group = std::get_if<Group>(&clause.is))
    for (const auto& inner : group->of) name_segments(inner, out);
}

/// Depth first; `path` are the names on the way, `done` those that came to an end.
bool comes_back(const Rule& rule, const Vocabulary& v, std::vector<std::string>& path, std::set<std::string>& done) {
  for (const auto& name : segments_in(rule)) {
    const auto seen = std::ranges::find(path, name);
    path.push_back(name);
    if (seen != path.end() - 1) return true;
    const auto* next = find_segment(v, name);
    if (next != nullptr && next->rule && !done.contains(name) && comes_back(*next->rule, v, path, done)) return true;
    path.pop_back();
    done.insert(name);
  }
  return false;
}

}  // namespace

std::vector<std::string> segments_in(const Rule& rule) {
  std::vector<std::string> out;
  name_segments(rule.root, out);
  return out;
}

std::string cycle_through(const Rule& rule, std::string_view self, const Vocabulary& vocabulary) {
  std::vector<std::string> path;
  path.reserve(vocabulary.segments.size() + 2);
  if (!self.empty()) path.emplace_back(self);
  std::set<std::string> done;
  if (!comes_back(rule, vocabulary, path, done)) return {};
  std::string out;
  for (auto from = std::ranges::find(path, path.back()); from != path.end(); ++from) out += (out.empty() ? "" : " > ") + *from;
  return out;
}

std::vector<Problem> check_rule(const Rule& rule, const Vocabulary& vocabulary, std::string_view self, const Budget& budget) {
  Checker checker(vocabulary, budget);
  checker.rule(rule, self);
  return checker.take();
}

Result<> require_sound(const Rule& rule, const Vocabulary& vocabulary, std::string_view self) {
  auto problems = check_rule(rule, vocabulary, self);
  if (problems.empty()) return {};
  return std::unexpected(error_of(std::move(problems[0])));
}

Result<> require_sound(const Parsed& parsed, std::string_view source, const Vocabulary& vocabulary, std::string_view self) {
  auto problems = check_rule(parsed.rule, vocabulary, self);
  if (problems.empty()) return {};
  const auto leaf = problems[0].leaf;
  auto out = error_of(std::move(problems[0]));
  if (leaf < parsed.leaves.size()) {
    const auto at = place_of(source, parsed.leaves[leaf].from);
    out.pointer = std::to_string(at.line) + ":" + std::to_string(at.column);
    out.params.insert(out.params.end(), {{"line", std::to_string(at.line)}, {"column", std::to_string(at.column)},
                                         {"from", std::to_string(parsed.leaves[leaf].from)}, {"to", std::to_string(parsed.leaves[leaf].to)}});
  }
  return std::unexpected(std::move(out));
}

}  // namespace koi::segments
