#include "kit/sql/value.hpp"

#include "kit/base/encoding.hpp"
#include "kit/sql/errors.hpp"

namespace tw::sql {

bool Binding<bool>::from_sql(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    return std::get<std::int64_t>(value) != 0;
}

Timestamp Binding<Timestamp>::from_sql(const Value& value) {
    if (const auto* timestamp = std::get_if<Timestamp>(&value)) return *timestamp;
    return Timestamp::from_unix_micros(std::get<std::int64_t>(value));
}

Result<void> check_text(std::span<const Value> values) {
    for (const auto& value : values) {
        const auto* text = std::get_if<std::string>(&value);
        if (text == nullptr) continue;
        if (text->find('\0') != std::string::npos) return invalid_text("a NUL in a parameter");
        if (!is_utf8(*text)) return invalid_text("a parameter that is not UTF-8");
    }
    return {};
}

}  // namespace tw::sql
