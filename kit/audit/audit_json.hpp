#pragma once

#include "kit/audit/chain_check.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tw::audit {

/// Returns a sealed record as one line of JSON, without the line's end. The members are those that
/// are hashed, in their order, and then the hash; docs/guide/audit.md says how to compute it again.
/// `previous_hash` is that of the record before it.
std::string export_line(const SealedRecord& one, std::string_view previous_hash);

/// Returns a report as a JSON object.
std::string report_json(const ChainReport& report, std::string_view module);

/// Reads the head of a module's chain from the output of an earlier check (`audit verify --json`).
/// Returns nothing if it does not name the module. Fails with INVALID_ARGUMENT for a text that is
/// no such output.
Result<std::optional<Seal>> known_head(std::string_view text, std::string_view module);

}  // namespace tw::audit
