#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/migration.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::sql {

/// A row of the table `tw_migrations`, which every driver keeps.
struct AppliedMigration {
    int version;
    std::string name;
    std::string checksum;
};

/// FNV-1a, 64 bits, in hexadecimal. It guards against mistakes, such as editing a migration that
/// was released. It does not guard against a deliberate collision: who could make one could also
/// write to the database.
std::string migration_checksum(std::string_view text);

/// Compares the migrations of a program with those that its database has had. Returns how many have
/// been applied, so that the rest is to be applied now. Fails with FAILED_PRECONDITION,
/// MIGRATION_CHANGED or MIGRATION_UNKNOWN (see Store::migrate). Fails with INTERNAL if the
/// program's own versions are not 1, 2, 3, …, or the database's have a gap.
Result<std::size_t> check_history(std::string_view schema, std::span<const Migration> migrations,
                                  std::span<const AppliedMigration> applied);

/// Returns `migrations` and whether each is applied. The errors are those of `check_history`.
Result<std::vector<MigrationState>> migration_states(std::string_view schema, std::span<const Migration> migrations,
                                                     std::span<const AppliedMigration> applied);

/// INTERNAL, MIGRATION_FAILED: says which migration failed, and the engine's message with the line
/// and the statement.
Error migration_failed(std::string_view schema, const Migration& migration, const Error& why);

}  // namespace tw::sql
