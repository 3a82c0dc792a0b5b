#pragma once

#include "kit/sql/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tw::sql {

/// One row of an answer, which owns its values. `get` and `parsed` throw UnreadableValue if the
/// column holds a value that this program would not have written. Read rows through a RowReader,
/// which converts the exception to an error of the request.
class Row {
 public:
    explicit Row(std::vector<Value> values) : values_{std::move(values)} {}

    template <class T>
    T get(std::size_t column) const {
        const auto& value = values_.at(column);
        try {
            return Binding<T>::from_sql(value);
        } catch (const UnreadableValue& fault) {
            throw_in(column, fault.what());
        }
    }

    /// Returns what `get` returns, and takes a text out of the row instead of copying it.
    template <class T>
    T take(std::size_t column) {
        auto& value = values_.at(column);
        try {
            return Binding<T>::from_sql(std::move(value));
        } catch (const UnreadableValue& fault) {
            throw_in(column, fault.what());
        }
    }

    /// Returns the result of `parse` for the text in the column. `parse` takes a std::string_view
    /// and returns a std::optional, a std::expected or the like. No value means that the text is
    /// not allowed in the column.
    template <class Parse>
    auto parsed(std::size_t column, Parse parse) const {
        auto value = parse(std::string_view{get<std::string>(column)});
        if (!value) throw_in(column, "a text that does not belong there");
        return *std::move(value);
    }

    const Value& at(std::size_t column) const { return values_.at(column); }
    std::size_t size() const { return values_.size(); }

 private:
    [[noreturn]] static void throw_in(std::size_t column, std::string_view fault);

    std::vector<Value> values_;
};

using Rows = std::vector<Row>;

}  // namespace tw::sql
