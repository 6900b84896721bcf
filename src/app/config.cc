#include "app/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <toml++/toml.h>
#include <variant>

#include "base/text.h"

namespace koi::app {

namespace {

struct Key {
  std::string_view name;  // "log.keep_rows" stands as keep_rows under [log], KOIPOND_LOG_KEEP_ROWS in the environment
  std::variant<std::string Config::*, int Config::*> member;
  int min = 0, max = 65535;
};
constexpr int kRowsMax = 1 << 30, kSegmentRowsMax = 1 << 22;
constexpr Key kKeys[] = {
    {"data", &Config::data},         {"store", &Config::store},           {"listen", &Config::listen},
    {"port", &Config::port},         {"console", &Config::console},       {"public_url", &Config::public_url},
    {"log_level", &Config::log_level}, {"io_threads", &Config::io_threads}, {"readers", &Config::readers},
    {"writers", &Config::writers},   {"clock_file", &Config::clock_file},   {"simulator", &Config::simulator},
    {"log.keep_rows", &Config::log_keep_rows, 1, kRowsMax},
    {"log.segment_rows", &Config::log_segment_rows, 1, kSegmentRowsMax},
    {"columns.seal_rows", &Config::columns_seal_rows, 16, kSegmentRowsMax},
    {"outgoing.private", &Config::outgoing_private, 0, 1}};

Result<> set(Config& config, const Key& key, const std::string& value, const std::string& where) {
  if (const auto* text = std::get_if<std::string Config::*>(&key.member)) {
    config.**text = value;
    return {};
  }
  const auto number = parse_int(value);
  if (!number || *number < key.min || *number > key.max)
    return fail(Errc::invalid, "config.bad_value", fmt::format("{} = \"{}\" ({})", key.name, value, where));
  config.*std::get<int Config::*>(key.member) = static_cast<int>(*number);
  return {};
}

/// One level of tables: `[log]` holds the keys "log.…".
Result<> load_table(Config& config, const toml::table& table, const std::string& file, const std::string& prefix) {
  for (const auto& [key_name, node] : table) {
    const auto name = prefix + std::string(key_name.str());
    if (const auto* inner = node.as_table(); inner != nullptr && prefix.empty()) {
      TRY(load_table(config, *inner, file, name + "."));
      continue;
    }
    const auto line = fmt::format("{}:{}", file, node.source().begin.line);
    const auto* found = std::ranges::find(kKeys, name, &Key::name);
    if (found == std::end(kKeys))
      return fail(Errc::invalid, "config.unknown_key", fmt::format("{}: {} ({})", line, name, nearest(name, config_keys())));
    std::string value;
    if (const auto text = node.value<std::string>()) value = *text;
    else if (const auto number = node.value<std::int64_t>()) value = std::to_string(*number);
    TRY(set(config, *found, value, line));
  }
  return {};
}

Result<> load_file(Config& config, const std::string& file) {
  toml::table table;
  try {
    table = toml::parse_file(file);
  } catch (const toml::parse_error& e) {
    return fail(Errc::malformed, "config.syntax", fmt::format("{}:{}: {}", file, e.source().begin.line, e.description()));
  }
  return load_table(config, table, file, "");
}

}  // namespace

std::vector<std::string_view> config_keys() {
  std::vector<std::string_view> out;
  for (const auto& key : kKeys) out.push_back(key.name);
  return out;
}

Result<> load_config(Config& config, const std::string& file) {
  if (std::filesystem::exists(file)) { TRY(load_file(config, file)); }
  for (const auto& key : kKeys) {
    std::string name = "KOIPOND_";
    for (const char c : key.name) name += static_cast<char>(c == '_' || c == '.' ? '_' : c - 32);
    if (const char* value = std::getenv(name.c_str())) { TRY(set(config, key, value, name)); }
  }
  return {};
}

}  // namespace koi::app
