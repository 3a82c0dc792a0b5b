#include "kit/redis/connection/errors.hpp"

#include "kit/base/reasons.hpp"
#include "kit/redis/reasons.hpp"

#include <algorithm>
#include <array>

namespace tw::redis {
namespace {

struct Meaning {
    std::string_view prefix;
    Code code;
    std::string_view reason;
    std::string_view detail;
};

constexpr std::array kMeanings{
    Meaning{"LOADING", Code::unavailable, reason::kRedisLoading, "Redis is loading its data"},
    Meaning{"MASTERDOWN", Code::unavailable, reason::kRedisLoading, "Redis is a replica without its master"},
    Meaning{"OOM", Code::unavailable, reason::kRedisFull, "Redis has no memory left"},
    Meaning{"READONLY", Code::unavailable, reason::kRedisReadOnly, "Redis is a replica and refuses writes"},
    Meaning{"MISCONF", Code::unavailable, reason::kRedisNotSaving, "Redis cannot save its data and refuses writes"},
    Meaning{"NOREPLICAS", Code::unavailable, reason::kRedisNotSaving, "Redis has too few replicas and refuses writes"},
    Meaning{"BUSY", Code::unavailable, reason::kRedisBusyScript, "Redis is busy with a script"},
    Meaning{"MOVED", Code::failed_precondition, reason::kRedisCluster,
            "this Redis is a node of a cluster, which is not supported"},
    Meaning{"ASK", Code::failed_precondition, reason::kRedisCluster, "this Redis is a node of a cluster, which is not supported"},
    Meaning{"CLUSTERDOWN", Code::failed_precondition, reason::kRedisCluster,
            "this Redis is a node of a cluster, which is not supported"},
    Meaning{"NOAUTH", Code::failed_precondition, reason::kRedisAuthentication, "Redis requires a password"},
    Meaning{"WRONGPASS", Code::failed_precondition, reason::kRedisAuthentication, "Redis refused the user or password"},
    Meaning{"NOPERM", Code::failed_precondition, reason::kRedisPermission, "the Redis user lacks a permission"},
    Meaning{"WRONGTYPE", Code::failed_precondition, reason::kRedisWrongType, "a key in Redis has a value of another type"},
    Meaning{"NOSCRIPT", Code::failed_precondition, reason::kRedisNoScript, "Redis does not know the script"},
    Meaning{"NOGROUP", Code::failed_precondition, reason::kRedisNoGroup, "there is no such consumer group"},
    Meaning{"BUSYGROUP", Code::already_exists, reason::kRedisGroupExists, "the consumer group exists already"},
};

Error make(const Meaning& meaning, std::string cause) {
    return Error{meaning.code, meaning.reason, std::string{meaning.detail}}.with_cause(std::move(cause));
}

/// Error replies may quote the arguments of an unknown command, which may be secret, so those are
/// cut off.
std::string without_arguments(std::string_view message) {
    constexpr std::size_t kLongest = 200;
    return std::string{message.substr(0, std::min(message.find(", with args beginning with"), kLongest))};
}

/// Returns the error reply to the command that failed inside a script. Servers before Redis 7 wrap
/// it in words of their own ("ERR Error running script (call to f_…): @user_script:1: -READONLY You
/// can't …").
std::string_view within_script(std::string_view message) {
    constexpr std::string_view kMark = ": -";
    if (!message.starts_with("ERR Error running script")) return message;
    const auto mark = message.find(kMark);
    return mark == std::string_view::npos ? message : message.substr(mark + kMark.size());
}

}  // namespace

std::string_view error_prefix(std::string_view message) { return message.substr(0, message.find(' ')); }

Error from_reply(std::string_view message) {
    message = within_script(message);
    const auto prefix = error_prefix(message);
    const auto* const known = std::ranges::find(kMeanings, prefix, &Meaning::prefix);
    if (known != kMeanings.end()) return make(*known, without_arguments(message));
    if (message.find("DB index") != std::string_view::npos) {
        return make({"", Code::failed_precondition, reason::kRedisDatabase, "Redis has no database of that number"},
                    without_arguments(message));
    }
    // A server without a password answers AUTH like this.
    if (message.starts_with("ERR AUTH") || message.starts_with("ERR Client sent AUTH")) {
        return make({"", Code::failed_precondition, reason::kRedisAuthentication, "Redis refused the user or password"},
                    without_arguments(message));
    }
    return make({"", Code::unknown, "REDIS_ERROR", "Redis refused a command"}, without_arguments(message));
}

Error no_connection(std::string cause) {
    return Error{Code::unavailable, reason::kRedisUnavailable, "Redis cannot be reached"}.with_cause(std::move(cause));
}

Error too_busy() { return {Code::unavailable, reason::kRedisBusy, "too many commands to Redis are waiting for an answer"}; }

Error no_answer_in_time() { return {Code::deadline_exceeded, reason::kRedisTimeout, "Redis did not answer in time"}; }

Error broken_protocol(std::string cause) {
    return Error{Code::internal, reason::kRedisProtocol, "Redis sent an answer that cannot be read"}.with_cause(std::move(cause));
}

Error read_only(std::string cause) {
    return Error{Code::unavailable, reason::kRedisReadOnly, "Redis is a replica and refuses writes"}.with_cause(std::move(cause));
}

bool is_read_only(const Error& error) { return error.reason() == reason::kRedisReadOnly; }

bool is_outage(const Error& error) {
    constexpr std::array<std::string_view, 11> kReasons{
        reason::kRedisReadOnly,   reason::kRedisUnavailable, reason::kRedisTimeout,     reason::kRedisLoading,
        reason::kRedisBusyScript, reason::kRedisBusy,        reason::kDeadlineExceeded, reason::kRedisAuthentication,
        reason::kRedisDatabase,   reason::kRedisCluster,     reason::kRedisProtocol};
    return std::ranges::find(kReasons, error.reason()) != kReasons.end();
}

}  // namespace tw::redis
