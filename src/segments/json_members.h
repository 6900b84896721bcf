/// JSON read strictly: an object's members are taken by name, what is left over is refused.
#pragma once
#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "base/say.h"
#include "base/text.h"
#include "segments/words.h"

namespace koi::segments {

namespace json = boost::json;

inline std::unexpected<Error> bad(const std::string& pointer, Said detail) {
  return fail(Errc::invalid, "segments.bad_json", std::move(detail), pointer);
}

class Members {
 public:
  static Result<Members> of(const json::value& value, std::string pointer) {
    if (!value.is_object()) return bad(pointer, {"expected an object", "应当是对象"});
    return Members(value.get_object(), std::move(pointer));
  }
  bool has(std::string_view name) const { return object_->contains(name); }
  std::string at(std::string_view name) const { return fmt::format("{}/{}", pointer_, name); }
  const std::string& pointer() const { return pointer_; }
  const json::value* take(std::string_view name) {
    taken_.push_back(name);
    return object_->if_contains(name);
  }
  Result<std::string> text(std::string_view name) {
    const auto* value = take(name);
    if (value == nullptr) return bad(at(name), {"missing", "缺少这一项"});
    if (!value->is_string()) return bad(at(name), {"expected a text", "应当是文本"});
    return std::string(value->get_string());
  }
  Result<std::int64_t> number(std::string_view name) {
    const auto* value = take(name);
    if (value == nullptr || !value->is_int64()) return bad(at(name), {"expected a whole number", "应当是整数"});
    return value->get_int64();
  }
  Result<std::vector<std::string>> texts(std::string_view name) {
    std::vector<std::string> out;
    const auto* value = take(name);
    if (value == nullptr) return out;
    if (!value->is_array() || value->get_array().empty()) return bad(at(name), {"expected a list of texts", "应当是文本的列表"});
    for (const auto& one : value->get_array()) {
      if (!one.is_string()) return bad(at(name), {"expected a list of texts", "应当是文本的列表"});
      out.emplace_back(one.get_string());
    }
    return out;
  }
  Result<Duration> duration(std::string_view name) {
    TRY(const auto read, text(name));
    const auto out = duration_of(read);
    if (!out) return bad(at(name), {"expected a length of time, like \"30d\"", "应当是时长，如 \"30d\""});
    return *out;
  }
  Result<> nothing_else() const {
    for (const auto& member : *object_)
      if (const std::string_view key = member.key(); std::ranges::find(taken_, key) == taken_.end()) {
        const auto near = nearest(key, taken_);
        const Said unknown{"unknown member", "没有这一项"};
        return bad(at(key), near.empty() ? unknown : say("{}, did you mean {}", "{}，是不是想写 {}", unknown, near));
      }
    return {};
  }

 private:
  Members(const json::object& object, std::string pointer) : object_(&object), pointer_(std::move(pointer)) {}
  const json::object* object_;
  std::string pointer_;
  std::vector<std::string_view> taken_;
};

}  // namespace koi::segments
