/// The oracle: whether a person is in, worked out the slow way from a naive history (history.h), to the letter of model.md
/// §11.3. Written to be seen through, not to be fast: everything is scanned again for every clause. Rules are sound
/// (check.h), histories small (some 40 events: sequences are searched by trying).
#pragma once
#include "segments/tests/plain_sequences.h"

namespace koi::segments::plain {

inline Members tags_at(const History& h, Instant now) {
  Members out;
  for (const auto& tag : h.tags)
    if (tag.at <= now && (!tag.expires || now < *tag.expires)) out.insert(tag.name);
  return out;
}

/// The last word by time about each key of the news; at one instant the later in the list.
template <class News, class Key>
std::map<std::string, News> last_words(const std::vector<News>& news, Instant now, Key key) {
  std::map<std::string, News> out;
  for (const auto& one : news) {
    if (one.at > now) continue;
    const auto known = out.find(key(one));
    if (known == out.end() || known->second.at <= one.at) out.insert_or_assign(key(one), one);
  }
  return out;
}

inline std::map<std::string, RelationNews> relations_at(const History& h, Instant now) {
  return last_words(h.relations, now, [](const RelationNews& r) { return r.staff; });
}
inline Members groups_at(const History& h, Instant now) {
  Members out;
  for (const auto& [group, news] : last_words(h.groups, now, [](const GroupNews& g) { return g.group; }))
    if (news.joined) out.insert(group);
  return out;
}
inline std::optional<Datum> consent_at(const History& h, const std::vector<std::string>& args, Instant now) {
  std::optional<ConsentNews> last;
  for (const auto& news : h.consents) {
    if (news.channel != args[0] || news.purpose != args[1] || news.at > now) continue;
    const bool later = !last || news.at > last->at || (news.at == last->at && !news.granted);  // at one instant no beats yes
    if (later) last = news;
  }
  if (!last) return {};
  return std::string(last->granted ? "granted" : "withdrawn");
}

inline std::optional<Datum> relation_fact(const Field& f, const History& h, Instant now) {
  Members states;
  std::optional<std::int64_t> days;
  for (const auto& [staff, news] : relations_at(h, now)) {
    if (!f.args.empty() && f.args[0] != staff) continue;
    states.insert(news.state);
    if (news.state == "active") days = std::max(days.value_or(0), std::chrono::floor<std::chrono::days>(now - news.at).count());
  }
  if (f.name == "relation.state") return states;
  return days ? std::optional<Datum>(number(*days)) : std::nullopt;
}

inline Members friends_at(const History& h, Instant now) {
  Members out;
  for (const auto& [staff, news] : relations_at(h, now))
    if (news.state == "active") out.insert(staff);
  return out;
}

inline bool has_id(const History& h, const std::string& ns) {
  return std::ranges::any_of(h.ids, [&](const std::string& id) { return id == ns || id.starts_with(ns + ":"); });
}

/// What an attribute says at a moment, and what it said before each change.
inline std::vector<AttributeNews> attribute_past(const History& h, const std::string& key, Instant now) {
  std::vector<AttributeNews> out;
  for (const auto& news : h.attributes)
    if (news.key == key && news.at <= now) out.push_back(news);
  std::ranges::stable_sort(out, {}, &AttributeNews::at);
  return out;
}

inline std::optional<Datum> fact_of(const Field& f, const History& h, Instant now) {
  if (f.name == "tags") return tags_at(h, now);
  if (f.name == "friends") return friends_at(h, now);
  if (f.name == "groups") return groups_at(h, now);
  if (f.name.starts_with("relation.")) return relation_fact(f, h, now);
  if (f.name == "referrals") return number(h.referred + (f.args[0] == "2" ? h.referred_by_them : 0));
  if (f.name == "has_id") return has_id(h, f.args[0]);
  if (f.name == "reachable") return h.reachable.contains({f.args[0], f.args[1]});
  if (f.name == "consent") return consent_at(h, f.args, now);
  if (const auto fact = h.facts.find(f.name); fact != h.facts.end()) return fact->second;
  const auto past = attribute_past(h, f.name.starts_with("attr.") ? f.name.substr(5) : f.name, now);
  return past.empty() ? std::nullopt : past.back().value;
}

/// A change has a value before it (maybe none) that differs from the one after it.
inline bool changed(const Changed& c, const History& h, const Moment& m) {
  const auto past = attribute_past(h, c.attribute, m.now);
  for (std::size_t i = 0; i < past.size(); ++i) {
    const auto before = i == 0 ? std::nullopt : past[i - 1].value;
    const auto& after = past[i].value;
    if (!before && !after) continue;
    if (before && after) {
      const auto* old_set = std::get_if<Members>(&*before);
      const auto* new_set = std::get_if<Members>(&*after);
      const auto* old_day = std::get_if<LocalDay>(&*before);
      const auto* new_day = std::get_if<LocalDay>(&*after);
      if (old_set && new_set ? *old_set == *new_set : old_day && new_day ? *old_day == *new_day : same_datum(*before, *after)) continue;
    }
    const auto was = [&](const std::optional<Value>& wanted, const std::optional<Datum>& had) {
      if (!wanted) return true;
      if (had && std::holds_alternative<Members>(*had)) return has_member(*had, *wanted, false, m);
      return had && compare(*had, *wanted, m) == 0;
    };
    const Past moment{{.kind = "", .at = past[i].at}};
    if (was(c.from, before) && was(c.to, after) && !places_in(moment, c.window, m).empty()) return true;
  }
  return false;
}

inline bool clause_holds(const Clause& c, const History& h, const Past& past, const Moment& m);

inline bool comparison(const Compare& c, const History& h, const Past& past, const Moment& m) {
  const auto* field = std::get_if<Field>(&c.subject);
  auto d = field != nullptr ? fact_of(*field, h, m.now) : aggregate_of(past, std::get<Aggregate>(c.subject), m);
  const bool ranked = c.lens == Lens::zscore || c.op == Op::top || c.op == Op::bottom;
  if (!ranked) return compared(c, d, field != nullptr && field->name == "tags", m);
  const auto everybody = h.everybody.find(field->name);
  if (!d || !std::holds_alternative<Number>(*d) || everybody == h.everybody.end()) return c.op == Op::is_missing;
  const auto& mine = std::get<Number>(*d);
  const bool share = c.op == Op::top || c.op == Op::bottom;
  if (c.lens == Lens::zscore && !share) {
    auto plain = c;
    plain.lens = Lens::plain;
    return compared(plain, zscore(mine, everybody->second), false, m);
  }
  // Deviations stand in the order of the numbers; where all are equal there are none.
  if (c.lens == Lens::zscore && !zscore(mine, everybody->second)) return false;
  return in_best(mine, everybody->second, std::get<Decimal>(c.values[0]).micros, c.op == Op::top);
}

inline bool clause_holds(const Clause& c, const History& h, const Past& past, const Moment& m) {
  if (const auto* group = std::get_if<Group>(&c.is)) {
    const auto one = [&](const Clause& inner) { return clause_holds(inner, h, past, m); };
    if (group->kind == Group::all) return std::ranges::all_of(group->of, one);
    return std::ranges::any_of(group->of, one) == (group->kind == Group::any);
  }
  if (const auto* one = std::get_if<Compare>(&c.is)) return comparison(*one, h, past, m);
  if (const auto* one = std::get_if<Did>(&c.is)) return !events_of(past, one->events, m).empty();
  if (const auto* one = std::get_if<Without>(&c.is)) return without(past, *one, m);
  if (const auto* one = std::get_if<Sequence>(&c.is)) return Search(past, *one, m).found();
  if (const auto* one = std::get_if<Changed>(&c.is)) return changed(*one, h, m);
  if (const auto* one = std::get_if<InSegment>(&c.is)) return h.segments.contains(one->segment);
  if (const auto* one = std::get_if<InList>(&c.is)) return h.lists.contains(one->list);
  const auto* bucket = std::get_if<Bucket>(&c.is);
  if (bucket == nullptr) return false;  // an Element stands inside events only
  const auto mine = bucket_of(bucket->seed, h.person);
  return mine >= bucket->from && mine < bucket->to;
}

/// Whether the rule holds of this person at this moment. An erased person is never in, not even in "everyone".
inline bool matches(const Rule& rule, const History& h, Instant now) {
  if (h.erased) return false;
  const Moment m{now, zone_named(h.zone)};
  return clause_holds(rule.root, h, past_of(h, m), m);
}

}  // namespace koi::segments::plain
