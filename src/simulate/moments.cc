/// Moments 客户朋友圈: a job makes the task, staff publish it.
#include <algorithm>

#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kTextMax = 2000, kPerMinute = 10;
constexpr Seconds kWaiting = 2, kRunning = 5, kJobLife = 86'400;

/// Up to nine pictures, or one video, or one link; their media come from upload_attachment for moments.
std::expected<void, Refusal> check_parts(const Ask& ask, const json::array& parts) {
  std::string first;
  for (const auto& entry : parts) {
    if (!entry.is_object()) return refuse(40058, "attachments");
    const auto kind = text(entry.get_object(), "msgtype");
    if (kind != "image" && kind != "video" && kind != "link") return refuse(41065, kind);
    if (first.empty()) first = kind;
    if (kind != first) return refuse(41065, "mixed");
    const auto& part = object(entry.get_object(), kind);
    if (kind == "link" && text(part, "url").empty()) return refuse(40063, "url");
    if (!media_lives(ask, text(part, "media_id"), "1")) return refuse(40007, text(part, "media_id"));
  }
  if (parts.size() > (first == "image" ? 9u : 1u)) return refuse(41064);
  return {};
}

void make_moment(World& world, const std::string& job_id, Moment moment) {
  auto& job = world.books.jobs[job_id];
  job.status = 3;
  if (moment.senders.empty()) {
    job.errcode = 41048;
    return;
  }
  job.moment = moment.id;
  moment.created = world.now();
  const auto id = moment.id;
  world.books.moments[id] = std::move(moment);
}

/// Senders and tags that are there; what is not is reported by the job.
void read_range(const Ask& ask, Moment& m, Job& job) {
  const auto& range = object(ask.body, "visible_range");
  const auto& senders = object(range, "sender_list");
  const auto may = [&](StaffNo no) { return ask.corp().staff[no].works() && ask.corp().staff[no].contact; };
  for (const auto& id : texts(senders, "user_list")) {
    const auto no = ask.corp().staff_no(id);
    if (no == kNobody || !may(no)) job.bad_users.push_back(id);
    else m.senders[no] = 0;
  }
  std::vector<std::int64_t> departments;
  for (const auto d : numbers(senders, "department_list")) (ask.corp().department(d) ? departments : job.bad_departments).push_back(d);
  for (const auto no : ask.corp().staff_of(departments))
    if (may(no)) m.senders[no] = 0;
  if (senders.empty())
    for (StaffNo no = 0; no < ask.corp().staff.size(); ++no)
      if (may(no)) m.senders[no] = 0;
  for (const auto& id : texts(object(range, "external_contact_list"), "tag_list")) (ask.corp().tag(id) ? m.tags : job.bad_tags).push_back(id);
  m.all = m.tags.empty() && senders.empty();
}

Told add(Ask& ask) {
  const auto said = text(object(ask.body, "text"), "content");
  const auto& parts = array(ask.body, "attachments");
  if (said.empty() && parts.empty()) return refuse(41089);
  if (count_chars(said) > kTextMax) return refuse(40058, "text");
  TRY(check_parts(ask, parts));
  auto& jobs = ask.books().jobs;
  const auto recent = std::ranges::count_if(jobs, [&](const auto& j) { return j.second.kind == "moment" && j.second.made > ask.now - 60; });
  if (ask.world.gate.limits && recent >= static_cast<std::ptrdiff_t>(kPerMinute)) return refuse(45009);
  Moment m;
  m.id = ask.world.fresh("mom", 32);
  m.app = ask.app.name;
  m.text = said;
  m.attachments = json::serialize(parts);
  Job job;
  job.id = m.job = ask.world.fresh("job", 32);
  job.kind = "moment";
  job.made = ask.now;
  read_range(ask, m, job);
  const auto id = job.id;
  jobs[id] = std::move(job);
  auto& world = ask.world;
  world.after(kWaiting, [&world, id] { world.books.jobs[id].status = 2; });
  world.after(kRunning, [&world, id, m = std::move(m)] { make_moment(world, id, m); });
  return json::object{{"jobid", id}};
}

Told result(Ask& ask) {
  const auto at = ask.books().jobs.find(ask.query("jobid"));
  if (at == ask.books().jobs.end() || at->second.kind != "moment" || ask.now > at->second.made + kJobLife) return refuse(40058, "jobid");
  const auto& job = at->second;
  json::object out{{"status", job.status}, {"type", "add_moment_task"}};
  json::object inner{{"errcode", job.errcode}, {"errmsg", words_of(job.errcode)}};
  if (job.status == 3 && job.errcode == 0) inner["moment_id"] = job.moment;
  inner["invalid_sender_list"] = json::object{{"user_list", list_of(job.bad_users)}, {"department_list", list_of(job.bad_departments)}};
  inner["invalid_external_contact_list"] = json::object{{"tag_list", list_of(job.bad_tags)}};
  out["result"] = std::move(inner);
  return out;
}

std::expected<Moment*, Refusal> moment_in(const Ask& ask) {
  const auto id = ask.text("moment_id");
  if (id.empty()) return refuse(41059);
  const auto at = ask.books().moments.find(id);
  if (at == ask.books().moments.end()) return refuse(41060);
  return &at->second;
}

Told cancel(Ask& ask) {
  TRY(auto* m, moment_in(ask));
  if (m->personal) return refuse(41067);
  if (m->cancelled) return refuse(41093);
  m->cancelled = true;
  return json::object{};
}

json::object moment_json(const Moment& m) {
  json::object out{{"moment_id", m.id}, {"create_time", m.created}, {"create_type", m.personal ? 1 : 0}, {"visible_type", m.all ? 1 : 0}, {"text", {{"content", m.text}}}};
  if (m.personal) out["creator"] = m.creator;
  json::array images;
  for (const auto& entry : json::parse(m.attachments).get_array()) {
    const auto kind = text(entry.get_object(), "msgtype");
    const auto& part = object(entry.get_object(), kind);
    if (kind == "image") images.push_back(json::object{{"media_id", text(part, "media_id")}});
    if (kind == "video") out["video"] = json::object{{"media_id", text(part, "media_id")}, {"thumb_media_id", ""}};
    if (kind == "link") out["link"] = json::object{{"title", text(part, "title")}, {"url", text(part, "url")}};
  }
  if (!images.empty()) out["image"] = std::move(images);
  return out;
}

Told list(Ask& ask) {
  const auto start = ask.number("start_time"), end = ask.number("end_time"), filter = ask.number("filter_type", 2);
  if (start <= 0 || end < start || end - start > 30 * 86'400) return refuse(41052);
  TRY(const auto page, page_of(ask, 20, 20));
  std::vector<const Moment*> all;
  for (const auto& [id, m] : ask.books().moments) {
    if (m.created < start || m.created > end || (!ask.text("creator").empty() && m.creator != ask.text("creator"))) continue;
    if (filter == 2 || (filter == 1) == m.personal) all.push_back(&m);
  }
  std::ranges::stable_sort(all, {}, &Moment::created);
  json::array out;
  auto at = static_cast<std::size_t>(page.from);
  for (; at < all.size() && out.size() < page.limit; ++at) out.push_back(moment_json(*all[at]));
  return json::object{{"moment_list", std::move(out)}, {"next_cursor", at < all.size() ? cursor_of(at) : ""}};
}

Told senders(Ask& ask) {
  TRY(const auto* m, moment_in(ask));
  TRY(const auto page, page_of(ask, 500, 1000));
  json::array out;
  std::uint64_t place = 0;
  for (const auto& [no, sent] : m->senders)
    if (place++ >= page.from && out.size() < page.limit) out.push_back(json::object{{"userid", ask.corp().staff[no].userid}, {"publish_status", sent > 0 ? 1 : 0}});
  const auto next = page.from + out.size();
  return json::object{{"task_list", std::move(out)}, {"next_cursor", next < place ? cursor_of(next) : ""}};
}

struct MomentOf { Moment* moment; StaffNo staff; };
std::expected<MomentOf, Refusal> moment_of(const Ask& ask, bool published) {
  TRY(auto* m, moment_in(ask));
  TRY(const auto no, staff_in(ask, ask.text("userid")));
  const auto at = m->senders.find(no);
  if (at == m->senders.end()) return refuse(41061);
  if (published && at->second == 0) return refuse(41062);
  return MomentOf{m, no};
}

Told audience(Ask& ask, const MomentOf& of, bool with_user, std::int64_t max) {
  TRY(const auto page, page_of(ask, 500, max));
  json::array out;
  std::uint64_t place = 0;
  for (const auto& [customer, r] : ask.corp().staff[of.staff].customers) {
    const bool fits = of.moment->tags.empty() || std::ranges::any_of(of.moment->tags, [&](const auto& t) { return std::ranges::find(r.tags, t) != r.tags.end(); });
    if (r.lost || !fits || place++ < page.from || out.size() == page.limit) continue;
    json::object row{{"external_userid", ask.corp().customers[customer].id}};
    if (with_user) row["userid"] = ask.corp().staff[of.staff].userid;
    out.push_back(std::move(row));
  }
  const auto next = page.from + out.size();
  return json::object{{"customer_list", std::move(out)}, {"next_cursor", next < place ? cursor_of(next) : ""}};
}
Told chosen(Ask& ask) {
  TRY(const auto of, moment_of(ask, false));
  return audience(ask, of, true, 1000);
}
Told reached(Ask& ask) {
  TRY(const auto of, moment_of(ask, true));
  return audience(ask, of, false, 5000);
}

json::array said_json(const std::map<StaffNo, std::vector<Moment::Said>>& all, StaffNo no) {
  json::array out;
  if (const auto at = all.find(no); at != all.end())
    for (const auto& s : at->second) out.push_back(json::object{{s.staff ? "userid" : "external_userid", s.who}, {"create_time", s.at}});
  return out;
}
Told comments(Ask& ask) {
  TRY(const auto of, moment_of(ask, true));
  return json::object{{"comment_list", said_json(of.moment->comments, of.staff)}, {"like_list", said_json(of.moment->likes, of.staff)}};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/add_moment_task", add},
                                   {"GET", "externalcontact/get_moment_task_result", result},
                                   {"POST", "externalcontact/cancel_moment_task", cancel},
                                   {"POST", "externalcontact/get_moment_list", list},
                                   {"POST", "externalcontact/get_moment_task", senders},
                                   {"POST", "externalcontact/get_moment_customer_list", chosen},
                                   {"POST", "externalcontact/get_moment_send_result", reached},
                                   {"POST", "externalcontact/get_moment_comments", comments}};
}  // namespace

std::span<const PlatformCall> moment_calls() { return kCalls; }

}  // namespace koi::simulate
