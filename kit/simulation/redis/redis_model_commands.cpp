#include "kit/simulation/redis/redis_model_commands.hpp"

#include "kit/redis/script.hpp"
#include "kit/simulation/redis/redis_model_scripts.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

namespace tw::simulation {
namespace {

/// The number of databases that a server has by default.
constexpr std::int64_t kDatabases = 16;
constexpr std::string_view kVersion = "7.0.15";

std::string in_capitals(std::string_view word) {
    std::string capitals{word};
    std::ranges::transform(capitals, capitals.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return capitals;
}
std::string in_small(std::string_view word) {
    std::string small{word};
    std::ranges::transform(small, small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return small;
}

}  // namespace

struct RedisCommands::Known {
    std::string_view name;
    /// The least number of arguments. The name of the command counts.
    std::size_t arguments_min;
    void (RedisCommands::*run)(Call&);
    bool writes = false;
    /// The command is refused while memory is full.
    bool grows = false;
    bool while_loading = false;
    bool before_auth = false;
};

const RedisCommands::Known* RedisCommands::find(std::string_view name) {
    using C = RedisCommands;
    static constexpr std::array kAll{
        Known{"AUTH", 2, &C::auth, false, false, true, true},
        Known{"CLIENT", 2, &C::client, false, false, true},
        Known{"DEL", 2, &C::del, true},
        Known{"EVAL", 3, &C::eval},
        Known{"EVALSHA", 3, &C::evalsha},
        Known{"FLUSHALL", 1, &C::flush, true},
        Known{"GET", 2, &C::get},
        Known{"HELLO", 1, &C::hello, false, false, true, true},
        Known{"PING", 1, &C::ping},
        Known{"PTTL", 2, &C::pttl},
        Known{"SELECT", 2, &C::select, false, false, true},
        Known{"SET", 3, &C::set, true, true},
        Known{"TIME", 1, &C::time, false, false, true},
        Known{"XACK", 4, &C::xack, true},
        Known{"XADD", 5, &C::xadd, true, true},
        Known{"XAUTOCLAIM", 6, &C::xautoclaim, true},
        Known{"XGROUP", 2, &C::xgroup, true, true},
        Known{"XLEN", 2, &C::xlen},
        Known{"XPENDING", 3, &C::xpending},
        Known{"XRANGE", 4, &C::xrange},
        Known{"XREADGROUP", 7, &C::xreadgroup, true},
    };
    const auto* const found = std::ranges::find(kAll, in_capitals(name), &Known::name);
    return found == kAll.end() ? nullptr : found;
}

bool RedisCommands::writes(std::string_view command) {
    const auto* const known = find(command);
    return known != nullptr && known->writes;
}

bool RedisCommands::Call::is(std::size_t index, std::string_view word) const {
    return index < size() && in_capitals(at(index)) == word;
}

std::optional<std::int64_t> RedisCommands::Call::number_at(std::size_t index, std::string_view otherwise) {
    std::int64_t number = 0;
    if (index < size()) {
        const auto& text = at(index);
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (failure == std::errc{} && end == text.data() + text.size()) return number;
    }
    answer.error(otherwise);
    return std::nullopt;
}

RedisCommands::Outcome RedisCommands::run(Session& session, const RedisArguments& arguments, std::int64_t now_micros,
                                          std::string& out) {
    Outcome outcome;
    if (arguments.empty()) return outcome;
    auto& keys = databases_[session.database];
    keys.set_time(now_micros / 1000);
    Call call{session, arguments, keys, now_micros, {out, session.protocol}, outcome};
    if (const auto* const known = find(arguments[0])) {
        refuse_or_run(*known, call);
        return outcome;
    }
    outcome.unknown = arguments[0];
    std::string list;
    for (std::size_t i = 1; i < arguments.size(); ++i) list += "'" + arguments[i] + "' ";
    call.answer.error(fmt::format("ERR unknown command '{}', with args beginning with: {}", arguments[0], list));
    return outcome;
}

void RedisCommands::refuse_or_run(const Known& known, Call& call) {
    if (const auto why = refusal(known, call)) return call.answer.error(*why);
    (this->*known.run)(call);
}

std::optional<std::string> RedisCommands::refusal(const Known& known, const Call& call) const {
    if (call.size() < known.arguments_min) {
        return fmt::format("ERR wrong number of arguments for '{}' command", in_small(known.name));
    }
    if (!password_.empty() && !call.session.authenticated && !known.before_auth) return "NOAUTH Authentication required.";
    if (condition.full && known.grows) return "OOM command not allowed when used memory > 'maxmemory'.";
    if (condition.replica && known.writes) return "READONLY You can't write against a read only replica.";
    if (condition.loading && !known.while_loading) return "LOADING Redis is loading the dataset in memory";
    return std::nullopt;
}

void RedisCommands::hello(Call& call) {
    auto protocol = call.session.protocol;
    std::size_t next = 1;
    if (call.size() > 1) {
        protocol = call.is(1, "2") ? 2 : call.is(1, "3") ? 3 : 0;
        if (protocol == 0) return call.answer.error("NOPROTO unsupported protocol version");
        ++next;
    }
    for (; next < call.size(); ++next) {
        if (call.is(next, "AUTH") && next + 2 < call.size()) {
            if (!check_password(call, call.at(next + 1), call.at(next + 2))) return;
            next += 2;
        } else if (call.is(next, "SETNAME") && next + 1 < call.size()) {
            call.session.name = call.at(++next);
        } else {
            return call.answer.error(fmt::format("ERR Syntax error in HELLO option '{}'", call.at(next)));
        }
    }
    if (!password_.empty() && !call.session.authenticated) {
        return call.answer.error(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> "
            "option can be used to authenticate the client and select the RESP protocol version at the same time");
    }
    call.session.protocol = protocol;
    // The answer is in the protocol that HELLO has chosen.
    RedisAnswer answer{call.answer, protocol};
    answer.map(7);
    for (const auto& [name, value] : {std::pair{"server", std::string_view{"redis"}}, {"version", kVersion}}) {
        answer.text(name);
        answer.text(value);
    }
    answer.text("proto");
    answer.integer(protocol);
    answer.text("id");
    answer.integer(static_cast<std::int64_t>(call.session.id));
    for (const auto& [name, value] :
         {std::pair{"mode", std::string_view{"standalone"}}, {"role", condition.replica ? "replica" : "master"}}) {
        answer.text(name);
        answer.text(value);
    }
    answer.text("modules");
    answer.array(0);
}

bool RedisCommands::check_password(Call& call, const std::string& user, const std::string& password) {
    call.session.authenticated = user == "default" && (password_.empty() || password == password_);
    if (!call.session.authenticated) call.answer.error("WRONGPASS invalid username-password pair or user is disabled.");
    return call.session.authenticated;
}

void RedisCommands::auth(Call& call) {
    if (call.size() > 3) return call.syntax_error();
    if (call.size() == 2 && password_.empty()) {
        return call.answer.error(
            "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is "
            "correct?");
    }
    const std::string user = call.size() == 3 ? call.at(1) : "default";
    if (check_password(call, user, call.at(call.size() - 1))) call.answer.status("OK");
}

void RedisCommands::select(Call& call) {
    const auto number = call.number_at(1);
    if (!number) return;
    if (*number < 0 || *number >= kDatabases) return call.answer.error("ERR DB index is out of range");
    call.session.database = static_cast<int>(*number);
    call.answer.status("OK");
}

void RedisCommands::client(Call& call) {
    if (call.is(1, "SETNAME") && call.size() == 3) {
        call.session.name = call.at(2);
        return call.answer.status("OK");
    }
    call.outcome.unknown = "CLIENT " + call.at(1);
    call.answer.error(fmt::format("ERR unknown subcommand '{}'. Try CLIENT HELP.", call.at(1)));
}

void RedisCommands::ping(Call& call) { call.size() > 1 ? call.answer.text(call.at(1)) : call.answer.status("PONG"); }

void RedisCommands::time(Call& call) {
    constexpr std::int64_t kMicros = 1'000'000;
    call.answer.array(2);
    call.answer.text(std::to_string(call.now_micros / kMicros));
    call.answer.text(std::to_string(call.now_micros % kMicros));
}

void RedisCommands::get(Call& call) {
    if (call.keys.is_other_than<std::string>(call.at(1))) return call.wrong_type();
    const auto* const value = call.keys.find<std::string>(call.at(1));
    value != nullptr ? call.answer.text(*value) : call.answer.nil();
}

void RedisCommands::set(Call& call) {
    RedisKeys::Value value{.data = call.at(2), .ends_at_ms = {}};
    bool only_new = false;
    bool only_old = false;
    for (std::size_t i = 3; i < call.size(); ++i) {
        const bool seconds = call.is(i, "EX");
        if (call.is(i, "NX")) {
            only_new = true;
        } else if (call.is(i, "XX")) {
            only_old = true;
        } else if ((seconds || call.is(i, "PX")) && i + 1 < call.size() && !value.ends_at_ms) {
            const auto time = call.number_at(++i);
            if (!time) return;
            if (*time <= 0) return call.answer.error("ERR invalid expire time in 'set' command");
            value.ends_at_ms = call.keys.now_ms() + *time * (seconds ? 1000 : 1);
        } else {
            return call.syntax_error();
        }
    }
    if (only_new && only_old) return call.syntax_error();
    const bool there = call.keys.find(call.at(1)) != nullptr;
    if ((only_new && there) || (only_old && !there)) return call.answer.nil();
    call.keys.put(call.at(1), std::move(value));
    call.answer.status("OK");
}

void RedisCommands::del(Call& call) {
    std::int64_t count = 0;
    for (std::size_t i = 1; i < call.size(); ++i) {
        if (call.keys.erase(call.at(i))) ++count;
    }
    call.answer.integer(count);
}

void RedisCommands::pttl(Call& call) {
    const auto* const value = call.keys.find(call.at(1));
    if (value == nullptr) return call.answer.integer(-2);
    call.answer.integer(value->ends_at_ms ? *value->ends_at_ms - call.keys.now_ms() : -1);
}

void RedisCommands::flush(Call& call) {
    databases_.clear();
    call.answer.status("OK");
}

void RedisCommands::eval(Call& call) {
    std::string name;
    for (const auto word : redis::detail::sha1(call.at(1))) name += fmt::format("{:08x}", word);
    run_script(call, name);
}

void RedisCommands::evalsha(Call& call) {
    if (!scripts_.contains(in_small(call.at(1)))) return call.answer.error("NOSCRIPT No matching script. Please use EVAL.");
    run_script(call, in_small(call.at(1)));
}

void RedisCommands::run_script(Call& call, const std::string& name) {
    const auto count = call.number_at(2);
    if (!count) return;
    const auto given = std::span{call.arguments}.subspan(3);
    if (*count < 0) return call.answer.error("ERR Number of keys can't be negative");
    const auto keys = static_cast<std::size_t>(*count);
    if (keys > given.size()) return call.answer.error("ERR Number of keys can't be greater than number of args");
    scripts_.insert(name);
    RedisScriptCall script{call.keys, condition, call.now_micros, given.first(keys), given.subspan(keys), call.answer, name};
    if (run_redis_script(script)) return;
    call.outcome.unknown = "the script " + name;
    call.answer.error("ERR the model does not know the script " + name);
}

}  // namespace tw::simulation
