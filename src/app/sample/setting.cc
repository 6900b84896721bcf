#include "app/sample/setting.h"

namespace koi::app::setting {

namespace {
// Paid traffic comes in crowds and leaves early; parcels and friends bring fewer who stay.
constexpr Channel kChannels[] = {
    {"desk-card", "门店台卡", 0.30, 1.30, 0.16, 0.72, "store"},   {"parcel-card", "包裹卡", 0.16, 0.95, 0.18, 0.61, "parcel"},
    {"douyin-live", "抖音直播", 0.17, 0.60, 0.34, 0.44, "live"},  {"xiaohongshu", "小红书", 0.12, 0.70, 0.27, 0.52, "note"},
    {"moments-ad", "朋友圈广告", 0.13, 0.45, 0.38, 0.38, "ad"},   {"mp-menu", "公众号菜单", 0.08, 0.85, 0.20, 0.66, "mp"},
    {"poster", "商圈海报", 0.04, 0.55, 0.28, 0.50, "poster"}};
constexpr City kCities[] = {{"华东", "上海", 4, 31.2304, 121.4737}, {"华东", "杭州", 2, 30.2741, 120.1551}, {"华东", "南京", 2, 32.0415, 118.7780},
                            {"华南", "深圳", 3, 22.5431, 114.0579}, {"华南", "广州", 2, 23.1291, 113.2644}};
constexpr Tea kTeas[] = {
    {"T001", "茉莉毛尖", 1600, 1.4, false},     {"T002", "桂花乌龙", 1800, 1.2, false},   {"T003", "鸭屎香柠檬茶", 2200, 1.6, true},
    {"T004", "杨枝甘露", 2800, 1.1, true},      {"T005", "黑糖珍珠牛乳", 2400, 1.3, false}, {"T006", "白桃冷萃", 2000, 1.2, true},
    {"T007", "陈皮普洱", 1900, 0.6, false},     {"T008", "抹茶拿铁", 2600, 0.9, false},   {"T009", "满杯葡萄", 2900, 1.3, true},
    {"T010", "手作青提茉莉", 2700, 0.9, true},  {"T011", "红豆年糕奶茶", 2300, 0.8, false}, {"T012", "锦鲤茶礼盒", 16800, 0.12, false}};
constexpr std::string_view kSurnames[] = {"王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
                                          "何", "高", "林", "罗", "郑", "梁", "谢", "宋", "唐", "许", "邓", "冯", "韩", "曹", "曾", "彭",
                                          "萧", "蔡", "潘", "田", "董", "袁", "于", "余", "叶", "蒋", "杜", "苏", "魏", "程", "吕", "丁",
                                          "沈", "任", "单", "仇", "解", "欧阳", "上官", "诸葛"};
constexpr std::string_view kGiven[] = {"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
                                       "超", "秀英", "霞", "平", "刚", "桂英", "子涵", "欣怡", "梓萱", "浩然", "宇轩", "诗涵", "雨桐", "思远",
                                       "嘉怡", "晨曦", "一诺", "沐宸", "佳琪", "若曦", "俊熙", "文博", "晓彤", "婉清", "锦鲤", "乐瑶"};
constexpr std::string_view kStreets[] = {"南京西路店", "徐家汇店", "静安寺店", "五角场店", "湖滨店", "西溪店", "新街口店", "夫子庙店",
                                         "万象天地店", "海岸城店", "车公庙店", "天河城店", "北京路店"};
constexpr std::string_view kTastes[] = {"少糖", "正常糖", "去冰", "热饮", "无咖啡因", "爱果茶", "爱奶茶"};
}  // namespace

std::span<const Channel> channels() { return kChannels; }
std::span<const City> cities() { return kCities; }
std::span<const Tea> teas() { return kTeas; }
std::span<const std::string_view> surnames() { return kSurnames; }
std::span<const std::string_view> given_names() { return kGiven; }
std::span<const std::string_view> street_names() { return kStreets; }
std::span<const std::string_view> tastes() { return kTastes; }

}  // namespace koi::app::setting
