/// Rows into described structs, column by column in the order of BOOST_DESCRIBE_STRUCT. For .cc files only.
#pragma once
#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include "store/store.h"

namespace koi::store {

template <class T>
struct ReadColumn;  // specialise for a new column type

template <class I>
  requires(std::is_integral_v<I> && !std::is_same_v<I, bool>)
struct ReadColumn<I> { static I read(const Statement& s, int i) { return static_cast<I>(s.integer(i)); } };
template <>
struct ReadColumn<bool> { static bool read(const Statement& s, int i) { return s.integer(i) != 0; } };
template <>
struct ReadColumn<double> { static double read(const Statement& s, int i) { return s.real(i); } };
template <>
struct ReadColumn<std::string> { static std::string read(const Statement& s, int i) { return std::string(s.text(i)); } };
template <>
struct ReadColumn<Blob> { static Blob read(const Statement& s, int i) { return {std::string(s.text(i))}; } };
template <class Tag>
struct ReadColumn<Id<Tag>> { static Id<Tag> read(const Statement& s, int i) { return {s.integer(i)}; } };
template <>
struct ReadColumn<Instant> { static Instant read(const Statement& s, int i) { return from_ms(s.integer(i)); } };
template <>
struct ReadColumn<Fen> { static Fen read(const Statement& s, int i) { return {s.integer(i)}; } };
template <>
struct ReadColumn<Bps> { static Bps read(const Statement& s, int i) { return {s.integer(i)}; } };
template <class T>
struct ReadColumn<std::optional<T>> {
  static std::optional<T> read(const Statement& s, int i) {
    if (s.is_null(i)) return std::nullopt;
    return ReadColumn<T>::read(s, i);
  }
};
/// Described enums travel as their names.
template <class E>
  requires(std::is_enum_v<E> && boost::describe::has_describe_enumerators<E>::value)
struct ReadColumn<E> {
  static E read(const Statement& s, int i) {
    E out{};
    const auto text = s.text(i);
    boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
      if (text == d.name) out = d.value;
    });
    return out;
  }
};

template <class T>
  requires(boost::describe::has_describe_members<T>::value)
struct ReadRow<T> {
  static T read(const Statement& s) {
    T out{};
    int column = 0;
    boost::mp11::mp_for_each<boost::describe::describe_members<T, boost::describe::mod_public>>([&](auto d) {
      auto& member = out.*d.pointer;
      member = ReadColumn<std::remove_reference_t<decltype(member)>>::read(s, column++);
    });
    return out;
  }
};
template <class T>
struct ReadRow<std::optional<T>> {
  static std::optional<T> read(const Statement& s) { return ReadColumn<std::optional<T>>::read(s, 0); }
};
template <>
struct ReadRow<Instant> { static Instant read(const Statement& s) { return from_ms(s.integer(0)); } };

}  // namespace koi::store

namespace koi {
/// The name of a described enumerator, and back.
template <class E>
  requires(std::is_enum_v<E>)
std::string_view enum_text(E value) {
  return boost::describe::enum_to_string(value, "");
}
template <class E>
  requires(std::is_enum_v<E>)
std::optional<E> parse_enum(std::string_view text) {
  std::optional<E> out;
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<E>>([&](auto d) {
    if (text == d.name) out = d.value;
  });
  return out;
}
}  // namespace koi
