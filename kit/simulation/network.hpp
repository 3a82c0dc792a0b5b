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

/// The network of a simulation: hosts with names, addresses and ports, and TCP between them. A
/// connection loses, repeats and reorders nothing, as with TCP. Data of different connections
/// arrives in any order. net::resolve and net::connect use the network on all loops of the
/// simulation, so that clients and servers are the real ones above their Stream.
///
/// Faults decides what goes wrong. For a connection that order made, the place is "order →
/// catalog", and the kinds are:
///
///     lookup failed       the name is not found
///     lookup unanswered   no answer to the lookup comes
///     refused             when connecting, the host answers that no server listens
///     unanswered          when connecting, the host does not answer
///     request cut, answer cut
///                         all, a part or nothing of a write arrives, and then a reset
///     half-open           from now on nothing arrives in either direction, and neither end is told
///     request stalled, answer stalled
///                         nothing arrives in this direction for a while, then all of it
///     slow link           everything between the two hosts takes longer for a while
///     partition           nothing gets through between the two hosts for a while
///
/// A partition delays the data that was sent, since TCP sends it again. Resets are lost, since they
/// are sent once. The name of a host is its Owner's name, or the label that it listens with.
class SimulatedNetwork final : public net::NetworkDriver {
 public:
    /// Takes over a connection, on its loop.
    using OnStream = std::function<void(EventLoop& loop, std::unique_ptr<net::Stream> stream)>;
    using ListenerId = std::uint64_t;

    /// `scheduler` outlives the network.
    explicit SimulatedNetwork(Scheduler& scheduler, const NetworkOptions& options = {});
    ~SimulatedNetwork() override;
    SimulatedNetwork(const SimulatedNetwork&) = delete;
    SimulatedNetwork& operator=(const SimulatedNetwork&) = delete;

    /// Listens at a port of a host, which is a name or an IP literal, or on a Unix domain socket.
    /// Port 0 and the "any" address are not supported. Connections are given to `loops`, which
    /// belong to `process`, in turn, even while the process is paused. If several listeners have
    /// one address, the last one gets the connections. `label` names the server in faults and
    /// history, and is the name of the process by default. If `keepalive` is not zero, the system
    /// asks clients that were silent for that time whether they are there (SO_KEEPALIVE), and
    /// closes the connections of those that are not.
    ListenerId listen(Owner& process, LoopGroup& loops, const net::Address& address, OnStream on_stream, std::string label = {},
                      std::chrono::nanoseconds keepalive = {});
    /// Refuses new connections. Open connections stay.
    void close(ListenerId listener);
    /// Closes all listeners of a process. Open connections stay.
    void stop_listening(const Owner& process);

    /// Sets the addresses that a lookup of `host` finds from now on: IP literals, or names of
    /// hosts, which stand for the addresses of those hosts. If the list is empty, the name does not
    /// exist. A host that listens or connects is found by its own name without a call of this
    /// function.
    void name(const std::string& host, std::vector<std::string> addresses);
    /// Returns the IP literal of a host. It does not change while the network exists.
    const std::string& address_of(const std::string& host);

    /// Tells that a process has crashed. Its peers see that its connections end or are reset. Its
    /// listeners are closed, and nothing that its objects do during their destruction reaches a
    /// peer. The process is gone for good (Owner::gone).
    void drop(Owner& process);
    /// Simulation calls this when a loop is destroyed.
    void forget(const EventLoop& loop);

    /// Partitions two hosts, by their names, for tests that need this fault.
    void partition(std::string_view one, std::string_view other, std::chrono::nanoseconds time);
    void slow_down(std::string_view one, std::string_view other, std::chrono::nanoseconds by, std::chrono::nanoseconds time);

    /// Ends partitions and slow links now. Effects on connections stay.
    void mend_links();

    /// Returns the number of connections that have an end that was not closed, or bytes in transit.
    std::size_t connections() const { return state_->connections.size(); }
    /// Returns a sentence for each of these connections.
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

    /// Returns the listener at an address; null if there is none.
    Listener* listener_at(const net::Address& address);
    std::string label_of(const net::Address& address);
    net::Address client_address(const Owner& owner);
    void start(const std::shared_ptr<Attempt>& attempt, const net::Address& address);
    void arrive(const std::shared_ptr<Attempt>& attempt, const net::Address& address, Listener* listener);

    std::shared_ptr<NetworkState> state_;
    std::map<ListenerId, Listener> listeners_;
    ListenerId next_listener_ = 1;
    /// The label of the last listener at each address, by the address's text. A host that is down
    /// still has its name.
    std::map<std::string, std::string> labels_;
    std::map<std::string, std::vector<std::string>> names_;
    /// The addresses of hosts, by their names.
    std::map<std::string, std::string> hosts_;
    std::uint16_t next_port_;
};

}  // namespace tw::simulation
