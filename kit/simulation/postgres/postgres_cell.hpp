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

/// The value of one column of one row in the model's tables. A boolean is 0 or 1, and a timestamp
/// is in microseconds since 1970.
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

/// An error that the server returns instead of a result: the fields of an ErrorResponse.
struct SqlError {
    std::string state;
    std::string message;
    std::string constraint{};
    std::string table{};
    std::string column{};
    std::string detail{};
    /// The function of the server that reports the error.
    std::string routine{};
    /// The severity: "ERROR", or "FATAL" for an error that ends the session.
    std::string severity = "ERROR";
};

/// Returns the type with this name; nothing if the model does not know it.
std::optional<PostgresType> type_named(std::string_view declared);

/// Reads a parameter of the protocol, in text (0) or binary format (1).
std::expected<Cell, SqlError> cell_from_wire(PostgresType type, int format, std::string_view bytes);
/// Writes a column for the protocol. The cell must not be null.
std::string cell_to_wire(PostgresType type, int format, const Cell& cell);
sql::Value cell_to_value(PostgresType type, const Cell& cell);

/// Returns a text for people. It is also a part of the name of a key, which has no nulls.
std::string describe(const Cell& cell);
std::string describe(const Cells& cells);

}  // namespace tw::simulation
