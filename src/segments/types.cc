#include "segments/types.h"

#include <algorithm>

#include "segments/words.h"

namespace koi::segments {
namespace {

bool one_of(Type type, std::initializer_list<Type> wanted) {
  return type == Type::any || std::ranges::find(wanted, type) != wanted.end();
}

}  // namespace

std::optional<Type> property_type(const EventWord* event, std::string_view path) {
  if (path == "amount") return Type::money;
  if (path == "source") return Type::text;
  if (path == "at") return Type::time;
  if (event == nullptr || event->properties.empty()) return Type::any;
  const auto dot = path.find('.');
  const auto first = path.substr(0, dot);
  const auto known = std::ranges::find(event->properties, first, &PropertyWord::name);
  if (known == event->properties.end()) return first == "touch" || first == "ctx" ? std::optional(Type::any) : std::nullopt;
  if (dot == std::string_view::npos) return known->type;
  return one_of(known->type, {Type::object}) ? std::optional(Type::any) : std::nullopt;
}

std::optional<Type> through_lens(Lens lens, Type type) {
  const auto when = [&](std::initializer_list<Type> wanted, Type out) { return one_of(type, wanted) ? std::optional(out) : std::nullopt; };
  switch (lens) {
    case Lens::plain: return type;
    case Lens::length:
    case Lens::depth: return when({Type::text}, Type::number);
    case Lens::size: return when({Type::set, Type::list}, Type::number);
    case Lens::folded:
    case Lens::pinyin: return when({Type::text}, Type::text);
    case Lens::weekday: return when({Type::date, Type::time}, Type::number);
    case Lens::hour: return when({Type::time}, Type::number);
    case Lens::zscore: return when({Type::number, Type::money}, Type::number);
  }
  return {};
}

Wants wants_of(Fn fn) {
  switch (fn) {
    case Fn::count:
    case Fn::recency:
    case Fn::tenure:
    case Fn::streak:
    case Fn::interval: return Wants::nothing;
    case Fn::trend: return Wants::either;
    default: return Wants::property;
  }
}

std::optional<Type> aggregate_type(Fn fn, Type property) {
  const auto when = [&](std::initializer_list<Type> wanted, Type out) { return one_of(property, wanted) ? std::optional(out) : std::nullopt; };
  switch (fn) {
    case Fn::count:
    case Fn::streak: return Type::number;
    case Fn::trend: return when({Type::number, Type::money}, Type::number);
    case Fn::count_distinct: return when({Type::text, Type::number, Type::money, Type::boolean, Type::time}, Type::number);
    case Fn::sum:
    case Fn::avg: return when({Type::number, Type::money}, property);
    case Fn::min:
    case Fn::max: return when({Type::number, Type::money, Type::time}, property);
    case Fn::first:
    case Fn::last: return when({Type::text, Type::number, Type::money, Type::boolean, Type::time}, property);
    case Fn::most_frequent: return when({Type::text, Type::number, Type::money, Type::boolean}, property);
    case Fn::recency:
    case Fn::tenure:
    case Fn::interval: return Type::duration;
  }
  return {};
}

bool takes(Type type, Op op) {
  switch (op) {
    case Op::is_set:
    case Op::is_missing: return true;
    case Op::eq:
    case Op::ne:
    case Op::in:
    case Op::not_in:
      return one_of(type, {Type::text, Type::number, Type::money, Type::boolean, Type::date, Type::time, Type::duration});
    case Op::lt:
    case Op::le:
    case Op::gt:
    case Op::ge: return one_of(type, {Type::number, Type::money, Type::duration});
    case Op::between: return one_of(type, {Type::number, Type::money, Type::duration, Type::date, Type::time});
    case Op::contains:
    case Op::not_contains:
    case Op::starts:
    case Op::ends:
    case Op::matches: return one_of(type, {Type::text});
    case Op::has_any:
    case Op::has_all:
    case Op::has_none: return one_of(type, {Type::set, Type::list});
    case Op::under: return one_of(type, {Type::text, Type::set});
    case Op::top:
    case Op::bottom: return type == Type::number || type == Type::money;
    default: return one_of(type, {Type::date, Type::time});  // the operators on time
  }
}

bool mixes_money(Type type, const Value& value) {
  return (type == Type::money && std::holds_alternative<Decimal>(value)) || (type == Type::number && std::holds_alternative<Money>(value));
}

bool operand_fits(Type type, Op op, const Value& value) {
  const auto kind = operands_of(op);
  if (kind != Operands::one && kind != Operands::two && kind != Operands::some) return true;  // judged by well_formed
  switch (type) {
    case Type::any: return !std::holds_alternative<Calendar>(value);
    case Type::text:
    case Type::set: return std::holds_alternative<std::string>(value);
    case Type::number: return std::holds_alternative<Decimal>(value);
    case Type::money: return std::holds_alternative<Money>(value);
    case Type::boolean: return std::holds_alternative<bool>(value);
    case Type::date: return std::holds_alternative<LocalDay>(value);
    case Type::time: return std::holds_alternative<LocalDay>(value) || std::holds_alternative<Instant>(value);
    case Type::duration: return std::holds_alternative<Duration>(value);
    case Type::list:
      return std::holds_alternative<std::string>(value) || std::holds_alternative<Decimal>(value) || std::holds_alternative<bool>(value);
    case Type::object: return false;
  }
  return false;
}

}  // namespace koi::segments
