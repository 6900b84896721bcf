/// Whose rows a caller may touch. Every repository function about people takes one; nothing compiles without it.
#pragma once
#include <string>
#include <utility>

#include "base/types.h"

namespace koi {

/// How far a role reaches: one's own customers, one's team (unit), store, region, or everything.
enum class Reach : std::uint8_t { own, team, store, region, all };

/// A data scope. `unit_path` is the org path the reach stands on ("/1/12/"); rows carry owner and unit_path.
class Scope {
 public:
  static Scope everything(std::string_view because) { (void)because; return Scope{Reach::all, {}, {}}; }
  static Scope of(Reach reach, StaffId staff, std::string unit_path) {
    return Scope{reach, staff, std::move(unit_path)};
  }
  Reach reach() const { return reach_; }
  StaffId staff() const { return staff_; }
  const std::string& unit_path() const { return unit_path_; }
  bool unlimited() const { return reach_ == Reach::all; }
  /// Whether a row owned by `owner` in `path` is inside.
  bool covers(StaffId owner, std::string_view path) const {
    if (reach_ == Reach::all) return true;
    if (reach_ == Reach::own) return staff_ && owner == staff_;
    return !unit_path_.empty() && path.starts_with(unit_path_);
  }

 private:
  Scope(Reach reach, StaffId staff, std::string path) : reach_(reach), staff_(staff), unit_path_(std::move(path)) {}
  Reach reach_;
  StaffId staff_;
  std::string unit_path_;
};

}  // namespace koi
