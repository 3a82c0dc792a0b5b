#pragma once

#include "services/console/record.hpp"

#include <string_view>
#include <utility>

/// Records for tests. Texts are literals.
namespace tw::console::test {

inline Attribute attribute(std::string_view key, std::string_view value) { return {key, value, ValueType::string}; }
inline Attribute attribute(std::string_view key, const char* value) { return {key, std::string_view{value}, ValueType::string}; }
inline Attribute attribute(std::string_view key, std::int64_t value) { return {key, value, ValueType::integer}; }
inline Attribute attribute(std::string_view key, int value) { return attribute(key, std::int64_t{value}); }
inline Attribute attribute(std::string_view key, double value) { return {key, value, ValueType::number}; }
inline Attribute attribute(std::string_view key, bool value) { return {key, value, ValueType::boolean}; }

inline TraceId trace_id(std::uint8_t last) {
    TraceId id{0x0a, 0xf7};
    id.back() = last;
    return id;
}

inline SpanId span_id(std::uint8_t last) {
    SpanId id{0xb7};
    id.back() = last;
    return id;
}

}  // namespace tw::console::test
