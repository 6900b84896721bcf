// Cursors of lists: whatever is taken as one is written the same again.
#include "http/wire.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t parts = 1 + data[0] % 4;
  const auto place = koi::http::decode_cursor({reinterpret_cast<const char*>(data + 1), size - 1}, parts);
  if (!place) return 0;
  CHECK(place->size() == parts);
  CHECK(koi::http::decode_cursor(koi::http::encode_cursor(*place), parts) == *place);
  return 0;
}
