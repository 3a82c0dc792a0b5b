#pragma once

#include "kit/async/wait_list.hpp"
#include "kit/base/random.hpp"
#include "kit/rpc/call/caller_channel.hpp"
#include "kit/rpc/make_network_channel.hpp"
#include "kit/rpc/network/network_call.hpp"
#include "kit/rpc/network/replica_report.hpp"
#include "kit/rpc/network/resolver.hpp"
#include "kit/rpc/network/retry.hpp"
#include "kit/rpc/network/subchannel.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tw::rpc {

using Connector = net::Connector;

/// Makes gRPC calls to all addresses of a target. The Picker decides which address is connected and
/// which gets a call. The RetryPlan decides which call is made again. The ResolveSchedule decides
/// when names are looked up. Calls beyond the number that the peers allow at once wait in a queue.
class NetworkTransport final : public Transport, public Subchannel::Events {
 public:
    /// The functions by which the transport looks up addresses and connects to them.
    struct Dependencies {
        std::function<Connector(const net::Address& address)> connector_to;
        /// Looks up the one address of a target. Null if the target needs no lookup.
        Resolver::Lookup lookup{};
        /// Reports which replicas get no calls. Tests may leave it out.
        std::optional<ReplicaReport> report{};
    };

    NetworkTransport(EventLoop& loop, const Target& target, const ChannelOptions& options, Dependencies dependencies,
                     const telemetry::Propagators& propagators = {});
    /// Makes calls to one callee, to which `connector` makes all connections.
    NetworkTransport(EventLoop& loop, std::string authority, const ChannelOptions& options, Connector connector,
                     const telemetry::Propagators& propagators = {});
    ~NetworkTransport() override;

    Task<Result<void>> unary(const CallContext& ctx, CallInfo& call, const Message& request, Message& response) override;
    /// Works like `unary`, with messages that are serialised already. `request` must stay valid
    /// until the task ends.
    Task<Result<void>> unary_bytes(const CallContext& ctx, CallInfo& call, std::string_view request, std::string& response);
    Task<Result<std::unique_ptr<ClientStream>>> open(const CallContext& ctx, CallInfo& call) override;
    std::string_view authority() const override { return settings_->address; }
    ChannelState state() const override;

 private:
    friend class RetryingStream;
    /// A call that waits for a connection, or for its turn on one.
    struct Waiter : WaitList::Waiter {
        Waiter(NetworkTransport& transport, CancelScope& scope) : WaitList::Waiter{transport.waiters_, transport.loop_, scope} {}

        /// Set when the waiter is woken. `link` is a connection on which a stream is reserved for
        /// the call. `failed` says that the callee cannot be reached.
        std::shared_ptr<Link> link;
        bool failed = false;
    };

    Task<Result<void>> exchange(const CallContext& ctx, CallInfo& call, UnaryExchange unary);
    /// Waits before the next attempt. Returns false if there is to be none, because the plan, the
    /// budget or the deadline forbids it.
    Task<bool> may_try_again(const CallContext& ctx, CallInfo& call, RetryPlan& plan, const Failure& failure);
    /// Returns the connection whose turn it is and that has room, or null. It is to the subchannel
    /// `avoid` only if no other one has room.
    std::shared_ptr<Link> ready_link(const Subchannel* avoid);
    bool has_room(std::size_t index) const {
        const auto& link = subchannels_[index]->link();
        return link != nullptr && link->has_room() && (!impaired_ || may_use(index));
    }
    /// Whether a call may go to the subchannel although some replicas are impaired.
    bool may_use(std::size_t index) const;
    /// When a replica may be tried again, if the breakers of all connected replicas are open.
    std::optional<SteadyTime> blocked_until() const;
    Error circuit_open(SteadyTime until) const;
    Error too_many_waiting() const;
    Task<Result<std::shared_ptr<Link>>> acquire(const CallContext& ctx, const CallInfo& call);
    Picker::Step next_step();
    bool waits_for_ready(const CallInfo& call) const;
    SteadyTime retry_at() const;

    void on_resolved(Result<std::vector<net::Address>> outcome);
    void set_addresses(const std::vector<net::Address>& addresses);
    void on_change(Subchannel& which, Subchannel::Change change) override;
    void on_failure(Subchannel& which, std::size_t index, Subchannel::Change change);
    void on_room() override;
    void on_replica(Subchannel& which, Breaker::Change change) override;
    /// Ejects outliers, if an interval has ended.
    void judge_replicas();
    /// Sets `impaired_`.
    void look_after_replicas();
    void wake_all(bool failed);
    /// Tries all other replicas at once, because the last one that served calls is gone. One of
    /// them may have come back meanwhile, as in a rolling restart.
    void connect_others(const Subchannel& than);
    /// Returns the connection to a replica that reports that it does not serve, when there is no
    /// better one. It may be about to end and serve until then. Fails if there is none.
    Result<std::shared_ptr<Link>> last_resort_or_failure();
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
    Outliers outliers_;
    /// Whether a replica may be impaired. If not, calls need not look at their replicas' state.
    bool impaired_ = false;
    std::size_t calls_waiting_ = 0;
    std::optional<ReplicaReport> report_;
    WaitList waiters_;
    /// Null if the addresses are fixed.
    std::unique_ptr<Resolver> resolver_;
    /// Tells streams, which may outlive the transport, that it is gone.
    std::shared_ptr<NetworkTransport*> self_;
};

}  // namespace tw::rpc
