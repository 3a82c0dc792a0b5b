#pragma once

#include <string>
#include <string_view>

struct sqlite3;

namespace tw::sql {

/// Returns the name that PostgreSQL would report for the constraint in SQLite's message. SQLite
/// names a CHECK. For a UNIQUE rule it says only the columns, which are looked up among the table's
/// indexes. An index has the name that the schema gave it. A UNIQUE or PRIMARY KEY inside a table
/// has PostgreSQL's default name ("users_email_key", "users_pkey"), and so does NOT NULL
/// ("users_email_not_null"). The name is empty for foreign keys, which SQLite does not tell apart.
std::string constraint_name(sqlite3* database, int extended_code, std::string_view message);

}  // namespace tw::sql
