#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/signal.hpp"
#include "kit/async/task.hpp"
#include "kit/net/stream.hpp"
#include "kit/redis/command.hpp"
#include "kit/redis/connection/reply_reader.hpp"
#include "kit/redis/settings.hpp"

#include <chrono>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tw::redis {

class Exchange;

/// One connection to the server. Commands are sent in the order in which they were given, all of
/// one turn of the loop in one write, and answers come in that order. A command that was given up
/// keeps its place in the order, so that its answer is dropped and not taken for the answer to the
/// next command. A connection belongs to one loop.
class Connection {
 public:
    /// `loop` outlives the connection. Only the limits are taken from `settings`.
    Connection(EventLoop& loop, std::unique_ptr<net::Stream> stream, const Settings& settings);

    /// Runs the connection until it has ended, and returns why it ended. Call it once. Do not
    /// destroy the connection before it returns; call `abandon` afterwards.
    Task<Error> run();
    /// Ends the connection; `run` returns soon.
    void close(Error why);
    /// Ends the connection once all its commands have been answered. Give it no more commands.
    void retire();
    bool retiring() const { return retiring_; }
    /// Fails all commands that still wait for an answer, with REDIS_UNAVAILABLE. Call it after
    /// `run`.
    void abandon(const Error& why);

    /// How many commands have no answer yet, including those that were given up.
    std::size_t in_flight() const { return slots_.size(); }

 private:
    friend Exchange;
    /// The place of a command among the answers to come.
    struct Slot {
        /// The waiting command, or null once it was given up.
        Exchange* waiter;
        std::size_t bytes;
        /// An answer later than this closes the connection.
        SteadyTime late_at;
    };

    /// Queues the command, or returns an error if it may not be queued.
    std::optional<Error> admit(Exchange& exchange);
    void forget(Exchange& exchange);
    Task<Error> read_until_end();
    Task<void> write_until_end();
    /// Returns false if no command was waiting for an answer.
    bool deliver(Reply reply);
    Slot pop();
    void on_late_check();

    EventLoop& loop_;
    std::unique_ptr<net::Stream> stream_;
    std::size_t in_flight_max_;
    std::size_t bytes_max_;
    std::chrono::nanoseconds late_time_max_;
    TurnEnd flush_;
    Timer late_check_;
    Gate gate_;
    ReplyReader reader_;
    /// Wakes the writer at the end of a turn in which there was something to send.
    Signal output_;
    bool ending_ = false;
    bool retiring_ = false;
    std::optional<Error> why_;
    std::vector<char> in_;
    /// `out_` collects the output of this turn; `sending_` is being written.
    std::string out_;
    std::string sending_;
    std::deque<Slot> slots_;
    /// The number of the first slot. Slots are numbered in the order of their commands.
    std::uint64_t first_ = 0;
    std::size_t bytes_ = 0;
};

/// One command and the wait for its answer: `auto reply = co_await exchange;`. The wait ends early
/// when the context is over or the command's own time has passed. The exchange must stay at its
/// address until then, and the connection must outlive the wait.
class Exchange {
 public:
    /// The wait ends with REDIS_TIMEOUT at `give_up_at`. `command` must stay valid until the wait
    /// begins.
    Exchange(Connection& connection, const CallContext& ctx, const Command& command, SteadyTime give_up_at);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle);
    /// Returns the answer. An error reply of the server is a Reply here, not an Error.
    Result<Reply> await_resume() { return std::move(*outcome_); }

 private:
    friend Connection;
    void give_up(const Error& why);
    void finish(Result<Reply> outcome);

    Connection& connection_;
    const CallContext& ctx_;
    const Command& command_;
    SteadyTime give_up_at_;
    Timer timer_;
    CancelScope::Hook hook_;
    std::coroutine_handle<> waiter_;
    std::uint64_t number_ = 0;
    std::optional<Result<Reply>> outcome_;
};

}  // namespace tw::redis
