#include "validator/line_validator.h"

#include "validator/emf_rules.h"
#include "validator/strict_json.h"
#include "validator/vitals_rules.h"

namespace vitals::validator {

namespace {

constexpr std::size_t longest_summary = 4096;  // with its newline

}  // namespace

std::vector<std::string> LineValidator::faults(std::string_view line, std::int64_t now_ms) {
  Faults found;
  if (line.size() > rules_.max_bytes) {
    found.push_back(std::to_string(line.size()) + " bytes, more than " + std::to_string(rules_.max_bytes));
  }
  if (line.ends_with('\n')) {
    line.remove_suffix(1);
  } else {
    found.emplace_back("no newline at the end");
  }
  if (line.find('\n') != std::string_view::npos) found.emplace_back("a newline inside");

  const auto event = read_strictly(line, found);
  if (!event) return found;
  const std::size_t before = found.size();
  check_emf(*event, now_ms, found);
  if (!rules_.vitals || found.size() != before) return found;
  check_vitals(*event, found);

  // Managed Instances write a line a minute as well, which is not an invocation's.
  // A summary is of many.
  const std::string request_id{text_member(*event, "request_id")};
  if (request_id.empty()) {
    if (text_member(*event, "event_type") == "summary") {
      if (line.size() >= longest_summary) found.emplace_back("a summary of more than 4096 bytes");
      return found;
    }
    if (text_member(*event, "initialization_type") != "lambda-managed-instances") found.emplace_back("no request_id");
  } else if (!request_ids_.insert(request_id).second) {
    found.push_back("request_id " + shown(request_id) + " was there before");
  }
  return found;
}

std::vector<std::string> faults(std::string_view line, std::int64_t now_ms, Rules rules) {
  return LineValidator{rules}.faults(line, now_ms);
}

}  // namespace vitals::validator
