// All routes of group codes in one table.
#include "entry/group_api.h"
#include "entry/group_page.h"

namespace koi::entry {

std::span<const Route> group_code_routes() {
  static const auto all = [] {
    std::vector<Route> out;
    for (const auto part : {group_edit_routes(), group_image_routes(), group_report_routes(), group_page_routes()}) out.insert(out.end(), part.begin(), part.end());
    return out;
  }();
  return all;
}

}  // namespace koi::entry
