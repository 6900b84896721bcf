/// Mass messages 群发: a task that every sender must confirm in the client.
#include <algorithm>

#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kCustomersMax = 10'000, kGroupsMax = 2000, kPerSenderMax = 20'000, kTextMax = 4000;
constexpr std::size_t kReminders = 3;
constexpr Seconds kDay = 86'400, kTooEarly = 2;

/// AND across entries, OR inside one.
bool tags_fit(const Relation& r, const json::array& filter) {
  return std::ranges::all_of(filter, [&](const json::value& entry) {
    if (!entry.is_object()) return true;
    const auto any = texts(entry.get_object(), "tag_list");
    return any.empty() || std::ranges::any_of(any, [&](const auto& id) { return std::ranges::find(r.tags, id) != r.tags.end(); });
  });
}

/// Who of a customer's staff chatted last; the one who befriended them last when nobody has.
StaffNo closest(const Corp& corp, CustomerNo customer, StaffNo only) {
  StaffNo best = kNobody;
  std::pair<Seconds, Seconds> when{-1, -1};
  for (const auto no : corp.customers[customer].staff) {
    if (only != kNobody && no != only) continue;
    const auto& r = corp.staff[no].customers.at(customer);
    if (!corp.staff[no].works() || r.lost) continue;
    const std::pair mine{r.rare && !r.rare->chat.empty() ? r.rare->chat.back().at : 0, r.created};
    if (mine > when) when = mine, best = no;
  }
  return best;
}

std::expected<void, Refusal> aim_at_customers(const Ask& ask, MassTask& task, StaffNo sender, json::array& failed) {
  auto& corp = ask.corp();
  const auto ids = texts(ask.body, "external_userid");
  if (ids.size() > kCustomersMax) return refuse(81017);
  for (const auto& id : ids) {
    const auto customer = corp.customer_no(id);
    const auto who = customer == kNobody ? kNobody : closest(corp, customer, sender);
    if (who == kNobody) failed.emplace_back(id);
    else task.targets.push_back({who, id});
  }
  if (!ids.empty()) return {};
  const auto& filter = array(object(ask.body, "tag_filter"), "group_list");
  if (sender == kNobody && filter.empty()) return refuse(40063, "sender or external_userid");
  for (StaffNo no = 0; no < corp.staff.size(); ++no) {
    if ((sender != kNobody && no != sender) || !corp.staff[no].works()) continue;
    std::size_t mine = 0;
    for (const auto& [customer, r] : corp.staff[no].customers)
      if (!r.lost && tags_fit(r, filter) && mine++ < kPerSenderMax) task.targets.push_back({no, corp.customers[customer].id});
  }
  return {};
}

std::expected<void, Refusal> aim_at_groups(const Ask& ask, MassTask& task, StaffNo sender, json::array& failed) {
  if (sender == kNobody) return refuse(40063, "sender");
  const auto ids = texts(ask.body, "chat_id_list");
  if (ids.size() > kGroupsMax) return refuse(81017);
  for (const auto& id : ids) {
    const auto* g = ask.corp().group(id);
    if (!g || g->owner != sender) failed.emplace_back(id);
    else task.targets.push_back({sender, id});
  }
  if (!ids.empty()) return {};
  for (const auto& g : ask.corp().groups)
    if (!g.dismissed && g.owner == sender) task.targets.push_back({sender, g.id});
  return {};
}

Told add(Ask& ask) {
  MassTask task;
  task.chat_type = has(ask.body, "chat_type") ? ask.text("chat_type") : "single";
  if (task.chat_type != "single" && task.chat_type != "group") return refuse(40058, "chat_type");
  task.text = text(object(ask.body, "text"), "content");
  const auto& attachments = array(ask.body, "attachments");
  if (task.text.empty() && attachments.empty()) return refuse(41089);
  if (task.text.size() > kTextMax) return refuse(40058, "text: 4000 bytes");
  TRY(check_attachments(ask, attachments, 9));
  StaffNo sender = kNobody;
  if (const auto userid = ask.text("sender"); !userid.empty()) {
    TRY(sender, staff_in(ask, userid));
    if (!ask.corp().staff[sender].works()) return refuse(41054, userid);
  }
  json::array failed;
  TRY(task.chat_type == "group" ? aim_at_groups(ask, task, sender, failed) : aim_at_customers(ask, task, sender, failed));
  if (task.targets.empty()) return refuse(41048);
  for (const auto& t : task.targets) task.senders.try_emplace(t.staff, 0);
  task.id = ask.world.fresh("msg", 32);
  task.app = ask.app.name;
  task.attachments = json::serialize(attachments);
  task.created = ask.now;
  const auto id = task.id;
  ask.books().mass[id] = std::move(task);
  return json::object{{"fail_list", std::move(failed)}, {"msgid", id}};
}

std::expected<MassTask*, Refusal> task_in(const Ask& ask) {
  const auto id = ask.text("msgid");
  if (id.empty()) return refuse(41046);
  const auto at = ask.books().mass.find(id);
  if (at == ask.books().mass.end()) return refuse(41047);
  return &at->second;
}

Told list(Ask& ask) {
  const auto kind = ask.text("chat_type"), creator = ask.text("creator");
  const auto start = ask.number("start_time"), end = ask.number("end_time"), filter = ask.number("filter_type", 2);
  if (kind != "single" && kind != "group") return refuse(40058, "chat_type");
  if (start <= 0 || end < start || end - start > 31 * kDay) return refuse(41052);
  TRY(const auto page, page_of(ask, 50, 100));
  std::vector<const MassTask*> all;
  for (const auto& [id, t] : ask.books().mass) {
    if (t.chat_type != kind || t.created < start || t.created > end || (!creator.empty() && t.creator != creator)) continue;
    if (filter == 2 || (filter == 1) == t.by_hand) all.push_back(&t);
  }
  std::ranges::stable_sort(all, {}, &MassTask::created);
  json::array out;
  auto at = static_cast<std::size_t>(page.from);
  for (; at < all.size() && out.size() < page.limit; ++at)
    out.push_back(json::object{{"msgid", all[at]->id}, {"creator", all[at]->creator}, {"create_time", all[at]->created}, {"create_type", all[at]->by_hand ? 1 : 0},
                               {"text", {{"content", all[at]->text}}}, {"attachments", json::parse(all[at]->attachments)}});
  return json::object{{"group_msg_list", std::move(out)}, {"next_cursor", at < all.size() ? cursor_of(at) : ""}};
}

Told senders(Ask& ask) {
  TRY(const auto* task, task_in(ask));
  TRY(const auto page, page_of(ask, 500, 1000));
  json::array out;
  std::uint64_t place = 0;
  for (const auto& [no, sent] : task->senders) {
    if (place++ < page.from || out.size() == page.limit) continue;
    json::object row{{"userid", ask.corp().staff[no].userid}, {"status", sent > 0 ? 2 : 0}};
    if (sent > 0) row["send_time"] = sent;
    out.push_back(std::move(row));
  }
  const auto next = page.from + out.size();
  return json::object{{"task_list", std::move(out)}, {"next_cursor", next < place ? cursor_of(next) : ""}};
}

Told results(Ask& ask) {
  TRY(const auto* task, task_in(ask));
  TRY(const auto no, staff_in(ask, ask.text("userid")));
  TRY(const auto page, page_of(ask, 500, 1000));
  if (ask.now < task->created + kTooEarly) return refuse(41063);
  json::array out;
  auto at = static_cast<std::size_t>(page.from);
  for (; at < task->targets.size() && out.size() < page.limit; ++at) {
    const auto& t = task->targets[at];
    if (t.staff != no) continue;
    json::object row{{task->chat_type == "group" ? "chat_id" : "external_userid", t.id}, {"userid", ask.corp().staff[no].userid}, {"status", t.status}};
    if (t.sent > 0) row["send_time"] = t.sent;
    out.push_back(std::move(row));
  }
  const bool more = std::any_of(task->targets.begin() + static_cast<std::ptrdiff_t>(at), task->targets.end(), [&](const auto& t) { return t.staff == no; });
  return json::object{{"send_list", std::move(out)}, {"next_cursor", more ? cursor_of(at) : ""}};
}

Told remind(Ask& ask) {
  TRY(auto* task, task_in(ask));
  if (task->cancelled) return refuse(41093);
  auto& past = task->reminders;
  while (!past.empty() && past.front() <= ask.now - kDay) past.pop_front();
  if (past.size() >= kReminders) return refuse(41094);
  past.push_back(ask.now);
  return json::object{};
}

Told cancel(Ask& ask) {
  TRY(auto* task, task_in(ask));
  if (task->cancelled) return refuse(41093);
  task->cancelled = true;
  return json::object{};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/add_msg_template", add},
                                   {"POST", "externalcontact/get_groupmsg_list_v2", list},
                                   {"POST", "externalcontact/get_groupmsg_task", senders},
                                   {"POST", "externalcontact/get_groupmsg_send_result", results},
                                   {"POST", "externalcontact/remind_groupmsg_send", remind},
                                   {"POST", "externalcontact/cancel_groupmsg_send", cancel}};
}  // namespace

std::span<const PlatformCall> mass_calls() { return kCalls; }

}  // namespace koi::simulate
