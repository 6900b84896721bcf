/// What a push says, once it is text: <xml> with a name and a text for each thing. Read by pugixml under hard limits.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace koi::connect::crypto {

constexpr std::size_t kCallbackXmlMax = 1u << 20;  // bytes of one push
constexpr int kCallbackXmlDepth = 8;               // levels below the root
constexpr int kCallbackXmlFields = 20'000;         // elements in all

/// An element: its own text (pieces of CDATA joined) and the elements inside, in order. Attributes are not kept.
struct XmlField {
  std::string name, text;
  std::vector<XmlField> parts;
};

struct CallbackXml {
  std::vector<XmlField> fields;
  /// The first of that name.
  const XmlField* find(std::string_view name) const;
  /// Its text; "" when it is not there.
  std::string_view text(std::string_view name) const;
  /// A list in either form: elements inside, or one text with commas (MemChangeList comes as both).
  std::vector<std::string> list(std::string_view name) const;
};

/// malformed "connect.callback_xml": not well-formed, not UTF-8, another root or more than one, beyond a limit, a document
/// type, an entity that XML itself does not know.
Result<CallbackXml> read_callback_xml(std::string_view body, std::string_view root = "xml");

/// The envelope of a sealed push, as XML or as a JSON object: its first letter tells. Each name at most once.
struct SealedEnvelope { std::string to_user, agent_id, encrypt; };
/// malformed "connect.callback_xml", also when there is no Encrypt.
Result<SealedEnvelope> read_sealed(std::string_view body);

}  // namespace koi::connect::crypto
