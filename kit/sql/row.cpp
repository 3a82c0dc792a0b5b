#include "kit/sql/row.hpp"

namespace tw::sql {

void Row::throw_in(std::size_t column, std::string_view fault) {
    throw UnreadableValue{"column " + std::to_string(column + 1) + " of the answer holds " + std::string{fault}};
}

}  // namespace tw::sql
