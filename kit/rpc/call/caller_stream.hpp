#pragma once

#include "kit/async/one_shot.hpp"
#include "kit/rpc/call/caller_channel.hpp"
#include "kit/rpc/call/interceptor_chain.hpp"

#include <memory>
#include <optional>
#include <span>

namespace tw::rpc {

/// A streaming call on the caller's side. It has two lives: the caller's hold on it (CallerStreamHandle), and the coroutine
/// that runs the interceptors around it until its end; the object lasts as long as the longer one.
class CallerStream final : public CallBody {
 public:
    CallerStream(EventLoop& loop, const CallContext& ctx, const Method& method, CallOptions* options, Transport& transport,
                 telemetry::Telemetry telemetry, std::shared_ptr<CallObserver> observer, std::shared_ptr<CallCounts> counts,
                 std::span<Interceptor* const> interceptors);

    /// The coroutine's part: to the end of the call.
    Task<void> run_to_end();
    /// Success when the stream can be used, or the call has ended well already.
    OneShot<Result<void>>& opened() { return opened_; }

    Task<Result<void>> write(const Message& request, WriteOptions options);
    Task<Result<void>> finish_writes();
    Task<Result<bool>> read(Message& response);
    /// The caller has lost interest.
    void leave();

 private:
    Task<Result<void>> run(const CallContext& ctx) override;
    /// The call is over for the caller; the first reason counts.
    void end(Result<void> how);
    void release_stream();
    /// What the transport or the interceptors said, as the caller is told it.
    Result<void> for_caller(Result<void> outcome) const;
    /// Tells the caller what has come beside the responses.
    void publish();

    Transport& transport_;
    std::span<Interceptor* const> interceptors_;
    /// What the caller asked for, as it may go before the call has ended; and where it is told, until then.
    CallOptions options_;
    CallOptions* told_;
    CallInfo info_;
    CancelScope scope_;
    /// The caller's scope ends ours. No child scope, since the coroutine may outlive the caller's.
    std::optional<CancelScope::Hook> hook_;
    SteadyTime started_;
    std::shared_ptr<CallObserver> observer_;
    std::shared_ptr<CallCounts> counts_;
    telemetry::Span span_;

    std::unique_ptr<ClientStream> stream_;
    /// Reads and writes under way on the stream, which must not go before them.
    int busy_ = 0;
    OneShot<Result<void>> opened_;
    /// What the stream said at its end.
    std::optional<Result<void>> end_;
    /// The same for the interceptors, when nobody uses the stream any more.
    OneShot<Result<void>> ended_;
    /// What they made of it, for the caller.
    std::optional<Result<void>> outcome_;
    OneShot<bool> outcome_known_;
};

Task<void> run_caller_stream(std::shared_ptr<CallerStream> call);

/// What the caller holds.
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

/// Ends a call's client span with its status, and measures and counts the call.
void close_client_call(telemetry::Span& span, CallObserver& observer, SteadyTime started, const CallInfo& info,
                       const Result<void>& outcome, CallCounts& counts);

}  // namespace tw::rpc
