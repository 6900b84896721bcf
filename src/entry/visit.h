/// Who stands before a public page, as far as a browser says: its own id, where the click came from, what site this is.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "http/http.h"

namespace koi::entry {

/// The browser's own id from its cookie; "" when it has none or none of ours.
std::string visitor_of(const http::Request& request);
std::string new_visitor(Tx& tx);
/// Keeps the id in the browser for 400 days, for this site's pages only.
void keep_visitor(Reply& reply, std::string_view visitor, bool secure);

/// utm_*, the click id and the platform that an address carries ("gdt_vid" of Tencent, "bd_vid" of Baidu, …).
std::map<std::string, std::string> touch_of(const http::Request& request);

/// Where this site's pages stand, for addresses on posters: what the configuration says (set_site), else what the caller asked
/// for. No stroke at the end.
std::string site_of(const http::Request& request);
void set_site(std::string address);

/// "a=1&b=%E4": the query of a request again, without the names given.
std::string query_without(const http::Request& request, std::initializer_list<std::string_view> names);
std::string percent_encoded(std::string_view text);

/// A link reader or a browser that loads ahead: it sees a page, and takes no slot of anybody.
bool only_looks(const http::Request& request);

}  // namespace koi::entry
