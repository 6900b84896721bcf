/// What a stranger may send to an operation: values of the right shape and of every wrong one, by a seed.
#pragma once
#include <boost/json.hpp>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "base/text.h"

namespace koi::app::hostile {

namespace json = boost::json;

class Stranger {
 public:
  explicit Stranger(std::uint64_t seed) : rng_(seed) {}

  /// Ids that replies showed: later calls are about things that exist.
  void learn(const json::value& v) {
    if (v.is_string()) {
      const std::string text(v.as_string());
      if (text.size() == 17 && text[3] == '_' && ids_[text.substr(0, 3)].size() < 50) ids_[text.substr(0, 3)].push_back(text);
    }
    if (v.is_array())
      for (const auto& one : v.as_array()) learn(one);
    if (v.is_object())
      for (const auto& [name, one] : v.as_object()) learn(one);
  }

  std::string path(std::string_view pattern) {
    std::string out;
    for (std::size_t at = 0; at < pattern.size(); ++at) {
      if (pattern[at] != '{') { out += pattern[at]; continue; }
      out += odds(4) ? escape(text()) : some_id();
      at = pattern.find('}', at);
    }
    return out;
  }

  std::string query(const json::value& schema) {
    std::string out;
    for (const auto& [name, shape] : schema.at("properties").as_object()) {
      if (odds(2)) continue;
      const auto v = odds(3) ? any(0) : fitting(shape, 0);
      out += (out.empty() ? "?" : "&") + std::string(name) + "=" + escape(v.is_string() ? std::string(v.as_string()) : json::serialize(v));
    }
    return out;
  }

  /// As text: now and then no JSON at all.
  std::string body(const json::value& schema) {
    switch (pick(12)) {
      case 0: return std::string(text());
      case 1: return std::string(pick(5000) + 1, '[');
      case 2: { std::string deep; for (int i = 0; i < 200; ++i) deep += "{\"a\":"; return deep; }
      case 3: return json::serialize(any(0));
      case 4: { auto cut = json::serialize(fitting(schema, 0)); return cut.substr(0, pick(cut.size() + 1)); }
      case 5: { auto bytes = json::serialize(fitting(schema, 0)); bytes[pick(bytes.size())] = static_cast<char>(pick(256)); return bytes; }
      case 6: return "{\"a\":1e999,\"a\":-0,\"b\":1E400}";
      default: return json::serialize(spoil(fitting(schema, 0)));
    }
  }

 private:
  std::size_t pick(std::size_t n) { return n == 0 ? 0 : rng_() % n; }
  bool odds(int n) { return pick(static_cast<std::size_t>(n)) == 0; }

  std::string some_id() {
    if (ids_.empty() || odds(3)) return odds(2) ? "none" : "cus_0000000000042";
    auto at = ids_.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(pick(ids_.size())));
    return at->second.empty() ? "none" : at->second[pick(at->second.size())];
  }

  std::string_view text() {
    static const std::string kTexts[] = {
        "", " ", "0", "-1", "null", "true", "锦鲤", "a'; DROP TABLE person; --", "<script>alert(1)</script>", "../../etc/passwd",
        std::string("\0\x01\x1f", 3), "\xff\xfe", "\xf0\x9f\x90\x9f", std::string(5000, 'x'), "=1+1", "%s%n", "9223372036854775808",
        "1.38E+10", "1900-02-29", "2024-02-30T25:61:61Z", "2024-02-29T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z",
        "cus_", "cus_zzzzzzzzzzzzz", "13812345678", "\xe2\x80\xae" "abc", "a\nb", "eyJhIjoxfQ", "W10", "en", "sms", "all", "day", "1,234.5"};
    return kTexts[pick(std::size(kTexts))];
  }

  json::value number() {
    static const json::value kNumbers[] = {0, 1, -1, 20, 1e308, -1e308, 0.5, 4294967296, INT64_MAX, INT64_MIN, UINT64_MAX, 1e-320};
    return kNumbers[pick(std::size(kNumbers))];
  }

  json::value any(int depth) {
    switch (pick(depth > 3 ? 4 : 6)) {
      case 0: return nullptr;
      case 1: return odds(2);
      case 2: return number();
      case 3: return json::value(std::string(text()));
      case 4: { json::array out; for (auto n = pick(5); n > 0; --n) out.push_back(any(depth + 1)); return out; }
      default: { json::object out; for (auto n = pick(5); n > 0; --n) out[std::string(text()).substr(0, 20)] = any(depth + 1); return out; }
    }
  }

  json::value fitting(const json::value& schema, int depth) {
    const auto& s = schema.as_object();
    if (const auto* list = s.if_contains("anyOf")) return fitting(list->as_array()[pick(list->as_array().size())], depth);
    if (const auto* list = s.if_contains("enum")) return list->as_array()[pick(list->as_array().size())];
    const auto* type = s.if_contains("type");
    if (!type || depth > 6) return any(depth);
    const std::string_view is(type->as_string());
    if (is == "object") {
      json::object out;
      if (const auto* parts = s.if_contains("properties"))
        for (const auto& [name, shape] : parts->as_object())
          if (!odds(6)) out[name] = fitting(shape, depth + 1);
      if (s.contains("additionalProperties")) out["more"] = any(depth + 1);
      return out;
    }
    if (is == "array") {
      json::array out;
      for (auto n = pick(4); n > 0; --n) out.push_back(s.contains("items") ? fitting(s.at("items"), depth + 1) : any(depth + 1));
      return out;
    }
    if (is == "boolean") return odds(2);
    if (is == "integer" || is == "number") return number();
    if (is == "null") return nullptr;
    if (s.contains("pattern")) return json::value(some_id());
    return json::value(std::string(text()));
  }

  /// One place of it made into something else.
  json::value spoil(json::value v) {
    if (odds(3)) return v;
    if (v.is_object() && !v.as_object().empty()) {
      auto at = v.as_object().begin() + static_cast<std::ptrdiff_t>(pick(v.as_object().size()));
      if (odds(8)) v.as_object()["no_such_field"] = 1;
      else at->value() = odds(2) ? spoil(at->value()) : any(1);
      return v;
    }
    if (v.is_array() && !v.as_array().empty()) {
      auto& one = v.as_array()[pick(v.as_array().size())];
      one = spoil(one);
      return v;
    }
    return any(1);
  }

  static std::string escape(std::string_view text) {
    std::string out;
    for (const char c : text) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
      if (plain) out += c;
      else out += "%" + hex({&c, 1});
    }
    return out.substr(0, 4000);
  }

  std::mt19937_64 rng_;
  std::map<std::string, std::vector<std::string>> ids_;
};

}  // namespace koi::app::hostile
