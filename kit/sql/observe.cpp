#include "kit/sql/observe.hpp"

namespace tw::sql {

telemetry::Span start_span(const telemetry::Telemetry& telemetry, const CallContext& ctx, const DatabaseName& database,
                           const Statement& statement) {
    auto span = telemetry.tracer.start(ctx, statement.summary, telemetry::SpanKind::client);
    if (!span.recording()) return span;
    span.set("db.system.name", database.system);
    span.set("db.namespace", database.name_space);
    const auto space = statement.summary.find(' ');
    span.set("db.operation.name", statement.summary.substr(0, space));
    if (space != std::string_view::npos) {
        const auto rest = statement.summary.substr(space + 1);
        span.set("db.collection.name", rest.substr(0, rest.find(' ')));
    }
    span.set("db.query.summary", statement.summary);
    span.set("db.query.text", statement.text);
    return span;
}

telemetry::Span start_span(const telemetry::Telemetry& telemetry, const CallContext& ctx, const DatabaseName& database,
                           const Unit& unit) {
    auto span = start_span(telemetry, ctx, database, *unit.steps().front().statement);
    // The conventions reserve the attribute for real batches.
    if (unit.steps().size() > 1) span.set("db.operation.batch.size", static_cast<std::int64_t>(unit.steps().size()));
    return span;
}

}  // namespace tw::sql
