#include "connect/wecom/side/tickets.h"

#include <algorithm>

#include "connect/wecom/fields.h"
#include "connect/wecom/platform.h"

namespace koi::connect::wecom {

namespace {

constexpr auto kMargin = std::chrono::minutes(5);
/// A fifth of the platform's: a busy platform is asked up to four times for one ticket.
constexpr std::int64_t kHourMax[] = {80, 20};
/// What was refused needs somebody to change something there; what did not come through may at any moment.
constexpr auto kRefusedRest = std::chrono::minutes(3);
constexpr auto kTroubleRest = std::chrono::seconds(5);

std::size_t place(TicketKind kind) { return static_cast<std::size_t>(kind); }

}  // namespace

std::optional<std::string> Tickets::alive(const Shelf& shelf) const {
  return !shelf.ticket.empty() && clock_.now() < shelf.until ? std::optional(shelf.ticket) : std::nullopt;
}

std::optional<std::string> Tickets::at_hand(TicketKind kind) const {
  const std::scoped_lock lock(mutex_);
  return alive(shelves_[place(kind)]);
}

Result<std::string> Tickets::get(TicketKind kind) {
  auto& shelf = shelves_[place(kind)];
  const std::scoped_lock flight(shelf.flight);
  {
    const std::scoped_lock lock(mutex_);
    if (auto ticket = alive(shelf)) return *std::move(ticket);
    const auto now = clock_.now();
    if (shelf.why && now < shelf.rest_until) return std::unexpected(*shelf.why);
    const auto hour = to_ms(now) / 3'600'000;
    if (shelf.hour != hour) shelf.hour = hour, shelf.in_hour = 0;
    if (shelf.in_hour >= kHourMax[place(kind)]) return fail(Errc::throttled, "connect.wecom_limit", "JS-SDK tickets");
    ++shelf.in_hour;
  }
  auto ticket = ask(kind, shelf);
  const std::scoped_lock lock(mutex_);
  if (ticket) {
    shelf.why.reset();
    return ticket;
  }
  const auto& e = ticket.error();
  if (e.code == "connect.unreachable") --shelf.in_hour;  // nobody heard it
  shelf.why = e;
  shelf.rest_until = clock_.now() + (e.code == "connect.wecom_refused" || e.code == "connect.wecom_token" ? Millis(kRefusedRest) : Millis(kTroubleRest));
  return ticket;
}

Result<std::string> Tickets::ask(TicketKind kind, Shelf& shelf) {
  const auto asked_at = clock_.now();
  TRY(const auto reply, kind == TicketKind::corp ? platform_->get("get_jsapi_ticket", {}) : platform_->get("ticket/get", {{"type", "agent_config"}}));
  auto ticket = text_in(reply, "ticket");
  const std::chrono::seconds life(number_in(reply, "expires_in"));
  if (ticket.empty() || life.count() <= 0) return fail(Errc::malformed, "connect.wecom_reply", "ticket");
  const std::scoped_lock lock(mutex_);
  shelf.ticket = ticket;
  // The platform repeats a ticket until it is over: near its end what is left is halved.
  shelf.until = asked_at + std::max<std::chrono::seconds>({life - kMargin, life / 2, std::chrono::seconds(1)});
  return ticket;
}

}  // namespace koi::connect::wecom
