#pragma once

#include "kit/base/error.hpp"
#include "kit/sql/postgres/target.hpp"

#include <string_view>

namespace tw::sql::pg {

/// Converts a failed attempt to connect to an Error. `message` is libpq's, in its verbose form. If
/// the operator has to change a setting, the error is FAILED_PRECONDITION, DATABASE_REFUSED, and
/// the detail says which setting. Otherwise it is that of `database_unreachable`. Both contain the
/// message of libpq or the server, and never the password.
Error connect_error(const Target& target, std::string_view message);

/// Whether the server refused a connection because it has no more to give (53300).
bool is_server_full(const Error& error);

/// DATABASE_REFUSED: the search_path names no schema that exists, so no table can be made or found.
Error no_schema(const Target& target);

/// Converts the error of a statement to DATABASE_REFUSED if a permission (42501) or the schema
/// (3F000) is missing. All other errors are returned unchanged.
Error explain_permission(const Target& target, Error error);

}  // namespace tw::sql::pg
