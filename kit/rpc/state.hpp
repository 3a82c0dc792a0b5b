#pragma once

#include "kit/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Snapshots of what channels and servers are doing, for operators. They are modelled on channelz
/// (gRFC A14).
namespace tw::rpc {

/// gRPC's connectivity states (grpc/doc/connectivity-semantics-and-api.md).
enum class Connectivity : std::uint8_t { idle, connecting, ready, transient_failure };

/// Numbers of calls since the start.
struct CallCounts {
    std::uint64_t started = 0;
    std::uint64_t succeeded = 0;
    std::uint64_t failed = 0;
};

/// Why the replica at an address gets no calls although it is connected.
enum class Impairment : std::uint8_t {
    none,
    circuit_open,  ///< several calls in a row have failed
    ejected,       ///< its calls fail more often than those of the other replicas
};

/// The state of the connection to one address.
struct SubchannelState {
    std::string address;
    Connectivity connectivity = Connectivity::idle;
    CallCounts calls;
    Impairment impairment = Impairment::none;
    std::size_t streams_open = 0;
    /// The number of connections made, including the current one.
    std::uint64_t connections = 0;
    /// Why the last connection, or the last attempt to connect, ended. Empty if none has ended.
    std::string last_failure;
};

struct ChannelState {
    /// The target as configured, such as "dns:///user:50051".
    std::string target;
    /// The balancing policy: "pick_first", "round_robin" or, within the process, "local".
    std::string policy;
    Connectivity connectivity = Connectivity::idle;
    CallCounts calls;
    /// The number of attempts after the first, made by transparent retry or by policy.
    std::uint64_t retries = 0;
    std::vector<SubchannelState> subchannels;
};

/// One client's connection to a server.
struct ConnectionState {
    std::string peer;
    /// The client's name in its certificate. Empty without a certificate.
    std::string identity;
    SteadyTime since{};
    std::size_t streams_open = 0;
    std::uint64_t streams_started = 0;
    std::uint64_t pings_received = 0;
};

struct ServerState {
    CallCounts calls;
    std::size_t connections_open = 0;
    /// The oldest open connections. If there are many, some are left out.
    std::vector<ConnectionState> connections;
};

}  // namespace tw::rpc
