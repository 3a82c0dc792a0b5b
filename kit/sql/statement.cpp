#include "kit/sql/statement.hpp"

#include "kit/sql/text.hpp"

#include <algorithm>
#include <iterator>

namespace tw::sql {

void Unit::add_rows(const Statement& one, const Statement& many, std::vector<std::vector<Value>> rows) {
    auto next = rows.begin();
    while (rows.end() - next >= static_cast<std::ptrdiff_t>(kRowsMany)) {
        std::vector<Value> values;
        values.reserve(kRowsMany * next->size());
        for (std::size_t i = 0; i < kRowsMany; ++i, ++next) std::ranges::move(*next, std::back_inserter(values));
        put({&many, std::move(values), std::nullopt});
    }
    for (; next != rows.end(); ++next) put({&one, std::move(*next), std::nullopt});
}

}  // namespace tw::sql
