#include "emf/line_encoder.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "emf/json_text.h"
#include "emf/numbers.h"

namespace vitals::emf {

namespace {

constexpr std::string_view start_of_line = R"({"_aws":{"Timestamp":)";
constexpr std::string_view no_dimensions = "[]";
constexpr std::string_view metrics_start = R"(],"Metrics":[)";
constexpr std::string_view metrics_end = R"(]}]},"event_type":"performance")";
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

constexpr std::size_t longest_value = longest_text + 2;
static_assert(longest_value >= longest_thousandths && longest_value >= longest_whole);

}  // namespace

LineEncoder::LineEncoder(const Options& options)
    : fields_(options.fields), with_timestamp_(!options.json_log_level.empty()) {
  fields_.reset(Field::event_type);
  metrics_ = options.metrics & options.fields & fields_that(&is_number);
  encode_constants(options);
  encode_dimension_sets(options);
  line_.resize(longest_line());
}

void LineEncoder::encode_constants(const Options& options) {
  directive_ =
      add_constant(R"(,"CloudWatchMetrics":[{"Namespace":)", in_quotes(options.name_space), R"(,"Dimensions":[)");
  fields_.for_each([&](Field field) { names_[index(field)] = add_constant(",\"", info(field).name, "\":"); });
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
         constants_.size() + fields_.count() * longest_value + timestamp_start.size() + longest_rfc3339 + 1 +
         end_of_line.size();
}

std::string_view LineEncoder::encode(const InvocationRecord& record) {
  const FieldSet present = record.fields() & fields_;

  char* out = copy(line_.data(), start_of_line);
  const std::int64_t time_ms = std::clamp(record.timestamp_ms, earliest_time_ms, latest_time_ms);
  out = write_whole(out, time_ms);
  out = write(out, directive_);
  out = write_dimension_sets(out, record, present);
  out = copy(out, metrics_start);
  char* const first_metric = out;
  (present & metrics_).for_each([&](Field field) {
    out = write_item(out, metric_definitions_[index(field)], out == first_metric);
  });
  out = copy(out, metrics_end);
  out = write_fields(out, record, present);
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

char* LineEncoder::write_fields(char* out, const InvocationRecord& record, const FieldSet& present) const {
  present.for_each([&](Field field) {
    out = write(out, names_[index(field)]);
    out = write_value(out, record.get(field), info(field).kind);
  });
  return out;
}

}  // namespace vitals::emf
