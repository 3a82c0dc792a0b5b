#pragma once

#include "kit/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What channels and servers are doing, as operators ask for it: snapshots, after channelz (gRFC A14).
namespace tw::rpc {

/// gRPC's connectivity states (grpc/doc/connectivity-semantics-and-api.md).
enum class Connectivity : std::uint8_t { idle, connecting, ready, transient_failure };

/// Since the start.
struct CallCounts {
    std::uint64_t started = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
};

/// The way to one address.
struct SubchannelState {
    std::string address;
    Connectivity connectivity = Connectivity::idle;
    CallCounts calls;
    std::size_t streams_open = 0;
    /// Connections made, this one included.
    std::uint64_t connections = 0;
    /// Why the last connection, or the attempt at one, ended; empty where none did.
    std::string last_failure;
};

struct ChannelState {
    /// As configured, such as "dns:///user:50051".
    std::string target;
    /// "pick_first", "round_robin" or, within the process, "local".
    std::string policy;
    Connectivity connectivity = Connectivity::idle;
    CallCounts calls;
    /// Attempts beyond the first, by transparent retry or by policy.
    std::uint64_t retries = 0;
    std::vector<SubchannelState> subchannels;
};

/// One client's connection to a server.
struct ConnectionState {
    std::string peer;
    /// By certificate; empty without.
    std::string identity;
    SteadyTime since{};
    std::size_t streams_open = 0;
    std::uint64_t streams_started = 0;
    std::uint64_t pings_received = 0;
};

struct ServerState {
    CallCounts calls;
    std::size_t connections_open = 0;
    /// The oldest of them; where there are many, not all.
    std::vector<ConnectionState> connections;
};

}  // namespace tw::rpc
