#include "kit/simulation/redis/redis_model_scripts.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <optional>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

constexpr std::string_view kFull = "OOM command not allowed when used memory > 'maxmemory'.";
constexpr std::string_view kReplica = "READONLY You can't write against a read only replica.";

/// Runs redis.call('GET', KEYS[1]). Returns false if the call's error ends the script at `line`.
bool get(RedisScriptCall& call, int line, std::optional<std::string>& value) {
    if (call.keys.is_other_than<std::string>(call.names[0])) {
        call.answer.error(fmt::format("{} script: {}, on @user_script:{}.", RedisCommands::kWrongType, call.script, line));
        return false;
    }
    if (const auto* const there = call.keys.find<std::string>(call.names[0])) value = *there;
    return true;
}

/// Returns why redis.call('SET') fails; empty if it does not.
std::string_view refusal_of_set(const RedisScriptCall& call) {
    return call.condition.replica ? kReplica : call.condition.full ? kFull : std::string_view{};
}

/// Runs redis.call('SET', KEYS[1], value, 'PX', millis). Returns false if the call's error ends the
/// script at `line`.
bool set(RedisScriptCall& call, int line, std::string value, std::string_view millis) {
    if (const auto refusal = refusal_of_set(call); !refusal.empty()) {
        call.answer.error(fmt::format("{} script: {}, on @user_script:{}.", refusal, call.script, line));
        return false;
    }
    std::int64_t time = 0;
    std::from_chars(millis.data(), millis.data() + millis.size(), time);
    call.keys.put(call.names[0], {std::move(value), call.keys.now_ms() + time});
    return true;
}

/// An entry of the cache, such as "v12\n…": the letter, the number, and the text behind them.
/// Parsing returns nothing if the text is not an entry of the cache.
struct Entry {
    char kind;
    double number;
    std::string_view digits;
    std::string_view rest;
};
std::optional<Entry> read_entry(std::string_view text) {
    const auto newline = text.find('\n');
    if (newline == std::string_view::npos || newline < 2) return std::nullopt;
    const auto digits = text.substr(1, newline - 1);
    if (std::string_view{"vatl"}.find(text[0]) == std::string_view::npos) return std::nullopt;
    if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    return Entry{text[0], std::strtod(std::string{digits}.c_str(), nullptr), digits, text.substr(newline + 1)};
}

/// Does what Lua's tonumber does for decimal numbers. Returns 0 if the text is not one.
double number(const std::string& text) {
    char* end = nullptr;
    const auto value = std::strtod(text.c_str(), &end);
    return end == text.c_str() + text.size() && !text.empty() ? value : 0;
}

/// The script kRead of kit/redis/check.cpp.
void read_key(RedisScriptCall& call) {
    std::optional<std::string> there;
    if (!get(call, 1, there)) return;
    there ? call.answer.text(*there) : call.answer.nil();
}

/// The script kLease of kit/cache/redis_cache.cpp.
void lease(RedisScriptCall& call) {
    std::optional<std::string> there;
    if (!get(call, 2, there)) return;
    std::string least = "0";
    if (const auto entry = there ? read_entry(*there) : std::nullopt) {
        if (entry->kind != 't') return call.answer.text(*there);
        least = entry->digits;
    }
    const auto made = "l" + least + "\n" + call.arguments[0];
    if (set(call, 10, made, call.arguments[1])) call.answer.text(made);
}

/// The script kFill of kit/cache/redis_cache.cpp.
void fill(RedisScriptCall& call) {
    std::optional<std::string> there;
    if (!get(call, 2, there)) return;
    const auto entry = there ? read_entry(*there) : std::nullopt;
    const bool allowed = entry && entry->kind == 'l' && entry->rest == call.arguments[0] &&
                         entry->rest.find_first_not_of("0123456789") == std::string_view::npos &&
                         number(call.arguments[1]) >= entry->number;
    if (!allowed) return call.answer.integer(0);
    if (set(call, 6, call.arguments[2], call.arguments[3])) call.answer.integer(1);
}

/// The script kInvalidate of kit/cache/redis_cache.cpp.
void invalidate(RedisScriptCall& call) {
    auto version = number(call.arguments[0]);
    if (const auto* const there = call.keys.find<std::string>(call.names[0])) {
        const auto entry = read_entry(*there);
        const auto known = entry ? entry->number : 0;
        if (entry && (entry->kind == 'v' || entry->kind == 't') && known >= version) return call.answer.integer(0);
        version = std::max(version, known);
    }
    if (call.condition.replica) {
        set(call, 12, {}, "0");
    } else if (call.condition.full) {
        call.keys.erase(call.names[0]);
        call.answer.error(kFull);
    } else if (set(call, 10, fmt::format("t{:.0f}\n", version), call.arguments[1])) {
        call.answer.integer(1);
    }
}

/// The script kTake of kit/cache/redis_rate_limiter.cpp.
void take(RedisScriptCall& call) {
    const auto now = static_cast<double>(call.now_micros);
    const auto interval = number(call.arguments[0]);
    const auto capacity = interval * number(call.arguments[1]);
    std::optional<std::string> there;
    if (!get(call, 6, there)) return;
    auto full_at = std::min(std::max(there ? number(*there) : 0, now), now + capacity);
    const auto tokens = std::floor((capacity - (full_at - now)) / interval);
    const auto taken = std::min(tokens, number(call.arguments[2]));
    double over = 0;
    if (taken > 0) {
        full_at += taken * interval;
        const auto time = fmt::format("{:.0f}", std::ceil((full_at - now) / 1000));
        if (!set(call, 13, fmt::format("{:.0f}", full_at), time)) return;
    } else {
        over = full_at + interval - now - capacity;
    }
    call.answer.array(4);
    for (const auto each : {taken, tokens - taken, full_at - now, over}) call.answer.integer(static_cast<std::int64_t>(each));
}

struct Known {
    std::string_view name;
    std::size_t keys;
    std::size_t arguments;
    void (*run)(RedisScriptCall&);
};

// A script gets another name when its text changes, and the model does not know it until the change
// is made here too.
constexpr std::array kKnown{
    Known{"d3c21d0c2b9ca22f82737626a27bcaf5d288f99f", 1, 0, &read_key},
    Known{"9385fd0156c6f35acdb513bf9d36bfdfa9a00b7a", 1, 2, &lease},
    Known{"353840755ab0e1dcdf4b5d19c116c8f5d1feb8b8", 1, 4, &fill},
    Known{"d7f71872a19881191dfd99fe734a03462239d3b1", 1, 2, &invalidate},
    Known{"15874275b1dfd3efdc6a7f85d730c5bfe5c4bf1f", 1, 3, &take},
};

}  // namespace

bool run_redis_script(RedisScriptCall& call) {
    const auto* const known = std::ranges::find(kKnown, call.script, &Known::name);
    if (known == kKnown.end() || call.names.size() != known->keys || call.arguments.size() != known->arguments) return false;
    known->run(call);
    return true;
}

}  // namespace tw::simulation
