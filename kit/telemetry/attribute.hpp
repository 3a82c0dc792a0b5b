#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

namespace tw::telemetry {

/// The value of an attribute. The text of a string is copied or encoded before the call that takes
/// it returns.
class AttributeValue {
 public:
    AttributeValue(std::string_view text) : value_{text} {}
    AttributeValue(const char* text) : value_{std::string_view{text}} {}
    AttributeValue(const std::string& text) : value_{std::string_view{text}} {}
    AttributeValue(bool flag) : value_{flag} {}
    AttributeValue(int number) : value_{std::int64_t{number}} {}
    AttributeValue(unsigned number) : value_{std::int64_t{number}} {}
    AttributeValue(std::int64_t number) : value_{number} {}
    AttributeValue(std::uint64_t number) : value_{static_cast<std::int64_t>(number)} {}
    AttributeValue(double number) : value_{number} {}

    const std::variant<std::string_view, bool, std::int64_t, double>& get() const { return value_; }

 private:
    std::variant<std::string_view, bool, std::int64_t, double> value_;
};

/// A key of the telemetry contract (OpenTelemetry semantic conventions, or this product's keys
/// under "shop." and "tw.") and its value. Keys consist of letters, digits, dots and underscores;
/// they are not escaped.
struct Attribute {
    std::string_view key;
    AttributeValue value;
};

using Attributes = std::initializer_list<Attribute>;

}  // namespace tw::telemetry
