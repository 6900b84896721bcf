# Writes the text of every room's codes.txt into OUT; http/problem.cc reads it into the problem catalogue.
file(GLOB files ${SRC}/*/codes.txt)
list(SORT files)
set(rows "")
foreach(file IN LISTS files)
  file(READ ${file} text)
  string(APPEND rows "    R\"~~~(${text})~~~\",\n")
endforeach()
file(WRITE ${OUT} "#include <span>\n#include <string_view>\nnamespace koi::http {\nstd::span<const std::string_view> code_files();\nstd::span<const std::string_view> code_files() {\n  static constexpr std::string_view kFiles[] = {\n    \"\",\n${rows}  };\n  return kFiles;\n}\n}\n")
