#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unicode/ucnv.h>
#include <zip.h>

#include <filesystem>
#include <fstream>

#include "connect/files/rows.h"
#include "connect/files/xlsx_parts.h"

namespace koi::connect::files {
namespace {

/// A file that goes with the object.
class RowsFile {
 public:
  explicit RowsFile(std::string_view bytes = {}) {
    static int n = 0;
    path_ = (std::filesystem::temp_directory_path() / ("koi_rows_" + std::to_string(getpid()) + "_" + std::to_string(n++))).string();
    if (!bytes.empty()) std::ofstream(path_, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  ~RowsFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// All rows as "a|b|c" lines; a faulty one as "!N".
std::vector<std::string> rows_lines(const OpenRows& how, FileShape* shape_out = nullptr) {
  FileShape shape;
  std::vector<std::string> out;
  auto reader = open_rows(how, shape);
  if (!reader) return {reader.error().code};
  Row row;
  for (;;) {
    auto more = (*reader)->next(row);
    if (!more) { out.push_back(more.error().code); break; }
    if (!*more) break;
    std::string line;
    if (row.fault != RowFault::none) line = "!" + std::to_string(static_cast<int>(row.fault)) + "@" + std::to_string(row.line);
    else for (std::size_t i = 0; i < row.cells.size(); ++i) line += (i == 0 ? "" : "|") + std::string(row.cells[i]);
    out.push_back(line);
  }
  if (shape_out != nullptr) *shape_out = shape;
  return out;
}
std::vector<std::string> rows_of_text(std::string_view text, std::string delimiter = {}) {
  RowsFile file(text);
  return rows_lines({file.path(), {}, std::move(delimiter), {}});
}
using Lines = std::vector<std::string>;

TEST(ReadCsv, QuotesNewlinesAndLineEnds) {
  EXPECT_EQ(rows_of_text("a,b\n1,2\n"), (Lines{"a|b", "1|2"}));
  EXPECT_EQ(rows_of_text("a,b\r\n1,2\r\n3,4"), (Lines{"a|b", "1|2", "3|4"}));
  EXPECT_EQ(rows_of_text("a,b\r1,2\r"), (Lines{"a|b", "1|2"}));
  EXPECT_EQ(rows_of_text("a,b\n\"x\ny\",\"he said \"\"hi\"\"\"\n"), (Lines{"a|b", "x\ny|he said \"hi\""}));
  EXPECT_EQ(rows_of_text("a,b\n,\n\n1,\n"), (Lines{"a|b", "|", "1|"}));
  EXPECT_EQ(rows_of_text("a,b\n\"x\"tail,2\n"), (Lines{"a|b", "xtail|2"}));
  EXPECT_EQ(rows_of_text("\xEF\xBB\xBF" "a,b\n1,2"), (Lines{"a|b", "1|2"}));
}

TEST(ReadCsv, GuessesTheDelimiter) {
  for (const char d : {',', '\t', ';', '|'}) {
    std::string text = "name,note,n\nx,y,1\n\"a,b;c|d\",z,2\n";
    std::string made;
    bool quoted = false;
    for (const char c : text) {
      if (c == '"') quoted = !quoted;
      made.push_back(c == ',' && !quoted ? d : c);
    }
    EXPECT_EQ(rows_of_text(made), (Lines{"name|note|n", "x|y|1", "a,b;c|d|z|2"})) << d;
  }
  EXPECT_EQ(rows_of_text("sep=;\na;b\n1;2\n"), (Lines{"a|b", "1|2"}));
  EXPECT_EQ(rows_of_text("a,b;c\n1,2;3\n", ";"), (Lines{"a,b|c", "1,2|3"}));
}

std::string rows_encode(const char* to, std::string_view utf8, std::string_view bom = {}) {
  UErrorCode status = U_ZERO_ERROR;
  std::string out(utf8.size() * 4 + 16, '\0');
  const auto n = ucnv_convert(to, "UTF-8", out.data(), static_cast<std::int32_t>(out.size()), utf8.data(),
                              static_cast<std::int32_t>(utf8.size()), &status);
  EXPECT_TRUE(U_SUCCESS(status));
  out.resize(static_cast<std::size_t>(n));
  return std::string(bom) + out;
}

TEST(ReadCsv, DetectsEncodings) {
  const std::string text = "姓名,手机\n张三,13812345678\n\"欧阳,锋\",13912345678\n";
  const Lines want{"姓名|手机", "张三|13812345678", "欧阳,锋|13912345678"};
  const struct { std::string bytes, name; } rows[] = {
      {text, "utf-8"}, {"\xEF\xBB\xBF" + text, "utf-8"}, {rows_encode("gb18030", text), "gb18030"},
      {rows_encode("UTF-16LE", text, "\xFF\xFE"), "utf-16le"}, {rows_encode("UTF-16BE", text, "\xFE\xFF"), "utf-16be"},
      {rows_encode("UTF-16LE", text), "utf-16le"},
  };
  for (const auto& r : rows) {
    RowsFile file(r.bytes);
    FileShape shape;
    EXPECT_EQ(rows_lines({file.path(), {}, {}, {}}, &shape), want) << r.name;
    EXPECT_EQ(shape.encoding, r.name);
  }
  std::string big = "姓名,n\n";
  for (int i = 0; i < 60000; ++i) big += "王小明," + std::to_string(i) + "\n";
  RowsFile file(rows_encode("gb18030", big));
  const auto lines = rows_lines({file.path(), {}, {}, {}});
  ASSERT_EQ(lines.size(), 60001u);  // characters split over pieces arrive whole
  EXPECT_EQ(lines.back(), "王小明|59999");
}

TEST(ReadCsv, BadRowsCostThemselvesOnly) {
  EXPECT_EQ(rows_of_text("a,b\n\xFFx,1\n2,3\n"), (Lines{"a|b", "!1@2", "2|3"}));
  EXPECT_EQ(rows_of_text(std::string_view("a,b\n1\0,1\n2,3\n", 13)), (Lines{"a|b", "!2@2", "2|3"}));
  const auto huge = rows_of_text("a,b\n\"" + std::string(10 << 20, 'x') + "\",1\n2,3\n");
  EXPECT_EQ(huge, (Lines{"a|b", "!3@2", "2|3"}));
  const auto open = rows_of_text("a,b\n\"never closed,1\n2,3\n4,5\n");
  EXPECT_EQ(open, (Lines{"a|b", "!5@2", "2|3", "4|5"}));
  std::string wide = "a\n";
  for (int i = 0; i < 2000; ++i) wide += ",";
  EXPECT_EQ(rows_of_text(wide + "\n1\n"), (Lines{"a", "!4@2", "1"}));
}

RC_GTEST_PROP(ReadCsvProperty, RoundTripsAnyCells, ()) {
  const auto cell = rc::gen::container<std::string>(rc::gen::elementOf(std::string("ab,;\"\n\r| ")));
  const auto rows = *rc::gen::nonEmpty(rc::gen::container<std::vector<std::pair<std::string, std::string>>>(rc::gen::pair(cell, cell)));
  std::string text = "h1,h2\n";
  Lines want{"h1|h2"};
  for (const auto& [a, b] : rows) {
    const auto quoted = [](const std::string& s) {
      std::string out = "\"";
      for (const char c : s) out += c == '"' ? std::string("\"\"") : std::string(1, c);
      return out + "\"";
    };
    text += quoted(a) + "," + quoted(b) + "\r\n";
    want.push_back(a + "|" + b);
  }
  RC_ASSERT(rows_of_text(text, ",") == want);
}

/// A workbook of the parts given.
std::string rows_zip(const std::vector<std::pair<std::string, std::string>>& parts) {
  RowsFile file;
  int code = 0;
  zip_t* z = zip_open(file.path().c_str(), ZIP_CREATE | ZIP_TRUNCATE, &code);
  for (const auto& [name, text] : parts) zip_file_add(z, name.c_str(), zip_source_buffer(z, text.data(), text.size(), 0), ZIP_FL_OVERWRITE);
  EXPECT_EQ(zip_close(z), 0);
  std::ifstream in(file.path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
std::string rows_book(const std::string& sheet, const std::string& shared = {}, const std::string& second = "<sheetData/>") {
  const std::string ns = " xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
  return rows_zip({
      {"xl/workbook.xml", "<workbook" + ns + " xmlns:r=\"r\"><sheets><sheet name=\"订单\" sheetId=\"1\" r:id=\"rId1\"/>"
                          "<sheet name=\"两\" sheetId=\"2\" r:id=\"rId2\"/></sheets></workbook>"},
      {"xl/_rels/workbook.xml.rels", "<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/>"
                                     "<Relationship Id=\"rId2\" Target=\"/xl/worksheets/sheet2.xml\"/></Relationships>"},
      {"xl/styles.xml", "<styleSheet" + ns + "><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy/m/d h:mm\"/>"
                        "<numFmt numFmtId=\"165\" formatCode=\"0.00_ ;[Red]-0.00\"/></numFmts><cellXfs><xf numFmtId=\"0\"/>"
                        "<xf numFmtId=\"14\"/><xf numFmtId=\"164\"/><xf numFmtId=\"165\"/></cellXfs></styleSheet>"},
      {"xl/sharedStrings.xml", "<sst" + ns + ">" + shared + "</sst>"},
      {"xl/worksheets/sheet1.xml", "<worksheet" + ns + ">" + sheet + "</worksheet>"},
      {"xl/worksheets/sheet2.xml", "<worksheet" + ns + ">" + second + "</worksheet>"},
  });
}

TEST(ReadXlsx, CellsOfEveryKind) {
  const auto bytes = rows_book(
      "<sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c><c r=\"D1\" t=\"inlineStr\"><is><t>末</t></is></c></row>"
      "<row r=\"3\"><c r=\"A3\" s=\"1\"><v>40513</v></c><c r=\"B3\" s=\"2\"><v>40513.351388888892</v></c><c r=\"C3\" s=\"3\"><v>2.55</v></c>"
      "<c r=\"D3\"><v>1.3812345678E10</v></c><c r=\"E3\" t=\"b\"><v>1</v></c><c r=\"F3\" t=\"str\"><f>A1</f><v>算</v></c></row></sheetData>",
      "<si><t>订单号</t></si><si><r><t>时</t></r><r><t>间</t></r><rPh><t>shi</t></rPh></si>",
      "<sheetData><row><c><v>1</v></c><c><v>2</v></c></row></sheetData>");
  RowsFile file(bytes);
  FileShape shape;
  EXPECT_EQ(rows_lines({file.path(), {}, {}, {}}, &shape),
            (Lines{"订单号|时间||末", "2010-12-01|2010-12-01 08:26:00|2.55|13812345678|true|算"}));
  EXPECT_EQ(shape.sheets, (Lines{"订单", "两"}));
  EXPECT_EQ(rows_lines({file.path(), {}, {}, "两"}), (Lines{"1|2"}));
  EXPECT_EQ(rows_lines({file.path(), {}, {}, "三"}), (Lines{"connect.no_such_sheet"}));
}

TEST(ReadXlsx, KnowsDateFormats) {
  const struct { const char* code; NumberKind kind; } rows[] = {
      {"General", NumberKind::number}, {"0.00", NumberKind::number}, {"yyyy-mm-dd", NumberKind::date},
      {"yyyy\"年\"m\"月\"d\"日\"", NumberKind::date}, {"h:mm:ss", NumberKind::time}, {"m/d/yy h:mm", NumberKind::date_time},
      {"[h]:mm", NumberKind::time}, {"[$-804]yyyy/m/d", NumberKind::date}, {"#,##0;[Red]-#,##0", NumberKind::number},
      {"\"d\"0", NumberKind::number}, {"mmm", NumberKind::date},
  };
  for (const auto& r : rows) EXPECT_EQ(kind_of_format(r.code), r.kind) << r.code;
}

TEST(ReadXlsx, RefusesBombsAndBrokenBooks) {
  RowsFile bomb(rows_book("<sheetData>" + std::string(64 << 20, ' ') + "</sheetData>"));
  EXPECT_EQ(rows_lines({bomb.path(), {}, {}, {}}), (Lines{"connect.bomb"}));

  std::vector<std::pair<std::string, std::string>> many;
  for (int i = 0; i < kEntriesMax + 1; ++i) many.emplace_back("f" + std::to_string(i), "x");
  RowsFile crowd(rows_zip(many));
  EXPECT_EQ(rows_lines({crowd.path(), {}, {}, {}}), (Lines{"connect.bomb"}));

  RowsFile entities(rows_book("<!DOCTYPE a [<!ENTITY b \"bb\">]><sheetData/>"));
  EXPECT_EQ(rows_lines({entities.path(), {}, {}, {}}).back().substr(0, 8), "connect.");
  RowsFile doctype(rows_zip({{"xl/workbook.xml", "<!DOCTYPE w [<!ENTITY a \"aaaa\">]><workbook/>"}, {"xl/_rels/workbook.xml.rels", "<a/>"}}));
  EXPECT_EQ(rows_lines({doctype.path(), {}, {}, {}}), (Lines{"connect.bomb"}));

  auto whole = rows_book("<sheetData><row><c><v>1</v></c></row></sheetData>");
  for (std::size_t cut = 4; cut < whole.size(); cut += 97) {
    RowsFile part(std::string_view(whole).substr(0, cut));
    EXPECT_EQ(rows_lines({part.path(), {}, {}, {}}).back().substr(0, 8), "connect.") << cut;
  }
  RowsFile old("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 rest");
  EXPECT_EQ(rows_lines({old.path(), {}, {}, {}}), (Lines{"connect.xls_old"}));
  // A small cell that names one long text again and again stays inside its budget.
  std::string cells;
  for (int i = 0; i < 3000; ++i) cells += "<row><c t=\"s\"><v>0</v></c></row>";
  RowsFile echo(rows_book("<sheetData>" + cells + "</sheetData>", "<si><t>" + std::string(900 << 10, 'x') + "</t></si>"));
  EXPECT_EQ(rows_lines({echo.path(), {}, {}, {}}).size(), 3000u);
}

}  // namespace
}  // namespace koi::connect::files
