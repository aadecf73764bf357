// LineEncoder: encodes a record or a summary as one line of CloudWatch Embedded Metric Format, docs/metrics.md. What is
// the same on every line is encoded once; a line is assembled in a reused buffer. Pure: no clock, no I/O.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emf/options.h"
#include "record/invocation_record.h"
#include "record/summary.h"

namespace vitals::emf {

// The most bytes that one string of a record takes on the line, and a word, escapes included. A longer one is truncated
// at a character, and is not a dimension value then. Lambda's own are shorter (a function's name has at most 64
// characters, an alias 128). With this limit a line of the default settings stays below 4,096 bytes whatever its record
// holds.
inline constexpr std::size_t longest_text = 128;
inline constexpr std::size_t longest_word = 64;

// The most bytes of a summary's line, with its newline: what a pipe accepts in one piece.
inline constexpr std::size_t longest_summary = 4096;

class LineEncoder {
 public:
  explicit LineEncoder(const Options& options);

  // The whole line with its newline: always one valid JSON object, whatever bytes the record's strings hold (invalid
  // UTF-8 becomes U+FFFD). A dimension set is left out if one of its values is absent or is not 1 to 1,024 printable
  // ASCII characters. The view is valid until the next call.
  [[nodiscard]] std::string_view encode(const InvocationRecord& record);

  // The same of a summary, in which a metric is an array of values. It must have been added to within the bytes that
  // the functions below give.
  [[nodiscard]] std::string_view encode(const Summary& summary);

  // An empty summary for this encoder's lines.
  [[nodiscard]] Summary new_summary() const { return {summary_texts_, metrics_}; }
  // The most bytes that the line of a summary can take, without the metrics, if it begins with this record.
  [[nodiscard]] std::size_t bytes_of_head(const InvocationRecord& first);
  // The most bytes that a record adds to the line of a summary.
  [[nodiscard]] std::size_t bytes_added(const Summary& summary, const InvocationRecord& record) const;

 private:
  // A part of constants_. Offsets rather than pointers, so that an encoder can be moved.
  struct Piece {
    std::uint32_t at = 0;
    std::uint32_t size = 0;
  };
  struct DimensionSet {
    Piece text;      // ,["function_name","version"]
    FieldSet needs;  // the record's fields that must be valid values; custom fields have been checked
  };

  void choose_summary_fields();
  void encode_constants(const Options& options);
  void encode_dimension_sets(const Options& options);
  template <class... Texts>
  Piece add_constant(const Texts&... texts);
  [[nodiscard]] std::size_t longest_line() const;

  // What is encoded: the fields of a record that are on the line, and of a summary the values.
  struct Content {
    const InvocationRecord& record;
    FieldSet present;
    FieldSet metrics;
    const Summary* summary = nullptr;
  };
  [[nodiscard]] std::string_view encode(const Content& content, std::string_view after_metrics);

  char* write(char* out, Piece piece) const;
  char* write_item(char* out, Piece item, bool first) const;
  char* write_dimension_sets(char* out, const InvocationRecord& record, const FieldSet& present) const;
  char* write_fields(char* out, const Content& content) const;

  FieldSet fields_;            // on the line when present; without event_type, which is constant
  FieldSet metrics_;           // in the directive when present
  FieldSet dimension_fields_;  // string fields in any dimension set
  FieldSet summary_texts_;     // strings of a summary, which all of its invocations have in common
  FieldSet summary_fields_;    // these, and its sums and counts
  FieldSet all_fields_;        // of either
  bool with_timestamp_;        // JSON log format: the line has `timestamp`

  std::string constants_;  // every Piece's text, one after the other
  Piece directive_;        // from the end of Timestamp to the first dimension set
  Piece trailer_;          // custom fields, level
  std::vector<DimensionSet> dimension_sets_;
  std::array<Piece, field_count> names_;               // ,"duration":
  std::array<Piece, field_count> metric_definitions_;  // ,{"Name":"duration","Unit":"Milliseconds"}

  std::string line_;  // as long as the longest possible line, so that writing needs no checks
};

}  // namespace vitals::emf
