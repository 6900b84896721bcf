#include "connect/files/xlsx_parts.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "connect/files/text_source.h"

namespace koi::connect::files {
namespace {

constexpr int kDepthMax = 64;

std::string_view bare(std::string_view name) {
  const auto colon = name.rfind(':');
  return colon == name.npos ? name : name.substr(colon + 1);
}

/// "xl/" + "worksheets/sheet1.xml"; a target that starts with "/" is absolute.
std::string part_path(std::string_view target) {
  if (target.starts_with("/")) return std::string(target.substr(1));
  return "xl/" + std::string(target.starts_with("./") ? target.substr(2) : target);
}

}  // namespace

Result<std::unique_ptr<Archive>> Archive::open(const std::string& path) {
  int code = 0;
  auto archive = std::make_unique<Archive>();
  archive->zip_.reset(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (!archive->zip_) return fail(Errc::malformed, "connect.xlsx_broken");
  const auto entries = zip_get_num_entries(archive->zip_.get(), 0);
  if (entries > kEntriesMax) return fail(Errc::too_large, "connect.bomb", "too many entries");
  std::uint64_t claimed = 0;
  for (zip_int64_t i = 0; i < entries; ++i) {
    zip_stat_t info;
    zip_stat_init(&info);
    if (zip_stat_index(archive->zip_.get(), static_cast<zip_uint64_t>(i), 0, &info) != 0) {
      return fail(Errc::malformed, "connect.xlsx_broken");
    }
    if ((info.valid & ZIP_STAT_ENCRYPTION_METHOD) != 0 && info.encryption_method != ZIP_EM_NONE) {
      return fail(Errc::unsupported, "connect.xlsx_locked");
    }
    claimed += info.size;
    archive->stored_ += info.comp_size;
    if (claimed > kInflatedMax) return fail(Errc::too_large, "connect.bomb", "inflates beyond 1 GiB");
  }
  if (claimed > kRatioFloor && claimed > archive->stored_ * kRatioMax) {
    return fail(Errc::too_large, "connect.bomb", "inflates more than 200 times");
  }
  return archive;
}

bool Archive::has(const std::string& name) const { return zip_name_locate(zip_.get(), name.c_str(), 0) >= 0; }

Result<Entry> Archive::entry(const std::string& name) {
  Entry e(zip_fopen(zip_.get(), name.c_str(), 0));
  if (!e) return fail(Errc::malformed, "connect.xlsx_broken", name);
  return e;
}

Result<std::size_t> Archive::read(Entry& entry, char* to, std::size_t room) {
  const auto n = zip_fread(entry.get(), to, room);
  if (n < 0) return fail(Errc::malformed, "connect.xlsx_broken");
  inflated_ += static_cast<std::uint64_t>(n);
  if (inflated_ > kInflatedMax || (inflated_ > kRatioFloor && inflated_ > stored_ * kRatioMax)) {
    return fail(Errc::too_large, "connect.bomb", "inflates beyond its limits");
  }
  return static_cast<std::size_t>(n);
}

Xml::Xml(XmlHandlers handlers) : parser_(XML_ParserCreate(nullptr)), handlers_(std::move(handlers)) {
  CHECK(parser_ != nullptr);
  XML_SetUserData(parser_.get(), this);
  XML_SetElementHandler(parser_.get(), on_start, on_end);
  XML_SetCharacterDataHandler(parser_.get(), on_text);
  XML_SetStartDoctypeDeclHandler(parser_.get(), on_doctype);
}

void Xml::on_start(void* self, const char* name, const char** attributes) {
  auto& x = *static_cast<Xml*>(self);
  if (++x.depth_ > kDepthMax) { x.refused_ = true; x.stop(); return; }
  if (x.handlers_.start) x.handlers_.start(bare(name), attributes);
}
void Xml::on_end(void* self, const char* name) {
  auto& x = *static_cast<Xml*>(self);
  --x.depth_;
  if (x.handlers_.end) x.handlers_.end(bare(name));
}
void Xml::on_text(void* self, const char* data, int size) {
  auto& x = *static_cast<Xml*>(self);
  if (x.handlers_.text) x.handlers_.text({data, static_cast<std::size_t>(size)});
}
void Xml::on_doctype(void* self, const char*, const char*, const char*, int) {
  auto& x = *static_cast<Xml*>(self);
  x.refused_ = true;  // office files have none; entities are how XML bombs are made
  x.stop();
}

Result<> Xml::feed(const char* data, std::size_t size, bool last) {
  const auto status = XML_Parse(parser_.get(), data, static_cast<int>(size), last ? 1 : 0);
  if (refused_) return fail(Errc::too_large, "connect.bomb", "a document type or deep nesting");
  if (status == XML_STATUS_ERROR) {
    if (XML_GetErrorCode(parser_.get()) == XML_ERROR_ABORTED) return {};
    return fail(Errc::malformed, "connect.xlsx_broken", XML_ErrorString(XML_GetErrorCode(parser_.get())));
  }
  return {};
}

std::string_view attribute(const char** attributes, std::string_view name) {
  for (; *attributes != nullptr; attributes += 2) {
    if (bare(attributes[0]) == name) return attributes[1];
  }
  return {};
}

Result<> parse_part(Archive& archive, const std::string& name, XmlHandlers handlers) {
  TRY(auto entry, archive.entry(name));
  Xml xml(std::move(handlers));
  std::vector<char> buffer(64 << 10);
  for (;;) {
    TRY(const auto n, archive.read(entry, buffer.data(), buffer.size()));
    TRY(xml.feed(buffer.data(), n, n == 0));
    if (n == 0) return {};
  }
}

Result<Workbook> read_workbook(Archive& archive) {
  Workbook book;
  std::map<std::string, std::string, std::less<>> targets;
  TRY(parse_part(archive, "xl/_rels/workbook.xml.rels", {
      .start = [&](std::string_view name, const char** a) {
        if (name == "Relationship") targets.emplace(attribute(a, "Id"), part_path(attribute(a, "Target")));
      }, .end = {}, .text = {}}));
  TRY(parse_part(archive, "xl/workbook.xml", {
      .start = [&](std::string_view name, const char** a) {
        if (name == "workbookPr") {
          const auto v = attribute(a, "date1904");
          book.date1904 = v == "1" || v == "true";
        }
        if (name != "sheet" || book.sheets.size() >= static_cast<std::size_t>(kEntriesMax)) return;
        // "r:id" and "sheetId" both exist: only the relation's name ends in ":id".
        for (const char** at = a; *at != nullptr; at += 2) {
          if (!std::string_view(at[0]).ends_with(":id")) continue;
          const auto target = targets.find(std::string_view(at[1]));
          if (target != targets.end()) book.sheets.push_back({std::string(attribute(a, "name")), target->second});
        }
      }, .end = {}, .text = {}}));
  if (book.sheets.empty()) return fail(Errc::malformed, "connect.xlsx_broken", "no sheet");
  return book;
}

NumberKind kind_of_format(std::string_view code) {
  if (lower_ascii(code) == "general") return NumberKind::number;
  bool date = false, time = false;
  for (std::size_t i = 0; i < code.size(); ++i) {
    const char c = code[i];
    if (c == '"') { i = std::min(code.find('"', i + 1), code.size()); continue; }
    if (c == '\\' || c == '_' || c == '*') { ++i; continue; }
    if (c == '[') {  // [h] is elapsed time, [Red] and [$-804] are not
      const auto close = std::min(code.find(']', i), code.size());
      const auto inside = lower_ascii(code.substr(i + 1, close - i - 1));
      if (inside == "h" || inside == "hh" || inside == "m" || inside == "mm" || inside == "s" || inside == "ss") time = true;
      i = close;
      continue;
    }
    if (c == ';') break;  // the first section decides
    if (c == 'y' || c == 'Y' || c == 'd' || c == 'D') date = true;
    if (c == 'h' || c == 'H' || c == 's' || c == 'S') time = true;
    if (c == 'E' || c == '0' || c == '#') {
      if (!date && !time) return NumberKind::number;
    }
  }
  if (!date && !time) {
    // A lone m is a month.
    if (code.find_first_of("mM") != code.npos) return NumberKind::date;
    return NumberKind::number;
  }
  return date && time ? NumberKind::date_time : date ? NumberKind::date : NumberKind::time;
}

Result<std::vector<NumberKind>> read_styles(Archive& archive) {
  std::vector<NumberKind> styles;
  if (!archive.has("xl/styles.xml")) return styles;
  std::map<int, NumberKind> own;
  bool in_cells = false;
  const auto kind_of = [&](int id) {
    if (const auto it = own.find(id); it != own.end()) return it->second;
    if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || (id >= 34 && id <= 36) || (id >= 50 && id <= 58)) return NumberKind::date;
    if (id == 22) return NumberKind::date_time;
    if ((id >= 18 && id <= 21) || (id >= 32 && id <= 33) || (id >= 45 && id <= 47)) return NumberKind::time;
    return NumberKind::number;
  };
  TRY(parse_part(archive, "xl/styles.xml", {
      .start = [&](std::string_view name, const char** a) {
        const auto id = parse_int(attribute(a, "numFmtId"));
        if (name == "numFmt" && id) own[static_cast<int>(*id)] = kind_of_format(attribute(a, "formatCode"));
        if (name == "cellXfs") in_cells = true;
        if (in_cells && name == "xf" && styles.size() < 65536) styles.push_back(kind_of(id ? static_cast<int>(*id) : 0));
      },
      .end = [&](std::string_view name) { if (name == "cellXfs") in_cells = false; },
      .text = {}}));
  return styles;
}

Result<SharedStrings> read_shared(Archive& archive) {
  SharedStrings shared;
  if (!archive.has("xl/sharedStrings.xml")) return shared;
  bool in_text = false, phonetic = false, too_big = false;
  TRY(parse_part(archive, "xl/sharedStrings.xml", {
      .start = [&](std::string_view name, const char**) {
        if (name == "t") in_text = true;
        if (name == "rPh") phonetic = true;
      },
      .end = [&](std::string_view name) {
        if (name == "t") in_text = false;
        if (name == "rPh") phonetic = false;
        if (name == "si") shared.ends.push_back(static_cast<std::uint32_t>(shared.block.size()));
      },
      .text = [&](std::string_view text) {
        if (!in_text || phonetic || too_big) return;
        if (shared.block.size() + text.size() > kSharedMax) too_big = true;
        else shared.block.append(text);
      }}));
  if (too_big) return fail(Errc::too_large, "connect.bomb", "shared strings");
  return shared;
}

}  // namespace koi::connect::files
