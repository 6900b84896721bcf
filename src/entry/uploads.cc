// Files that come with answers: kept in the store, so that they are backed up, erased and moved with everything else.
#include <algorithm>

#include "base/say.h"
#include "base/text.h"
#include "entry/forms.h"
#include "people/vault.h"
#include "store/rows.h"

namespace koi::entry {

struct UploadRow { std::string name, type; store::Blob bytes; PersonId origin, person; };
BOOST_DESCRIBE_STRUCT(UploadRow, (), (name, type, bytes, origin, person))

namespace {

constexpr std::string_view kAdd =
    "INSERT INTO entry_upload (id, form_id, question, visitor, name, type, size, bytes, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
constexpr std::string_view kLoose = "SELECT COUNT(*) FROM entry_upload WHERE visitor = $1 AND answer_id IS NULL";
constexpr std::string_view kLooseBytes = "SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM entry_upload WHERE answer_id IS NULL";
constexpr std::string_view kSweep = "DELETE FROM entry_upload WHERE id IN (SELECT id FROM entry_upload WHERE answer_id IS NULL AND at < $1 LIMIT $2)";
constexpr std::string_view kRead =
    "SELECT u.name, u.type, u.bytes, a.origin_id, a.person_id FROM entry_upload u JOIN entry_answer a ON a.id = u.answer_id WHERE u.id = $1 AND u.form_id = $2";
constexpr std::string_view kDropOf = "DELETE FROM entry_upload WHERE answer_id IN (SELECT id FROM entry_answer WHERE origin_id = $1)";
constexpr std::int64_t kLooseMax = 20;
/// Of all browsers together: whoever sends files and never an answer fills no disk.
constexpr std::int64_t kLooseBytesMax = std::int64_t{512} << 20;
constexpr std::size_t kNameMax = 100;
constexpr auto kLooseFor = std::chrono::hours{24};

/// By what stands at the beginning of the bytes; a name says nothing.
std::string_view type_of(std::string_view bytes) {
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) return "image/png";
  if (bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") return "image/webp";
  if (bytes.starts_with("%PDF-")) return "application/pdf";
  return {};
}

/// Letters, digits and what is harmless in a file's name; the rest becomes "_".
std::string plain_name(std::string_view name) {
  if (const auto stroke = name.find_last_of("/\\"); stroke != name.npos) name = name.substr(stroke + 1);
  std::string out(take_chars(valid_utf8(name) ? name : "file", kNameMax));
  for (auto& c : out)
    if ((c >= 0 && c < ' ') || c == '"' || c == '<' || c == '>' || c == '|' || c == ':' || c == '*' || c == '?' || c == '\x7f') c = '_';
  return out.empty() ? "file" : out;
}

Result<> drop_uploads(Tx& tx, PersonId, std::span<const PersonId> nodes) {
  for (const auto node : nodes) TRY(tx.exec(kDropOf, node));
  return {};
}
const bool kErases = people::on_erase(drop_uploads);

}  // namespace

Result<UploadId> keep_upload(Tx& tx, const NewUpload& cmd) {
  CHECK(kErases);
  TRY(const auto form, find_form(tx, cmd.form));
  const auto q = std::ranges::find(form.spec.questions, cmd.question, &FormQuestion::key);
  if (q == form.spec.questions.end() || q->kind != QuestionKind::upload) return refuse("entry.upload_question", say("no file is asked for here", "此处不需要上传文件"), cmd.question);
  if (const auto why = closed_form(form, tx.now()); !why.empty()) return fail(Errc::conflict, "entry.form_closed", std::string(why));
  const auto most = q->max_kb > 0 ? q->max_kb : kUploadMaxKb;
  if (cmd.bytes.empty() || static_cast<std::int64_t>(cmd.bytes.size()) > most * 1024) return refuse("entry.upload_size", say("at most {} KB", "文件最大 {} KB", most), q->key);
  const auto type = type_of(cmd.bytes);
  const auto kind = type.starts_with("image/") ? "image" : type.empty() ? "" : "pdf";
  if (type.empty() || (!q->types.empty() && std::ranges::find(q->types, kind) == q->types.end()))
    return refuse("entry.upload_type", q->types.size() == 1 && q->types.front() == "pdf" ? say("a PDF please", "请上传 PDF") : q->types.size() == 1 ? say("a JPEG, PNG or WebP picture please", "请上传 JPEG、PNG 或 WebP 图片") : say("a picture or a PDF please", "请上传图片或 PDF"), q->key);
  TRY(const auto loose, tx.one<std::int64_t>(kLoose, cmd.visitor));
  if (loose >= kLooseMax) return fail(Errc::exhausted, "entry.upload_limit", std::to_string(kLooseMax), q->key);
  TRY(const auto waiting, tx.one<std::int64_t>(kLooseBytes));
  if (waiting + static_cast<std::int64_t>(cmd.bytes.size()) > kLooseBytesMax) return fail(Errc::exhausted, "entry.upload_limit", {}, q->key);
  const auto id = tx.next_id<UploadId>();
  TRY(tx.exec(kAdd, id, cmd.form, cmd.question, cmd.visitor, plain_name(cmd.name), type, cmd.bytes.size(), store::Blob{cmd.bytes}, tx.now()));
  return id;
}

Result<std::int64_t> sweep_uploads(Tx& tx, int limit) { return tx.exec(kSweep, tx.now() - kLooseFor, limit); }

Result<Upload> read_upload(Tx& tx, const Scope& scope, FormId form, UploadId upload) {
  TRY(auto row, tx.maybe<UploadRow>(kRead, upload, form));
  if (!row) return fail(Errc::not_found, "entry.no_upload", to_text(upload));
  if (!people::visible(tx, scope, row->person)) return fail(Errc::not_found, "entry.no_upload", to_text(upload));
  return Upload{std::move(row->name), std::move(row->type), std::move(row->bytes.bytes)};
}

}  // namespace koi::entry
