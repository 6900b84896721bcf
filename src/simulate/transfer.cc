/// Customers change hands: on the job 在职继承, or after somebody left 离职继承.
#include <algorithm>

#include "base/text.h"
#include "simulate/acts.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr Seconds kDay = 86'400, kWindow = 90 * kDay;
constexpr std::size_t kPerCall = 100, kPerPage = 1000, kOnJobMax = 2;

/// The code of one customer; 0: the transfer runs.
int judge(const Ask& ask, StaffNo from, StaffNo to, const std::string& external, bool resigned) {
  auto& corp = ask.corp();
  const auto customer = corp.customer_no(external);
  if (customer == kNobody) return 40096;
  const auto* r = corp.relation(from, customer);
  if (!r) return 40131;
  if (!corp.staff[to].real_name) return 40098;
  for (const auto& t : ask.books().transfers)
    if (t.customer == customer && t.from == from && t.status == 2) return t.to == to ? 40129 : 40100;
  if (!resigned) {
    const auto recent = std::ranges::count_if(ask.books().transfers, [&](const Transfer& t) {
      return t.customer == customer && !t.resigned && t.status == 1 && t.done > ask.now - kWindow;
    });
    if (recent >= static_cast<std::ptrdiff_t>(kOnJobMax)) return 40128;
  }
  if (corp.staff[to].customers.size() >= corp.staff[to].customers_max) return 40099;
  return 0;
}

struct Hands { StaffNo from, to; };
std::expected<Hands, Refusal> hands_in(const Ask& ask) {
  TRY(const auto from, staff_in(ask, ask.text("handover_userid")));
  TRY(const auto to, staff_in(ask, ask.text("takeover_userid")));
  return Hands{from, to};
}

Told transfer(Ask& ask, bool resigned) {
  TRY(const auto hands, hands_in(ask));
  if (hands.from == hands.to) return refuse(40130);
  const auto& taker = ask.corp().staff[hands.to];
  if (!taker.works()) return refuse(41054, taker.userid);
  if (!taker.contact) return refuse(60011, taker.userid);
  const bool left = ask.corp().staff[hands.from].status == 5;
  if (resigned && !left) return refuse(40097);
  if (!resigned && left) return refuse(40003, "handover_userid has left");
  const auto ids = texts(ask.body, "external_userid");
  if (ids.empty()) return refuse(40063, "external_userid");
  if (ids.size() > kPerCall) return refuse(81017);
  const auto message = ask.text("transfer_success_msg");
  if (count_chars(message) > 200) return refuse(40058, "transfer_success_msg");
  json::array out;
  auto& world = ask.world;
  for (const auto& id : ids) {
    const int code = judge(ask, hands.from, hands.to, id, resigned);
    out.push_back(json::object{{"external_userid", id}, {"errcode", code}});
    if (code != 0) continue;
    const auto place = ask.books().transfers.size();
    ask.books().transfers.push_back({ask.corp().customer_no(id), hands.from, hands.to, resigned, 2, ask.now, 0, message});
    world.after(kDay, [&world, place] { finish_transfer(world, place); });
  }
  return json::object{{"customer", std::move(out)}};
}
Told on_job(Ask& ask) { return transfer(ask, false); }
Told after_leaving(Ask& ask) { return transfer(ask, true); }

Told results(Ask& ask, bool resigned) {
  TRY(const auto hands, hands_in(ask));
  TRY(const auto page, page_of(ask, kPerPage, kPerPage));
  json::array out;
  std::uint64_t place = 0;
  for (const auto& t : ask.books().transfers) {
    if (t.from != hands.from || t.to != hands.to || t.resigned != resigned || place++ < page.from || out.size() == page.limit) continue;
    out.push_back(json::object{{"external_userid", ask.corp().customers[t.customer].id}, {"status", t.status}, {"takeover_time", t.status == 1 ? t.done : 0}});
  }
  const auto next = page.from + out.size();
  return json::object{{"customer", std::move(out)}, {"next_cursor", next < place ? cursor_of(next) : ""}};
}
Told on_job_results(Ask& ask) { return results(ask, false); }
Told leaving_results(Ask& ask) { return results(ask, true); }

/// Pages by page_id, or by cursor, which wins.
Told unassigned(Ask& ask) {
  const auto size = ask.number("page_size", 1000);
  if (size < 1 || size > 1000) return refuse(40058, "page_size");
  auto from = static_cast<std::uint64_t>(std::max<std::int64_t>(ask.number("page_id"), 0)) * static_cast<std::uint64_t>(size);
  if (const auto cursor = ask.text("cursor"); !cursor.empty()) {
    const auto read = read_cursor(cursor);
    if (!read) return refuse(40058, "cursor");
    from = *read;
  }
  const auto& all = ask.books().unassigned;
  json::array out;
  auto at = static_cast<std::size_t>(from);
  for (; at < all.size() && out.size() < static_cast<std::size_t>(size); ++at)
    out.push_back(json::object{{"handover_userid", ask.corp().staff[all[at].from].userid}, {"external_userid", ask.corp().customers[all[at].customer].id},
                               {"dimission_time", all[at].left}});
  const bool last = at >= all.size();
  return json::object{{"info", std::move(out)}, {"is_last", last}, {"next_cursor", last ? "" : cursor_of(at)}};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/transfer_customer", on_job},
                                   {"POST", "externalcontact/transfer_result", on_job_results},
                                   {"POST", "externalcontact/get_unassigned_list", unassigned},
                                   {"POST", "externalcontact/resigned/transfer_customer", after_leaving},
                                   {"POST", "externalcontact/resigned/transfer_result", leaving_results}};
}  // namespace

std::span<const PlatformCall> transfer_calls() { return kCalls; }

}  // namespace koi::simulate
