/// The other half of random_rules.h: people's pasts.
#pragma once
#include "segments/tests/plain_values.h"
#include "segments/tests/random_rules.h"

namespace koi::segments {

/// Half of the time an edge, to the millisecond: of a length before or after now, of a day, a week or a month, or of
/// another event.
inline Instant RandomRules::moment(Instant now, const plain::History& h) {
  const auto jitter = Millis(static_cast<std::int64_t>(below(3)) - 1);
  if (!h.events.empty() && chance(25)) return pick(h.events).at + (chance(50) ? Millis(0) : length_of(length()) + jitter);
  if (chance(40)) return now - length_of(length()) + (chance(50) ? Millis(0) : jitter);
  if (chance(15)) return now + jitter;
  if (chance(25)) {
    const auto range = plain::range_of(calendar(), {now, plain::zone_named(h.zone)});
    return (chance(50) ? range.from : range.to) + jitter;
  }
  return now - Millis(static_cast<std::int64_t>(below(80LL * 86'400'000)) - 86'400'000);
}

inline plain::Datum RandomRules::datum(Type type, std::string_view name, Instant now) {
  switch (type) {
    case Type::number: return plain::Number{decimal().micros, 1};
    case Type::money: return plain::number(money().fen.v);
    case Type::date: return Zone::utc().day_of(now) - std::chrono::days(below(3) * 365 + below(40)) + std::chrono::days(20);
    case Type::time: return moment(now, {});
    case Type::set: {
      plain::Members out;
      for (auto n = below(3); n > 0; --n) out.insert(text_for(name));
      return out;
    }
    default: return text_for(name);
  }
}

/// Now and then null, or of another type than declared.
inline boost::json::value RandomRules::property_value(Type type, std::string_view name, Instant now) {
  if (chance(5)) return nullptr;
  if (chance(5)) return chance(50) ? boost::json::value("7") : boost::json::value(7);
  switch (type) {
    case Type::number: return chance(70) ? boost::json::value(static_cast<std::int64_t>(below(4))) : boost::json::value(static_cast<double>(below(8)) / 2);
    case Type::money: return money().fen.v;
    case Type::boolean: return chance(50);
    case Type::time: return chance(50) ? boost::json::value(to_rfc3339(moment(now, {}))) : boost::json::value(to_ms(moment(now, {})));
    case Type::object: return boost::json::object{{"code_id", text_for("code_id")}};
    case Type::list: {
      boost::json::array out;
      for (auto n = below(3); n > 0; --n) {
        if (name == "lines") out.push_back(boost::json::object{{"sku", text_for("code_id")}, {"qty", static_cast<std::int64_t>(below(4))}});
        else out.push_back(boost::json::string(text_for("code_id")));
      }
      return out;
    }
    default: return boost::json::string(text_for(name));
  }
}

inline plain::Event RandomRules::event(Instant now, const plain::History& h) {
  const auto& k = vocabulary().events[chance(50) ? 2 : below(vocabulary().events.size())];
  return event_of(k, moment(now, h), now, h);
}

inline plain::Event RandomRules::event_of(const EventWord& k, Instant at, Instant now, const plain::History& h) {
  plain::Event out{.kind = k.name, .at = at, .node = static_cast<std::int64_t>(below(2)), .amount_fen = chance(20) ? 0 : money().fen.v};
  out.position = static_cast<std::int64_t>(h.events.size());
  out.source = pick_text({"", "web", "o1"});
  if (chance(10)) out.id = pick_text({"e1", "e2"});
  for (const auto& p : k.properties)
    if (chance(80)) out.props[p.name] = property_value(p.type, p.name, now);
  if (k.properties.empty()) out.props = {{"sku", property_value(chance(50) ? Type::text : Type::number, "sku", now)}, {"page", {{"url", text_for("")}}}};
  return out;
}

inline void RandomRules::give_facts(plain::History& h, Instant now) {
  for (const auto& fact : facts()) {
    const bool given = fact.args_max == 0 && fact.type != Type::set && chance(75);
    if (given || fact.name == "orders" || fact.name == "paid" || fact.name == "refunded") h.facts[std::string(fact.name)] = datum(fact.type, fact.name, now);
  }
  for (const std::string name : {"orders", "paid", "refunded", "age", "budget"})
    for (auto n = 1 + below(6); n > 0; --n) h.everybody[name].push_back(static_cast<std::int64_t>(below(6)) * kMicros / 2);
  h.referred = static_cast<std::int64_t>(below(4));
  h.referred_by_them = static_cast<std::int64_t>(below(3));
}

inline void RandomRules::give_news(plain::History& h, Instant now) {
  for (auto n = below(8); n > 0; --n) {
    const auto& a = pick(vocabulary().attributes);
    h.attributes.push_back({a.key, chance(15) ? std::nullopt : std::optional(datum(a.type, a.key, now)), moment(now, h)});
  }
  for (auto n = below(4); n > 0; --n) {
    const auto& tag = pick(vocabulary().tags);
    const auto at = moment(now, h);
    h.tags.push_back({tag.group.empty() ? tag.name : tag.group + "/" + tag.name, at, chance(50) ? std::optional(at + length_of(length())) : std::nullopt});
  }
  for (auto n = below(4); n > 0; --n) h.relations.push_back({text_for("staff"), text_for("relation.state"), moment(now, h)});
  for (auto n = below(4); n > 0; --n) h.groups.push_back({text_for(""), chance(60), moment(now, h)});
  for (auto n = below(4); n > 0; --n) h.consents.push_back({pick_text({"wecom", "sms"}), pick_text({"marketing", "service"}), chance(60), moment(now, h)});
}

inline plain::History RandomRules::stranger(Instant now) {
  auto out = history(now);
  out.events.clear();
  return out;
}

inline plain::History RandomRules::history(Instant now) {
  plain::History out{.person = {static_cast<std::int64_t>(1 + below(1'000'000))}, .zone = pick_text({"Asia/Shanghai", "Asia/Shanghai", "America/New_York", "UTC"})};
  out.erased = chance(1);
  for (auto n = chance(10) ? 0 : 1 + below(20); n > 0; --n) out.events.push_back(event(now, out));
  give_facts(out, now);
  give_news(out, now);
  for (const auto* ns : {"wx_unionid", "phone_e164", "wx_openid:wx1"})
    if (chance(50)) out.ids.insert(ns);
  for (const auto* channel : {"wecom", "sms"})
    if (chance(50)) out.reachable.insert({channel, pick_text({"marketing", "service"})});
  if (chance(50)) out.segments.insert(pick_text({"老客", "新客"}));
  if (chance(50)) out.lists.insert("名单一");
  return out;
}

}  // namespace koi::segments
