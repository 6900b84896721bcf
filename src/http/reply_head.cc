#include "http/reply_head.h"

#include <boost/beast/http/status.hpp>
#include <charconv>

namespace koi::http {

namespace beast = boost::beast;

namespace {

constexpr std::string_view kAlways =
    "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Opener-Policy: same-origin"
    "\r\nCross-Origin-Resource-Policy: same-origin";
constexpr std::string_view kSecure = "\r\nStrict-Transport-Security: max-age=31536000; includeSubDomains";

std::string_view reason(int status) {
  const auto text = beast::http::obsolete_reason(static_cast<beast::http::status>(status));
  return {text.data(), text.size()};
}

void append_number(std::string& out, std::uint64_t n) {
  char digits[20];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, n).ptr);
}

bool plain_line(std::string_view value) { return value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos; }

bool has_header(const Reply& reply, std::string_view name) {
  for (const auto& [key, value] : reply.headers)
    if (key == name) return true;
  return false;
}

}  // namespace

void write_reply_head(std::string& out, const Reply& reply, const HeadFacts& facts) {
  out = "HTTP/1.1 ";
  append_number(out, static_cast<std::uint64_t>(reply.status));
  out += ' ';
  out += reason(reply.status);
  out += "\r\nDate: ";
  out += facts.date;
  if (!bodiless(reply.status)) {
    out += "\r\nContent-Type: ";
    out += reply.content_type;
    out += "\r\nContent-Length: ";
    append_number(out, reply.body.size());
  }
  out += "\r\nX-Request-Id: ";
  out += facts.request_id;
  for (const auto& [name, value] : reply.headers) {
    if (!plain_line(value)) continue;
    out += "\r\n";
    out += name;
    out += ": ";
    out += value;
  }
  if (!has_header(reply, "Cache-Control")) out += "\r\nCache-Control: no-store";
  if (!has_header(reply, "Content-Security-Policy"))
    out += "\r\nContent-Security-Policy: default-src 'none'; frame-ancestors 'none'";
  out += kAlways;
  if (facts.secure) out += kSecure;
  out += facts.keep_alive ? "\r\n\r\n" : "\r\nConnection: close\r\n\r\n";
}

}  // namespace koi::http
