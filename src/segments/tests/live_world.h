/// A store with people, live segments and a clock in hand; what its membership should be, the slow way.
#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "events/columns/columns.h"
#include "events/log.h"
#include "people/attributes.h"
#include "people/profile.h"
#include "segments/json.h"
#include "segments/judge.h"
#include "segments/live.h"
#include "segments/live_engine.h"
#include "segments/tests/history.h"
#include "segments/text.h"
#include "tests/support/world.h"

namespace koi::segments {

class LiveWorld : public testing::World {
 public:
  explicit LiveWorld(std::uint64_t seed = 1) : World({store::schema(), events::schema(), people::schema(), segments::schema()}, seed) {
    EXPECT_TRUE(write([](Tx& tx) { return events::install_catalogue(tx); }));
  }

  PersonId person(const std::string& name) {
    const std::vector<people::Ident> idents{{"user_id:test", name}};
    const auto got = write([&](Tx& tx) { return people::resolve(tx, idents, "test"); });
    EXPECT_TRUE(got) << got.error().code;
    return got ? got->person : PersonId{};
  }
  SegmentId segment(const std::string& name, const Rule& rule, const std::string& mode = "live", const std::string& tag = "") {
    const auto id = write([&](Tx& tx) -> Result<SegmentId> {
      const auto made = tx.next_id<SegmentId>();
      TRY(tx.exec("INSERT INTO segment (id, name, mode, tag, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $5)", made, name, mode, tag, tx.now()));
      TRY(tx.exec("INSERT INTO segment_version (segment_id, version, rule, at) VALUES ($1, 1, $2, $3)", made, json_of(rule), tx.now()));
      if (mode == "live") TRY(tx.exec("INSERT INTO segment_state (segment_id, version, refill) VALUES ($1, 0, 1)", made));
      return made;
    });
    EXPECT_TRUE(id) << id.error().code << id.error().detail;
    return id.value_or(SegmentId{});
  }
  SegmentId segment(const std::string& name, const char* text, const std::string& mode = "live", const std::string& tag = "") {
    const auto parsed = parse_rule(text);
    EXPECT_TRUE(parsed) << text << " " << parsed.error().detail;
    return segment(name, parsed->rule, mode, tag);
  }
  void change(SegmentId id, const Rule& rule) {
    EXPECT_TRUE(write([&](Tx& tx) -> Result<> {
      TRY(tx.exec("UPDATE segment SET version = version + 1, ver = ver + 1 WHERE id = $1", id));
      TRY(tx.exec("INSERT INTO segment_version (segment_id, version, rule, at) SELECT id, version, $2, $3 FROM segment WHERE id = $1", id, json_of(rule), tx.now()));
      TRY(tx.exec("UPDATE segment_state SET refill = 1 WHERE segment_id = $1", id));
      return {};
    }));
  }
  std::int64_t list(const std::string& name) {
    return write([&](Tx& tx) -> Result<std::int64_t> {
      const auto id = tx.next_number();
      TRY(tx.exec("INSERT INTO person_list (id, name, created_at, updated_at) VALUES ($1, $2, $3, $3)", id, name, tx.now()));
      return id;
    }).value_or(0);
  }
  void put_on_list(std::int64_t list, PersonId node, bool on) {
    EXPECT_TRUE(write([&](Tx& tx) -> Result<> {
      TRY(const auto root, people::root_of(tx, node));
      TRY(on ? tx.exec("INSERT INTO person_list_member (list_id, person_id, origin_id, at) VALUES ($1, $2, $2, $3) ON CONFLICT DO NOTHING", list, root, tx.now())
             : tx.exec("DELETE FROM person_list_member WHERE list_id = $1 AND person_id = $2", list, root));
      TRY(tx.exec("UPDATE person_list SET ver = ver + 1 WHERE id = $1", list));
      return {};
    }));
  }
  /// Something that happened to somebody; `at` 0: now.
  void happens(PersonId who, std::string_view kind, Instant at = {}, std::string_view props = "{}", std::int64_t fen = 0, std::string_view id = {}) {
    const events::Event event{.kind = kind, .person = who, .at = at, .source = id.empty() ? "" : "web", .id = id, .props = props, .amount_fen = fen,
                              .late = at != Instant{} && at < clock().now() - std::chrono::hours(24)};
    const auto done = write([&](Tx& tx) -> Result<> {
      TRY(const auto receipt, events::accept(tx, event));
      auto own = event;
      own.id = {};
      if (receipt.verdict == events::Verdict::quarantined) TRY(events::append(tx, own));  // as it came, checked or not
      return {};
    });
    EXPECT_TRUE(done) << done.error().code << done.error().detail;
  }
  /// Those attributes of RandomRules::vocabulary() that are of no other room.
  static Result<> define_attributes(Tx& tx) {
    for (const auto& def : {people::AttributeDef{.key = "level", .type = "enum", .zh = "等级", .en = "Level", .options = {"gold", "silver"}},
                            people::AttributeDef{.key = "age", .type = "number", .zh = "年龄", .en = "Age"},
                            people::AttributeDef{.key = "budget", .type = "money", .zh = "预算", .en = "Budget"},
                            people::AttributeDef{.key = "interests", .type = "multi", .zh = "兴趣", .en = "Interests", .options = {"tea", "cake", "咖啡"}}})
      TRY(people::define_attribute(tx, def));
    return {};
  }
  /// What a history says of somebody, as a form would send it.
  static Result<> say_attribute(Tx& tx, PersonId who, const plain::AttributeNews& news) {
    std::string text;
    if (news.value) {
      if (const auto* n = std::get_if<plain::Number>(&*news.value)) {
        const auto micros = static_cast<double>(static_cast<std::int64_t>(n->over));
        text = news.key == "age" ? fmt::format("{:.6f}", micros / 1e6) : fmt::format("{:.2f}", micros / 1e8);
      }
      if (const auto* s = std::get_if<std::string>(&*news.value)) text = *s;
      if (const auto* d = std::get_if<LocalDay>(&*news.value)) text = day_text(*d);
      if (const auto* all = std::get_if<plain::Members>(&*news.value))
        for (const auto& one : *all) text += (text.empty() ? "" : ",") + one;
    }
    return people::set_attributes(tx, {.person = who, .values = {{news.key, text}}, .source = "form:1", .at = news.at});
  }
  void settle() {
    const auto drained = events::drain(db(), people::consumers());
    EXPECT_TRUE(drained) << drained.error().code << " " << drained.error().detail;
    const auto done = settle_live(db());
    EXPECT_TRUE(done) << done.error().code << " " << done.error().detail;
  }

  /// Who has a bit.
  std::set<std::int64_t> bits(SegmentId id) {
    std::set<std::int64_t> out;
    EXPECT_TRUE(read([&](Tx& tx) { return each_kept(tx, [&](SegmentId segment, std::int64_t who) { if (segment == id) out.insert(who); }); }));
    return out;
  }
  bool in(SegmentId id, PersonId who) { return bits(id).contains(who.v); }
  struct Told { PersonId who; SegmentId segment; bool in = false; std::string reason; bool late = false; Instant at; };
  /// Every entering and leaving, in order.
  std::vector<Told> told() {
    std::vector<Told> out;
    EXPECT_TRUE(read([&](Tx& tx) -> Result<> {
      for (events::Seq from = 0;;) {
        TRY(const auto page, events::after(tx, from, 1000));
        for (const auto& e : page) {
          from = e.seq;
          if (e.kind != kMoves[0] && e.kind != kMoves[1]) continue;
          const auto props = boost::json::parse(e.props).as_object();
          out.push_back({e.person, {e.subject}, e.kind == kMoves[0], std::string(props.at("reason").as_string()), props.at("late").as_bool(), e.at});
        }
        if (page.size() < 1000) return {};
      }
    }));
    return out;
  }
  std::vector<std::string> reasons(SegmentId id, PersonId who) {
    std::vector<std::string> out;
    for (const auto& one : told())
      if (one.segment == id && one.who == who) out.push_back((one.in ? "+" : "-") + one.reason + (one.late ? " late" : ""));
    return out;
  }
  Moment moment() { return {clock().now(), *Zone::find("Asia/Shanghai")}; }
};

}  // namespace koi::segments
