/// Beast's parser with our Request as its target. Only for .cc files.
#pragma once
#include <boost/beast/http/basic_parser.hpp>

#include "http/http.h"

namespace koi::http {

/// Beast's parser, filling our Request without its header containers.
class RequestParser final : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser(Request& request, std::size_t head_max);
  void set_body_max(std::size_t max) { body_max_ = max; }
  bool is_11() const { return is_11_; }

 private:
  using Text = boost::beast::string_view;
  using Ec = boost::beast::error_code;
  void on_request_impl(boost::beast::http::verb, Text method, Text target, int version, Ec& ec) override;
  void on_response_impl(int, Text, int, Ec&) override {}
  void on_field_impl(boost::beast::http::field, Text name, Text value, Ec& ec) override;
  void on_header_impl(Ec&) override { in_head_ = false; }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Ec& ec) override;
  std::size_t on_body_impl(Text body, Ec& ec) override;
  void on_chunk_header_impl(std::uint64_t, Text, Ec&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Ec& ec) override { return on_body_impl(body, ec); }
  void on_finish_impl(Ec&) override {}

  Request& request_;
  std::size_t body_max_ = 0;
  bool in_head_ = true, is_11_ = true;
};

}  // namespace koi::http
