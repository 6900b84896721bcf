#include "simulate/ask.h"

#include <charconv>

#include "base/text.h"

namespace koi::simulate {

std::string text_of(const json::value& v) {
  if (const auto* s = v.if_string()) return {s->data(), s->size()};
  if (v.is_int64()) return std::to_string(v.get_int64());
  if (v.is_uint64()) return std::to_string(v.get_uint64());
  return {};
}

std::string text(const json::object& from, std::string_view key) {
  const auto* v = from.if_contains(key);
  return v ? text_of(*v) : std::string();
}

namespace {
std::optional<std::int64_t> whole(const json::value& v) {
  if (v.is_int64()) return v.get_int64();
  if (v.is_uint64()) return static_cast<std::int64_t>(v.get_uint64());
  if (v.is_double()) return static_cast<std::int64_t>(v.get_double());
  if (v.is_bool()) return v.get_bool() ? 1 : 0;
  if (const auto* s = v.if_string()) return parse_int({s->data(), s->size()});
  return {};
}
}  // namespace

std::int64_t number(const json::object& from, std::string_view key, std::int64_t otherwise) {
  const auto* v = from.if_contains(key);
  return v ? whole(*v).value_or(otherwise) : otherwise;
}

bool flag(const json::object& from, std::string_view key, bool otherwise) { return number(from, key, otherwise ? 1 : 0) != 0; }

std::vector<std::string> texts(const json::object& from, std::string_view key) {
  std::vector<std::string> out;
  for (const auto& v : array(from, key)) out.push_back(text_of(v));
  return out;
}

std::vector<std::int64_t> numbers(const json::object& from, std::string_view key) {
  std::vector<std::int64_t> out;
  for (const auto& v : array(from, key))
    if (const auto n = whole(v)) out.push_back(*n);
  return out;
}

const json::object& object(const json::object& from, std::string_view key) {
  static const json::object kNone;
  const auto* v = from.if_contains(key);
  return v && v->is_object() ? v->get_object() : kNone;
}

const json::array& array(const json::object& from, std::string_view key) {
  static const json::array kNone;
  const auto* v = from.if_contains(key);
  return v && v->is_array() ? v->get_array() : kNone;
}

json::array list_of(const std::vector<std::string>& values) { return json::array(values.begin(), values.end()); }
json::array list_of(const std::vector<std::int64_t>& values) { return json::array(values.begin(), values.end()); }

std::string cursor_of(std::uint64_t from) { return base64url("at" + std::to_string(from)); }

std::optional<std::uint64_t> read_cursor(std::string_view cursor) {
  const auto plain = unbase64(cursor);
  if (!plain || !plain->starts_with("at")) return {};
  const auto n = parse_int(std::string_view(*plain).substr(2));
  return n && *n >= 0 ? std::optional(static_cast<std::uint64_t>(*n)) : std::nullopt;
}

std::expected<PageAsked, Refusal> page_of(const Ask& ask, std::int64_t usual, std::int64_t max) {
  auto limit = ask.number("limit", usual);
  if (limit == 0) limit = usual;
  if (limit < 1 || limit > max) return refuse(40058, "limit");
  const auto cursor = ask.text("cursor");
  if (cursor.empty()) return PageAsked{static_cast<std::size_t>(limit), 0};
  const auto from = read_cursor(cursor);
  if (!from) return refuse(40058, "cursor");
  return PageAsked{static_cast<std::size_t>(limit), *from};
}

void put_text(std::string& out, std::string_view value) {
  for (const char c : value)
    if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') {
      out += json::serialize(json::string_view(value));
      return;
    }
  out += '"';
  out += value;
  out += '"';
}

std::expected<StaffNo, Refusal> staff_in(const Ask& ask, const std::string& userid) {
  if (userid.empty()) return refuse(40063, "userid");
  const auto no = ask.corp().staff_no(userid);
  if (no == kNobody) return refuse(40003, userid);
  return no;
}

std::expected<Relation*, Refusal> relation_in(const Ask& ask, const std::string& userid, const std::string& external) {
  const auto staff = staff_in(ask, userid);
  if (!staff) return std::unexpected(staff.error());
  if (external.empty()) return refuse(41035);
  const auto customer = ask.corp().customer_no(external);
  if (customer == kNobody) return refuse(40096, external);
  auto* relation = ask.corp().relation(*staff, customer);
  if (!relation) return refuse(84061);
  return relation;
}

bool media_lives(const Ask& ask, const std::string& id, std::string_view use) {
  const auto at = ask.books().media.find(id);
  return at != ask.books().media.end() && at->second.use == use && ask.now < at->second.made + 3 * 86'400;
}

namespace {
/// media_id must live; pic_url may stand in for a picture.
std::expected<void, Refusal> check_media(const Ask& ask, const json::object& part, std::string_view key, bool url_may) {
  const auto id = text(part, key);
  if (id.empty() && url_may && !text(part, "pic_url").empty()) return {};
  if (id.empty()) return refuse(40063, std::string(key));
  if (!media_lives(ask, id)) return refuse(40007, id);
  return {};
}

std::expected<void, Refusal> check_attachment(const Ask& ask, std::string_view kind, const json::object& part) {
  if (kind == "image") return check_media(ask, part, "media_id", true);
  if (kind == "video" || kind == "file") return check_media(ask, part, "media_id", false);
  const auto title = text(part, "title");
  if (kind == "link") {
    const auto url = text(part, "url");
    if (title.empty() || url.empty()) return refuse(40063, "link");
    if (title.size() > 128 || text(part, "desc").size() > 512 || url.size() > 2048 || text(part, "picurl").size() > 2048) return refuse(40058, "link");
    return {};
  }
  if (title.empty() || text(part, "appid").empty() || text(part, "page").empty()) return refuse(40063, "miniprogram");
  if (title.size() > 64) return refuse(40058, "title");
  return check_media(ask, part, "pic_media_id", false);
}
}  // namespace

std::expected<void, Refusal> check_attachments(const Ask& ask, const json::array& list, std::size_t max) {
  if (list.size() > max) return refuse(41064);
  for (const auto& entry : list) {
    if (!entry.is_object()) return refuse(40058, "attachments");
    const auto kind = text(entry.get_object(), "msgtype");
    constexpr std::string_view kKinds[] = {"image", "link", "miniprogram", "video", "file"};
    if (std::ranges::find(kKinds, kind) == std::end(kKinds)) return refuse(41065, kind);
    if (auto ok = check_attachment(ask, kind, object(entry.get_object(), kind)); !ok) return ok;
  }
  return {};
}

std::string_view words_of(int errcode) {
  struct Words { int code; std::string_view words; };
  static constexpr Words kWords[] = {
      {-1, "system busy"}, {0, "ok"}, {6000, "data version conflict"}, {40001, "invalid credential"}, {40003, "invalid userid"},
      {40004, "invalid media type"}, {40007, "invalid media_id"}, {40008, "invalid message type"}, {40009, "invalid media size"}, {40013, "invalid corpid"}, {40014, "invalid access_token"},
      {40029, "invalid oauth_code"}, {40032, "invalid userid list size"}, {40035, "invalid parameter"}, {40050, "chatid does not exist"}, {40056, "invalid agentid"}, {40058, "invalid parameter"},
      {40063, "some parameters are empty"}, {40066, "invalid url"}, {40068, "invalid tagid"}, {40071, "duplicate tag name"},
      {40072, "invalid tag name length"}, {40091, "invalid secret"}, {40096, "invalid external userid"}, {40097, "the handover user is not resigned"},
      {40098, "the user is not real-name verified"}, {40099, "customers of the user over limit"}, {40100, "the customer is being transferred"},
      {40126, "corp tags over limit"}, {40128, "transferred more than twice in 90 days"}, {40129, "transfer in progress"}, {40130, "handover and takeover are the same"},
      {40131, "not a follower of the customer"}, {41001, "access_token missing"}, {41004, "corpsecret missing"},
      {41035, "external_userid missing"}, {41037, "type missing"}, {41038, "scene missing"}, {41039, "invalid type"}, {41040, "invalid scene"},
      {41041, "too many users"}, {41042, "invalid style"}, {41043, "config_id missing"}, {41044, "invalid config_id"}, {41045, "contact way over limit"},
      {41046, "msgid missing"}, {41047, "invalid msgid"}, {41048, "no customer to send"}, {41050, "invalid welcome_code"}, {41051, "the customer and the user have chatted"},
      {41052, "invalid time"}, {41054, "the user is not activated"}, {41056, "invalid external userid type"}, {41067, "invalid moment type"}, {45002, "message too long"}, {41055, "group welcome template over limit"}, {41058, "template is not yours"},
      {41059, "moment_id missing"}, {41060, "invalid moment_id"}, {41061, "not published by this user"}, {41062, "not published yet"},
      {41063, "too early"}, {41064, "too many attachments"}, {41065, "invalid attachment type"}, {41068, "word list too large"}, {41069, "too many rules"}, {41070, "invalid rule_id"},
      {41076, "range too large"}, {41077, "duplicate rule name"}, {41083, "invalid word"}, {41084, "invalid semantics"}, {41078, "too many running jobs"}, {41089, "empty content"},
      {41091, "too many groups"}, {41093, "the task is cancelled"}, {41094, "reminders over limit"}, {41095, "too many links"}, {41096, "a welcome message is being sent"},
      {42001, "access_token expired"}, {42003, "oauth_code expired"}, {42022, "oauth_code used"}, {43001, "require GET method"}, {43002, "require POST method"},
      {44001, "empty media data"}, {44004, "empty content"}, {45001, "media size out of limit"}, {45009, "api freq out of limit"}, {45033, "concurrent calls out of limit"},
      {46004, "user no exist"}, {47001, "data format error"}, {48002, "api forbidden"}, {60011, "no privilege"}, {60111, "userid not found"}, {60123, "invalid department"},
      {60003, "department not found"}, {81013, "user & party & tag all invalid"}, {81017, "too many items"}, {84014, "user_ticket expired"}, {84061, "not external contact"},
      {84074, "no permission on the customer"}, {90500, "the owner has not left"}, {90501, "chatid is not a customer group"}, {90502, "the owner has left"}, {90504, "owner unchanged"},
      {90507, "being inherited"}, {90508, "already inherited"}, {301002, "no permission on this object"}, {301021, "parameter or name conflict"}};
  const auto* at = std::ranges::find(kWords, errcode, &Words::code);
  return at == std::end(kWords) ? "refused" : at->words;
}

}  // namespace koi::simulate
