#include "kit/cli/table.hpp"

#include "kit/base/encoding.hpp"

#include <algorithm>
#include <cstddef>

namespace tw::cli {

std::string table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> columns;
    std::vector<std::size_t> widths;
    for (std::size_t column = 0; !rows.empty() && column < rows.front().size(); ++column) {
        std::size_t width = 0;
        for (std::size_t row = 1; row < rows.size(); ++row) width = std::max(width, utf8_length(rows[row][column]));
        if (width == 0) continue;
        columns.push_back(column);
        widths.push_back(std::max(width, rows.front()[column].size()));
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < columns.size(); ++i) {
            const auto& cell = row[columns[i]];
            line += cell;
            if (i + 1 < columns.size()) line.append(widths[i] - utf8_length(cell) + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace tw::cli
