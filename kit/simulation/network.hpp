#pragma once

#include "kit/async/loop_group.hpp"
#include "kit/net/network_driver.hpp"
#include "kit/simulation/network/network_state.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tw::simulation {

/// The network of a simulation: hosts with names, addresses and ports, and TCP between them. A connection loses, repeats and
/// reorders nothing, as TCP does not; several connections overtake each other freely. net::resolve and net::connect use it on
/// all loops of the simulation, so that clients and servers are the real ones from their Stream upwards.
///
/// What goes wrong is Faults' decision. Its kinds, at "order → catalog" for a connection that order made:
///
///     lookup failed, lookup unanswered    the name is not found; no answer comes
///     refused, unanswered                 connecting: the host says that nobody listens; it says nothing
///     request cut, answer cut             of what is written the whole, a part or nothing arrives, and then a reset
///     half-open                           from here on nothing arrives either way, and nobody is told
///     request stalled, answer stalled     nothing arrives in this direction for a while, then all of it
///     slow link                           everything between the two hosts takes longer for a while
///     partition                           nothing gets through between the two hosts for a while
///
/// A partition holds back what was sent, as TCP sends it again, but for resets, which are sent once. A host is known by its
/// Owner's name, or by the label that it listens with.
class SimulatedNetwork final : public net::NetworkDriver {
 public:
    /// Takes a connection over, on its loop.
    using OnStream = std::function<void(EventLoop& loop, std::unique_ptr<net::Stream> stream)>;
    using ListenerId = std::uint64_t;

    /// `scheduler` outlives it.
    explicit SimulatedNetwork(Scheduler& scheduler, const NetworkOptions& options = {});
    ~SimulatedNetwork() override;
    SimulatedNetwork(const SimulatedNetwork&) = delete;
    SimulatedNetwork& operator=(const SimulatedNetwork&) = delete;

    /// Listens at a port of a host, which is a name or an IP literal, or on a Unix domain socket; there is no port 0 and no "any
    /// address". Connections are dealt to `loops`, which belong to `process`, in turn, also while the process is paused. Where
    /// somebody listens already, whoever came last gets them. `label` names the server in faults and history; by default it is
    /// the process's name. Where `keepalive` is not zero, the system asks clients that were silent for so long whether they are
    /// there (SO_KEEPALIVE), and gives those up that are not.
    ListenerId listen(Owner& process, LoopGroup& loops, const net::Address& address, OnStream on_stream, std::string label = {},
                      std::chrono::nanoseconds keepalive = {});
    /// Newcomers are refused; the connections that there are stay.
    void close(ListenerId listener);
    /// As close, for all listeners of a process.
    void stop_listening(const Owner& process);

    /// What a lookup of `host` finds from now on: IP literals, and the addresses of hosts by their names. Empty: there is no such
    /// name. A host where somebody listens, or from where somebody connects, is found by its own name without this.
    void name(const std::string& host, std::vector<std::string> addresses);
    /// The IP literal of a host, which it has for as long as the network exists.
    const std::string& address_of(const std::string& host);

    /// A process has crashed: its connections end or are reset, as their peers see it, its listeners are gone, and nothing that
    /// its objects do while they are taken down reaches anybody. It is gone for good (Owner::gone).
    void drop(Owner& process);
    /// For Simulation: a loop goes.
    void forget(const EventLoop& loop);

    /// Between two hosts, by their names; for tests that want a certain fault.
    void partition(std::string_view one, std::string_view other, std::chrono::nanoseconds time);
    void slow_down(std::string_view one, std::string_view other, std::chrono::nanoseconds by, std::chrono::nanoseconds time);

    /// Partitions and slow links end now. What has happened to connections stays.
    void mend_links();

    /// Connections of which anything is left: an end that was not closed, or bytes on their way.
    std::size_t connections() const { return state_->connections.size(); }
    /// A sentence for each of them.
    std::vector<std::string> describe_connections() const;
    std::uint64_t connections_made() const { return state_->connections_made; }
    NetworkOptions& options() { return state_->options; }

    // net::NetworkDriver
    Task<Result<std::vector<net::Address>>> resolve(const CallContext& ctx, EventLoop& loop,
                                                    const net::Address& address) override;
    Task<Result<std::unique_ptr<net::Stream>>> connect(EventLoop& loop, CancelScope& scope, const net::Address& address) override;

 private:
    struct Listener {
        net::Address address;
        Owner* process;
        std::vector<EventLoop*> loops;
        std::size_t turn;
        OnStream on_stream;
        std::string label;
        std::chrono::nanoseconds keepalive;
    };
    struct Attempt;

    /// Null where nobody listens.
    Listener* listener_at(const net::Address& address);
    std::string label_of(const net::Address& address);
    net::Address client_address(const Owner& owner);
    void start(const std::shared_ptr<Attempt>& attempt, const net::Address& address);
    void arrive(const std::shared_ptr<Attempt>& attempt, const net::Address& address, Listener* listener);

    std::shared_ptr<NetworkState> state_;
    std::map<ListenerId, Listener> listeners_;
    ListenerId next_listener_ = 1;
    /// Who listened there last, by the address's text: a host that is down has its name still.
    std::map<std::string, std::string> labels_;
    std::map<std::string, std::vector<std::string>> names_;
    /// The addresses of hosts.
    std::map<std::string, std::string> hosts_;
    std::uint16_t next_port_;
};

}  // namespace tw::simulation
