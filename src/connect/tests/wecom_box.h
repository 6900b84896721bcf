/// A simulated corp and a store of ours side by side: the platform's calls go straight to the simulator, without a network.
#pragma once
#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "connect/wecom/fields.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/sync.h"
#include "connect/wecom/tags.h"
#include "connect/wecom/walk.h"
#include "connect/wecom/ways.h"
#include "entry/entry.h"
#include "entry/roster.h"
#include "events/events.h"
#include "people/people.h"
#include "people/tags.h"
#include "simulate/tests/box.h"
#include "team/team.h"
#include "tests/support/world.h"

namespace koi::connect::wecom::testing {

using koi::testing::outcome;
using koi::testing::World;
namespace box = simulate::box;

/// Who serves, from team, as app does it.
inline Result<std::vector<entry::Guide>> guides_from_team(Tx& tx, std::span<const StaffId> ids) {
  std::vector<entry::Guide> out;
  for (const auto id : ids) {
    const auto s = team::find_staff(tx, Scope::everything("test"), id);
    if (s) out.push_back({id, s->name, s->wecom_userid, s->unit_path, s->state == "active"});
  }
  return out;
}

class BoxPlatform final : public Platform {
 public:
  explicit BoxPlatform(box::Box& box) : box_(box) {}

  void send(std::string_view method, std::string_view path, Query query, std::string body, PlatformDone done) override {
    done(answer(method, path, std::move(query), std::move(body)));
  }
  void send_form(std::string_view path, Query query, std::string_view content_type, std::string body, PlatformDone done) override {
    done(answer("POST", path, std::move(query), std::move(body), content_type));
  }

 private:
  Result<json::object> answer(std::string_view method, std::string_view path, Query query, std::string body, std::string_view content_type = {}) {
    {
      const std::scoped_lock lock(mutex_);
      box_.renew();
      query.emplace_back("access_token", box_.token);
    }
    auto request = box_.request(method, "/cgi-bin/" + std::string(path), std::move(body), std::move(query));
    if (!content_type.empty()) request.headers.add("content-type", content_type);
    box::PlainCall call(std::move(request));
    const auto answer = simulate::answer_platform(box_.world, call);
    if (!answer.now) return fail(Errc::unavailable, "connect.wecom_unknown_outcome");
    auto reply = json::parse(answer.now->body).get_object();
    const auto code = number_in(reply, "errcode");
    if (code == 0) return reply;
    if (code == 45009) return fail(Errc::throttled, "connect.wecom_limit", std::to_string(code));
    if (code == -1) return fail(Errc::unavailable, "connect.wecom_busy", std::to_string(code));
    return fail(Errc::invalid, "connect.wecom_refused", std::to_string(code) + " " + text_in(reply, "errmsg"));
  }
  box::Box& box_;
  std::mutex mutex_;
};

inline World::Schemas sync_schemas() {
  return {store::schema(), events::schema(), ledger::schema(), people::schema(), segments::schema(), entry::schema(), commerce::schema(), team::schema(), connect::schema()};
}

inline simulate::Options corp_shape(int staff, int customers, int groups = 3) {
  simulate::Options o;
  o.staff = staff, o.customers = customers, o.groups = groups;
  o.limits = false;
  return o;
}

struct SyncWorld {
  explicit SyncWorld(simulate::Options shape = corp_shape(8, 60)) : sim(std::move(shape)), platform(sim), w(sync_schemas()), corp(sim.world.corp.id) {
    static const bool known = entry::know_roster({.guides = guides_from_team,
                                                  .guides_of = [](Tx&, std::string_view) { return Result<std::vector<entry::Guide>>(std::vector<entry::Guide>{}); },
                                                  .edits = team::org_edits,
                                                  .units = [](Tx&, std::span<const UnitId>) { return Result<std::vector<entry::Unit>>(std::vector<entry::Unit>{}); }});
    EXPECT_TRUE(known);
    w.set_now_ms(box::kStart * 1000 + 5000);
    EXPECT_TRUE(w.write([](Tx& tx) { return events::install_catalogue(tx); }));
  }

  Db& db() { return w.db(); }
  Run begin(std::string_view kind = "asked") {
    auto run = w.write([&](Tx& tx) { return begin_run(tx, corp, kind, "test"); });
    EXPECT_EQ(outcome(run), "ok");
    return run.value_or(Run{});
  }
  Result<Run> go(RunId run, WalkOptions options = {}) { return carry_on(db(), platform, run, options); }
  Run sync(std::string_view kind = "asked") {
    const auto begun = begin(kind);
    auto run = go(begun.id);
    EXPECT_EQ(outcome(run), "ok") << (run ? "" : run.error().detail);
    return run.value_or(Run{});
  }
  /// Both clocks.
  void pass(std::int64_t seconds) {
    w.clock().advance(Millis{seconds * 1000});
    sim.advance(seconds);
  }

  /// Rows of a query, cells by '|', rows by '\n'.
  std::string rows(const std::string& sql, int columns) {
    std::string out;
    const auto ran = w.read([&](Tx& tx) -> Result<> {
      return tx.each_raw(sql, {}, [&](const store::Statement& s) -> Result<> {
        for (int i = 0; i < columns; ++i) out += (i ? "|" : "") + (s.is_null(i) ? std::string("-") : std::string(s.text(i)));
        out += '\n';
        return {};
      });
    });
    EXPECT_EQ(outcome(ran), "ok") << (ran ? "" : ran.error().detail);
    return out;
  }

  /// All that a walk leaves behind, by names that two worlds share.
  std::string state() {
    std::string out = "contacts\n" + rows("SELECT userid, external_userid, remark, description, tags, add_way, state, oper, face, phones, created_at, deleted_at "
                                          "FROM connect_wecom_contact ORDER BY userid, external_userid", 12);
    out += "who\n" + rows("SELECT DISTINCT c.external_userid, i.ns, i.value FROM connect_wecom_contact c JOIN identifier i ON i.person_id = c.person_id "
                          "WHERE i.ns <> 'phone_e164' ORDER BY c.external_userid, i.ns, i.value", 3);
    out += "edges\n" + rows("SELECT c.external_userid, s.wecom_userid, r.state, r.at, r.first_at FROM relation r JOIN staff s ON s.id = r.other "
                            "JOIN connect_wecom_contact c ON c.person_id = r.person_id AND c.staff_id = r.other WHERE r.kind = 'staff' ORDER BY 1, 2", 5);
    out += "owners\n" + rows("SELECT DISTINCT c.external_userid, s.wecom_userid FROM connect_wecom_contact c JOIN person p ON p.id = c.person_id "
                             "JOIN staff s ON s.id = p.owner_staff_id ORDER BY 1, 2", 2);
    out += "tags\n" + rows("SELECT DISTINCT c.external_userid, t.name, a.source FROM connect_wecom_contact c JOIN tag_assignment a ON a.person_id = c.person_id "
                           "JOIN tag t ON t.id = a.tag_id ORDER BY 1, 2", 3);
    out += "members\n" + rows("SELECT g.chat_id, m.external_userid, m.joined_at, m.left_at FROM connect_wecom_chat_member m JOIN connect_wecom_chat g ON g.id = m.chat "
                              "ORDER BY 1, 2", 4);
    for (const auto* table : {"person", "relation", "relation_history", "owner_history", "tag_assignment", "tag", "staff", "org_unit"})
      out += std::string(table) + " " + std::to_string(w.count(table)) + "\n";
    const auto kinds = w.read([](Tx& tx) { return events::count_kinds(tx); });
    EXPECT_EQ(outcome(kinds), "ok");
    if (kinds)
      for (const auto& k : *kinds) out += k.kind + " " + std::to_string(k.events) + "\n";
    return out;
  }
  std::vector<Diff> diffs(RunId run, std::string kind = {}) {
    auto got = w.read([&](Tx& tx) { return diffs_of(tx, Scope::everything("test"), corp, {.run = run, .kind = kind, .before = 0, .limit = 200}); });
    EXPECT_EQ(outcome(got), "ok");
    return got.value_or(std::vector<Diff>{});
  }

  box::Box sim;
  BoxPlatform platform;
  World w;
  std::string corp;
};

}  // namespace koi::connect::wecom::testing
