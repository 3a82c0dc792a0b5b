#pragma once

#include "kit/async/call_context.hpp"
#include "kit/async/gate.hpp"
#include "kit/async/task.hpp"
#include "kit/net/stream.hpp"
#include "kit/redis/command.hpp"
#include "kit/redis/reply_reader.hpp"
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

/// One connection to the server: commands go out in the order in which they were given, all of one turn of the loop in one
/// write, and answers come in that order. A command that was given up keeps its place, so that its answer finds nobody instead
/// of the next command. Belongs to one loop.
class Connection {
 public:
    /// `loop` outlives it; of `settings` the bounds are taken.
    Connection(EventLoop& loop, std::unique_ptr<net::Stream> stream, const Settings& settings);

    /// Until the connection has ended; call it once, do not destroy the connection before it returns, then call `abandon`.
    /// Why it ended.
    Task<Error> run();
    /// Ends it: `run` returns soon.
    void close(Error why);
    /// After `run`: fails what still waits for an answer, with REDIS_UNAVAILABLE.
    void abandon(const Error& why);

    /// Commands without an answer, given up or not.
    std::size_t in_flight() const { return slots_.size(); }

 private:
    friend Exchange;
    /// The place of a command among the answers to come.
    struct Slot {
        /// Null once it was given up.
        Exchange* waiter;
        std::size_t bytes;
        /// An answer later than this is too late for the connection.
        SteadyTime late_at;
    };
    struct OutputWait;

    /// Queues the command; an error where it may not be.
    std::optional<Error> admit(Exchange& exchange);
    void forget(Exchange& exchange);
    Task<Error> read_until_end();
    Task<void> write_until_end();
    void wake_writer();
    /// False where nobody asked for it.
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
    std::coroutine_handle<> writer_;
    bool ending_ = false;
    std::optional<Error> why_;
    std::vector<char> in_;
    /// Collected in this turn, and on its way.
    std::string out_;
    std::string sending_;
    std::deque<Slot> slots_;
    /// The number of the first slot.
    std::uint64_t first_ = 0;
    std::size_t bytes_ = 0;
};

/// One command and the wait for its answer: `auto reply = co_await exchange;`. Gives up when its context is over or its own
/// time is. Stays where it is until then; the connection outlives the wait.
class Exchange {
 public:
    /// `give_up_at`: REDIS_TIMEOUT then. `command` stays until the wait begins.
    Exchange(Connection& connection, const CallContext& ctx, const Command& command, SteadyTime give_up_at);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle);
    /// An error reply of the server is a Reply here.
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
