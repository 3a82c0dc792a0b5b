#include "kit/sql/postgres/encoding.hpp"

#include "kit/sql/reasons.hpp"

#include <string_view>

#include <fmt/format.h>

namespace tw::sql::pg {

Result<void> check_encoding(const Target& target, const PGconn* connection) {
    // The server reports its encoding at the start of each session. A server that does not report
    // it is accepted.
    const char* const reported = PQparameterStatus(connection, "server_encoding");
    const std::string_view encoding = reported == nullptr ? "UTF8" : reported;
    if (encoding == "UTF8") return {};
    return Error{Code::failed_precondition, reason::kDatabaseRefused,
                 fmt::format("the database {} stores text as {}; create one with ENCODING 'UTF8', or correct the name in "
                             "database.url (DATABASE_URL)",
                             target.to_string(), encoding)};
}

}  // namespace tw::sql::pg
