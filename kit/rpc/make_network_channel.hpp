#pragma once

#include "kit/net/h2_keepalive.hpp"
#include "kit/net/tls_context.hpp"
#include "kit/rpc/channel.hpp"
#include "kit/rpc/network/picker.hpp"
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

/// How calls are made where they do not say otherwise (CallOptions).
struct ChannelOptions {
    /// Of one response, and of one request; before packing.
    std::size_t message_bytes_max = 4 * 1024 * 1024;
    std::size_t request_bytes_max = kMessageBytesMost;
    /// What an answer may bring beside its messages; status and details count too.
    std::size_t metadata_bytes_max = 16 * 1024;
    /// To one address.
    std::chrono::milliseconds connect_time_max{2'000};
    /// Reconnecting waits a random time up to a bound that doubles from the first to the last (full jitter).
    std::chrono::milliseconds backoff_first{50};
    std::chrono::milliseconds backoff_last{5'000};
    /// Whether calls wait for a connection, to their deadlines, where they would fail at once.
    bool wait_for_ready = false;
    BalancingPolicy policy = BalancingPolicy::automatic;
    /// Whether, with round robin, a callee that says that it does not serve gets no calls (grpc.health.v1, gRFC A17).
    bool health_checks = true;
    /// A name is looked up again when a connection is lost or cannot be made, no sooner than this after the last time, and once a
    /// period (zero: not without such a reason).
    std::chrono::milliseconds resolve_interval_least{30'000};
    std::chrono::milliseconds resolve_period{60'000};
    std::chrono::milliseconds resolve_time_max{5'000};
    RetryOptions retry{};
    /// How requests are packed.
    Compression compression = Compression::identity;
    /// Secures connections, and says whom to expect there; null: in the clear.
    std::shared_ptr<net::TlsContext> tls{};
    net::TlsTarget tls_target{};
    /// What errors call the callee, such as "the user module"; by default its target. Errors may travel far, and say no address
    /// then but in their causes.
    std::string callee{};
    /// Who calls, as the callee is told.
    std::string user_agent = "tw-grpc";
    /// ServerLimits::error_domain of the program's own servers. Their errors always say whether the outcome is open where the
    /// code does not; an error with another domain may come from a proxy that knows less.
    std::string error_domain = "tw";
    /// When a silent callee is asked whether it is still there. One that does not answer is given up: calls to it end with
    /// UNAVAILABLE, and the next one connects anew. Never, unless a time is set, as servers must allow it.
    net::KeepaliveOptions keepalive{};
};

/// gRPC to `target`, on `loop`. Connects with the first call; calls made while nothing but connection attempts is under way wait
/// for the first that succeeds, calls made during back-off fail at once with UNAVAILABLE, unless they wait. What the callee
/// certainly has not seen is sent again, and what it may see twice as `options.retry` says, within the call's deadline. Destroy
/// it on the loop, or after the loop has stopped.
std::unique_ptr<Channel> make_network_channel(EventLoop& loop, const Target& target, const ChannelOptions& options,
                                              telemetry::Telemetry telemetry, std::span<Interceptor* const> interceptors = {});

}  // namespace tw::rpc
