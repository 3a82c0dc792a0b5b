#pragma once

#include "kit/async/one_shot.hpp"
#include "kit/rpc/call/caller_channel.hpp"
#include "kit/rpc/call/interceptor_chain.hpp"

#include <memory>
#include <optional>
#include <span>

namespace tw::rpc {

/// A streaming call on the caller's side. It has two owners: the caller, through a
/// CallerStreamHandle, and the coroutine that runs the call and its interceptors to the end. The
/// object lives until both have released it.
class CallerStream final : public CallBody {
 public:
    CallerStream(EventLoop& loop, const CallContext& ctx, const Method& method, CallOptions* options, Transport& transport,
                 telemetry::Telemetry telemetry, std::shared_ptr<CallObserver> observer, std::shared_ptr<CallCounts> counts,
                 std::span<Interceptor* const> interceptors);

    /// Runs the call within its interceptors to its end. The coroutine of the call does this once.
    Task<void> run_to_end();
    /// Set when the stream can be used, or when the call has ended. Holds an error if the call
    /// failed before its stream was opened.
    OneShot<Result<void>>& opened() { return opened_; }

    Task<Result<void>> write(const Message& request, WriteOptions options);
    Task<Result<void>> finish_writes();
    Task<Result<bool>> read(Message& response);
    /// The caller has destroyed its handle. Cancels the call if it has not ended.
    void leave();

 private:
    Task<Result<void>> run(const CallContext& ctx) override;
    /// Records how the stream ended. The first end counts.
    void end(Result<void> how);
    void release_stream();
    /// Returns an outcome of the transport or of the interceptors as the caller gets it.
    Result<void> for_caller(Result<void> outcome) const;
    /// Copies the received metadata, and whether the response was compressed, to the caller's
    /// options.
    void publish();

    Transport& transport_;
    std::span<Interceptor* const> interceptors_;
    /// A copy of the caller's options, because the caller may destroy its options before the call
    /// has ended.
    CallOptions options_;
    /// The caller's own options, which receive what comes back. Null if the caller gave none, and
    /// after it has destroyed its handle.
    CallOptions* caller_options_;
    CallInfo info_;
    CancelScope scope_;
    /// Cancels `scope_` when the caller's scope is over. `scope_` is no child of that scope,
    /// because the coroutine may outlive it.
    std::optional<CancelScope::Hook> hook_;
    SteadyTime started_;
    std::shared_ptr<CallObserver> observer_;
    std::shared_ptr<CallCounts> counts_;
    telemetry::Span span_;

    std::unique_ptr<ClientStream> stream_;
    /// The number of reads and writes under way. The stream must not be destroyed before they have
    /// ended.
    int busy_ = 0;
    OneShot<Result<void>> opened_;
    /// How the stream ended. Unset while it is open.
    std::optional<Result<void>> end_;
    /// Set to `end_` when the stream has ended and no read or write is under way. The interceptors
    /// get it as the outcome of the call.
    OneShot<Result<void>> ended_;
    /// The outcome of the call after its interceptors, as the caller gets it.
    std::optional<Result<void>> outcome_;
    OneShot<bool> outcome_known_;
};

Task<void> run_caller_stream(std::shared_ptr<CallerStream> call);

/// The caller's end of a streaming call. Destroying it cancels a call that has not ended.
class CallerStreamHandle final : public ClientStream {
 public:
    explicit CallerStreamHandle(std::shared_ptr<CallerStream> call) : call_{std::move(call)} {}
    ~CallerStreamHandle() override { call_->leave(); }
    CallerStreamHandle(const CallerStreamHandle&) = delete;
    CallerStreamHandle& operator=(const CallerStreamHandle&) = delete;

    Task<Result<void>> write(const Message& request, WriteOptions options) override { return call_->write(request, options); }
    Task<Result<void>> finish_writes() override { return call_->finish_writes(); }
    Task<Result<bool>> read(Message& response) override { return call_->read(response); }

 private:
    std::shared_ptr<CallerStream> call_;
};

/// Ends the client span of a call with the call's status, records the duration of the call, and
/// counts the call.
void close_client_call(telemetry::Span& span, CallObserver& observer, SteadyTime started, const CallInfo& info,
                       const Result<void>& outcome, CallCounts& counts);

}  // namespace tw::rpc
