/// Imports on the wire: upload (at once or in chunks), preview, mapping, dry run, start, progress, errors, undo.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>

#include "base/text.h"
#include "connect/files/desk.h"
#include "connect/files/job.h"
#include "http/wire.h"

namespace koi::connect::files {

BOOST_DESCRIBE_ENUM(Subject, customers, orders, events)
struct UploadQuery {
  Subject subject = Subject::orders;
  std::string file_name;
  std::optional<std::string> source, encoding, delimiter, sheet;
  std::optional<bool> chunked;  // the body is the first part; more follow through /chunks
};
BOOST_DESCRIBE_STRUCT(UploadQuery, (), (subject, file_name, source, encoding, delimiter, sheet, chunked))
struct ChunkQuery { std::int64_t offset = 0; std::optional<bool> last; };
BOOST_DESCRIBE_STRUCT(ChunkQuery, (), (offset, last))
struct ChunkReply { ImportId id; std::int64_t bytes = 0; std::string state; };
BOOST_DESCRIBE_STRUCT(ChunkReply, (), (id, bytes, state))
struct ListQuery { std::optional<std::int64_t> limit; std::optional<std::string> after; };
BOOST_DESCRIBE_STRUCT(ListQuery, (), (limit, after))
struct MapBody {
  std::vector<MapItem> map;
  std::optional<std::string> source;
};
BOOST_DESCRIBE_STRUCT(MapBody, (), (map, source))
struct ImportShape {
  ImportId id;
  std::string subject, source, file_name, state, format, encoding, delimiter, sheet;
  bool dry = false;
  std::int64_t rows_done = 0, bytes_done = 0, bytes_total = 0, good = 0, bad = 0, orders_made = 0, orders_changed = 0,
               people_made = 0, events_made = 0, repeats = 0;
  double rows_per_second = 0;
  http::Json tally;
  std::string error_code, error_detail, author;
  Instant created_at;
  std::optional<Instant> started_at, ended_at;
};
BOOST_DESCRIBE_STRUCT(ImportShape, (),
                      (id, subject, source, file_name, state, format, encoding, delimiter, sheet, dry, rows_done, bytes_done,
                       bytes_total, good, bad, orders_made, orders_changed, people_made, events_made, repeats,
                       rows_per_second, tally, error_code, error_detail, author, created_at, started_at, ended_at))
struct FieldShape { std::string name; bool required = false; };
BOOST_DESCRIBE_STRUCT(FieldShape, (), (name, required))
struct PreviewReply {
  ImportId id;
  std::string format, encoding, delimiter, sheet;
  std::vector<std::string> sheets, header;
  std::vector<std::vector<std::string>> rows;
  std::vector<MapItem> map;
  std::vector<FieldShape> fields;  // what columns can be mapped to
};
BOOST_DESCRIBE_STRUCT(PreviewReply, (), (id, format, encoding, delimiter, sheet, sheets, header, rows, map, fields))

namespace {

constexpr std::int64_t kUploadedMax = std::int64_t{2} << 30;  // of one file, all chunks together

constexpr std::string_view kBegin =
    "INSERT INTO import_job (id, subject, source, file_name, path, owned, bytes_total, format, encoding, delimiter, "
    "sheet, header, map, state, author, created_at) "
    "VALUES ($1, $2, $3, $4, $5, 1, 0, '', $6, $7, $8, '[]', '[]', 'uploading', $9, $10)";
constexpr std::string_view kGrow = "UPDATE import_job SET bytes_total = $2 WHERE id = $1 AND state = 'uploading'";
constexpr std::string_view kReady =
    "UPDATE import_job SET state = 'ready', bytes_total = $2, format = $3, encoding = $4, delimiter = $5, header = $6, "
    "map = $7 WHERE id = $1 AND state = 'uploading'";
constexpr std::string_view kUnreadable =
    "UPDATE import_job SET state = 'failed', error_code = $2, error_detail = $3, ended_at = $4 WHERE id = $1 AND state = 'uploading'";

Result<OpenDesk*> desk_of(Call& call) {
  auto* desk = OpenDesk::of(call.db());
  if (desk == nullptr) return fail(Errc::unavailable, "connect.no_desk");
  return desk;
}

/// Appends at `offset`, so that a chunk sent twice changes nothing.
Result<std::int64_t> write_part(const std::string& path, std::int64_t offset, const std::string& body) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(Errc::internal, "connect.folder", path);
  struct Closer { int fd; ~Closer() { ::close(fd); } } closer{fd};
  const auto size = ::lseek(fd, 0, SEEK_END);
  if (offset > size) return fail(Errc::conflict, "connect.chunk_gap", std::to_string(size));
  for (std::size_t done = 0; done < body.size();) {
    const auto n = ::pwrite(fd, body.data() + done, body.size() - done, offset + static_cast<std::int64_t>(done));
    if (n <= 0) return fail(Errc::unavailable, "connect.folder", path);
    done += static_cast<std::size_t>(n);
  }
  if (::fdatasync(fd) != 0) return fail(Errc::unavailable, "connect.folder", path);
  return std::max<std::int64_t>(size, offset + static_cast<std::int64_t>(body.size()));
}

ImportShape shape_of(const ImportView& v, double rate) {
  return {v.id, v.subject, v.source, v.file_name, v.state, v.format, v.encoding, v.delimiter, v.sheet, v.dry, v.rows_done,
          v.bytes_done, v.bytes_total, v.good, v.bad, v.orders_made, v.orders_changed, v.people_made, v.events_made,
          v.repeats, rate, {v.tally}, v.error_code, v.error_detail, v.author, v.created_at, v.started_at, v.ended_at};
}

/// The whole file is there: what is it? Its head decides; an unreadable one is a failed job with the reason.
Result<ChunkReply> read_uploaded(Db& db, ImportId id, std::int64_t bytes) {
  TRY(const auto job, db.read([&](Tx& tx) { return load_job(tx, id); }));
  const auto head = read_head(rows_of(job));
  if (!head) {
    const auto e = head.error();
    TRY(db.write([&](Tx& tx) { return tx.exec(kUnreadable, id, e.code, e.detail, tx.now()); }));
    return std::unexpected(e);
  }
  TRY(db.write([&](Tx& tx) -> Result<> {
    TRY(const auto map, propose_map(tx, *parse_subject(job.subject), *head));
    TRY(tx.exec(kReady, id, bytes, head->shape.format, head->shape.encoding, head->shape.delimiter,
                http::json_of(head->header), http::json_of(map)));
    return {};
  }));
  return ChunkReply{id, bytes, "ready"};
}

Result<ChunkReply> take_part(Db& db, OpenDesk& desk, ImportId id, std::int64_t offset, const std::string& body, bool last) {
  TRY(const auto bytes, write_part(desk.upload_path(id), offset, body));
  if (last) return read_uploaded(db, id, bytes);
  TRY(db.write([&](Tx& tx) { return tx.exec(kGrow, id, bytes); }));
  return ChunkReply{id, bytes, "uploading"};
}

Result<Answer> post_import(Call& call) {
  TRY(const auto query, call.query<UploadQuery>());
  TRY(auto* desk, desk_of(call));
  const auto author = call.actor().author().name;
  auto finish = call.later();
  const auto& body = call.request().body;  // lives as long as `finish`
  TRY(desk->post([&db = call.db(), desk, query, author, finish, &body] {
    const auto run = [&]() -> Result<Reply> {
      const auto name = std::filesystem::path(query.file_name).filename().string();
      const auto source = query.source ? *query.source : source_of(name);
      if (!good_source(source)) return fail(Errc::invalid, "connect.bad_source", source);
      TRY(const auto id, db.write([&](Tx& tx) -> Result<ImportId> {
        const auto made = tx.next_id<ImportId>();
        TRY(tx.exec(kBegin, made, subject_text(query.subject), source, take_chars(name, 200), desk->upload_path(made),
                    query.encoding.value_or(""), query.delimiter.value_or(""), query.sheet.value_or(""), author, tx.now()));
        return made;
      }));
      TRY(const auto part, take_part(db, *desk, id, 0, body, !query.chunked.value_or(false)));
      return http::created(part);
    };
    finish(run());
  }));
  return Answer::Later{};
}

Result<Answer> post_chunk(Call& call) {
  TRY(const auto id, call.path<ImportId>("import"));
  TRY(const auto query, call.query<ChunkQuery>());
  TRY(auto* desk, desk_of(call));
  if (query.offset < 0 || query.offset + static_cast<std::int64_t>(call.request().body.size()) > kUploadedMax) {
    return fail(Errc::too_large, "connect.upload_too_large");
  }
  auto finish = call.later();
  const auto& body = call.request().body;
  TRY(desk->post([&db = call.db(), desk, id, query, finish, &body] {
    const auto run = [&]() -> Result<Reply> {
      TRY(const auto job, db.read([&](Tx& tx) { return load_job(tx, id); }));
      if (job.state != "uploading") return fail(Errc::conflict, "connect.import_state", job.state);
      TRY(const auto part, take_part(db, *desk, id, query.offset, body, query.last.value_or(false)));
      return http::ok(part);
    };
    finish(run());
  }));
  return Answer::Later{};
}

Result<Answer> get_imports(Call& call) {
  TRY(const auto query, call.query<ListQuery>());
  TRY(const auto limit, http::page_limit(query.limit));
  ImportId before;
  if (query.after) {
    TRY(const auto place, http::decode_cursor(*query.after, 1));
    before.v = place[0];
  }
  return call.read([before, limit](Tx& tx) -> Result<Reply> {
    TRY(const auto rows, list_imports(tx, before, limit + 1));
    http::Page<ImportShape> page;
    for (const auto& v : rows) {
      if (static_cast<int>(page.data.size()) == limit) { page.next = http::encode_cursor({page.data.back().id.v}); break; }
      page.data.push_back(shape_of(v, 0));
    }
    page.as_of = tx.now();
    return http::ok(page);
  });
}

Result<Answer> get_import(Call& call) {
  TRY(const auto id, call.path<ImportId>("import"));
  auto* desk = OpenDesk::of(call.db());
  return call.read([id, desk](Tx& tx) -> Result<Reply> {
    TRY(const auto view, find_import(tx, id));
    return http::ok(shape_of(view, desk != nullptr ? desk->rate(id) : 0));
  });
}

Result<Answer> get_preview(Call& call) {
  TRY(const auto id, call.path<ImportId>("import"));
  TRY(auto* desk, desk_of(call));
  auto finish = call.later();
  TRY(desk->post([&db = call.db(), id, finish] {
    const auto run = [&]() -> Result<Reply> {
      TRY(const auto job, db.read([&](Tx& tx) { return load_job(tx, id); }));
      if (job.state == "uploading") return fail(Errc::conflict, "connect.import_state", job.state);
      TRY(auto head, read_head(rows_of(job)));
      PreviewReply reply{.id = id, .format = head.shape.format, .encoding = head.shape.encoding,
                         .delimiter = head.shape.delimiter, .sheet = job.sheet, .sheets = head.shape.sheets,
                         .header = std::move(head.header), .rows = std::move(head.samples), .map = {}, .fields = {}};
      TRY(reply.map, http::parse_json<std::vector<MapItem>>(job.map));
      for (const auto& [name, needed] : fields_of(*parse_subject(job.subject))) reply.fields.push_back({std::string(name), needed});
      return http::ok(reply);
    };
    finish(run());
  }));
  return Answer::Later{};
}

Result<Answer> put_mapping(Call& call) {
  TRY(const auto id, call.path<ImportId>("import"));
  TRY(const auto body, call.body<MapBody>());
  call.audit_subject(to_text(id));
  return call.write(id, [id, body](Tx& tx) -> Result<Reply> {
    TRY(set_map(tx, id, body.map, body.source.value_or("")));
    TRY(const auto view, find_import(tx, id));
    return http::ok(shape_of(view, 0));
  });
}

/// A step of the job, then the desk takes it up once that is durable.
template <Result<> (*step)(Tx&, ImportId), bool wakes>
Result<Answer> post_step(Call& call) {
  TRY(const auto id, call.path<ImportId>("import"));
  TRY(auto* desk, desk_of(call));
  call.audit_subject(to_text(id));
  return call.write(id, [id, desk](Tx& tx) -> Result<Reply> {
    TRY(step(tx, id));
    if (wakes) tx.after_commit([desk, id] { desk->take_up(id); });
    TRY(const auto view, find_import(tx, id));
    return http::accepted(shape_of(view, 0));
  });
}
Result<> start_dry(Tx& tx, ImportId id) { return begin_import(tx, id, true); }
Result<> start_real(Tx& tx, ImportId id) { return begin_import(tx, id, false); }

Result<Answer> get_errors(Call& call) {
  TRY(const auto id, call.path<ImportId>("import"));
  return call.read([id](Tx& tx) -> Result<Reply> {
    TRY(auto csv, error_file(tx, id));
    return Reply{200, std::move(csv), "text/csv; charset=utf-8",
                 {{"Content-Disposition", "attachment; filename=\"" + to_text(id) + ".errors.csv\""}}};
  });
}

using http::None;
using http::route;
constexpr Route kRoutes[] = {
    route<UploadQuery, None, ChunkReply>("POST", "/v1/imports", "import.write", post_import, "上传导入文件", "Upload a file to import", http::kUpload),
    route<ListQuery, None, http::Page<ImportShape>>("GET", "/v1/imports", "import.read", get_imports, "导入任务列表", "List imports"),
    route<None, None, ImportShape>("GET", "/v1/imports/{import}", "import.read", get_import, "导入任务与进度", "An import and its progress"),
    route<ChunkQuery, None, ChunkReply>("POST", "/v1/imports/{import}/chunks", "import.write", post_chunk, "分片上传", "Upload a further chunk", http::kUpload),
    route<None, None, PreviewReply>("GET", "/v1/imports/{import}/preview", "import.read", get_preview, "预览与建议的列映射", "Preview and proposed mapping"),
    route<None, MapBody, ImportShape>("PUT", "/v1/imports/{import}/mapping", "import.write", put_mapping, "设置列映射", "Set the column mapping"),
    route<None, None, ImportShape>("POST", "/v1/imports/{import}/dry-run", "import.write", post_step<start_dry, true>, "试运行", "Dry run"),
    route<None, None, ImportShape>("POST", "/v1/imports/{import}/start", "import.write", post_step<start_real, true>, "开始或继续导入", "Start or resume"),
    route<None, None, ImportShape>("POST", "/v1/imports/{import}/pause", "import.write", post_step<pause_import, false>, "暂停导入", "Pause"),
    route<None, None, ImportShape>("POST", "/v1/imports/{import}/cancel", "import.write", post_step<cancel_import, false>, "取消导入", "Cancel"),
    route<None, None, ImportShape>("POST", "/v1/imports/{import}/undo", "import.write", post_step<undo_import, true>, "撤销整个导入", "Undo a whole import"),
    route<None, None, None>("GET", "/v1/imports/{import}/errors.csv", "import.read", get_errors, "下载错误行", "Download the error rows"),
};

}  // namespace

std::span<const http::Route> routes() { return kRoutes; }

}  // namespace koi::connect::files
