/// The outside: files that come in, the tracking API that SDKs speak, hooks that shops call, and the channels of WeChat.
/// Owns import_*, hook_*, wechat_*. Appends what comes in through events, people and commerce; has no business
/// rule of its own.
#pragma once
#include <span>

#include "connect/files/import.h"
#include "connect/shops/hooks.h"
#include "connect/tracking/tracking.h"
#include "events/events.h"
#include "http/http.h"
#include "store/store.h"

namespace koi::connect {

/// The tables of all folders as one.
std::span<const http::Route> routes();
std::span<const store::Migration> schema();

/// Turns on the log: tags given and taken here become marks for WeCom.
std::span<const events::Consumer> consumers();

/// Where files wait to be imported; made by whoever first puts one there.
std::string import_folder(Db& db);
/// Opens the import desk in the store's folder and takes up what an earlier process left running.
Result<> resume_imports(Db& db);
/// Ends the desk: the batch in hand lands, jobs stay where they are. Before the store closes.
void stop_imports(Db& db);

}  // namespace koi::connect
