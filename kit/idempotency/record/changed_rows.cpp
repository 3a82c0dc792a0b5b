#include "kit/idempotency/record/changed_rows.hpp"

#include "kit/base/encoding.hpp"

#include <sstream>

namespace tw::idempotency {

std::string changed_rows_text(const ChangedRows& rows) {
    std::string text;
    for (const auto& [key, version] : rows) text += std::to_string(version) + " " + base64_encode(key) + "\n";
    return text;
}

std::optional<ChangedRows> parse_changed_rows(std::string_view text) {
    ChangedRows rows;
    if (text.empty()) return rows;
    std::istringstream lines{std::string{text}};
    std::int64_t version = 0;
    std::string encoded;
    while (lines >> version >> encoded) {
        const auto key = base64_decode(encoded);
        if (!key) return std::nullopt;
        rows.insert_or_assign(*key, version);
    }
    if (!lines.eof() || rows.empty()) return std::nullopt;
    return rows;
}

}  // namespace tw::idempotency
