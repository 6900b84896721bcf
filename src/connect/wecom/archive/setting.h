/// The session archive of a corp as an admin set it up: library, secret, keys, and how the pull is doing. Owns
/// connect_archive, connect_archive_key, connect_archive_tally.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace koi::connect::wecom {

struct Archive {
  std::string corp_id, library, secret;
  std::string on_disagree = "keep";      // or "erase": earlier words go too
  std::string state = "new", error, detail;  // new well error
  std::int64_t seq = 0, ver = 0;
  bool enabled = true;
  Instant due_at{};
  std::optional<Instant> pulled_at;
};
/// What is absent stays.
struct PutArchive {
  std::string corp_id;
  std::optional<std::string> library, secret, on_disagree;
  std::optional<bool> enabled;
};
/// Pulls at once. not_found "connect.no_corp"; invalid "connect.archive_path", "connect.channel_secret", "connect.archive_on_disagree".
Result<Archive> put_archive(Tx& tx, const PutArchive& cmd, std::string_view seal_key);
/// Nothing when it was never set up. internal "connect.seal_key".
Result<std::optional<Archive>> find_archive(Tx& tx, std::string_view corp_id, std::string_view seal_key);
/// Corps to be pulled now: those connected, enabled and due.
Result<std::vector<std::string>> due_archives(Tx& tx);
/// The platform said there is something new.
Result<> wake_archive(Tx& tx, std::string_view corp_id);
/// How the pull ended; a later one is due `wait` from now.
Result<> archive_went(Tx& tx, std::string_view corp_id, const Error* error, Millis wait);

struct ArchiveKey { std::int64_t version = 0; std::string public_pem; Instant created_at; };
/// For version: an own one, or a fresh pair when `private_pem` is "". What waited for it is tried again at once. not_found
/// "connect.no_archive"; invalid "connect.archive_version", "connect.rsa_key"; conflict "connect.archive_key_exists".
Result<ArchiveKey> add_archive_key(Tx& tx, std::string_view corp_id, std::int64_t version, const std::string& private_pem, std::string_view seal_key);
Result<std::vector<ArchiveKey>> archive_keys(Tx& tx, std::string_view corp_id);
/// Private halves by version.
Result<std::map<std::int64_t, std::string>> archive_private_keys(Tx& tx, std::string_view corp_id, std::string_view seal_key);

/// kept bare revoked inner switch erased room
Result<> archive_count(Tx& tx, std::string_view corp_id, std::string_view what, std::int64_t n = 1);
struct ArchiveTally { std::string what; std::int64_t n = 0; };
Result<std::vector<ArchiveTally>> archive_tally(Tx& tx, std::string_view corp_id);

}  // namespace koi::connect::wecom
