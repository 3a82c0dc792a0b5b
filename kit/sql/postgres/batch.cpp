#include "kit/sql/postgres/batch.hpp"

#include <string>

namespace tw::sql::pg {

std::optional<Value> statement_limit(std::chrono::nanoseconds remaining, const PostgresOptions& options) {
    // A request to cancel keeps the exact deadline. The server's limit is only a second safeguard,
    // so steps that double are precise enough.
    constexpr std::chrono::milliseconds kLeast{50};
    auto limit = kLeast;
    while (limit < remaining && limit < options.statement_time_max) limit *= 2;
    if (limit >= options.statement_time_max) return std::nullopt;
    return Value{std::to_string(limit.count())};
}

}  // namespace tw::sql::pg
