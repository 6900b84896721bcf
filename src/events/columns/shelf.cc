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

bool changes_people(std::int64_t kind, std::int64_t subject, const Kind* linked, const Kind* unlinked, const Kind* erased) {
  if (erased != nullptr && kind == erased->id) return true;
  const bool tie = (linked != nullptr && kind == linked->id) || (unlinked != nullptr && kind == unlinked->id);
  return tie && subject != 0;
}

}  // namespace

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

Result<> Shelf::take_rows(Tx& tx, std::uint64_t rows, std::uint64_t& taken) {
  TRY(const auto book, Log::of(tx).book(tx));
  const auto *linked = book->kind("identity_linked"), *unlinked = book->kind("identity_unlinked"), *erased = book->kind("data_erased");
  while (taken < rows) {
    const auto want = std::min<std::uint64_t>(rows - taken, shape_.chunk_rows - filling_->rows());
    const auto before = filling_->rows();
    TRY(each_row(tx, filling_->cover().last, want, [&](const RawRow& row) -> Result<> {
      filling_->add(row);
      if (changes_people(row.kind, row.subject, linked, unlinked, erased)) {
        changed_.push_back(row.person);
        if (row.subject != 0) changed_.push_back({row.subject});
      }
      if (members().after == nullptr && row.person.v != 0) take({row.person, row.person});
      return {};
    }));
    const auto got = filling_->rows() - before;
    taken += got;
    if (got > 0) view_.reset();
    if (filling_->rows() == shape_.chunk_rows) TRY(settle_chunk());
    if (got < want) return {};
  }
  return {};
}

Result<std::uint64_t> Shelf::catch_up(Tx& tx, std::uint64_t rows) {
  const std::scoped_lock lock(mutex_);
  TRY(ready(tx));
  const auto people = roster_->size();
  TRY(meet_people(tx));
  std::uint64_t taken = 0;
  TRY(take_rows(tx, rows, taken));
  if (!changed_.empty()) {
    TRY(meet_again(tx, changed_));
    changed_.clear();
  }
  if (people_changed_ || roster_->size() != people) view_.reset();
  return taken;
}

Result<> Shelf::settle_chunk() {
  TRY(auto part, filling_->to_part());
  filling_ = std::make_unique<Rows>(part->cover().last);
  parts_.push_back(shelve(std::move(part)));
  overlaps_.add(*parts_.back().part, *parts_.back().places);
  return tidy_memory();
}

/// Parts in memory double in size from the newest to the oldest; those being sealed are left alone.
Result<> Shelf::tidy_memory() {
  for (;;) {
    const auto first = files_ + held_, size = parts_.size();
    if (size < first + 2 || parts_[size - 2].part->rows() > parts_[size - 1].part->rows()) return {};
    const PartPtr two[] = {parts_[size - 2].part, parts_[size - 1].part};
    ImageWriter out;
    TRY(auto one, weave(out, two));
    parts_.resize(size - 2);
    parts_.push_back(shelve(std::move(one)));
  }
}

Result<ViewPtr> Shelf::make_view() {
  if (view_) return view_;
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
  return make_view();
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
