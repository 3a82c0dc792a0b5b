#pragma once

#include "kit/simulation/scheduler.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace tw::simulation {

class SimulatedConnection;

/// The behaviour of a SimulatedNetwork. The chances are those of Faults::happens. Faults of
/// connecting may happen at each attempt. Faults of writing may happen at one write in
/// `writes_per_question`, and one kind of fault is tried then.
struct NetworkOptions {
    /// The latency from one host to another. One chunk in 32 takes eight times as long.
    std::chrono::nanoseconds latency_min = std::chrono::microseconds{50};
    std::chrono::nanoseconds latency_max = std::chrono::microseconds{500};
    /// The time that a byte takes beside the latency. The default is a gigabit a second.
    std::chrono::nanoseconds byte_time{8};
    /// The number of bytes that may be in transit or unread in one direction of a connection. If it
    /// is reached, the writer waits.
    std::size_t buffer_bytes = 64 * 1024;
    /// How long a system sends unacknowledged data again before it gives the connection up.
    std::chrono::nanoseconds retransmission_max = std::chrono::minutes{15};

    double lookup_failed = 0.02;
    double lookup_unanswered = 0.01;
    double refused = 0.03;
    double unanswered = 0.02;
    std::uint64_t writes_per_question = 8;
    double cut = 0.03;
    double half_open = 0.005;
    double stalled = 0.02;
    double slow = 0.01;
    double partition = 0.005;
};

/// The link between two hosts, in both directions. All their connections share it.
struct Link {
    /// Nothing gets through before this time.
    SteadyTime cut_until = SteadyTime::min();
    /// Before this time everything takes longer by `slow_by`.
    SteadyTime slow_until = SteadyTime::min();
    std::chrono::nanoseconds slow_by{0};
};

/// The state that the connections of a network share with it. Connections may outlive the network.
/// Nothing happens to them after that.
struct NetworkState {
    /// What goes wrong with a connection when something is written.
    enum class Trouble : std::uint8_t { none, cut, half_open, stalled };

    NetworkState(Scheduler& at, const NetworkOptions& chosen);

    Scheduler& scheduler;
    NetworkOptions options;
    bool over = false;
    std::uint64_t random;
    std::map<std::pair<std::string, std::string>, Link> links;
    /// The connections in the order in which they were made.
    std::map<std::uint64_t, SimulatedConnection*> connections;
    std::uint64_t connections_made = 0;

    /// Returns a number of [0, below) that decides no fault.
    std::uint64_t pick(std::uint64_t below);
    /// Returns the link between two hosts. Their names may be given in any order.
    Link& link_between(std::string_view one, std::string_view other);
    /// Returns when a chunk of this size arrives that is sent now.
    SteadyTime arrival(const Link& link, std::size_t bytes);
    /// Returns whether a packet that is sent now, and only once, arrives.
    bool connected(const Link& link) const { return link.cut_until <= scheduler.steady_now(); }
    /// Returns how long a fault lasts that happens now. Short times are as likely as long ones.
    std::chrono::nanoseconds duration(std::chrono::nanoseconds least, std::chrono::nanoseconds most);

    /// Decides what goes wrong at a write. Faults that concern the whole link are applied here.
    /// `place` is "order → catalog", no matter which of them writes.
    Trouble trouble_of_write(Link& link, std::string_view place, bool by_client);
    void cut_link(Link& link, std::string_view place, std::chrono::nanoseconds time);
    void slow_link(Link& link, std::string_view place, std::chrono::nanoseconds by, std::chrono::nanoseconds time);
};

/// Returns a text such as "250 ms", for the history.
std::string in_millis(std::chrono::nanoseconds time);

}  // namespace tw::simulation
