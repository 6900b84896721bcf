// The text of a push: names, texts, lists, and the envelope around a sealed one.
#include "connect/crypto/callback_xml.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace crypto = koi::connect::crypto;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto envelope = crypto::read_sealed(body)) CHECK(envelope->encrypt.size() <= size);
  const auto xml = crypto::read_callback_xml(body);
  if (!xml) return 0;
  for (const auto& field : xml->fields) {
    CHECK(!field.name.empty());
    CHECK(xml->find(field.name) != nullptr);
    for (const auto& item : xml->list(field.name)) CHECK(item.size() <= size);
  }
  return 0;
}
