#pragma once

#include "kit/async/wait_list.hpp"
#include "kit/base/random.hpp"
#include "kit/net/connector.hpp"
#include "kit/net/h2_connection.hpp"
#include "kit/rpc/caller_channel.hpp"
#include "kit/rpc/make_channel.hpp"
#include "kit/rpc/network_call.hpp"
#include "kit/rpc/reconnect.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tw::rpc {

using Connector = net::Connector;

/// gRPC over one HTTP/2 connection at a time, made when it is needed. Calls beyond what the peer allows at once queue up.
class NetworkTransport final : public Transport {
 public:
    NetworkTransport(EventLoop& loop, std::string authority, const ChannelOptions& options, Connector connector,
                     const telemetry::Propagators& propagators = {});
    ~NetworkTransport() override;

    Task<Result<void>> unary(const CallContext& ctx, CallInfo& call, const Message& request, Message& response) override;
    /// As unary, with messages that are serialised already; `request` stays until the task ends.
    Task<Result<void>> unary_bytes(const CallContext& ctx, CallInfo& call, std::string_view request, std::string& response);
    Task<Result<std::unique_ptr<ClientStream>>> open(const CallContext& ctx, CallInfo& call) override;
    std::string_view authority() const override { return authority_; }
    std::optional<SubchannelState> subchannel() const override;

 private:
    /// A connection with what is known about it.
    class Link;
    /// What the connections' coroutines share with the transport, which may go before them.
    struct Home;
    /// A call that waits for a connection or for its turn on it.
    class Waiter;

    Task<Result<void>> exchange(const CallContext& ctx, CallInfo& call, UnaryExchange unary);
    Task<Result<std::shared_ptr<Link>>> acquire(const CallContext& ctx, const CallInfo& call);
    bool waits_for_ready(const CallInfo& call) const;
    static Task<void> run_link(std::shared_ptr<Home> home);
    void on_connected(std::shared_ptr<Link> link);
    void on_connect_failed(const Error& why);
    /// It takes no new calls.
    void on_leaving(Link& link, std::string why);
    /// It may have room for more calls.
    void on_room(Link& link);
    void wake_all(bool failed);
    Error unreachable() const;

    EventLoop& loop_;
    std::string authority_;
    ChannelOptions options_;
    telemetry::Propagators propagators_;
    Random random_;
    Reconnect reconnect_;
    std::shared_ptr<Home> home_;
    std::shared_ptr<Link> link_;
    std::string last_failure_;
    std::uint64_t connections_ = 0;
    WaitList waiters_;
    LastingGate gate_;
};

}  // namespace tw::rpc
