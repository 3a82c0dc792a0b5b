#pragma once

#include "kit/base/error.hpp"
#include "kit/sql/postgres/target.hpp"

#include <string_view>

namespace tw::sql::pg {

/// What a failed attempt to connect means: `message` is libpq's, in its verbose form. Where somebody has to mend a setting it is
/// FAILED_PRECONDITION, DATABASE_REFUSED, with a detail that says which; otherwise as `database_unreachable`. Neither ever
/// has the password.
Error connect_error(const Target& target, std::string_view message);

/// Whether the server refused a connection because it has no more to give (53300).
bool is_server_full(const Error& error);

/// The same for what a server says after it has let us in, where a permission is missing (42501); other errors stay.
Error explain_permission(const Target& target, Error error);

}  // namespace tw::sql::pg
