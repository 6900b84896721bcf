/// What pushes mean: who came, who left, what is to be asked of the platform. In whatever order, however often and however late
/// they come, the end is the same (R6): each is folded by the platform's own time, and what a push does not say is asked for.
/// Owns connect_wecom_look.
#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "connect/wecom/callback.h"

namespace koi::connect::wecom {

class Platform;

/// Works on pushes that are due, oldest first, at most `limit`; how many were done with. One that fails stays for later, with
/// its reason; after kPushTries it is failed and waits for somebody.
inline constexpr int kPushTries = 8;
Result<int> work_inbox(Db& db, int limit);
/// One push inside a transaction. Whether it meant anything to us.
Result<bool> take_meaning(Tx& tx, std::string_view corp, const std::string& kind, const crypto::CallbackXml& xml, Instant at);

/// To be asked of the platform; `object` "" is all of them.
struct Look { std::string what /* contact chat tags staff */, userid, object, remark, description; };
Result<> want_look(Tx& tx, std::string_view corp, const Look& look);
/// Asks for what is due, a few at once; how many were done with. Passes up what is nobody's fault; the rest waits for the next round.
Result<int> work_looks(Db& db, Platform& platform, const std::string& corp, int limit);

/// Who hears that the platform could not hand a customer over (transfer_fail): team's handover, when it is there.
struct TransferRefused { std::string corp, userid /* who should have got them */, external_userid, reason; Instant at; };
bool hear_transfer_refused(std::function<Result<>(Tx&, const TransferRefused&)> fn);

}  // namespace koi::connect::wecom
