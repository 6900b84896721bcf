// A code's definition in JSON.
#include "entry/spec.h"

#include "entry/definition.h"

namespace koi::entry {

Result<CodeSpec> read_spec(std::string_view text) { return read_definition<CodeSpec>(text); }
std::string spec_text(const CodeSpec& spec) { return http::json_of(spec); }
std::string spec_schema() { return definition_schema<CodeSpec>(); }

}  // namespace koi::entry
