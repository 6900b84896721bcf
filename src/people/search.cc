#include "people/search.h"

#include <algorithm>
#include <array>

#include "base/crypto.h"
#include "base/text.h"
#include "people/pinyin.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::people {
namespace {

constexpr std::string_view kTokensOf =
    "SELECT token FROM search_token WHERE person_id = $1 AND origin_id = $2 AND field = $3";
constexpr std::string_view kAdd =
    "INSERT INTO search_token (token, person_id, origin_id, field) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
constexpr std::string_view kDrop =
    "DELETE FROM search_token WHERE token = $1 AND person_id = $2 AND origin_id = $3 AND field = $4";
constexpr std::string_view kForget = "DELETE FROM search_token WHERE person_id = $1";
constexpr std::string_view kTagsNamed =
    "SELECT id FROM tag WHERE name = $1 AND archived_at IS NULL ORDER BY id LIMIT 8";

// What a token is made of; the letter keeps "zw" as initials apart from "zw" as letters.
constexpr char kFullName = 'n', kCharacter = 'c', kPair = 'b', kLetters = 'y', kInitials = 'i', kTail = 't', kPhone = 'p';
constexpr std::size_t kNameCharsMax = 24, kLettersMin = 2, kLettersMax = 8, kInitialsMax = 4, kTailDigits = 4,
                      kPhoneDigitsMin = 7;

constexpr int kNameField = 1, kPhoneField = 2;

using Tokens = std::vector<std::int64_t>;

Result<std::string> token_key(Tx& tx) {
  static const char kSlot = 0;
  TRY(auto derived, blind(tx, "search", "token key 1"));
  return tx.shared<std::string>(&kSlot, [&] { return std::make_shared<std::string>(hash128(derived)); });
}

std::int64_t token(std::string_view key, char kind, std::string_view text) {
  std::string data(1, kind);
  data += text;
  return static_cast<std::int64_t>(siphash(key, data));
}

/// The compared form of a name: folded, without spaces and dots.
std::u32string plain(std::string_view text) {
  std::u32string out;
  for (const char32_t c : code_points(fold(text)))
    if (c > 0x20 && c != U'·' && c != U'.' && c != 0x3000) out += c;
  return out.substr(0, kNameCharsMax);
}

bool all_digits(std::string_view s) {
  return !s.empty() && std::ranges::all_of(s, [](char c) { return c >= '0' && c <= '9'; });
}

/// Digits of a mainland number without its country prefix; other numbers keep all theirs.
std::string phone_digits(std::string_view phone) {
  std::string out;
  for (const char c : phone)
    if (c >= '0' && c <= '9') out += c;
  if (out.size() == 13 && out.starts_with("86")) out.erase(0, 2);
  return out;
}

void add_name(std::string_view key, std::string_view name, Tokens& out) {
  const auto chars = plain(name);
  if (chars.empty()) return;
  out.push_back(token(key, kFullName, to_utf8(chars)));
  for (std::size_t i = 0; i < chars.size(); ++i) {
    if (chars[i] < 0x80) continue;  // Latin is found by its letters
    out.push_back(token(key, kCharacter, to_utf8(chars.substr(i, 1))));
    if (i + 1 < chars.size() && chars[i + 1] >= 0x80) out.push_back(token(key, kPair, to_utf8(chars.substr(i, 2))));
  }
  for (const auto& reading : readings(to_utf8(code_points(name).substr(0, kNameCharsMax)))) {
    const std::string_view joined = reading.joined, initials = reading.initials;
    for (std::size_t n = kLettersMin; n <= std::min(joined.size(), kLettersMax); ++n)
      out.push_back(token(key, kLetters, joined.substr(0, n)));
    for (std::size_t n = 1; n <= std::min(initials.size(), kInitialsMax); ++n)
      out.push_back(token(key, kInitials, initials.substr(0, n)));
  }
}

void add_phone(std::string_view key, std::string_view phone, Tokens& out) {
  const auto digits = phone_digits(phone);
  if (digits.size() < kPhoneDigitsMin) return;
  out.push_back(token(key, kPhone, digits));
  out.push_back(token(key, kTail, std::string_view(digits).substr(digits.size() - kTailDigits)));
}

void look_for_digits(std::string_view key, std::string_view digits, Lookup& out) {
  if (digits.size() == kTailDigits) out.ways.push_back({token(key, kTail, digits)});
  if (digits.size() >= kPhoneDigitsMin) out.ways.push_back({token(key, kPhone, phone_digits(digits))});
}

void look_for_letters(std::string_view key, std::string_view letters, Lookup& out) {
  if (letters.size() >= kLettersMin)
    out.ways.push_back({token(key, kLetters, letters.substr(0, kLettersMax))});
  if (letters.size() <= kInitialsMax) out.ways.push_back({token(key, kInitials, letters)});
}

void look_for_characters(std::string_view key, std::u32string_view chars, Lookup& out) {
  if (chars.size() == 1) {
    out.ways.push_back({token(key, kCharacter, to_utf8(chars))});
    return;
  }
  Tokens pairs;
  for (std::size_t i = 0; i + 1 < chars.size(); ++i)
    if (chars[i] >= 0x80 && chars[i + 1] >= 0x80) pairs.push_back(token(key, kPair, to_utf8(chars.substr(i, 2))));
  if (!pairs.empty()) out.ways.push_back(std::move(pairs));
  else out.ways.push_back({token(key, kFullName, to_utf8(chars))});
}

Result<> forget_tokens(Tx& tx, PersonId root, std::span<const PersonId>) {
  TRY(tx.exec(kForget, root));
  return {};
}

[[maybe_unused]] const bool kJoined = follow("search_token") && on_clear_text(index_person) && on_erase(forget_tokens);

}  // namespace

Result<> index_person(Tx& tx, PersonId node, std::string_view field, std::string_view clear, bool first) {
  const int number = field == "name" ? kNameField : field == "phone" ? kPhoneField : 0;
  if (number == 0) return {};
  TRY(const auto key, token_key(tx));
  Tokens wanted;
  if (number == kNameField) add_name(key, clear, wanted);
  else add_phone(key, clear, wanted);
  std::ranges::sort(wanted);
  const auto doubles = std::ranges::unique(wanted);
  wanted.erase(doubles.begin(), doubles.end());
  auto root = node;
  Tokens had;
  if (!first) {
    TRY(root, root_of(tx, node));
    TRY(had, tx.all<std::int64_t>(kTokensOf, root, node, number));
    std::ranges::sort(had);
  }
  for (const auto t : had) {
    if (std::ranges::binary_search(wanted, t)) continue;
    TRY(tx.exec(kDrop, t, root, node, number));
  }
  for (const auto t : wanted) {
    if (std::ranges::binary_search(had, t)) continue;
    TRY(tx.append(kAdd, t, root, node, number));
  }
  return {};
}

Result<Lookup> look_up(Tx& tx, std::string_view query) {
  Lookup out;
  const auto text = fold(take_chars(query, kQueryCharsMax));
  const auto chars = plain(text);
  if (chars.empty()) return out;
  TRY(const auto key, token_key(tx));
  const auto spelt = to_utf8(chars);
  const bool ascii = std::ranges::all_of(chars, [](char32_t c) { return c < 0x80; });
  if (all_digits(spelt)) look_for_digits(key, spelt, out);
  else if (ascii) look_for_letters(key, spelt, out);
  else look_for_characters(key, chars, out);

  const auto typed = trim(query);
  // A text that cannot be a member no. finds nobody by it; that is no failure of the search.
  if (auto found = find(tx, {.ns = "member_no", .value = std::string(typed)}); found && *found) {
    TRY(auto root, root_of(tx, **found));
    out.exact.push_back(root);
  }
  TRY(out.tags, tx.all<std::int64_t>(kTagsNamed, typed));
  return out;
}

}  // namespace koi::people
