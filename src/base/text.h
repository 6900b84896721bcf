/// Text without surprises: UTF-8 checks, trimming, width folding, numbers, encodings.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace koi {

bool valid_utf8(std::string_view s);
std::string_view trim(std::string_view s);
std::string lower_ascii(std::string_view s);
/// Full-width to half-width, trimmed, ASCII lower case: the form two spellings are compared in.
std::string fold(std::string_view s);
std::vector<std::string_view> split_text(std::string_view s, char separator);
/// Number of code points; a broken byte counts as one.
std::size_t count_chars(std::string_view s);
/// At most n code points of s.
std::string_view take_chars(std::string_view s, std::size_t n);

/// A whole decimal number and nothing else.
std::optional<std::int64_t> parse_int(std::string_view s);
std::optional<double> parse_double(std::string_view s);

std::string hex(std::string_view bytes);
std::optional<std::string> unhex(std::string_view text);
std::string base64(std::string_view bytes);
std::string base64url(std::string_view bytes);  // no padding
std::optional<std::string> unbase64(std::string_view text);  // either alphabet, padding optional

/// The nearest of `known` by edit distance (at most 3), for "did you mean".
std::string_view nearest(std::string_view word, const std::vector<std::string_view>& known);

}  // namespace koi
