// R6: pushes about friendships, in any order, several times, up to a day late, end as they would have in order.
#include <sstream>

#include "connect/tests/wecom_door.h"

namespace koi::connect::wecom::testing {
namespace {

constexpr std::int64_t kDaySeconds = 86'400;

/// One word about a friendship, and when it comes to us.
struct Word { std::int64_t at = 0; int customer = 0, guide = 0; std::string change; PushFields more; };
struct Coming { std::int64_t at = 0; std::string xml; };

struct OrderWorld : DoorWorld {
  OrderWorld() {
    EXPECT_EQ(outcome(sync_directory(db(), platform, corp)), "ok");
    for (int i = 0; i < 2; ++i) {
      entry::CodeSpec spec;
      spec.name = "展架" + std::to_string(i);
      spec.tags = {"活码" + std::to_string(i)};
      spec.channel = "展厅" + std::to_string(i);
      spec.stage = i == 0 ? "新客" : "熟客";
      for (int guide = 0; guide < kGuides; ++guide) {
        const auto staff = w.read([&](Tx& tx) { return team::staff_by_wecom(tx, sim.user(static_cast<simulate::StaffNo>(guide))); });
        EXPECT_TRUE(staff && *staff);
        if (!staff || !*staff) continue;
        entry::Member member;
        member.staff = (*staff)->id;
        spec.members.push_back(member);
      }
      const auto made = w.write([&](Tx& tx) { return entry::create_code(tx, Scope::everything("test"), {.spec = spec, .slug = {}, .key = {}}); });
      EXPECT_EQ(outcome(made), "ok") << (made ? "" : made.error().detail);
    }
    const auto text = rows("SELECT w.state FROM entry_way w ORDER BY w.id", 1);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) states.push_back(line);
    EXPECT_GE(states.size(), 2u);
  }

  /// What happens between one or two customers and the guides within a day. Seconds repeat, and words contradict each other.
  std::vector<Word> story(Rng& rng) {
    std::vector<Word> out;
    const auto customers = 1 + static_cast<int>(rng.below(2));
    std::set<std::string> told;
    for (auto left = 2 + rng.below(7); left > 0; --left) {
      Word word;
      word.customer = static_cast<int>(rng.below(static_cast<std::uint64_t>(customers)));
      // One guide for each customer: whose customer somebody of two is, is not in what is told.
      word.guide = word.customer % kGuides;
      word.at = !out.empty() && rng.below(4) == 0 ? out.back().at : static_cast<std::int64_t>(rng.below(kDaySeconds));
      switch (rng.below(5)) {
        case 0: case 1: word.change = "add_external_contact"; break;
        case 2: word.change = "add_half_external_contact"; break;
        case 3: word.change = "del_external_contact"; break;
        default: word.change = "del_follow_user"; break;
      }
      if (word.change.starts_with("add_")) word.more.emplace_back("State", pick_state(rng));
      if (word.change == "del_external_contact" && rng.below(3) == 0) word.more.emplace_back("Source", "DELETE_BY_TRANSFER");
      // The platform says one thing of a kind a second.
      const auto one = std::to_string(word.customer) + word.change.substr(0, 8) + std::to_string(word.at);
      if (told.insert(one).second) out.push_back(std::move(word));
    }
    return out;
  }
  std::string pick_state(Rng& rng) {
    const auto n = rng.below(states.size() + 2);
    return n < states.size() ? states[n] : n == states.size() ? "" : "nobody's";
  }
  std::string xml_of(const Word& word, const std::string& external, std::int64_t base) {
    PushFields fields{{"UserID", sim.user(static_cast<simulate::StaffNo>(word.guide))}, {"ExternalUserID", external}};
    fields.insert(fields.end(), word.more.begin(), word.more.end());
    return push_xml(corp, base + word.at, "change_external_contact", word.change, fields);
  }

  /// Delivered at the door's own functions, at their times; the inbox is worked on now and then.
  void deliver(std::vector<Coming> comings, Rng& rng) {
    std::ranges::stable_sort(comings, {}, &Coming::at);
    const auto key = *corp_by_id(db(), corp);
    for (std::size_t from = 0; from < comings.size();) {
      const auto some = std::min(comings.size(), from + 1 + rng.below(40));
      w.set_now_ms(std::max(to_ms(w.clock().now()), comings[some - 1].at * 1000));
      const auto now = w.clock().now();
      const auto taken = w.write([&](Tx& tx) -> Result<> {
        for (auto i = from; i < some; ++i) {
          auto m = PushMaker{.corp = corp}.at(now);
          m.nonce = std::to_string(rng.next());
          m.words(comings[i].xml).sign();
          TRY(const auto push, open_push(*key, m.query(), m.body(), now));
          TRY(take_push(tx, corp, push));
        }
        return {};
      });
      ASSERT_EQ(outcome(taken), "ok") << (taken ? "" : taken.error().detail);
      from = some;
      if (rng.below(3) == 0) work();
    }
    work();
  }

  /// What is known of each customer, by external id, whatever our numbers are.
  std::map<std::string, std::string> ends() {
    std::map<std::string, std::string> out;
    const auto who = " JOIN identifier i ON i.person_id = ";
    const auto ns = " AND i.ns = 'wecom_external_userid:" + corp + "' ";
    const auto take = [&](std::string_view what, const std::string& sql, int columns) {
      std::istringstream lines(rows(sql, columns));
      for (std::string line; std::getline(lines, line);) {
        const auto bar = line.find('|');
        out[line.substr(0, bar)] += std::string(what) + line.substr(bar) + "\n";
      }
    };
    take("edge", "SELECT i.value, r.other, r.state, r.channel, r.via, r.first_at, r.at FROM relation r" + (who + std::string("r.person_id")) + ns + "ORDER BY i.value, r.other", 7);
    take("past", "SELECT i.value, h.other, h.at, h.state, h.via FROM relation_history h" + (who + std::string("h.person_id")) + ns + "ORDER BY i.value, h.other, h.at, h.state", 5);
    take("arrival", "SELECT i.value, a.code_id, a.staff_id, a.scan_match, a.over_cap FROM entry_arrival a" + (who + std::string("a.person_id")) + ns +
                        "ORDER BY i.value, a.code_id, a.staff_id", 5);
    take("tag", "SELECT i.value, t.name FROM tag_assignment a JOIN tag t ON t.id = a.tag_id" + (who + std::string("a.person_id")) + ns + "ORDER BY i.value, t.name", 2);
    take("owner", "SELECT i.value, p.owner_staff_id FROM person p" + (who + std::string("p.id")) + ns + "ORDER BY i.value", 2);
    take("origin", "SELECT i.value, p.first_touch, p.channel FROM person p" + (who + std::string("p.id")) + ns + "ORDER BY i.value", 3);
    take("event", "SELECT i.value, e.kind, e.at, COUNT(*) FROM event e" + (who + std::string("e.person_id")) + ns +
                      "AND e.kind IN (SELECT id FROM event_kind WHERE name LIKE 'friend_%') GROUP BY i.value, e.kind, e.at ORDER BY i.value, e.kind, e.at", 4);
    return out;
  }

  static constexpr int kGuides = 3;
  std::vector<std::string> states;
};

TEST(WecomOrder, AnyOrderEndsTheSame) {
  OrderWorld x;
  constexpr int kStories = 2000, kAtOnce = 250;
  std::map<std::string, std::string> told;  // external id without its first letters, the story
  for (int first = 0; first < kStories; first += kAtOnce) {
    const auto base = x.seconds() + 10;
    std::vector<Coming> comings;
    Rng rng(static_cast<std::uint64_t>(first) + 1);
    for (int n = first; n < first + kAtOnce; ++n) {
      auto words = x.story(rng);
      std::ranges::stable_sort(words, {}, &Word::at);
      for (const auto& word : words) {
        const auto name = std::to_string(n) + "x" + std::to_string(word.customer);
        // In order, at once and one time; and as it pleases.
        comings.push_back({base + word.at, x.xml_of(word, "wmA" + name, base)});
        for (auto times = 1 + rng.below(3); times > 0; --times) comings.push_back({base + word.at + static_cast<std::int64_t>(rng.below(kDaySeconds)), x.xml_of(word, "wmB" + name, base)});
        told[name] += std::to_string(word.at) + " " + word.change + (word.more.empty() ? "" : " " + word.more.front().second) + "\n";
      }
    }
    x.deliver(std::move(comings), rng);
  }
  const auto ends = x.ends();
  int wrong = 0;
  for (const auto& [name, story] : told) {
    const auto a = ends.find("wmA" + name), b = ends.find("wmB" + name);
    // A customer of whom only partings were told of is still somebody.
    if (a == ends.end() && b == ends.end()) continue;
    ASSERT_TRUE(a != ends.end() && b != ends.end()) << name << "\n" << story;
    if (a->second != b->second && ++wrong <= 3) ADD_FAILURE() << name << "\n" << story << "in order:\n" << a->second << "as it came:\n" << b->second;
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(told.size(), static_cast<std::size_t>(kStories));
  EXPECT_EQ(x.w.number("SELECT COUNT(*) FROM connect_callback WHERE state <> 'done'"), 0);
  // The stories are worth telling.
  for (const auto* state : {"active", "deleted_by_customer", "deleted_by_staff", "transferred"})
    EXPECT_GT(x.w.number("SELECT COUNT(*) FROM relation WHERE state = '" + std::string(state) + "'"), 100) << state;
  EXPECT_GT(x.w.number("SELECT COUNT(*) FROM entry_arrival"), 100);
}

/// With a platform that can be asked: what phones do there, told to two stores, to one in order and to the other as it comes.
TEST(WecomOrder, AndAskingThePlatformEndsTheSame) {
  DoorWorld a(corp_shape(5, 0, 0));
  auto& sim = a.sim;
  World other(sync_schemas());
  other.set_now_ms(to_ms(a.w.clock().now()));
  ASSERT_TRUE(other.write([](Tx& tx) { return events::install_catalogue(tx); }));
  ASSERT_TRUE(other.write([&](Tx& tx) { return put_corp(tx, {.corp_id = a.corp, .base_url = "http://127.0.0.1:1", .secret = "s", .token = std::string(kDoorToken), .aes_key = std::string(kDoorAes)}, std::string(32, 'k')); }));
  Rng rng(7);
  const auto corp = *corp_by_id(a.db(), a.corp);
  const auto tell = [&](World& w, const simulate::Event& e, std::int64_t at) {
    PushFields fields;
    for (const auto& f : e.fields) fields.emplace_back(f.name, f.value);
    auto m = PushMaker{.corp = a.corp}.at(w.clock().now());
    m.nonce = std::to_string(rng.next());
    m.words(push_xml(a.corp, at, e.event, e.change, fields)).sign();
    const auto taken = w.write([&](Tx& tx) -> Result<bool> {
      TRY(const auto push, open_push(*corp, m.query(), m.body(), w.clock().now()));
      return take_push(tx, a.corp, push);
    });
    EXPECT_EQ(outcome(taken), "ok") << (taken ? "" : taken.error().detail);
  };
  const auto settle = [&](World& w) {
    for (int i = 0; i < 100; ++i) {
      const auto n = work_inbox(w.db(), 200);
      const auto looks = work_looks(w.db(), a.platform, a.corp, 200);
      ASSERT_EQ(outcome(n), "ok");
      ASSERT_EQ(outcome(looks), "ok") << (looks ? "" : looks.error().detail);
      if (*n + *looks == 0) return;
    }
  };
  std::vector<std::string> customers;
  for (int i = 0; i < 12; ++i) customers.push_back(sim.customer("客" + std::to_string(i)));
  for (int round = 0; round < 60; ++round) {
    const auto from = sim.world.told_seq;
    for (int i = 0; i < 6; ++i) {
      const auto customer = customers[rng.below(customers.size())];
      const auto user = sim.user(static_cast<simulate::StaffNo>(rng.below(3)));
      const json::object both{{"external_userid", customer}, {"userid", user}};
      switch (rng.below(4)) {
        case 0: case 1: sim.sim("customer/add", both); break;
        case 2: sim.sim("customer/delete", both); break;
        default: sim.sim("staff/delete", both); break;
      }
      sim.advance(static_cast<std::int64_t>(rng.below(3)));
    }
    std::vector<simulate::Heard> heard;
    for (const auto& h : sim.world.told)
      if (h.seq > from) heard.push_back(h);
    for (const auto& h : heard) {
      a.w.set_now_ms(to_ms(sim.world.instant()));
      tell(a.w, h.event, h.at);
    }
    settle(a.w);
    // A day late, shuffled, some twice.
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < heard.size(); ++i)
      for (auto times = 1 + rng.below(2); times > 0; --times) order.push_back(i);
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
    other.set_now_ms(to_ms(sim.world.instant()) + static_cast<std::int64_t>(rng.below(30)) * 1000);
    for (const auto i : order) {
      tell(other, heard[i].event, heard[i].at);
      if (rng.below(3) == 0) settle(other);
    }
    settle(other);
    sim.advance(3600);
    a.w.set_now_ms(to_ms(sim.world.instant()));
    other.set_now_ms(to_ms(sim.world.instant()));
  }
  const auto friends = [&](World& w) {
    std::string out;
    EXPECT_TRUE(w.read([&](Tx& tx) {
      return tx.each_raw("SELECT c.userid, c.external_userid, r.state, CASE WHEN c.deleted_at IS NULL THEN '' ELSE 'gone' END FROM connect_wecom_contact c "
                         "JOIN relation r ON r.person_id = c.person_id AND r.kind = 'staff' AND r.other = c.staff_id ORDER BY c.userid, c.external_userid", {},
                         [&](const store::Statement& s) -> Result<> {
                           for (int i = 0; i < 4; ++i) out += std::string(s.text(i)) + (i == 3 ? "\n" : "|");
                           return {};
                         });
    }));
    return out;
  };
  const auto in_order = friends(a.w);
  EXPECT_EQ(in_order, friends(other));
  EXPECT_GT(std::ranges::count(in_order, '\n'), 15);
  EXPECT_NE(in_order.find("deleted_by_customer"), in_order.npos);
  EXPECT_NE(in_order.find("deleted_by_staff"), in_order.npos);
}

}  // namespace
}  // namespace koi::connect::wecom::testing
