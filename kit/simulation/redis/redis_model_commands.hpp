#pragma once

#include "kit/simulation/redis/redis_model_data.hpp"
#include "kit/simulation/redis/redis_model_wire.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace tw::simulation {

/// A read that waits for new entries of a stream (XREADGROUP BLOCK).
struct RedisWait {
    std::string key;
    std::string group;
    std::string consumer;
    std::size_t count;
    /// How long the read waits, in milliseconds. 0 means until there is an entry.
    std::int64_t time_ms;
};

/// The reasons for which the server refuses commands at present.
struct RedisCondition {
    bool replica = false;
    bool loading = false;
    bool full = false;
};

/// The commands of the server and their effect on its data. The class does no I/O, and the caller
/// passes the time.
class RedisCommands {
 public:
    /// The state of a client between its commands.
    struct Session {
        std::uint64_t id = 0;
        int database = 0;
        int protocol = 2;
        bool authenticated = false;
        std::string name;
    };
    struct Outcome {
        /// Set if the client waits and has no answer yet.
        std::optional<RedisWait> wait;
        /// The name of a command or script that this model does not know.
        std::optional<std::string> unknown;
        /// The key of a stream that has new entries.
        std::optional<std::string> grown;
    };

    static constexpr std::string_view kWrongType = "WRONGTYPE Operation against a key holding the wrong kind of value";

    /// With an empty password, the server needs no authentication.
    explicit RedisCommands(std::string password) : password_{std::move(password)} {}

    /// Answers a command. `now_micros` is the time in microseconds since 1970.
    Outcome run(Session& session, const RedisArguments& arguments, std::int64_t now_micros, std::string& out);
    /// Answers a wait if there is an answer now. Returns whether there was one.
    bool end_wait(Session& session, const RedisWait& wait, std::int64_t now_micros, std::string& out);

    /// Returns whether the command changes data.
    static bool writes(std::string_view command);
    void forget_data() { databases_.clear(); }
    void forget_scripts() { scripts_.clear(); }

    RedisCondition condition{};

 private:
    struct Call;
    struct Known;
    static const Known* find(std::string_view name);

    void refuse_or_run(const Known& known, Call& call);
    std::optional<std::string> refusal(const Known& known, const Call& call) const;
    // These functions are in redis_model_commands.cpp.
    void hello(Call& call);
    void auth(Call& call);
    void select(Call& call);
    void client(Call& call);
    void ping(Call& call);
    void time(Call& call);
    void get(Call& call);
    void set(Call& call);
    void del(Call& call);
    void pttl(Call& call);
    void flush(Call& call);
    void eval(Call& call);
    void evalsha(Call& call);
    void run_script(Call& call, const std::string& name);
    bool check_password(Call& call, const std::string& user, const std::string& password);
    // These functions are in redis_model_streams.cpp.
    void xadd(Call& call);
    void xlen(Call& call);
    void xrange(Call& call);
    void xgroup(Call& call);
    void xreadgroup(Call& call);
    void xack(Call& call);
    void xpending(Call& call);
    void xautoclaim(Call& call);

    std::string password_;
    std::map<int, RedisKeys> databases_;
    /// The names of the scripts whose text the server has received.
    std::set<std::string> scripts_;
};

/// A command that is being run.
struct RedisCommands::Call {
    Session& session;
    const RedisArguments& arguments;
    RedisKeys& keys;
    std::int64_t now_micros;
    RedisAnswer answer;
    Outcome& outcome;

    std::size_t size() const { return arguments.size(); }
    const std::string& at(std::size_t index) const { return arguments[index]; }
    /// Returns whether an argument is this word, in upper or lower case.
    bool is(std::size_t index, std::string_view word) const;
    /// Returns the number in an argument. If the argument is not a number, answers with the error
    /// `otherwise` and returns nothing.
    std::optional<std::int64_t> number_at(std::size_t index,
                                          std::string_view otherwise = "ERR value is not an integer or out of range");
    void wrong_type() { answer.error(kWrongType); }
    void syntax_error() { answer.error("ERR syntax error"); }
};

}  // namespace tw::simulation
