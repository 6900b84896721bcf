#include <array>

#include "people/attributes.h"
#include "people/identity.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::people {

namespace {

struct ShownRow {
  AttributeId id;
  std::string value;
  PersonId origin;
};
BOOST_DESCRIBE_STRUCT(ShownRow, (), (id, value, origin))
struct BoxRow {
  PersonId origin;
  store::Blob box;
};
BOOST_DESCRIBE_STRUCT(BoxRow, (), (origin, box))

constexpr std::string_view kCard =
    "SELECT attribute_id, value, origin_id FROM person_attribute WHERE person_id = $1 AND attribute_id <= 4";
constexpr std::string_view kOne =
    "SELECT attribute_id, value, origin_id FROM person_attribute WHERE person_id = $1 AND attribute_id = $2";
constexpr std::string_view kLinked =
    "SELECT origin_id, box FROM identifier WHERE person_id = $1 AND ns = $2 ORDER BY verified DESC, first_at DESC LIMIT 1";
constexpr std::string_view kRevealed =
    "SELECT COUNT(*) FROM reveal WHERE user_kind = $1 AND user_id = $2 AND at > $3";
constexpr std::string_view kNoteReveal =
    "INSERT INTO reveal (id, user_kind, user_id, person_id, origin_id, field, reason, at) VALUES ($1, $2, $3, $4, $4, $5, $6, $7)";

constexpr std::int64_t kRevealsADay = 50;

/// The clear value of a linked phone or e-mail: what a card shows when nobody said one.
Result<std::string> linked(Tx& tx, PersonId root, std::string_view ns) {
  TRY(const auto row, tx.maybe<BoxRow>(kLinked, root, ns));
  if (!row) return std::string();
  TRY(auto clear, open_for(tx, row->origin, row->box));
  return std::move(clear).value_or("");
}

std::string_view namespace_of_field(std::string_view field) {
  if (field == "phone") return "phone_e164";
  return field == "email" ? "email" : "";
}

Result<std::string> clear_field(Tx& tx, PersonId root, const AttributeDef& def) {
  TRY(const auto row, tx.maybe<ShownRow>(kOne, root, def.id));
  if (row) return clear_value(tx, def, row->origin, row->value);
  const auto ns = namespace_of_field(def.key);
  if (ns.empty()) return std::string();
  return linked(tx, root, ns);
}

}  // namespace

Result<std::vector<Card>> cards(Tx& tx, std::span<const PersonId> roots) {
  TRY(const auto defs, attribute_defs(tx));
  std::vector<Card> out;
  out.reserve(roots.size());
  for (const auto root : roots) {
    std::array<std::string, 5> text;  // by attribute id, 1 to 4
    TRY(tx.each<ShownRow>(kCard, [&](ShownRow&& row) -> Result<> {
      const auto& def = (*defs)[static_cast<std::size_t>(row.id.v - 1)];  // the built-in ones come first
      TRY(const auto clear, clear_value(tx, def, row.origin, row.value));
      text[static_cast<std::size_t>(row.id.v)] = mask(def.key, clear);
      return {};
    }, root));
    for (const auto id : {kPhone, kEmail}) {
      auto& shown = text[static_cast<std::size_t>(id.v)];
      if (!shown.empty()) continue;
      const std::string_view field = id == kPhone ? "phone" : "email";
      TRY(const auto clear, linked(tx, root, namespace_of_field(field)));
      shown = mask(field, clear);
    }
    out.push_back({root, std::move(text[1]), std::move(text[2]), std::move(text[3]), std::move(text[4])});
  }
  return out;
}

Result<std::string> reveal(Tx& tx, const Scope& scope, const Reveal& cmd) {
  TRY(const auto root, visible(tx, scope, cmd.person));
  if (cmd.reason.find_first_not_of(" \t\r\n") == std::string::npos) return fail(Errc::invalid, "people.no_reason");
  TRY(const auto defs, attribute_defs(tx));
  const auto* def = find_def(defs, cmd.field);
  if (def == nullptr || !def->sensitive) return fail(Errc::invalid, "people.unknown_attribute", cmd.field);
  TRY(const auto seen, tx.one<std::int64_t>(kRevealed, cmd.by.kind, cmd.by.id, tx.now() - std::chrono::hours(24)));
  if (seen >= kRevealsADay) return fail(Errc::throttled, "people.reveal_cap");
  TRY(auto clear, clear_field(tx, root, *def));
  if (clear.empty()) return fail(Errc::not_found, "people.nothing_to_reveal", cmd.field);
  TRY(tx.exec(kNoteReveal, tx.next_number(), cmd.by.kind, cmd.by.id, root, cmd.field, cmd.reason, tx.now()));
  TRY(store::audit(tx, {.author = cmd.by, .action = "person.reveal", .subject = to_text(root),
                        .detail = "{\"field\":\"" + def->key + "\"}", .request_id = {}}));
  return clear;
}

}  // namespace koi::people
