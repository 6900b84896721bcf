// CSV in any encoding, with any delimiter.
#include "connect/files/rows.h"
#include "base/fuzz/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace files = koi::connect::files;
  const MemoryFile file(data, size);
  files::FileShape shape;
  auto rows = files::open_csv({.path = file.path()}, shape);
  if (!rows) return 0;
  files::Row row;
  std::int64_t line = 0;
  for (auto more = (*rows)->next(row); more && *more; more = (*rows)->next(row)) {
    CHECK(row.line > line);
    CHECK(row.cells.size() <= files::kColumnsMax);
    line = row.line;
  }
  return 0;
}
