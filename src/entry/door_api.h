/// Inside the room: doors on the wire, what their api files share.
#pragma once
#include "entry/doors.h"
#include "entry/shell.h"
#include "http/wire.h"

namespace koi::entry {

std::span<const Route> link_routes();       // api_links.cc
std::span<const Route> page_routes();       // api_pages.cc
std::span<const Route> form_routes();       // api_forms.cc
std::span<const Route> answer_routes();     // api_answers.cc
std::span<const Route> door_page_routes();  // api_doors.cc: /s/…, /h5/p/…
std::span<const Route> form_page_routes();  // api_form_page.cc: /f/…

/// The request as a caller of a door.
Caller caller_of(const http::Request& request);
/// A page of a heading, some words and a button or none.
Reply plain_page(std::string_view language, int status, Said title, Said words, std::string_view url = {}, Said label = {});
Reply no_such_page(std::string_view language);
/// The store cannot write at the moment.
Reply busy_page(std::string_view language);

/// Runs `op` on the Writer and answers with draw(T&) once it is durable. A browser without an id has been given one by then and
/// keeps it. What goes wrong is a page that asks to try again.
template <class T>
Answer on_writer(Call& call, ShardKey shard, Caller caller, std::function<Result<T>(Tx&, const Caller&)> op, std::function<Reply(T&)> draw);

struct DoorListQuery { std::optional<std::string> q, folder, state, cursor; std::optional<std::int64_t> limit; };
BOOST_DESCRIBE_STRUCT(DoorListQuery, (), (q, folder, state, cursor, limit))
struct DoorStatsQuery { std::optional<LocalDay> from, to; };
BOOST_DESCRIBE_STRUCT(DoorStatsQuery, (), (from, to))
/// One more than asked for, so that it is known whether there is a next page.
Result<DoorFilter> filter_of(const DoorListQuery& query, int& limit);
/// The days asked for, or the last 30, in the merchant's zone.
Result<std::pair<LocalDay, LocalDay>> days_of(Tx& tx, const DoorStatsQuery& query);

/// An object whose "spec" is `definition`, with `more` members beside it.
std::string body_with(const std::string& definition, std::string_view more, std::string_view required);
/// Of a new definition: spec, slug, key.
std::string new_body(const std::string& definition);
std::string edit_body(const std::string& definition);
constexpr Route bodied_as(Route r, http::SchemaFn body) {
  r.body = body;
  return r;
}
/// What is wrong in a body's "spec": its place is told from the body's root.
template <class T>
Result<T> in_spec(Result<T> got) {
  if (!got && got.error().kind == Errc::invalid && got.error().pointer != "/slug" && got.error().pointer != "/key") got.error().pointer = "/spec" + got.error().pointer;
  return got;
}

struct DoorIn { http::Json spec; std::optional<std::string> slug, key; };
BOOST_DESCRIBE_STRUCT(DoorIn, (), (spec, slug, key))
struct DoorEdit { http::Json spec; };
BOOST_DESCRIBE_STRUCT(DoorEdit, (), (spec))

// ---- the template above -----------------------------------------------------------------------------------------

void keep_if_fresh(Reply& reply, const Caller& caller, bool fresh, const http::Request& request);
void give_visitor(Tx& tx, Caller& caller);

template <class T>
Answer on_writer(Call& call, ShardKey shard, Caller caller, std::function<Result<T>(Tx&, const Caller&)> op, std::function<Reply(T&)> draw) {
  struct Work { Caller caller; bool fresh; std::optional<T> out; };
  auto work = std::make_shared<Work>(Work{std::move(caller), false, {}});
  work->fresh = work->caller.visitor.empty();
  auto finish = call.later();
  auto queued = call.db().writer().submit(
      shard,
      [work, op = std::move(op)](Tx& tx) -> Result<> {
        give_visitor(tx, work->caller);
        TRY(work->out, op(tx, work->caller));
        return {};
      },
      [work, finish, draw = std::move(draw), &call](Result<> ended) {
        if (!ended) return finish(busy_page(call.request().language()));
        auto reply = draw(*work->out);
        keep_if_fresh(reply, work->caller, work->fresh, call.request());
        finish(std::move(reply));
      });
  if (!queued) finish(busy_page(call.request().language()));
  return Answer::Later{};
}

}  // namespace koi::entry
