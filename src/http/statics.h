/// The built console: read into memory once at start, so a request never touches the disk or leaves its folder.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "http/http.h"

namespace koi::http {

class Statics {
 public:
  /// Loads every regular file under `dir`; an empty or absent folder serves nothing.
  explicit Statics(const std::string& dir);
  /// The answer to GET `path`, if it is ours: a file, or index.html for a page address of the console (SPA).
  std::optional<Reply> find(const Request& request, bool secure) const;
  bool empty() const { return files_.empty(); }

 private:
  struct File {
    std::string plain, br, gz, type, etag;
  };
  Reply page(bool secure) const;
  Reply file(const Request& request, const File& f) const;

  std::map<std::string, File, std::less<>> files_;  // by "/assets/index-1a2b.js"
};

}  // namespace koi::http
