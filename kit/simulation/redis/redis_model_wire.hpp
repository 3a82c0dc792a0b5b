#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::simulation {

/// A command as it was sent, its name first.
using RedisArguments = std::vector<std::string>;

/// Removes one command from the start of `in`: an array of bulk strings as clients send it (RESP2).
/// Returns nothing if the command has not arrived completely. `sound` becomes false if the bytes
/// are not a command.
std::optional<RedisArguments> take_redis_command(std::string& in, bool& sound);

/// Writes answers in RESP2. If the client asked for RESP3, the types nil and map, which differ
/// there, are written in RESP3.
class RedisAnswer {
 public:
    RedisAnswer(std::string& out, int protocol) : out_{out}, protocol_{protocol} {}
    /// Writes to the same buffer as `other`, in another protocol.
    RedisAnswer(const RedisAnswer& other, int protocol) : RedisAnswer{other.out_, protocol} {}

    void status(std::string_view text) { line('+', text); }
    /// Writes an error with its code, such as "ERR syntax error".
    void error(std::string_view text) { line('-', text); }
    void integer(std::int64_t number) { line(':', std::to_string(number)); }
    void text(std::string_view bytes);
    void nil() { out_ += protocol_ == 3 ? "_\r\n" : "$-1\r\n"; }
    void nil_array() { out_ += protocol_ == 3 ? "_\r\n" : "*-1\r\n"; }
    void array(std::size_t size) { line('*', std::to_string(size)); }
    /// Begins a map. Names and values follow in turn.
    void map(std::size_t size) { protocol_ == 3 ? line('%', std::to_string(size)) : array(2 * size); }

 private:
    void line(char kind, std::string_view text) { out_.append(1, kind).append(text).append("\r\n"); }

    std::string& out_;
    int protocol_;
};

}  // namespace tw::simulation
