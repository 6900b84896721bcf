/// Inside the room: an address as a QR code, for screens and for printers. Colours and shape never cost the reading: black on white
/// with the quiet border, and the strongest correction under a logo.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace koi::entry {

inline constexpr std::int64_t kPixelsMin = 64, kPixelsMax = 2048, kPixelsUsual = 512;
/// A logo as it is kept: a PNG of at most this many pixels a side.
inline constexpr int kLogoPixels = 256;
inline constexpr std::size_t kLogoBytesMax = 1 << 20;

struct QrPicture {
  std::string text;
  std::int64_t pixels = kPixelsUsual;  // a side
  std::string_view logo;               // a PNG; "" none
};
/// invalid "entry.qr_size"; internal "entry.picture".
Result<std::string> qr_svg(const QrPicture& picture);
Result<std::string> qr_png(const QrPicture& picture);

/// Made small and square on white. invalid "entry.logo" when it is no PNG, larger than kLogoBytesMax or 4096 pixels a side.
Result<std::string> logo_from(std::string_view png);

/// A code as it hangs in a shop: the picture, its name, and words under it.
struct Poster { std::string name, words, text /* of the code */, file; };
/// A4 with cut marks, three by four to a page.
Result<std::string> posters_pdf(std::span<const Poster> posters, std::string_view logo);
/// A PNG each, 640 by 768 pixels, named after the code.
Result<std::string> posters_zip(std::span<const Poster> posters, std::string_view logo);

}  // namespace koi::entry
