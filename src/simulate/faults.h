/// What goes wrong on request: the next calls of an API answer an error, late, or never; done or not done.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace koi::simulate {

struct Fault {
  enum class Kind { error, hang, unknown, late } kind = Kind::error;
  std::string path;            // "" any API; else the end of its path: "externalcontact/get"
  int errcode = -1;            // of error
  int times = 1, skip = 0;     // calls it strikes, calls it lets pass first
  std::int64_t ms = 0;         // late: before it answers; hang, unknown: before the connection is answered after all
};

/// hang: not done, no answer. unknown: done, no answer. late: done, answered after `ms`.
class Faults {
 public:
  void add(Fault fault) { list_.push_back(std::move(fault)); }
  void clear() { list_.clear(); }
  const std::vector<Fault>& list() const { return list_; }
  /// The fault that strikes this call, if any; it is used up.
  std::optional<Fault> strike(std::string_view path);

 private:
  std::vector<Fault> list_;
};

}  // namespace koi::simulate
