#include "simulate/qr.h"

#include <cairo.h>
#include <qrencode.h>

#include <memory>

namespace koi::simulate {

Result<std::string> qr_png(std::string_view text) {
  constexpr int kModule = 8, kBorder = 4;
  const std::unique_ptr<QRcode, decltype(&QRcode_free)> code(
      QRcode_encodeData(static_cast<int>(text.size()), reinterpret_cast<const unsigned char*>(text.data()), 0, QR_ECLEVEL_M), QRcode_free);
  if (!code) return fail(Errc::invalid, "simulate.qr");
  const int side = (code->width + 2 * kBorder) * kModule;
  const std::unique_ptr<cairo_surface_t, decltype(&cairo_surface_destroy)> surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, side, side),
                                                                                  cairo_surface_destroy);
  const std::unique_ptr<cairo_t, decltype(&cairo_destroy)> pen(cairo_create(surface.get()), cairo_destroy);
  cairo_set_source_rgb(pen.get(), 1, 1, 1);
  cairo_paint(pen.get());
  cairo_set_source_rgb(pen.get(), 0, 0, 0);
  for (int y = 0; y < code->width; ++y)
    for (int x = 0; x < code->width; ++x)
      if (code->data[y * code->width + x] & 1) cairo_rectangle(pen.get(), (x + kBorder) * kModule, (y + kBorder) * kModule, kModule, kModule);
  cairo_fill(pen.get());
  std::string out;
  const auto add = [](void* to, const unsigned char* bytes, unsigned size) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), size);
    return CAIRO_STATUS_SUCCESS;
  };
  if (cairo_surface_write_to_png_stream(surface.get(), add, &out) != CAIRO_STATUS_SUCCESS) return fail(Errc::internal, "simulate.qr");
  return out;
}

}  // namespace koi::simulate
