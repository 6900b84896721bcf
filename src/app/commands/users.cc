#include <fmt/format.h>

#include "app/commands/parse.h"
#include "http/wire.h"
#include "people/people.h"
#include "team/team.h"

namespace koi::app {

namespace {

struct UserMade { std::string user_id, login, role, invite_token; };
BOOST_DESCRIBE_STRUCT(UserMade, (), (user_id, login, role, invite_token))
struct KeyMade { std::string key_id, key, kind, name; };
BOOST_DESCRIBE_STRUCT(KeyMade, (), (key_id, key, kind, name))

struct UserOptions { std::string role = "operator", login, name, password; bool json = false; };

Result<UserMade> create(Db& db, const UserOptions& o) {
  team::Role role{};
  if (!team::parse_role(o.role, role)) return fail(Errc::invalid, "team.role", o.role);
  std::string hash;
  if (!o.password.empty()) {
    const std::vector<std::string> own{o.login};
    TRY(team::check_password(o.password, own));
    hash = team::hash_password(o.password);
  }
  return db.write([&](Tx& tx) -> Result<UserMade> {
    team::CreateUser cmd;
    cmd.login = o.login;
    cmd.display_name = o.name.empty() ? o.login : o.name;
    cmd.role = role;
    cmd.reach = o.role == "guide" || o.role == "manager" ? std::nullopt : std::optional(Reach::all);
    cmd.password_hash = hash;
    TRY(const auto id, team::create_user(tx, cmd));
    std::string token;
    if (hash.empty()) { TRY(token, team::create_invite_token(tx, id)); }
    TRY(store::audit(tx, {.author = {"cli", 0, "koipond"}, .action = "member.write", .subject = to_text(id)}));
    return UserMade{to_text(id), o.login, o.role, token};
  });
}

}  // namespace

int run_user(Job& job) {
  CLI::App options(job.io.chinese ? "管理控制台账号" : "Console accounts", "koipond user");
  auto* make = options.add_subcommand("create", "create an account; without --password it prints an invitation token");
  options.require_subcommand(1);
  UserOptions o;
  make->add_option("--role", o.role, "admin, manager, operator, analyst, guide, integrator, compliance, finance")->required();
  make->add_option("--login", o.login, "login name");
  make->add_option("--name", o.name, "name shown to colleagues");
  make->add_option("--password", o.password, "12-128 characters");
  make->add_flag("--json", o.json, "print JSON");
  if (const auto code = parse_options(options, job)) return *code;
  if (o.login.empty()) o.login = o.role + "-" + std::to_string(to_ms(job.db->clock().now()) % 1'000'000);
  const auto made = create(*job.db, o);
  if (!made) return job.io.fail(made.error(), o.json);
  if (o.json) job.io.line(http::json_of(*made));
  else job.io.line(fmt::format("{} {} {}{}", made->user_id, made->login, made->role,
                               made->invite_token.empty() ? "" : " /invite?token=" + made->invite_token));
  return kOk;
}

namespace {

struct Rotated { std::int64_t keys = 0; };
BOOST_DESCRIBE_STRUCT(Rotated, (), (keys))

int rotate_master(Job& job, bool json) {
  const auto done = people::rotate_master_key(*job.db);
  if (!done) return job.io.fail(done.error(), json);
  const auto told = job.db->write([&](Tx& tx) {
    return store::audit(tx, {.author = {"cli", 0, "koipond"}, .action = "key.rotate_master",
                             .detail = fmt::format("{{\"keys\":{}}}", *done)});
  });
  if (!told) return job.io.fail(told.error(), json);
  job.io.line(json ? http::json_of(Rotated{*done}) : fmt::format("{} keys", *done));
  return kOk;
}

}  // namespace

int run_key(Job& job) {
  CLI::App options(job.io.chinese ? "管理接口密钥" : "API keys and write keys", "koipond key");
  auto* rotate = options.add_subcommand("rotate-master", "seal people's keys anew under a new master key, while the server works");
  auto* make = options.add_subcommand("create", "create a key; it is shown once");
  options.require_subcommand(1);
  team::CreateKey cmd;
  bool json = false;
  make->add_option("--kind", cmd.kind, "write (ingest only) or api")->required()->check(CLI::IsMember({"write", "api"}));
  make->add_option("--name", cmd.name, "what it is for")->required();
  make->add_option("--scope", cmd.scopes, "permission, repeatable (api keys)");
  make->add_option("--origin", cmd.origins, "site whose pages may send with it, repeatable (write keys)");
  make->add_option("--source", cmd.source, "source that events are stamped with (write keys)");
  for (auto* each : {make, rotate}) each->add_flag("--json", json, "print JSON");
  if (const auto code = parse_options(options, job)) return *code;
  if (rotate->parsed()) return rotate_master(job, json);
  const auto made = job.db->write([&](Tx& tx) -> Result<team::NewKey> {
    TRY(auto key, team::create_key(tx, cmd));
    TRY(store::audit(tx, {.author = {"cli", 0, "koipond"}, .action = "key.write", .subject = to_text(key.id)}));
    return key;
  });
  if (!made) return job.io.fail(made.error(), json);
  job.io.line(json ? http::json_of(KeyMade{to_text(made->id), made->key, cmd.kind, cmd.name}) : made->key);
  return kOk;
}

}  // namespace koi::app
