#pragma once

#include <string_view>

/// Reasons of errors of Redis. connection/errors.cpp says which replies they come from.
namespace tw::reason {

inline constexpr std::string_view kRedisAuthentication = "REDIS_AUTHENTICATION";
inline constexpr std::string_view kRedisBusy = "REDIS_BUSY";
inline constexpr std::string_view kRedisBusyScript = "REDIS_BUSY_SCRIPT";
inline constexpr std::string_view kRedisCluster = "REDIS_CLUSTER";
inline constexpr std::string_view kRedisDatabase = "REDIS_DATABASE";
inline constexpr std::string_view kRedisFull = "REDIS_FULL";
inline constexpr std::string_view kRedisGroupExists = "REDIS_GROUP_EXISTS";
inline constexpr std::string_view kRedisLoading = "REDIS_LOADING";
inline constexpr std::string_view kRedisNoGroup = "REDIS_NO_GROUP";
inline constexpr std::string_view kRedisNoScript = "REDIS_NO_SCRIPT";
inline constexpr std::string_view kRedisNotSaving = "REDIS_NOT_SAVING";
inline constexpr std::string_view kRedisPermission = "REDIS_PERMISSION";
inline constexpr std::string_view kRedisProtocol = "REDIS_PROTOCOL";
inline constexpr std::string_view kRedisReadOnly = "REDIS_READ_ONLY";
inline constexpr std::string_view kRedisTimeout = "REDIS_TIMEOUT";
inline constexpr std::string_view kRedisUnavailable = "REDIS_UNAVAILABLE";
inline constexpr std::string_view kRedisWrongType = "REDIS_WRONG_TYPE";

}  // namespace tw::reason
