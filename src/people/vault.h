/// Clear text under lock: names, phones, e-mails and birthdays are sealed with one random key a node, and the keys
/// stand apart (keystore.h), sealed by the master key. Readers get masked text; reveal is the audited exception.
/// Source: RELIABILITY.md P3, P4.
#pragma once
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "people/people.h"
#include "store/trail.h"

namespace koi::people {

/// "138****5678"; short numbers keep their last two digits.
std::string mask_phone(std::string_view phone);
std::string mask_name(std::string_view name);       // "张*", "欧阳**", "J***"
std::string mask_email(std::string_view email);     // "z***@example.com"
std::string mask_birthday(std::string_view day);    // "****-05-17"
/// By field: the masks above; other sensitive texts keep their first character.
std::string mask(std::string_view field, std::string_view clear);

/// Seals under the node's key, which is made on first use. `newborn`: this
/// transaction made the node, and nothing was sealed for it yet.
Result<store::Blob> seal_for(Tx& tx, PersonId node, std::string_view clear, bool newborn = false);
/// Nothing when the key was destroyed.
Result<std::optional<std::string>> open_for(Tx& tx, PersonId node, const store::Blob& box);
/// The keyed blind index of a sensitive value: 22 characters, the same for the same (ns, value) in this store only.
Result<std::string> blind(Tx& tx, std::string_view ns, std::string_view value);

/// What lists show of a root: masked, empty where unknown.
struct Card { PersonId person; std::string name, phone, email, birthday; };
/// In the order asked. The caller has checked the scope of the rows.
Result<std::vector<Card>> cards(Tx& tx, std::span<const PersonId> roots);

struct Reveal { PersonId person; std::string field, reason; store::Author by; };
/// The clear text; one audit row each, at most 50 a user in 24 hours. field: "name", "phone", "email", "birthday" or a
/// sensitive attribute's key. invalid "people.no_reason", "people.unknown_attribute", throttled "people.reveal_cap",
/// not_found "people.not_found" outside the scope, "people.nothing_to_reveal".
Result<std::string> reveal(Tx& tx, const Scope& scope, const Reveal& cmd);

}  // namespace koi::people
