// A sealed push as somebody with the key would forge it: the input is the text that the platform encrypted, padding and all,
// or the cipher text itself. What opens must be what the layout says, and seal again to the same.
#include "base/text.h"
#include "connect/crypto/aes.h"
#include "connect/crypto/callback.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace crypto = koi::connect::crypto;
  static const crypto::CallbackKey key{"token", "RoWN5jGeBbTnp1bX5DFIVBpFXL15cxoldyQ9NU072yr", "ww"};
  static const auto bytes = *crypto::callback_aes_key(key.aes_key);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto open = [&](std::string_view box) { return crypto::open_callback(key, "1", "2", crypto::callback_signature(key.token, "1", "2", box), box); };
  (void)open(text);
  (void)crypto::read_callback_query(text);
  const auto sealed = crypto::aes256_cbc_seal(bytes, std::string_view(bytes).substr(0, 16), text);
  if (!sealed) return 0;  // not whole blocks
  const auto box = koi::base64(*sealed);
  const auto message = open(box);
  if (!message) return 0;
  CHECK(text.substr(20, message->size()) == *message);
  // One layout, one message: only the padding could have been another, and there is one that fits.
  if (size % 32 == 0) CHECK(crypto::seal_message(key, *message, text.substr(0, 16)) == box);
  return 0;
}
