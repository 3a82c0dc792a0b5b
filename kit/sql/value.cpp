#include "kit/sql/value.hpp"

namespace tw::sql {

bool Binding<bool>::from_sql(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    return std::get<std::int64_t>(value) != 0;
}

Timestamp Binding<Timestamp>::from_sql(const Value& value) {
    if (const auto* timestamp = std::get_if<Timestamp>(&value)) return *timestamp;
    return Timestamp::from_unix_micros(std::get<std::int64_t>(value));
}

}  // namespace tw::sql
