#include "simulate/world.h"

#include <fmt/format.h>

#include "base/text.h"
#include "simulate/lively.h"

namespace koi::simulate {

namespace {
constexpr std::size_t kHeardMax = 20'000;
constexpr auto kLongest = std::chrono::milliseconds(500);

std::string cdata(std::string_view text) {
  std::string out = "<![CDATA[";
  for (std::size_t at = 0;;) {
    const auto end = text.find("]]>", at);
    out += text.substr(at, end - at);
    if (end == text.npos) break;
    out += "]]]]><![CDATA[>";  // the one thing CDATA cannot hold
    at = end + 3;
  }
  return out + "]]>";
}
}  // namespace

std::string xml_of(const Event& e, std::string_view corp, Seconds at) {
  std::string out = fmt::format("<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName><CreateTime>{}</CreateTime>"
                                "<MsgType>{}</MsgType>",
                                cdata(corp), cdata(e.from), at, cdata(e.type));
  if (!e.event.empty()) out += fmt::format("<Event>{}</Event>", cdata(e.event));
  if (!e.change.empty()) out += fmt::format("<ChangeType>{}</ChangeType>", cdata(e.change));
  for (const auto& f : e.fields) out += fmt::format("<{0}>{1}</{0}>", f.name, f.raw ? f.value : cdata(f.value));
  return out + "</xml>";
}

World::World(const Options& o)
    : options(o),
      clock(o.start_ms > 0 ? from_ms(o.start_ms) : system_clock().now(), o.speed),
      rng(o.seed ^ 0x5151'5151'5151'5151ULL),
      corp(make_corp({o.seed, o.corp_id, o.staff, o.customers, o.groups, o.name, o.guides, o.chats}, to_ms(clock.now()) / 1000)),
      gate(o, rng),
      lively(o.lively),
      callbacks({o.callback, o.token, o.aes_key, corp.id}, o.seed ^ 0xcbcbULL) {
  sms_secret = "whsec_" + base64(Rng(o.seed ^ 0x5135ULL).bytes(32));
  if (o.luck != 0) rng = Rng(o.luck);
  books.quota.expires = now() + 365 * 86'400;
  if (o.past) remember_days(*this);
  start_life(*this);
  thread_ = std::thread([this] {
    name_thread("sim-time");
    run();
  });
}

World::~World() { stop(); }

void World::stop() {
  {
    const std::scoped_lock lock(mutex);
    if (stop_) return;
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void World::emit(Event event, Callbacks::Done done) {
  const auto at = now();
  callbacks.post(xml_of(event, corp.id, at), event.agent, at, std::move(done));
  told.push_back({++told_seq, at, std::move(event)});
  if (told.size() > kHeardMax) told.pop_front();
}

void World::after(Seconds wait, std::function<void()> what) {
  timers.at(clock.now() + std::chrono::seconds(wait), std::move(what));
  wake_.notify_all();
}

void World::after_real(std::int64_t ms, std::function<void()> what) {
  real_.emplace(std::chrono::steady_clock::now() + std::chrono::milliseconds(ms), std::move(what));
  wake_.notify_all();
}

void World::advance(Millis by) {
  const auto target = clock.now() + by;
  while (auto due = timers.take(target)) {
    clock.move_to(due->first);
    due->second();
  }
  clock.move_to(target);
}

void World::run() {
  std::unique_lock lock(mutex);
  while (!stop_) {
    while (auto due = timers.take(clock.now())) due->second();
    const auto real_now = std::chrono::steady_clock::now();
    while (!real_.empty() && real_.begin()->first <= real_now) {
      auto what = std::move(real_.extract(real_.begin()).mapped());
      lock.unlock();
      what();
      lock.lock();
    }
    auto until = real_now + kLongest;
    if (!real_.empty()) until = std::min(until, real_.begin()->first);
    const double speed = clock.speed();
    if (const auto next = timers.next(); next && speed > 0) {
      const auto ms = static_cast<double>((*next - clock.now()).count()) / speed;
      until = std::min(until, real_now + std::chrono::milliseconds(static_cast<std::int64_t>(std::clamp(ms + 1, 0.0, 500.0))));
    }
    wake_.wait_until(lock, until);
  }
  real_.clear();  // answers held back: their callers hear that the server goes
}

}  // namespace koi::simulate
