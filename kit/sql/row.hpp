#pragma once

#include "kit/sql/value.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace tw::sql {

/// One row of an answer; owns its values. `get` and `parsed` throw UnreadableValue where the column holds what this program
/// would not have written: read rows through a RowReader, which turns that into an outcome of its own request.
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

    /// What `parse` makes of the text in the column. `parse` takes a std::string_view and answers with a std::optional, a
    /// std::expected or the like; no value means that the text is none of those that may stand there.
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
