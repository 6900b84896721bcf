#include "connect/wecom/contacts.h"

#include <algorithm>
#include <map>

#include "connect/wecom/fields.h"
#include "entry/arrivals.h"
#include "events/events.h"
#include "people/people.h"
#include "people/profile.h"
#include "people/tags.h"
#include "store/rows.h"
#include "team/handover.h"
#include "team/team.h"

namespace koi::connect::wecom {

struct ContactRow {
  PersonId person, origin;
  std::string remark, description, tags;
  std::int64_t add_way = 0;
  std::string state;
  std::int64_t face = 0, phones = 0;
  Instant created_at, changed_at;
  std::optional<Instant> deleted_at;
};
BOOST_DESCRIBE_STRUCT(ContactRow, (), (person, origin, remark, description, tags, add_way, state, face, phones, created_at, changed_at, deleted_at))
struct EdgeRow { std::string state; Instant at; };
BOOST_DESCRIBE_STRUCT(EdgeRow, (), (state, at))
struct FriendRow { StaffId staff; Instant created_at; };
BOOST_DESCRIBE_STRUCT(FriendRow, (), (staff, created_at))
struct MappedTag { people::TagId tag; std::string name; };
BOOST_DESCRIBE_STRUCT(MappedTag, (), (tag, name))
BOOST_DESCRIBE_STRUCT(Ownerless, (), (person, staff))

namespace {

constexpr std::string_view kFind =
    "SELECT person_id, origin_id, remark, description, tags, add_way, state, face, phones, created_at, changed_at, deleted_at "
    "FROM connect_wecom_contact WHERE corp_id = $1 AND userid = $2 AND external_userid = $3";
constexpr std::string_view kPut =
    "INSERT INTO connect_wecom_contact (corp_id, userid, external_userid, staff_id, person_id, origin_id, remark, description, tags, add_way, state, oper, "
    "face, phones, created_at, changed_at, deleted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, NULL) "
    "ON CONFLICT (corp_id, userid, external_userid) DO UPDATE SET staff_id = excluded.staff_id, person_id = excluded.person_id, origin_id = excluded.origin_id, "
    "remark = excluded.remark, description = excluded.description, tags = excluded.tags, add_way = excluded.add_way, state = excluded.state, oper = excluded.oper, "
    "face = excluded.face, phones = excluded.phones, created_at = excluded.created_at, changed_at = excluded.changed_at, deleted_at = NULL";
constexpr std::string_view kPutFirst =
    "INSERT INTO connect_wecom_contact (corp_id, userid, external_userid, staff_id, person_id, origin_id, remark, description, tags, add_way, state, oper, "
    "face, phones, created_at, changed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
constexpr std::string_view kEnd =
    "UPDATE connect_wecom_contact SET deleted_at = $4, changed_at = $4 WHERE corp_id = $1 AND userid = $2 AND external_userid = $3 AND deleted_at IS NULL";
constexpr std::string_view kStaffOf = "SELECT staff_id FROM connect_wecom_contact WHERE corp_id = $1 AND userid = $2 AND external_userid = $3";
constexpr std::string_view kEdge =
    "SELECT state, at FROM relation WHERE person_id = $1 AND kind = 'staff' AND +other = $2 ORDER BY at DESC LIMIT 1";
constexpr std::string_view kMapped =
    "SELECT m.our_tag, t.name FROM connect_wecom_tag m JOIN tag t ON t.id = m.our_tag WHERE m.corp_id = $1 AND m.tag_id = $2 AND t.archived_at IS NULL";
constexpr std::string_view kOtherTags =
    "SELECT tags FROM connect_wecom_contact WHERE person_id = $1 AND corp_id = $2 AND deleted_at IS NULL AND NOT (userid = $3 AND external_userid = $4) LIMIT 200";
constexpr std::string_view kOwnerOf = "SELECT owner_staff_id FROM person WHERE id = $1";
constexpr std::string_view kErased = "SELECT COUNT(*) FROM person WHERE id = $1 AND erased_at IS NOT NULL";
constexpr std::string_view kFriends =
    "SELECT staff_id, created_at FROM connect_wecom_contact WHERE person_id = $1 AND deleted_at IS NULL ORDER BY created_at, userid LIMIT 200";
constexpr std::string_view kKnown =
    "SELECT external_userid FROM connect_wecom_contact WHERE corp_id = $1 AND userid = $2 AND external_userid > $3 AND deleted_at IS NULL AND changed_at <= $4 "
    "ORDER BY external_userid LIMIT $5";
// From person's own order: an index of friendships by corp would be walked and sorted with every batch.
constexpr std::string_view kOwnerless =
    "SELECT p.id, (SELECT c.staff_id FROM connect_wecom_contact c WHERE c.person_id = p.id AND c.deleted_at IS NULL ORDER BY c.created_at, c.userid, c.external_userid "
    "LIMIT 1) FROM person p WHERE p.id > $1 AND p.merged_into IS NULL AND p.owner_staff_id IS NULL AND p.erased_at IS NULL AND EXISTS "
    "(SELECT 1 FROM connect_wecom_contact c WHERE c.person_id = p.id AND c.deleted_at IS NULL) ORDER BY p.id LIMIT $2";
constexpr std::string_view kForget =
    "UPDATE connect_wecom_contact SET remark = '', description = '', tags = '', face = 0, phones = 0 WHERE person_id = $1";
constexpr std::string_view kForgetDiffs = "UPDATE connect_sync_diff SET said_before = '', said_now = '' WHERE person_id = $1";

constexpr int kAssignedByAdmin = 202;
/// The clock of a callback and that of the friendship may be this far apart.
constexpr auto kSameFriendship = std::chrono::minutes(5);

Result<> forget(Tx& tx, PersonId root, std::span<const PersonId>) {
  TRY(tx.exec(kForget, root));
  TRY(tx.exec(kForgetDiffs, root));
  return {};
}
[[maybe_unused]] const bool kFollows = people::follow("connect_wecom_contact") && people::follow("connect_sync_diff") && people::on_erase(forget);

/// Never 0, which stands for somebody who was erased.
std::int64_t digest(std::string_view text) {
  const auto h = events::hash_text(text);
  return static_cast<std::int64_t>(h.lo | 1);
}
std::int64_t face_of(const Contact& c) { return digest(c.name + '\0' + std::to_string(c.gender) + '\0' + c.unionid); }
std::int64_t phones_of(const Contact& c) {
  std::string all;
  for (const auto& m : c.mobiles) all += m + ',';
  return digest(all);
}

std::string joined(const std::vector<std::string>& parts, char by = ',') {
  std::string out;
  for (const auto& p : parts) {
    if (!out.empty()) out += by;
    out += p;
  }
  return out;
}
std::vector<std::string> parted(std::string_view text) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  for (const auto part : split_text(text, ',')) out.emplace_back(part);
  return out;
}

/// What the friendships of one call share.
struct Work {
  Tx& tx;
  std::string_view corp;
  const Keeper& keeper;
  Instant asked;
  std::map<std::string, std::optional<MappedTag>, std::less<>> tags = {};  // theirs, as far as asked for
};

/// One friendship at work, step by step; many take each step together, so that rows of a table are written together.
class Applying {
 public:
  Applying(Work& work, const Contact& c) : w_(work), c_(c), face_(face_of(c)), phones_(phones_of(c)) {}

  /// What we know of it, and whether there is anything to do.
  Result<> look() {
    TRY(had_, w_.tx.maybe<ContactRow>(kFind, w_.corp, c_.userid, c_.external_userid));
    if (had_) out_.person = had_->person;
    if (had_ && had_->changed_at > w_.asked) return skip();
    const bool back = had_ && (had_->deleted_at || had_->created_at != c_.created);
    if (had_ && had_->face == 0 && !back) return skip();  // erased: what the platform still shows is not taken up again
    fresh_ = !had_ || back;
    return {};
  }

  /// The names lead to one person; a phone that staff noted links, and proves nothing. Whether two became one.
  Result<bool> know() {
    if (out_.skipped || !(fresh_ || had_->face != face_ || had_->phones != phones_)) return false;
    std::vector<people::Ident> idents;
    idents.push_back({"wecom_external_userid:" + std::string(w_.corp), c_.external_userid});
    if (!c_.unionid.empty()) idents.push_back({"wx_unionid", c_.unionid});
    for (const auto& m : c_.mobiles) idents.push_back({"phone_e164", m, false});
    TRY(const auto who, people::resolve(w_.tx, idents, source()));
    out_.person = who.person;
    newborn_ = who.created && !who.merged;
    return who.merged;
  }
  /// After somebody was merged: who it is may be somebody else, and nobody counts as new.
  Result<> look_again() {
    newborn_ = false;
    if (out_.skipped) return {};
    TRY(out_.person, people::root_of(w_.tx, out_.person));
    return {};
  }

  Result<> dress() {
    if (out_.skipped || (had_ && had_->face == face_)) return {};
    std::vector<std::pair<std::string, std::string>> values;
    if (!trim(c_.name).empty()) values.emplace_back("name", c_.name);
    if (c_.gender == 1 || c_.gender == 2) values.emplace_back("gender", c_.gender == 1 ? "male" : "female");
    if (values.empty()) return {};
    return people::set_attributes(w_.tx, {.person = out_.person, .values = std::move(values), .source = source(), .at = w_.asked,
                                          .newborn = newborn_ && c_.mobiles.empty()});
  }

  /// A callback may have told of it already, at its own clock's time.
  Result<> relate() {
    if (!fresh_) return {};
    std::optional<EdgeRow> edge;
    if (!newborn_) { TRY(edge, w_.tx.maybe<EdgeRow>(kEdge, out_.person, w_.keeper.staff)); }
    if (edge && edge->state == "active" && edge->at >= c_.created - kSameFriendship) return {};
    if (!c_.state.empty()) {
      TRY(entry::arrive(w_.tx, {.person = out_.person, .staff = w_.keeper.staff, .state = c_.state, .welcome_code = {}, .add_way = c_.add_way, .at = c_.created, .nick = c_.name}));
      return {};
    }
    const auto props = R"({"state":"","add_way":")" + std::to_string(c_.add_way) + R"(","welcome_sent":false})";
    return people::relate(w_.tx, {.person = out_.person, .kind = "staff", .other = w_.keeper.staff.v, .state = "active", .channel = "wecom", .via = {},
                                  .at = c_.created, .props = props, .newborn = newborn_});
  }

  Result<> retag() {
    if (out_.skipped) return {};
    TRY(tags_, mapped_tags());
    const auto before = fresh_ ? std::vector<std::string>() : parted(had_->tags);
    return tags_ == before ? Result<>{} : move_tags(before);
  }

  Result<> put() {
    if (out_.skipped) return {};
    out_.added = fresh_;
    out_.remark = !fresh_ && had_->remark != c_.remark;
    if (out_.remark) out_.remark_before = had_->remark;
    const bool details = !fresh_ && (had_->description != c_.description || had_->add_way != c_.add_way || had_->state != c_.state || had_->phones != phones_ || had_->face != face_);
    if (!fresh_ && !out_.remark && !out_.tags && !details) return {};
    const auto origin = had_ && had_->face != 0 ? had_->origin : out_.person;
    const auto write = [&](auto&& as) {
      return as(w_.corp, c_.userid, c_.external_userid, w_.keeper.staff, out_.person, origin, c_.remark, c_.description, joined(tags_), c_.add_way, c_.state, c_.oper,
                face_, phones_, c_.created, w_.tx.now());
    };
    if (newborn_) return write([&](const auto&... values) { return w_.tx.append(kPutFirst, values...); });
    TRY(write([&](const auto&... values) { return w_.tx.exec(kPut, values...); }));
    return fresh_ && c_.add_way == kAssignedByAdmin ? hand_over() : Result<>{};
  }

  Applied&& take() { return std::move(out_); }

 private:
  Result<> skip() {
    out_.skipped = true;
    return {};
  }
  std::string source() const { return "wecom:" + std::string(w_.corp); }

  /// Our tag of theirs, if we have one.
  Result<std::optional<MappedTag>> mapped(const std::string& id) {
    if (const auto known = w_.tags.find(id); known != w_.tags.end()) return known->second;
    TRY(auto ours, w_.tx.maybe<MappedTag>(kMapped, w_.corp, id));
    return w_.tags.emplace(id, std::move(ours)).first->second;
  }

  /// Those that are one of ours; others (staff's own, of rules, made this minute) are looked at again when they are.
  Result<std::vector<std::string>> mapped_tags() {
    std::vector<std::string> out;
    for (const auto& id : c_.tags) {
      TRY(const auto ours, mapped(id));
      if (ours) out.push_back(id);
    }
    return out;
  }

  Result<std::string> names(const std::vector<std::string>& ids) {
    std::vector<std::string> out;
    for (const auto& id : ids) {
      TRY(auto ours, mapped(id));
      out.push_back(ours ? std::move(ours->name) : id);
    }
    return joined(out);
  }

  Result<> move_tags(const std::vector<std::string>& before) {
    out_.tags = true;
    if (had_) {
      TRY(out_.tags_before, names(before));
      TRY(out_.tags_now, names(tags_));
    }
    for (const auto& id : tags_) {
      if (std::ranges::find(before, id) != before.end()) continue;
      TRY(const auto ours, mapped(id));
      TRY(people::give_tag(w_.tx, {.root = out_.person, .tag = ours->tag, .source = "manual", .by_whom = "wecom " + c_.userid, .why = {}, .expires_at = {}}));
    }
    std::vector<std::string> elsewhere;
    for (const auto& id : before) {
      if (std::ranges::find(tags_, id) != tags_.end()) continue;
      if (elsewhere.empty()) {
        TRY(elsewhere, w_.tx.all<std::string>(kOtherTags, out_.person, w_.corp, c_.userid, c_.external_userid));
      }
      const bool held = std::ranges::any_of(elsewhere, [&](const std::string& tags) { return holds(parted(tags), id); });
      TRY(const auto ours, mapped(id));
      if (ours && !held) TRY(people::take_tag(w_.tx, out_.person, ours->tag, {}, "wecom " + c_.userid));
    }
    return {};
  }

  /// An admin gave the customer to somebody else, and who had them has them no more.
  Result<> hand_over() {
    TRY(const auto owner, w_.tx.maybe<std::optional<std::int64_t>>(kOwnerOf, out_.person));
    if (!owner || !*owner || **owner == w_.keeper.staff.v) return {};
    TRY(const auto friends, w_.tx.all<FriendRow>(kFriends, out_.person));
    if (holds(friends, StaffId{**owner}, &FriendRow::staff)) return {};
    TRY(const bool ours, team::handover_seen(w_.tx, out_.person, StaffId{**owner}, w_.keeper.staff));
    if (ours) return {};
    out_.owner = true;
    out_.owner_before = to_text(StaffId{**owner});
    out_.owner_now = to_text(w_.keeper.staff);
    return people::assign_owner(w_.tx, out_.person, w_.keeper.staff, w_.keeper.unit_path);
  }

  Work& w_;
  const Contact& c_;
  const std::int64_t face_, phones_;
  std::optional<ContactRow> had_;
  bool fresh_ = false, newborn_ = false;  // newborn: this made the person
  std::vector<std::string> tags_;         // ours, of what the platform shows
  Applied out_;
};

Result<std::string> path_of(Tx& tx, StaffId staff) {
  TRY(const auto found, team::find_staff(tx, Scope::everything("whose customers"), staff));
  return found.unit_path;
}

}  // namespace

Result<Contact> read_contact(const json::object& customer, const json::object& follow) {
  Contact c;
  c.external_userid = text_in(customer, "external_userid");
  c.userid = text_in(follow, "userid");
  if (c.external_userid.empty() || c.userid.empty()) return fail(Errc::malformed, "connect.wecom_reply", "a friendship without ids");
  c.name = text_in(customer, "name");
  c.unionid = text_in(customer, "unionid");
  c.type = static_cast<int>(number_in(customer, "type", 1));
  c.gender = static_cast<int>(number_in(customer, "gender"));
  c.remark = text_in(follow, "remark");
  c.description = text_in(follow, "description");
  c.state = text_in(follow, "state");
  c.oper = text_in(follow, "oper_userid");
  c.add_way = static_cast<int>(number_in(follow, "add_way"));
  c.created = time_in(follow, "createtime");
  c.tags = texts_in(follow, "tag_id");
  for (const auto& tag : array_in(follow, "tags"))
    if (tag.is_object())
      if (auto id = text_in(tag.get_object(), "tag_id"); !id.empty()) c.tags.push_back(std::move(id));
  std::ranges::sort(c.tags);
  c.tags.erase(std::ranges::unique(c.tags).begin(), c.tags.end());
  c.mobiles = texts_in(follow, "remark_mobiles");
  std::erase(c.mobiles, "");
  return c;
}

Result<std::vector<Applied>> apply_contacts(Tx& tx, std::string_view corp, const Keeper& keeper, std::span<const Contact> contacts, Instant asked_at) {
  Work work{tx, corp, keeper, asked_at};
  std::vector<Applying> all;
  all.reserve(contacts.size());
  for (const auto& c : contacts) all.emplace_back(work, c);
  const auto each = [&](Result<> (Applying::*step)()) -> Result<> {
    for (auto& one : all) TRY((one.*step)());
    return {};
  };
  TRY(each(&Applying::look));
  bool merged = false;
  for (auto& one : all) {
    TRY(const bool two, one.know());
    merged = merged || two;
  }
  if (merged) TRY(each(&Applying::look_again));
  for (const auto step : {&Applying::dress, &Applying::relate, &Applying::retag, &Applying::put}) TRY(each(step));
  std::vector<Applied> out;
  for (auto& one : all) out.push_back(one.take());
  return out;
}

Result<Applied> apply_contact(Tx& tx, std::string_view corp, const Keeper& keeper, const Contact& contact, Instant asked_at) {
  TRY(auto one, apply_contacts(tx, corp, keeper, {&contact, 1}, asked_at));
  return std::move(one.front());
}

Result<Gone> contact_gone(Tx& tx, std::string_view corp, std::string_view userid, std::string_view external_userid, Instant asked_at, bool by_customer,
                          std::string_view reason) {
  Gone out;
  TRY(const auto row, tx.maybe<ContactRow>(kFind, corp, userid, external_userid));
  if (!row || row->deleted_at || row->changed_at > asked_at) return out;
  TRY(const auto staff, tx.one<StaffId>(kStaffOf, corp, userid, external_userid));
  TRY(tx.exec(kEnd, corp, userid, external_userid, tx.now()));
  out.person = row->person;
  TRY(const auto erased, tx.one<std::int64_t>(kErased, row->person));
  if (erased != 0) return out;
  TRY(const auto edge, tx.maybe<EdgeRow>(kEdge, row->person, staff));
  if (edge && edge->state == "active")
    TRY(entry::depart(tx, {.person = row->person, .staff = staff, .by_customer = by_customer, .reason = std::string(reason), .at = std::max(asked_at, edge->at)}));
  // While a handover is under way its end says whose customer it is.
  TRY(const bool under_way, team::handover_under_way(tx, row->person, staff));
  if (under_way) {
    if (reason == "DELETE_BY_TRANSFER") TRY(team::handover_seen(tx, row->person, staff));
    return out;
  }
  TRY(const auto owner, tx.maybe<std::optional<std::int64_t>>(kOwnerOf, row->person));
  if (!owner || !*owner || **owner != staff.v) return out;
  TRY(const auto friends, tx.all<FriendRow>(kFriends, row->person));
  const auto next = std::ranges::find_if(friends, [&](const FriendRow& f) { return f.staff != staff; });
  if (next == friends.end() || holds(friends, staff, &FriendRow::staff)) return out;  // nobody else, or a friend under another name
  TRY(const auto path, path_of(tx, next->staff));
  TRY(people::assign_owner(tx, row->person, next->staff, path));
  out.owner = true;
  out.owner_before = to_text(staff);
  out.owner_now = to_text(next->staff);
  return out;
}

Result<std::vector<std::string>> known_contacts(Tx& tx, std::string_view corp, std::string_view userid, Instant before, std::string_view after, int limit) {
  return tx.all<std::string>(kKnown, corp, userid, after, before, limit);
}

Result<std::vector<Ownerless>> ownerless(Tx& tx, PersonId after, int limit) { return tx.all<Ownerless>(kOwnerless, after.v, limit); }

Result<> own(Tx& tx, std::span<const Ownerless> people) {
  for (const auto& one : people) {
    TRY(const auto root, people::root_of(tx, one.person));
    TRY(const auto owner, tx.maybe<std::optional<std::int64_t>>(kOwnerOf, root));
    if (owner && *owner) continue;  // somebody was quicker
    TRY(const auto path, path_of(tx, one.staff));
    TRY(people::assign_owner(tx, root, one.staff, path));
  }
  return {};
}

}  // namespace koi::connect::wecom
