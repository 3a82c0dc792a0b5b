#include "kit/runtime/rpc_settings.hpp"

#include "kit/runtime/process_settings.hpp"
#include "kit/runtime/setting_table.hpp"

#include <algorithm>
#include <utility>

namespace tw::runtime {
namespace {

using rpc::BalancingPolicy;

SettingTable<RpcLimits> rpc_limits_table() {
    using S = RpcLimits;
    return {
        {"rpc.message_bytes_max", &S::message_bytes_max, kKiB, 256 * kMiB, Unit::bytes,
         "Size of a gRPC message, received or sent"},
        {"rpc.metadata_bytes_max", &S::metadata_bytes_max, kKiB, kMiB, Unit::bytes,
         "Size of the metadata of a call, received or sent"},
        {"rpc.streams_max", &S::streams_max, 1, 10'000, Unit::count, "Number of concurrent calls per connection"},
        {"rpc.stream_window_bytes", &S::stream_window_bytes, 65'535, 256 * kMiB, Unit::bytes,
         "HTTP/2 flow control window per call"},
        {"rpc.connection_window_bytes", &S::connection_window_bytes, 65'535, 256 * kMiB, Unit::bytes,
         "HTTP/2 flow control window per connection"},
        {"rpc.concurrent_calls_max", &S::concurrent_calls_max, 0, 1'000'000, Unit::count,
         "Number of calls that a module serves at once; more are refused with UNAVAILABLE; 0 means no limit"},
        {"rpc.connections_max", &S::connections_max, 1, 1'000'000, Unit::count,
         "Number of open connections per gRPC port; the next one is closed"},
        {"rpc.connections_per_address_max", &S::connections_per_address_max, 0, 1'000'000, Unit::count,
         "Number of open connections per client, which is an IPv4 address or an IPv6 /64 network; 0 means no limit"},
        {"rpc.resets_max", &S::resets_max, 1, 1'000'000, Unit::count,
         "Number of calls that a client may reset in 10 s before its connection is closed"},
        {"rpc.idle_timeout_ms",
         &S::idle_time_max,
         10,
         24 * kHourMs,
         Unit::milliseconds,
         "How long a connection may be open without calls",
         {.was = "rpc.idle_time_ms"}},
        {"rpc.header_timeout_ms",
         &S::header_time_max,
         10,
         kHourMs,
         Unit::milliseconds,
         "How long the headers of a call may take to arrive, from their first byte",
         {.was = "rpc.header_time_ms"}},
        {"rpc.send_timeout_ms",
         &S::answer_time_max,
         10,
         kHourMs,
         Unit::milliseconds,
         "How long a client may take to read an answer after the deadline of its call",
         {.was = "rpc.answer_time_ms"}},
        {"rpc.connection_age_ms", &S::connection_age_max, 10, 365 * 24 * kHourMs, Unit::milliseconds,
         "Age at which a connection stops taking new calls, ± 10%"},
        {"rpc.connection_grace_ms", &S::connection_grace, 10, 24 * kHourMs, Unit::milliseconds,
         "How long open calls of a connection of that age may continue"},
    };
}

SettingTable<net::KeepaliveOptions> client_keepalive_table() {
    using S = net::KeepaliveOptions;
    return {
        {"rpc.keepalive_time_ms", &S::time, 0, 24 * kHourMs, Unit::milliseconds,
         "How long a called module may be silent before the caller sends a keepalive ping; 0 means only after a call that got no "
         "answer; must not be less than rpc.permit_keepalive_time_ms of that module"},
        {"rpc.keepalive_timeout_ms", &S::timeout, 10, kHourMs, Unit::milliseconds,
         "How long the answer to a caller's keepalive ping may take before the connection is closed"},
        {"rpc.keepalive_without_calls", &S::without_streams,
         "Whether a caller sends keepalive pings on connections without calls, too"},
    };
}

SettingTable<net::KeepaliveOptions> server_keepalive_table() {
    using S = net::KeepaliveOptions;
    return {
        {"rpc.server_keepalive_time_ms", &S::time, 0, 24 * kHourMs, Unit::milliseconds,
         "How long a client may be silent before the server sends a keepalive ping; 0 means no pings"},
        {"rpc.server_keepalive_timeout_ms", &S::timeout, 10, kHourMs, Unit::milliseconds,
         "How long the answer to a server's keepalive ping may take before the connection is closed"},
    };
}

SettingTable<net::PingLimits> ping_table() {
    using S = net::PingLimits;
    return {
        {"rpc.permit_keepalive_time_ms", &S::interval_min, 0, 24 * kHourMs, Unit::milliseconds,
         "The shortest time between keepalive pings of a client; more frequent ones close the connection (too_many_pings); 0 "
         "means no limit"},
        {"rpc.permit_keepalive_without_calls", &S::without_streams,
         "Whether clients may ping as often while they have no calls; if not, once in two hours"},
    };
}

SettingTable<rpc::ChannelOptions> channel_table() {
    using S = rpc::ChannelOptions;
    return {
        {"rpc.connect_timeout_ms",
         &S::connect_time_max,
         10,
         60'000,
         Unit::milliseconds,
         "How long a connection to another module may take to open",
         {.was = "rpc.connect_time_ms"}},
        {"rpc.backoff_first_ms", &S::backoff_first, 1, 60'000, Unit::milliseconds,
         "Longest first wait before reconnecting; each further wait may be twice as long"},
        {"rpc.backoff_last_ms", &S::backoff_last, 1, kHourMs, Unit::milliseconds, "Longest wait before reconnecting"},
        {"rpc.policy",
         &S::policy,
         {{"auto", BalancingPolicy::automatic},
          {"pick_first", BalancingPolicy::pick_first},
          {"round_robin", BalancingPolicy::round_robin}},
         "How an address of another module is chosen for a call; auto means round_robin if there are several"},
        {"rpc.health_checks", &S::health_checks,
         "Whether round_robin leaves out replicas that report NOT_SERVING (grpc.health.v1)"},
        {"rpc.resolve_interval_ms", &S::resolve_interval_least, 100, kHourMs, Unit::milliseconds,
         "Shortest time between two DNS look-ups of a name after connections were lost"},
        {"rpc.resolve_period_ms", &S::resolve_period, 0, 24 * kHourMs, Unit::milliseconds,
         "How often a name is looked up in DNS to find new replicas; 0 means only after a connection was lost"},
        {"rpc.waiting_calls_max", &S::calls_waiting_max, 1, 1'000'000, Unit::count,
         "Number of calls to a module that wait for a connection or for their turn on one; more are refused with OVERLOADED"},
    };
}

SettingTable<rpc::BreakerOptions> breaker_table() {
    using S = rpc::BreakerOptions;
    return {
        {"rpc.breaker_failures_max", &S::failures_max, 0, 1'000'000, Unit::count,
         "Number of calls in a row to a replica that fail before it gets no more calls; 0 turns the circuit breaker off"},
        {"rpc.breaker_probe_first_ms", &S::probe_first, 10, kHourMs, Unit::milliseconds,
         "How long such a replica gets no calls, until one call tries it; the time doubles while that call fails"},
        {"rpc.breaker_probe_last_ms", &S::probe_last, 10, kHourMs, Unit::milliseconds, "Longest time between two such calls"},
        {"rpc.breaker_deadline_min_ms", &S::deadline_min, 0, kHourMs, Unit::milliseconds,
         "How long a unary call must have waited to count as a failure when its deadline passes"},
    };
}

SettingTable<rpc::OutlierOptions> outlier_table() {
    using S = rpc::OutlierOptions;
    return {
        {"rpc.ejected_replicas_percent", &S::ejected_share_max, 0, 100, Unit::percent,
         "Share of a module's replicas that may get no calls because they fail more often than the others; 0 turns ejection off"},
        {"rpc.ejection_failure_percent", &S::failure_share, 1, 100, Unit::percent,
         "Share of failed calls at which a replica is ejected"},
        {"rpc.ejection_calls_min", &S::calls_least, 1, 1'000'000, Unit::count,
         "Number of calls in an interval without which a replica is not judged"},
        {"rpc.ejection_interval_ms", &S::interval, 10, kHourMs, Unit::milliseconds, "How often replicas are judged"},
        {"rpc.ejection_first_ms", &S::ejection_first, 10, 24 * kHourMs, Unit::milliseconds,
         "How long a replica is ejected; the time doubles with each further ejection"},
        {"rpc.ejection_last_ms", &S::ejection_last, 10, 24 * kHourMs, Unit::milliseconds,
         "Longest time that a replica is ejected"},
    };
}

SettingTable<rpc::RetryOptions> retry_table() {
    using S = rpc::RetryOptions;
    return {
        {"rpc.attempts_max", &S::attempts_max, 1, 5, Unit::count,
         "Number of attempts of a call that may be repeated and fails with UNAVAILABLE; 1 means no retries"},
        {"rpc.retry_backoff_first_ms", &S::backoff_first, 1, 60'000, Unit::milliseconds,
         "Longest wait before the second attempt of a call; each further wait may be twice as long"},
        {"rpc.retry_backoff_last_ms", &S::backoff_last, 1, 60'000, Unit::milliseconds,
         "Longest wait before another attempt of a call"},
        {"rpc.retry_budget_percent", &S::budget_share, 0, 100, Unit::percent,
         "Retries that are allowed in the long run, in percent of the calls that succeed"},
        {"rpc.retry_tokens_max", &S::budget_tokens_max, 2, 100'000, Unit::count,
         "Size of the retry budget: retries stop after half as many failed attempts in a row"},
    };
}

SettingTable<rpc::GradientOptions> gradient_table() {
    using S = rpc::GradientOptions;
    return {
        {"rpc.limit_first", &S::limit_first, 1, 1'000'000, Unit::count,
         "Number of calls that a module serves at once on each event loop at the start and after quiet times"},
        {"rpc.limit_min", &S::limit_least, 1, 1'000'000, Unit::count, "Lowest value of that number"},
        {"rpc.limit_max", &S::limit_most, 1, 1'000'000, Unit::count, "Highest value of that number"},
        {"rpc.limit_latency_ms", &S::latency_fine, 1, kHourMs, Unit::milliseconds,
         "Mean latency of calls that never lowers that number"},
        {"rpc.limit_tolerance_percent", &S::tolerance, 100, 10'000, Unit::percent,
         "Mean latency above which that number is lowered, in percent of the usual one"},
    };
}

SettingTable<rpc::AdaptiveLimitOptions> adaptive_limit_table() {
    using S = rpc::AdaptiveLimitOptions;
    return {
        {"rpc.adaptive_limit", &S::limits_calls,
         "Whether a module refuses calls with OVERLOADED when its calls take longer than usual and too many are open"},
        {"rpc.deadline_budget", &S::checks_deadlines,
         "Whether a module refuses a call whose deadline is nearer than its method has ever needed"},
        {"rpc.queued_calls_max", &S::calls_waiting_max, 0, 1'000'000, Unit::count,
         "Number of calls of each priority that wait on each event loop while a module serves as many as it can"},
        {"rpc.queue_timeout_ms", &S::wait_max, 1, kHourMs, Unit::milliseconds,
         "How long such a call waits at most, a payment twice as long; one whose turn would come later is refused at once"},
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
    append(all, breaker_table().declare(channel.breaker));
    append(all, outlier_table().declare(channel.outliers));
    append(all, adaptive_limit_table().declare());
    append(all, gradient_table().declare());
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
    options.breaker = breaker_table().read(config);
    options.outliers = outlier_table().read(config);
    options.keepalive = client_keepalive_table().read(config);
    options.user_agent = config.program().text();
    options.error_domain = config.program().text();
    return options;
}

rpc::AdaptiveLimitOptions adaptive_limit_options(const Config& config) {
    auto options = adaptive_limit_table().read(config);
    options.gradient = gradient_table().read(config);
    options.gradient.limit_least = std::min(options.gradient.limit_least, options.gradient.limit_most);
    return options;
}

rpc::Target upstream_target(const Config& config, const ModuleSpec& module) {
    if (auto target = module_settings(config, module).url) return *target;
    return rpc::Target::of({.host = "127.0.0.1", .port = module.grpc_port});
}

}  // namespace tw::runtime
