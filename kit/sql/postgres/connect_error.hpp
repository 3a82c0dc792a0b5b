#pragma once

#include "kit/base/error.hpp"
#include "kit/sql/postgres/target.hpp"

#include <string_view>

namespace tw::sql::pg {

/// What a failed attempt to connect means: `message` is libpq's, in its verbose form. Where somebody has to mend a setting it is
/// FAILED_PRECONDITION, DATABASE_REFUSED, with a detail that says which; otherwise as `database_unreachable`. Both say why in
/// the words of libpq or the server, and neither ever has the password.
Error connect_error(const Target& target, std::string_view message);

/// Whether the server refused a connection because it has no more to give (53300).
bool is_server_full(const Error& error);

/// DATABASE_REFUSED: the search_path names no schema that exists, so that no table can be made or found.
Error no_schema(const Target& target);

/// The same for what a server says after it has let us in, where a permission (42501) or the schema (3F000) is missing; other
/// errors stay.
Error explain_permission(const Target& target, Error error);

}  // namespace tw::sql::pg
