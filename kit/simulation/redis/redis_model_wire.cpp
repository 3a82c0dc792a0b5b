#include "kit/simulation/redis/redis_model_wire.hpp"

#include <charconv>

namespace tw::simulation {
namespace {

/// Returns the number of a line, which stands after its first character. Moves `at` behind the
/// line.
std::optional<std::int64_t> take_number(std::string_view in, std::size_t& at, char kind, bool& sound) {
    const auto end = in.find("\r\n", at);
    if (end == std::string_view::npos) return std::nullopt;
    std::int64_t number = 0;
    const auto [last, failure] = std::from_chars(in.data() + at + 1, in.data() + end, number);
    sound = in[at] == kind && failure == std::errc{} && last == in.data() + end && number >= 0;
    if (!sound) return std::nullopt;
    at = end + 2;
    return number;
}

}  // namespace

std::optional<RedisArguments> take_redis_command(std::string& in, bool& sound) {
    sound = true;
    std::size_t at = 0;
    if (in.empty()) return std::nullopt;
    const auto count = take_number(in, at, '*', sound);
    if (!count) return std::nullopt;
    RedisArguments arguments;
    for (std::int64_t i = 0; i < *count; ++i) {
        if (at == in.size()) return std::nullopt;
        const auto size = take_number(in, at, '$', sound);
        if (!size || in.size() - at < static_cast<std::size_t>(*size) + 2) return std::nullopt;
        arguments.emplace_back(in, at, static_cast<std::size_t>(*size));
        at += static_cast<std::size_t>(*size) + 2;
    }
    in.erase(0, at);
    return arguments;
}

void RedisAnswer::text(std::string_view bytes) {
    line('$', std::to_string(bytes.size()));
    out_.append(bytes).append("\r\n");
}

}  // namespace tw::simulation
