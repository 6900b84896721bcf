/// Inside sms/: the secret a gateway checks our signatures with.
#pragma once
#include "connect/sms/sms.h"

namespace koi::connect::sms {

/// The key behind "whsec_…"; nothing when it is none.
std::optional<std::string> signing_key(std::string_view secret);
Result<std::optional<std::string>> gateway_secret(Tx& tx, std::string_view seal_key);

}  // namespace koi::connect::sms
