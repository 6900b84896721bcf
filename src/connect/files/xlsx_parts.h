/// Inside an XLSX: the zip with its limits, and the small parts (sheets, styles, shared strings) read before the rows.
#pragma once
#include <expat.h>
#include <zip.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connect/files/rows.h"

namespace koi::connect::files {

struct CloseZip { void operator()(zip_t* z) const { zip_discard(z); } };
struct CloseEntry { void operator()(zip_file_t* f) const { zip_fclose(f); } };
struct FreeParser { void operator()(XML_ParserStruct* p) const { XML_ParserFree(p); } };
using Zip = std::unique_ptr<zip_t, CloseZip>;
using Entry = std::unique_ptr<zip_file_t, CloseEntry>;
using Parser = std::unique_ptr<XML_ParserStruct, FreeParser>;

/// An opened archive that counts what it inflates; what an entry claims about its size is not believed.
class Archive {
 public:
  static Result<std::unique_ptr<Archive>> open(const std::string& path);
  bool has(const std::string& name) const;
  Result<Entry> entry(const std::string& name);
  /// Up to `room` bytes; 0 at the end.
  Result<std::size_t> read(Entry& entry, char* to, std::size_t room);
  std::uint64_t stored() const { return stored_; }

 private:
  Zip zip_;
  std::uint64_t stored_ = 0, inflated_ = 0;
};

/// Handlers of one XML part; names come without their namespace prefix.
struct XmlHandlers {
  std::function<void(std::string_view name, const char** attributes)> start;
  std::function<void(std::string_view name)> end;
  std::function<void(std::string_view text)> text;
};
/// A push parser that refuses document types (entities) and deep nesting.
class Xml {
 public:
  explicit Xml(XmlHandlers handlers);
  Result<> feed(const char* data, std::size_t size, bool last);
  void stop() { XML_StopParser(parser_.get(), XML_FALSE); }

 private:
  static void XMLCALL on_start(void* self, const char* name, const char** attributes);
  static void XMLCALL on_end(void* self, const char* name);
  static void XMLCALL on_text(void* self, const char* data, int size);
  static void XMLCALL on_doctype(void* self, const char*, const char*, const char*, int);
  Parser parser_;
  XmlHandlers handlers_;
  int depth_ = 0;
  bool refused_ = false;
};
/// The value of an attribute, "" when absent; `name` without prefix.
std::string_view attribute(const char** attributes, std::string_view name);
Result<> parse_part(Archive& archive, const std::string& name, XmlHandlers handlers);

struct Sheet { std::string name, part; };
struct Workbook {
  std::vector<Sheet> sheets;
  bool date1904 = false;
};
Result<Workbook> read_workbook(Archive& archive);

/// By cell style: whether its number is a date, a time of day, or both.
enum class NumberKind : std::uint8_t { number, date, time, date_time };
NumberKind kind_of_format(std::string_view code);
Result<std::vector<NumberKind>> read_styles(Archive& archive);

/// All shared strings in one block. too_large "connect.bomb" beyond the budget.
struct SharedStrings {
  std::string block;
  std::vector<std::uint32_t> ends;
  std::string_view at(std::size_t i) const {
    if (i >= ends.size()) return {};
    const auto from = i == 0 ? 0 : ends[i - 1];
    return std::string_view(block).substr(from, ends[i] - from);
  }
};
Result<SharedStrings> read_shared(Archive& archive);

}  // namespace koi::connect::files
