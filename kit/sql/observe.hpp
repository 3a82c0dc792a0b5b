#pragma once

#include "kit/async/call_context.hpp"
#include "kit/base/error.hpp"
#include "kit/sql/statement.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tw::sql {

/// Which database spans are about.
struct DatabaseName {
    /// `db.system.name`: "sqlite", "postgresql".
    std::string_view system;
    /// `db.namespace`: the file's or database's name.
    std::string name_space;
};

/// A client span of the telemetry contract for one statement: placeholders only, never a bound value.
telemetry::Span start_span(const telemetry::Telemetry& telemetry, const CallContext& ctx, const DatabaseName& database,
                           const Statement& statement);
/// As above for a unit, named after its first statement; `db.operation.batch.size` says how many there are.
telemetry::Span start_span(const telemetry::Telemetry& telemetry, const CallContext& ctx, const DatabaseName& database,
                           const Unit& unit);

}  // namespace tw::sql
