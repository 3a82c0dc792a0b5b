#include "kit/runtime/rpc_settings.hpp"

#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/setting_table.hpp"

#include <utility>

namespace tw::runtime {
namespace {

using rpc::BalancingPolicy;

SettingTable<RpcLimits> rpc_limits_table() {
    using S = RpcLimits;
    return {
        {"rpc.message_bytes_max", &S::message_bytes_max, kKiB, 256 * kMiB, Unit::bytes, "One gRPC message, in and out"},
        {"rpc.metadata_bytes_max", &S::metadata_bytes_max, kKiB, kMiB, Unit::bytes, "The metadata of a call, in and out"},
        {"rpc.streams_max", &S::streams_max, 1, 10'000, Unit::count, "Concurrent calls of a connection"},
        {"rpc.stream_window_bytes", &S::stream_window_bytes, 65'535, 256 * kMiB, Unit::bytes, "Flow control window of a call"},
        {"rpc.connection_window_bytes", &S::connection_window_bytes, 65'535, 256 * kMiB, Unit::bytes,
         "Flow control window of a connection"},
        {"rpc.concurrent_calls_max", &S::concurrent_calls_max, 0, 1'000'000, Unit::count,
         "Calls that a module serves at once, on all its loops; more are refused with UNAVAILABLE; 0 means no limit"},
        {"rpc.connections_max", &S::connections_max, 1, 1'000'000, Unit::count,
         "Connections of a port at a time; the next one is closed"},
        {"rpc.connections_per_address_max", &S::connections_per_address_max, 0, 1'000'000, Unit::count,
         "Likewise those of one client: an IPv4 address, the /64 of an IPv6 one; 0 means no limit"},
        {"rpc.resets_max", &S::resets_max, 1, 1'000'000, Unit::count,
         "Calls that a client may reset within 10 s before it is cut off"},
        {"rpc.idle_time_ms", &S::idle_time_max, 10, 24 * kHourMs, Unit::milliseconds,
         "How long a connection may be without calls"},
        {"rpc.header_time_ms", &S::header_time_max, 10, kHourMs, Unit::milliseconds,
         "From the first byte of a call to the end of its headers"},
        {"rpc.answer_time_ms", &S::answer_time_max, 10, kHourMs, Unit::milliseconds,
         "How long a client may take to read an answer after its call's deadline"},
        {"rpc.connection_age_ms", &S::connection_age_max, 10, 365 * 24 * kHourMs, Unit::milliseconds,
         "How old a connection may become before it takes no new calls; about"},
        {"rpc.connection_grace_ms", &S::connection_grace, 10, 24 * kHourMs, Unit::milliseconds,
         "How long the calls of such a connection may go on"},
    };
}

SettingTable<net::KeepaliveOptions> client_keepalive_table() {
    using S = net::KeepaliveOptions;
    return {
        {"rpc.keepalive_time_ms", &S::time, 0, 24 * kHourMs, Unit::milliseconds,
         "How long a called module may be silent before it is asked whether it is still there; 0 means it never is. No less than "
         "its rpc.permit_keepalive_time_ms"},
        {"rpc.keepalive_timeout_ms", &S::timeout, 10, kHourMs, Unit::milliseconds,
         "How long the answer may take before the connection is given up"},
        {"rpc.keepalive_without_calls", &S::without_streams, "Whether it is asked also while no calls are under way"},
    };
}

SettingTable<net::KeepaliveOptions> server_keepalive_table() {
    using S = net::KeepaliveOptions;
    return {
        {"rpc.server_keepalive_time_ms", &S::time, 0, 24 * kHourMs, Unit::milliseconds,
         "How long a client may be silent before it is asked whether it is still there; 0 means it never is"},
        {"rpc.server_keepalive_timeout_ms", &S::timeout, 10, kHourMs, Unit::milliseconds,
         "How long the answer may take before the connection is cut"},
    };
}

SettingTable<net::PingLimits> ping_table() {
    using S = net::PingLimits;
    return {
        {"rpc.permit_keepalive_time_ms", &S::interval_min, 0, 24 * kHourMs, Unit::milliseconds,
         "A client that asks more often than this is sent away (too_many_pings); 0 means nobody counts"},
        {"rpc.permit_keepalive_without_calls", &S::without_streams,
         "Whether clients may ask as often also while they have no calls; else every two hours"},
    };
}

SettingTable<rpc::ChannelOptions> channel_table() {
    using S = rpc::ChannelOptions;
    return {
        {"rpc.connect_time_ms", &S::connect_time_max, 10, 60'000, Unit::milliseconds,
         "How long connecting to another module may take"},
        {"rpc.backoff_first_ms", &S::backoff_first, 1, 60'000, Unit::milliseconds,
         "The bound of the first wait before reconnecting; it doubles"},
        {"rpc.backoff_last_ms", &S::backoff_last, 1, kHourMs, Unit::milliseconds,
         "The bound of the longest wait before reconnecting"},
        {"rpc.policy",
         &S::policy,
         {{"auto", BalancingPolicy::automatic},
          {"pick_first", BalancingPolicy::pick_first},
          {"round_robin", BalancingPolicy::round_robin}},
         "Which address of another module gets a call; auto is round_robin where there are several"},
        {"rpc.health_checks", &S::health_checks,
         "With round_robin, whether replicas that say NOT_SERVING (grpc.health.v1) get no calls"},
        {"rpc.resolve_interval_ms", &S::resolve_interval_least, 100, kHourMs, Unit::milliseconds,
         "How soon a name may be looked up again after a connection was lost"},
        {"rpc.resolve_period_ms", &S::resolve_period, 0, 24 * kHourMs, Unit::milliseconds,
         "How often a name is looked up so that new replicas are found; 0 means only when a connection was lost"},
    };
}

SettingTable<rpc::RetryOptions> retry_table() {
    using S = rpc::RetryOptions;
    return {
        {"rpc.attempts_max", &S::attempts_max, 1, 5, Unit::count,
         "Attempts of a call that may be repeated and got UNAVAILABLE; 1 means no retries"},
        {"rpc.retry_backoff_first_ms", &S::backoff_first, 1, 60'000, Unit::milliseconds,
         "The bound of the wait before the second attempt; it doubles"},
        {"rpc.retry_backoff_last_ms", &S::backoff_last, 1, 60'000, Unit::milliseconds,
         "The bound of the longest wait before another attempt"},
        {"rpc.retry_budget_percent", &S::budget_share, 0, 100, Unit::percent,
         "Retries in the long run, in percent of the calls that succeed"},
        {"rpc.retry_tokens_max", &S::budget_tokens_max, 2, 100'000, Unit::count,
         "The bucket of the retry budget: after half as many failed attempts in a row there are no retries"},
    };
}

/// The library's client sends no pings unless an option says so, and its server permits one in five
/// minutes, as gRPC's do. Both ends of a program of modules are its own, and a callee that is gone
/// shall be noticed within a minute.
rpc::ChannelOptions default_channel() {
    rpc::ChannelOptions channel;
    channel.keepalive.time = std::chrono::seconds{30};
    return channel;
}

RpcLimits default_limits() {
    RpcLimits limits;
    limits.pings.interval_min = std::chrono::seconds{20};
    return limits;
}

}  // namespace

void add_rpc_settings(std::vector<Setting>& all) {
    const auto limits = default_limits();
    const auto channel = default_channel();
    append(all, rpc_limits_table().declare(limits));
    append(all, client_keepalive_table().declare(channel.keepalive));
    append(all, server_keepalive_table().declare(limits.keepalive));
    append(all, ping_table().declare(limits.pings));
    append(all, channel_table().declare(channel));
    append(all, retry_table().declare(channel.retry));
}

RpcLimits rpc_limits(const Config& config) {
    auto limits = rpc_limits_table().read(config);
    limits.keepalive = server_keepalive_table().read(config, {.without_streams = true});
    limits.pings = ping_table().read(config);
    limits.error_domain = config.program().text();
    return limits;
}

rpc::ChannelOptions channel_options(const Config& config) {
    const auto limits = rpc_limits_table().read(config);
    auto options = channel_table().read(config);
    options.message_bytes_max = limits.message_bytes_max;
    options.metadata_bytes_max = limits.metadata_bytes_max;
    options.retry = retry_table().read(config);
    options.keepalive = client_keepalive_table().read(config);
    options.user_agent = config.program().text();
    options.error_domain = config.program().text();
    return options;
}

rpc::Target upstream_target(const Config& config, const ModuleSpec& module) {
    if (auto target = module_settings(config, module).url) return *target;
    return rpc::Target::of({.host = "127.0.0.1", .port = module.grpc_port});
}

}  // namespace tw::runtime
