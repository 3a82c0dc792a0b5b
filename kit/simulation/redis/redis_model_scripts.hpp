#pragma once

#include "kit/simulation/redis/redis_model_commands.hpp"
#include "kit/simulation/redis/redis_model_data.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tw::simulation {

/// One call of a script that the model knows.
struct RedisScriptCall {
    RedisKeys& keys;
    const RedisCondition& condition;
    std::int64_t now_micros;
    std::span<const std::string> names;
    std::span<const std::string> arguments;
    RedisAnswer& answer;
    /// Of the script: the SHA-1 of its text.
    std::string_view script;
};

/// Does what the script of that name (the SHA-1 of its text, which the product's scripts are known by) does. False where there is
/// none of that name here.
bool run_redis_script(RedisScriptCall& call);

}  // namespace tw::simulation
