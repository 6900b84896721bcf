#include <cctype>

#include "base/crypto.h"
#include "base/text.h"
#include "store/driver.h"

namespace koi::store {

namespace {

constexpr std::string_view kCreate =
    "CREATE TABLE IF NOT EXISTS schema_version (room TEXT NOT NULL, number BIGINT NOT NULL, name TEXT NOT NULL, "
    "digest TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (room, number))";
constexpr std::string_view kDone = "SELECT digest FROM schema_version WHERE room = $1 AND number = $2";
constexpr std::string_view kRecord =
    "INSERT INTO schema_version (room, number, name, digest, at) VALUES ($1, $2, $3, $4, $5)";
constexpr std::string_view kNewest = "SELECT COALESCE(MAX(number), 0) FROM schema_version WHERE room = $1";

Result<> apply_one(Tx& tx, Driver& driver, const Migration& step) {
  TRY(auto done, tx.maybe<std::string>(kDone, step.room, step.number));
  if (done) return {};
  TRY(tx.connection().script(driver.spell(step.sql)));
  TRY(tx.exec(kRecord, step.room, step.number, step.name, hex(sha256(step.sql)), tx.now()));
  return {};
}

}  // namespace

std::vector<std::string> statements_of(std::string_view script) {
  std::vector<std::string> out(1);
  for (std::size_t i = 0; i < script.size(); ++i) {
    if (script.substr(i, 2) == "--") {
      i = std::min(script.find('\n', i), script.size());
      out.back() += '\n';
      continue;
    }
    if (script[i] == '\'') {
      const auto end = std::min(script.find('\'', i + 1), script.size() - 1);
      out.back() += script.substr(i, end - i + 1);
      i = end;
      continue;
    }
    if (script[i] == ';') { out.emplace_back(); continue; }
    out.back() += script[i];
  }
  std::erase_if(out, [](const std::string& s) { return trim(s).empty(); });
  return out;
}

std::string own_lines(std::string_view script, std::string_view mine, std::string_view other) {
  std::string out;
  for (const auto line : split_text(script, '\n')) {
    const auto bare = trim(line);
    if (bare.starts_with(other)) continue;
    out += bare.starts_with(mine) ? bare.substr(mine.size()) : line;
    out += '\n';
  }
  return out;
}

Result<> apply_migrations(Db& db, Driver& driver, std::span<const Migration> steps) {
  TRY(db.write([](Tx& tx) -> Result<> { TRY(tx.exec(kCreate)); return {}; }));
  for (const auto& step : steps) {
    TRY(db.write([&](Tx& tx) -> Result<> {
      TRY(auto newest, tx.one<std::int64_t>(kNewest, step.room));
      std::int64_t known = 0;
      for (const auto& s : steps)
        if (s.room == step.room) known = std::max<std::int64_t>(known, s.number);
      if (newest > known) return fail(Errc::conflict, "store.schema_newer", std::string(step.room));
      auto applied = apply_one(tx, driver, step);
      if (!applied) {
        applied.error().detail = std::string(step.room) + "/" + std::string(step.name) + ": " + applied.error().detail;
        return applied;
      }
      return {};
    }));
  }
  return {};
}

}  // namespace koi::store
