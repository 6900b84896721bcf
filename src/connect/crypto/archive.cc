#include "connect/crypto/archive.h"

#include <algorithm>

#include "connect/crypto/digest.h"

namespace koi::connect::crypto {

Result<std::string> open_archive_key(const RsaPrivate& key, std::string_view encrypted) {
  const auto sealed = strict_base64(encrypted);
  auto text = sealed ? key.open_pkcs1(*sealed) : std::nullopt;
  // Newer OpenSSL opens what is not padded right to random bytes rather than tell; the key is a printable text.
  const bool printable = text && !text->empty() && std::ranges::all_of(*text, [](char c) { return c > ' ' && c < 0x7F; });
  if (!printable) return fail(Errc::malformed, "connect.archive_key");
  return std::move(*text);
}

}  // namespace koi::connect::crypto
