#include "connect/crypto/callback_xml.h"

#include <algorithm>
#include <boost/json.hpp>
#include <pugixml.hpp>

#include "base/text.h"

namespace koi::connect::crypto {

namespace {

// parse_fragment lets text beside the root through to us, who refuse it; parse_doctype likewise.
constexpr unsigned kAsWritten = pugi::parse_cdata | pugi::parse_doctype | pugi::parse_eol | pugi::parse_fragment;

std::unexpected<Error> bad_xml(std::string why = {}) { return fail(Errc::malformed, "connect.callback_xml", std::move(why)); }

/// "&#38;" without its frame names a character that XML allows.
bool is_character(std::string_view number) {
  const bool hexadecimal = number.starts_with('x');
  if (hexadecimal) number.remove_prefix(1);
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::uint32_t code = 0;
  for (const char c : lower_ascii(number)) {
    const auto digit = kDigits.substr(0, hexadecimal ? 16 : 10).find(c);
    if (digit == std::string_view::npos || code > 0x10FFFF) return false;
    code = code * (hexadecimal ? 16u : 10u) + static_cast<std::uint32_t>(digit);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  return !number.empty() && code <= 0x10FFFF && !surrogate && (code >= 0x20 || code == '\t' || code == '\n' || code == '\r');
}

/// pugixml leaves an entity it does not know as it stands; a push has none.
bool known_references(std::string_view text) {
  for (auto at = text.find('&'); at != text.npos; at = text.find('&', at + 1)) {
    const auto name = text.substr(at + 1, std::min(text.find(';', at), text.size()) - at - 1);
    if (at + 1 + name.size() == text.size()) return false;
    const bool known = name == "amp" || name == "lt" || name == "gt" || name == "quot" || name == "apos";
    if (!known && !(name.starts_with('#') && is_character(name.substr(1)))) return false;
  }
  return true;
}

struct Walk {
  bool judge = true;        // false: the references were judged, as written; what they stand for may look like one
  bool references = false;  // some text held "&..."
  int elements_left = kCallbackXmlFields;

  bool take(const pugi::xml_node& element, int depth, XmlField& out) {
    if (depth > kCallbackXmlDepth || elements_left-- == 0) return false;
    out.name = element.name();
    for (const auto& child : element) {
      if (child.type() == pugi::node_element) {
        if (!take(child, depth + 1, out.parts.emplace_back())) return false;
      } else if (child.type() == pugi::node_cdata || child.type() == pugi::node_pcdata) {
        const std::string_view text = child.value();
        if (judge && child.type() == pugi::node_pcdata && text.find('&') != text.npos) {
          if (!known_references(text)) return false;
          references = true;
        }
        out.text += text;
      } else {
        return false;
      }
    }
    return true;
  }
};

/// The one root, or nothing when it is not alone.
pugi::xml_node only_root(const pugi::xml_document& document, std::string_view name) {
  const auto root = document.first_child();
  return root && !root.next_sibling() && root.type() == pugi::node_element && root.name() == name ? root : pugi::xml_node();
}

Result<SealedEnvelope> read_sealed_json(std::string_view body) {
  namespace json = boost::json;
  boost::system::error_code wrong;
  json::parse_options strict;
  strict.max_depth = kCallbackXmlDepth;
  const auto value = json::parse(body, wrong, {}, strict);
  if (wrong || !value.is_object()) return bad_xml();
  SealedEnvelope out;
  for (const auto& [name, to] : {std::pair("ToUserName", &out.to_user), std::pair("AgentID", &out.agent_id), std::pair("Encrypt", &out.encrypt)}) {
    const auto* const text = value.get_object().if_contains(name);
    if (text == nullptr) continue;
    if (text->is_string()) *to = text->get_string();
    else if (text->is_int64()) *to = std::to_string(text->get_int64());
    else return bad_xml();
  }
  if (out.encrypt.empty()) return bad_xml("no Encrypt");
  return out;
}

}  // namespace

const XmlField* CallbackXml::find(std::string_view name) const {
  const auto it = std::ranges::find(fields, name, &XmlField::name);
  return it == fields.end() ? nullptr : &*it;
}

std::string_view CallbackXml::text(std::string_view name) const {
  const auto* const field = find(name);
  return field == nullptr ? std::string_view() : std::string_view(field->text);
}

std::vector<std::string> CallbackXml::list(std::string_view name) const {
  std::vector<std::string> out;
  const auto* const field = find(name);
  if (field == nullptr) return out;
  for (const auto& part : field->parts) out.push_back(part.text);
  if (!out.empty()) return out;
  for (const auto part : split_text(field->text, ','))
    if (const auto bare = trim(part); !bare.empty()) out.emplace_back(bare);
  return out;
}

Result<CallbackXml> read_callback_xml(std::string_view body, std::string_view root_name) {
  if (body.size() > kCallbackXmlMax) return bad_xml("more than 1 MiB");
  if (!valid_utf8(body) || body.find('\0') != body.npos) return bad_xml("not UTF-8");
  pugi::xml_document document;
  const auto read = [&](unsigned flags, Walk& walk, XmlField& out) {
    const auto parsed = document.load_buffer(body.data(), body.size(), flags, pugi::encoding_utf8);
    const auto root = parsed ? only_root(document, root_name) : pugi::xml_node();
    return root && walk.take(root, 0, out);
  };
  Walk walk;
  XmlField root;
  if (!read(kAsWritten, walk, root)) return bad_xml();
  if (walk.references) {
    root = {};
    walk = {.judge = false};
    CHECK(read(kAsWritten | pugi::parse_escapes, walk, root));
  }
  return CallbackXml{std::move(root.parts)};
}

Result<SealedEnvelope> read_sealed(std::string_view body) {
  if (body.size() > kCallbackXmlMax) return bad_xml("more than 1 MiB");
  if (trim(body).starts_with('{')) return read_sealed_json(body);
  TRY(const auto xml, read_callback_xml(body));
  SealedEnvelope out;
  for (const auto& [name, to] : {std::pair("ToUserName", &out.to_user), std::pair("AgentID", &out.agent_id), std::pair("Encrypt", &out.encrypt)}) {
    if (std::ranges::count(xml.fields, std::string_view(name), &XmlField::name) > 1) return bad_xml("a name twice");
    *to = xml.text(name);
  }
  if (xml.find("Encrypt") == nullptr) return bad_xml("no Encrypt");
  return out;
}

}  // namespace koi::connect::crypto
