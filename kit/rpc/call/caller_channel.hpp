#pragma once

#include "kit/async/lasting_gate.hpp"
#include "kit/rpc/call_observer.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/interceptor.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <memory>
#include <span>
#include <string>
#include <unordered_map>

namespace tw::rpc {

/// Carries messages to a callee, over HTTP/2 or within the loop. CallerChannel does what is the
/// same for both: deadlines, spans and interceptors. A task of this class ends soon after its
/// context is over.
class Transport {
 public:
    virtual ~Transport() = default;
    virtual Task<Result<void>> unary(const CallContext& ctx, CallInfo& call, const Message& request, Message& response) = 0;
    /// Opens a stream. After the call has ended, writes to the stream return the error of the call.
    /// If the call succeeded, such writes are dropped and succeed. `ctx` and `call` must outlive
    /// the stream.
    virtual Task<Result<std::unique_ptr<ClientStream>>> open(const CallContext& ctx, CallInfo& call) = 0;
    /// The address of the callee for spans, as an Address prints itself, such as "user:50051".
    /// Empty for a callee in this process.
    virtual std::string_view authority() const = 0;
    /// The state of the channel without the numbers of calls, which CallerChannel counts.
    virtual ChannelState state() const = 0;
};

/// A Channel over a Transport. It is the caller's side of every call.
class CallerChannel final : public Channel {
 public:
    CallerChannel(EventLoop& loop, std::unique_ptr<Transport> transport, telemetry::Telemetry telemetry,
                  std::span<Interceptor* const> interceptors)
        : loop_{loop}, transport_{std::move(transport)}, telemetry_{telemetry}, interceptors_{interceptors} {}

    Task<Result<void>> unary(const CallContext& ctx, const Method& method, const Message& request, Message& response,
                             CallOptions* options) override;
    Task<Result<std::unique_ptr<ClientStream>>> open(const CallContext& ctx, const Method& method, CallOptions* options) override;
    ChannelState state() const override;

 private:
    const std::shared_ptr<CallObserver>& observer_of(const Method& method);

    EventLoop& loop_;
    std::unique_ptr<Transport> transport_;
    telemetry::Telemetry telemetry_;
    std::span<Interceptor* const> interceptors_;
    /// The observers are shared with streams, which may outlive the channel.
    std::unordered_map<const Method*, std::shared_ptr<CallObserver>> observers_;
    /// The numbers are shared with streams, which may outlive the channel.
    std::shared_ptr<CallCounts> counts_ = std::make_shared<CallCounts>();
    LastingGate gate_;
};

}  // namespace tw::rpc
