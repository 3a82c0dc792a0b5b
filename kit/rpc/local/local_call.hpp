#pragma once

#include "kit/async/gate.hpp"
#include "kit/async/signal.hpp"
#include "kit/rpc/call/served_call.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/local/message_pipe.hpp"

#include <memory>
#include <optional>

namespace tw::rpc {

/// A call between two services of one loop. Both sides hold it, and the callee may hold it longer.
/// It owns what the callee's handler refers to, so that a caller whose time is over can go.
class LocalCall final : private ServedCall, private ServerStream {
 public:
    LocalCall(EventLoop& loop, const ServiceTable::Entry& entry, const CallContext& ctx, const CallInfo& call);
    ~LocalCall();

    /// Runs the handler. `request` is null for streaming methods.
    static void start(const std::shared_ptr<LocalCall>& self, Gate& gate, const Message* request);
    /// Ends the call for the caller, and tells the handler that it is cancelled.
    void cancel(const Error& why);
    const std::optional<Result<void>>& outcome() const { return outcome_; }
    /// Gives the caller the metadata and, if a unary call has succeeded, the response.
    void collect(CallInfo& call, Message* response);
    /// Gives the caller of a stream the metadata that was sent before the first response. Call it
    /// when a response has come.
    void collect_initial(CallInfo& call) const;

    MessagePipe& requests() { return requests_; }
    MessagePipe& responses() { return responses_; }

    /// Wakes the caller when there is an outcome. One caller waits at a time, and only while there
    /// is no outcome.
    Signal& ended() { return ended_; }

 private:
    Task<Result<void>> run(const CallContext& ctx) override;
    void on_outcome(Result<void> outcome) override;
    Task<Result<bool>> read(Message& request) override;
    Task<Result<void>> write(const Message& response, WriteOptions options) override;
    void send_head() override {}
    void conclude(Result<void> outcome);

    const ServiceTable::Entry& entry_;
    Metadata request_metadata_;
    Metadata initial_metadata_;
    Metadata trailing_metadata_;
    CallInfo info_;
    CancelScope scope_;
    CallContext context_;
    std::unique_ptr<Message> request_;
    std::unique_ptr<Message> response_;
    MessagePipe requests_;
    MessagePipe responses_;
    std::optional<Result<void>> outcome_;
    Signal ended_;
    /// Keeps the call alive while the handler runs.
    std::shared_ptr<LocalCall> self_;
};

}  // namespace tw::rpc
