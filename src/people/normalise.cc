#include <algorithm>
#include <array>

#include "base/text.h"
#include "people/identity.h"
#include "people/vault.h"

namespace koi::people {

namespace {
constexpr std::size_t kValueMax = 512, kNamespaceMax = 100;

constexpr Namespace kNamespaces[] = {
    {.name = "member_no", .max_ever = 1, .priority = 1},
    {.name = "wx_unionid", .max_ever = 1, .priority = 1},
    {.name = "wecom_external_userid", .max_ever = 1, .priority = 2},
    {.name = "wx_openid", .max_ever = 1, .priority = 2},
    {.name = "user_id", .max_ever = 5, .priority = 2},
    {.name = "phone_e164", .max_ever = 3, .priority = 3, .sensitive = true},
    {.name = "email", .max_ever = 5, .priority = 4, .sensitive = true},
    {.name = "pos_member_no", .max_ever = 5, .priority = 4},
    {.name = "order_buyer", .max_ever = 5, .priority = 4},
    {.name = "device", .max_ever = kIdentifiersMax, .priority = 9, .max_week = 5},
    {.name = "anon", .max_ever = kIdentifiersMax, .priority = 9, .max_week = 5},
};

// Compared with the folded value: what systems write when they have nothing to say.
constexpr std::array<std::string_view, 24> kNothing = {
    "null", "(null)", "nil",  "none",  "undefined", "nan",  "n/a", "na",  "#n/a",            "unknown", "anonymous", "guest",
    "test", "true",   "false", "[object object]", "{}", "[]",  "无",  "空",  "未知", "暂无", "没有", "匿名"};

bool only(std::string_view s, std::string_view of) { return s.find_first_not_of(of) == std::string_view::npos; }
bool digits(std::string_view s) { return !s.empty() && only(s, "0123456789"); }
bool one_digit_repeated(std::string_view s) { return digits(s) && only(s, s.substr(0, 1)); }

bool says_nothing(std::string_view value) {
  const auto folded = fold(value);
  return only(folded, "0-_./* ") || std::ranges::find(kNothing, folded) != kNothing.end() ||
         (folded.size() == 11 && one_digit_repeated(folded));
}

bool good_namespace(std::string_view ns) {
  if (ns.empty() || ns.size() > kNamespaceMax) return false;
  const auto head = ns.substr(0, ns.find(':'));
  return !head.empty() && only(head, "abcdefghijklmnopqrstuvwxyz0123456789_") && valid_utf8(ns) &&
         std::ranges::none_of(ns, [](char c) { return static_cast<unsigned char>(c) < 0x21; });
}

std::unexpected<Error> bad_phone(std::string_view why) {
  return fail(Errc::invalid, "people.bad_phone", std::string(why));
}

/// A number of mainland China, with or without its trunk 0; `country`: it came with +86.
Result<std::string> chinese(std::string_view d, bool country) {
  const bool trunk = d.starts_with('0');
  if (trunk) d.remove_prefix(1);  // 0138…, 021…
  if (d.size() == 11 && d[0] == '1') {
    if (d[1] < '3') return bad_phone("no mobile number starts with " + std::string(d.substr(0, 2)));
    if (one_digit_repeated(d.substr(3)) || d == "13800138000" || d == "12345678901")
      return fail(Errc::invalid, "people.blocked_value", "a number people type to be left alone");
    return "+86" + std::string(d);
  }
  if (d.size() == 10 && (d.starts_with("400") || d.starts_with("800")))
    return bad_phone("a service number belongs to no person");
  if (!trunk && !country) return bad_phone("neither a mobile number nor a land line with its area code");
  const bool beijing = d.size() == 10 && d.starts_with("10");
  if (d.size() < 9 || d.size() > 11 || (d[0] == '1' && !beijing)) return bad_phone("wrong number of digits");
  return "+86" + std::string(d);
}
}  // namespace

Namespace namespace_of(std::string_view ns) {
  const auto head = ns.substr(0, ns.find(':'));
  for (const auto& known : kNamespaces)
    if (known.name == head) return known;
  return {.name = head};
}

Result<std::string> normalise_phone(std::string_view raw) {
  if (!valid_utf8(raw)) return bad_phone("not UTF-8");
  std::string s = fold(raw);
  if (s.starts_with("tel:")) s.erase(0, 4);
  const auto e = s.find('e');
  if (e != std::string::npos && e > 0 && only(s, "0123456789.e+-"))
    return bad_phone("a spreadsheet rounded it (" + s + "): format the column as text and export again");
  if (s.size() == 13 && s.ends_with(".0") && digits(std::string_view(s).substr(0, 11))) s.resize(11);
  std::erase_if(s, [](char c) { return c == ' ' || c == '-' || c == '(' || c == ')' || c == '.' || c == '/' || c == '\t'; });
  if (one_digit_repeated(s) && s.size() == 11) return fail(Errc::invalid, "people.blocked_value", "eleven equal digits");
  bool international = s.starts_with('+');
  std::string_view d = s;
  if (international) d.remove_prefix(1);
  if (!international && d.starts_with("00")) { d.remove_prefix(2); international = true; }
  if (d.empty()) return bad_phone("empty");
  if (!digits(d)) return bad_phone("holds other characters than digits");
  if (!international && d.size() == 13 && d.starts_with("861")) return chinese(d.substr(2), true);
  if (!international) return chinese(d, false);
  if (d.starts_with("86")) return chinese(d.substr(2), true);
  if (d.size() < 7 || d.size() > 15) return bad_phone("wrong number of digits");
  return "+" + std::string(d);
}

namespace {
Result<std::string> normalise_email(std::string_view raw) {
  auto s = fold(raw);
  const auto at = s.find('@');
  const bool good = at != std::string::npos && at > 0 && s.rfind('@') == at && s.size() <= 254 &&
                    s.find('.', at + 2) != std::string::npos && !s.ends_with('.') &&
                    s.find_first_of(" ,;<>\t") == std::string::npos;
  if (!good) return fail(Errc::invalid, "people.bad_email", "not an e-mail address");
  return s;
}
}  // namespace

Result<Normal> normalise(const Ident& ident) {
  if (!good_namespace(ident.ns)) return fail(Errc::invalid, "people.bad_namespace", ident.ns.substr(0, kNamespaceMax));
  Normal out{.ns = ident.ns, .rules = namespace_of(ident.ns), .asserted = ident.asserted};
  const auto value = trim(ident.value);
  if (value.size() > kValueMax) return fail(Errc::invalid, "people.bad_identifier", "longer than 512 bytes");
  if (!valid_utf8(value)) return fail(Errc::invalid, "people.bad_identifier", "not UTF-8");
  if (says_nothing(value)) return fail(Errc::invalid, "people.blocked_value", out.ns + " says nothing");
  if (out.rules.name == "phone_e164") {
    TRY(out.value, normalise_phone(value));
  } else if (out.rules.name == "email") {
    TRY(out.value, normalise_email(value));
  } else {
    out.value = std::string(value);
  }
  if (!out.rules.sensitive) out.stored = out.value;
  return out;
}

Result<Normal> normalise_for(Tx& tx, const Ident& ident) {
  TRY(auto out, normalise(ident));
  if (out.rules.sensitive) { TRY(out.stored, blind(tx, out.ns, out.value)); }
  return out;
}

}  // namespace koi::people
