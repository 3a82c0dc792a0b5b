#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tw::sql {

/// One step of a schema's history. `version` counts from 1 without gaps. `text` is one or several
/// statements, run in one transaction. The checksum of the text is stored, and a text that changed
/// after it was applied is refused at the next start.
struct Migration {
    int version;
    std::string_view name;
    std::string_view text;
};

/// A migration and whether a database has had it.
struct MigrationState {
    int version;
    std::string name;
    bool applied;
};

/// A module's schema, or that of a library which keeps tables in the module's database. Several
/// modules may share a database; each schema keeps its own history under `name`.
struct Schema {
    std::string_view name;
    std::span<const Migration> sqlite;
    std::span<const Migration> postgres;
    /// The schemas that this one uses, such as durable::schema. They are brought up to date first.
    /// Two modules that share a database and use one schema share its tables.
    std::span<const Schema& (*const)()> uses{};
};

/// Whether `schema` uses the schema that `used` returns, itself or through another one.
inline bool uses(const Schema& schema, const Schema& (*used)()) {
    for (const auto& one : schema.uses) {
        if (one == used || uses(one(), used)) return true;
    }
    return false;
}

}  // namespace tw::sql
