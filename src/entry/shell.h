/// The sheet of paper under every page a customer opens: head, look, share lines, policy. Pages are whole without script;
/// script only helps. Light and dark, 320 px and up, letters that grow with the reader's own size.
#pragma once
#include <string>
#include <string_view>

#include "http/http.h"

namespace koi::entry {

/// Text as text: & < > " and ' escaped.
std::string html(std::string_view text);
/// Only http and https addresses and those of this site ("/c/…"); anything else, such as "javascript:", is "".
std::string_view safe_address(std::string_view url);

struct Page {
  std::string_view language = "zh-CN";  // "en"
  std::string title;                    // not escaped yet, as the following two
  std::string description, picture;     // what a share shows
  std::string body;                     // HTML, made safe by who wrote it
  std::string_view script;              // name of an asset of this room ("code.js"), "" none
  std::string data = "null";            // JSON the script reads from #data
  int status = 200;
};
/// The whole document. Style and script stand in it under a policy that names their hashes: nothing else runs, nothing is
/// fetched but pictures and this site's own answers. Never cached.
Reply page_reply(const Page& page);

/// Bytes of an asset of this room ("h5.css", "code.js"); "" when there is none.
std::string_view asset(std::string_view name);

}  // namespace koi::entry
