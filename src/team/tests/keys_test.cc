#include "team/keys.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "store/trail.h"
#include "team/sessions.h"
#include "tests/support/world.h"

namespace koi::team {
namespace {

using koi::testing::outcome;

struct KeyPond {
  koi::testing::World w{{store::schema(), schema()}};
  http::Authorizer door = authorizer(w.db(), {.secret_key = std::string(32, 'k')});

  NewKey key(CreateKey cmd) {
    auto got = w.write([&](Tx& tx) { return create_key(tx, cmd); });
    EXPECT_TRUE(got.has_value()) << (got ? "" : got.error().code);
    return got.value_or(NewKey{});
  }
  Result<http::Actor> write(const std::string& key, const std::string& from = "10.0.0.1") {
    http::Request request;
    request.headers["authorization"] = "Basic " + base64(key + ":");
    request.remote = from;
    return door.write_key(request);
  }
  Result<http::Actor> bearer(const std::string& header, const std::string& from = "10.0.0.1") {
    http::Request request;
    request.headers["authorization"] = header;
    request.remote = from;
    return w.read([&](Tx& tx) { return door.actor(tx, request); });
  }
};

TEST(Keys, FollowTheTable) {
  KeyPond p;
  const struct {
    CreateKey cmd;
    const char* want;
  } rows[] = {{{"", "write", {}}, "team.key_name"},
              {{"Web", "master", {}}, "team.key_kind"},
              {{"Web", "api", {}}, "team.no_scope"},
              {{"Web", "api", {"person.read", "person.fly"}}, "team.unknown_scope"},
              {{"Web", "write", {}, "Bad Key"}, "team.source_key"},
              {{"Web", "write", {}, {}, {"10.0.0"}}, "team.key_ip"},
              {{"Web", "write", {}, {}, {}, from_ms(1)}, "team.key_expired"},
              {{"Web", "api", {"person.read"}, {}, {"10.0.0.1", "::1"}}, "ok"},
              {{"官网 小程序", "write", {}}, "ok"}};
  for (const auto& row : rows) {
    EXPECT_EQ(outcome(p.w.write([&](Tx& tx) { return create_key(tx, row.cmd); })), row.want) << row.cmd.name;
  }
}

TEST(Keys, AreKeptAsHashesOnly) {
  KeyPond p;
  const auto made = p.key({"Web", "write", {}});
  EXPECT_TRUE(made.key.starts_with("koipond_pk_"));
  EXPECT_EQ(p.w.number("SELECT COUNT(*) FROM api_key WHERE name LIKE '%" + made.key.substr(11) + "%' OR tail = '" +
                       made.key.substr(11) + "'"),
            0);
  EXPECT_EQ(p.w.number("SELECT COUNT(*) FROM api_key WHERE tail = '" + made.key.substr(made.key.size() - 4) + "'"), 1);
}

TEST(WriteKey, CarriesItsSourceAndMayOnlyIngest) {
  KeyPond p;
  const auto made = p.key({"My Web Site", "write", {}});
  const auto actor = p.write(made.key);
  ASSERT_TRUE(actor.has_value());
  EXPECT_EQ(actor->source_key, "my-web-site");
  EXPECT_TRUE(actor->may("event.ingest"));
  EXPECT_FALSE(actor->may("person.read"));
  EXPECT_EQ(outcome(p.write("koipond_pk_unknown")), "auth.write_key");
  EXPECT_EQ(outcome(p.write("")), "auth.write_key");
  EXPECT_EQ(outcome(p.bearer("Bearer " + made.key)), "auth.bad_key") << "not a key of the API";
}

TEST(WriteKey, IsUnknownFromTheMomentItIsRevoked) {
  KeyPond p;
  const auto made = p.key({"Web", "write", {}}), other = p.key({"App", "write", {}});
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(p.write(made.key).has_value());
  EXPECT_TRUE(p.w.write([&](Tx& tx) { return revoke_key(tx, made.id); }));
  EXPECT_EQ(outcome(p.write(made.key)), "auth.write_key");
  EXPECT_TRUE(p.write(other.key).has_value());
  EXPECT_TRUE(p.w.write([&](Tx& tx) { return revoke_key(tx, made.id); })) << "twice is once";
}

TEST(WriteKey, RevokedInATransactionThatRollsBackGoesOnWorking) {
  KeyPond p;
  const auto made = p.key({"Web", "write", {}});
  EXPECT_TRUE(p.write(made.key).has_value());
  (void)p.w.write([&](Tx& tx) -> Result<> {
    TRY(revoke_key(tx, made.id));
    return fail(Errc::conflict, "test.undo");
  });
  EXPECT_TRUE(p.write(made.key).has_value());
}

TEST(WriteKey, RespectsAddressesAndExpiryInTheCacheToo) {
  KeyPond p;
  const auto bound = p.key({"Web", "write", {}, {}, {"10.0.0.1"}});
  const auto brief = p.key({"App", "write", {}, {}, {}, p.w.clock().now() + Millis{5000}});
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(p.write(bound.key).has_value());
    EXPECT_EQ(outcome(p.write(bound.key, "10.0.0.2")), "auth.key_address");
    EXPECT_TRUE(p.write(brief.key).has_value());
  }
  p.w.clock().advance(Millis{5000});
  EXPECT_EQ(outcome(p.write(brief.key)), "auth.write_key");
}

TEST(KeyCache, TakesNothingThatWasReadBeforeAChange) {
  KeyCache cache;
  const auto before = cache.generation();
  cache.clear();
  LiveKey key;
  cache.put("hash", key, from_ms(0), Millis{1000}, before);
  EXPECT_FALSE(cache.find("hash", "", from_ms(0)));
  cache.put("hash", key, from_ms(0), Millis{1000}, cache.generation());
  EXPECT_TRUE(cache.find("hash", "", from_ms(999)));
  EXPECT_FALSE(cache.find("hash", "", from_ms(1000)));
}

TEST(ApiKey, MayWhatItsScopesSayUntilRevoked) {
  KeyPond p;
  const auto made = p.key({"ERP", "api", {"order.write", "person.read"}});
  const auto actor = p.bearer("Bearer " + made.key);
  ASSERT_TRUE(actor.has_value());
  EXPECT_TRUE(actor->may("order.write"));
  EXPECT_FALSE(actor->may("person.write"));
  EXPECT_TRUE(actor->scope.unlimited());
  EXPECT_EQ(outcome(p.bearer("Bearer nonsense")), "auth.bad_key");
  EXPECT_EQ(outcome(p.bearer("Basic " + base64(made.key + ":"))), "auth.scheme");
  EXPECT_EQ(outcome(p.bearer("Bearer")), "auth.scheme");
  EXPECT_TRUE(p.w.write([&](Tx& tx) { return revoke_key(tx, made.id); }));
  EXPECT_EQ(outcome(p.bearer("Bearer " + made.key)), "auth.bad_key");
}

TEST(ApiKey, OfEveryScopeStillLacksWhatHasNoLine) {
  KeyPond p;
  const auto actor = p.bearer("Bearer " + p.key({"Root", "api", {"*"}}).key);
  ASSERT_TRUE(actor.has_value());
  for (const auto& line : policy()) EXPECT_TRUE(actor->may(line.permission)) << line.permission;
  EXPECT_FALSE(actor->may("person.fly"));
}

TEST(Door, TakesNobodyForSomebody) {
  KeyPond p;
  const auto ask = [&](http::Request request) { return p.w.read([&](Tx& tx) { return p.door.actor(tx, request); }); };
  http::Request bare;
  EXPECT_EQ(ask(bare)->kind, http::Actor::Kind::anonymous);
  http::Request stale;
  stale.headers["cookie"] = "theme=dark; koipond=forged";
  EXPECT_EQ(outcome(ask(stale)), "auth.session_ended");
  http::Request other;
  other.headers["cookie"] = "xkoipond=a; koipond2=b";
  EXPECT_EQ(ask(other)->kind, http::Actor::Kind::anonymous);
}

TEST(Door, WithholdsStrongPermissionsWhenTheMerchantAsksForASecondFactor) {
  KeyPond p;
  std::string weak, strong;
  ASSERT_TRUE(p.w.write([&](Tx& tx) -> Result<> {
    TRY(const auto user,
        create_user(
            tx,
            {.login = "mei", .display_name = {}, .role = Role::admin, .reach = {}, .staff = {}, .password_hash = "x"}));
    TRY(const auto a, open_session(tx, {user, "", "", {}, false}));
    TRY(const auto b, open_session(tx, {user, "", "", {}, true}));
    weak = a.token;
    strong = b.token;
    return {};
  }));
  const auto may = [&](const std::string& token) {
    http::Request request;
    request.headers["cookie"] = "koipond=" + token;
    const auto actor = p.w.read([&](Tx& tx) { return p.door.actor(tx, request); });
    return actor && actor->may("person.reveal");
  };
  EXPECT_TRUE(may(weak));
  ASSERT_TRUE(p.w.write([](Tx& tx) { return store::set_setting(tx, "team.require_totp", "1"); }));
  EXPECT_FALSE(may(weak));
  EXPECT_TRUE(may(strong));
}

}  // namespace
}  // namespace koi::team
