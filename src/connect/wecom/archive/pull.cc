#include "connect/wecom/archive/pull.h"

#include <map>
#include <set>

#include "connect/crypto/archive.h"
#include "connect/seal_key.h"
#include "connect/wecom/archive/agree.h"
#include "connect/wecom/archive/messages.h"
#include "connect/wecom/archive/setting.h"
#include "connect/wecom/fields.h"
#include "connect/wecom/platform.h"
#include "connect/wecom/sync.h"
#include "store/rows.h"

namespace koi::connect::wecom {

namespace {

constexpr std::string_view kMove = "UPDATE connect_archive SET seq = $3 WHERE corp_id = $1 AND seq = $2";
constexpr int kTries = 3, kUnlockBatch = 200;
constexpr std::size_t kAskMax = 100;  // people of one check_single_agree
constexpr std::string_view kRoom = "room:";

struct Opened { Locked item; std::optional<Spoken> spoken; };

class Pull {
 public:
  Pull(Db& db, Finance& finance, Platform& platform, const std::string& corp, const PullOptions& options)
      : db_(db), finance_(finance), platform_(platform), corp_(corp), options_(options) {}

  Result<Pulled> run() {
    TRY(seal_, seal_key(db_));
    TRY(const auto archive, db_.read([&](Tx& tx) { return find_archive(tx, corp_, seal_); }));
    if (!archive) return fail(Errc::not_found, "connect.no_archive", corp_);
    seq_ = archive->seq;
    TRY(const auto pems, db_.read([&](Tx& tx) { return archive_private_keys(tx, corp_, seal_); }));
    for (const auto& [version, pem] : pems) {
      TRY(auto key, crypto::RsaPrivate::read(pem));
      keys_.emplace(version, std::move(key));
    }
    TRY(unlock());
    for (int i = 0; i < options_.calls; ++i) {
      if (options_.go_on && !options_.go_on()) break;
      TRY(out_.more, page());
      if (!out_.more) break;
    }
    return out_;
  }

 private:
  Result<std::string> fetch() {
    for (int i = 1;; ++i) {
      auto text = finance_.chat_data(static_cast<std::uint64_t>(seq_), options_.page);
      if (text || text.error().kind != Errc::unavailable || i == kTries) return text;
    }
  }

  /// Whether there is more.
  Result<bool> page() {
    TRY(const auto text, fetch());
    boost::system::error_code ec;
    const auto parsed = json::parse(text, ec);
    if (ec || !parsed.is_object()) return fail(Errc::malformed, "connect.archive_reply");
    const auto& reply = parsed.get_object();
    if (const auto code = number_in(reply, "errcode"); code != 0) return fail(Errc::invalid, "connect.archive_refused", std::to_string(code) + " " + text_in(reply, "errmsg"));
    std::vector<Opened> items;
    auto last = seq_;
    for (const auto& v : array_in(reply, "chatdata")) {
      if (!v.is_object()) return fail(Errc::malformed, "connect.archive_reply");
      const auto& o = v.get_object();
      Locked item{number_in(o, "seq"), number_in(o, "publickey_ver"), text_in(o, "msgid"), text_in(o, "encrypt_random_key"), text_in(o, "encrypt_chat_msg"), {}};
      if (item.seq <= seq_) return fail(Errc::malformed, "connect.archive_reply", "seq " + std::to_string(item.seq));
      last = std::max(last, item.seq);
      items.push_back(open(std::move(item)));
    }
    if (items.empty()) return false;
    TRY(ask_about(items));
    TRY(db_.write([&](Tx& tx) -> Result<> {
      TRY(const auto moved, tx.exec(kMove, corp_, seq_, last));
      if (moved == 0) return fail(Errc::conflict, "connect.archive_moved", corp_);
      for (const auto& item : items) {
        if (item.spoken) { TRY(take_spoken(tx, corp_, *item.spoken)); }
        else { TRY(keep_locked(tx, corp_, item.item, seal_)); }
      }
      return {};
    }, shard_of_corp(corp_)));
    seq_ = last;
    ++out_.pages;
    out_.items += static_cast<int>(items.size());
    for (const auto& item : items) out_.locked += item.spoken ? 0 : 1;
    return items.size() >= options_.page;
  }

  Opened open(Locked item) {
    Opened out{std::move(item), {}};
    const auto spoken = spoken_of(out.item);
    if (spoken) out.spoken = *spoken;
    else out.item.why = spoken.error().code;
    return out;
  }
  Result<Spoken> spoken_of(const Locked& item) {
    const auto key = keys_.find(item.version);
    if (key == keys_.end()) return fail(Errc::not_found, "connect.archive_no_key", std::to_string(item.version));
    TRY(const auto text_key, crypto::open_archive_key(key->second, item.random_key));
    TRY(const auto text, finance_.open(text_key, item.message));
    return read_spoken(text);
  }

  /// Before a page is written down, whoever is in it and was never heard of is asked about.
  Result<> ask_about(const std::vector<Opened>& items) {
    std::set<std::pair<std::string, std::string>> pairs;
    std::set<std::string> rooms;
    for (const auto& item : items) {
      if (!item.spoken || item.spoken->kind == "agree" || item.spoken->kind == "disagree") continue;
      const auto pair = pair_of(*item.spoken);
      if (pair.customer.empty() || pairs.contains({pair.customer, pair.peer})) continue;
      TRY(const bool ask, db_.read([&](Tx& tx) { return to_be_asked(tx, corp_, pair.customer, pair.peer); }));
      if (!ask) continue;
      if (pair.peer.starts_with(kRoom)) rooms.insert(pair.peer.substr(kRoom.size()));
      else pairs.emplace(pair.customer, pair.peer);
    }
    for (const auto& room : rooms) {
      TRY(const auto reply, platform_.ask("msgaudit/check_room_agree", {{"roomid", room}}));
      TRY(heard(reply, std::string(kRoom) + room));
    }
    for (auto at = pairs.begin(); at != pairs.end();) {
      json::array info;
      for (; at != pairs.end() && info.size() < kAskMax; ++at) info.push_back({{"userid", at->second}, {"exteranalopenid", at->first}});
      TRY(const auto reply, platform_.ask("msgaudit/check_single_agree", {{"info", std::move(info)}}));
      TRY(heard(reply, {}));
    }
    return {};
  }
  /// Only the customer's own word is a yes: "Default_Agree" is nobody's.
  Result<> heard(const json::object& reply, const std::string& room) {
    return db_.write([&](Tx& tx) -> Result<> {
      for (const auto& v : array_in(reply, "agreeinfo")) {
        if (!v.is_object()) continue;
        const auto& o = v.get_object();
        Agreement said{corp_, text_in(o, "exteranalopenid"), room.empty() ? text_in(o, "userid") : room, text_in(o, "agree_status") == "Agree", time_in(o, "status_change_time")};
        if (said.external_userid.empty() || said.peer.empty()) continue;
        TRY(say_agreement(tx, said));
      }
      return {};
    }, shard_of_corp(corp_));
  }

  Result<> unlock() {
    for (const auto& [version, key] : keys_) {
      for (;;) {
        TRY(auto rows, db_.read([&, v = version](Tx& tx) { return locked_of(tx, corp_, v, seal_, kUnlockBatch); }));
        if (rows.empty()) break;
        std::vector<Opened> items;
        for (auto& row : rows) items.push_back(open(std::move(row)));
        TRY(ask_about(items));
        TRY(db_.write([&](Tx& tx) -> Result<> {
          for (const auto& item : items) {
            TRY(drop_locked(tx, corp_, item.item.seq));
            if (item.spoken) { TRY(take_spoken(tx, corp_, *item.spoken)); }
            else { TRY(keep_locked(tx, corp_, item.item, seal_)); }
          }
          return {};
        }, shard_of_corp(corp_)));
        for (const auto& item : items) out_.unlocked += item.spoken ? 1 : 0;
      }
    }
    return {};
  }

  Db& db_;
  Finance& finance_;
  Platform& platform_;
  const std::string corp_;
  const PullOptions& options_;
  std::string seal_;
  std::int64_t seq_ = 0;
  std::map<std::int64_t, crypto::RsaPrivate> keys_;
  Pulled out_;
};

}  // namespace

Result<Pulled> pull_archive(Db& db, Finance& finance, Platform& platform, const std::string& corp_id, const PullOptions& options) {
  return Pull(db, finance, platform, corp_id, options).run();
}

}  // namespace koi::connect::wecom
