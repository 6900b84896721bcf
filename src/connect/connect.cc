#include "connect/connect.h"

#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

#include "connect/shops/vendors.h"
#include "connect/sms/sms.h"
#include "connect/wechat/account.h"
#include "connect/wechat/callback.h"
#include "connect/wechat/fans.h"
#include "connect/wechat/login.h"
#include "connect/wechat/messages.h"
#include "connect/wechat/pay.h"
#include "connect/wecom/albums/albums.h"
#include "connect/wecom/api.h"
#include "connect/wecom/archive/desk.h"
#include "connect/wecom/callback.h"
#include "connect/wecom/figures/figures.h"
#include "connect/wecom/login/login.h"
#include "connect/wecom/mass/mass.h"
#include "connect/wecom/media/media.h"
#include "connect/wecom/moments/moments.h"
#include "connect/wecom/rules/rules.h"
#include "connect/wecom/side/api.h"
#include "connect/wecom/sync_desk.h"
#include "connect/wecom/tags.h"
#include "connect/wecom/tell/api.h"

namespace koi::connect {
namespace {

std::mutex desks_mutex;
std::map<Db*, std::unique_ptr<files::Desk>> open_desks;

}  // namespace

std::span<const http::Route> routes() {
  static const auto all = [] {
    std::vector<http::Route> out;
    for (const auto part : {files::routes(), tracking::routes(), shops::routes(), shops::vendor_routes(), wechat::account_routes(), wechat::fan_routes(), wechat::login_routes(),
                            wechat::message_routes(), wechat::pay_routes(), wechat::callback_routes(), wecom::corp_routes(), wecom::callback_routes(),
                            wecom::sync_routes(), sms::routes(), wecom::side_routes(), wecom::archive_routes(), wecom::media_routes(), wecom::mass_routes(), wecom::moment_routes(), wecom::figure_routes(), wecom::rule_routes(), wecom::album_routes(),
                            wecom::login_routes(), wecom::notice_routes()}) out.insert(out.end(), part.begin(), part.end());
    return out;
  }();
  return all;
}

std::span<const events::Consumer> consumers() {
  static constexpr events::Consumer kConsumers[] = {{"connect.marks", wecom::turn_marks}};
  return kConsumers;
}

std::string import_folder(Db& db) {
  const auto& dir = db.shared().data_dir();
  return dir.empty() ? (std::filesystem::temp_directory_path() / "koipond-imports").string() : dir + "/imports";
}

Result<> resume_imports(Db& db) {
  TRY(auto desk, files::open_desk(db, import_folder(db)));
  std::lock_guard lock(desks_mutex);
  open_desks[&db] = std::move(desk);
  return {};
}

void stop_imports(Db& db) {
  std::unique_ptr<files::Desk> desk;
  {
    std::lock_guard lock(desks_mutex);
    const auto at = open_desks.find(&db);
    if (at == open_desks.end()) return;
    desk = std::move(at->second);
    open_desks.erase(at);
  }
  desk.reset();  // waits for the batch in hand
}

}  // namespace koi::connect
