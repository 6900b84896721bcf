#include "base/text.h"
#include "people/vault.h"

namespace koi::people {

namespace {
constexpr std::string_view kCompound[] = {"欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容",
                                          "令狐", "司徒", "夏侯", "端木", "南宫", "长孙", "宇文", "轩辕", "独孤"};

std::string stars(std::size_t n) { return std::string(n, '*'); }
}  // namespace

std::string mask_phone(std::string_view phone) {
  if (phone.starts_with("+86")) phone.remove_prefix(3);
  if (phone.size() < 3) return stars(phone.size());
  if (phone.size() < 8) return stars(phone.size() - 2) + std::string(phone.substr(phone.size() - 2));
  const auto head = phone.substr(0, phone.size() - 8), tail = phone.substr(phone.size() - 4);
  return std::string(head) + "****" + std::string(tail);
}

std::string mask_name(std::string_view name) {
  const auto chars = count_chars(name);
  if (chars == 0) return {};
  if (static_cast<unsigned char>(name[0]) < 0x80) return std::string(1, name[0]) + "***";
  std::size_t shown = 1;
  for (const auto family : kCompound)
    if (chars > 2 && name.starts_with(family)) shown = 2;
  return std::string(take_chars(name, shown)) + stars(chars > shown ? chars - shown : 1);
}

std::string mask_email(std::string_view email) {
  const auto at = email.rfind('@');
  if (at == std::string_view::npos || at == 0) return stars(3);
  return std::string(take_chars(email, 1)) + "***" + std::string(email.substr(at));
}

std::string mask_birthday(std::string_view day) {
  return day.size() == 10 ? "****" + std::string(day.substr(4)) : stars(4);
}

std::string mask(std::string_view field, std::string_view clear) {
  if (clear.empty()) return {};
  if (field == "phone") return mask_phone(clear);
  if (field == "name") return mask_name(clear);
  if (field == "email") return mask_email(clear);
  if (field == "birthday") return mask_birthday(clear);
  return std::string(take_chars(clear, 1)) + "***";
}

}  // namespace koi::people
