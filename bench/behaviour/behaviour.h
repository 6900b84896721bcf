/// What `koi_bench_behaviour` does for `./koi bench behaviour`: make the data, ask the peers, referee the answers.
///
/// Five questions over 180 days of events; kind numbers are those of kKinds.
///   funnel       people by the furthest of viewed → carted → ordered → paid reached in order within 7 days of viewing
///   retention    weeks since kT0: cohort of a person's first payment, 0..12 weeks later, people who paid that week
///   segment      people with tag 1, without tag 2, with >= 2 payments of >= 200.00 in all in the last 30 days and no
///                message opened in the last 14
///   rfm          payers by quintile of last payment, payments, money: 1 + 5 * (payers strictly below) / payers
///   first_touch  payments of the last 30 days by channel of the earliest touch in the 30 days before each; 0: none
/// Windows include both ends. An answer is CSV lines sorted as bytes, so that two engines are compared with `cmp`.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace koi::bench::behaviour {

/// Raise it when the same seed gives other data: folders are named by it.
constexpr int kGenerator = 2;

constexpr std::int64_t kSecondMs = 1000, kMinuteMs = 60 * kSecondMs, kDayMs = 24 * 60 * kMinuteMs, kWeekMs = 7 * kDayMs;
constexpr std::int64_t kT0 = 1'767'542'400'000;  // Monday 2026-01-05, 00:00 in Shanghai
constexpr std::int64_t kNow = kT0 + 180 * kDayMs;

constexpr std::uint8_t kTouch = 1, kViewed = 3, kCarted = 4, kOrdered = 5, kPaid = 6, kOpened = 8;
/// Kind n of a row is kKinds[n - 1] of the product's catalogue.
constexpr std::string_view kKinds[] = {
    "code_scanned", "page_viewed", "product_viewed", "cart_added", "order_created", "order_paid", "mini_program_opened",
    "msg_read", "content_viewed", "coupon_viewed", "search_done", "product_favourited", "cart_removed", "live_entered",
    "live_left", "checkin_done", "group_joined", "friend_added", "content_shared", "share_opened", "msg_clicked",
    "message_received_from_customer", "message_sent_by_staff", "coupon_issued", "coupon_redeemed", "points_earned",
    "points_spent", "survey_answered", "review_posted", "form_submitted"};

/// One event as it lies in the log's files, little-endian.
struct [[gnu::packed]] Row {
  std::uint32_t person;
  std::uint8_t kind, channel, city, device;
  std::int64_t at_ms;
  std::uint32_t amount_fen;
};
static_assert(sizeof(Row) == 20);

struct [[gnu::packed]] TagRow { std::uint8_t tag; std::uint32_t person; };
static_assert(sizeof(TagRow) == 5);

struct Plan { std::string into; std::uint64_t people = 1'000'000, events = 100'000'000, seed = 1; bool fresh = false; };
/// Writes the set of `plan` into a folder below `into` and prints the folder; a finished one is left as it is:
///   log-NNNN.bin   Rows in the order they arrived, a million a file; numbers not yet merged, erased people still there
///   tags.bin       TagRows as they stand today: merged people's under one number, nothing of erased people
///   manifest.json  written last: seed, counts, files, erased people, merged pairs [a, b] (b's events are a's)
///   peers/*.rows   for loading peers: Rows by (person, time), merged, without erased people; may be removed afterwards
/// The same plan gives the same bytes. Needs about 150 MB of memory and 6.5 GB of disk for 100 M events.
int generate(const Plan& plan);

/// Answers the five questions from the log by plain loops, into NAME.csv files in the folder `answers`.
int referee(const std::string& set, const std::string& answers);

struct Asking {
  std::string engine, library, database, sql, set, answers;
  int runs = 5;
  double give_up = 4;  // a formulation whose first run takes so many times the best known median is not run again
  bool once = false;   // loading: every block once, no answers kept
};
/// Runs the blocks of a file of SQL in an embedded peer; one JSON line a block.
int ask_peer(const Asking& asking);

/// Reads memory with one and two threads; one JSON line of GB/s.
int bandwidth();

/// The same lines in byte order.
std::string sorted_lines(std::string_view text);

}  // namespace koi::bench::behaviour
