// koi_vectors FILE...: published vectors through the shipped code, a line a case and a sum a group. 1: some failed, 2: a file
// cannot be read or its kind is unknown. koi_vectors --talk: see vectors.h.
#include <fstream>
#include <iostream>
#include <sstream>

#include "tests/vectors/vectors.h"

namespace koi::vectors {
namespace {

enum { kPassed = 0, kFailed = 1, kUnread = 2 };

int unread(const std::string& file, const std::string& why) {
  std::cerr << "koi_vectors: " << file << ": " << why << "\n";
  return kUnread;
}

int run_file(const std::string& path) {
  const auto kind = kind_of(path);
  if (!kind) return unread(path, "the name tells no kind of vectors");
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) return unread(path, "cannot be read");
  const auto verdicts = run(*kind, text.str());
  if (!verdicts) return unread(path, "is not a JSON object");
  std::vector<std::pair<std::string, std::pair<int, int>>> sums;  // passed, all
  int failed = 0;
  for (const auto& v : *verdicts) {
    const bool passed = v.difference.empty();
    std::cout << (passed ? "pass  " : "FAIL  ") << v.group << "  " << v.name << (passed ? "" : "  ") << v.difference << "\n";
    if (sums.empty() || sums.back().first != v.group) sums.push_back({v.group, {}});
    sums.back().second.first += passed;
    sums.back().second.second += 1;
    failed += !passed;
  }
  for (const auto& [group, sum] : sums) std::cout << "sum   " << *kind << "  " << group << "  " << sum.first << "/" << sum.second << "\n";
  std::cout << "file  " << path << "  " << verdicts->size() - static_cast<std::size_t>(failed) << "/" << verdicts->size() << "\n";
  return failed == 0 ? kPassed : kFailed;
}

int main_of(const std::vector<std::string>& args) {
  if (args == std::vector<std::string>{"--talk"}) {
    for (std::string line; std::getline(std::cin, line);) std::cout << talk(line) << std::endl;
    return kPassed;
  }
  if (args.empty()) return unread("usage", "koi_vectors FILE... | --talk");
  int worst = kPassed;
  for (const auto& path : args) worst = std::max(worst, run_file(path));
  return worst;
}

}  // namespace
}  // namespace koi::vectors

int main(int argc, char** argv) { return koi::vectors::main_of({argv + 1, argv + argc}); }
