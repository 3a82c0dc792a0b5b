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

/// One SQL value, as parameter and as column. Drivers map it: a Timestamp is timestamptz in PostgreSQL and integer
/// microseconds in SQLite (where it reads back as std::int64_t); a bool is 0 or 1 in SQLite.
using Value = std::variant<Null, bool, std::int64_t, double, std::string, Timestamp>;

/// How a C++ type stands in SQL. Specialise for your own; what has no specialisation does not compile.
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
    static T from_sql(const Value& value) { return static_cast<T>(std::get<std::int64_t>(value)); }
};
template <>
struct Binding<double> {
    static Value to_sql(double value) { return value; }
    static double from_sql(const Value& value) { return std::get<double>(value); }
};
template <>
struct Binding<std::string> {
    static Value to_sql(std::string value) { return Value{std::move(value)}; }
    static std::string from_sql(const Value& value) { return std::get<std::string>(value); }
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
/// Ids are their text form, in both engines.
template <class Tag>
struct Binding<Id<Tag>> {
    static Value to_sql(const Id<Tag>& id) { return id.to_string(); }
    static Id<Tag> from_sql(const Value& value) {
        const auto id = Id<Tag>::parse(std::get<std::string>(value));
        if (!id) throw std::runtime_error{"a column that holds ids holds something else"};
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

/// The parameters of a statement in order; one allocation, and no copy of what was passed as an rvalue.
template <class... Args>
std::vector<Value> to_values(Args&&... args) {
    std::vector<Value> values;
    values.reserve(sizeof...(args));
    (values.push_back(to_value(std::forward<Args>(args))), ...);
    return values;
}

/// INVALID_ARGUMENT, INVALID_TEXT, where a text has a NUL or is not UTF-8: PostgreSQL could not keep it, and SQLite would.
Result<void> check_text(std::span<const Value> values);

}  // namespace tw::sql
