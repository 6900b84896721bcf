/// Inside the room: a form as HTML. Every text is escaped; it is whole without script, which only sends files.
#pragma once
#include <set>

#include "entry/forms.h"

namespace koi::entry {

/// What a page of a form knows of what was given on those before.
struct FormSheet {
  Answers answers;
  std::vector<std::string> shown;              // questions that were on a page, in order
  std::string current;                         // the question on this page; "": all of them
  std::map<std::string, std::string> wrong;    // by question: what people read
  std::string repeat_key;
  Instant started{};
  bool consent = false;
  bool texts = false;                          // a code can be sent to a telephone
  std::set<std::string, std::less<>> sent, proved;  // telephone questions: a code is on its way, the number was proved
};

/// The names of the fields of a page.
inline constexpr std::string_view kFieldPrefix = "q_", kFieldKey = "_n", kFieldStart = "_t", kFieldShown = "_s", kFieldCurrent = "_q", kFieldConsent = "_c",
                                  kFieldTrap = "_w", kFieldBack = "_back", kFieldSend = "_send", kCodePrefix = "v_";

struct FormLook { std::string_view slug, query, language; };
std::string draw_form(const FormSpec& spec, const FormSheet& sheet, const FormLook& look);
/// What is said when it was sent.
std::string draw_done(const FormSpec& spec, std::int64_t score, const std::string& address, std::string_view language);

}  // namespace koi::entry
