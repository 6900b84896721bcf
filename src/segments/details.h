/// What is wrong with a rule, said in the reader's language. Rules are refused in English (the log, the command line); the
/// sentence is turned where it leaves the house, codes and places stay.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace koi::segments {

/// The detail of a refusal in `language` ("en", else Chinese); what is not known of stays as it is. Names and what was
/// written stand in it untouched, in the same quotation marks.
std::string detail_in(std::string_view detail, std::string_view language);

/// A refusal on its way out.
template <class T>
Result<T> said_in(Result<T> result, std::string_view language) {
  if (!result && result.error().code.starts_with("segments.")) result.error().detail = detail_in(result.error().detail, language);
  return result;
}

}  // namespace koi::segments
