/// What apps made through the platform API, and what it is still doing for them. Under World's mutex, as the corp is.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "simulate/corp.h"

namespace koi::simulate {

struct Way {  // 联系我
  std::string config_id, app, remark, state, unionid, conclusions;  // conclusions: JSON
  int type = 0, scene = 0, style = 1;
  bool skip_verify = true, temp = false, exclusive = false, mark_source = true;
  std::vector<std::string> users;
  std::vector<std::int64_t> parties;
  Seconds created = 0, expires_in = 7 * 86'400, chat_expires_in = 86'400;
};
struct JoinWay {  // 加入群聊
  std::string config_id, app, remark, base_name, state;
  int scene = 2;
  bool auto_create = true, mark_source = true;
  std::int64_t base_id = 0;
  std::vector<std::string> chats;
};

/// A welcome code: 20 s, one use.
struct WelcomeCode {
  StaffNo staff = 0;
  CustomerNo customer = 0;
  Instant made{};
  std::optional<Instant> used{};
  std::chrono::steady_clock::time_point born{};  // for storms
  int storm = 0;
};

/// A customer asked through a code that wants verification; the staff member has not answered.
struct FriendRequest { StaffNo staff = 0; CustomerNo customer = 0; std::string state, way, link; int add_way = 1; };

struct MassTarget {
  StaffNo staff = 0;
  std::string id;          // external_userid or chat_id
  int status = 0;          // 0 not sent 1 sent 2 no friend 3 receiving cap
  Seconds sent = 0;
};
struct MassTask {
  std::string id, app, chat_type, text, attachments, creator;  // attachments: JSON
  Seconds created = 0;
  bool cancelled = false, by_hand = false;
  std::map<StaffNo, Seconds> senders;   // 0: not confirmed yet
  std::vector<MassTarget> targets;
  std::deque<Seconds> reminders;
};

struct Moment {
  std::string id, job, app, text, attachments, creator;
  Seconds created = 0;
  bool cancelled = false, personal = false, all = true;
  std::vector<std::string> tags;
  std::map<StaffNo, Seconds> senders;   // 0: not published yet
  struct Said { std::string who; bool staff = false; Seconds at = 0; };
  std::map<StaffNo, std::vector<Said>> likes, comments;
};
struct Job {
  std::string id, kind, media;
  int status = 1, errcode = 0;          // 1 waiting 2 running 3 done (uploads: 2 done 3 failed)
  Seconds made = 0;
  std::string moment;
  std::vector<std::string> bad_users, bad_tags;
  std::vector<std::int64_t> bad_departments;
};

struct Transfer {
  CustomerNo customer = 0;
  StaffNo from = 0, to = 0;
  bool resigned = false;
  int status = 2;                       // 1 done 2 waiting 3 refused 4 taker full
  Seconds asked = 0, done = 0;
  std::string message;
};
struct Unassigned { StaffNo from = 0; CustomerNo customer = 0; Seconds left = 0; };

struct InterceptRule {
  std::string id, name, app;
  std::vector<std::string> words, users;
  std::vector<std::int64_t> semantics, departments;
  int kind = 1;
  Seconds created = 0;
};
struct Album {
  std::string id, app, description, sn, attachments;
  std::int64_t price = 0;
  Seconds created = 0;
};
struct GroupWelcome { std::string id, app, body; };

struct AcquisitionCustomer { CustomerNo customer = 0; StaffNo staff = 0; int chat_status = 0; std::string state; Seconds at = 0; };
struct AcquisitionLink {
  std::string id, app, name;
  std::vector<std::string> users, priority_users;
  std::vector<std::int64_t> departments;
  int priority = 0;
  bool skip_verify = true, mark_source = false;
  Seconds created = 0;
  std::vector<AcquisitionCustomer> customers;
  std::map<std::int64_t, int> clicks;   // day -> how many
};
struct ChatKey { std::string link, state; StaffNo staff = 0; CustomerNo customer = 0; int received = 0; Seconds until = 0; };
struct AcquisitionQuota { std::int64_t total = 1000, balance = 1000; Seconds expires = 0; };

struct Media { std::string id, type, use, name, mime, bytes; Seconds made = 0; };  // use: "" app, "1" moments, "2" albums, "url"

struct AppMessage { std::string id, app, type, body; std::vector<std::string> to; Seconds at = 0; bool recalled = false; };
struct LoginCode { std::string userid, openid, external; Seconds until = 0; bool used = false; };

/// One day of one staff member, for the statistics calls.
struct DayFigures {
  int chats = 0, messages = 0, replied = 0, negative = 0, applied = 0, added = 0;
  std::int64_t reply_seconds = 0;
  std::set<CustomerNo> talked;
};
struct GroupDay { int created = 0, joined = 0, messages = 0; std::set<std::string> alive; };

/// A text message on somebody's telephone.
struct SmsText { std::string id, to, text, purpose; Seconds at = 0; };
/// What a customer said to being archived.
struct ArchiveWord { bool agree = false; Seconds at = 0; };

struct Books {
  std::map<std::pair<std::string, std::string>, ArchiveWord> archive_words;  // external_userid and a userid or room
  std::map<std::string, Way, std::less<>> ways;
  std::map<std::string, JoinWay, std::less<>> join_ways;
  std::size_t ways_max = 500'000;       // shared by both
  std::unordered_map<std::string, WelcomeCode> welcomes;
  std::deque<std::string> welcome_order;
  std::vector<FriendRequest> requests;
  std::deque<SmsText> texts;            // newest first
  std::map<std::string, MassTask, std::less<>> mass;
  std::map<std::string, Moment, std::less<>> moments;
  std::map<std::string, Job, std::less<>> jobs;
  std::vector<Transfer> transfers;
  std::vector<Unassigned> unassigned;
  std::map<std::string, InterceptRule, std::less<>> rules;
  std::map<std::string, Album, std::less<>> albums;
  std::map<std::string, GroupWelcome, std::less<>> group_welcomes;
  std::map<std::string, AcquisitionLink, std::less<>> links;
  std::map<std::string, ChatKey, std::less<>> chat_keys;
  AcquisitionQuota quota;
  std::map<std::string, Media, std::less<>> media;
  std::size_t media_bytes = 0;
  std::map<std::string, AppMessage, std::less<>> messages;
  std::map<std::string, LoginCode, std::less<>> logins, tickets;
  std::string login_domain;             // host[:port] a sign-in may go back to; "": any
  std::map<std::string, std::string, std::less<>> pending_ids;  // of unionid / external_userid
  std::map<std::pair<StaffNo, std::int64_t>, DayFigures> days;
  std::map<std::pair<StaffNo, std::int64_t>, GroupDay> group_days;
  int mass_month_max = 0;               // receiving cap; 0: days of the month
};

}  // namespace koi::simulate
