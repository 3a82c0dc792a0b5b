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

/// An object id of PostgreSQL's pg_type; 0 leaves the choice to the server.
using TypeId = std::uint32_t;

/// The type that a statement's parameter is declared with when its first use brings `value`: a number, a bool and a timestamp
/// have theirs, whatever the statement does with them ("$2 + 1" would make the server choose 32 bits); text and NULL are left
/// to the server, since text is how every type can be written.
TypeId declared_type(const Value& value);

/// The parameters of one run, in the arrays that libpq takes; their texts have passed `check_text`. Binary where the value is of
/// the declared type, text otherwise, which the server converts to whatever it made of the parameter. Points into the values
/// given; reuse it to save allocations.
class ParameterArrays {
 public:
    void assign(std::span<const Value> values, std::span<const TypeId> declared);

    int count() const { return static_cast<int>(values_.size()); }
    const char* const* values() const { return values_.data(); }
    const int* lengths() const { return lengths_.data(); }
    const int* formats() const { return formats_.data(); }

 private:
    /// Holds 64 bits, and every number and timestamp as text with its end.
    using Scratch = std::array<char, 48>;

    std::vector<const char*> values_;
    std::vector<int> lengths_;
    std::vector<int> formats_;
    std::vector<Scratch> scratch_;
};

/// All rows of a result in binary format. INTERNAL where a column's type has no Value; cast it in the statement.
Result<Rows> read_rows(const PGresult* result);

}  // namespace tw::sql::pg
