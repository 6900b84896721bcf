/// Inside the room: where an identifier leads. PostgreSQL finds (ns, value) by an ordinary unique index. On SQLite such
/// an index would dirty a page of its own for nearly every new person, so the table only grows at its end and is found
/// through the same tail and sorted runs as the log; derived, rebuilt from the rows.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string_view>

#include "events/index/index.h"
#include "people/people.h"

namespace koi::people {

struct Link {
  std::int64_t id = 0;
  PersonId person, origin;
  std::int64_t verified = 0;
  Instant last_at;
};
BOOST_DESCRIBE_STRUCT(Link, (), (id, person, origin, verified, last_at))

/// What names a link: `stored` is what stands in the table, the value or its blind index. The hash finds it on SQLite.
struct LinkName {
  std::string_view ns, stored;
  events::IdHash hash;
};
LinkName link_name(std::string_view ns, std::string_view stored);
Result<std::optional<Link>> find_link(Tx& tx, const LinkName& name);

struct NewLink {
  LinkName name;
  PersonId person;
  int priority = 0;
  bool verified = true;
  std::string_view evidence;
  std::optional<store::Blob> box = {};
};
/// Nothing when another writer was faster with this value (PostgreSQL). The caller has asked find_link.
Result<std::optional<Link>> add_link(Tx& tx, const NewLink& link);
/// Seen again now.
Result<> touch_link(Tx& tx, const Link& link, bool verifies);
/// Takes the link off and keeps it in identifier_past; no link is no error.
Result<> end_link(Tx& tx, const LinkName& name, std::string_view why);

}  // namespace koi::people
