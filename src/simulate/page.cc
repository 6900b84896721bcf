#include "simulate/page.h"

namespace koi::simulate {
const std::string& phone_page() {
  static const std::string page = "<!doctype html><title>WeCom</title>";
  return page;
}
}  // namespace koi::simulate
