#pragma once

#include "kit/async/signal.hpp"
#include "kit/async/task.hpp"
#include "kit/async/timer_wheel.hpp"
#include "kit/http/client/client_message.hpp"
#include "kit/net/stream.hpp"

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace tw::http {

class ClientResponseParser;

/// One connection of HTTP/1.1, which carries one request after the other. A read is always under
/// way, also while the connection is idle, so that its end is noticed at once and not only by the
/// next request. Internal to the client.
///
/// The object lives on until that read has ended. Close the connection before dropping the pointer.
class ClientHttp1 : public std::enable_shared_from_this<ClientHttp1> {
 public:
    /// `options` and `authority` must outlive every exchange.
    ClientHttp1(EventLoop& loop, std::unique_ptr<net::Stream> stream, const ClientOptions& options, const std::string& authority);
    ClientHttp1(const ClientHttp1&) = delete;
    ClientHttp1& operator=(const ClientHttp1&) = delete;

    /// Sends the request and waits for its answer. Closes the connection when the call is over.
    Task<ClientAttempt> exchange(const CallContext& ctx, const ClientMessage& message);
    /// Whether the connection may take another request.
    bool reusable() const { return reusable_; }

    /// Marks the connection as idle. `ended` is called once, when the server closes it or when it
    /// has been idle for `time_max`.
    void rest(std::chrono::nanoseconds time_max, std::move_only_function<void()> ended);
    /// Ends the idle state.
    void take_up();
    void close();
    bool older_than(std::chrono::nanoseconds age) const { return loop_.now() - born_ >= age; }

 private:
    struct ReadWait;

    Task<Result<ClientResponse>> receive(bool head_only);
    Task<Result<void>> read_into(ClientResponseParser& parser);
    /// Starts a read, unless one is under way or its outcome has not been handled yet.
    void begin_read();
    void on_read(Result<std::size_t> outcome);
    void end_rest();

    EventLoop& loop_;
    std::unique_ptr<net::Stream> stream_;
    const ClientOptions& options_;
    const std::string& authority_;
    SteadyTime born_;

    Timer rest_timer_;
    std::move_only_function<void()> on_ended_;
    bool reused_ = false;
    bool answered_ = false;
    bool reusable_ = false;

    std::array<char, 16 * 1024> chunk_;
    net::Stream::Sink on_read_;
    std::optional<net::Stream::Operation> reading_;
    /// The object itself, while a read is under way that refers to it.
    std::shared_ptr<ClientHttp1> self_;
    std::optional<Result<std::size_t>> got_;
    Signal read_ended_;
    /// Bytes that have been read and not been parsed.
    std::string unparsed_;
};

}  // namespace tw::http
