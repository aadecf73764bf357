#include "emf/line_encoder.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <span>

#include "emf/json_text.h"
#include "emf/numbers.h"

namespace vitals::emf {

namespace {

constexpr std::string_view start_of_line = R"({"_aws":{"Timestamp":)";
constexpr std::string_view no_dimensions = "[]";
constexpr std::string_view metrics_start = R"(],"Metrics":[)";
constexpr std::string_view metrics_end = R"(]}]},"event_type":"performance")";
constexpr std::string_view metrics_end_of_summary = R"(]}]},"event_type":"summary")";
constexpr std::string_view timestamp_start = R"(,"timestamp":")";
constexpr std::string_view end_of_line = "}\n";

constexpr std::size_t index(Field field) {
  return static_cast<std::size_t>(field);
}

char* copy(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

std::string in_quotes(std::string_view text) {
  std::string out = "\"";
  append_json_text(out, text);
  out += '"';
  return out;
}

// Whether a string of a record is on the line unchanged and is a dimension value. Two characters of printable ASCII
// need an escape, which adds a byte.
bool is_whole_dimension_value(std::string_view text, std::size_t longest) {
  if (text.size() > longest || !is_dimension_value(text)) return false;
  const auto escaped = std::count_if(text.begin(), text.end(), [](char c) { return c == '"' || c == '\\'; });
  return text.size() + static_cast<std::size_t>(escaped) <= longest;
}

constexpr std::size_t longest_of(Kind kind) {
  return kind == Kind::word ? longest_word : longest_text;
}

char* write_value(char* out, const Value& value, Kind kind) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) {
    return kind == Kind::thousandths ? write_thousandths(out, *number) : write_whole(out, *number);
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    *out++ = '"';
    out = write_json_text(out, *text, longest_of(kind));
    *out++ = '"';
    return out;
  }
  return copy(out, std::get<bool>(value) ? "true" : "false");
}

char* write_array(char* out, std::span<const std::int64_t> values, Kind kind) {
  *out++ = '[';
  for (const std::int64_t value : values) {
    out = kind == Kind::thousandths ? write_thousandths(out, value) : write_whole(out, value);
    *out++ = ',';
  }
  out[-1] = ']';
  return out;
}

constexpr std::size_t longest_value = longest_text + 2;
static_assert(longest_value >= longest_thousandths && longest_value >= longest_whole);

// What a summary says of its invocations as one: strings, if the line may have them, and sums and counts.
constexpr Field common_texts[] = {Field::function_name,     Field::version,      Field::tenant_id,
                                  Field::instance_id,       Field::architecture, Field::initialization_type,
                                  Field::availability_zone, Field::agent_version};
constexpr Field sums[] = {Field::interval, Field::invocations, Field::errors, Field::timeouts, Field::cold_starts};
constexpr Field sums_of_fields[] = {Field::billed_duration, Field::billed_mb_ms};

// The summary with the longest numbers that summary.h allows.
InvocationRecord longest_head(const InvocationRecord& first) {
  InvocationRecord head = first;
  head.set_thousandths(Field::interval, 59'999'000);
  for (const Field field : {Field::invocations, Field::errors, Field::timeouts, Field::cold_starts}) {
    head.set_whole(field, Summary::most_invocations);
  }
  head.set_thousandths(Field::billed_duration, Summary::most_billed_duration);
  head.set_whole(Field::billed_mb_ms, Summary::most_billed_mb_ms);
  return head;
}

std::size_t width(std::int64_t number, Kind kind) {
  return kind == Kind::thousandths ? width_of_thousandths(number) : width_of_whole(number);
}

}  // namespace

LineEncoder::LineEncoder(const Options& options)
    : fields_(options.fields), with_timestamp_(!options.json_log_level.empty()) {
  fields_.reset(Field::event_type);
  metrics_ = options.metrics & options.fields & fields_that(&is_number);
  if (options.summaries) choose_summary_fields();
  encode_constants(options);
  encode_dimension_sets(options);
  line_.resize(std::max(longest_line(), options.summaries ? longest_summary : 0));
}

void LineEncoder::choose_summary_fields() {
  for (const Field field : common_texts) summary_texts_.set(field, fields_.test(field));
  summary_texts_.set(Field::sandbox_id);
  summary_fields_ = summary_texts_;
  for (const Field field : sums) summary_fields_.set(field);
  for (const Field field : sums_of_fields) summary_fields_.set(field, fields_.test(field));
}

void LineEncoder::encode_constants(const Options& options) {
  directive_ =
      add_constant(R"(,"CloudWatchMetrics":[{"Namespace":)", in_quotes(options.name_space), R"(,"Dimensions":[)");
  all_fields_ = fields_;
  all_fields_ |= summary_fields_;
  all_fields_.for_each([&](Field field) { names_[index(field)] = add_constant(",\"", info(field).name, "\":"); });
  const std::string_view resolution = options.high_resolution ? R"(,"StorageResolution":1)" : "";
  metrics_.for_each([&](Field field) {
    const FieldInfo& row = info(field);
    metric_definitions_[index(field)] =
        add_constant(R"(,{"Name":")", row.name, R"(","Unit":")", row.unit, "\"", resolution, "}");
  });
  std::string trailer;
  for (const auto& [key, value] : options.custom_fields) trailer += "," + in_quotes(key) + ":" + in_quotes(value);
  if (with_timestamp_) trailer += R"(,"level":)" + in_quotes(options.json_log_level);
  trailer_ = add_constant(trailer);
}

// A set with a name that is neither a string field on the line nor a custom field with a valid value never applies.
void LineEncoder::encode_dimension_sets(const Options& options) {
  for (const auto& names : options.dimension_sets) {
    DimensionSet set;
    std::string text;
    bool can_apply = true;
    for (const std::string& name : names) {
      text += (text.empty() ? "" : ",") + in_quotes(name);
      const auto field = find_field(name);
      if (field == Field::event_type) continue;
      if (field) {
        can_apply = can_apply && is_text(info(*field)) && fields_.test(*field);
        set.needs.set(*field);
        continue;
      }
      const auto custom = std::find_if(options.custom_fields.begin(), options.custom_fields.end(),
                                       [&](const auto& entry) { return entry.first == name; });
      can_apply = can_apply && custom != options.custom_fields.end() && is_dimension_value(custom->second);
    }
    if (!can_apply) continue;
    set.text = add_constant(",[", text, "]");
    dimension_fields_ |= set.needs;
    dimension_sets_.push_back(set);
  }
  if (summary_texts_ == FieldSet{}) return;
  summary_texts_ |= dimension_fields_;
  summary_fields_ |= dimension_fields_;
}

template <class... Texts>
LineEncoder::Piece LineEncoder::add_constant(const Texts&... texts) {
  const std::size_t before = constants_.size();
  (constants_.append(texts), ...);
  return {static_cast<std::uint32_t>(before), static_cast<std::uint32_t>(constants_.size() - before)};
}

// Every constant is on a line at most once.
std::size_t LineEncoder::longest_line() const {
  return start_of_line.size() + longest_whole + no_dimensions.size() + metrics_start.size() + metrics_end.size() +
         constants_.size() + all_fields_.count() * longest_value + timestamp_start.size() + longest_rfc3339 + 1 +
         end_of_line.size();
}

std::string_view LineEncoder::encode(const InvocationRecord& record) {
  const FieldSet present = record.fields() & fields_;
  return encode({.record = record, .present = present, .metrics = present & metrics_}, metrics_end);
}

std::string_view LineEncoder::encode(const Summary& summary) {
  const InvocationRecord head = summary.head();
  FieldSet present = head.fields() & summary_fields_;
  present |= summary.metrics();
  return encode({.record = head, .present = present, .metrics = summary.metrics(), .summary = &summary},
                metrics_end_of_summary);
}

std::string_view LineEncoder::encode(const Content& content, std::string_view after_metrics) {
  char* out = copy(line_.data(), start_of_line);
  const std::int64_t time_ms = std::clamp(content.record.timestamp_ms, earliest_time_ms, latest_time_ms);
  out = write_whole(out, time_ms);
  out = write(out, directive_);
  out = write_dimension_sets(out, content.record, content.present);
  out = copy(out, metrics_start);
  char* const first_metric = out;
  content.metrics.for_each(
      [&](Field field) { out = write_item(out, metric_definitions_[index(field)], out == first_metric); });
  out = copy(out, after_metrics);
  out = write_fields(out, content);
  out = write(out, trailer_);
  if (with_timestamp_) {
    out = copy(out, timestamp_start);
    out = write_rfc3339(out, time_ms);
    *out++ = '"';
  }
  out = copy(out, end_of_line);

  const auto size = static_cast<std::size_t>(out - line_.data());
  assert(size <= line_.size());
  return {line_.data(), size};
}

std::size_t LineEncoder::bytes_of_head(const InvocationRecord& first) {
  const InvocationRecord head = longest_head(first);
  return encode({.record = head, .present = head.fields() & summary_fields_, .metrics = {}}, metrics_end_of_summary)
      .size();
}

// A metric that the summary does not have yet brings its definition, its name and the brackets of its array, whose
// first value has no comma.
std::size_t LineEncoder::bytes_added(const Summary& summary, const InvocationRecord& record) const {
  std::size_t bytes = 0;
  const FieldSet& known = summary.metrics();
  (record.fields() & metrics_).for_each([&](Field field) {
    if (!known.test(field)) bytes += metric_definitions_[index(field)].size + names_[index(field)].size + 1;
    bytes += width(std::get<std::int64_t>(record.get(field)), info(field).kind) + 1;
  });
  return bytes;
}

char* LineEncoder::write(char* out, Piece piece) const {
  std::memcpy(out, constants_.data() + piece.at, piece.size);
  return out + piece.size;
}

// Every item of a list is stored with a comma before it; the first one is written without it.
char* LineEncoder::write_item(char* out, Piece item, bool first) const {
  if (first) {
    ++item.at;
    --item.size;
  }
  return write(out, item);
}

char* LineEncoder::write_dimension_sets(char* out, const InvocationRecord& record, const FieldSet& present) const {
  FieldSet usable;
  (present & dimension_fields_).for_each([&](Field field) {
    const auto* text = std::get_if<std::string_view>(&record.get(field));
    usable.set(field, text != nullptr && is_whole_dimension_value(*text, longest_of(info(field).kind)));
  });
  char* const start = out;
  for (const DimensionSet& set : dimension_sets_) {
    if (usable.contains(set.needs)) out = write_item(out, set.text, out == start);
  }
  // EMF needs at least one set: the empty one publishes the metrics without dimensions.
  return out == start ? copy(out, no_dimensions) : out;
}

char* LineEncoder::write_fields(char* out, const Content& content) const {
  content.present.for_each([&](Field field) {
    out = write(out, names_[index(field)]);
    const Kind kind = info(field).kind;
    const bool is_array = content.summary != nullptr && content.metrics.test(field);
    out = is_array ? write_array(out, content.summary->values(field), kind)
                   : write_value(out, content.record.get(field), kind);
  });
  return out;
}

}  // namespace vitals::emf
