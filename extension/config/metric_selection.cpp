#include "config/metric_selection.h"

#include <optional>
#include <string>
#include <vector>

#include "config/text.h"
#include "record/catalogue.h"

namespace vitals::config {

namespace {

constexpr Field managed_metrics[] = {
    Field::cpu_total_time,     Field::cpu_utilization,        Field::cpu_utilization_max,
    Field::memory_utilization, Field::memory_utilization_max, Field::rx_bytes,
    Field::tx_bytes,           Field::total_network};

std::optional<FieldSet> set_of_word(std::string_view word, const FieldSet& usual) {
  if (equal_ignoring_case(word, "default")) return usual;
  if (equal_ignoring_case(word, "all")) return fields_that(&can_be_metric);
  if (equal_ignoring_case(word, "none")) return FieldSet{};
  return std::nullopt;
}

bool is_edit(std::string_view item) {
  return item.front() == '+' || item.front() == '-';
}

Result<Field> numeric_field(std::string_view name) {
  const auto field = find_field(name);
  if (field && can_be_metric(info(*field))) return *field;
  std::string problem = shown(name) + (!field                    ? " is not a field"
                                       : is_number(info(*field)) ? " is never a metric"
                                                                 : " is not a number");
  std::vector<std::string_view> numbers;
  for (const FieldInfo& row : catalogue) {
    if (can_be_metric(row)) numbers.push_back(row.name);
  }
  if (const auto meant = nearest(name, numbers); !meant.empty())
    problem.append("; did you mean ").append(meant).append("?");
  return Error{ErrorCode::malformed, std::move(problem)};
}

}  // namespace

MetricSelection default_metrics(bool managed) {
  if (!managed) return {fields_that([](const FieldInfo& row) { return row.default_metric; }), {}};
  MetricSelection selection;
  for (const Field field : managed_metrics) selection.metrics.set(field);
  return selection;
}

Result<MetricSelection> parse_metrics(std::string_view value, const FieldSet& usual) {
  auto item = next_item(value, ',');
  if (!item) return Error{ErrorCode::malformed, "must be default, all, none or a comma list of fields"};

  // The first item decides: a keyword, an edit of the default, or a complete list.
  MetricSelection selection;
  const auto word = set_of_word(*item, usual);
  const bool edits = word.has_value() || is_edit(*item);
  if (edits) selection.metrics = word ? *word : usual;
  if (word) item = next_item(value, ',');

  for (; item; item = next_item(value, ',')) {
    if (is_edit(*item) != edits) {
      return Error{ErrorCode::malformed,
                   "must not mix fields with and without + or -, and may have a keyword only at its start"};
    }
    const bool removes = item->front() == '-';
    const auto field = numeric_field(edits ? trimmed(item->substr(1)) : *item);
    if (!field) return field.error();
    selection.metrics.set(*field, !removes);
    selection.named.set(*field, !removes);
  }
  return selection;
}

}  // namespace vitals::config
