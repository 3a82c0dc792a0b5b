#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tw::simulation {

/// A command as it came, its name first.
using RedisArguments = std::vector<std::string>;

/// Takes one command off the front of `in`, an array of bulk strings as clients send it (RESP2); nothing where it has not arrived
/// whole. `sound` becomes false where it is none.
std::optional<RedisArguments> take_redis_command(std::string& in, bool& sound);

/// Writes answers (RESP2, and the two types of RESP3 that are different where a client asked for that).
class RedisAnswer {
 public:
    RedisAnswer(std::string& out, int protocol) : out_{out}, protocol_{protocol} {}
    /// To the same place in another protocol.
    RedisAnswer(const RedisAnswer& other, int protocol) : RedisAnswer{other.out_, protocol} {}

    void status(std::string_view text) { line('+', text); }
    /// With its code: "ERR syntax error".
    void error(std::string_view text) { line('-', text); }
    void integer(std::int64_t number) { line(':', std::to_string(number)); }
    void text(std::string_view bytes);
    void nil() { out_ += protocol_ == 3 ? "_\r\n" : "$-1\r\n"; }
    void nil_array() { out_ += protocol_ == 3 ? "_\r\n" : "*-1\r\n"; }
    void array(std::size_t size) { line('*', std::to_string(size)); }
    /// Names and values in turn follow.
    void map(std::size_t size) { protocol_ == 3 ? line('%', std::to_string(size)) : array(2 * size); }

 private:
    void line(char kind, std::string_view text) { out_.append(1, kind).append(text).append("\r\n"); }

    std::string& out_;
    int protocol_;
};

}  // namespace tw::simulation
