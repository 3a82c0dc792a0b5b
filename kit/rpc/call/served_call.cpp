#include "kit/rpc/call/served_call.hpp"

#include "kit/rpc/admission.hpp"
#include "kit/rpc/call/repeat.hpp"
#include "kit/rpc/call_observer.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tw::rpc {
namespace {

/// Whether a code says that the callee failed, and not the caller (OpenTelemetry's conventions for
/// gRPC servers).
bool is_server_fault(Code code) {
    switch (code) {
        case Code::unknown:
        case Code::deadline_exceeded:
        case Code::unimplemented:
        case Code::internal:
        case Code::unavailable:
        case Code::data_loss:
            return true;
        default:
            return false;
    }
}

void report(const ServiceTable::Entry& entry, telemetry::Span& span, const Error& error) {
    if (is_server_fault(error.code())) span.fail(error);
    const bool bug = error.code() == Code::internal || error.code() == Code::unknown || error.code() == Code::data_loss;
    if (!bug && error.cause().empty()) return;
    const auto method = full_name(*entry.handler->method);
    const auto& log = entry.telemetry.log;
    const auto& why = error.cause().empty() ? error.detail() : error.cause();
    const auto body = fmt::format("{} {} {}: {}", method, code_name(error.code()), error.reason(), why);
    const telemetry::Attributes attributes{{"rpc.method", method},
                                           {"rpc.response.status_code", code_name(error.code())},
                                           {"error.type", error.reason()},
                                           {"error.message", why}};
    if (bug) {
        log.error(span.context(), "rpc.failed", attributes, body);
    } else {
        log.warn(span.context(), "rpc.refused", attributes, body);
    }
}

/// Counts one running handler for as long as the object lives.
class Running {
 public:
    explicit Running(std::size_t& count) : count_{count} { ++count_; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { --count_; }

 private:
    std::size_t& count_;
};

/// Describes the exception that is being handled. It may only be called within a catch block.
Error describe_exception() {
    try {
        throw;
    } catch (const std::exception& exception) {
        return internal(std::string{"exception: "} + exception.what());
    } catch (...) {
        return internal("exception that is not a std::exception");
    }
}

/// The error of a call that is over because of `why`, and whose handler has ended with `outcome`.
/// The outcome of the call is open, unless the handler ended with an error that says that nothing
/// was done.
Error over_after(const Result<void>& outcome, const Error& why) {
    return Error{why}.with_outcome_open(outcome.has_value() || outcome.error().outcome_open());
}

}  // namespace

Error public_part(Error error) { return std::move(error).with_cause({}); }

Task<void> serve_call(Serving serving, const CallContext& ctx, ServedCall& call) {
    const Running running{*serving.entry.running};
    const auto& method = *serving.entry.handler->method;
    const auto started = ctx.loop().now();
    auto span = serving.entry.telemetry.tracer.start(ctx, full_name(method), telemetry::SpanKind::server);
    span.set(serving.entry.observer->span_attributes());
    if (span.recording()) describe_callee(span, serving.authority);
    serving.info.recorded = span.recording();

    // Timers fire in ticks, so a deadline that has passed may not have cancelled its scope yet. No
    // handler starts after the deadline of its caller.
    if (ctx.deadline().passed(started)) ctx.scope().cancel(deadline_exceeded().with_outcome_open(false));

    Result<void> outcome;
    try {
        if (ctx.over()) {
            outcome = ctx.over_before_start();
        } else {
            Admission admission{serving.entry.policies, serving.info};
            auto asked = admission.ask(span.context());
            outcome = co_await std::move(asked);
            if (outcome) outcome = co_await call.run(admission.context());
            outcome = admission.conclude(std::move(outcome));
        }
    } catch (...) {
        outcome = describe_exception();
    }
    if (ctx.over()) outcome = over_after(outcome, *ctx.over());

    const auto code = outcome ? Code::ok : outcome.error().code();
    const auto status = code_name(code);
    if (serving.info.fault != nullptr) span.set("tw.fault", *serving.info.fault);
    if (span.recording()) span.set("rpc.response.status_code", status);
    for (const auto& [name, id] : serving.info.telemetry_ids.all()) span.set(name, std::string_view{id});
    const auto& log = serving.entry.telemetry.log;
    if (log.enabled(telemetry::Severity::debug)) {
        const auto name = full_name(method);
        log.debug(span.context(), "rpc.served", {{"rpc.method", name}, {"rpc.response.status_code", status}},
                  fmt::format("{} {}", name, status));
    }
    if (!outcome) {
        report(serving.entry, span, outcome.error());
        outcome = public_part(forbid_unsafe_retry(std::move(outcome).error(), method, span.context()));
    }
    const std::chrono::duration<double> took = ctx.loop().now() - started;
    serving.entry.observer->record(code, is_server_fault(code), took.count(), span.context().trace());
    span.end();
    call.on_outcome(std::move(outcome));
}

}  // namespace tw::rpc
