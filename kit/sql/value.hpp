#pragma once

#include "kit/base/clock.hpp"
#include "kit/base/result.hpp"
#include "kit/base/uuid.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace tw::sql {

struct Null {
    bool operator==(const Null&) const = default;
};

/// A stored value that this program would not have written: of another type, out of range, or an
/// unexpected text. Other software wrote it, or the storage is damaged. RowReader catches this
/// exception.
class UnreadableValue : public std::runtime_error {
 public:
    using std::runtime_error::runtime_error;
};

/// One SQL value, as a parameter and as a column. Drivers map a Timestamp to timestamptz in
/// PostgreSQL and to integer microseconds in SQLite (where it reads back as std::int64_t). They map
/// a bool to 0 or 1 in SQLite.
using Value = std::variant<Null, bool, std::int64_t, double, std::string, Timestamp>;

/// Returns the T that a value holds. Throws UnreadableValue if it holds another type.
template <class T>
const T& held(const Value& value) {
    if (const auto* const there = std::get_if<T>(&value)) return *there;
    throw UnreadableValue{"a value of another type"};
}

/// Converts a C++ type to SQL and back. Specialise it for your own types; a type without a
/// specialisation does not compile. `from_sql` throws UnreadableValue for a value that `to_sql`
/// would not have made.
template <class T>
struct Binding;

template <>
struct Binding<Value> {
    static Value to_sql(Value value) { return value; }
    static Value from_sql(const Value& value) { return value; }
};
template <>
struct Binding<bool> {
    static Value to_sql(bool value) { return value; }
    static bool from_sql(const Value& value);
};
template <std::integral T>
    requires(!std::same_as<T, bool>)
struct Binding<T> {
    static Value to_sql(T value) { return static_cast<std::int64_t>(value); }
    static T from_sql(const Value& value) {
        const auto number = held<std::int64_t>(value);
        if (!std::in_range<T>(number)) throw UnreadableValue{"a number out of range"};
        return static_cast<T>(number);
    }
};
template <>
struct Binding<double> {
    static Value to_sql(double value) { return value; }
    static double from_sql(const Value& value) { return held<double>(value); }
};
template <>
struct Binding<std::string> {
    static Value to_sql(std::string value) { return Value{std::move(value)}; }
    /// SQLite keeps any bytes as text. Bytes that are not UTF-8 are unreadable, since no answer
    /// could hold them.
    static std::string from_sql(const Value& value);
    static std::string from_sql(Value&& value);
};
template <>
struct Binding<std::string_view> {
    static Value to_sql(std::string_view value) { return std::string{value}; }
};
template <>
struct Binding<const char*> {
    static Value to_sql(const char* value) { return std::string{value}; }
};
template <>
struct Binding<Timestamp> {
    static Value to_sql(Timestamp value) { return value; }
    static Timestamp from_sql(const Value& value);
};
/// An id is stored in its text form, in both engines.
template <class Tag>
struct Binding<Id<Tag>> {
    static Value to_sql(const Id<Tag>& id) { return id.to_string(); }
    static Id<Tag> from_sql(const Value& value) {
        const auto id = Id<Tag>::parse(held<std::string>(value));
        if (!id) throw UnreadableValue{"a text that is no id"};
        return *id;
    }
};
template <class T>
struct Binding<std::optional<T>> {
    static Value to_sql(const std::optional<T>& value) { return value ? Binding<T>::to_sql(*value) : Value{Null{}}; }
    static std::optional<T> from_sql(const Value& value) {
        if (std::holds_alternative<Null>(value)) return std::nullopt;
        return Binding<T>::from_sql(value);
    }
};

template <class T>
Value to_value(T&& value) {
    return Binding<std::decay_t<T>>::to_sql(std::forward<T>(value));
}

/// Converts the parameters of a statement, in order. It makes one allocation, and does not copy
/// what was passed as an rvalue.
template <class... Args>
std::vector<Value> to_values(Args&&... args) {
    std::vector<Value> values;
    values.reserve(sizeof...(args));
    (values.push_back(to_value(std::forward<Args>(args))), ...);
    return values;
}

/// Fails with INVALID_ARGUMENT, INVALID_TEXT, if a text has a NUL or is not UTF-8. PostgreSQL could
/// not keep such a text, and SQLite would.
Result<void> check_text(std::span<const Value> values);

}  // namespace tw::sql
