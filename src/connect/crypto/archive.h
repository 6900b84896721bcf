/// The chat archive: the first of its two seals. The second is opened by the platform's own library.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "connect/crypto/rsa.h"

namespace koi::connect::crypto {

/// encrypt_random_key (base64 of RSA PKCS#1 v1.5) as the text key the library wants. The key pair is the one of publickey_ver.
/// malformed "connect.archive_key", the same for whatever was wrong.
Result<std::string> open_archive_key(const RsaPrivate& key, std::string_view encrypted);

}  // namespace koi::connect::crypto
