#include "kit/sql/history.hpp"

#include <cstdint>

#include <fmt/format.h>

namespace tw::sql {

std::string migration_checksum(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(c);
        hash *= 0x100000001b3;
    }
    return fmt::format("{:016x}", hash);
}

Result<std::size_t> check_history(std::string_view schema, std::span<const Migration> migrations,
                                  std::span<const AppliedMigration> applied) {
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        if (migrations[i].version == static_cast<int>(i + 1)) continue;
        return internal(fmt::format("schema \"{}\": migration {} (\"{}\") stands where {} should be", schema,
                                    migrations[i].version, migrations[i].name, i + 1));
    }
    for (std::size_t i = 0; i < applied.size(); ++i) {
        if (applied[i].version != static_cast<int>(i + 1)) {
            return internal(
                fmt::format("schema \"{}\": the database lacks migration {}, but has {}", schema, i + 1, applied[i].version));
        }
        if (i >= migrations.size()) {
            return Error{
                Code::failed_precondition, "MIGRATION_UNKNOWN",
                fmt::format("the database has migration {} (\"{}\") of schema \"{}\", which this program does not know: it "
                            "was used by a newer one",
                            applied[i].version, applied[i].name, schema)};
        }
        if (applied[i].checksum != migration_checksum(migrations[i].text)) {
            return Error{
                Code::failed_precondition, "MIGRATION_CHANGED",
                fmt::format("migration {} (\"{}\") of schema \"{}\" was changed after it had been applied; add a new one instead",
                            applied[i].version, applied[i].name, schema)};
        }
    }
    return applied.size();
}

Result<std::vector<MigrationState>> migration_states(std::string_view schema, std::span<const Migration> migrations,
                                                     std::span<const AppliedMigration> applied) {
    const auto done = check_history(schema, migrations, applied);
    if (!done) return done.error();
    std::vector<MigrationState> states;
    for (std::size_t i = 0; i < migrations.size(); ++i) {
        states.push_back({.version = migrations[i].version, .name = std::string{migrations[i].name}, .applied = i < *done});
    }
    return states;
}

Error migration_failed(std::string_view schema, const Migration& migration, const Error& why) {
    // An error that no engine reported has no cause.
    const auto& said = why.cause().empty() ? why.detail() : why.cause();
    return Error{
        Code::internal, "MIGRATION_FAILED",
        fmt::format("migration {} (\"{}\") of schema \"{}\" failed: {}", migration.version, migration.name, schema, said)}
        .with_cause(why.cause());
}

}  // namespace tw::sql
