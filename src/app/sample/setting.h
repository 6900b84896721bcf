/// Where the story plays: places, people's names, goods, channels. Data only.
#pragma once
#include <span>
#include <string_view>

namespace koi::app::setting {

struct Channel {
  std::string_view code, zh;
  double weight;         // share of arrivals
  double buy_rate;       // mean purchases a month while alive
  double drop_rate;      // mean chance to stop after each purchase
  double consent_rate;   // says yes to marketing
  std::string_view scene;
};
struct City { std::string_view region, name; int stores; double lat, lng; };
struct Tea { std::string_view sku, title; int price_fen; double weight; bool summer; };

std::span<const Channel> channels();
std::span<const City> cities();
std::span<const Tea> teas();
std::span<const std::string_view> surnames();
std::span<const std::string_view> given_names();
std::span<const std::string_view> street_names();
std::span<const std::string_view> tastes();

}  // namespace koi::app::setting
