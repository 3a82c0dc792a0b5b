#pragma once

#include "kit/base/result.hpp"

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::console {

/// The place of a trace or a log record in the archive. What arrives later has a greater one.
struct Position {
    std::int64_t file = std::numeric_limits<std::int64_t>::max();
    std::int64_t row = std::numeric_limits<std::int64_t>::max();

    auto operator<=>(const Position&) const = default;
};

/// The id of a log record. Ids are ordered as positions are.
std::string record_id(Position position);
/// Reads such an id; nothing if it is none.
std::optional<Position> read_record_id(std::string_view id);

/// Writes numbers as a page token.
std::string page_token(std::span<const std::int64_t> numbers);
/// Reads a token of `count` numbers. Fails with INVALID_ARGUMENT and names /page_token.
Result<std::vector<std::int64_t>> read_page_token(std::string_view token, std::size_t count);
/// Reads a token of a position; an empty one is after everything.
Result<Position> read_position(std::string_view token);

}  // namespace tw::console
