#include "store/driver.h"

namespace koi::store {

Result<Statement*> StatementCache::free_one(Entry& entry) {
  for (auto& statement : entry.statements)
    if (!statement->busy) return statement.get();
  TRY(auto made, make_(entry.sql));
  entry.statements.push_back(std::move(made));
  return entry.statements.back().get();
}

Result<Statement*> StatementCache::get(std::string_view sql) {
  // Constants keep their address, so most look-ups are one pointer and one comparison of equal text.
  if (const auto at = by_address_.find(sql.data()); at != by_address_.end() && at->second->sql == sql)
    return free_one(*at->second);
  auto found = by_text_.find(sql);
  if (found == by_text_.end()) {
    if (by_text_.size() >= kMax) {
      by_address_.clear();
      std::erase_if(by_text_, [](const auto& row) {
        for (const auto& s : row.second->statements)
          if (s->busy) return false;
        return true;
      });
    }
    auto entry = std::make_unique<Entry>();
    entry->sql = std::string(sql);
    found = by_text_.emplace(entry->sql, std::move(entry)).first;
  }
  by_address_[sql.data()] = found->second.get();
  return free_one(*found->second);
}

}  // namespace koi::store
