#include "entry/picture.h"

#include <fmt/format.h>
#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "base/crypto.h"
#include "base/say.h"
#include "base/text.h"
#include "entry/draw.h"

namespace koi::entry {
namespace {

constexpr int kQuiet = 4;            // modules of white around a code
constexpr double kLogoShare = 0.22;  // of the code's side; under the 30 % the strongest correction mends
constexpr int kLogoSidesMax = 4096;

Result<Qr> qr_of(const QrPicture& p) {
  if (p.pixels < kPixelsMin || p.pixels > kPixelsMax)
    return fail(Errc::invalid, "entry.qr_size", say("{} to {} pixels", "{} 至 {} 像素", kPixelsMin, kPixelsMax), "/size");
  return qr_code(p.text, !p.logo.empty());
}

}  // namespace

Result<Qr> qr_code(std::string_view text, bool under_logo) {
  Qr code(QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, under_logo ? QR_ECLEVEL_H : QR_ECLEVEL_M));
  if (!code) return fail(Errc::internal, "entry.picture", "the address is too long for a code");
  return code;
}
void QrFree::operator()(QRcode* code) const { QRcode_free(code); }

Result<Surface> logo_surface(std::string_view png) {
  struct Bytes { std::string_view left; } bytes{png};
  const auto read = [](void* from, unsigned char* to, unsigned size) {
    auto& left = static_cast<Bytes*>(from)->left;
    if (left.size() < size) return CAIRO_STATUS_READ_ERROR;
    left.copy(reinterpret_cast<char*>(to), size);
    left.remove_prefix(size);
    return CAIRO_STATUS_SUCCESS;
  };
  Surface out(cairo_image_surface_create_from_png_stream(read, &bytes));
  if (cairo_surface_status(out.get()) != CAIRO_STATUS_SUCCESS) return fail(Errc::invalid, "entry.logo", say("it is no PNG picture", "不是 PNG 图片"));
  return out;
}

std::string png_of(cairo_surface_t* surface) {
  cairo_surface_flush(surface);
  const auto wide = static_cast<std::size_t>(cairo_image_surface_get_width(surface)), high = static_cast<std::size_t>(cairo_image_surface_get_height(surface));
  const auto stride = static_cast<std::size_t>(cairo_image_surface_get_stride(surface));
  const auto* bytes = cairo_image_surface_get_data(surface);
  std::string pixels(wide * high * 3, '\0');
  for (std::size_t y = 0; y < high; ++y)
    for (std::size_t x = 0; x < wide; ++x) {
      std::uint32_t pixel = 0;
      std::memcpy(&pixel, bytes + y * stride + x * 4, 4);
      auto* to = &pixels[(y * wide + x) * 3];
      to[0] = static_cast<char>(pixel >> 16);
      to[1] = static_cast<char>(pixel >> 8);
      to[2] = static_cast<char>(pixel);
    }
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<std::uint32_t>(wide);
  image.height = static_cast<std::uint32_t>(high);
  image.format = PNG_FORMAT_RGB;
  image.flags = PNG_IMAGE_FLAG_FAST;  // flat areas need no filters, and a tenth of the time
  std::string out(PNG_IMAGE_PNG_SIZE_MAX(image), '\0');
  png_alloc_size_t size = out.size();
  CHECK(png_image_write_to_memory(&image, out.data(), &size, 0, pixels.data(), 0, nullptr) != 0);
  out.resize(size);
  out.shrink_to_fit();
  return out;
}

void draw_qr(cairo_t* pen, const Qr& code, double left, double top, double side, bool whole_pixels) {
  const int across = code->width + 2 * kQuiet;
  // On a screen every module is a whole number of pixels; what is left over becomes border.
  const double module = whole_pixels && side >= across ? std::floor(side / across) : side / across;
  const double border = (side - module * code->width) / 2;
  const double x0 = left + (whole_pixels ? std::floor(border) : border), y0 = top + (whole_pixels ? std::floor(border) : border);
  cairo_set_source_rgb(pen, 0, 0, 0);
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width;) {
      int run = 0;
      while (x + run < code->width && (code->data[y * code->width + x + run] & 1) != 0) ++run;
      if (run > 0) cairo_rectangle(pen, x0 + x * module, y0 + y * module, run * module, module);
      x += run + 1;
    }
  }
  cairo_fill(pen);
}

void draw_logo(cairo_t* pen, cairo_surface_t* logo, double left, double top, double side) {
  const double box = side * kLogoShare, x = left + (side - box) / 2, y = top + (side - box) / 2, rim = box * 0.08;
  cairo_set_source_rgb(pen, 1, 1, 1);
  cairo_rectangle(pen, x - rim, y - rim, box + 2 * rim, box + 2 * rim);
  cairo_fill(pen);
  const double scale = box / std::max(cairo_image_surface_get_width(logo), cairo_image_surface_get_height(logo));
  cairo_save(pen);
  cairo_translate(pen, x + (box - cairo_image_surface_get_width(logo) * scale) / 2, y + (box - cairo_image_surface_get_height(logo) * scale) / 2);
  cairo_scale(pen, scale, scale);
  cairo_set_source_surface(pen, logo, 0, 0);
  cairo_pattern_set_filter(cairo_get_source(pen), CAIRO_FILTER_GOOD);
  cairo_paint(pen);
  cairo_restore(pen);
}

Result<std::string> qr_png(const QrPicture& p) {
  TRY(const auto code, qr_of(p));
  const auto side = static_cast<int>(p.pixels);
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, side, side));
  const Pen pen(cairo_create(surface.get()));
  cairo_set_source_rgb(pen.get(), 1, 1, 1);
  cairo_paint(pen.get());
  cairo_set_antialias(pen.get(), CAIRO_ANTIALIAS_NONE);
  draw_qr(pen.get(), code, 0, 0, side, true);
  if (!p.logo.empty()) {
    TRY(const auto logo, logo_surface(p.logo));
    draw_logo(pen.get(), logo.get(), 0, 0, side);
  }
  return png_of(surface.get());
}

Result<std::string> qr_svg(const QrPicture& p) {
  TRY(const auto code, qr_of(p));
  const int across = code->width + 2 * kQuiet;
  std::string path;
  for (int y = 0; y < code->width; ++y) {
    for (int x = 0; x < code->width;) {
      int run = 0;
      while (x + run < code->width && (code->data[y * code->width + x + run] & 1) != 0) ++run;
      if (run > 0) path += fmt::format("M{} {}h{}v1h-{}z", x + kQuiet, y + kQuiet, run, run);
      x += run + 1;
    }
  }
  std::string logo;
  if (!p.logo.empty()) {
    const double box = across * kLogoShare, at = (across - box) / 2, rim = box * 0.08;
    logo = fmt::format("<path fill=\"#fff\" shape-rendering=\"auto\" d=\"M{0:.3f} {0:.3f}h{1:.3f}v{1:.3f}h-{1:.3f}z\"/>"
                       "<image x=\"{2:.3f}\" y=\"{2:.3f}\" width=\"{3:.3f}\" height=\"{3:.3f}\" href=\"data:image/png;base64,{4}\"/>",
                       at - rim, box + 2 * rim, at, box, base64(p.logo));
  }
  return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{0}\" viewBox=\"0 0 {1} {1}\" shape-rendering=\"crispEdges\">"
                     "<path fill=\"#fff\" d=\"M0 0h{1}v{1}h-{1}z\"/><path d=\"{2}\"/>{3}</svg>",
                     p.pixels, across, path, logo);
}

Result<std::string> logo_from(std::string_view png) {
  if (png.size() > kLogoBytesMax) return fail(Errc::invalid, "entry.logo", say("at most {} KiB", "最大 {} KiB", kLogoBytesMax >> 10));
  // The header says the size: a small file may unpack to a huge picture.
  if (png.size() < 24) return fail(Errc::invalid, "entry.logo", say("it is no PNG picture", "不是 PNG 图片"));
  const auto number = [&](std::size_t at) {
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < 4; ++i) out = out << 8 | static_cast<unsigned char>(png[at + i]);
    return out;
  };
  if (number(16) > kLogoSidesMax || number(20) > kLogoSidesMax) return fail(Errc::invalid, "entry.logo", say("at most {} pixels a side", "边长最大 {} 像素", kLogoSidesMax));
  TRY(const auto given, logo_surface(png));
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, kLogoPixels, kLogoPixels));
  const Pen pen(cairo_create(surface.get()));
  cairo_set_source_rgb(pen.get(), 1, 1, 1);
  cairo_paint(pen.get());
  const int w = cairo_image_surface_get_width(given.get()), h = cairo_image_surface_get_height(given.get());
  const double scale = static_cast<double>(kLogoPixels) / std::max({w, h, 1});
  cairo_translate(pen.get(), (kLogoPixels - w * scale) / 2, (kLogoPixels - h * scale) / 2);
  cairo_scale(pen.get(), scale, scale);
  cairo_set_source_surface(pen.get(), given.get(), 0, 0);
  cairo_pattern_set_filter(cairo_get_source(pen.get()), CAIRO_FILTER_BEST);
  cairo_paint(pen.get());
  return png_of(surface.get());
}

}  // namespace koi::entry
