#include "simulate/gate.h"

#include "base/ports.h"

namespace koi::simulate {

namespace {
constexpr std::size_t kCallsMax = 20'000, kTokensMax = 10'000;
}

Gate::Gate(const Options& o, Rng& rng) : limits(o.limits) {
  apps_.push_back({"app", o.secret.empty() ? fresh_id(rng, "", 43) : o.secret, "1000002", false});
  apps_.push_back({"other", fresh_id(rng, "", 43), "1000003", false});
  apps_.push_back({"sync", fresh_id(rng, "", 43), "", true});
}

const App* Gate::app_of_secret(std::string_view secret) const {
  for (const auto& app : apps_)
    if (app.secret == secret) return &app;
  return nullptr;
}

std::pair<std::string, Seconds> Gate::token_for(const App& app, Seconds now, Rng& rng) {
  if (const auto& mine = current_[&app]; !mine.empty()) {
    const auto& token = tokens_.at(mine);
    if (!token.killed && token.until > now) return {mine, token.until - now};
  }
  if (tokens_.size() >= kTokensMax) tokens_.clear();
  const auto text = fresh_id(rng, "", 214);
  tokens_[text] = {&app, now + token_life, false};
  current_[&app] = text;
  return {text, token_life};
}

int Gate::check(std::string_view text, Seconds now, const App*& app) const {
  if (text.empty()) return 41001;
  const auto at = tokens_.find(std::string(text));
  if (at == tokens_.end() || at->second.killed) return 40014;
  app = at->second.app;
  return at->second.until > now ? 0 : 42001;
}

int Gate::kill_tokens(std::string_view name) {
  int ended = 0;
  for (auto& [text, token] : tokens_)
    if (!token.killed && (name.empty() || token.app->name == name)) token.killed = true, ++ended;
  return ended;
}

bool Gate::over_limit(std::string_view path, Seconds now) {
  if (!limits) return false;
  auto& b = buckets_[std::string(path)];
  if (b.minute != now / 60) b.minute = now / 60, b.in_minute = 0;
  if (b.hour != now / 3600) b.hour = now / 3600, b.in_hour = 0;
  if (b.in_minute >= minute_max || b.in_hour >= hour_max) return true;
  ++b.in_minute, ++b.in_hour;
  return false;
}

void Gate::note(CallSeen seen) {
  auto& count = counts[seen.path];
  ++count.calls;
  if (seen.errcode != 0) ++count.refused;
  seen.seq = ++seq_;
  calls.push_back(std::move(seen));
  if (calls.size() > kCallsMax) calls.pop_front();
}

}  // namespace koi::simulate
