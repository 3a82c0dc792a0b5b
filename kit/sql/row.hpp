#pragma once

#include "kit/sql/value.hpp"

#include <cstddef>
#include <utility>
#include <vector>

namespace tw::sql {

/// One row of an answer; owns its values. `get` throws std::bad_variant_access, or what the Binding throws, where the
/// column holds another type: a bug in the statement, never an outcome.
class Row {
 public:
    explicit Row(std::vector<Value> values) : values_{std::move(values)} {}

    template <class T>
    T get(std::size_t column) const {
        return Binding<T>::from_sql(values_.at(column));
    }
    std::size_t size() const { return values_.size(); }

 private:
    std::vector<Value> values_;
};

using Rows = std::vector<Row>;

}  // namespace tw::sql
