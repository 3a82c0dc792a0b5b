#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/postgres/libpq_handle.hpp"
#include "kit/sql/postgres/target.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tw::sql::pg {

/// A connection for what is done at start, before there is a loop to block. Every call waits for its answer.
class BlockingConnection {
 public:
    /// Waits for `connect_time_max` at most. Errors as `connect_error`.
    static Result<BlockingConnection> open(const Target& target, const PostgresOptions& options);

    /// One or several statements, as psql would send them.
    Result<void> run(const std::string& text);
    /// One statement with its parameters and columns as text; a null is empty.
    Result<std::vector<std::vector<std::string>>> query(const std::string& text, const std::vector<std::string>& parameters = {});
    bool in_transaction() const;

 private:
    BlockingConnection(const Target& target, LibpqConnection connection) : target_{&target}, connection_{std::move(connection)} {}
    Error failure(const PGresult* result, std::string_view doing) const;

    const Target* target_;
    LibpqConnection connection_;
};

}  // namespace tw::sql::pg
