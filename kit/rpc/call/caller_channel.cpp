#include "kit/rpc/call/caller_channel.hpp"

#include "kit/rpc/call/caller_stream.hpp"
#include "kit/rpc/call/interceptor_chain.hpp"
#include "kit/rpc/call/repeat.hpp"
#include "kit/rpc/telemetry/rpc_metrics.hpp"

#include <utility>

namespace tw::rpc {
namespace {

/// A unary call without its interceptors.
class UnaryBody final : public CallBody {
 public:
    UnaryBody(Transport& transport, CallInfo& call, const Message& request, Message& response)
        : transport_{transport}, call_{call}, request_{request}, response_{response} {}

    Task<Result<void>> run(const CallContext& ctx) override { return transport_.unary(ctx, call_, request_, response_); }

 private:
    Transport& transport_;
    CallInfo& call_;
    const Message& request_;
    Message& response_;
};

/// One unary call of a caller. If the caller gave `options`, they supply the metadata that is sent
/// and receive the metadata that comes back. If it gave none, received metadata is dropped.
class OneCall {
 public:
    OneCall(const Method& method, CallOptions* options)
        : options_{options},
          info{method, sent_, options == nullptr ? initial_ : options->initial_metadata,
               options == nullptr ? trailing_ : options->trailing_metadata, options} {
        if (options == nullptr) return;
        // The metadata is copied, because interceptors may add to it.
        sent_ = options->metadata;
        options->initial_metadata.clear();
        options->trailing_metadata.clear();
    }
    void close() {
        if (options_ != nullptr) options_->response_compressed = info.read_compressed;
    }

 private:
    CallOptions* options_;
    Metadata sent_;
    Metadata initial_;
    Metadata trailing_;

 public:
    CallInfo info;
};

}  // namespace

void close_client_call(telemetry::Span& span, CallObserver& observer, SteadyTime started, const CallInfo& info,
                       const Result<void>& outcome, CallCounts& counts) {
    ++(outcome ? counts.succeeded : counts.failed);
    const auto code = outcome ? Code::ok : outcome.error().code();
    const auto& ctx = span.context();
    const std::chrono::duration<double> took = ctx.loop().now() - started;
    observer.record(code, code != Code::ok, took.count(), ctx.trace());
    if (span.recording()) {
        span.set("rpc.response.status_code", code_name(code));
        if (info.retries > 0) span.set("tw.rpc.retries", info.retries);
        if (!outcome) span.fail(outcome.error());
    }
    span.end();
}

const std::shared_ptr<CallObserver>& CallerChannel::observer_of(const Method& method) {
    auto& observer = observers_[&method];
    if (!observer) {
        observer =
            std::make_shared<CallObserver>(telemetry_.meter, kClientCallDuration, method, std::string{transport_->authority()});
    }
    return observer;
}

Task<Result<void>> CallerChannel::unary(const CallContext& ctx, const Method& method, const Message& request, Message& response,
                                        CallOptions* options) {
    if (ctx.over()) co_return ctx.over_before_start();
    const auto started = loop_.now();
    auto& observer = *observer_of(method);
    CancelScope scope{loop_, Deadline::after(started, method.deadline), &ctx.scope()};
    auto span = telemetry_.tracer.start(ctx.with_scope(scope), full_name(method), telemetry::SpanKind::client);
    span.set(observer.span_attributes());

    ++counts_->started;
    OneCall call{method, options};
    Result<void> outcome;
    if (interceptors_.empty()) {
        outcome = co_await transport_->unary(span.context(), call.info, request, response);
    } else {
        UnaryBody body{*transport_, call.info, request, response};
        InterceptorChain chain{interceptors_, call.info, body};
        outcome = co_await chain.run(span.context());
    }
    if (!outcome) outcome = forbid_unsafe_retry(std::move(outcome).error(), method, ctx);
    call.close();
    close_client_call(span, observer, started, call.info, outcome, *counts_);
    co_return outcome;
}

ChannelState CallerChannel::state() const {
    auto state = transport_->state();
    state.calls = *counts_;
    return state;
}

Task<Result<std::unique_ptr<ClientStream>>> CallerChannel::open(const CallContext& ctx, const Method& method,
                                                                CallOptions* options) {
    if (ctx.over()) co_return ctx.over_before_start();
    ++counts_->started;
    auto call = std::make_shared<CallerStream>(loop_, ctx, method, options, *transport_, telemetry_, observer_of(method), counts_,
                                               interceptors_);
    spawn(gate_.get(), run_caller_stream(call));
    auto opened = co_await call->opened();
    if (!opened) co_return std::move(opened).error();
    co_return std::unique_ptr<ClientStream>{std::make_unique<CallerStreamHandle>(std::move(call))};
}

}  // namespace tw::rpc
