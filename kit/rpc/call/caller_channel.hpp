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

/// How messages get to a callee: by HTTP/2 or within the loop. What callers see alike on both (deadline, span, interceptors)
/// is not its business. A task ends soon after its context is over.
class Transport {
 public:
    virtual ~Transport() = default;
    virtual Task<Result<void>> unary(const CallContext& ctx, CallInfo& call, const Message& request, Message& response) = 0;
    /// The stream's calls after the end: writes report the call's error, and are dropped where it succeeded. `ctx` and `call`
    /// outlive the stream.
    virtual Task<Result<std::unique_ptr<ClientStream>>> open(const CallContext& ctx, CallInfo& call) = 0;
    /// The callee for spans, as an Address writes itself: "user:50051"; empty for one in this process.
    virtual std::string_view authority() const = 0;
    /// All but the calls, which the channel counts.
    virtual ChannelState state() const = 0;
};

/// The Channel over a Transport: the caller's side of every call.
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
    /// Shared with streams that last longer than the channel.
    std::unordered_map<const Method*, std::shared_ptr<CallObserver>> observers_;
    /// Likewise.
    std::shared_ptr<CallCounts> counts_ = std::make_shared<CallCounts>();
    LastingGate gate_;
};

}  // namespace tw::rpc
