#pragma once
#include <boost/json.hpp>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#include "base/result.h"
namespace koi::connect::wecom {
class Platform {
 public:
  virtual ~Platform() = default;
  virtual Result<boost::json::object> ask(std::string_view path, boost::json::object body) = 0;
  virtual Result<boost::json::object> get(std::string_view path, std::vector<std::pair<std::string, std::string>> query) = 0;
};
}
