// Workbooks: the ZIP around, and every part of XML in it. An input that is no ZIP becomes the sheet of a good workbook.
#include <zip.h>

#include "connect/files/rows.h"
#include "base/fuzz/file.h"

namespace {

std::string workbook_of(std::string_view sheet) {
  static constexpr std::pair<const char*, std::string_view> kParts[] = {
      {"xl/workbook.xml", R"(<workbook xmlns:r="r"><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>)"},
      {"xl/_rels/workbook.xml.rels", R"(<Relationships><Relationship Id="rId1" Type="worksheet" Target="worksheets/sheet1.xml"/></Relationships>)"},
      {"xl/sharedStrings.xml", "<sst><si><t>a</t></si></sst>"}};
  zip_error_t error;
  zip_error_init(&error);
  auto* source = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(source);
  auto* zip = zip_open_from_source(source, ZIP_TRUNCATE, &error);
  const auto add = [&](const char* name, std::string_view text) {
    zip_file_add(zip, name, zip_source_buffer(zip, text.data(), text.size(), 0), ZIP_FL_OVERWRITE);
  };
  for (const auto& [name, text] : kParts) add(name, text);
  add("xl/worksheets/sheet1.xml", sheet);
  zip_close(zip);
  std::string out;
  if (zip_source_open(source) == 0) {
    char chunk[4096];
    for (zip_int64_t n = 0; (n = zip_source_read(source, chunk, sizeof chunk)) > 0;) out.append(chunk, static_cast<std::size_t>(n));
    zip_source_close(source);
  }
  zip_source_free(source);
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace files = koi::connect::files;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto whole = bytes.starts_with("PK") ? std::string(bytes) : workbook_of(bytes);
  const MemoryFile file(whole.data(), whole.size());
  files::FileShape shape;
  auto rows = files::open_xlsx({.path = file.path()}, shape);
  if (!rows) return 0;
  files::Row row;
  int seen = 0;
  for (auto more = (*rows)->next(row); more && *more && seen < 10'000; more = (*rows)->next(row), ++seen)
    CHECK(row.cells.size() <= files::kColumnsMax);
  return 0;
}
