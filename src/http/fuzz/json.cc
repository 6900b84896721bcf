// JSON bodies into a described struct of every kind of member. What was taken is written out and must be taken again,
// the same.
#include "http/wire.h"

namespace koi::http {
struct FuzzLeaf { std::string text; std::optional<double> real; };
BOOST_DESCRIBE_STRUCT(FuzzLeaf, (), (text, real))
struct FuzzBody {
  PersonId person_id;
  std::int64_t number = 0;
  bool flag = false;
  std::optional<Instant> at;
  std::vector<FuzzLeaf> leaves;
  std::optional<std::map<std::string, std::string>> map;
  std::optional<Json> json;
};
BOOST_DESCRIBE_STRUCT(FuzzBody, (), (person_id, number, flag, at, leaves, map, json))
}  // namespace koi::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace http = koi::http;
  const auto body = http::parse_json<http::FuzzBody>({reinterpret_cast<const char*>(data), size});
  if (!body) {
    CHECK(body.error().kind != koi::Errc::internal);
    (void)http::problem(body.error(), "req_1", "zh-CN", "/");
    return 0;
  }
  const auto text = http::json_of(*body);
  const auto again = http::parse_json<http::FuzzBody>(text);
  CHECK(again && http::json_of(*again) == text);
  return 0;
}
