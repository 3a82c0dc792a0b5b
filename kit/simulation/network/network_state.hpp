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

/// How a SimulatedNetwork behaves. The chances are those of Faults::happens, each time when it is asked: of a fault of connecting
/// at each attempt, of a fault of writing at one write in `writes_per_question`, which is asked about one kind.
struct NetworkOptions {
    /// From one host to another. One chunk in 32 takes eight times as long.
    std::chrono::nanoseconds latency_min = std::chrono::microseconds{50};
    std::chrono::nanoseconds latency_max = std::chrono::microseconds{500};
    /// What a byte takes, beside the latency: of a gigabit a second.
    std::chrono::nanoseconds byte_time{8};
    /// On their way or unread, in one direction of a connection; then the writer waits.
    std::size_t buffer_bytes = 64 * 1024;
    /// How long a system sends again what nobody confirms, before it gives the connection up.
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

/// The way between two hosts, in both directions, which all their connections share.
struct Link {
    /// Nothing gets through before.
    SteadyTime cut_until = SteadyTime::min();
    /// Before that everything takes so much longer.
    SteadyTime slow_until = SteadyTime::min();
    std::chrono::nanoseconds slow_by{0};
};

/// What the connections of a network share with it. They may outlive it: then nothing happens to them any more.
struct NetworkState {
    /// What goes wrong with a connection when something is written.
    enum class Trouble : std::uint8_t { none, cut, half_open, stalled };

    NetworkState(Scheduler& at, const NetworkOptions& chosen);

    Scheduler& scheduler;
    NetworkOptions options;
    bool over = false;
    std::uint64_t random;
    std::map<std::pair<std::string, std::string>, Link> links;
    /// In the order in which they were made.
    std::map<std::uint64_t, SimulatedConnection*> connections;
    std::uint64_t connections_made = 0;

    /// A number of [0, below) that decides no fault.
    std::uint64_t pick(std::uint64_t below);
    /// Between two hosts, by their names in any order.
    Link& link_between(std::string_view one, std::string_view other);
    /// When a chunk of so many bytes gets there that leaves now.
    SteadyTime arrival(const Link& link, std::size_t bytes);
    /// Whether what is sent now, once, gets there.
    bool connected(const Link& link) const { return link.cut_until <= scheduler.steady_now(); }
    /// How long a fault lasts that happens now: short ones are as likely as long ones.
    std::chrono::nanoseconds duration(std::chrono::nanoseconds least, std::chrono::nanoseconds most);

    /// At a write; what concerns the whole link is done here. `place` is "order → catalog" whoever of them writes.
    Trouble trouble_of_write(Link& link, std::string_view place, bool by_client);
    void cut_link(Link& link, std::string_view place, std::chrono::nanoseconds time);
    void slow_link(Link& link, std::string_view place, std::chrono::nanoseconds by, std::chrono::nanoseconds time);
};

/// "250 ms", for the history.
std::string in_millis(std::chrono::nanoseconds time);

}  // namespace tw::simulation
