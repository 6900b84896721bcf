/// The product album 商品图册. An app sees the albums it made itself.
#include "base/text.h"
#include "simulate/ask.h"

namespace koi::simulate {

namespace {

constexpr std::int64_t kPriceMax = 5'000'000;

std::expected<void, Refusal> read_album(const Ask& ask, Album& album) {
  if (has(ask.body, "description")) album.description = ask.text("description");
  if (has(ask.body, "price")) album.price = ask.number("price", -1);
  if (has(ask.body, "product_sn")) album.sn = ask.text("product_sn");
  if (has(ask.body, "attachments")) {
    const auto& parts = array(ask.body, "attachments");
    if (parts.size() > 9) return refuse(41064);
    for (const auto& p : parts) {
      if (!p.is_object() || text(p.get_object(), "type") != "image") return refuse(41065);  // "type", not "msgtype"
      if (!media_lives(ask, text(object(p.get_object(), "image"), "media_id"), "2")) return refuse(40007);
    }
    album.attachments = json::serialize(parts);
  }
  if (album.description.empty() || count_chars(album.description) > 300) return refuse(40058, "description");
  if (album.price < 0 || album.price > kPriceMax) return refuse(40058, "price");
  if (album.sn.size() > 128 || album.sn.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") != std::string::npos)
    return refuse(40058, "product_sn");
  if (album.attachments.empty() || album.attachments == "[]") return refuse(40063, "attachments");
  return {};
}

Told add(Ask& ask) {
  Album album;
  if (!has(ask.body, "price")) return refuse(40063, "price");
  TRY(read_album(ask, album));
  album.id = ask.world.fresh("prod", 24);
  album.app = ask.app.name;
  album.created = ask.now;
  const auto id = album.id;
  ask.books().albums[id] = std::move(album);
  return json::object{{"product_id", id}};
}

std::expected<Album*, Refusal> album_in(const Ask& ask) {
  const auto at = ask.books().albums.find(ask.text("product_id"));
  if (at == ask.books().albums.end() || at->second.app != ask.app.name) return refuse(40058, "product_id");
  return &at->second;
}

json::object album_json(const Album& a) {
  return {{"product_id", a.id}, {"description", a.description}, {"price", a.price}, {"product_sn", a.sn}, {"attachments", json::parse(a.attachments)}};
}

Told get(Ask& ask) {
  TRY(const auto* album, album_in(ask));
  auto out = album_json(*album);
  out["create_time"] = album->created;
  return json::object{{"product", std::move(out)}};
}

Told list(Ask& ask) {
  TRY(const auto page, page_of(ask, 50, 100));
  json::array out;
  std::uint64_t place = 0;
  for (const auto& [id, a] : ask.books().albums)
    if (a.app == ask.app.name && place++ >= page.from && out.size() < page.limit) out.push_back(album_json(a));
  const auto next = page.from + out.size();
  return json::object{{"product_list", std::move(out)}, {"next_cursor", next < place ? cursor_of(next) : ""}};
}

Told update(Ask& ask) {
  TRY(auto* stored, album_in(ask));
  auto album = *stored;
  TRY(read_album(ask, album));
  *stored = std::move(album);
  return json::object{};
}

Told remove(Ask& ask) {
  TRY(const auto* album, album_in(ask));
  ask.books().albums.erase(std::string(album->id));
  return json::object{};
}

constexpr PlatformCall kCalls[] = {{"POST", "externalcontact/add_product_album", add},
                                   {"POST", "externalcontact/get_product_album", get},
                                   {"POST", "externalcontact/get_product_album_list", list},
                                   {"POST", "externalcontact/update_product_album", update},
                                   {"POST", "externalcontact/delete_product_album", remove}};
}  // namespace

std::span<const PlatformCall> album_calls() { return kCalls; }

}  // namespace koi::simulate
