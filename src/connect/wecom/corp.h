/// Corps of WeCom that a merchant has connected. Owns connect_corp. The secrets are sealed with the key of seal_key.h.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connect/crypto/callback.h"
#include "store/store.h"

namespace koi::connect::wecom {

inline constexpr std::string_view kPlatform = "https://qyapi.weixin.qq.com";

struct Corp {
  std::string corp_id, name, base_url;
  std::string secret;                        // of the app that may call the customer interfaces
  std::string token, aes_key;                // of its callback address
  std::string aes_key_before;                // pushes sealed with the key before may still be on their way
  std::int64_t agent_id = 0, ver = 0;
  bool disabled = false;
  Instant created_at{}, updated_at{};
};
/// Makes or changes one; what is absent stays, or has its default when the corp is new.
struct PutCorp {
  std::string corp_id;
  std::optional<std::string> name, base_url, secret, token, aes_key;
  std::optional<std::int64_t> agent_id;
  std::optional<bool> disabled;
};
/// invalid "connect.corp_id", "connect.channel_url", "connect.channel_secret", "connect.callback_token", "connect.callback_aes_key".
Result<Corp> put_corp(Tx& tx, const PutCorp& cmd, std::string_view seal_key);
/// What came through it stays. not_found "connect.no_corp".
Result<> drop_corp(Tx& tx, std::string_view corp_id);
/// not_found "connect.no_corp"; internal "connect.seal_key" when another key sealed it.
Result<Corp> find_corp(Tx& tx, std::string_view corp_id, std::string_view seal_key);
Result<std::vector<Corp>> list_corps(Tx& tx, std::string_view seal_key);
/// Ids of those that are not disabled.
Result<std::vector<std::string>> connected_corps(Tx& tx);
/// The keys a push may be sealed with.
std::vector<crypto::CallbackKey> callback_keys(const Corp& corp);

}  // namespace koi::connect::wecom
