#include "simulate/callbacks.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include "simulate/seal.h"

namespace koi::simulate {

namespace {
constexpr std::size_t kInFlight = 96, kPageMax = 256 << 10;
constexpr std::string_view kPhone =
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 Chrome/126.0 Mobile Safari/537.36 MicroMessenger/8.0.50";

std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* to) {
  auto& body = *static_cast<std::string*>(to);
  if (body.size() < kPageMax) body.append(bytes, size * count);
  return size * count;
}

std::string escaped(std::string_view text) {
  const std::unique_ptr<char, decltype(&curl_free)> out(curl_easy_escape(nullptr, text.data(), static_cast<int>(text.size())), curl_free);
  return out ? std::string(out.get()) : std::string();
}
}  // namespace

/// One request at work, through all its tries.
struct Callbacks::Parcel {
  std::string url, body, answer, agent, xml;
  std::int64_t stamp = 0;
  int tries = 0;
  bool callback = false;
  Steady sent{}, tried{};
  Done done;
  std::function<void(Fetched)> fetched;
};

/// The thread's curl handles; finished ones are used again, with their connections.
struct Callbacks::Wire {
  explicit Wire(CURLM* m) : multi(m) {}
  ~Wire() {
    for (auto& [easy, parcel] : busy) {
      curl_multi_remove_handle(multi, easy);
      curl_easy_cleanup(easy);
    }
    for (auto* easy : spare) curl_easy_cleanup(easy);
    curl_slist_free_all(xml_type);
  }
  CURLM* multi;
  std::vector<CURL*> spare;
  std::map<CURL*, std::shared_ptr<Parcel>> busy;
  curl_slist* xml_type = curl_slist_append(curl_slist_append(nullptr, "Content-Type: text/xml"), "Expect:");
};

Callbacks::Callbacks(CallbackAddress address, std::uint64_t seed) : rng_(seed) {
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)ready;
  multi_ = curl_multi_init();
  curl_multi_setopt(static_cast<CURLM*>(multi_), CURLMOPT_MAXCONNECTS, static_cast<long>(kInFlight));
  set_address(std::move(address));
  thread_ = std::thread([this] {
    name_thread("sim-callbacks");
    run();
  });
}

Callbacks::~Callbacks() {
  stop_ = true;
  curl_multi_wakeup(static_cast<CURLM*>(multi_));
  thread_.join();
  curl_multi_cleanup(static_cast<CURLM*>(multi_));
}

CallbackAddress Callbacks::address() {
  const std::scoped_lock lock(mutex_);
  return address_;
}

bool Callbacks::set_address(CallbackAddress address) {
  const auto key = aes_key_of(address.aes_key);
  if (!key) return false;
  const std::scoped_lock lock(mutex_);
  address_ = std::move(address);
  key_ = *key;
  return true;
}

Trouble Callbacks::trouble() {
  const std::scoped_lock lock(mutex_);
  return trouble_;
}

void Callbacks::set_trouble(const Trouble& trouble) {
  const std::scoped_lock lock(mutex_);
  trouble_ = trouble;
}

DeliveryFigures Callbacks::figures() {
  const std::scoped_lock lock(mutex_);
  return figures_;
}

std::vector<Delivery> Callbacks::deliveries() {
  const std::scoped_lock lock(mutex_);
  return {noted_.rbegin(), noted_.rend()};
}

namespace {

std::string field_of(std::string_view xml, std::string_view name) {
  const auto open = fmt::format("<{}><![CDATA[", name);
  const auto at = xml.find(open);
  if (at == xml.npos) return {};
  const auto from = at + open.size();
  return std::string(xml.substr(from, xml.find("]]>", from) - from));
}

}  // namespace

/// Holds mutex_.
void Callbacks::note(const Parcel& parcel, const Fetched& got, bool over, Steady now) {
  constexpr std::size_t kNoted = 200, kAnswerMax = 80;
  const auto ms = [](auto span) { return std::chrono::duration_cast<std::chrono::milliseconds>(span).count(); };
  auto event = field_of(parcel.xml, "Event");
  if (event.empty()) event = field_of(parcel.xml, "MsgType");
  noted_.push_back({++noted_seq_, to_ms(system_clock().now()), ms(now - parcel.tried), std::move(event),
                    field_of(parcel.xml, "ChangeType"), parcel.answer.substr(0, kAnswerMax), got.error, got.status, parcel.tries, over});
  if (noted_.size() > kNoted) noted_.pop_front();
}

bool Callbacks::idle(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return quiet_.wait_for(lock, patience, [&] { return waiting_.empty() && in_flight_ == 0; });
}

void Callbacks::queue(std::shared_ptr<Parcel> parcel, Steady due) {
  waiting_.emplace(due, std::move(parcel));
  curl_multi_wakeup(static_cast<CURLM*>(multi_));
}

void Callbacks::post(std::string xml, std::string agent, std::int64_t stamp, Done done) {
  const std::scoped_lock lock(mutex_);
  if (address_.url.empty()) return;
  ++figures_.made;
  const auto chance = [&] { return static_cast<double>(rng_.below(1'000'000)) / 1e6; };
  if (trouble_.lost > 0 && chance() < trouble_.lost) {
    ++figures_.lost;
    return;
  }
  auto late = trouble_.delay_min_ms;
  if (const auto span = trouble_.delay_max_ms - trouble_.delay_min_ms; span > 0)
    late += static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(span)));
  if (trouble_.shuffled > 0 && chance() < trouble_.shuffled)
    late += static_cast<std::int64_t>(rng_.below(static_cast<std::uint64_t>(std::max<std::int64_t>(trouble_.shuffle_ms, 1))));
  const auto due = std::chrono::steady_clock::now() + std::chrono::milliseconds(late);
  auto parcel = std::make_shared<Parcel>();
  parcel->xml = std::move(xml);
  parcel->agent = std::move(agent);
  parcel->stamp = stamp;
  parcel->callback = true;
  if (trouble_.twice > 0 && chance() < trouble_.twice) {
    ++figures_.doubled;
    queue(std::make_shared<Parcel>(*parcel), due + std::chrono::milliseconds(rng_.below(1500)));
  }
  parcel->done = std::move(done);
  queue(std::move(parcel), due);
}

void Callbacks::verify(std::int64_t stamp, std::function<void(bool, Fetched)> done) {
  const std::scoped_lock lock(mutex_);
  const auto word = std::to_string(rng_.next());
  const auto echo = seal_text(key_, address_.corp, word, rng_.bytes(16));
  const auto time = std::to_string(stamp), nonce = std::to_string(rng_.below(2'000'000'000));
  auto parcel = std::make_shared<Parcel>();
  parcel->url = fmt::format("{}{}msg_signature={}&timestamp={}&nonce={}&echostr={}", address_.url, address_.url.contains('?') ? '&' : '?',
                            signature_of(address_.token, time, nonce, echo), time, nonce, escaped(echo));
  parcel->fetched = [word, done = std::move(done)](Fetched got) {
    const bool ok = got.status == 200 && got.body == word;
    done(ok, std::move(got));
  };
  queue(std::move(parcel), std::chrono::steady_clock::now());
}

void Callbacks::open(std::string url, std::function<void(Fetched)> done) {
  auto parcel = std::make_shared<Parcel>();
  parcel->url = std::move(url);
  parcel->fetched = std::move(done);
  const std::scoped_lock lock(mutex_);
  queue(std::move(parcel), std::chrono::steady_clock::now());
}

/// Seals, signs and starts what is due, as far as there is room. Sealing a try anew gives it a new nonce, as retries have.
void Callbacks::start_due(Wire& wire) {
  for (;;) {
    std::shared_ptr<Parcel> parcel;
    std::string token, key, corp, url, nonce, random16;
    std::int64_t patience = 0;
    {
      const std::scoped_lock lock(mutex_);
      const auto now = std::chrono::steady_clock::now();
      if (in_flight_ >= kInFlight || waiting_.empty() || waiting_.begin()->first > now) return;
      parcel = waiting_.extract(waiting_.begin()).mapped();
      ++in_flight_;
      if (parcel->callback) ++figures_.sent;
      token = address_.token, key = key_, corp = address_.corp, url = address_.url;
      nonce = std::to_string(rng_.below(2'000'000'000));
      random16 = rng_.bytes(16);
      patience = parcel->callback ? trouble_.patience_ms : 10'000;
    }
    CURL* easy = wire.spare.empty() ? curl_easy_init() : wire.spare.back();
    if (!wire.spare.empty()) wire.spare.pop_back();
    curl_easy_reset(easy);
    parcel->answer.clear();
    if (parcel->callback) {
      const auto sealed = seal_text(key, corp, parcel->xml, random16);
      const auto time = std::to_string(parcel->stamp);
      parcel->url = fmt::format("{}{}msg_signature={}&timestamp={}&nonce={}", url, url.contains('?') ? '&' : '?',
                                signature_of(token, time, nonce, sealed), time, nonce);
      parcel->body = fmt::format("<xml><ToUserName><![CDATA[{}]]></ToUserName><Encrypt><![CDATA[{}]]></Encrypt><AgentID><![CDATA[{}]]></AgentID></xml>",
                                 corp, sealed, parcel->agent);
      curl_easy_setopt(easy, CURLOPT_POSTFIELDS, parcel->body.data());
      curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(parcel->body.size()));
      curl_easy_setopt(easy, CURLOPT_HTTPHEADER, wire.xml_type);
    } else {
      curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
      curl_easy_setopt(easy, CURLOPT_MAXREDIRS, 5L);
      curl_easy_setopt(easy, CURLOPT_USERAGENT, kPhone.data());
    }
    curl_easy_setopt(easy, CURLOPT_URL, parcel->url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(patience));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &parcel->answer);
    parcel->tried = std::chrono::steady_clock::now();
    if (parcel->tries++ == 0) parcel->sent = parcel->tried;
    wire.busy.emplace(easy, std::move(parcel));
    curl_multi_add_handle(wire.multi, easy);
  }
}

void Callbacks::finish(Wire& wire, std::shared_ptr<Parcel> parcel, void* easy, int code) {
  const auto now = std::chrono::steady_clock::now();
  long status = 0;
  curl_easy_getinfo(static_cast<CURL*>(easy), CURLINFO_RESPONSE_CODE, &status);
  Fetched got{code == CURLE_OK ? static_cast<int>(status) : 0, {}, {}, code == CURLE_OK ? "" : curl_easy_strerror(static_cast<CURLcode>(code))};
  if (!parcel->callback) {
    const char* last = nullptr;
    curl_easy_getinfo(static_cast<CURL*>(easy), CURLINFO_EFFECTIVE_URL, &last);
    got.url = last ? last : parcel->url;
    got.body = std::move(parcel->answer);
  }
  curl_multi_remove_handle(wire.multi, static_cast<CURL*>(easy));
  wire.spare.push_back(static_cast<CURL*>(easy));
  bool over = true;
  {
    const std::scoped_lock lock(mutex_);
    if (parcel->callback) {
      const bool ok = got.status == 200;
      over = ok || parcel->tries >= trouble_.tries;
      (ok ? figures_.answered : over ? figures_.given_up : figures_.retried)++;
      note(*parcel, got, over, now);
      if (!over) waiting_.emplace(now + std::chrono::milliseconds(trouble_.retry_ms), parcel);
    }
  }
  if (parcel->callback && over && parcel->done) parcel->done(parcel->sent, now, got.status == 200);
  if (parcel->fetched) parcel->fetched(std::move(got));
  const std::scoped_lock lock(mutex_);
  --in_flight_;
  if (in_flight_ == 0 && waiting_.empty()) quiet_.notify_all();
}

void Callbacks::run() {
  Wire wire(static_cast<CURLM*>(multi_));
  while (!stop_) {
    start_due(wire);
    int running = 0;
    curl_multi_perform(wire.multi, &running);
    int left = 0;
    while (const auto* message = curl_multi_info_read(wire.multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      auto* easy = message->easy_handle;
      const int code = message->data.result;
      auto node = wire.busy.extract(easy);
      finish(wire, std::move(node.mapped()), easy, code);
    }
    int wait_ms = 1000;
    {
      const std::scoped_lock lock(mutex_);
      if (!waiting_.empty() && in_flight_ < kInFlight) {
        const auto left_ms = std::chrono::duration_cast<std::chrono::milliseconds>(waiting_.begin()->first - std::chrono::steady_clock::now()).count() + 1;
        wait_ms = static_cast<int>(std::clamp<std::int64_t>(left_ms, 0, 1000));
        if (waiting_.begin()->first <= std::chrono::steady_clock::now()) wait_ms = 0;
      }
    }
    if (!stop_) curl_multi_poll(wire.multi, nullptr, 0, wait_ms, nullptr);
  }
}

}  // namespace koi::simulate
