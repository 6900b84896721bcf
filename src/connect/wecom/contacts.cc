#include "connect/wecom/contacts.h"

#include <algorithm>

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

/// One friendship at work.
class Applying {
 public:
  Applying(Tx& tx, std::string_view corp, const Keeper& keeper, const Contact& c, Instant asked) : tx_(tx), corp_(corp), keeper_(keeper), c_(c), asked_(asked) {}

  Result<Applied> run() {
    TRY(had_, tx_.maybe<ContactRow>(kFind, corp_, c_.userid, c_.external_userid));
    if (had_ && had_->changed_at > asked_) return skip();
    const bool back = had_ && (had_->deleted_at || had_->created_at != c_.created);
    if (had_ && had_->face == 0 && !back) return skip();  // erased: what the platform still shows is not taken up again
    const bool fresh = !had_ || back;
    const auto face = face_of(c_), phones = phones_of(c_);
    const bool looks = fresh || had_->face != face || had_->phones != phones;
    if (had_) out_.person = had_->person;
    if (looks) TRY(know());
    if (looks && (!had_ || had_->face != face)) TRY(dress());
    if (fresh) TRY(relate());
    std::vector<std::string> tags;
    TRY(tags, mapped_tags());
    const auto before = fresh || !had_ ? std::vector<std::string>() : parted(had_->tags);
    if (tags != before) TRY(retag(before, tags));
    out_.added = fresh;
    out_.remark = !fresh && had_->remark != c_.remark;
    if (out_.remark) out_.remark_before = had_->remark;
    const bool details = !fresh && (had_->description != c_.description || had_->add_way != c_.add_way || had_->state != c_.state || had_->phones != phones || had_->face != face);
    if (fresh || out_.remark || out_.tags || details) {
      const auto origin = had_ && had_->face != 0 ? had_->origin : out_.person;
      TRY(tx_.exec(kPut, corp_, c_.userid, c_.external_userid, keeper_.staff, out_.person, origin, c_.remark, c_.description, joined(tags), c_.add_way, c_.state,
                   c_.oper, face, phones, c_.created, tx_.now()));
    }
    if (fresh && c_.add_way == kAssignedByAdmin) TRY(hand_over());
    return out_;
  }

 private:
  Result<Applied> skip() {
    out_.person = had_->person;
    out_.skipped = true;
    return out_;
  }

  /// The names lead to one person; a phone that staff noted links, and proves nothing.
  Result<> know() {
    std::vector<people::Ident> idents;
    idents.push_back({"wecom_external_userid:" + std::string(corp_), c_.external_userid});
    if (!c_.unionid.empty()) idents.push_back({"wx_unionid", c_.unionid});
    for (const auto& m : c_.mobiles) idents.push_back({"phone_e164", m, false});
    TRY(const auto who, people::resolve(tx_, idents, "wecom:" + std::string(corp_)));
    out_.person = who.person;
    return {};
  }

  Result<> dress() {
    std::vector<std::pair<std::string, std::string>> values;
    if (!trim(c_.name).empty()) values.emplace_back("name", c_.name);
    if (c_.gender == 1 || c_.gender == 2) values.emplace_back("gender", c_.gender == 1 ? "male" : "female");
    if (values.empty()) return {};
    return people::set_attributes(tx_, {.person = out_.person, .values = std::move(values), .source = "wecom:" + std::string(corp_), .at = asked_});
  }

  /// A callback may have told of it already, at its own clock's time.
  Result<> relate() {
    TRY(const auto edge, tx_.maybe<EdgeRow>(kEdge, out_.person, keeper_.staff));
    if (edge && edge->state == "active" && edge->at >= c_.created - kSameFriendship) return {};
    if (!c_.state.empty()) {
      TRY(entry::arrive(tx_, {.person = out_.person, .staff = keeper_.staff, .state = c_.state, .welcome_code = {}, .add_way = c_.add_way, .at = c_.created, .nick = c_.name}));
      return {};
    }
    const auto props = R"({"state":"","add_way":")" + std::to_string(c_.add_way) + R"(","welcome_sent":false})";
    return people::relate(tx_, {.person = out_.person, .kind = "staff", .other = keeper_.staff.v, .state = "active", .channel = "wecom", .via = {}, .at = c_.created, .props = props});
  }

  /// Those that are one of ours; others (staff's own, of rules, made this minute) are looked at again when they are.
  Result<std::vector<std::string>> mapped_tags() {
    std::vector<std::string> out;
    for (const auto& id : c_.tags) {
      TRY(const auto ours, tx_.maybe<MappedTag>(kMapped, corp_, id));
      if (ours) out.push_back(id);
    }
    return out;
  }

  Result<std::string> names(const std::vector<std::string>& ids) {
    std::vector<std::string> out;
    for (const auto& id : ids) {
      TRY(auto ours, tx_.maybe<MappedTag>(kMapped, corp_, id));
      out.push_back(ours ? std::move(ours->name) : id);
    }
    return joined(out);
  }

  Result<> retag(const std::vector<std::string>& before, const std::vector<std::string>& now) {
    out_.tags = true;
    if (had_) {
      TRY(out_.tags_before, names(before));
      TRY(out_.tags_now, names(now));
    }
    for (const auto& id : now) {
      if (std::ranges::find(before, id) != before.end()) continue;
      TRY(const auto ours, tx_.maybe<MappedTag>(kMapped, corp_, id));
      TRY(people::give_tag(tx_, {.root = out_.person, .tag = ours->tag, .source = "manual", .by_whom = "wecom " + c_.userid, .why = {}, .expires_at = {}}));
    }
    std::vector<std::string> elsewhere;
    for (const auto& id : before) {
      if (std::ranges::find(now, id) != now.end()) continue;
      if (elsewhere.empty()) {
        TRY(elsewhere, tx_.all<std::string>(kOtherTags, out_.person, corp_, c_.userid, c_.external_userid));
      }
      const bool held = std::ranges::any_of(elsewhere, [&](const std::string& tags) { return holds(parted(tags), id); });
      TRY(const auto ours, tx_.maybe<MappedTag>(kMapped, corp_, id));
      if (ours && !held) TRY(people::take_tag(tx_, out_.person, ours->tag, {}, "wecom " + c_.userid));
    }
    return {};
  }

  /// An admin gave the customer to somebody else, and who had them has them no more.
  Result<> hand_over() {
    TRY(const auto owner, tx_.maybe<std::optional<std::int64_t>>(kOwnerOf, out_.person));
    if (!owner || !*owner || **owner == keeper_.staff.v) return {};
    TRY(const auto friends, tx_.all<FriendRow>(kFriends, out_.person));
    if (holds(friends, StaffId{**owner}, &FriendRow::staff)) return {};
    TRY(const bool ours, team::handover_seen(tx_, out_.person, StaffId{**owner}, keeper_.staff));
    if (ours) return {};
    out_.owner = true;
    out_.owner_before = to_text(StaffId{**owner});
    out_.owner_now = to_text(keeper_.staff);
    return people::assign_owner(tx_, out_.person, keeper_.staff, keeper_.unit_path);
  }

  Tx& tx_;
  const std::string_view corp_;
  const Keeper& keeper_;
  const Contact& c_;
  const Instant asked_;
  std::optional<ContactRow> had_;
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

Result<Applied> apply_contact(Tx& tx, std::string_view corp, const Keeper& keeper, const Contact& contact, Instant asked_at) {
  return Applying(tx, corp, keeper, contact, asked_at).run();
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
