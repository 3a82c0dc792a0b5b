#include "kit/redis/client.hpp"
#include "kit/redis/reasons.hpp"

#include <array>
#include <string>
#include <utility>

namespace tw::redis {
namespace {

constexpr Script kRead{"return redis.call('GET', KEYS[1])"};

std::string_view advice(const Error& error) {
    const std::string_view reason = error.reason();
    if (reason == reason::kRedisAuthentication) return "user or password in it is wrong or missing";
    if (reason == reason::kRedisDatabase) return "the database number at its end does not exist there";
    if (reason == reason::kRedisPermission) return "its ACL user needs to read, write and run scripts below the key prefix";
    if (reason == reason::kRedisCluster) return "it names a node of a cluster; a single server is needed";
    if (reason == reason::kRedisNotSaving) return "the server must be able to save, and have the replicas that it requires";
    if (reason == reason::kRedisReadOnly) return "it names a replica; name the primary";
    if (reason == reason::kRedisFull) return "the server has no free memory; change maxmemory or its policy";
    if (reason == reason::kRedisWrongType) return "the key prefix is used by something else";
    if (reason == reason::kRedisLoading) return "the server is still loading; try again";
    return "look whether the server runs there";
}

/// Replaces a detail that is meant for callers by one for the operator of this process.
Error explained(const Settings& settings, const Error& error) {
    return Error{error.code(), error.reason(),
                 settings.named + ", " + settings.to_string() + ": " + error.detail() + "; " + std::string{advice(error)} + "."}
        .with_cause(error.cause());
}

}  // namespace

Task<Result<void>> Client::check(const CallContext& ctx, std::string_view key_prefix) {
    const auto key = std::string{key_prefix} + "check";
    // The time of the first command includes making the connection.
    Command ping{"PING"};
    auto pong = co_await run(ctx, std::move(ping), settings_.connect_time_max);
    if (!pong) co_return explained(settings_, pong.error());
    Command write{"SET", {key, "1", "PX", "1000"}};
    auto written = co_await run(ctx, std::move(write));
    if (!written) co_return explained(settings_, written.error());
    const std::array<std::string_view, 1> keys{key};
    auto read = co_await eval(ctx, kRead, keys, {});
    if (!read) co_return explained(settings_, read.error());
    co_return Result<void>{};
}

}  // namespace tw::redis
