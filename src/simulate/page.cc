#include "simulate/page.h"

namespace koi::simulate {

std::string_view asset(std::string_view name);

namespace {

void put(std::string& page, std::string_view mark, std::string_view text) { page.replace(page.find(mark), mark.size(), text); }

}  // namespace

const std::string& phone_page() {
  static const std::string page = [] {
    std::string out(asset("phone.html"));
    put(out, "/*css*/", asset("phone.css"));
    put(out, "/*js*/", asset("phone.js"));
    return out;
  }();
  return page;
}

}  // namespace koi::simulate
