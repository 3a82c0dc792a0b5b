#pragma once

#include "kit/async/wait_list.hpp"
#include "kit/base/random.hpp"
#include "kit/rpc/call/caller_channel.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/rpc/network/network_call.hpp"
#include "kit/rpc/network/resolver.hpp"
#include "kit/rpc/network/retry.hpp"
#include "kit/rpc/network/subchannel.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tw::rpc {

using Connector = net::Connector;

/// gRPC to all addresses of a target: who is to connect and who gets a call is the Picker's decision, what is made again the
/// RetryPlan's, when names are looked up the ResolveSchedule's. Calls beyond what the peers allow at once queue up.
class NetworkTransport final : public Transport, public Subchannel::Events {
 public:
    /// How it reaches out.
    struct Ways {
        std::function<Connector(const net::Address& address)> connector_to;
        /// Of the one address of a target that is to be looked up; null where it is not.
        Resolver::Lookup lookup{};
    };

    NetworkTransport(EventLoop& loop, const Target& target, const ChannelOptions& options, Ways ways,
                     const telemetry::Propagators& propagators = {});
    /// To one callee, by `connector` alone.
    NetworkTransport(EventLoop& loop, std::string authority, const ChannelOptions& options, Connector connector,
                     const telemetry::Propagators& propagators = {});
    ~NetworkTransport() override;

    Task<Result<void>> unary(const CallContext& ctx, CallInfo& call, const Message& request, Message& response) override;
    /// As unary, with messages that are serialised already; `request` stays until the task ends.
    Task<Result<void>> unary_bytes(const CallContext& ctx, CallInfo& call, std::string_view request, std::string& response);
    Task<Result<std::unique_ptr<ClientStream>>> open(const CallContext& ctx, CallInfo& call) override;
    std::string_view authority() const override { return settings_->address; }
    ChannelState state() const override;

 private:
    friend class RetryingStream;
    /// A call that waits for a connection or for its turn on it.
    struct Waiter : WaitList::Waiter {
        Waiter(NetworkTransport& transport, CancelScope& scope) : WaitList::Waiter{transport.waiters_, transport.loop_, scope} {}

        /// Set by who wakes: a place on this link, or that there is no way to the callee.
        std::shared_ptr<Link> link;
        bool failed = false;
    };

    Task<Result<void>> exchange(const CallContext& ctx, CallInfo& call, UnaryExchange unary);
    /// Waits before the next attempt. False where the failure stands: the plan, the budget or the deadline allows none.
    Task<bool> may_try_again(const CallContext& ctx, CallInfo& call, RetryPlan& plan, const Failure& failure);
    /// The connection whose turn it is, if there is one with room; not to `avoid` if that can be avoided.
    std::shared_ptr<Link> ready_link(const Subchannel* avoid);
    bool has_room(std::size_t index) const {
        const auto& link = subchannels_[index]->link();
        return link != nullptr && link->has_room();
    }
    Task<Result<std::shared_ptr<Link>>> acquire(const CallContext& ctx, const CallInfo& call);
    Picker::Step next_step();
    bool waits_for_ready(const CallInfo& call) const;
    SteadyTime retry_at() const;

    void on_resolved(Result<std::vector<net::Address>> outcome);
    void set_addresses(const std::vector<net::Address>& addresses);
    void on_change(Subchannel& which, Subchannel::Change change) override;
    void on_failure(Subchannel& which, std::size_t index, Subchannel::Change change);
    void on_room() override;
    void wake_all(bool failed);
    Error unreachable() const;

    EventLoop& loop_;
    std::string target_;
    std::shared_ptr<const CallSettings> settings_;
    std::function<Connector(const net::Address& address)> connector_to_;
    Random random_;
    RetryBudget budget_;
    std::uint64_t retries_ = 0;
    std::string last_failure_;
    std::vector<std::shared_ptr<Subchannel>> subchannels_;
    Picker picker_;
    WaitList waiters_;
    /// Null where the addresses stay as they are.
    std::unique_ptr<Resolver> resolver_;
    /// Lets streams, which may last longer, know that it has gone.
    std::shared_ptr<NetworkTransport*> self_;
};

}  // namespace tw::rpc
