// Tables and examples of the documentation, read so that tests can compare them with the code.
#pragma once

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace vitals::test {

using MarkdownRow = std::vector<std::string>;

inline std::string without_blanks_around(const std::string& text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// The cells of a line "| a | b |"; none when it is not a row of a table.
inline MarkdownRow markdown_cells(const std::string& line) {
  MarkdownRow cells;
  if (!line.starts_with('|')) return cells;
  for (std::size_t start = 1; start < line.size();) {
    const auto end = std::min(line.find('|', start), line.size());
    cells.push_back(without_blanks_around(line.substr(start, end - start)));
    start = end + 1;
  }
  return cells;
}

// The rows, without the rule under the header, of the table of docs/`page` whose header's first cell is `first_header`.
inline std::vector<MarkdownRow> markdown_table(const std::string& page, const std::string& first_header) {
  std::ifstream file{std::string{VITALS_SOURCE_DIR} + "/docs/" + page};
  std::vector<MarkdownRow> rows;
  for (std::string line; std::getline(file, line);) {
    MarkdownRow cells = markdown_cells(line);
    const bool header = !cells.empty() && cells.front() == first_header;
    if (!rows.empty() && cells.empty()) break;
    if (header || !rows.empty()) rows.push_back(std::move(cells));
  }
  if (rows.size() >= 2) rows.erase(rows.begin() + 1);
  return rows;
}

// Writes the rows under the header of that table. False when there is no such table.
inline bool replace_markdown_table(const std::string& page, const std::string& first_header,
                                   const std::vector<MarkdownRow>& rows) {
  const std::string path = std::string{VITALS_SOURCE_DIR} + "/docs/" + page;
  std::ifstream file{path};
  std::string text;
  std::size_t line_of_table = 0;
  bool found = false;
  for (std::string line; std::getline(file, line);) {
    const MarkdownRow cells = markdown_cells(line);
    if (!cells.empty() && cells.front() == first_header) line_of_table = 1;
    if (cells.empty()) line_of_table = 0;
    if (line_of_table == 0 || line_of_table <= 2) text += line + "\n";
    if (line_of_table == 2) {
      found = true;
      for (const MarkdownRow& row : rows) {
        for (const std::string& cell : row) text += "| " + cell + " ";
        text += "|\n";
      }
    }
    if (line_of_table != 0) ++line_of_table;
  }
  file.close();
  if (found) std::ofstream{path} << text;
  return found;
}

// The first fenced block of `language` of docs/`page`.
inline std::string markdown_block(const std::string& page, const std::string& language) {
  std::ifstream file{std::string{VITALS_SOURCE_DIR} + "/docs/" + page};
  std::string text;
  bool inside = false;
  for (std::string line; std::getline(file, line);) {
    if (inside && line == "```") break;
    if (inside) text += line + "\n";
    inside = inside || line == "```" + language;
  }
  return text;
}

inline std::string code(std::string_view text) {
  return "`" + std::string{text} + "`";
}

}  // namespace vitals::test
