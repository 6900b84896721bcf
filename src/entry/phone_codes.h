/// Whose telephone it is: a code of six digits goes there by text message and is typed in by the same browser.
/// Owns entry_phone_code, entry_phone_day. A number stands here only as a keyed print.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/store.h"

namespace koi::entry {

inline constexpr int kPhoneCodeTries = 5, kPhoneCodesOfPhone = 5, kPhoneCodesOfVisitor = 10, kPhoneCodesOfMerchant = 5000;  // a day

/// Sends a code that is good for ten minutes; the one before it is worth nothing any more. `phone` as an answer is kept (forms.h).
/// throttled "entry.phone_code_wait" (one a minute); exhausted "entry.phone_code_limit" (a day's codes of the number, the browser, the
/// merchant); unavailable "entry.no_texter".
Result<> send_phone_code(Tx& tx, std::string_view visitor, std::string_view phone, std::string_view language);
/// Whether this is the code that was sent; a wrong one costs one of five tries, so the caller's transaction must stand.
Result<bool> prove_phone(Tx& tx, std::string_view visitor, std::string_view phone, std::string_view code);
/// Whether the browser proved the number within the hour.
Result<bool> phone_proved(Tx& tx, std::string_view visitor, std::string_view phone);
/// Drops what is two days old, at most `limit` rows.
Result<std::int64_t> sweep_phone_codes(Tx& tx, int limit);

}  // namespace koi::entry
