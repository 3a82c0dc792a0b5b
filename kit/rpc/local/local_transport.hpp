#pragma once

#include "kit/rpc/call/caller_channel.hpp"
#include "kit/rpc/service_table.hpp"

#include <memory>
#include <string>
#include <utility>

namespace tw::rpc {

/// Passes messages to services on the same loop.
class LocalTransport final : public Transport {
 public:
    /// `identity` is that of the module that calls; see make_local_channel.
    LocalTransport(EventLoop& loop, const ServiceTable& services, std::string identity)
        : loop_{loop},
          services_{services},
          identity_{std::move(identity)},
          itself_{Principal{.kind = Principal::Kind::service, .proof = Principal::Proof::process, .id = identity_}} {}

    Task<Result<void>> unary(const CallContext& ctx, CallInfo& call, const Message& request, Message& response) override;
    Task<Result<std::unique_ptr<ClientStream>>> open(const CallContext& ctx, CallInfo& call) override;
    std::string_view authority() const override { return {}; }
    ChannelState state() const override;

 private:
    CallContext as_caller(const CallContext& ctx) const;

    EventLoop& loop_;
    const ServiceTable& services_;
    std::string identity_;
    /// Who makes the calls that no user asked for.
    SharedPrincipal itself_;
    LastingGate gate_;
};

}  // namespace tw::rpc
