/// The seal around what WeCom and official accounts push to us, and around what we answer: SHA-1 over sorted parts,
/// AES-256-CBC, padding to 32. Pure; how old a push may be and whether it was seen before is for the one who asks. The parts
/// of a signature are sorted and joined, so their borders are not signed: remember signatures, not nonces.
#pragma once
#include <string>
#include <string_view>

#include "base/result.h"

namespace koi::connect::crypto {

/// Token, EncodingAESKey (43 chars; tail bits of the last are masked) and receive id (corp id or app id) of one callback address.
struct CallbackKey { std::string token, aes_key, receive_id; };

/// What is typed into a form: invalid "connect.callback_token" (1-32 letters and digits), "connect.callback_aes_key".
Result<> check_callback_key(const CallbackKey& key);
/// The 32 bytes of an EncodingAESKey; the IV is their first half. invalid "connect.callback_aes_key".
Result<std::string> callback_aes_key(std::string_view aes_key);

/// What the address carries. A "+" that arrives bare stays one: it is base64, not a blank.
struct CallbackQuery { std::string msg_signature, signature, timestamp, nonce, echostr, encrypt_type; };
/// The raw query, not decoded yet; unknown names are passed over. malformed "connect.callback_query": a broken escape, or a name twice.
Result<CallbackQuery> read_callback_query(std::string_view raw);

/// Lower-case hex of token, timestamp, nonce and cipher text, sorted bytewise.
std::string callback_signature(std::string_view token, std::string_view timestamp, std::string_view nonce, std::string_view encrypted);
/// Without a cipher text: an official account in plain mode.
std::string plain_signature(std::string_view token, std::string_view timestamp, std::string_view nonce);
/// unauthenticated "connect.callback_signature", also for an empty token.
Result<> check_plain_signature(std::string_view token, std::string_view timestamp, std::string_view nonce, std::string_view signature);

/// Verifies in constant time, decrypts strictly (PKCS#7 of 32), checks lengths and receiver. The platform signs in lower case,
/// and so it must be. unauthenticated "connect.callback_signature", "connect.callback_receiver"; malformed
/// "connect.callback_cipher"; invalid "connect.callback_aes_key".
Result<std::string> open_callback(const CallbackKey& key, std::string_view timestamp, std::string_view nonce, std::string_view signature,
                                  std::string_view encrypted);

/// Base64 of the sealed message. `random16` is fresh for each message. The key is one that check_callback_key let pass.
std::string seal_message(const CallbackKey& key, std::string_view message, std::string_view random16);
/// <xml><Encrypt/><MsgSignature/><TimeStamp/><Nonce/></xml>
std::string sealed_reply(const CallbackKey& key, std::string_view message, std::string_view timestamp, std::string_view nonce,
                         std::string_view random16);

/// What a page signs to use the JS-SDK; `url` as it stands in the address bar; what follows "#" is no part.
std::string jsapi_text(std::string_view ticket, std::string_view nonce, std::string_view timestamp, std::string_view url);
std::string jsapi_signature(std::string_view ticket, std::string_view nonce, std::string_view timestamp, std::string_view url);

}  // namespace koi::connect::crypto
