#pragma once

#include "kit/async/event_loop.hpp"
#include "kit/base/result.hpp"
#include "kit/net/address.hpp"
#include "kit/net/socket.hpp"
#include "kit/net/tls/tls_session.hpp"

#include <coroutine>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace tw::net {

/// A byte stream on one loop: TCP, or TLS over it. One read and one write may be under way at a
/// time. Operations allocate nothing.
class Stream {
 public:
    /// Receives the outcome of an operation in place of a coroutine, for streams over streams.
    using Sink = std::move_only_function<void(Result<std::size_t>)>;

    /// The state of one read or write while its coroutine waits. It lives in the coroutine's frame.
    class Operation {
     public:
        /// Makes an operation for `begin`; exactly one of the spans is set. The operation and
        /// `sink` must stay at their addresses until `sink` has been called, which may happen
        /// inside `begin`.
        Operation(Stream& stream, std::span<char> in, std::span<const char> out, Sink& sink)
            : stream_{stream}, in_{in}, out_{out}, sink_{&sink} {}
        void begin() { start(); }

        Operation(const Operation&) = delete;
        Operation& operator=(const Operation&) = delete;

        bool await_ready() const noexcept { return false; }
        /// An operation that is complete when it has been started does not suspend.
        bool await_suspend(std::coroutine_handle<> handle) {
            start();
            waiter_ = handle;
            return !outcome_;
        }
        /// Returns the bytes read, 0 at the end of the stream; for a write, all bytes were written.
        /// Fails with UNAVAILABLE when the connection broke, and with CANCELLED when close() ended
        /// the wait.
        Result<std::size_t> await_resume() { return std::move(*outcome_); }

        /// For implementations: delivers the outcome, and resumes the waiter at once. It may be
        /// called while starting.
        void complete(Result<std::size_t> outcome) {
            if (sink_ != nullptr) return (*sink_)(std::move(outcome));
            outcome_.emplace(std::move(outcome));
            if (waiter_) waiter_.resume();
        }

     private:
        friend Stream;
        Operation(Stream& stream, std::span<char> in, std::span<const char> out) : stream_{stream}, in_{in}, out_{out} {}
        void start() { in_.data() != nullptr ? stream_.start_read(in_, *this) : stream_.start_write(out_, *this); }

        Stream& stream_;
        std::span<char> in_;
        std::span<const char> out_;
        Sink* sink_ = nullptr;
        std::coroutine_handle<> waiter_;
        std::optional<Result<std::size_t>> outcome_;
    };

    virtual ~Stream() = default;

    /// Reads some bytes. `buffer` is not empty and must stay valid until the await ends.
    Operation read_some(std::span<char> buffer) { return Operation{*this, buffer, {}}; }
    Operation write_all(std::span<const char> bytes) { return Operation{*this, {}, bytes}; }

    /// Ends waiting operations with CANCELLED, in a later turn, and closes the stream. A second
    /// call does nothing.
    virtual void close() = 0;
    /// Announces that no more bytes will be sent. Reading continues. Use it for an orderly end.
    virtual void shutdown_write() = 0;
    virtual const Address& peer() const = 0;
    /// The TLS session, or null if the stream is not encrypted.
    virtual const TlsSession* tls() const { return nullptr; }

 private:
    virtual void start_read(std::span<char> buffer, Operation& operation) = 0;
    virtual void start_write(std::span<const char> bytes, Operation& operation) = 0;
};

/// Makes the stream of an accepted or connected socket, on `loop`.
std::unique_ptr<Stream> make_tcp_stream(EventLoop& loop, Socket socket);

}  // namespace tw::net
