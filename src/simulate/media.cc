/// Pictures and files: uploaded for three days, for moments, for albums, or as permanent addresses.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::size_t kKeptMax = 256 << 20;  // all media together; older ones lose their bytes first
constexpr Seconds kLife = 3 * 86'400;

struct Part { std::string name, file, mime, bytes; };

std::string quoted(std::string_view head, std::string_view key) {
  const auto at = head.find(std::string(key) + "=\"");
  if (at == head.npos) return {};
  const auto from = at + key.size() + 2;
  return std::string(head.substr(from, head.find('"', from) - from));
}

/// The first file of a multipart body.
std::optional<Part> file_of(const http::Request& request) {
  const auto type = request.header("content-type");
  const auto at = type.find("boundary=");
  if (!type.starts_with("multipart/form-data") || at == std::string::npos) return {};
  auto boundary = type.substr(at + 9);
  boundary = boundary.substr(0, boundary.find(';'));
  if (boundary.size() > 1 && boundary.front() == '"') boundary = boundary.substr(1, boundary.size() - 2);
  const auto mark = "--" + boundary;
  const std::string_view body = request.body;
  for (auto from = body.find(mark); from != body.npos;) {
    const auto start = from + mark.size() + 2;
    const auto head_end = body.find("\r\n\r\n", start);
    if (head_end == body.npos) return {};
    const auto end = body.find("\r\n" + mark, head_end + 2);
    if (end == body.npos) return {};
    const auto head = body.substr(start, head_end - start);
    if (const auto file = quoted(head, "filename"); !file.empty()) {
      const auto mime_at = lower_ascii(head).find("content-type:");
      auto mime = mime_at == std::string::npos ? std::string_view() : trim(head.substr(mime_at + 13, head.find("\r\n", mime_at) - mime_at - 13));
      // A field may say name= inside filename=: the form's name stands first.
      return Part{quoted(head, " name"), file, mime.empty() ? "application/octet-stream" : std::string(mime), std::string(body.substr(head_end + 4, end - head_end - 4))};
    }
    from = end + 2;
  }
  return {};
}

bool starts(std::string_view bytes, std::string_view with) { return bytes.starts_with(with); }
bool is_picture(std::string_view b) { return starts(b, "\xff\xd8\xff") || starts(b, "\x89PNG"); }

std::expected<Part, Refusal> good_file(const Ask& ask, std::string_view kind) {
  auto part = file_of(ask.request);
  if (!part) return refuse(44001);
  const auto size = part->bytes.size();
  const std::size_t mega = 1 << 20;
  const auto max = kind == "voice" || kind == "picture" ? 2 * mega : kind == "file" ? 20 * mega : 10 * mega;
  if (size == 0) return refuse(44001);
  if (size <= 5) return refuse(40009);
  if (size > max) return refuse(45001);
  if ((kind == "image" || kind == "picture") && !is_picture(part->bytes)) return refuse(40004, "JPG or PNG");
  return std::move(*part);
}

std::string keep(const Ask& ask, std::string_view kind, std::string_view use, Part part) {
  auto& books = ask.books();
  books.media_bytes += part.bytes.size();
  for (auto it = books.media.begin(); it != books.media.end() && books.media_bytes > kKeptMax; ++it)
    if (!it->second.bytes.empty()) books.media_bytes -= it->second.bytes.size(), std::string().swap(it->second.bytes);
  const auto id = ask.world.fresh("3", 64);
  books.media[id] = {id, std::string(kind), std::string(use), std::move(part.file), std::move(part.mime), std::move(part.bytes), ask.now};
  return id;
}

bool known_kind(std::string_view kind) { return kind == "image" || kind == "voice" || kind == "video" || kind == "file"; }

Told upload(Ask& ask) {
  const auto kind = ask.query("type");
  if (!known_kind(kind)) return refuse(40004, kind);
  TRY(auto part, good_file(ask, kind));
  return json::object{{"type", kind}, {"media_id", keep(ask, kind, "", std::move(part))}, {"created_at", std::to_string(ask.now)}};
}

Told upload_attachment(Ask& ask) {
  const auto kind = ask.query("media_type"), use = ask.query("attachment_type");
  if (kind != "image" && kind != "video" && kind != "file") return refuse(40004, kind);
  if (use != "1" && use != "2") return refuse(40058, "attachment_type");
  TRY(auto part, good_file(ask, kind));
  return json::object{{"type", kind}, {"media_id", keep(ask, kind, use, std::move(part))}, {"created_at", ask.now}};
}

Told upload_image(Ask& ask) {
  TRY(auto part, good_file(ask, "picture"));
  const auto id = keep(ask, "image", "url", std::move(part));
  return json::object{{"url", ask.world.base_url + "/cgi-bin/media/picture?id=" + id}};
}

/// The permanent address that uploadimg gave. The box's own path.
Told picture(Ask& ask) {
  const auto at = ask.books().media.find(ask.query("id"));
  if (at == ask.books().media.end() || at->second.use != "url") return refuse(40007);
  ask.whole = http::Reply{200, at->second.bytes, at->second.mime, {{"Cross-Origin-Resource-Policy", "cross-origin"}}};
  return json::object{};
}

/// Bytes, or "bytes=A-B" of them as a 206.
Told get(Ask& ask) {
  const auto at = ask.books().media.find(ask.query("media_id"));
  if (at == ask.books().media.end() || !at->second.use.empty() || ask.now >= at->second.made + kLife) return refuse(40007);
  const auto& m = at->second;
  http::Reply reply{200, m.bytes, m.mime, {{"Content-Disposition", "attachment; filename=\"" + m.name + "\""}, {"Accept-Ranges", "bytes"}}};
  const auto range = ask.request.header("range");
  if (range.starts_with("bytes=")) {
    const auto dash = range.find('-');
    const auto from = parse_int(std::string_view(range).substr(6, dash - 6));
    if (dash != std::string::npos && from && *from >= 0 && *from < static_cast<std::int64_t>(m.bytes.size())) {
      const auto size = static_cast<std::int64_t>(m.bytes.size());
      const auto until = std::min(parse_int(std::string_view(range).substr(dash + 1)).value_or(size - 1), size - 1);
      if (until >= *from) {
        reply.status = 206;
        reply.body = m.bytes.substr(static_cast<std::size_t>(*from), static_cast<std::size_t>(until - *from + 1));
        reply.headers.emplace_back("Content-Range", fmt::format("bytes {}-{}/{}", *from, until, size));
      }
    }
  }
  ask.whole = std::move(reply);
  return json::object{};
}

/// The box fetches nothing by itself: the job is done after a moment, and its media holds the address.
Told by_url(Ask& ask) {
  const auto kind = ask.text("type"), url = ask.text("url");
  if (ask.number("scene") != 1) return refuse(41040);
  if (kind != "video" && kind != "file") return refuse(40004);
  if (url.empty() || ask.text("filename").empty() || ask.text("md5").empty()) return refuse(40063);
  const auto id = ask.world.fresh("job", 32);
  ask.books().jobs[id] = {id, "upload", keep(ask, kind, "", {"media", ask.text("filename"), "application/octet-stream", url}), 1, 0, ask.now};
  auto& world = ask.world;
  world.after(2, [&world, id] {
    world.books.jobs[id].status = 2;
    world.emit({"upload_media_job_finish", "", {{"JobId", id}}});
  });
  return json::object{{"jobid", id}};
}

Told by_url_result(Ask& ask) {
  const auto at = ask.books().jobs.find(ask.text("jobid"));
  if (at == ask.books().jobs.end() || at->second.kind != "upload") return refuse(40058, "jobid");
  json::object out{{"status", at->second.status}};
  if (at->second.status == 2) out["detail"] = json::object{{"errcode", 0}, {"errmsg", "ok"}, {"media_id", at->second.media}, {"created_at", std::to_string(at->second.made)}};
  return out;
}

constexpr PlatformCall kCalls[] = {{"POST", "media/upload", upload}, {"POST", "media/upload_attachment", upload_attachment}, {"POST", "media/uploadimg", upload_image},
                                   {"GET", "media/picture", picture, true}, {"GET", "media/get", get}, {"POST", "media/upload_by_url", by_url},
                                   {"POST", "media/get_upload_by_url_result", by_url_result}};
}  // namespace

std::span<const PlatformCall> media_calls() { return kCalls; }

}  // namespace koi::simulate
