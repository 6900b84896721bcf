/// What stands on a segment, so that nobody changes it unaware.
#pragma once
#include "segments/segments.h"

namespace koi::segments {

struct Use { std::string kind, id, name; };  // kind: segment, list, tag, chart …
BOOST_DESCRIBE_STRUCT(Use, (), (kind, id, name))
/// Rules that name it, the tag it gives, and what later rooms say.
Result<std::vector<Use>> uses_of(Tx& tx, const Segment& segment);

/// Later rooms (charts, journeys) say here what of theirs stands on a segment; at static initialisation.
using Users = Result<std::vector<Use>> (*)(Tx& tx, const Segment& segment);
bool know_users(Users fn);

/// How whoever wrote a version is called ("user 7"); a later room fills it in at static initialisation. "": nobody knows.
using AuthorNames = Result<std::string> (*)(Tx& tx, std::string_view by);
bool know_authors(AuthorNames fn);
Result<std::string> author_name(Tx& tx, std::string_view by);

}  // namespace koi::segments
