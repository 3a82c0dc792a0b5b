#include "kit/redis/connection/observe.hpp"

#include "kit/telemetry/database_metrics.hpp"

#include <chrono>
#include <utility>

namespace tw::redis {
namespace {

constexpr std::string_view kSystem = "redis";

}  // namespace

Operation::Operation(Observer& observer, telemetry::Span span, Kind& kind)
    : observer_{observer}, span_{std::move(span)}, kind_{kind}, started_{span_.context().loop().now()} {}

Operation::~Operation() {
    const auto& ctx = span_.context();
    const std::chrono::duration<double> took = ctx.loop().now() - started_;
    kind_.durations.record(code_, took.count(), ctx.trace(), [this] { return observer_.bind(kind_.command, code_); });
}

void Operation::fail(const Error& error, std::string_view status) {
    span_.fail(error);
    if (!status.empty()) span_.set("db.response.status_code", status);
    code_ = error.code();
}

Operation Observer::begin(const CallContext& ctx, std::string_view command) {
    auto& kind = kind_of(command);
    auto span = telemetry_.tracer.start(ctx, command, telemetry::SpanKind::client);
    span.set(kind.span_attributes);
    return {*this, std::move(span), kind};
}

Operation::Kind& Observer::kind_of(std::string_view command) {
    if (const auto known = kinds_.find(command); known != kinds_.end()) return known->second;
    Operation::Kind kind{command,
                         telemetry::FixedAttributes{{{"db.system.name", kSystem},
                                                     {"db.namespace", name_space_},
                                                     {"db.operation.name", command},
                                                     {"server.address", address_.host},
                                                     {"server.port", std::int64_t{address_.port}}}},
                         {}};
    return kinds_.emplace(command, std::move(kind)).first->second;
}

telemetry::Histogram Observer::bind(std::string_view command, Code code) {
    telemetry::MetricAttributes attributes{{"db.system.name", std::string{kSystem}},
                                           {"db.namespace", name_space_},
                                           {"db.operation.name", std::string{command}},
                                           {"server.address", address_.host},
                                           {"server.port", std::int64_t{address_.port}}};
    if (code != Code::ok) attributes.emplace_back("error.type", std::string{code_name(code)});
    return telemetry_.meter.histogram_with(telemetry::kDatabaseOperationDuration, std::move(attributes));
}

}  // namespace tw::redis
