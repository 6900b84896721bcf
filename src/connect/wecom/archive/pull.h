/// Brings the session archive over: page by page, the place (connect_archive.seq) moved in the transaction that holds the page.
#pragma once
#include <functional>
#include <string>

#include "connect/wecom/archive/finance.h"
#include "store/store.h"

namespace koi::connect::wecom {

class Platform;

struct PullOptions {
  unsigned page = 500;
  int calls = 100;                             // GetChatData at most, in one pull
  std::function<bool()> go_on;                 // asked between pages; absent: always
};
struct Pulled { int pages = 0, items = 0, locked = 0, unlocked = 0; bool more = false; };
/// Opens what comes, asks the platform about customers nobody heard of (with the archive's own token), writes down what may be, and
/// opens again what waited for a key that is here now. What cannot be opened is kept as it came. The library being busy is tried three
/// times. Codes of Finance and Platform; malformed "connect.archive_reply"; conflict "connect.archive_moved" when another process
/// pulled; not_found "connect.no_archive". Safe to kill and repeat. Waits: not from the Writer's thread.
Result<Pulled> pull_archive(Db& db, Finance& finance, Platform& platform, const std::string& corp_id, const PullOptions& options = {});

}  // namespace koi::connect::wecom
