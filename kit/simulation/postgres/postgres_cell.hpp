#pragma once

#include "kit/sql/value.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tw::simulation {

/// What one column of one row holds in the model's tables: a boolean is 0 or 1, a timestamp microseconds since 1970.
using Cell = std::variant<std::monostate, std::int64_t, double, std::string>;
using Cells = std::vector<Cell>;

/// The types of PostgreSQL that the model knows, by their object ids (pg_type.dat).
enum class PostgresType : std::uint32_t {
    unknown = 0,
    boolean = 16,
    int8 = 20,
    int2 = 21,
    int4 = 23,
    text = 25,
    float8 = 701,
    timestamptz = 1184,
    nothing = 2278
};

/// What the server answers in place of a result: the fields of an ErrorResponse.
struct SqlError {
    std::string state;
    std::string message;
    std::string constraint{};
    std::string table{};
    std::string column{};
    std::string detail{};
    /// The function of the server that says so.
    std::string routine{};
    /// "ERROR", or "FATAL" for the last word of a session.
    std::string severity = "ERROR";
};

/// The type of a column that is declared so; empty where the model does not know it.
std::optional<PostgresType> type_named(std::string_view declared);

/// A parameter as the protocol brings it, in text (0) or binary format (1).
std::expected<Cell, SqlError> cell_from_wire(PostgresType type, int format, std::string_view bytes);
/// A column as the protocol takes it; not for null.
std::string cell_to_wire(PostgresType type, int format, const Cell& cell);
sql::Value cell_to_value(PostgresType type, const Cell& cell);

/// For people, and as part of the name of a key, which has no nulls.
std::string describe(const Cell& cell);
std::string describe(const Cells& cells);

}  // namespace tw::simulation
