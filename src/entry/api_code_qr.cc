// Codes as pictures: one for a screen, sheets for the printer, and the logo in their middle.
#include "base/say.h"
#include "base/text.h"
#include "entry/code_api.h"
#include "entry/picture.h"
#include "entry/visit.h"
#include "store/rows.h"

namespace koi::entry {

struct QrQuery { std::optional<std::string> format; std::optional<std::int64_t> size; std::optional<bool> logo; };
BOOST_DESCRIBE_STRUCT(QrQuery, (), (format, size, logo))
struct LogoRow { store::Blob png; };
BOOST_DESCRIBE_STRUCT(LogoRow, (), (png))
struct SheetQuery { std::optional<std::string> ids, folder, format; std::optional<bool> logo; };
BOOST_DESCRIBE_STRUCT(SheetQuery, (), (ids, folder, format, logo))

namespace {

constexpr std::string_view kLogo = "SELECT png FROM entry_logo WHERE id = 1";
constexpr std::string_view kPutLogo =
    "INSERT INTO entry_logo (id, png, updated_at) VALUES (1, $1, $2) ON CONFLICT (id) DO UPDATE SET png = excluded.png, updated_at = excluded.updated_at";
constexpr std::string_view kDropLogo = "DELETE FROM entry_logo";
constexpr std::size_t kSheetMax = 1000, kFolderPage = 200;

Result<std::string> stored_logo(Tx& tx) {
  TRY(auto row, tx.maybe<LogoRow>(kLogo));
  return row ? std::move(row->png.bytes) : std::string();
}
/// A file the browser keeps rather than shows; the name for those who read it, and a plain one for those who do not.
Reply file_reply(std::string bytes, std::string_view type, std::string_view name, std::string_view ending) {
  auto out = picture_reply(std::move(bytes), type);
  out.headers.emplace_back("Content-Disposition", "attachment; filename=\"codes." + std::string(ending) + "\"; filename*=UTF-8''" + percent_encoded(name) + "." + std::string(ending));
  return out;
}

Result<> one_of(const std::optional<std::string>& format, std::string_view usual, std::string_view other) {
  if (!format || *format == usual || *format == other) return {};
  return fail(Errc::invalid, "entry.format", say("{} or {}", "应为 {} 或 {}", usual, other), "/format");
}

Result<Answer> get_qr(Call& call) {
  TRY(const auto id, call.path<CodeId>("code"));
  TRY(const auto query, call.query<QrQuery>());
  TRY(one_of(query.format, "svg", "png"));
  return call.read([id, query, scope = call.scope(), site = site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(const auto code, find_code(tx, scope, id));
    TRY(const auto logo, logo_for(tx, query.logo));
    const QrPicture picture{code_url(site, code.slug), query.size.value_or(kPixelsUsual), logo};
    const bool png = query.format == "png";
    TRY(auto bytes, png ? qr_png(picture) : qr_svg(picture));
    return picture_reply(std::move(bytes), png ? "image/png" : "image/svg+xml");
  });
}

std::unexpected<Error> not_so_many(std::size_t n) {
  return fail(Errc::invalid, "entry.sheet_size", say("1 to {} codes, not {}", "应为 1 至 {} 个活码,实为 {} 个", kSheetMax, n), "/ids");
}

Result<std::vector<CodeId>> ids_of(std::string_view text) {
  std::vector<CodeId> out;
  for (const auto part : split_text(text, ',')) {
    const auto number = parse_id(CodeTag::prefix, trim(part));
    if (!number) return fail(Errc::not_found, "http.no_such_id", std::string(part), "/ids");
    out.push_back(CodeId{*number});
  }
  if (out.empty() || out.size() > kSheetMax) return not_so_many(out.size());
  return out;
}

Result<std::vector<Code>> chosen_codes(Tx& tx, const Scope& scope, const SheetQuery& query) {
  std::vector<Code> out;
  if (query.ids) {
    TRY(const auto ids, ids_of(*query.ids));
    for (const auto id : ids) {
      TRY(auto code, find_code(tx, scope, id));
      out.push_back(std::move(code));
    }
    return out;
  }
  CodeFilter filter;
  filter.folder = query.folder.value_or("");
  filter.limit = kFolderPage;
  for (bool more = !filter.folder.empty(); more;) {
    TRY(auto page, list_codes(tx, scope, filter));
    more = page.size() == kFolderPage && out.size() <= kSheetMax;
    if (!page.empty()) filter.before = page.back().id;
    std::ranges::move(page, std::back_inserter(out));
  }
  if (out.empty() || out.size() > kSheetMax) return not_so_many(out.size());
  return out;
}

Poster poster_of(const Code& code, const std::string& site, bool english) {
  const auto words = code.spec.kind == CodeKind::store ? (english ? "Scan to meet the store nearest to you" : "扫码联系离您最近的门店")
                                                       : (english ? "Scan to add us on WeCom" : "扫码添加企业微信");
  return {code.spec.name, words, code_url(site, code.slug), code.spec.name + "-" + code.slug};
}

Result<Answer> get_sheet(Call& call) {
  TRY(const auto query, call.query<SheetQuery>());
  TRY(one_of(query.format, "pdf", "zip"));
  const bool english = call.request().language() == "en";
  return call.read([query, english, scope = call.scope(), site = site_of(call.request())](Tx& tx) -> Result<Reply> {
    TRY(const auto codes, chosen_codes(tx, scope, query));
    TRY(const auto logo, logo_for(tx, query.logo));
    std::vector<Poster> posters;
    for (const auto& code : codes) posters.push_back(poster_of(code, site, english));
    const bool zip = query.format == "zip";
    TRY(auto bytes, zip ? posters_zip(posters, logo) : posters_pdf(posters, logo));
    return file_reply(std::move(bytes), zip ? "application/zip" : "application/pdf", english ? "codes" : "活码", zip ? "zip" : "pdf");
  });
}

Result<Answer> get_logo(Call& call) {
  return call.read([](Tx& tx) -> Result<Reply> {
    TRY(auto png, stored_logo(tx));
    if (png.empty()) return fail(Errc::not_found, "entry.no_logo");
    return picture_reply(std::move(png), "image/png");
  });
}

Result<Answer> put_logo(Call& call) {
  TRY(auto png, logo_from(call.request().body));
  return call.write(ShardKey{}, [png = std::move(png)](Tx& tx) -> Result<Reply> {
    TRY(tx.exec(kPutLogo, store::Blob{png}, tx.now()));
    return http::no_content();
  });
}

Result<Answer> delete_logo(Call& call) {
  return call.write(ShardKey{}, [](Tx& tx) -> Result<Reply> {
    TRY(tx.exec(kDropLogo));
    return http::no_content();
  });
}

using http::None;
using http::of_media;
using http::route;
constexpr Route kRoutes[] = {
    of_media(route<QrQuery, None, None>("GET", "/v1/codes/{code}/qr", "code.read", get_qr, "活码图片(SVG 或 PNG)", "A live code as a picture, SVG or PNG"), "image/svg+xml"),
    of_media(route<SheetQuery, None, None>("GET", "/v1/codes:sheet", "code.read", get_sheet, "活码打印页(PDF)或图片包(ZIP)", "Codes to print, as a PDF or a ZIP of pictures"), "application/pdf"),
    of_media(route<None, None, None>("GET", "/v1/code-logo", "code.read", get_logo, "活码中央的标志", "The logo in the middle of codes"), "image/png"),
    route<None, None, None>("PUT", "/v1/code-logo", "code.write", put_logo, "上传活码标志(PNG)", "Set the logo in the middle of codes, a PNG", http::kUpload),
    route<None, None, None>("DELETE", "/v1/code-logo", "code.write", delete_logo, "清除活码标志", "Take the logo out of codes"),
};

}  // namespace

Result<std::string> logo_for(Tx& tx, std::optional<bool> wanted) { return wanted.value_or(true) ? stored_logo(tx) : std::string(); }

Reply picture_reply(std::string bytes, std::string_view type) {
  Reply out{200, std::move(bytes), std::string(type), {}};
  out.headers.emplace_back("Cache-Control", "private, no-cache");
  return out;
}

std::span<const Route> code_print_routes() { return kRoutes; }

}  // namespace koi::entry
