// The kinds everybody starts with, model.md §9.2. Ids never change and are never reused: columns store them. A new
// kind takes the next free number; a changed one gets a new version in a later row.
#include "events/log.h"

namespace koi::events {

namespace {

struct BuiltIn {
  std::int64_t id;
  std::string_view name, zh, en, group, props;
};

constexpr std::string_view kScan =
    "code_id:text scene:text is_first:boolean store_id?:text public_platform?:text click_id?:text";
constexpr std::string_view kDeleted = "staff_id:text days_since_add:integer last_touch_id:text";
constexpr std::string_view kJoined = "group_id:text join_way:text inviter_person?:text";
constexpr std::string_view kLeft = "group_id:text kicked_by?:text inviter_person?:text";
constexpr std::string_view kRegistered = "programme_id:text store_id:text phone_hash:text verified_by:text";
constexpr std::string_view kShared = "share_id:text content_id:text parent_person?:text depth:integer";
constexpr std::string_view kOpened = "share_id:text content_id:text parent_person:text opener_is_new:boolean";
constexpr std::string_view kOrder =
    "order_id:text shop_id:text lines:list total_fen:money pay_fen:money points_used:integer coupon_ids:list "
    "first_order:boolean touch:object store_id?:text staff_id?:text";
constexpr std::string_view kRefund = "refund_id:text order_id:text lines:list reason:text restock:boolean";
constexpr std::string_view kReserve =
    "campaign_id:text pool_id:text qty:integer reserve_id:text expires_at?:time cause?:text";
constexpr std::string_view kGroupBuy =
    "campaign_id:text team_id:text leader_person:text need:integer have:integer deadline:time";
constexpr std::string_view kHelped = "bargain_id:text helper_person:text cut_fen:money remain_fen:money";
constexpr std::string_view kPoints =
    "programme_id:text unit:text amount:integer lot_ids:list ref:text rule_id?:text";
constexpr std::string_view kCoupon = "batch_id:text coupon_id:text ref:text saved_fen:money";
constexpr std::string_view kBound = "parent_person:text share_id:text rule_v:integer verdict:text risk:number";
constexpr std::string_view kCommission =
    "item_id:text order_id:text line_no:integer payee:text level:integer base_fen:money rate_bp:integer fen:money";
constexpr std::string_view kMessage =
    "dispatch_key:text channel:text template_v:integer journey_id?:text node?:text staff_id?:text reason?:text";
constexpr std::string_view kSkipped =
    "dispatch_key:text channel:text template_v:integer reason:text journey_id?:text node?:text staff_id?:text";
constexpr std::string_view kExperiment =
    "exp_id:text variant:text unit_type:text unit_id:text ver:integer ghost:boolean";
constexpr std::string_view kConsent = "purpose:text address:text proof_ref:text text_v:integer";

constexpr BuiltIn kCatalogue[] = {
    {1, "page_viewed", "浏览页面", "Page viewed", "acquisition", ""},
    {2, "ad_clicked", "点击广告", "Ad clicked", "acquisition", ""},
    {3, "code_shown", "展示活码", "Code shown", "acquisition", ""},
    {4, "code_scanned", "扫描活码", "Code scanned", "acquisition", kScan},
    {5, "friend_requested", "申请加好友", "Friend requested", "acquisition", ""},
    {6, "friend_added", "加为好友", "Friend added", "acquisition",
     "staff_id:text state:text add_way:text welcome_sent:boolean code_id?:text"},
    {7, "friend_deleted_by_customer", "被客户删除", "Deleted by customer", "acquisition", kDeleted},
    {8, "friend_deleted_by_staff", "员工删除客户", "Deleted by staff", "acquisition", kDeleted},
    {9, "group_joined", "加入群聊", "Group joined", "acquisition", kJoined},
    {10, "group_left", "退出群聊", "Group left", "acquisition", kLeft},
    {11, "follow_subscribed", "关注公众号", "Account followed", "acquisition", ""},
    {12, "follow_unsubscribed", "取关公众号", "Account unfollowed", "acquisition", ""},
    {13, "mini_program_opened", "打开小程序", "Mini program opened", "acquisition", ""},
    {14, "form_submitted", "提交表单", "Form submitted", "acquisition", ""},
    {15, "phone_bound", "绑定手机号", "Phone bound", "acquisition", kRegistered},
    {16, "member_registered", "注册会员", "Member registered", "acquisition", kRegistered},
    {17, "identity_linked", "关联身份", "Identity linked", "acquisition", ""},
    {18, "identity_unlinked", "解除身份关联", "Identity unlinked", "acquisition", ""},
    {20, "content_viewed", "浏览内容", "Content viewed", "engagement", "dwell_ms?:integer depth?:number"},
    {21, "content_shared", "分享内容", "Content shared", "engagement", kShared},
    {22, "share_opened", "打开分享", "Share opened", "engagement", kOpened},
    {23, "message_received_from_customer", "收到客户消息", "Message from customer", "engagement", ""},
    {24, "message_sent_by_staff", "员工发送消息", "Message from staff", "engagement", ""},
    {25, "quick_reply_used", "使用快捷回复", "Quick reply used", "engagement", ""},
    {26, "survey_answered", "填写问卷", "Survey answered", "engagement", ""},
    {27, "checkin_done", "签到", "Checked in", "engagement", ""},
    {28, "live_entered", "进入直播间", "Live entered", "engagement", ""},
    {29, "live_left", "离开直播间", "Live left", "engagement", ""},
    {30, "coupon_viewed", "查看优惠券", "Coupon viewed", "engagement", ""},
    {31, "product_viewed", "浏览商品", "Product viewed", "engagement", ""},
    {32, "product_favourited", "收藏商品", "Product favourited", "engagement", ""},
    {33, "cart_added", "加入购物车", "Added to cart", "engagement", ""},
    {34, "cart_removed", "移出购物车", "Removed from cart", "engagement", ""},
    {35, "search_done", "搜索", "Searched", "engagement", ""},
    {36, "menu_clicked", "点击公众号菜单", "Menu clicked", "engagement", "app_id:text key:text opens:boolean"},
    {40, "order_created", "创建订单", "Order created", "commerce", kOrder},
    {41, "order_paid", "支付订单", "Order paid", "commerce", kOrder},
    {42, "order_shipped", "订单发货", "Order shipped", "commerce", kOrder},
    {43, "order_completed", "订单完成", "Order completed", "commerce", kOrder},
    {44, "order_cancelled", "取消订单", "Order cancelled", "commerce", ""},
    {45, "refund_requested", "申请退款", "Refund requested", "commerce", ""},
    {46, "refund_done", "退款完成", "Refund done", "commerce", kRefund},
    {47, "review_posted", "发表评价", "Review posted", "commerce", ""},
    {48, "flash_reserved", "秒杀占位", "Flash sale reserved", "commerce", kReserve},
    {49, "flash_released", "秒杀释放", "Flash sale released", "commerce", kReserve},
    {50, "group_buy_opened", "开团", "Group buy opened", "commerce", kGroupBuy},
    {51, "group_buy_joined", "参团", "Group buy joined", "commerce", kGroupBuy},
    {52, "group_buy_succeeded", "拼团成功", "Group buy succeeded", "commerce", kGroupBuy},
    {53, "group_buy_failed", "拼团失败", "Group buy failed", "commerce", kGroupBuy},
    {54, "bargain_started", "发起砍价", "Bargain started", "commerce", ""},
    {55, "bargain_helped", "帮忙砍价", "Bargain helped", "commerce", kHelped},
    {56, "presale_deposit_paid", "支付定金", "Deposit paid", "commerce", ""},
    {60, "points_earned", "获得积分", "Points earned", "loyalty", kPoints},
    {61, "points_spent", "使用积分", "Points spent", "loyalty", kPoints},
    {62, "points_expired", "积分过期", "Points expired", "loyalty", kPoints},
    {63, "coupon_issued", "发放优惠券", "Coupon issued", "loyalty", kCoupon},
    {64, "coupon_redeemed", "核销优惠券", "Coupon redeemed", "loyalty", kCoupon},
    {65, "tier_changed", "等级变化", "Tier changed", "loyalty", ""},
    {66, "referral_bound", "绑定推荐关系", "Referral bound", "loyalty", kBound},
    {67, "commission_accrued", "佣金计提", "Commission accrued", "loyalty", kCommission},
    {68, "commission_settled", "佣金结算", "Commission settled", "loyalty", kCommission},
    {70, "msg_planned", "计划发送", "Message planned", "delivery", kMessage},
    {71, "msg_capped", "触达频次限制", "Message capped", "delivery", kMessage},
    {72, "msg_quieted", "免打扰时段", "Message quieted", "delivery", kMessage},
    {73, "msg_queued", "消息排队", "Message queued", "delivery", kMessage},
    {74, "msg_dispatched", "消息发出", "Message dispatched", "delivery", kMessage},
    {75, "msg_delivered", "消息送达", "Message delivered", "delivery", kMessage},
    {76, "msg_read", "消息已读", "Message read", "delivery", kMessage},
    {77, "msg_clicked", "消息点击", "Message clicked", "delivery", kMessage},
    {78, "msg_failed", "消息失败", "Message failed", "delivery", kMessage},
    {79, "msg_skipped", "跳过发送", "Message skipped", "delivery", kSkipped},
    {80, "task_assigned", "分配任务", "Task assigned", "delivery", ""},
    {81, "task_done", "完成任务", "Task done", "delivery", ""},
    {82, "task_expired", "任务过期", "Task expired", "delivery", ""},
    {85, "exp_assigned", "实验分组", "Experiment assigned", "experiment", kExperiment},
    {86, "exp_exposed", "实验曝光", "Experiment exposed", "experiment", kExperiment},
    {87, "holdout_assigned", "进入对照组", "Holdout assigned", "experiment", ""},
    {88, "segment_entered", "进入人群", "Segment entered", "experiment", ""},
    {89, "segment_left", "离开人群", "Segment left", "experiment", ""},
    {90, "consent_granted", "授予同意", "Consent granted", "compliance", kConsent},
    {91, "consent_withdrawn", "撤回同意", "Consent withdrawn", "compliance", kConsent},
    {92, "blocked_word_hit", "命中敏感词", "Blocked word hit", "compliance", ""},
    {93, "data_exported", "导出数据", "Data exported", "compliance", ""},
    {94, "data_erased", "删除数据", "Data erased", "compliance", ""},
    // What our own rooms note about a person beside the catalogue of the model.
    {100, "person_created", "新增客户", "Person created", "people", ""},
    {101, "person_merged", "合并客户", "Person merged", "people", ""},
    {102, "person_unmerged", "撤销合并", "Person unmerged", "people", ""},
    {103, "attribute_changed", "属性变化", "Attribute changed", "people", ""},
    {104, "tag_added", "打标签", "Tag added", "people", ""},
    {105, "tag_removed", "移除标签", "Tag removed", "people", ""},
    {106, "stage_changed", "生命周期变化", "Life stage changed", "people", ""},
    {107, "relation_added", "建立关系", "Relation added", "people", ""},
    {108, "relation_ended", "结束关系", "Relation ended", "people", ""},
    {109, "owner_changed", "归属变化", "Owner changed", "people", ""},
    {110, "friend_transferred", "好友转接", "Friend handed over", "people", ""},
    {111, "tag_renewed", "标签有效期变化", "Tag's term changed", "people", ""},
};

constexpr std::string_view kInstall =
    "INSERT INTO event_kind (id, version, name, zh, en, kind_group, props, origin) "
    "VALUES ($1, 1, $2, $3, $4, $5, $6, 'built_in') ON CONFLICT DO NOTHING";
// A log restored into a younger PostgreSQL cluster would get sequence numbers it already has.
constexpr std::string_view kLiftBase =
    "UPDATE log_head SET base = base + 1048576 + COALESCE((SELECT MAX(seq) FROM event), 0) - "
    "(base + CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) * 1048576) WHERE id = 1 AND "
    "COALESCE((SELECT MAX(seq) FROM event), 0) >= "
    "base + CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT) * 1048576";

}  // namespace

Result<> install_catalogue(Tx& tx) {
  std::int64_t added = 0;
  for (const auto& k : kCatalogue) {
    TRY(const auto rows, tx.exec(kInstall, k.id, k.name, k.zh, k.en, k.group, k.props));
    added += rows;
  }
  if (tx.kind() == store::Kind::postgres) TRY(tx.exec(kLiftBase));
  if (added > 0) TRY(Log::of(tx).reload(tx, true));
  return {};
}

}  // namespace koi::events
