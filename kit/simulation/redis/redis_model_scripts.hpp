#pragma once

#include "kit/simulation/redis/redis_model_commands.hpp"
#include "kit/simulation/redis/redis_model_data.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tw::simulation {

/// A call of a script that the model knows.
struct RedisScriptCall {
    RedisKeys& keys;
    const RedisCondition& condition;
    std::int64_t now_micros;
    std::span<const std::string> names;
    std::span<const std::string> arguments;
    RedisAnswer& answer;
    /// The name of the script, which is the SHA-1 of its text.
    std::string_view script;
};

/// Runs the script with that name. Returns false if the model has no such script.
bool run_redis_script(RedisScriptCall& call);

}  // namespace tw::simulation
