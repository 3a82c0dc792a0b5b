#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tw::sql {

/// One statement of a script, as a person looks for it after a failure.
struct ScriptStatement {
    /// Where the statement begins, counted in bytes from 0.
    std::size_t offset = 0;
    /// The line where it begins, counted from 1.
    std::size_t line = 1;
    std::string_view text;

    /// Returns the text on one line and without comments, cut off if it is long.
    std::string summary() const;
};

/// Returns the statements of a script in their order, without the comments before them and the
/// semicolons after them. Semicolons within strings, quoted names, comments and PostgreSQL's dollar
/// quotes end no statement. Both engines split scripts themselves; this function serves messages
/// that say which statement failed.
std::vector<ScriptStatement> split_script(std::string_view script);

/// Returns the statement that has the byte at `offset`, or the last one before it. It has no text
/// if the script has no statement.
ScriptStatement statement_at(std::string_view script, std::size_t offset);

}  // namespace tw::sql
