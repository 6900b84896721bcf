#include "http/request_parser.h"

#include <algorithm>

#include "base/text.h"

namespace koi::http {

namespace beast = boost::beast;

namespace {
constexpr std::size_t kTrust = 64 << 10;  // room made for a body on the word of its Content-Length
}

RequestParser::RequestParser(Request& request, std::size_t head_max) : request_(request) {
  header_limit(static_cast<std::uint32_t>(head_max));
  body_limit(boost::none);  // ours depends on the route
  eager(true);
}

void RequestParser::on_request_impl(beast::http::verb, Text method, Text target, int version, Ec&) {
  is_11_ = version == 11;
  request_.method.assign(method.data(), method.size());
  request_.target.assign(target.data(), target.size());
}

void RequestParser::on_field_impl(beast::http::field, Text name, Text value, Ec&) {
  if (!in_head_) return;  // trailers change nothing
  char lower[64];
  if (name.size() > sizeof lower)
    return request_.headers.add(lower_ascii({name.data(), name.size()}), {value.data(), value.size()});
  for (std::size_t i = 0; i < name.size(); ++i)
    lower[i] = static_cast<char>(name[i] >= 'A' && name[i] <= 'Z' ? name[i] + 32 : name[i]);
  request_.headers.add({lower, name.size()}, {value.data(), value.size()});
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, Ec&) {
  if (length) request_.body.reserve(std::min<std::size_t>(static_cast<std::size_t>(*length), kTrust));
}

std::size_t RequestParser::on_body_impl(Text body, Ec& ec) {
  if (request_.body.size() + body.size() > body_max_) {
    ec = beast::http::error::body_limit;
    return 0;
  }
  request_.body.append(body.data(), body.size());
  return body.size();
}

}  // namespace koi::http
