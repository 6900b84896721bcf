#include "events/columns/shelf.h"

#include "events/columns/weave.h"

namespace koi::events::columns {

namespace {

constexpr int kPeopleAPage = 50'000;
constexpr std::uint64_t kPatience = 2'000'000;  // rows a question takes in by itself; more are for the worker
// Ids of people rise with time, but on PostgreSQL a younger one may be committed first.
constexpr std::int64_t kSettleIds = std::int64_t{30'000} << 22;

int kSlot;
Members kMembers;

}  // namespace

/// Kinds of events after which a person's nodes are others.
struct PeopleKinds {
  BookPtr book;
  const Kind *linked, *unlinked, *erased;

  static Result<PeopleKinds> of(Tx& tx) {
    TRY(auto book, Log::of(tx).book(tx));
    const PeopleKinds out{book, book->kind("identity_linked"), book->kind("identity_unlinked"), book->kind("data_erased")};
    return out;
  }
  bool changed_by(const RawRow& row) const {
    const auto is = [&](const Kind* kind) { return kind != nullptr && row.kind == kind->id; };
    return is(erased) || (row.subject != 0 && (is(linked) || is(unlinked)));
  }
};

Shelf::Shelf(std::string folder, ShelfShape shape) : folder_(std::move(folder)), shape_(shape) {}
Shelf::~Shelf() = default;

Shelf& Shelf::of(Tx& tx) { return open(tx, {}); }

Shelf& Shelf::open(Tx& tx, ShelfShape shape) {
  return tx.shared<Shelf>(&kSlot, [&] {
    return std::make_shared<Shelf>(tx.data_dir().empty() ? std::string() : tx.data_dir() + "/columns", shape);
  });
}

void Overlaps::add(const Part& part, const Places& places) {
  for (std::size_t i = 0; i < places.of.size(); ++i) {
    const auto o = places.of[i];
    if (o == kNobody) continue;
    if (o >= last_.size()) last_.resize(std::size_t{o} + 1 + o / 4);
    // The same second counts as overlapping: thousandths are not looked at here.
    if (last_[o] > part.seconds()[part.start()[i]]) woven_.add(o);
    last_[o] = std::max(last_[o], part.seconds()[part.start()[i + 1] - 1] + 1);
  }
}

Shelved Shelf::shelve(PartPtr part) const {
  auto places = std::make_shared<Places>();
  places->of = roster_->ordinals(part->who());
  places->block.push_back(0);
  for (std::uint32_t i = 0; i < places->of.size(); ++i) {
    auto& o = places->of[i];
    if (o == kNobody || roster_->late(o)) {
      o = kNobody;  // a late one would stand out of order; it is looked for by itself
      continue;
    }
    while (places->block.size() <= o / kBlock) places->block.push_back(i);
  }
  places->block.push_back(static_cast<std::uint32_t>(places->of.size()));
  return {std::move(part), std::move(places)};
}

Result<> Shelf::ready(Tx& tx) {
  if (ready_) return {};
  TRY(meet_people(tx));
  if (keeps_files()) TRY(open_files(tx));
  filling_ = std::make_unique<Rows>(parts_.empty() ? 0 : parts_.back().part->cover().last);
  ready_ = true;
  return {};
}

void Shelf::take(const Member& member) {
  const auto node = roster_->add(member.node.v), root = roster_->add(member.root.v);
  for (const auto o : {node, root})
    if (roster_->late(o)) late_.add(o);
  const auto tied = ties_.root_of.find(node);
  const auto before = tied == ties_.root_of.end() ? node : tied->second;
  if (before == root && erased_.has(node) == member.erased) return;
  people_changed_ = true;
  if (before != root) {
    if (before != node) untie(node);
    if (root != node) tie(node, root);
  }
  if (member.erased) erased_.add(node);
  else erased_.remove(node);
}

void Shelf::untie(Ordinal node) {
  const auto root = ties_.root_of[node];
  ties_.root_of.erase(node);
  ties_.inner.remove(node);
  ties_.tied.remove(node);
  auto& nodes = ties_.nodes_of[root];
  std::erase(nodes, node);
  if (nodes.size() > 1) return;
  ties_.nodes_of.erase(root);
  if (!ties_.root_of.contains(root)) ties_.tied.remove(root);
}

void Shelf::tie(Ordinal node, Ordinal root) {
  ties_.root_of[node] = root;
  ties_.inner.add(node);
  ties_.tied.add(node);
  ties_.tied.add(root);
  auto& nodes = ties_.nodes_of[root];
  if (nodes.empty()) nodes.push_back(root);
  const auto id = [&](Ordinal o) { return roster_->node(o); };
  nodes.insert(std::ranges::lower_bound(nodes, id(node), {}, id), node);
}

Result<> Shelf::meet_people(Tx& tx) {
  if (members().after == nullptr) return {};
  PersonId from{tx.kind() == store::Kind::postgres ? std::max<std::int64_t>(0, roster_->newest() - kSettleIds) : roster_->newest()};
  std::vector<Member> tied;  // a root may be younger than its node: it gets its ordinal in its turn
  for (int met = kPeopleAPage; met == kPeopleAPage;) {
    met = 0;
    TRY(members().after(tx, from, kPeopleAPage, [&](const Member& member) {
      if (const auto o = roster_->add(member.node.v); roster_->late(o)) late_.add(o);
      if (member.node != member.root || member.erased) tied.push_back(member);
      from = member.node;
      ++met;
    }));
  }
  for (const auto& member : tied) take(member);
  return {};
}

Result<> Shelf::meet_again(Tx& tx, std::span<const PersonId> people) {
  for (const auto person : people)
    if (members().of != nullptr) TRY(members().of(tx, person, [&](const Member& member) { take(member); }));
  return {};
}

/// Far behind the log, more rows are sorted and become a file together: each is then written a few times less.
constexpr std::uint32_t kBehindChunk = 32, kBehindSeal = 8;
std::uint32_t Shelf::chunk_rows() const { return behind_ ? kBehindChunk * shape_.chunk_rows : shape_.chunk_rows; }
std::uint64_t Shelf::seal_rows() const { return behind_ ? kBehindSeal * shape_.seal_rows : shape_.seal_rows; }

Result<> Shelf::take_rows(Tx& tx, std::uint64_t rows, std::uint64_t& taken) {
  TRY(const PeopleKinds kinds, PeopleKinds::of(tx));
  while (taken < rows) {
    const auto want = std::min<std::uint64_t>(rows - taken, chunk_rows() - filling_->rows());
    const auto before = filling_->rows();
    TRY(each_row(tx, filling_->cover().last, want, [&](const RawRow& row) -> Result<> {
      filling_->add(row);
      notice(row, kinds);
      return {};
    }));
    const auto got = filling_->rows() - before;
    taken += got;
    if (got > 0) view_.reset();
    if (filling_->rows() >= chunk_rows()) TRY(settle_chunk());
    if (got < want) return {};
  }
  return {};
}

void Shelf::notice(const RawRow& row, const PeopleKinds& kinds) {
  if (kinds.changed_by(row)) {
    changed_.push_back(row.person);
    if (row.subject != 0) changed_.push_back({row.subject});
  }
  if (members().after == nullptr && row.person.v != 0) take({row.person, row.person});
}

/// Parts of their own for one view, since none of these rows has its final place yet.
Result<std::vector<PartPtr>> Shelf::early_parts(Tx& tx) {
  std::vector<PartPtr> out;
  TRY(const PeopleKinds kinds, PeopleKinds::of(tx));
  auto rows = std::make_unique<Rows>(filling_->cover().last);
  const auto settle = [&]() -> Result<> {
    if (rows->rows() == 0) return {};
    TRY(auto part, rows->to_part());
    rows = std::make_unique<Rows>(part->cover().last);
    out.push_back(std::move(part));
    return {};
  };
  TRY(each_early_row(tx, filling_->cover().last, [&](const RawRow& row) -> Result<> {
    rows->add(row);
    notice(row, kinds);
    return rows->rows() == shape_.chunk_rows ? settle() : Result<>();
  }));
  TRY(settle());
  TRY(meet_changed(tx));
  return out;
}

Result<> Shelf::meet_changed(Tx& tx) {
  if (changed_.empty()) return {};
  TRY(meet_again(tx, changed_));
  changed_.clear();
  return {};
}

Result<std::uint64_t> Shelf::catch_up(Tx& tx, std::uint64_t rows) {
  const std::scoped_lock lock(mutex_);
  TRY(ready(tx));
  TRY(meet_people(tx));
  std::uint64_t taken = 0;
  TRY(take_rows(tx, rows, taken));
  behind_ = taken == rows;
  if (filling_->rows() >= chunk_rows()) TRY(settle_chunk());
  TRY(meet_changed(tx));
  return taken;
}

Result<> Shelf::settle_chunk() {
  TRY(auto part, filling_->to_part());
  filling_ = std::make_unique<Rows>(part->cover().last);
  parts_.push_back(shelve(std::move(part)));
  overlaps_.add(*parts_.back().part, *parts_.back().places);
  return tidy_memory();
}

/// Parts in memory double in size from the newest to the oldest. Whoever asks makes small ones only, so that nobody waits
/// long; the larger ones are work(). Nobody asks who is far behind.
Result<> Shelf::tidy_memory() {
  if (behind_) return {};
  constexpr std::uint64_t kQuickChunks = 4;
  for (;;) {
    const auto first = files_ + held_, size = parts_.size();
    if (size < first + 2 || parts_[size - 2].part->rows() > parts_[size - 1].part->rows()) return {};
    if (parts_[size - 2].part->rows() + parts_[size - 1].part->rows() > kQuickChunks * shape_.chunk_rows) return {};
    const PartPtr two[] = {parts_[size - 2].part, parts_[size - 1].part};
    ImageWriter out;
    TRY(auto one, weave(out, two));
    parts_.resize(size - 2);
    parts_.push_back(shelve(std::move(one)));
  }
}

Result<ViewPtr> Shelf::make_view() {
  if (view_ && !people_changed_ && view_->people == roster_->size()) return view_;
  auto view = std::make_shared<View>();
  view->parts = parts_;
  if (filling_->rows() > 0) {
    TRY(auto newest, filling_->to_part());
    view->parts.push_back(shelve(std::move(newest)));
    overlaps_.add(*view->parts.back().part, *view->parts.back().places);
  }
  if (std::exchange(people_changed_, false)) {
    shown_ties_ = std::make_shared<const Ties>(ties_);
    shown_erased_ = std::make_shared<const People>(erased_);
  }
  auto woven = std::make_shared<People>(overlaps_.woven());
  *woven |= ties_.tied;
  *woven |= late_;
  view->roster = roster_;
  view->people = roster_->size();
  view->ties = shown_ties_;
  view->erased = shown_erased_;
  view->woven = std::move(woven);
  view->late = std::make_shared<const People>(late_);
  view->last = filling_->cover().last;
  view_ = view;
  return view;
}

Result<ViewPtr> Shelf::view(Tx& tx) {
  TRY(const auto taken, catch_up(tx, kPatience));
  if (taken == kPatience) {
    TRY(const auto end, end_of_log(tx));
    const std::scoped_lock lock(mutex_);
    return fail(Errc::unavailable, "events.columns_building", std::to_string(filling_->cover().last) + " / " + std::to_string(end));
  }
  const std::scoped_lock lock(mutex_);
  TRY(const auto early, early_parts(tx));
  TRY(auto view, make_view());
  return early.empty() ? view : with_early(*view, early);
}

ViewPtr Shelf::with_early(const View& view, std::span<const PartPtr> early) const {
  auto out = std::make_shared<View>(view);
  auto woven = std::make_shared<People>(*view.woven);
  for (const auto& part : early) {
    out->parts.push_back(shelve(part));
    for (const auto o : out->parts.back().places->of)
      if (o != kNobody) woven->add(o);
  }
  out->woven = std::move(woven);
  return out;
}

People View::everyone() const {
  People all(people, true);
  all -= *erased;
  all -= ties->inner;
  return all;
}

}  // namespace koi::events::columns

namespace koi::events {
bool know_members(Members m) {
  columns::kMembers = m;
  return true;
}
const Members& members() { return columns::kMembers; }
}  // namespace koi::events
