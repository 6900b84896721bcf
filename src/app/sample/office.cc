#include "app/sample/office.h"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>

#include "connect/connect.h"
#include "team/team.h"

namespace koi::app {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kKnownAlready = 24, kCalledOtherwise = 5;
constexpr int kOwnMembers = 120;
constexpr std::uint64_t kSeed = 7;  // chances of its own: the story is the same with or without the office
constexpr std::string_view kMistakes =
    "V90001,王建国,1380013,1988-03-12,上海\n"
    "V90002,李秀英,13900000002,1990-13-45,杭州\n"
    ",张伟,,1979-06-01,南京\n"
    "V90004,陈静,手机号不详,1985-09-30,苏州\n";

/// The old shop's list: people of its own, some the chain knows by their number, and some whose phone the chain knows
/// under another number, which is for a person to decide.
std::string member_list(const Story& story) {
  Chance chance(kSeed);
  std::string out = "会员号,姓名,手机,生日,城市\n";
  const auto line = [&](const std::string& member_no, const std::string& phone) {
    out += fmt::format("{},{}{},{},{}-{:02}-{:02},{}\n", member_no, chance.one_of(setting::surnames()),
                       chance.one_of(setting::given_names()), phone, 1970 + chance.below(34), 1 + chance.below(12),
                       1 + chance.below(28), chance.one_of(setting::cities()).name);
  };
  for (int i = 1; i <= kOwnMembers; ++i) line(fmt::format("V{:05}", i), fmt::format("137{:08}", i * 31'337));
  std::size_t known = 0;
  for (const auto& c : story.cast()) {
    if (c.phone.empty() || known == kKnownAlready + kCalledOtherwise) continue;
    const bool otherwise = ++known > kKnownAlready;
    line(otherwise ? fmt::format("V{:05}", kOwnMembers + static_cast<int>(known)) : member_no_of(c), c.phone);
  }
  out += kMistakes;
  return out;
}

Result<> import_list(Db& db, const std::string& text) {
  namespace files = connect::files;
  const fs::path dir = connect::import_folder(db);
  std::error_code ignored;
  fs::create_directories(dir, ignored);
  const auto path = dir / "old-members.csv";
  if (!(std::ofstream(path, std::ios::binary) << text).flush()) return fail(Errc::unavailable, "sample.no_room", path.string());
  TRY(const auto import, files::start_import(db, {.subject = files::Subject::customers, .file = {.path = path.string()},
                                                  .file_name = "老店会员名单.csv", .source = "old-shop", .author = "sample"}));
  TRY(files::run_import(db, import, {.alone = true}));
  fs::remove(path, ignored);
  return {};
}

}  // namespace

Result<> do_office_work(Db& db, const Story& story) {
  TRY(import_list(db, member_list(story)));
  return db.write([](Tx& tx) -> Result<> {
    TRY(team::create_key(tx, {.name = "小程序埋点", .kind = "write", .scopes = {}, .source = "mini"}));
    TRY(team::create_key(tx, {.name = "BI 报表", .kind = "api", .scopes = {"person.read", "insight.read"}}));
    return {};
  });
}

}  // namespace koi::app
