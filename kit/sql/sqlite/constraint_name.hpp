#pragma once

#include <string>
#include <string_view>

struct sqlite3;

namespace tw::sql {

/// The name that PostgreSQL would report for the constraint that SQLite's message is about. SQLite names a CHECK, but of a
/// UNIQUE rule only the columns: those are looked up among the table's indexes. An index has the name that the schema gave
/// it; a UNIQUE or PRIMARY KEY inside a table has PostgreSQL's default name ("users_email_key", "users_pkey"), and so has
/// NOT NULL ("users_email_not_null"). Empty for foreign keys, which SQLite does not tell apart.
std::string constraint_name(sqlite3* database, int extended_code, std::string_view message);

}  // namespace tw::sql
