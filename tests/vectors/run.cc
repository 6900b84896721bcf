#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "tests/vectors/vectors.h"

namespace koi::vectors {

namespace {

struct Kind { std::string_view name; const Checks& (*checks)(); };
constexpr Kind kKinds[] = {{"wecom_crypto", callback_checks}, {"wechat_oa", callback_checks},   {"miniprogram", mini_checks},
                           {"wechatpay_v3", pay_v3_checks},   {"wechatpay_v2", pay_v2_checks},  {"shop_webhooks", shop_checks},
                           {"wecom_archive", archive_checks}};
constexpr std::string_view kSettings[] = {"config", "callback_config"};

/// Enough of a text to see where two part.
std::string shown(std::string_view text) {
  constexpr std::size_t kShown = 160;
  return "\"" + std::string(text.substr(0, kShown)) + (text.size() > kShown ? "...\" (" + std::to_string(text.size()) + " bytes)" : "\"");
}

Verdict judge(const json::object& file, const std::string& group, const json::value& item, std::size_t index, Check check) {
  Verdict out{.group = group, .name = "#" + std::to_string(index + 1)};
  const auto* const fields = item.if_object();
  if (fields == nullptr) {
    out.difference = "not an object";
    return out;
  }
  if (const auto* name = fields->if_contains("name"); name != nullptr && name->is_string()) out.name = name->get_string();
  Case c(file, *fields);
  try {
    check(c);
  } catch (const std::exception& e) {  // Differs, or a field that is of another type
    out.difference = e.what();
  }
  out.unread = c.unread();
  // A case that expects more than its check looks at was not checked.
  for (const auto& name : out.unread)
    if (out.difference.empty() && name.starts_with("expect")) out.difference = name + ": no check looks at it";
  return out;
}

}  // namespace

const json::value& Case::value(std::string_view name) {
  const auto* const found = fields_.if_contains(name);
  if (found == nullptr) throw Differs(std::string(name) + ": missing");
  seen_.emplace(name);
  return *found;
}

std::string Case::text(std::string_view name) {
  const auto& v = value(name);
  if (v.is_string()) return std::string(v.get_string());
  if (v.is_number()) return json::serialize(v);
  throw Differs(std::string(name) + ": not a text");
}

std::int64_t Case::number(std::string_view name) {
  const auto n = parse_int(text(name));
  if (!n) throw Differs(std::string(name) + ": not a number");
  return *n;
}

std::string Case::bytes(std::string_view name) {
  auto out = unhex(text(name));
  if (!out) throw Differs(std::string(name) + ": not hex");
  return std::move(*out);
}

std::map<std::string, std::string> Case::texts(std::string_view name) {
  const auto& v = value(name);
  if (!v.is_object()) throw Differs(std::string(name) + ": not an object");
  std::map<std::string, std::string> out;
  for (const auto& [key, item] : v.get_object()) out[key] = item.is_string() ? std::string(item.get_string()) : json::serialize(item);
  return out;
}

namespace {
const json::value* find_setting(const json::object& file, std::string_view name) {
  for (const auto group : kSettings)
    if (const auto* const config = file.if_contains(group); config != nullptr && config->is_object())
      if (const auto* const found = config->get_object().if_contains(name)) return found;
  const auto* const beside = file.if_contains(name);
  return beside != nullptr && beside->is_string() ? beside : nullptr;
}
}  // namespace

bool Case::has_setting(std::string_view name) const { return find_setting(file_, name) != nullptr; }
std::string Case::setting(std::string_view name) const {
  const auto* const found = find_setting(file_, name);
  if (found == nullptr || !found->is_string()) throw Differs("the file has no setting " + std::string(name));
  return std::string(found->get_string());
}

std::vector<std::string> Case::unread() const {
  std::vector<std::string> out;
  for (const auto& [name, value] : fields_)
    if (name != "name" && !seen_.contains(std::string_view(name))) out.emplace_back(name);
  return out;
}

void same(std::string_view what, std::string_view got, std::string_view want) {
  if (got != want) throw Differs(std::string(what) + ": got " + shown(got) + ", want " + shown(want));
}
void same(std::string_view what, std::int64_t got, std::int64_t want) { same(what, std::to_string(got), std::to_string(want)); }
void hold(bool so, std::string_view otherwise) {
  if (!so) throw Differs(std::string(otherwise));
}

std::optional<std::string> kind_of(std::string_view file_name) {
  std::optional<std::string> out;
  const auto base = file_name.substr(file_name.rfind('/') + 1);
  for (const auto& kind : kKinds) {
    if (base.find(kind.name) == base.npos) continue;
    if (out) return std::nullopt;
    out = kind.name;
  }
  return out;
}

std::string kept(std::string_view file_name) {
  std::ifstream in(std::string(KOI_VECTORS "/").append(file_name), std::ios::binary);
  std::ostringstream text;
  CHECK(in && text << in.rdbuf());
  return text.str();
}

Result<std::vector<Verdict>> run(std::string_view kind, std::string_view text) {
  boost::system::error_code wrong;
  const auto value = json::parse(text, wrong);
  const auto* const file = wrong ? nullptr : value.if_object();
  if (file == nullptr) return fail(Errc::malformed, "vectors.not_json");
  const auto known = std::ranges::find(kKinds, kind, &Kind::name);
  CHECK(known != std::end(kKinds));
  const auto& checks = known->checks();
  std::vector<Verdict> out;
  for (const auto& [group, content] : *file) {
    if (!content.is_structured() || std::ranges::find(kSettings, std::string_view(group)) != std::end(kSettings)) continue;
    const auto check = checks.find(std::string_view(group));
    if (check == checks.end()) {
      out.push_back({.group = group, .name = "(all)", .difference = "no check for this group"});
    } else if (content.is_object()) {
      out.push_back(judge(*file, group, content, 0, check->second));
    } else {
      const auto& cases = content.get_array();
      for (std::size_t i = 0; i < cases.size(); ++i) out.push_back(judge(*file, group, cases[i], i, check->second));
    }
  }
  if (out.empty()) out.push_back({.group = std::string(kind), .name = "(all)", .difference = "the file has no cases"});
  return out;
}

}  // namespace koi::vectors
