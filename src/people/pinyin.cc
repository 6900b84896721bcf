#include "people/pinyin.h"

#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "base/result.h"
#include "base/text.h"

namespace koi::people {
namespace {

/// Surnames whose reading the general tables get wrong: the surname's own reading; the everyday one stays valid too.
struct Surname { std::u32string_view han; std::string_view first, second; };
constexpr Surname kSurnames[] = {
    {U"尉迟", "yu", "chi"}, {U"万俟", "mo", "qi"},    {U"长孙", "zhang", "sun"}, {U"令狐", "ling", "hu"},
    {U"澹台", "tan", "tai"}, {U"单于", "chan", "yu"},  {U"单", "shan", ""},       {U"曾", "zeng", ""},
    {U"解", "xie", ""},      {U"仇", "qiu", ""},       {U"区", "ou", ""},         {U"查", "zha", ""},
    {U"盖", "ge", ""},       {U"朴", "piao", ""},      {U"覃", "qin", ""},        {U"缪", "miao", ""},
    {U"乐", "yue", ""},      {U"翟", "zhai", ""},      {U"种", "chong", ""},      {U"员", "yun", ""},
    {U"召", "shao", ""},     {U"折", "she", ""},       {U"黑", "he", ""},         {U"秘", "bi", ""},
    {U"繁", "po", ""},       {U"冼", "xian", ""},      {U"洗", "xian", ""},       {U"隗", "wei", ""},
    {U"逄", "pang", ""},     {U"佴", "nai", ""},       {U"祭", "zhai", ""},
};

/// The transliterator is slow to make (0.2 s) and to ask (12 µs a character), so each character is asked once.
class Sounds {
 public:
  std::string of(char32_t c) {
    const std::scoped_lock lock(mutex_);
    if (const auto known = known_.find(c); known != known_.end()) return known->second;
    return known_.emplace(c, ask(c)).first->second;
  }

 private:
  std::string ask(char32_t c) {
    if (!han_latin_) {
      UErrorCode status = U_ZERO_ERROR;
      han_latin_.reset(icu::Transliterator::createInstance("Han-Latin; Any-Lower", UTRANS_FORWARD, status));
      ascii_.reset(icu::Transliterator::createInstance("Latin-ASCII", UTRANS_FORWARD, status));
      CHECK(U_SUCCESS(status) && han_latin_ && ascii_);
    }
    icu::UnicodeString text(static_cast<UChar32>(c));
    han_latin_->transliterate(text);
    for (const char16_t u : {u'ü', u'ǖ', u'ǘ', u'ǚ', u'ǜ'}) text.findAndReplace(icu::UnicodeString(u), icu::UnicodeString(u'v'));
    ascii_->transliterate(text);
    std::string out;
    text.toUTF8String(out);
    std::erase_if(out, [](char ch) { return ch < 'a' || ch > 'z'; });
    return out;
  }
  std::mutex mutex_;
  std::unique_ptr<icu::Transliterator> han_latin_, ascii_;
  std::unordered_map<char32_t, std::string> known_;
};

std::string sound(char32_t c) {
  static Sounds sounds;
  return sounds.of(c);
}

/// A syllable or a Latin word, as it may be typed.
using Spellings = std::vector<std::string>;

void add_spelling(Spellings& to, std::string text) {
  if (!text.empty() && std::ranges::find(to, text) == to.end()) to.push_back(std::move(text));
}

Spellings spellings_of(char32_t c, std::string_view as_surname) {
  Spellings out;
  add_spelling(out, std::string(as_surname));
  const auto usual = sound(c);
  add_spelling(out, usual);
  if (usual.find('v') != std::string::npos) {  // 吕: "lv" on a keyboard, "lu" in the eyes of many
    auto u = usual;
    std::ranges::replace(u, 'v', 'u');
    add_spelling(out, std::move(u));
  }
  return out;
}

std::vector<Spellings> syllables(std::u32string_view text) {
  const Surname* surname = nullptr;
  for (const auto& s : kSurnames)
    if (surname == nullptr && text.starts_with(s.han)) surname = &s;
  std::vector<Spellings> out;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) out.push_back({std::exchange(word, {})});
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (is_han(c)) {
      end_word();
      std::string_view own;
      if (surname != nullptr && i < surname->han.size()) own = i == 0 ? surname->first : surname->second;
      if (auto ways = spellings_of(c, own); !ways.empty()) out.push_back(std::move(ways));
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) {
      word += static_cast<char>(c);
    } else {
      end_word();
    }
  }
  end_word();
  return out;
}

}  // namespace

std::u32string code_points(std::string_view text) {
  std::u32string out;
  std::int32_t at = 0;
  const auto size = static_cast<std::int32_t>(text.size());
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  while (at < size) {
    UChar32 c = 0;
    U8_NEXT(bytes, at, size, c);
    if (c >= 0) out += static_cast<char32_t>(c);
  }
  return out;
}

std::string to_utf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) {
    char buffer[4];
    std::int32_t length = 0;
    UBool failed = false;
    U8_APPEND(reinterpret_cast<std::uint8_t*>(buffer), length, 4, static_cast<UChar32>(c), failed);
    if (!failed) out.append(buffer, static_cast<std::size_t>(length));
  }
  return out;
}

bool is_han(char32_t c) { return c >= 0x2E80 && u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_IDEOGRAPHIC); }

std::vector<Reading> readings(std::string_view name) {
  std::vector<Reading> out{{}};
  for (const auto& ways : syllables(code_points(fold(name)))) {
    std::vector<Reading> longer;
    // Likeliest first: the usual choice of this syllable after every reading so far, then its other spellings.
    for (const auto& way : ways)
      for (const auto& had : out)
        if (longer.size() < kReadingsMax) longer.push_back({had.joined + way, had.initials + way.front()});
    out = std::move(longer);
  }
  if (out.front().joined.empty()) out.clear();
  return out;
}

}  // namespace koi::people
