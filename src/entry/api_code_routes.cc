// All routes of live codes in one table.
#include "entry/code_api.h"

namespace koi::entry {

std::span<const Route> code_routes() {
  static const auto all = [] {
    std::vector<Route> out;
    for (const auto part : {code_edit_routes(), code_report_routes(), code_desk_routes(), code_print_routes(), code_page_routes()}) out.insert(out.end(), part.begin(), part.end());
    return out;
  }();
  return all;
}

}  // namespace koi::entry
