#include "kit/runtime/rpc_settings.hpp"

#include <string>
#include <string_view>

namespace tw::runtime {
namespace {

/// The kit's client never asks unless it is told to, and its server allows once in five minutes, as gRPC's do. Here both ends are
/// ours, and a callee that is gone shall be noticed within a minute.
constexpr std::int64_t kClientKeepaliveMs = 30'000;
constexpr std::int64_t kPermitKeepaliveMs = 20'000;

rpc::BalancingPolicy policy_of(std::string_view name) {
    for (const auto policy : {rpc::BalancingPolicy::pick_first, rpc::BalancingPolicy::round_robin}) {
        if (name == rpc::policy_name(policy)) return policy;
    }
    return rpc::BalancingPolicy::automatic;
}

/// Here the modules call each other, so that what a client asks and what a server allows belong together.
void add_rpc_keepalive(std::vector<Setting>& all) {
    const rpc::ServerLimits limits;
    const rpc::ChannelOptions channel;
    all.push_back(
        integer_setting("rpc.keepalive_time_ms", kClientKeepaliveMs, 0, 24 * kHourMs, Unit::milliseconds,
                        "How long a called module may be silent before it is asked whether it is still there; 0 means it "
                        "never is. No less than its rpc.permit_keepalive_time_ms"));
    all.push_back(integer_setting("rpc.keepalive_timeout_ms", channel.keepalive.timeout.count(), 10, kHourMs, Unit::milliseconds,
                                  "How long the answer may take before the connection is given up"));
    all.push_back(flag_setting("rpc.keepalive_without_calls", channel.keepalive.without_streams,
                               "Whether it is asked also while no calls are under way"));
    all.push_back(
        integer_setting("rpc.server_keepalive_time_ms", limits.keepalive.time.count(), 0, 24 * kHourMs, Unit::milliseconds,
                        "How long a client may be silent before it is asked whether it is still there; 0 means it never is"));
    all.push_back(integer_setting("rpc.server_keepalive_timeout_ms", limits.keepalive.timeout.count(), 10, kHourMs,
                                  Unit::milliseconds, "How long the answer may take before the connection is cut"));
    all.push_back(
        integer_setting("rpc.permit_keepalive_time_ms", kPermitKeepaliveMs, 0, 24 * kHourMs, Unit::milliseconds,
                        "A client that asks more often than this is sent away (too_many_pings); 0 means nobody counts"));
    all.push_back(flag_setting("rpc.permit_keepalive_without_calls", limits.pings.without_streams,
                               "Whether clients may ask as often also while they have no calls; else every two hours"));
}

/// How this process is called by others.
void add_server(std::vector<Setting>& all) {
    const rpc::ServerLimits limits;
    const auto number = [](std::size_t value) { return static_cast<std::int64_t>(value); };
    all.push_back(integer_setting("rpc.message_bytes_max", number(limits.message_bytes_max), kKiB, 256 * kMiB, Unit::bytes,
                                  "One gRPC message, in and out"));
    all.push_back(integer_setting("rpc.metadata_bytes_max", number(limits.metadata_bytes_max), kKiB, kMiB, Unit::bytes,
                                  "The metadata of a call, in and out"));
    all.push_back(integer_setting("rpc.streams_max", number(limits.streams_max), 1, 10'000, Unit::count,
                                  "Concurrent calls of a connection"));
    all.push_back(integer_setting("rpc.stream_window_bytes", number(limits.stream_window_bytes), 65'535, 256 * kMiB, Unit::bytes,
                                  "Flow control window of a call"));
    all.push_back(integer_setting("rpc.connection_window_bytes", number(limits.connection_window_bytes), 65'535, 256 * kMiB,
                                  Unit::bytes, "Flow control window of a connection"));
    all.push_back(
        integer_setting("rpc.concurrent_calls_max", 0, 0, 1'000'000, Unit::count,
                        "Calls that a module serves at once, on all its loops; more are refused with UNAVAILABLE; 0 means "
                        "no limit"));
    all.push_back(integer_setting("rpc.connections_max", number(limits.connections_max), 1, 1'000'000, Unit::count,
                                  "Connections of a port at a time; the next one is closed"));
    all.push_back(integer_setting("rpc.connections_per_address_max", number(limits.connections_per_address_max), 0, 1'000'000,
                                  Unit::count,
                                  "Likewise those of one client: an IPv4 address, the /64 of an IPv6 one; 0 means no limit"));
    all.push_back(integer_setting("rpc.resets_max", number(limits.resets_max), 1, 1'000'000, Unit::count,
                                  "Calls that a client may reset within 10 s before it is cut off"));
    all.push_back(integer_setting("rpc.idle_time_ms", limits.idle_time_max.count(), 10, 24 * kHourMs, Unit::milliseconds,
                                  "How long a connection may be without calls"));
    all.push_back(integer_setting("rpc.header_time_ms", limits.header_time_max.count(), 10, kHourMs, Unit::milliseconds,
                                  "From the first byte of a call to the end of its headers"));
    all.push_back(integer_setting("rpc.answer_time_ms", limits.answer_time_max.count(), 10, kHourMs, Unit::milliseconds,
                                  "How long a client may take to read an answer after its call's deadline"));
    all.push_back(integer_setting("rpc.connection_age_ms", limits.connection_age_max.count(), 10, 365 * 24 * kHourMs,
                                  Unit::milliseconds, "How old a connection may become before it takes no new calls; about"));
    all.push_back(integer_setting("rpc.connection_grace_ms", limits.connection_grace.count(), 10, 24 * kHourMs,
                                  Unit::milliseconds, "How long the calls of such a connection may go on"));
    add_rpc_keepalive(all);
}

/// How this process calls others.
void add_channels(std::vector<Setting>& all) {
    const rpc::ChannelOptions channel;
    all.push_back(integer_setting("rpc.connect_time_ms", channel.connect_time_max.count(), 10, 60'000, Unit::milliseconds,
                                  "How long connecting to another module may take"));
    all.push_back(integer_setting("rpc.backoff_first_ms", channel.backoff_first.count(), 1, 60'000, Unit::milliseconds,
                                  "The bound of the first wait before reconnecting; it doubles"));
    all.push_back(integer_setting("rpc.backoff_last_ms", channel.backoff_last.count(), 1, kHourMs, Unit::milliseconds,
                                  "The bound of the longest wait before reconnecting"));
    all.push_back(choice_setting("rpc.policy", std::string{rpc::policy_name(channel.policy)},
                                 {"auto", "pick_first", "round_robin"},
                                 "Which address of another module gets a call; auto is round_robin where there are several"));
    all.push_back(flag_setting("rpc.health_checks", channel.health_checks,
                               "With round_robin, whether replicas that say NOT_SERVING (grpc.health.v1) get no calls"));
    all.push_back(integer_setting("rpc.resolve_interval_ms", channel.resolve_interval_least.count(), 100, kHourMs,
                                  Unit::milliseconds, "How soon a name may be looked up again after a connection was lost"));
    all.push_back(integer_setting("rpc.resolve_period_ms", channel.resolve_period.count(), 0, 24 * kHourMs, Unit::milliseconds,
                                  "How often a name is looked up so that new replicas are found; 0 means only when a "
                                  "connection was lost"));
    all.push_back(integer_setting("rpc.attempts_max", channel.retry.attempts_max, 1, 5, Unit::count,
                                  "Attempts of a call that may be repeated and got UNAVAILABLE; 1 means no retries"));
    all.push_back(integer_setting("rpc.retry_backoff_first_ms", channel.retry.backoff_first.count(), 1, 60'000,
                                  Unit::milliseconds, "The bound of the wait before the second attempt; it doubles"));
    all.push_back(integer_setting("rpc.retry_backoff_last_ms", channel.retry.backoff_last.count(), 1, 60'000, Unit::milliseconds,
                                  "The bound of the longest wait before another attempt"));
    all.push_back(integer_setting("rpc.retry_budget_percent", 10, 0, 100, Unit::count,
                                  "Retries in the long run, in percent of the calls that succeed"));
    all.push_back(integer_setting(
        "rpc.retry_tokens_max", static_cast<std::int64_t>(channel.retry.budget_tokens_max), 2, 100'000, Unit::count,
        "The bucket of the retry budget: after half as many failed attempts in a row there are no retries"));
}

}  // namespace

void add_rpc_settings(std::vector<Setting>& all) {
    add_server(all);
    add_channels(all);
}

rpc::ServerLimits rpc_limits(const Config& config) {
    const auto size = [&](std::string_view key) { return static_cast<std::size_t>(config.integer(key)); };
    return {.message_bytes_max = size("rpc.message_bytes_max"),
            .metadata_bytes_max = size("rpc.metadata_bytes_max"),
            .streams_max = size("rpc.streams_max"),
            .stream_window_bytes = size("rpc.stream_window_bytes"),
            .connection_window_bytes = size("rpc.connection_window_bytes"),
            .connections_max = size("rpc.connections_max"),
            .connections_per_address_max = size("rpc.connections_per_address_max"),
            .resets_max = size("rpc.resets_max"),
            .idle_time_max = config.duration("rpc.idle_time_ms"),
            .header_time_max = config.duration("rpc.header_time_ms"),
            .answer_time_max = config.duration("rpc.answer_time_ms"),
            .connection_age_max = config.duration("rpc.connection_age_ms"),
            .connection_grace = config.duration("rpc.connection_grace_ms"),
            .keepalive = {.time = config.duration("rpc.server_keepalive_time_ms"),
                          .timeout = config.duration("rpc.server_keepalive_timeout_ms"),
                          .without_streams = true},
            .pings = {.interval_min = config.duration("rpc.permit_keepalive_time_ms"),
                      .without_streams = config.flag("rpc.permit_keepalive_without_calls")}};
}

rpc::ChannelOptions channel_options(const Config& config) {
    return {.message_bytes_max = static_cast<std::size_t>(config.integer("rpc.message_bytes_max")),
            .metadata_bytes_max = static_cast<std::size_t>(config.integer("rpc.metadata_bytes_max")),
            .connect_time_max = config.duration("rpc.connect_time_ms"),
            .backoff_first = config.duration("rpc.backoff_first_ms"),
            .backoff_last = config.duration("rpc.backoff_last_ms"),
            .policy = policy_of(config.text("rpc.policy")),
            .health_checks = config.flag("rpc.health_checks"),
            .resolve_interval_least = config.duration("rpc.resolve_interval_ms"),
            .resolve_period = config.duration("rpc.resolve_period_ms"),
            .retry = {.attempts_max = static_cast<int>(config.integer("rpc.attempts_max")),
                      .backoff_first = config.duration("rpc.retry_backoff_first_ms"),
                      .backoff_last = config.duration("rpc.retry_backoff_last_ms"),
                      .budget_share = static_cast<double>(config.integer("rpc.retry_budget_percent")) / 100.0,
                      .budget_tokens_max = static_cast<double>(config.integer("rpc.retry_tokens_max"))},
            .keepalive = {.time = config.duration("rpc.keepalive_time_ms"),
                          .timeout = config.duration("rpc.keepalive_timeout_ms"),
                          .without_streams = config.flag("rpc.keepalive_without_calls")}};
}

rpc::Target upstream_target(const Config& config, const ModuleSpec& module) {
    const auto& text = config.text(std::string{module.name} + ".url");
    if (auto target = rpc::Target::parse(text)) return *target;
    return rpc::Target::of({.host = "127.0.0.1", .port = module.grpc_port});
}

}  // namespace tw::runtime
