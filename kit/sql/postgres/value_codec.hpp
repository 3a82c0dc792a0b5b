#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/row.hpp"
#include "kit/sql/value.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

typedef struct pg_result PGresult;

namespace tw::sql::pg {

/// An object id of PostgreSQL's pg_type. 0 leaves the choice to the server.
using TypeId = std::uint32_t;

/// Returns the type that a statement's parameter is declared with when its first use has `value`. A
/// number, a bool and a timestamp have types of their own, whatever the statement does with them
/// (for "$2 + 1" the server would choose 32 bits). Text and NULL are left to the server, since
/// every type can be written as text.
TypeId declared_type(const Value& value);

/// The parameters of one run, in the arrays that libpq takes. The texts have passed `check_text`. A
/// value of the declared type is sent in binary form. Any other is sent as text, which the server
/// converts to the parameter's type. The arrays point into the given values. Reuse the object to
/// save allocations.
class ParameterArrays {
 public:
    void assign(std::span<const Value> values, std::span<const TypeId> declared);

    int count() const { return static_cast<int>(values_.size()); }
    const char* const* values() const { return values_.data(); }
    const int* lengths() const { return lengths_.data(); }
    const int* formats() const { return formats_.data(); }

 private:
    /// Has space for 64 bits, and for every number and timestamp as text with its terminator.
    using Scratch = std::array<char, 48>;

    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
    std::vector<Scratch> scratch_;
};

/// Reads all rows of a result in binary format. Fails with INTERNAL if a column's type has no
/// Value; cast the column in the statement.
Result<Rows> read_rows(const PGresult* result);

}  // namespace tw::sql::pg
