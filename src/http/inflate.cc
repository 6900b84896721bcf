#include "http/inflate.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

namespace koi::http {

namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's spelling of "gzip framing only"
constexpr int kReplyLevel = 1;        // replies are made while somebody waits
constexpr std::size_t kFirstGrowth = 4;
constexpr std::size_t kWindowMax = 8 << 20;

std::unexpected<Error> too_large() { return fail(Errc::too_large, "http.body_too_large"); }
std::unexpected<Error> broken(const char* why) { return fail(Errc::malformed, "http.bad_encoding", why ? why : ""); }

/// Room for more output: doubles, never past one byte over the limit.
bool grow(std::string& out, std::size_t max) {
  if (out.size() > max) return false;
  out.resize(std::min(max + 1, out.size() * 2 + 1024));
  return true;
}

Result<std::string> gunzipped(std::string_view in, std::size_t max) {
  z_stream z{};
  if (inflateInit2(&z, kGzipWindow) != Z_OK) return fail(Errc::internal, "http.internal");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&z, inflateEnd);
  std::string out(std::min(max + 1, in.size() * kFirstGrowth + 64), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(in.data()));
  z.avail_in = static_cast<uInt>(in.size());
  std::size_t made = 0;
  for (;;) {
    z.next_out = reinterpret_cast<Bytef*>(out.data() + made);
    z.avail_out = static_cast<uInt>(out.size() - made);
    const int rc = inflate(&z, Z_NO_FLUSH);
    made = out.size() - z.avail_out;
    if (made > max) return too_large();
    if (rc == Z_STREAM_END && z.avail_in == 0) break;
    if (rc == Z_STREAM_END) {
      if (inflateReset(&z) != Z_OK) return broken(z.msg);  // gzip allows members one after another
    } else if (rc != Z_OK || (z.avail_in == 0 && z.avail_out != 0)) {
      return broken(rc == Z_OK || rc == Z_BUF_ERROR ? "cut off" : z.msg);
    }
    if (z.avail_out == 0 && !grow(out, max)) return too_large();
  }
  out.resize(made);
  return out;
}

Result<std::string> unzstd(std::string_view in, std::size_t max) {
  const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> z(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!z) return fail(Errc::internal, "http.internal");
  ZSTD_DCtx_setParameter(z.get(), ZSTD_d_windowLogMax, 23);
  static_assert(kWindowMax == 1 << 23);
  std::string out(std::min(max + 1, in.size() * kFirstGrowth + 64), '\0');
  ZSTD_inBuffer from{in.data(), in.size(), 0};
  ZSTD_outBuffer to{out.data(), out.size(), 0};
  for (;;) {
    const auto left = ZSTD_decompressStream(z.get(), &to, &from);
    if (ZSTD_isError(left)) return broken(ZSTD_getErrorName(left));
    if (to.pos > max) return too_large();
    if (left == 0 && from.pos == from.size) break;
    if (to.pos < to.size && from.pos == from.size) return broken("cut off");
    if (to.pos == to.size) {
      if (!grow(out, max)) return too_large();
      to.dst = out.data(), to.size = out.size();
    }
  }
  out.resize(to.pos);
  return out;
}

}  // namespace

Result<std::string> inflated(std::string body, std::string_view encoding, std::size_t max) {
  if (encoding.empty() || encoding == "identity") return body;
  if (encoding == "gzip") return gunzipped(body, max);
  if (encoding == "zstd") return unzstd(body, max);
  return fail(Errc::unsupported, "http.unknown_encoding", std::string(encoding));
}

std::string gzipped(std::string_view text) {
  z_stream z{};
  if (deflateInit2(&z, kReplyLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  const std::unique_ptr<z_stream, int (*)(z_stream*)> closer(&z, deflateEnd);
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  if (deflate(&z, Z_FINISH) != Z_STREAM_END) return {};
  out.resize(out.size() - z.avail_out);
  return out;
}

}  // namespace koi::http
