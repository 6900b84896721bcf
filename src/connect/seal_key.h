/// The key that seals what connectors keep: secrets of shops and channels.
#pragma once
#include <string>

#include "store/store.h"

namespace koi::connect {

/// 32 bytes: what set_seal_key gave, else "connect.key" in the data folder, made on first use. unavailable "connect.seal_key".
Result<std::string> seal_key(Db& db);
Result<std::string> seal_key(const std::string& data_dir);
/// For stores without a folder, and for tests.
void set_seal_key(std::string key32);

}  // namespace koi::connect
