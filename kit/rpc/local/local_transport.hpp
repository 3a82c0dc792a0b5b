#pragma once

#include "kit/rpc/call/caller_channel.hpp"
#include "kit/rpc/service_table.hpp"

#include <memory>

namespace tw::rpc {

/// Passes messages to services on the same loop.
class LocalTransport final : public Transport {
 public:
    LocalTransport(EventLoop& loop, const ServiceTable& services) : loop_{loop}, services_{services} {}

    Task<Result<void>> unary(const CallContext& ctx, CallInfo& call, const Message& request, Message& response) override;
    Task<Result<std::unique_ptr<ClientStream>>> open(const CallContext& ctx, CallInfo& call) override;
    std::string_view authority() const override { return {}; }
    ChannelState state() const override;

 private:
    EventLoop& loop_;
    const ServiceTable& services_;
    LastingGate gate_;
};

}  // namespace tw::rpc
