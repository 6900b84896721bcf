#include "simulate/page.h"

#include <fmt/format.h>

#include <string_view>

namespace koi::simulate {

std::string_view asset(std::string_view name);

const std::string& phone_page() {
  static const std::string page = fmt::format(
      "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
      "<title>企业微信模拟器</title><link rel=\"icon\" href=\"data:,\"><style>{}</style></head><body>{}<script>{}</script></body></html>",
      asset("phone.css"), asset("phone.html"), asset("phone.js"));
  return page;
}

}  // namespace koi::simulate
