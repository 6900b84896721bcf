// Request heads and bodies, whole and byte by byte: our judge and Beast's parser over the same bytes. A head must be
// judged the same however it arrives, and what the judge lets through the parser must take.
#include <boost/asio/buffer.hpp>

#include "http/framing.h"
#include "http/request_parser.h"
#include "http/url.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace http = koi::http;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::size_t seen = 0, crept = 0;
  const auto whole = http::judge_head(bytes, seen);
  http::HeadVerdict last;
  for (std::size_t n = 1; n <= size && last.kind == http::HeadVerdict::more; ++n) last = http::judge_head(bytes.substr(0, n), crept);
  if (whole.kind == http::HeadVerdict::whole) CHECK(last.kind == http::HeadVerdict::whole && last.bytes == whole.bytes);
  if (whole.kind != http::HeadVerdict::whole) return 0;

  http::Request request;
  http::RequestParser parser(request, whole.bytes + 1);
  boost::system::error_code why;
  parser.put(boost::asio::buffer(bytes.data(), whole.bytes), why);
  if ((why && why != boost::beast::http::error::need_more) || !parser.is_header_done()) return 0;
  parser.set_body_max(64 << 10);
  for (std::size_t at = whole.bytes; at < size && !parser.is_done();) {
    why = {};
    const auto took = parser.put(boost::asio::buffer(bytes.data() + at, size - at), why);
    if (took == 0 || (why && why != boost::beast::http::error::need_more)) break;
    at += took;
  }
  CHECK(request.body.size() <= (64 << 10));
  if (const auto mark = request.target.find('?'); mark != std::string::npos)
    (void)http::parse_query_string(std::string_view(request.target).substr(mark + 1));
  (void)http::percent_decoded(request.target, false);
  return 0;
}
