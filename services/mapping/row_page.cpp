#include "services/mapping/row_page.hpp"

namespace tw {

std::optional<std::string> key_to_go_on_after(std::span<const sql::Row> rows) {
    for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
        auto key = sql::key_text(*row);
        if (fits_page_token(key)) return key;
    }
    return std::nullopt;
}

}  // namespace tw
