/// Pictures of codes.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace koi::simulate {

/// A PNG, 8 pixels a module with the quiet border. invalid "simulate.qr" when the text is too long for a code.
Result<std::string> qr_png(std::string_view text);

}  // namespace koi::simulate
