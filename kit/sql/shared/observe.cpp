#include "kit/sql/shared/observe.hpp"

#include "kit/sql/shared/errors.hpp"
#include "kit/telemetry/database_metrics.hpp"

#include <chrono>

namespace tw::sql {
namespace {

constexpr Statement kCommitSpan{"COMMIT", "COMMIT"};

/// The first words of a summary ("SELECT orders lines").
struct Target {
    std::string_view operation;
    std::string_view collection;  ///< the first table; may be empty
};

Target target_of(const Statement& statement) {
    const auto space = statement.summary.find(' ');
    if (space == std::string_view::npos) return {statement.summary, {}};
    const auto rest = statement.summary.substr(space + 1);
    return {statement.summary.substr(0, space), rest.substr(0, rest.find(' '))};
}

}  // namespace

Operation::Operation(Observer& observer, telemetry::Span span, Kind& kind)
    : observer_{observer}, span_{std::move(span)}, kind_{kind}, started_{span_.context().loop().now()} {}

Operation::~Operation() {
    const auto& ctx = span_.context();
    const std::chrono::duration<double> took = ctx.loop().now() - started_;
    const auto bind = [this] { return observer_.bind(kind_.statement, code_); };
    kind_.durations.record(code_, took.count(), ctx.trace(), bind);
}

void Operation::fail(const Error& error) {
    span_.fail(error);
    if (const auto sqlstate = sqlstate_of(error); !sqlstate.empty()) span_.set("db.response.status_code", sqlstate);
    code_ = error.code();
}

void Operation::share(const SharedCommit& commit, bool tells) {
    span_.link(commit.trace);
    if (tells) observer_.tell(span_.context(), commit);
}

Operation Observer::begin(const CallContext& ctx, const Statement& statement) {
    auto& kind = kind_of(statement);
    return {*this, start_span(ctx, kind), kind};
}

Operation Observer::begin(const CallContext& ctx, const Unit& unit) {
    auto& kind = kind_of(*unit.steps().front().statement);
    auto span = start_span(ctx, kind);
    // The conventions reserve the attribute for batches of two or more.
    if (unit.steps().size() > 1) span.set("db.operation.batch.size", static_cast<std::int64_t>(unit.steps().size()));
    return {*this, std::move(span), kind};
}

Operation::Kind& Observer::kind_of(const Statement& statement) {
    if (const auto known = kinds_.find(&statement); known != kinds_.end()) return known->second;
    const auto target = target_of(statement);
    Operation::Kind kind{statement,
                         telemetry::FixedAttributes{{{"db.system.name", database_.system},
                                                     {"db.namespace", database_.name_space},
                                                     {"db.operation.name", target.operation},
                                                     {"db.query.summary", statement.summary},
                                                     {"db.query.text", statement.text}}},
                         {}};
    if (!target.collection.empty()) kind.span_attributes.add("db.collection.name", target.collection);
    if (!database_.server_address.empty()) {
        kind.span_attributes.add("server.address", database_.server_address);
        kind.span_attributes.add("server.port", database_.server_port);
    }
    return kinds_.emplace(&statement, std::move(kind)).first->second;
}

telemetry::Span Observer::start_span(const CallContext& ctx, const Operation::Kind& kind) const {
    auto span = telemetry_.tracer.start(ctx, kind.statement.summary, telemetry::SpanKind::client);
    span.set(kind.span_attributes);
    return span;
}

void Observer::tell(const CallContext& ctx, const SharedCommit& commit) {
    auto span = telemetry_.tracer.start_at(ctx, commit.trace, kCommitSpan.summary, telemetry::SpanKind::client, commit.began);
    span.set(kind_of(kCommitSpan).span_attributes);
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
    return telemetry_.meter.histogram_with(telemetry::kDatabaseOperationDuration, std::move(attributes));
}

}  // namespace tw::sql
