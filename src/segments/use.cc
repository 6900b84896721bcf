#include "segments/use.h"

#include <algorithm>

#include "people/tags.h"
#include "segments/keep.h"

namespace koi::segments {
namespace {

std::vector<Users>& others() {
  static std::vector<Users> all;
  return all;
}

AuthorNames& authors() {
  static AuthorNames fn = nullptr;
  return fn;
}

}  // namespace

bool know_authors(AuthorNames fn) {
  authors() = fn;
  return true;
}
Result<std::string> author_name(Tx& tx, std::string_view by) { return authors() == nullptr ? Result<std::string>(std::string()) : authors()(tx, by); }

bool know_users(Users fn) {
  if (std::ranges::find(others(), fn) == others().end()) others().push_back(fn);
  return true;
}

Result<std::vector<Use>> uses_of(Tx& tx, const Segment& segment) {
  std::vector<Use> out;
  TRY(const auto naming, segments_naming(tx, segment.name));
  for (const auto& one : naming) out.push_back({"segment", to_text(one.id), one.name});
  if (!segment.tag.empty()) {
    TRY(const auto tags, people::tags(tx));
    for (const auto& tag : tags)
      if (tag.group + "/" + tag.name == segment.tag) out.push_back({"tag", to_text(tag.id), segment.tag});
  }
  for (const auto fn : others()) {
    TRY(const auto more, fn(tx, segment));
    out.insert(out.end(), more.begin(), more.end());
  }
  return out;
}

}  // namespace koi::segments
