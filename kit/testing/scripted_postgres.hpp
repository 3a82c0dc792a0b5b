#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tw::test {

/// A server for the part of PostgreSQL's protocol (version 3, extended queries) that the driver
/// speaks, on loopback. It is for tests of events that a real server cannot be made to produce at a
/// chosen moment. It keeps the state of the transaction and no data. It is thread-safe.
class ScriptedPostgres {
 public:
    enum class Fault : std::uint8_t {
        /// Answers an error, after which the transaction has failed.
        fail,
        /// Answers an error with severity FATAL, and ends the connection.
        end_session,
        /// Ends the connection without an answer.
        hang_up,
        /// Runs the command. After the Sync that follows, the server sends a warning and ends the
        /// connection, as it does when another of its processes has crashed.
        crash_afterwards,
    };

    ScriptedPostgres();
    ~ScriptedPostgres();
    ScriptedPostgres(const ScriptedPostgres&) = delete;
    ScriptedPostgres& operator=(const ScriptedPostgres&) = delete;

    std::string url() const;
    /// Sets the fault that happens in place of the next command whose text begins with `text`. It
    /// happens once.
    void at(std::string text, Fault fault, std::string sqlstate = {});
    /// Returns how many commands came whose text begins with `text`.
    int count(std::string_view text) const;

 private:
    struct Planned {
        std::string text;
        Fault fault;
        std::string sqlstate;
    };
    class Session;

    void serve(const std::stop_token& stop);
    std::optional<Planned> take_fault(std::string_view text);

    int listener_ = -1;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<Planned> planned_;
    std::vector<std::string> commands_;
    std::vector<std::jthread> sessions_;
    std::jthread thread_;
};

}  // namespace tw::test
