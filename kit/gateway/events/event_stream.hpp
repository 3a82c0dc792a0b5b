#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/signal.hpp"
#include "kit/async/task.hpp"
#include "kit/http/streamed_body.hpp"
#include "kit/rpc/service.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace tw::gateway {

/// Connects a streaming call with the HTTP answer that shows it. The call reads its one request
/// from here and writes messages. The answer takes each message as a server-sent event. At most one
/// event waits for the client, so a slow client makes the call wait.
class EventStream final : public rpc::ServerStream {
 public:
    struct Times {
        /// How long `start` waits for the first message.
        std::chrono::milliseconds first_time_max{1'000};
        /// How long the stream may be silent before a heartbeat is sent.
        std::chrono::milliseconds heartbeat{15'000};
    };
    using Call = std::move_only_function<Task<Result<void>>(rpc::ServerStream& stream)>;

    /// Both references must outlive the stream.
    EventStream(const CallContext& ctx, const rpc::Message& request, Times times);

    /// Runs `call`. Returns when its first message or its end has come, or after
    /// `first_time_max`. If it returns with an outcome, the call is over and has sent no message.
    Task<std::optional<Result<void>>> start(Call call);
    /// Writes events until the call or the stream is over. Returns the outcome of the call, which
    /// has ended. Call it if `start` returned no outcome.
    Task<Result<void>> write_events(http::BodyWriter& body);

 private:
    Task<Result<bool>> read(rpc::Message& request) override;
    Task<Result<void>> write(const rpc::Message& message, rpc::WriteOptions options) override;
    /// The HTTP answer begins after `first_time_max` at the latest.
    void send_head() override {}

    Task<void> run(Call call);
    /// Ends the call, unless it has ended, and waits for its end.
    Task<void> end();
    bool over() const { return closed_ || ctx_.over().has_value(); }

    const CallContext& ctx_;
    const rpc::Message& request_;
    Times times_;
    bool request_read_ = false;
    std::optional<std::string> event_;
    std::optional<Result<void>> outcome_;
    /// Whether no more events are taken.
    bool closed_ = false;
    bool waited_ = false;
    bool silent_ = false;
    /// Wakes the side of the answer.
    Signal changed_;
    /// Wakes the call, which waits to write.
    Signal room_;
    Gate gate_;
    CancelScope::Hook hook_;
};

}  // namespace tw::gateway
