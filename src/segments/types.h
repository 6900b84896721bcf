/// What types meet which operators. Pure; check.h asks it place by place.
#pragma once
#include <optional>
#include <string_view>

#include "segments/vocabulary.h"

namespace koi::segments {

/// The type of a property by its dotted path: "amount", "source", "at" of the event itself, else the declared type of its
/// first step; below an object, of a kind that declares nothing, and of "*" it is any. Nothing: there is no such property.
std::optional<Type> property_type(const EventWord* event, std::string_view path);
/// The type a lens gives; nothing when it does not fit.
std::optional<Type> through_lens(Lens lens, Type type);
/// The type of an aggregate over a property of that type; nothing when it does not fit.
std::optional<Type> aggregate_type(Fn fn, Type property);
enum class Wants : std::uint8_t { nothing, property, either };
Wants wants_of(Fn fn);
bool takes(Type type, Op op);
/// Whether the operand may be compared with the type. Money against a number is refused, and the other way round.
bool operand_fits(Type type, Op op, const Value& value);
bool mixes_money(Type type, const Value& value);

}  // namespace koi::segments
