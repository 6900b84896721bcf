/// The routes of the lab: one of each sort a room may have.
#include "http/tests/lab.h"

namespace koi::http::lab {

namespace {

struct NoteTag {
  static constexpr std::string_view prefix = "note";
};
using NoteId = Id<NoteTag>;

Result<Answer> get_plain(Call&) { return Reply{200, "{\"plain\":true}", "application/json", {}}; }

Result<Answer> get_notes(Call& call) {
  TRY(auto query, call.query<NoteQuery>());
  TRY(const auto limit, page_limit(query.limit));
  return call.read([limit](Tx& tx) -> Result<Reply> {
    TRY(auto n, tx.one<std::int64_t>("SELECT COUNT(*) FROM note"));
    return ok(NoteReply{n, std::to_string(limit)});
  });
}

Result<Answer> get_note(Call& call) {
  TRY(auto id, call.path<NoteId>("note"));
  return with_etag(ok(NoteReply{id.v, call.actor().name}), 3);
}

Result<Answer> post_note(Call& call) {
  TRY(auto body, call.body<NoteBody>());
  return call.write(ShardKey{1}, [&call, body](Tx& tx) -> Result<Reply> {
    const auto id = tx.next_number();
    TRY(tx.exec("INSERT INTO note (id, body) VALUES ($1, $2)", id, body.text));
    if (body.text == "fail") return fail(Errc::conflict, "http.stale");
    if (body.text == "burst") return fail(Errc::internal, "note.secret_inside", "SELECT secret FROM vault");
    call.audit_subject(to_text(NoteId{id}));
    return created(NoteReply{id, body.text});
  });
}

Result<Answer> put_note(Call& call) {
  return call.write(ShardKey{1}, [&call](Tx&) -> Result<Reply> {
    TRY(check_match(call, 3));
    return with_etag(no_content(), 4);
  });
}

Result<Answer> post_echo(Call& call) { return Reply{200, call.request().body, "text/plain", {}}; }
Result<Answer> get_large(Call&) { return Reply{200, "\"" + std::string(50'000, 'x') + "\"", "application/json", {}}; }
Result<Answer> get_throw(Call&) { throw std::runtime_error("the inside of a failure"); }

constexpr Route kNoteRoutes[] = {
    route<None, None, None>("GET", "/plain", "", get_plain, "公开", "Public", kPublic),
    route<None, None, None>("GET", "/large", "", get_large, "大的", "Large", kPublic),
    route<None, None, None>("GET", "/throw", "", get_throw, "抛出", "Throws", kPublic),
    route<None, None, None>("POST", "/echo", "", post_echo, "回声", "Echo", kPublic | kNoCsrf | kNoAudit),
    route<None, None, None>("POST", "/echo-large", "", post_echo, "大回声", "Large echo", kPublic | kUpload | kNoAudit),
    route<NoteQuery, None, NoteReply>("GET", "/v1/notes", "note.read", get_notes, "列表", "List"),
    route<None, None, NoteReply>("GET", "/v1/notes/{note}", "", get_note, "一条", "One", kLogin),
    route<None, NoteBody, NoteReply>("POST", "/v1/notes", "note.write", post_note, "新增", "Add"),
    route<None, NoteBody, NoteReply>("POST", "/v1/notes/secret", "note.write", post_note, "密钥", "Secret", kSecret),
    route<None, NoteBody, NoteReply>("POST", "/v1/track", "", post_note, "写入", "Ingest", kWriteKey | kNoAudit),
    route<None, None, None>("PUT", "/v1/notes/{note}:pin", "note.write", put_note, "置顶", "Pin", kIfMatch),
};

constexpr store::Migration kNoteSchema[] = {
    {"lab", 1, "note", "CREATE TABLE note (id BIGINT PRIMARY KEY, body TEXT NOT NULL);"}};

Actor lab_actor(Actor::Kind kind, std::int64_t id, std::string name, std::set<std::string, std::less<>> permissions) {
  Actor out;
  out.kind = kind;
  out.id = id;
  out.name = std::move(name);
  out.permissions = std::move(permissions);
  return out;
}

}  // namespace

std::span<const Route> note_routes() { return kNoteRoutes; }
std::span<const store::Migration> Lab::schema() { return kNoteSchema; }

Authorizer note_authorizer() {
  Authorizer out;
  out.actor = [](Tx&, const Request& request) -> Result<Actor> {
    const auto bearer = request.header("authorization");
    if (bearer == "Bearer admin") return lab_actor(Actor::Kind::key, 1, "admin", {"*"});
    if (bearer == "Bearer clerk") return lab_actor(Actor::Kind::key, 2, "clerk", {"note.read"});
    if (!bearer.empty()) return fail(Errc::unauthenticated, "http.login_required");
    if (request.header("cookie") != "sid=1") return Actor{};
    auto user = lab_actor(Actor::Kind::user, 3, "user", {"*"});
    user.csrf = "tok";
    return user;
  };
  out.write_key = [](const Request& request) -> Result<Actor> {
    if (request.header("authorization") == "Basic a2V5Og==") return lab_actor(Actor::Kind::key, 9, "source", {});
    return fail(Errc::unauthenticated, "http.login_required");
  };
  return out;
}

}  // namespace koi::http::lab
