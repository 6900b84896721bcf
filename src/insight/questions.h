/// A question by its name and parameters, and its answer as JSON: what the API, the CLI and the board share.
#pragma once
#include <vector>

#include "insight/home.h"

namespace koi::insight {

struct Question {
  std::string name, spec = "{}";  // spec in canonical form: json_of of the described struct
  friend bool operator==(const Question&, const Question&) = default;
};
/// Computed now, of a settled question. `home` also gets the triangle out, for the sparks.
Result<std::string> answer(Tx& tx, const Scope& scope, const Question& question, Triangle* home = nullptr);
/// The question with what the merchant's settings answer filled in: a changed setting is another question.
Result<Question> settled(Tx& tx, Question question);
std::vector<std::string_view> question_names();

}  // namespace koi::insight
