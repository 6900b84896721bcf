#include "connect/connect.h"

#include <array>

namespace koi::connect {

std::span<const std::span<const http::Route>> routes() {
  static const std::array all{files::routes(), tracking::routes(), shops::routes()};
  return all;
}

}  // namespace koi::connect
