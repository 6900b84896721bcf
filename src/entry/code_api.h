/// Inside the room: live codes on the wire, what their api files share.
#pragma once
#include "entry/report.h"
#include "entry/spec.h"
#include "http/wire.h"

namespace koi::entry {

std::span<const Route> code_edit_routes();    // api_codes.cc
std::span<const Route> code_report_routes();  // api_code_report.cc
std::span<const Route> code_desk_routes();    // api_code_desk.cc: switches, alarms, places of stores
std::span<const Route> code_print_routes();   // api_code_qr.cc
std::span<const Route> code_page_routes();    // api_page.cc

/// A sentence in both languages.
struct CodeWords { std::string zh, en; };
BOOST_DESCRIBE_STRUCT(CodeWords, (), (zh, en))
inline CodeWords code_words(const Said& said) { return {said.zh, said.en}; }

/// The address on a code's poster.
std::string code_url(std::string_view site, std::string_view slug);

/// The merchant's logo as a PNG, unless the caller does without; "" when there is none.
Result<std::string> logo_for(Tx& tx, std::optional<bool> wanted);
Reply picture_reply(std::string bytes, std::string_view type);

}  // namespace koi::entry
