/// The corp in the box: who works there, who knows whom, which groups they keep. Made from a seed, changed by calls of
/// the platform API, by acts of people and by time. Whoever touches it holds World's mutex.
#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/ports.h"
#include "simulate/simulate.h"

namespace koi::simulate {

using Seconds = std::int64_t;        // Unix time, as the platform writes it
using StaffNo = std::uint32_t;       // place in Corp::staff
using CustomerNo = std::uint32_t;    // place in Corp::customers
constexpr std::uint32_t kNobody = 0xffffffff;

struct Department {
  std::int64_t id = 0, parent = 0, order = 0;
  std::string name;
};

/// One line of a chat; `more` is the JSON of an attachment.
struct Line {
  Seconds at = 0;
  bool from_staff = false;
  std::string kind, text, more;
};

/// Staff × customer: the platform's primary row. What few relations have stands in `rare`.
struct Relation {
  struct Rare {
    std::string company, link, way;               // link: acquisition link; way: config id they came through
    std::vector<std::string> mobiles, own_tags;   // own_tags: personal tags, by name
    std::vector<Line> chat;
    std::vector<Seconds> on_job_transfers;
    int spoken = 0;                               // messages of the customer
    Seconds staff_spoke = 0;
  };
  Seconds created = 0;
  std::string remark, description, state, oper;   // oper: userid or external_userid of who began it
  std::vector<std::string> tags;                  // corp tag ids
  std::unique_ptr<Rare> rare;
  int add_way = 0;
  bool half = false;     // the staff has not confirmed
  bool lost = false;     // the customer removed the staff; the staff still has the customer
  bool chatted = false;
  Rare& more() {
    if (!rare) rare = std::make_unique<Rare>();
    return *rare;
  }
};

struct Staff {
  std::string userid, name, mobile, position;
  std::vector<std::int64_t> departments;
  int status = 1;                    // 1 active 2 disabled 4 not activated 5 left
  bool real_name = true;             // verified
  bool contact = true;               // may use customer contact
  bool console_welcome = false;      // a welcome text set in the console: no WelcomeCode
  bool leader = false;
  std::size_t customers_max = 20'000;
  Seconds left_at = 0;
  std::map<CustomerNo, Relation> customers;  // ordered: a cursor is a place
  std::map<Seconds, int> groups_moved;       // day -> groups of this owner transferred
  bool works() const { return status == 1; }
};

struct Customer {
  std::string id, unionid, name;
  std::uint8_t gender = 0, type = 1;
  std::vector<StaffNo> staff;                 // who has them
  std::uint32_t mass_month = 0, mass_count = 0;  // mass messages received in that month (year × 12 + month)
};

struct Member {
  bool is_staff = false;
  std::uint32_t who = 0;
  Seconds joined = 0;
  int scene = 1;               // 1 invited 2 by link 3 QR
  std::string invitor, state;
};

struct Group {
  std::string id, name, notice;
  StaffNo owner = 0;
  Seconds created = 0;
  std::vector<Member> members;
  std::vector<StaffNo> admins;
  std::uint64_t version = 1;
  int status = 0;              // 0 normal 1 owner left 2 being inherited 3 inherited
  bool dismissed = false;
  std::vector<Seconds> on_job_transfers;
  std::vector<Line> chat;
  std::uint32_t mass_month = 0, mass_count = 0;
};

struct Tag {
  std::string id, name;
  Seconds created = 0;
  std::int64_t order = 0;
};
struct TagGroup {
  std::string id, name, app;   // app: who made it ("" by hand in the console)
  Seconds created = 0;
  std::int64_t order = 0;
  std::vector<Tag> tags;
};

/// How large and how seeded.
struct CorpShape {
  std::uint64_t seed = 1;
  std::string corp_id;         // "" takes one from the seed
  int staff = 8, customers = 60, groups = 3;
  std::string name = {};            // "" is the seed's
  std::vector<Guide> guides = {};   // work there besides `staff`
  std::vector<Chat> chats = {};     // besides `groups`
};

class Corp {
 public:
  std::string id, name;
  std::vector<Department> departments;
  std::deque<Staff> staff;
  std::deque<Customer> customers;
  std::deque<Group> groups;
  std::vector<TagGroup> tags;

  StaffNo staff_no(std::string_view userid) const;          // kNobody when unknown
  CustomerNo customer_no(std::string_view external) const;  // kNobody when unknown
  Group* group(std::string_view chat_id);                   // nullptr when unknown or dismissed
  Relation* relation(StaffNo staff, CustomerNo customer);
  /// Whether `department` stands at or below `top`.
  bool below(std::int64_t department, std::int64_t top) const;
  const Department* department(std::int64_t id) const;
  /// Staff of these departments and everything under them, once each.
  std::vector<StaffNo> staff_of(const std::vector<std::int64_t>& departments) const;
  TagGroup* tag_group(std::string_view id);
  Tag* tag(std::string_view id, TagGroup** group = nullptr);

  CustomerNo add_customer(Customer customer);
  StaffNo add_staff(Staff staff);
  Group& add_group(Group group);
  Relation& befriend(StaffNo staff, CustomerNo customer, Relation relation);
  void part(StaffNo staff, CustomerNo customer);

 private:
  std::unordered_map<std::string_view, std::uint32_t> staff_at_, customer_at_, group_at_;  // views into the deques
};

/// The same shape gives the same corp, down to every id; times hang on `now`.
Corp make_corp(const CorpShape& shape, Seconds now);
/// A name as people have them, and one more customer of this kind.
Customer make_customer(Rng& rng);
/// prefix + letters and digits, `size` characters in all.
std::string fresh_id(Rng& rng, std::string_view prefix, std::size_t size);
/// 32 lower-case hex digits: a group's member_version.
std::string version_text(const Group& group, std::uint64_t version);

}  // namespace koi::simulate
