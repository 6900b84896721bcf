/// Published vectors against the shipped code: files of JSON whose name says the kind and whose arrays are groups of cases.
/// Each case is judged by the functions a connector calls; what a file holds and nobody here knows is a failure.
#pragma once
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/crypto/callback.h"

namespace koi::vectors {

namespace json = boost::json;

/// One case, judged. Passed when `difference` is empty. `unread` are fields that no check looked at.
struct Verdict { std::string group, name, difference; std::vector<std::string> unread; };

/// "wecom_crypto" for "my-wecom_crypto.json": the kind whose name is part of the file's; nothing when none or several are.
std::optional<std::string> kind_of(std::string_view file_name);
/// malformed "vectors.not_json" when the text is no JSON object.
Result<std::vector<Verdict>> run(std::string_view kind, std::string_view text);

/// The text of a file kept beside this one; ends the process when it is not there.
std::string kept(std::string_view file_name);

/// Answers one line of JSON with one: how programs in other languages use the shipped code. {"do":"open",...} gives
/// {"ok":true,...} or {"ok":false,"code":"..."}.
std::string talk(std::string_view line);

// --- for the checks -------------------------------------------------------------------------------------------------

struct Differs : std::runtime_error { using std::runtime_error::runtime_error; };

/// A case and the file around it. Reading a field that is not there, or is something else, fails the case.
class Case {
 public:
  Case(const json::object& file, const json::object& fields) : file_(file), fields_(fields) {}
  bool has(std::string_view name) const { return fields_.contains(name); }
  const json::value& value(std::string_view name);
  std::string text(std::string_view name);  // numbers as their digits
  std::int64_t number(std::string_view name);
  std::string bytes(std::string_view name);  // from hex
  std::map<std::string, std::string> texts(std::string_view name);  // an object of texts
  /// A setting of the file, from its "config" or "callback_config" or beside the groups.
  std::string setting(std::string_view name) const;
  bool has_setting(std::string_view name) const;
  const json::object& file() const { return file_; }
  std::vector<std::string> unread() const;

 private:
  const json::object& file_;
  const json::object& fields_;
  std::set<std::string, std::less<>> seen_;
};

/// Throws Differs unless they are the same.
void same(std::string_view what, std::string_view got, std::string_view want);
void same(std::string_view what, std::int64_t got, std::int64_t want);
void hold(bool so, std::string_view otherwise);
template <class T>
T got(Result<T> result, std::string_view what) {
  if (!result) throw Differs(std::string(what) + ": refused with " + result.error().code);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}
template <class T>
void refused(const Result<T>& result, std::string_view what) {
  if (result) throw Differs(std::string(what) + ": accepted");
}

using Check = void (*)(Case&);
using Checks = std::map<std::string, Check, std::less<>>;
const Checks& callback_checks();  // WeCom and official accounts
const Checks& pay_v3_checks();
const Checks& pay_v2_checks();
const Checks& shop_checks();
const Checks& mini_checks();
const Checks& archive_checks();

}  // namespace koi::vectors
