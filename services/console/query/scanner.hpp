#pragma once

#include "kit/base/result.hpp"
#include "services/console/query/term.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tw::console {

/// A text of a query without its quotes and escapes.
struct ScannedText {
    /// The texts between the stars that stand for any text.
    std::vector<std::string> parts;
    /// How the query has it.
    std::string_view written;
    bool quoted = false;
};

/// One term as it is written. Its parts are not judged yet.
struct ScannedTerm {
    bool negative = false;
    /// Empty for a bare word.
    std::string key;
    std::string_view written_key;
    Comparison comparison = Comparison::equal;
    /// At least one.
    std::vector<ScannedText> values;
};

/// Splits a query into terms.
Result<std::vector<ScannedTerm>> scan_query(std::string_view text);

/// The error that is reported for a query. `place` is where it was found, and lies in `text`.
/// `detail` says what was expected, without the place.
Error bad_query(std::string_view text, std::string_view place, std::string detail);

}  // namespace tw::console
