#include "segments/packs.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"
#include "people/tags.h"
#include "segments/checker.h"
#include "segments/text.h"
#include "segments/tokens.h"
#include "store/rows.h"

namespace koi::segments {
namespace {

constexpr std::string_view kIndent = "  ";

std::unexpected<Error> refuse_line(std::int64_t line, Said detail) {
  Error e{Errc::malformed, "segments.pack_syntax", std::move(detail.en), std::to_string(line), {}, std::move(detail.zh)};
  e.params.emplace_back("line", std::to_string(line));
  return std::unexpected(std::move(e));
}

// ---- reading -------------------------------------------------------------------------------------------------------

/// The lines of a pack, one after the other.
class Lines {
 public:
  explicit Lines(std::string_view text) : lines_(split_text(text, '\n')) {}
  bool end() const { return at_ >= lines_.size(); }
  std::int64_t number() const { return static_cast<std::int64_t>(at_) + 1; }
  std::string_view raw() const { return lines_[at_]; }
  std::string_view line() const { return trim(lines_[at_]); }
  void next() { ++at_; }
  /// Past what says nothing.
  bool skip() {
    while (!end() && (line().empty() || line().starts_with('#'))) next();
    return !end();
  }

 private:
  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
};

/// The words of a line that opens a block: `segment "name" live tag "group/name" {`.
struct Opening { std::string word, name, mode, tag; };
Result<Opening> opening_of(std::string_view line, std::int64_t number) {
  if (!line.ends_with('{')) return refuse_line(number, {"a block opens with {", "块以 { 开始"});
  auto tokens = tokens_of(line.substr(0, line.size() - 1));
  if (!tokens) return refuse_line(number, {tokens.error().detail, tokens.error().detail_zh});
  const auto& t = *tokens;
  const auto is = [&](std::size_t i, Mark kind) { return i < t.size() && t[i].kind == kind; };
  if (!is(0, Mark::word) || !is(1, Mark::text)) return refuse_line(number, {"segment \"name\", tiers \"name\" or tier \"name\"", "应当是 segment \"名称\"、tiers \"名称\" 或 tier \"名称\""});
  Opening out{t[0].text, t[1].text, {}, {}};
  std::size_t at = 2;
  if (is(at, Mark::word) && t[at].text != "tag") out.mode = t[at++].text;
  if (is(at, Mark::word) && t[at].text == "tag" && is(at + 1, Mark::text)) {
    out.tag = t[at + 1].text;
    at += 2;
  }
  if (!is(at, Mark::end)) return refuse_line(number, {"a mode (asked, live), then tag \"group/name\"", "应当是方式（asked、live），再是 tag \"组/名\""});
  return out;
}

/// What stands between the braces: a description, and a rule.
Result<> read_body(Lines& lines, PackedSegment& out) {
  if (lines.skip() && lines.line().starts_with("description ")) {
    const auto tokens = tokens_of(lines.line().substr(std::string_view("description ").size()));
    if (!tokens || tokens->empty() || (*tokens)[0].kind != Mark::text) return refuse_line(lines.number(), {"description \"…\"", "应当是 description \"…\""});
    out.description = (*tokens)[0].text;
    lines.next();
  }
  lines.skip();
  out.rule_line = lines.number();
  for (; !lines.end() && lines.line() != "}"; lines.next()) out.text += std::string(lines.raw()) + "\n";
  if (lines.end()) return refuse_line(out.line, {"a block that nobody closes with } on a line of its own", "块没有用单独一行的 } 结束"});
  lines.next();
  return {};
}

Result<Mode> mode_in(const Opening& o, std::int64_t line, Mode usual) {
  if (o.mode.empty()) return usual;
  const auto mode = parse_enum<Mode>(o.mode);
  if (!mode || *mode == Mode::fixed) return refuse_line(line, {"asked or live", "应当是 asked 或 live"});
  return *mode;
}

/// Each tier is what its rule says, but for whoever is in one before it.
std::string but_for(const std::string& text, const std::vector<std::string>& before) {
  if (before.empty()) return text;
  auto out = "(" + text + ") and none(";
  for (std::size_t i = 0; i < before.size(); ++i) out += (i == 0 ? "in segment " : ", in segment ") + quoted_text(before[i]);
  return out + ")";
}

Result<> read_tiers(Lines& lines, const Opening& set, std::int64_t at, std::vector<PackedSegment>& out) {
  TRY(const auto mode, mode_in(set, at, Mode::live));
  if (mode != Mode::live || !set.tag.empty()) return refuse_line(at, {"tiers are live, and give tags of their own group", "分层是实时的，并给出本组的标签"});
  std::vector<std::string> before;
  while (lines.skip() && lines.line() != "}") {
    PackedSegment tier{.mode = mode, .line = lines.number(), .tiers = set.name};
    TRY(const auto opening, opening_of(lines.line(), lines.number()));
    if (opening.word != "tier" || !opening.mode.empty() || !opening.tag.empty()) return refuse_line(lines.number(), {"tier \"name\" {", "应当是 tier \"名称\" {"});
    lines.next();
    TRY(read_body(lines, tier));
    tier.name = tier.tag = set.name + "/" + opening.name;
    const auto own = parse_rule(tier.text);
    if (own) tier.text = but_for(tier.text, before);  // what cannot be read says so by its own lines
    before.push_back(tier.name);
    out.push_back(std::move(tier));
  }
  if (lines.end()) return refuse_line(at, {"a block that nobody closes with } on a line of its own", "块没有用单独一行的 } 结束"});
  lines.next();
  return {};
}

// ---- writing -------------------------------------------------------------------------------------------------------

std::string indented(const std::string& text, std::string_view by) {
  std::string out;
  for (const auto line : split_text(text, '\n'))
    if (!line.empty()) out += std::string(by) + std::string(line) + "\n";
  return out;
}

std::string described(const Segment& s, std::string_view by) {
  return s.description.empty() ? std::string() : std::string(by) + "description " + quoted_text(s.description) + "\n";
}

std::string block_of(const Segment& s, const Rule& rule) {
  auto out = "segment " + quoted_text(s.name) + " " + std::string(enum_text(s.mode));
  if (!s.tag.empty()) out += " tag " + quoted_text(s.tag);
  return out + " {\n" + described(s, kIndent) + indented(print_rule(rule), kIndent) + "}\n";
}

/// A tier as it was written: its rule, and those it leaves out. Nothing when it has no such shape.
struct Tier { const Segment* segment = nullptr; Rule own; std::vector<std::string> before; };
std::optional<Tier> tier_of(const Segment& s, const Rule& rule, std::string_view set) {
  if (s.mode != Mode::live || s.name != s.tag || !s.name.starts_with(std::string(set) + "/")) return {};
  Tier out{.segment = &s, .own = rule, .before = {}};
  const auto* all = std::get_if<Group>(&rule.root.is);
  if (all == nullptr || all->kind != Group::all || all->of.size() < 2) return out;
  const auto* none = std::get_if<Group>(&all->of.back().is);
  if (none == nullptr || none->kind != Group::none) return out;
  for (const auto& c : none->of) {
    const auto* in = std::get_if<InSegment>(&c.is);
    if (in == nullptr || !in->segment.starts_with(std::string(set) + "/")) return Tier{.segment = &s, .own = rule, .before = {}};
    out.before.push_back(in->segment);
  }
  auto own = *all;
  own.of.pop_back();
  out.own.root = own.of.size() == 1 ? own.of[0] : Clause{own};
  return out;
}

/// The tiers in order, when each leaves out exactly those before it and the text of the set means what stands here.
std::optional<std::vector<Tier>> in_order(std::vector<Tier> tiers) {
  std::ranges::sort(tiers, {}, [](const Tier& t) { return t.before.size(); });
  std::vector<std::string> before;
  for (const auto& tier : tiers) {
    if (tier.before != before) return {};
    before.push_back(tier.segment->name);
  }
  return tiers.size() < 2 ? std::nullopt : std::optional(std::move(tiers));
}

std::string block_of(const std::string& set, const std::vector<Tier>& tiers) {
  auto out = "tiers " + quoted_text(set) + " live {\n";
  for (const auto& tier : tiers)
    out += std::string(kIndent) + "tier " + quoted_text(tier.segment->name.substr(set.size() + 1)) + " {\n" + described(*tier.segment, "    ") +
           indented(print_rule(tier.own), "    ") + std::string(kIndent) + "}\n";
  return out + "}\n";
}

Result<std::set<std::string>> exclusive_groups(Tx& tx) {
  TRY(const auto groups, people::tag_groups(tx));
  std::set<std::string> out;
  for (const auto& group : groups)
    if (group.exclusive && !group.archived_at) out.insert(group.name);
  return out;
}

/// Blocks of one set of tiers read as what stands here, or they are written out one by one.
bool means_the_same(const std::string& block, const std::vector<Tier>& tiers, const std::map<std::string, Rule>& rules) {
  const auto read = parse_pack(block);
  if (!read || read->size() != tiers.size()) return false;
  return std::ranges::all_of(*read, [&](const PackedSegment& p) {
    const auto parsed = parse_rule(p.text);
    return parsed && parsed->rule == rules.at(p.name);
  });
}

// ---- bringing in ---------------------------------------------------------------------------------------------------

Result<> make_group_exclusive(Tx& tx, const std::string& name) {
  TRY(const auto groups, people::tag_groups(tx));
  const auto at = std::ranges::find(groups, name, &people::TagGroup::name);
  if (at == groups.end()) { TRY(people::create_tag_group(tx, {.name = name, .exclusive = true})); }
  else if (!at->exclusive) return fail(Errc::conflict, "segments.tier_group", name);
  return {};
}

Result<PackResult> bring_in(Tx& tx, const PackedSegment& p, std::string_view by) {
  if (!p.tiers.empty()) { TRY(make_group_exclusive(tx, p.tiers)); }
  const auto had = find_segment(tx, p.name);
  if (!had && had.error().kind != Errc::not_found) return std::unexpected(had.error());
  if (!had) {
    TRY(create_segment(tx, {p.name, p.description, p.mode, {.text = p.text, .json = {}}, p.tag, std::string(by)}));
    return PackResult::new_;
  }
  TRY(const auto parsed, parse_rule(p.text));
  TRY(const auto rule, rule_of(tx, had->id));
  const bool same = parsed.rule == rule && had->mode == p.mode && had->description == p.description && had->tag == p.tag;
  if (same) return PackResult::same;
  UpdateSegment change{.id = had->id, .ver = {}, .name = {}, .description = p.description, .tag = p.tag, .mode = p.mode,
                       .rule = Written{.text = p.text, .json = {}}, .archived = {}, .by = std::string(by)};
  if (had->mode == Mode::fixed) return fail(Errc::conflict, "segments.fixed", p.name);
  TRY(update_segment(tx, change));
  return PackResult::changed;
}

/// The line of the file an error speaks of.
std::int64_t line_of(const PackedSegment& p, const Error& e) {
  for (const auto& [name, value] : e.params)
    if (name == "line") return p.rule_line + parse_int(value).value_or(1) - 1;
  return p.line;
}

/// Those whose rules name others come after them; who is left names itself through others.
std::vector<const PackedSegment*> in_turn(const std::vector<PackedSegment>& pack) {
  std::vector<const PackedSegment*> left, out;
  for (const auto& p : pack) left.push_back(&p);
  for (bool moved = true; moved;) {
    moved = false;
    for (auto at = left.begin(); at != left.end();) {
      const auto parsed = parse_rule((*at)->text);
      const auto names = parsed ? segments_in(parsed->rule) : std::vector<std::string>();
      const bool waits = std::ranges::any_of(left, [&](const auto* other) { return other != *at && std::ranges::find(names, other->name) != names.end(); });
      if (waits) { ++at; continue; }
      out.push_back(*at);
      at = left.erase(at);
      moved = true;
    }
  }
  out.insert(out.end(), left.begin(), left.end());
  return out;
}

}  // namespace

Result<std::vector<PackedSegment>> parse_pack(std::string_view text) {
  if (text.size() > kPackMax) return fail(Errc::too_large, "segments.pack_size", std::to_string(kPackMax));
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Lines lines(text);
  std::vector<PackedSegment> out;
  while (lines.skip()) {
    const auto at = lines.number();
    TRY(const auto opening, opening_of(lines.line(), at));
    lines.next();
    if (opening.word == "tiers") {
      TRY(read_tiers(lines, opening, at, out));
      continue;
    }
    if (opening.word != "segment") return refuse_line(at, {"segment \"name\" or tiers \"name\"", "应当是 segment \"名称\" 或 tiers \"名称\""});
    PackedSegment p{.name = opening.name, .tag = opening.tag, .line = at};
    TRY(p.mode, mode_in(opening, at, Mode::asked));
    TRY(read_body(lines, p));
    out.push_back(std::move(p));
  }
  std::set<std::string> names;
  for (const auto& p : out)
    if (!names.insert(p.name).second) return fail(Errc::invalid, "segments.pack_twice", p.name, std::to_string(p.line));
  return out;
}

Result<std::string> export_pack(Tx& tx) {
  TRY(const auto all, segments(tx));
  TRY(const auto exclusive, exclusive_groups(tx));
  std::map<std::string, Rule> rules;
  std::map<std::string, std::vector<Tier>> sets;
  std::string out = "# Koipond segments\n";
  for (const auto& s : all) {
    TRY(auto rule, rule_of(tx, s.id));
    const auto& kept = rules.emplace(s.name, std::move(rule)).first->second;
    const auto group = s.tag.substr(0, s.tag.find('/'));
    if (!exclusive.contains(group)) continue;
    if (auto tier = tier_of(s, kept, group)) sets[group].push_back(std::move(*tier));
  }
  std::set<std::string> written;
  for (auto& [set, tiers] : sets) {
    const auto ordered = in_order(std::move(tiers));
    if (!ordered) continue;
    const auto block = block_of(set, *ordered);
    if (!means_the_same(block, *ordered, rules)) continue;
    out += "\n" + block;
    for (const auto& tier : *ordered) written.insert(tier.segment->name);
  }
  for (const auto& s : all) {
    if (written.contains(s.name)) continue;
    if (s.mode == Mode::fixed) out += "\n# fixed, its people are not text: " + s.name + "\n";
    else out += "\n" + block_of(s, rules.at(s.name));
  }
  return out;
}

Result<Imported> import_pack(Tx& tx, std::string_view text, std::string_view by, bool dry_run) {
  TRY(const auto pack, parse_pack(text));
  Imported out;
  std::map<std::string, PackLine> lines;
  bool wrong = false;
  const auto done = tx.nested([&]() -> Result<> {
    for (const auto* p : in_turn(pack)) {
      PackLine line{.name = p->name, .line = p->line};
      const auto result = tx.nested([&] { return bring_in(tx, *p, by); });
      if (result) line.result = *result;
      else if (result.error().kind == Errc::internal || result.error().kind == Errc::unavailable) return std::unexpected(result.error());
      else {
        line.result = PackResult::error;
        line.code = result.error().code;
        line.detail = result.error().detail;
        line.detail_zh = result.error().detail_zh;
        line.line = line_of(*p, result.error());
        wrong = true;
      }
      lines[p->name] = std::move(line);
    }
    // What was only tried, or is wrong somewhere, leaves nothing behind.
    if (dry_run || wrong) return fail(Errc::invalid, "segments.pack_undone");
    return {};
  });
  if (!done && done.error().code != "segments.pack_undone") return std::unexpected(done.error());
  for (const auto& p : pack) out.lines.push_back(lines.at(p.name));
  out.applied = done.has_value();
  return out;
}

}  // namespace koi::segments
