/// The corp's tag library, and tags on a relation.
#include <algorithm>

#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kNameMax = 30, kLibraryMax = 10'000, kOnCustomerMax = 3000;

json::object tag_json(const Tag& t) { return {{"id", t.id}, {"name", t.name}, {"create_time", t.created}, {"order", t.order}}; }

json::object group_json(const TagGroup& g, const std::vector<std::string>* only = nullptr) {
  auto tags = std::vector<const Tag*>();
  for (const auto& t : g.tags)
    if (!only || std::ranges::find(*only, t.id) != only->end()) tags.push_back(&t);
  std::ranges::stable_sort(tags, std::ranges::greater(), &Tag::order);
  json::array list;
  for (const auto* t : tags) list.push_back(tag_json(*t));
  return {{"group_id", g.id}, {"group_name", g.name}, {"create_time", g.created}, {"order", g.order}, {"tag", std::move(list)}};
}

Told list(Ask& ask) {
  const auto groups = texts(ask.body, "group_id"), tags = texts(ask.body, "tag_id");
  std::vector<const TagGroup*> all;
  for (const auto& g : ask.corp().tags) {
    const bool named = std::ranges::find(groups, g.id) != groups.end();
    const bool holds = std::ranges::any_of(g.tags, [&](const Tag& t) { return std::ranges::find(tags, t.id) != tags.end(); });
    if (groups.empty() ? tags.empty() || holds : named) all.push_back(&g);
  }
  std::ranges::stable_sort(all, std::ranges::greater(), &TagGroup::order);
  json::array out;
  for (const auto* g : all) out.push_back(group_json(*g, groups.empty() && !tags.empty() ? &tags : nullptr));
  return json::object{{"tag_group", std::move(out)}};
}

bool good_name(std::string_view name) { return !name.empty() && count_chars(name) <= kNameMax; }

std::size_t library_size(const Corp& corp) {
  std::size_t n = 0;
  for (const auto& g : corp.tags) n += g.tags.size();
  return n;
}

Told add(Ask& ask) {
  auto& corp = ask.corp();
  const auto& wanted = array(ask.body, "tag");
  if (wanted.empty()) return refuse(40063, "tag");
  const auto group_id = ask.text("group_id"), group_name = ask.text("group_name");
  TagGroup* group = nullptr;
  if (!group_id.empty()) {
    group = corp.tag_group(group_id);
    if (!group) return refuse(40068);
  } else {
    if (!good_name(group_name)) return refuse(group_name.empty() ? 40063 : 40072, "group_name");
    const auto at = std::ranges::find(corp.tags, group_name, &TagGroup::name);
    if (at != corp.tags.end()) group = &*at;
  }
  if (library_size(corp) + wanted.size() > kLibraryMax) return refuse(40126);
  std::vector<std::string> names;
  for (const auto& t : wanted) {
    const auto name = t.is_object() ? text(t.get_object(), "name") : std::string();
    if (!good_name(name)) return refuse(40072);
    const bool taken = group && std::ranges::find(group->tags, name, &Tag::name) != group->tags.end();
    if (taken || std::ranges::find(names, name) != names.end()) return refuse(40071, name);
    names.push_back(name);
  }
  if (!group) {
    corp.tags.push_back({ask.world.fresh("et", 32), group_name, ask.app.name, ask.now, ask.number("order"), {}});
    group = &corp.tags.back();
  }
  std::vector<std::string> fresh;
  for (std::size_t i = 0; i < names.size(); ++i) {
    group->tags.push_back({ask.world.fresh("et", 32), names[i], ask.now, number(wanted[i].get_object(), "order")});
    fresh.push_back(group->tags.back().id);
  }
  return json::object{{"tag_group", group_json(*group, &fresh)}};
}

/// An app edits what it made itself; what the console made belongs to no app.
bool may_edit(const Ask& ask, const TagGroup& g) { return g.app.empty() || g.app == ask.app.name; }

Told edit(Ask& ask) {
  const auto id = ask.text("id"), name = ask.text("name");
  if (id.empty()) return refuse(40063, "id");
  if (has(ask.body, "name") && !good_name(name)) return refuse(40072);
  auto& corp = ask.corp();
  if (auto* group = corp.tag_group(id)) {
    if (!may_edit(ask, *group)) return refuse(301002);
    const auto same = std::ranges::find(corp.tags, name, &TagGroup::name);
    if (!name.empty() && same != corp.tags.end() && &*same != group) return refuse(40071);
    if (!name.empty()) group->name = name;
    group->order = ask.number("order", group->order);
    return json::object{};
  }
  TagGroup* group = nullptr;
  auto* tag = corp.tag(id, &group);
  if (!tag) return refuse(40068);
  if (!may_edit(ask, *group)) return refuse(301002);
  const auto same = std::ranges::find(group->tags, name, &Tag::name);
  if (!name.empty() && same != group->tags.end() && &*same != tag) return refuse(40071);
  if (!name.empty()) tag->name = name;
  tag->order = ask.number("order", tag->order);
  return json::object{};
}

Told remove(Ask& ask) {
  const auto tags = texts(ask.body, "tag_id"), groups = texts(ask.body, "group_id");
  if (tags.empty() && groups.empty()) return refuse(40063);
  auto& corp = ask.corp();
  for (const auto& id : groups) {
    const auto* g = corp.tag_group(id);
    if (!g) return refuse(40068, id);
    if (!may_edit(ask, *g)) return refuse(301002);
  }
  for (const auto& id : tags) {
    TagGroup* g = nullptr;
    if (!corp.tag(id, &g)) return refuse(40068, id);
    if (!may_edit(ask, *g)) return refuse(301002);
  }
  for (const auto& id : groups) std::erase_if(corp.tags, [&](const TagGroup& g) { return g.id == id; });
  for (auto& g : corp.tags)
    std::erase_if(g.tags, [&](const Tag& t) { return std::ranges::find(tags, t.id) != tags.end(); });
  std::erase_if(corp.tags, [](const TagGroup& g) { return g.tags.empty(); });
  return json::object{};
}

Told mark(Ask& ask) {
  TRY(auto* r, relation_in(ask, ask.text("userid"), ask.text("external_userid")));
  const auto add = texts(ask.body, "add_tag"), drop = texts(ask.body, "remove_tag");
  if (add.empty() && drop.empty()) return refuse(40063);
  for (const auto* list : {&add, &drop})
    for (const auto& id : *list)
      if (!ask.corp().tag(id)) return refuse(40068, id);
  auto tags = r->tags;
  for (const auto& id : add)
    if (std::ranges::find(tags, id) == tags.end()) tags.push_back(id);
  for (const auto& id : drop) std::erase(tags, id);
  if (tags.size() > kOnCustomerMax) return refuse(81017);
  r->tags = std::move(tags);
  return json::object{};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/get_corp_tag_list", list},
                                   {"POST", "externalcontact/add_corp_tag", add},
                                   {"POST", "externalcontact/edit_corp_tag", edit},
                                   {"POST", "externalcontact/del_corp_tag", remove},
                                   {"POST", "externalcontact/mark_tag", mark}};
}  // namespace

std::span<const PlatformCall> tag_calls() { return kCalls; }

}  // namespace koi::simulate
