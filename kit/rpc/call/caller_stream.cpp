#include "kit/rpc/call/caller_stream.hpp"

#include "kit/rpc/call/repeat.hpp"
#include "kit/rpc/call_observer.hpp"

#include <algorithm>
#include <utility>

namespace tw::rpc {

CallerStream::CallerStream(EventLoop& loop, const CallContext& ctx, const Method& method, CallOptions* options,
                           Transport& transport, telemetry::Telemetry telemetry, std::shared_ptr<CallObserver> observer,
                           std::shared_ptr<CallCounts> counts, std::span<Interceptor* const> interceptors)
    : transport_{transport},
      interceptors_{interceptors},
      options_{options != nullptr ? *options : CallOptions{}},
      caller_options_{options},
      info_{method, options_.metadata, options_.initial_metadata, options_.trailing_metadata,
            options != nullptr ? &options_ : nullptr},
      scope_{loop, std::min(ctx.deadline(), Deadline::after(loop.now(), method.deadline))},
      hook_{std::in_place, ctx.scope(), [this](const Error& why) { scope_.cancel(why); }},
      started_{loop.now()},
      observer_{std::move(observer)},
      counts_{std::move(counts)},
      span_{telemetry.tracer.start(ctx.with_scope(scope_), full_name(method), telemetry::SpanKind::client)} {
    span_.set(observer_->span_attributes());
    options_.initial_metadata.clear();
    options_.trailing_metadata.clear();
    publish();
}

Task<void> CallerStream::run_to_end() {
    InterceptorChain chain{interceptors_, info_, *this};
    auto outcome = for_caller(co_await chain.run(span_.context()));
    close_client_call(span_, *observer_, started_, info_, outcome, *counts_);
    // The hook is removed first, because a caller that learns the outcome may destroy its scope.
    // `opened_` is still unset if no stream was opened, for example because an interceptor answered
    // instead of the callee.
    hook_.reset();
    if (!opened_.is_set()) opened_.set(outcome);
    outcome_ = std::move(outcome);
    if (!outcome_known_.is_set()) outcome_known_.set(true);
}

Result<void> CallerStream::for_caller(Result<void> outcome) const {
    if (outcome) return outcome;
    return forbid_unsafe_retry(std::move(outcome).error(), info_.method, span_.context());
}

Task<Result<void>> CallerStream::run(const CallContext& ctx) {
    auto stream = co_await transport_.open(ctx, info_);
    if (!stream) co_return std::move(stream).error();
    stream_ = std::move(*stream);
    opened_.set(Result<void>{});
    auto ended = co_await ended_;
    // `ctx` belongs to an interceptor, and the stream must not outlive it.
    stream_.reset();
    co_return ended;
}

void CallerStream::end(Result<void> how) {
    if (!end_) end_ = std::move(how);
    release_stream();
}

void CallerStream::release_stream() {
    if (end_ && busy_ == 0 && !ended_.is_set()) ended_.set(*end_);
}

Task<Result<void>> CallerStream::write(const Message& request, WriteOptions options) {
    if (stream_ && !end_) {
        ++busy_;
        auto done = for_caller(co_await stream_->write(request, options));
        --busy_;
        release_stream();
        co_return done;
    }
    if (outcome_ && !*outcome_) co_return outcome_->error();
    co_return Result<void>{};
}

Task<Result<void>> CallerStream::finish_writes() {
    if (stream_ && !end_) {
        ++busy_;
        auto done = for_caller(co_await stream_->finish_writes());
        --busy_;
        release_stream();
        co_return done;
    }
    if (outcome_ && !*outcome_) co_return outcome_->error();
    co_return Result<void>{};
}

Task<Result<bool>> CallerStream::read(Message& response) {
    if (stream_ && !end_) {
        ++busy_;
        auto more = co_await stream_->read(response);
        --busy_;
        if (more && *more) {
            publish();
            release_stream();
            co_return true;
        }
        end(more ? Result<void>{} : Result<void>{std::move(more).error()});
    }
    if (!outcome_) co_await outcome_known_;
    publish();
    if (!*outcome_) co_return outcome_->error();
    co_return false;
}

void CallerStream::publish() {
    if (caller_options_ == nullptr) return;
    caller_options_->initial_metadata = options_.initial_metadata;
    caller_options_->trailing_metadata = options_.trailing_metadata;
    caller_options_->response_compressed = info_.read_compressed;
}

void CallerStream::leave() {
    hook_.reset();
    caller_options_ = nullptr;
    if (outcome_) return;
    scope_.cancel(cancelled());
    end(cancelled());
}

Task<void> run_caller_stream(std::shared_ptr<CallerStream> call) { co_await call->run_to_end(); }

}  // namespace tw::rpc
