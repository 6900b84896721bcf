#include "people/grave_list.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/text.h"

namespace koi::people {

Result<> note_graves(const std::string& path, const std::string& keystore, std::span<const std::int64_t> slots) {
  if (slots.empty()) return {};
  std::string lines;
  for (const auto slot : slots) lines += keystore + " " + std::to_string(slot) + "\n";
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Errc::unavailable, "store.io", path);
  const bool kept = ::write(fd, lines.data(), lines.size()) == static_cast<ssize_t>(lines.size()) && ::fdatasync(fd) == 0;
  ::close(fd);
  if (!kept) return fail(Errc::unavailable, "store.io", path);
  return {};
}

std::vector<std::int64_t> read_graves(const std::string& path, const std::string& keystore) {
  std::vector<std::int64_t> out;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(keystore + " ")) continue;
    if (const auto slot = parse_int(std::string_view(line).substr(keystore.size() + 1)); slot && *slot > 0) out.push_back(*slot);
  }
  std::ranges::sort(out);
  const auto doubles = std::ranges::unique(out);
  out.erase(doubles.begin(), doubles.end());
  return out;
}

}  // namespace koi::people
