#include "entry/origin.h"

#include "entry/entry.h"
#include "entry/group_codes.h"
#include "people/profile.h"
#include "store/rows.h"

namespace koi::entry {
namespace {

constexpr std::string_view kFirst = "SELECT via FROM relation_history WHERE person_id = $1 AND via <> '' ORDER BY at, via LIMIT 1";

struct Table { std::string_view prefix, name, channel; };
constexpr Table kTables[] = {
    {CodeTag::prefix, "SELECT name FROM entry_code WHERE id = $1", "SELECT channel FROM entry_code WHERE id = $1"},
    {GroupCodeTag::prefix, "SELECT name FROM entry_group_code WHERE id = $1", "SELECT channel FROM entry_group_code WHERE id = $1"},
    {GroupTag::prefix, "SELECT name FROM group_chat WHERE id = $1", {}},
};

Result<std::string> ask(Tx& tx, std::string_view thing, std::string_view Table::*what) {
  for (const auto& table : kTables) {
    const auto id = parse_id(table.prefix, thing);
    if (!id || (table.*what).empty()) continue;
    TRY(auto found, tx.maybe<std::string>(table.*what, *id));
    return found.value_or("");
  }
  return std::string();
}

Result<std::string> name_of(Tx& tx, std::string_view thing) { return ask(tx, thing, &Table::name); }

[[maybe_unused]] const bool kThingsAreKnown = people::know_things(name_of);

}  // namespace

Result<> note_origin(Tx& tx, PersonId root) {
  TRY(const auto first, tx.maybe<std::string>(kFirst, root));
  TRY(const auto had, people::origin_of(tx, root));
  if (!first || had.touch == *first) return {};
  TRY(const auto before, ask(tx, had.touch, &Table::channel));
  TRY(const auto channel, ask(tx, *first, &Table::channel));
  return people::set_origin(tx, root, {*first, had.channel.empty() || had.channel == before ? channel : had.channel});
}

}  // namespace koi::entry
