/// The head of a reply as bytes, security headers included.
#pragma once
#include "http/http.h"

namespace koi::http {

struct HeadFacts {
  std::string_view date, request_id;
  bool keep_alive = true, secure = false;
};
/// Whether a reply of this status has no body and no length.
inline bool bodiless(int status) { return status == 204 || status == 304; }
/// Replaces `out`. A header value with a line break in it is left out.
void write_reply_head(std::string& out, const Reply& reply, const HeadFacts& facts);

}  // namespace koi::http
