/// What pictures are drawn with: pens and surfaces that end by themselves, codes and logos.
#pragma once
#include <cairo.h>
#include <qrencode.h>

#include <memory>

#include "entry/picture.h"


namespace koi::entry {

struct SurfaceEnd { void operator()(cairo_surface_t* s) const { cairo_surface_destroy(s); } };
struct PenEnd { void operator()(cairo_t* p) const { cairo_destroy(p); } };
struct QrFree { void operator()(QRcode* code) const; };
using Surface = std::unique_ptr<cairo_surface_t, SurfaceEnd>;
using Pen = std::unique_ptr<cairo_t, PenEnd>;
using Qr = std::unique_ptr<QRcode, QrFree>;

Result<Qr> qr_code(std::string_view text, bool under_logo);
Result<Surface> logo_surface(std::string_view png);
void draw_qr(cairo_t* pen, const Qr& code, double left, double top, double side, bool whole_pixels);
void draw_logo(cairo_t* pen, cairo_surface_t* logo, double left, double top, double side);
std::string png_of(cairo_surface_t* surface);

}  // namespace koi::entry
