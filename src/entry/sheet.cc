// Posters: codes with their names, on paper to cut and as pictures in a zip.
#include <cairo-pdf.h>
#include <fmt/format.h>
#include <pango/pangocairo.h>
#include <zip.h>

#include <set>

#include "base/text.h"
#include "entry/draw.h"

namespace koi::entry {
namespace {

constexpr double kPageWide = 595.276, kPageHigh = 841.89;  // A4 in points
constexpr int kAcross = 3, kDown = 4;
constexpr double kMargin = 28, kPad = 10;
constexpr double kNamePart = 0.075, kWordsPart = 0.052;  // letters, by the picture's width
constexpr int kPictureWide = 640, kPictureHigh = 768;
constexpr std::string_view kFont = "Noto Sans CJK SC, sans-serif";

struct LayoutEnd { void operator()(PangoLayout* l) const { g_object_unref(l); } };
using Layout = std::unique_ptr<PangoLayout, LayoutEnd>;

/// One line of text in the middle of a width, cut with an ellipsis; gives its height.
double draw_line(cairo_t* pen, const std::string& text, double left, double top, double wide, double letters, bool strong) {
  const Layout layout(pango_cairo_create_layout(pen));
  auto* font = pango_font_description_from_string(std::string(kFont).c_str());
  pango_font_description_set_absolute_size(font, letters * PANGO_SCALE);
  pango_font_description_set_weight(font, strong ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
  pango_layout_set_font_description(layout.get(), font);
  pango_font_description_free(font);
  pango_layout_set_text(layout.get(), text.data(), static_cast<int>(text.size()));
  pango_layout_set_width(layout.get(), static_cast<int>(wide * PANGO_SCALE));
  pango_layout_set_alignment(layout.get(), PANGO_ALIGN_CENTER);
  pango_layout_set_ellipsize(layout.get(), PANGO_ELLIPSIZE_END);
  pango_layout_set_single_paragraph_mode(layout.get(), 1);
  int w = 0, h = 0;
  pango_layout_get_size(layout.get(), &w, &h);
  const double shade = strong ? 0.07 : 0.35;
  cairo_set_source_rgb(pen, shade, shade, shade);
  cairo_move_to(pen, left, top);
  pango_cairo_show_layout(pen, layout.get());
  return static_cast<double>(h) / PANGO_SCALE;
}

/// A poster in a box; the code is as wide as the box allows.
Result<> draw_poster(cairo_t* pen, const Poster& poster, cairo_surface_t* logo, double left, double top, double wide, double high, bool whole_pixels) {
  const double names = wide * (kNamePart + kWordsPart) * 1.6, side = std::min(wide, high - names);
  TRY(const auto code, qr_code(poster.text, logo != nullptr));
  const double x = left + (wide - side) / 2;
  draw_qr(pen, code, x, top, side, whole_pixels);
  if (logo != nullptr) draw_logo(pen, logo, x, top, side);
  const double line = draw_line(pen, poster.name, left, top + side, wide, wide * kNamePart, true);
  draw_line(pen, poster.words, left, top + side + line, wide, wide * kWordsPart, false);
  return {};
}

void draw_cuts(cairo_t* pen) {
  const double wide = (kPageWide - 2 * kMargin) / kAcross, high = (kPageHigh - 2 * kMargin) / kDown;
  const double dash[] = {3, 3};
  cairo_save(pen);
  cairo_set_source_rgb(pen, 0.7, 0.7, 0.7);
  cairo_set_line_width(pen, 0.4);
  cairo_set_dash(pen, dash, 2, 0);
  for (int i = 0; i <= kAcross; ++i) {
    cairo_move_to(pen, kMargin + i * wide, kMargin);
    cairo_line_to(pen, kMargin + i * wide, kPageHigh - kMargin);
  }
  for (int i = 0; i <= kDown; ++i) {
    cairo_move_to(pen, kMargin, kMargin + i * high);
    cairo_line_to(pen, kPageWide - kMargin, kMargin + i * high);
  }
  cairo_stroke(pen);
  cairo_restore(pen);
}

Result<Surface> logo_of(std::string_view png) { return png.empty() ? Result<Surface>(Surface()) : logo_surface(png); }

Result<std::string> poster_png(const Poster& poster, cairo_surface_t* logo) {
  constexpr double kRim = 20;
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, kPictureWide, kPictureHigh));
  const Pen pen(cairo_create(surface.get()));
  cairo_set_source_rgb(pen.get(), 1, 1, 1);
  cairo_paint(pen.get());
  TRY(draw_poster(pen.get(), poster, logo, kRim, kRim, kPictureWide - 2 * kRim, kPictureHigh - 2 * kRim, true));
  return png_of(surface.get());
}

/// A name every file system takes: no strokes, colons and the like, no leading dot, not too long.
std::string file_name(std::string_view name) {
  std::string out;
  for (const char c : take_chars(name, 60)) out += static_cast<unsigned char>(c) < 0x20 || std::string_view("/\\:*?\"<>|").find(c) != std::string_view::npos ? '-' : c;
  if (out.starts_with('.')) out.front() = '-';
  return out;
}

/// A zip being written into memory.
class Zip {
 public:
  Zip() {
    zip_error_init(&error_);
    source_ = zip_source_buffer_create(nullptr, 0, 0, &error_);
    CHECK(source_ != nullptr);
    zip_source_keep(source_);
    zip_ = zip_open_from_source(source_, ZIP_TRUNCATE, &error_);
    CHECK(zip_ != nullptr);
  }
  ~Zip() {
    if (zip_ != nullptr) zip_discard(zip_);
    zip_source_free(source_);
    zip_error_fini(&error_);
  }
  Zip(const Zip&) = delete;
  Zip& operator=(const Zip&) = delete;

  /// `bytes` must stand until finish().
  Result<> add(const std::string& name, const std::string& bytes) {
    auto* from = zip_source_buffer(zip_, bytes.data(), bytes.size(), 0);
    const auto at = zip_file_add(zip_, name.c_str(), from, ZIP_FL_ENC_UTF_8);
    if (at < 0) {
      zip_source_free(from);
      return fail(Errc::internal, "entry.picture", zip_strerror(zip_));
    }
    // A PNG is small already.
    zip_set_file_compression(zip_, static_cast<zip_uint64_t>(at), ZIP_CM_STORE, 0);
    return {};
  }
  Result<std::string> finish() {
    if (zip_close(zip_) != 0) return fail(Errc::internal, "entry.picture", zip_strerror(zip_));
    zip_ = nullptr;
    std::string out;
    if (zip_source_open(source_) != 0) return fail(Errc::internal, "entry.picture");
    char chunk[16 << 10];
    for (zip_int64_t n = 0; (n = zip_source_read(source_, chunk, sizeof chunk)) > 0;) out.append(chunk, static_cast<std::size_t>(n));
    zip_source_close(source_);
    return out;
  }

 private:
  zip_error_t error_{};
  zip_source_t* source_ = nullptr;
  zip_t* zip_ = nullptr;
};

}  // namespace

Result<std::string> posters_pdf(std::span<const Poster> posters, std::string_view logo_png) {
  TRY(const auto logo, logo_of(logo_png));
  std::string out;
  const auto add = [](void* to, const unsigned char* bytes, unsigned size) {
    static_cast<std::string*>(to)->append(reinterpret_cast<const char*>(bytes), size);
    return CAIRO_STATUS_SUCCESS;
  };
  const Surface surface(cairo_pdf_surface_create_for_stream(add, &out, kPageWide, kPageHigh));
  const Pen pen(cairo_create(surface.get()));
  const double wide = (kPageWide - 2 * kMargin) / kAcross, high = (kPageHigh - 2 * kMargin) / kDown;
  for (std::size_t i = 0; i < posters.size(); ++i) {
    const auto place = i % (kAcross * kDown);
    if (place == 0) draw_cuts(pen.get());
    TRY(draw_poster(pen.get(), posters[i], logo.get(), kMargin + static_cast<double>(place % kAcross) * wide + kPad, kMargin + static_cast<double>(place / kAcross) * high + kPad,
                    wide - 2 * kPad, high - 2 * kPad, false));
    if (place + 1 == kAcross * kDown || i + 1 == posters.size()) cairo_show_page(pen.get());
  }
  cairo_surface_finish(surface.get());
  if (cairo_surface_status(surface.get()) != CAIRO_STATUS_SUCCESS) return fail(Errc::internal, "entry.picture", cairo_status_to_string(cairo_surface_status(surface.get())));
  return out;
}

Result<std::string> posters_zip(std::span<const Poster> posters, std::string_view logo_png) {
  TRY(const auto logo, logo_of(logo_png));
  std::vector<std::string> pictures(posters.size());
  std::set<std::string> names;
  Zip zip;
  for (std::size_t i = 0; i < posters.size(); ++i) {
    TRY(pictures[i], poster_png(posters[i], logo.get()));
    auto name = file_name(posters[i].file);
    if (!names.insert(name).second) names.insert(name += "-" + std::to_string(i + 1));
    TRY(zip.add(name + ".png", pictures[i]));
  }
  return zip.finish();
}

}  // namespace koi::entry
