#include "kit/sql/value.hpp"

#include "kit/base/encoding.hpp"
#include "kit/sql/shared/errors.hpp"

namespace tw::sql {
namespace {

/// The first and the last microsecond that RFC 3339 can write, in the years 1 and 9999.
constexpr std::int64_t kEarliestMicros = -62'135'596'800'000'000;
constexpr std::int64_t kLatestMicros = 253'402'300'799'999'999;

}  // namespace

bool Binding<bool>::from_sql(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value)) return *flag;
    return held<std::int64_t>(value) != 0;
}

std::string Binding<std::string>::from_sql(const Value& value) {
    const auto& text = held<std::string>(value);
    if (!is_utf8(text)) throw UnreadableValue{"a text that is not UTF-8"};
    return text;
}

std::string Binding<std::string>::from_sql(Value&& value) {
    if (!is_utf8(held<std::string>(value))) throw UnreadableValue{"a text that is not UTF-8"};
    return std::get<std::string>(std::move(value));
}

Timestamp Binding<Timestamp>::from_sql(const Value& value) {
    const auto* const there = std::get_if<Timestamp>(&value);
    const auto micros = there != nullptr ? there->unix_micros() : held<std::int64_t>(value);
    if (micros < kEarliestMicros || micros > kLatestMicros) throw UnreadableValue{"a time outside of the years 1 to 9999"};
    return Timestamp::from_unix_micros(micros);
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
