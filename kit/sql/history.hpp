#pragma once

#include "kit/base/result.hpp"
#include "kit/sql/migration.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tw::sql {

/// A line of the table `tw_migrations`, which every driver keeps.
struct AppliedMigration {
    int version;
    std::string name;
    std::string checksum;
};

/// FNV-1a, 64 bits, in hexadecimal. It guards against mistakes, such as editing a migration that was released, not against
/// somebody who wants a collision: they could write to the database as well.
std::string migration_checksum(std::string_view text);

/// Compares what a program has with what its database went through: the number of migrations applied, so that the rest is
/// to be applied now. FAILED_PRECONDITION with MIGRATION_CHANGED or MIGRATION_UNKNOWN (see Store::migrate); INTERNAL where
/// the program's own versions are not 1, 2, 3, …, or the database's have a gap.
Result<std::size_t> check_history(std::string_view schema, std::span<const Migration> migrations,
                                  std::span<const AppliedMigration> applied);

/// `migrations` with whether each is applied; errors as `check_history`.
Result<std::vector<MigrationState>> migration_states(std::string_view schema, std::span<const Migration> migrations,
                                                     std::span<const AppliedMigration> applied);

/// INTERNAL, MIGRATION_FAILED: which one, and what the engine said, with the line and the statement.
Error migration_failed(std::string_view schema, const Migration& migration, const Error& why);

}  // namespace tw::sql
