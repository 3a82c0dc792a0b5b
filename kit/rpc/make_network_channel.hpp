#pragma once

#include "kit/net/h2_keepalive.hpp"
#include "kit/net/tls_context.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/network/outliers.hpp"
#include "kit/rpc/network/picker.hpp"
#include "kit/rpc/network/replica.hpp"
#include "kit/rpc/network/retry.hpp"
#include "kit/rpc/target.hpp"
#include "kit/telemetry/telemetry.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace tw::rpc {

class Interceptor;

/// The options of a channel. A call may override some of them (CallOptions).
struct ChannelOptions {
    /// The greatest size of one response and of one request, in bytes before compression.
    std::size_t message_bytes_max = 4 * 1024 * 1024;
    std::size_t request_bytes_max = kMessageBytesMost;
    /// The greatest size of an answer's metadata in bytes. The status and its details count too.
    std::size_t metadata_bytes_max = 16 * 1024;
    /// The greatest time for connecting to one address.
    std::chrono::milliseconds connect_time_max{2'000};
    /// The channel waits a random time before it connects again. The bound of that time doubles
    /// from the first value to the last (full jitter).
    std::chrono::milliseconds backoff_first{50};
    std::chrono::milliseconds backoff_last{5'000};
    /// Whether calls wait for a connection, up to their deadlines, where they would otherwise fail
    /// at once.
    bool wait_for_ready = false;
    BalancingPolicy policy = BalancingPolicy::automatic;
    /// Whether a callee that reports that it does not serve gets no calls (grpc.health.v1, gRFC
    /// A17). Only round robin checks health.
    bool health_checks = true;
    /// A name is looked up again when a connection is lost or cannot be made, but no sooner than
    /// `resolve_interval_least` after the last lookup. It is also looked up once a
    /// `resolve_period`; zero turns that off. `resolve_time_max` is the greatest time for one
    /// lookup.
    std::chrono::milliseconds resolve_interval_least{30'000};
    std::chrono::milliseconds resolve_period{60'000};
    std::chrono::milliseconds resolve_time_max{5'000};
    RetryOptions retry{};
    BreakerOptions breaker{};
    /// Only round robin ejects replicas.
    OutlierOptions outliers{};
    /// The greatest number of calls that wait for a connection, or for a stream on one. More fail
    /// at once with UNAVAILABLE and the reason OVERLOADED.
    std::size_t calls_waiting_max = 1'000;
    /// The compression of requests.
    Compression compression = Compression::identity;
    /// Secures connections by TLS. `tls_target` says whom to expect there. Null connects in plain
    /// text.
    std::shared_ptr<net::TlsContext> tls{};
    net::TlsTarget tls_target{};
    /// The name of the callee in errors, such as "the user module". The default is the target.
    /// Errors may travel far; with a name set, they contain an address only in their causes.
    std::string callee{};
    /// The user agent of calls.
    std::string user_agent = "tw-grpc";
    /// ServerLimits::error_domain of the program's own servers. Their errors always say whether the
    /// outcome is open where the code does not. An error with another domain may come from a proxy
    /// that knows less.
    std::string error_domain = "tw";
    /// When a silent callee is pinged. A callee that does not answer is given up: its calls end
    /// with UNAVAILABLE, and the next call connects again. Regular pings are sent only if a time is
    /// set, because servers must allow them. One ping is sent in any case when a call has ended by
    /// its deadline and nothing has come on its connection meanwhile. Otherwise all later calls
    /// would wait for a callee that is gone.
    net::KeepaliveOptions keepalive{};
};

/// Makes a gRPC channel to `target` on `loop`. The channel connects at the first call. A call that
/// finds no connection, but attempts under way, waits for the first attempt that succeeds. A call
/// during back-off fails at once with UNAVAILABLE, unless it waits for a connection.
///
/// A call that the callee certainly has not seen is sent again. `options.retry` says how often a
/// call is repeated that the callee may see twice. Both happen within the call's deadline.
///
/// Destroy the channel on the loop, or after the loop has stopped.
std::unique_ptr<Channel> make_network_channel(EventLoop& loop, const Target& target, const ChannelOptions& options,
                                              telemetry::Telemetry telemetry, std::span<Interceptor* const> interceptors = {});

}  // namespace tw::rpc
