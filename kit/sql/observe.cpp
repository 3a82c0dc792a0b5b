#include "kit/sql/observe.hpp"

#include "kit/sql/sql_metrics.hpp"

#include <chrono>

namespace tw::sql {
namespace {

constexpr Statement kCommit{"COMMIT", "COMMIT"};

/// What a summary ("SELECT orders lines") begins with.
struct Target {
    std::string_view operation;
    std::string_view collection;  ///< the first one; may be empty
};

Target target_of(const Statement& statement) {
    const auto space = statement.summary.find(' ');
    if (space == std::string_view::npos) return {statement.summary, {}};
    const auto rest = statement.summary.substr(space + 1);
    return {statement.summary.substr(0, space), rest.substr(0, rest.find(' '))};
}

}  // namespace

Operation::Operation(Observer& observer, telemetry::Span span, const Statement& statement)
    : observer_{observer}, span_{std::move(span)}, statement_{statement}, started_{span_.context().loop().now()} {}

Operation::~Operation() {
    const auto& ctx = span_.context();
    const std::chrono::duration<double> took = ctx.loop().now() - started_;
    const auto bind = [this] { return observer_.bind(statement_, code_); };
    observer_.durations_[&statement_].record(code_, took.count(), ctx.trace(), bind);
}

void Operation::fail(const Error& error) {
    span_.fail(error);
    code_ = error.code();
}

void Operation::share(const SharedCommit& commit, bool tells) {
    span_.link(commit.trace);
    if (tells) observer_.tell(span_.context(), commit);
}

Operation Observer::begin(const CallContext& ctx, const Statement& statement) {
    return {*this, start_span(ctx, statement), statement};
}

Operation Observer::begin(const CallContext& ctx, const Unit& unit) {
    const auto& first = *unit.steps().front().statement;
    auto span = start_span(ctx, first);
    // The conventions reserve the attribute for real batches.
    if (unit.steps().size() > 1) span.set("db.operation.batch.size", static_cast<std::int64_t>(unit.steps().size()));
    return {*this, std::move(span), first};
}

telemetry::Span Observer::start_span(const CallContext& ctx, const Statement& statement) const {
    auto span = telemetry_.tracer.start(ctx, statement.summary, telemetry::SpanKind::client);
    if (span.recording()) describe(span, statement);
    return span;
}

void Observer::describe(telemetry::Span& span, const Statement& statement) const {
    const auto target = target_of(statement);
    span.set("db.system.name", database_.system);
    span.set("db.namespace", database_.name_space);
    span.set("db.operation.name", target.operation);
    if (!target.collection.empty()) span.set("db.collection.name", target.collection);
    span.set("db.query.summary", statement.summary);
    span.set("db.query.text", statement.text);
}

void Observer::tell(const CallContext& ctx, const SharedCommit& commit) const {
    auto span = telemetry_.tracer.start_at(ctx, commit.trace, kCommit.summary, telemetry::SpanKind::client, commit.began);
    describe(span, kCommit);
    span.set("db.operation.batch.size", static_cast<std::int64_t>(commit.units));
    for (const auto& unit : commit.unit_spans) span.link(unit);
    span.end_at(commit.ended);
}

telemetry::Histogram Observer::bind(const Statement& statement, Code code) {
    const auto target = target_of(statement);
    telemetry::MetricAttributes attributes{{"db.system.name", std::string{database_.system}},
                                           {"db.namespace", database_.name_space},
                                           {"db.operation.name", std::string{target.operation}},
                                           {"db.query.summary", std::string{statement.summary}}};
    if (!target.collection.empty()) attributes.emplace_back("db.collection.name", std::string{target.collection});
    if (code != Code::ok) attributes.emplace_back("error.type", std::string{code_name(code)});
    return telemetry_.meter.histogram_with(kOperationDuration, std::move(attributes));
}

}  // namespace tw::sql
