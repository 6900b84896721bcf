/// Who can send a text message. This room stands before connect, so whoever sends is told to it.
#pragma once
#include <string>

#include "base/result.h"
#include "store/store.h"

namespace koi::entry {

struct TextMessage { std::string phone /* E.164 */, text, purpose; };
struct Texter {
  Result<bool> (*ready)(Tx&) = nullptr;                      // a gateway is connected
  Result<> (*send)(Tx&, const TextMessage&) = nullptr;       // goes once the transaction stands
};
bool know_texter(Texter texter);
const Texter& texter();
/// Whether a text message can be sent at all.
Result<bool> can_text(Tx& tx);

}  // namespace koi::entry
