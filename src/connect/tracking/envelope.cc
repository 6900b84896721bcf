#include "connect/tracking/envelope.h"

#include <cmath>
#include <cstring>

#include "base/crypto.h"
#include "base/text.h"
#include "connect/attribute_key.h"

namespace koi::connect::tracking {
namespace {

/// Ids arrive as texts; numbers are forgiven, since many databases count their users.
std::string_view read_id(dom::element value, std::string_view& fault, Arena& arena) {
  if (value.is_string()) return std::string_view(value);
  if (value.is_int64() || value.is_uint64()) {
    append_json(arena.scratch(), value);
    return arena.take();
  }
  if (!value.is_null()) fault = "connect.event_bad_id";
  return {};
}

/// IPv4 loses its last byte, IPv6 all but its first three groups: enough for a city, not for a person.
std::string truncated_ip(std::string_view ip) {
  if (ip.size() > 45) return {};
  if (ip.find(':') == ip.npos) {
    const auto dot = ip.rfind('.');
    return dot == ip.npos ? std::string() : std::string(ip.substr(0, dot)) + ".0";
  }
  std::size_t colons = 0, at = 0;
  while (at < ip.size() && colons < 3) if (ip[at++] == ':') ++colons;
  return std::string(ip.substr(0, at)) + ":";
}

std::optional<Type> type_named(std::string_view t) {
  constexpr std::pair<std::string_view, Type> all[] = {{"track", Type::track}, {"identify", Type::identify}, {"page", Type::page},
                                                       {"screen", Type::screen}, {"alias", Type::alias}, {"group", Type::group}};
  for (const auto& [name, type] : all) if (name == t) return type;
  return std::nullopt;
}

/// The few parts of a context that reports read; the rest (library, plugins, fingerprints) is not kept.
void append_context(std::string& out, dom::object context) {
  out.append("{");
  bool first = true;
  for (const auto& [key, value] : context) {
    const bool kept = key == "page" || key == "campaign" || key == "locale" || key == "timezone" || key == "device" ||
                      key == "os" || key == "app" || key == "ip" || key == "referrer" || key == "store_id" || key == "scene";
    if (!kept) continue;
    std::string_view ip;
    const bool is_ip = key == "ip";
    if (is_ip && value.get(ip)) continue;
    if (!std::exchange(first, false)) out.push_back(',');
    append_json_string(out, is_ip ? "ip_prefix" : key);
    out.push_back(':');
    if (is_ip) append_json_string(out, truncated_ip(ip));
    else append_json(out, value);
  }
  out.push_back('}');
}

}  // namespace

Builder::Builder(Prepared& out, const ReadOptions& options)
    : out_(out), options_(options), user_ns_("user_id:" + options.source), anonymous_ns_("anon:" + options.source) {
  out_.source = options.source;
  out_.received = options.received;
}

void Builder::refuse(std::int64_t line, std::string_view code, std::string_view id) {
  Item item;
  item.line = line;
  item.refused = code;
  item.id = out_.arena.keep(id.substr(0, kIdMax));
  out_.items.push_back(item);
}

/// One pass over the members; both Segment's names and ours.
static void read_member(Raw& raw, std::string_view key, dom::element value, Arena& arena) {
  const auto text = [&](std::string_view& to) {
    if (value.is_string()) to = std::string_view(value);
    else if (!value.is_null()) raw.fault = "connect.event_wrong_type";
  };
  const auto part = [&](dom::element& to, bool& has) {
    if (value.is_null()) return;
    to = value;
    has = true;
  };
  if (key == "event") text(raw.event);
  else if (key == "type") text(raw.type);
  else if (key == "messageId" || key == "id" || key == "message_id") raw.id = read_id(value, raw.fault, arena);
  else if (key == "userId" || key == "user_id") raw.user = read_id(value, raw.fault, arena);
  else if (key == "anonymousId" || key == "anonymous_id") raw.anonymous = read_id(value, raw.fault, arena);
  else if (key == "timestamp" || key == "at" || key == "occurred_at") part(raw.at, raw.has_at);
  else if (key == "properties" || key == "props") part(raw.props, raw.has_props);
  else if (key == "traits") part(raw.traits, raw.has_traits);
  else if (key == "context" || key == "ctx") part(raw.context, raw.has_context);
  else if (key == "ids") part(raw.ids, raw.has_ids);
  else if (key == "sentAt" || key == "sent_at") part(raw.sent_at, raw.has_sent);
  else if (key == "originalTimestamp") part(raw.original_at, raw.has_original);
  else if (key == "name") text(raw.name);
  else if (key == "previousId" || key == "previous_id") raw.previous = read_id(value, raw.fault, arena);
  else if (key == "groupId" || key == "group_id") raw.group = read_id(value, raw.fault, arena);
  else if (key == "touch") part(raw.touch, raw.has_touch);
}

void Builder::add(dom::element value, std::size_t bytes, std::int64_t line, const Type* fixed) {
  dom::object object;
  if (value.get(object)) return refuse(line, "connect.event_not_object");
  Raw raw;
  for (const auto& [key, member] : object) read_member(raw, key, member, out_.arena);
  if (bytes > kEventBytesMax) return refuse(line, "connect.event_too_large", raw.id);
  if (!raw.fault.empty()) return refuse(line, raw.fault, raw.id);
  auto type = fixed != nullptr ? std::optional(*fixed) : type_named(raw.type);
  if (!type && raw.type.empty() && !raw.event.empty()) type = Type::track;
  if (!type) return refuse(line, "connect.event_unknown_type", raw.id);

  Item item;
  item.type = *type;
  item.line = line;
  item.first_ident = static_cast<std::uint32_t>(out_.idents.size());
  const auto traits_before = out_.traits.size();
  if (const auto fault = build(raw, *type, item); !fault.empty()) {
    out_.idents.resize(item.first_ident);
    out_.traits.resize(std::min<std::size_t>(out_.traits.size(), traits_before));
    return refuse(line, fault, raw.id);
  }
  out_.items.push_back(item);
}

std::string_view Builder::build(const Raw& raw, Type type, Item& item) {
  if (raw.id.size() > kIdMax) return "connect.event_bad_id";
  if (raw.id.find('\0') != raw.id.npos) return "connect.event_bad_id";
  item.id = out_.arena.keep(raw.id);
  if (const auto fault = when(raw, item); !fault.empty()) return fault;
  if (const auto fault = identify(raw, type, item); !fault.empty()) return fault;
  if (type == Type::track && raw.event.empty()) return "connect.event_no_name";
  for (const auto* part : {raw.has_props ? &raw.props : nullptr, raw.has_traits ? &raw.traits : nullptr}) {
    if (part != nullptr && !part->is_object()) return "connect.event_wrong_type";
  }
  describe(raw, type, item);
  if (item.props.size() > kEventBytesMax) return "connect.event_too_large";
  if (item.kind.empty()) return "connect.event_no_name";
  if (item.id.empty() && raw.has_at) derive_id(raw, item);
  item.hash = events::hash_id(out_.source, item.id);
  for (auto& one : std::span(out_.idents).subspan(item.first_ident)) one.print = people::print_of(one);
  out_.arena.scratch().assign("event:").append(item.id.empty() ? std::string_view("-") : item.id);
  item.evidence = out_.arena.take();
  return {};
}

/// at = received - (sent - claimed), so that a wrong clock on the phone does not matter.
std::string_view Builder::when(const Raw& raw, Item& item) {
  item.at = item.raw_at = out_.received;
  const auto* claimed = raw.has_at ? &raw.at : raw.has_original ? &raw.original_at : nullptr;
  if (claimed == nullptr) return {};
  if (!read_time(*claimed, item.raw_at)) return "connect.event_bad_time";
  if (options_.history) {
    item.at = std::min(item.raw_at, out_.received);
    return {};
  }
  auto sent = batch_sent_;
  if (raw.has_sent) {
    Instant t;
    if (!read_time(raw.sent_at, t)) return "connect.event_bad_time";
    sent = t;
  }
  const auto corrected = events::correct_time(item.raw_at, sent, out_.received);
  item.at = corrected.at;
  item.late = corrected.late;
  return {};
}

void Builder::ident(const std::string& ns, std::string_view value, bool asserted) {
  out_.idents.push_back({ns, std::string(value), asserted});
}

/// identify and alias assert that two ids are one person; other calls carry an id beside them as an observation.
std::string_view Builder::identify(const Raw& raw, Type type, Item& item) {
  for (const auto id : {raw.user, raw.anonymous, raw.previous, raw.group}) {
    if (id.size() > kUserMax || id.find('\0') != id.npos) return "connect.event_bad_id";
  }
  item.asserts = type == Type::identify || type == Type::alias;
  if (!raw.user.empty()) ident(user_ns_, raw.user, true);
  if (!raw.anonymous.empty()) ident(anonymous_ns_, raw.anonymous, item.asserts || raw.user.empty());
  if (type == Type::alias) {
    if (raw.previous.empty() || raw.user.empty()) return "connect.event_no_person";
    // Segment does not say whether the old id was anonymous or another user's: both are tried.
    ident(anonymous_ns_, raw.previous, true);
    item.previous = out_.arena.keep(raw.previous);
  }
  if (raw.has_ids) {
    dom::array list;
    if (raw.ids.get(list)) return "connect.event_wrong_type";
    for (const auto entry : list) {
      dom::object o;
      std::string_view ns, value, strength;
      if (entry.get(o) || o["ns"].get(ns) || o["value"].get(value)) return "connect.event_bad_id";
      if (ns.empty() || ns.size() > 64 || value.size() > kUserMax || value.find('\0') != value.npos) return "connect.event_bad_id";
      if (o["strength"].get(strength)) strength = "asserted";
      out_.idents.push_back({ns == "user_id" ? user_ns_ : ns == "anon" ? anonymous_ns_ : std::string(ns), std::string(value), strength != "observed"});
      if (out_.idents.size() - item.first_ident > 20) return "connect.event_bad_id";
    }
  }
  item.idents = static_cast<std::uint32_t>(out_.idents.size() - item.first_ident);
  return item.idents == 0 ? "connect.event_no_person" : std::string_view{};
}

void Builder::describe(const Raw& raw, Type type, Item& item) {
  auto& text = out_.arena.scratch();
  switch (type) {
    case Type::track:
      if (last_name_ != raw.event || last_kind_.empty()) { last_name_ = raw.event; last_kind_ = kind_of(raw.event); }
      item.kind = out_.arena.keep(last_kind_);
      break;
    case Type::page: item.kind = "page_viewed"; break;
    case Type::screen: item.kind = "screen_viewed"; break;
    case Type::identify: item.kind = "profile_identified"; break;
    case Type::alias: item.kind = "profile_aliased"; break;
    case Type::group: item.kind = "profile_grouped"; break;
  }
  if (type == Type::identify && raw.has_traits) {
    traits(raw.traits, item);
    return;  // traits are attributes, sealed where they must be; the log does not repeat them
  }
  if (commerce_props(item.kind, raw, out_.source, text, item.amount_fen)) { item.props = out_.arena.take(); return; }
  const bool extra = raw.has_context || raw.has_touch || !raw.name.empty() || !raw.group.empty();
  if (!extra) {
    if (!raw.has_props) return;
    append_json(text, raw.props);
    item.props = out_.arena.take();
    return;
  }
  if (raw.has_props) append_json(text, raw.props);
  else text.append("{}");
  text.pop_back();
  const auto member = [&](std::string_view key) {
    if (text.size() > 1) text.push_back(',');
    append_json_string(text, key);
    text.push_back(':');
  };
  dom::element taken;
  const auto free = [&](std::string_view key) { return !raw.has_props || dom::object(raw.props)[key].get(taken) != simdjson::SUCCESS; };
  if (!raw.name.empty() && free("name")) { member("name"); append_json_string(text, raw.name); }
  if (!raw.group.empty() && free("group_id")) { member("group_id"); append_json_string(text, raw.group); }
  dom::object context;
  if (raw.has_context && !raw.context.get(context) && free("context")) { member("context"); append_context(text, context); }
  if (raw.has_touch && raw.touch.is_object() && free("touch")) { member("touch"); append_json(text, raw.touch); }
  text.push_back('}');
  item.props = out_.arena.take();
}

/// Reserved traits of the spec under our names; other plain values become attributes of the same name.
void Builder::traits(dom::object object, Item& item) {
  item.first_trait = static_cast<std::uint32_t>(out_.traits.size());
  std::string first, last;
  for (const auto& [name, value] : object) {
    if (out_.traits.size() - item.first_trait >= kTraitsMax) break;
    std::string text;
    if (value.is_string()) text = std::string(std::string_view(value));
    else if (value.is_number() || value.is_bool()) append_json(text, value);
    else continue;
    if (text.empty() || text.size() > 1000 || text.find('\0') != text.npos) continue;
    if (name == "firstName" || name == "first_name") { first = text; continue; }
    if (name == "lastName" || name == "last_name") { last = text; continue; }
    if (name == "id" || name == "createdAt" || name == "created_at" || name == "avatar") continue;
    // A browser may claim any phone or mail: it finds its owner later, but never takes somebody else's place.
    if (name == "phone") out_.idents.push_back({"phone_e164", text, false});
    if (name == "email") out_.idents.push_back({"email", text, false});
    std::string words;  // "favouriteStore" is two words
    for (const char c : name) {
      if (c >= 'A' && c <= 'Z' && !words.empty()) words.push_back('_');
      words.push_back(c);
    }
    auto key = attribute_key(words);
    if (!key.empty()) out_.traits.emplace_back(std::move(key), std::move(text));
  }
  if (!first.empty() || !last.empty()) {
    bool western = true;
    for (const char c : first + last) western = western && static_cast<unsigned char>(c) < 0x80;
    out_.traits.emplace_back("name", western ? std::string(trim(first + " " + last)) : last + first);
  }
  item.traits = static_cast<std::uint32_t>(out_.traits.size() - item.first_trait);
  item.idents = static_cast<std::uint32_t>(out_.idents.size() - item.first_ident);
}

/// No id, but a time: the content is the id, so that a request sent again is not counted again.
void Builder::derive_id(const Raw& raw, Item& item) {
  auto& text = out_.arena.scratch();
  text.append(item.kind).append("\x1F").append(raw.user).append("\x1F").append(raw.anonymous).append("\x1F");
  text.append(std::to_string(to_ms(item.raw_at))).append("\x1F").append(item.props);
  for (std::uint32_t i = 0; i < item.traits; ++i) {
    const auto& [key, value] = out_.traits[item.first_trait + i];
    text.append("\x1F").append(key).append("=").append(value);
  }
  for (std::uint32_t i = 0; i < item.idents; ++i) text.append("\x1F").append(out_.idents[item.first_ident + i].value);
  const auto derived = "d." + hex(hash128(text));
  text.clear();
  item.id = out_.arena.keep(derived);
}

}  // namespace koi::connect::tracking
