#include "app/command.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>

#include "http/http.h"

namespace koi::app {

namespace {
constexpr Command kCommands[] = {
    {"import", run_import, "导入客户、订单或事件文件", "import a file of customers, orders or events"},
    {"query", run_query, "查询三角、RFM、留存、趋势", "ask for the triangle, rfm, cohorts or a trend"},
    {"segment", run_segment, "查看、检查、导入导出人群", "look at, check, export and import segments"},
    {"user", run_user, "管理控制台账号", "manage console accounts"},
    {"key", run_key, "管理接口密钥与写入密钥", "manage API keys and write keys"},
    {"sample", run_sample, "写入一个示例商家", "write a sample merchant"},
    {"verify", run_verify, "核对账本、审计链与日志", "check ledger, audit chain and log"},
    {"backup", run_backup, "在线备份数据目录", "copy the data folder while it works"},
    {"doctor", run_doctor, "体检: 目录、版本、时钟、磁盘", "check folder, schema, clock and disk"},
};

std::int64_t steady_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}
constexpr std::int64_t kQuietMs = 2000, kBarMs = 200, kLineMs = 10'000;
constexpr int kBarWidth = 28;
}  // namespace

std::span<const Command> commands() { return kCommands; }

int exit_of(const Error& error) {
  switch (error.kind) {
    case Errc::not_found: return kNotFound;
    case Errc::forbidden:
    case Errc::unauthenticated: return kPermission;
    case Errc::conflict:
    case Errc::precondition:
    case Errc::exhausted: return kConflict;
    case Errc::invalid:
    case Errc::malformed:
    case Errc::too_large:
    case Errc::unsupported: return kInvalid;
    case Errc::unavailable:
    case Errc::throttled: return kUnavailable;
    case Errc::internal: return kFailed;
  }
  return kFailed;
}

std::string Io::path(const std::string& file) const {
  return std::filesystem::path(file).is_absolute() || folder.empty() ? file : folder + "/" + file;
}

int Io::fail(const Error& error, bool json) const {
  if (json) {
    line(http::problem(error, "", language(), "").body);
  } else {
    // The catalogue's title, then what is particular about this case.
    say(fmt::format("koipond: {} [{}]{}{}{}", http::problem_title(error, language()), error.code,
                    error.pointer.empty() ? "" : " " + error.pointer, error.detail.empty() ? "" : ": ", detail_in(error, language())));
  }
  return exit_of(error);
}

Progress::Progress(const Io& io, std::string label, std::int64_t total)
    : io_(io), label_(std::move(label)), total_(total), start_ms_(steady_ms()), shown_ms_(start_ms_) {}

void Progress::at(std::int64_t done) {
  const auto now = steady_ms();
  if (now - start_ms_ < kQuietMs || now - shown_ms_ < (io_.terminal ? kBarMs : kLineMs)) return;
  shown_ms_ = now;
  const double share = total_ > 0 ? std::min(1.0, static_cast<double>(done) / static_cast<double>(total_)) : 0;
  const double seconds = static_cast<double>(now - start_ms_) / 1000;
  const auto rate = static_cast<std::int64_t>(static_cast<double>(done) / seconds);
  const auto left = share > 0 ? static_cast<std::int64_t>(seconds / share - seconds) : 0;
  if (!io_.terminal) {
    io_.say(fmt::format("{} {:.0f}% {} / {} ({}/s)", label_, share * 100, done, total_, rate));
    return;
  }
  const int filled = static_cast<int>(share * kBarWidth);
  std::string bar;
  for (int i = 0; i < kBarWidth; ++i) bar += i < filled ? "█" : "░";
  io_.err(fmt::format("\r{} {} {:3.0f}% {}/s {}s ", label_, bar, share * 100, rate, left));
  drawn_ = true;
}

void Progress::finish() {
  if (drawn_) io_.err("\r\033[K");
}

}  // namespace koi::app
