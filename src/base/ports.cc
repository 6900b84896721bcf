#include "base/ports.h"

#include <pthread.h>

#include "base/crypto.h"
#include "base/result.h"

namespace koi {

namespace {
class SystemClock final : public Clock {
 public:
  Instant now() override { return std::chrono::floor<Millis>(std::chrono::system_clock::now()); }
};
}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

void name_thread(const char* name) { ::pthread_setname_np(::pthread_self(), name); }

Rng::Rng() = default;

std::uint64_t Rng::next() {
  if (seeded_) return engine_();
  const auto raw = random_bytes(8);
  std::uint64_t v = 0;
  for (const char c : raw) v = (v << 8) | static_cast<unsigned char>(c);
  return v;
}

std::uint64_t Rng::below(std::uint64_t n) {
  CHECK(n > 0);
  const std::uint64_t limit = ~std::uint64_t{0} - ~std::uint64_t{0} % n;  // reject the uneven tail
  for (;;) {
    if (const auto v = next(); v < limit) return v % n;
  }
}

std::string Rng::bytes(std::size_t n) {
  if (!seeded_) return random_bytes(n);
  std::string out(n, '\0');
  for (char& c : out) c = static_cast<char>(engine_() & 0xFF);
  return out;
}

}  // namespace koi
