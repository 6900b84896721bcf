// Identifiers of every namespace: what is normalised is normal.
#include "people/identity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  static constexpr const char* kNamespaces[] = {"phone_e164", "email", "wx_unionid", "wx_openid:x", "member_no", "device", "user:web", ""};
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  if (const auto phone = koi::people::normalise_phone(text)) CHECK(koi::people::normalise_phone(*phone) == *phone);
  const auto once = koi::people::normalise({kNamespaces[data[0] % 8], text});
  if (!once) return 0;
  const auto twice = koi::people::normalise({once->ns, once->value});
  CHECK(twice && twice->value == once->value);
  return 0;
}
