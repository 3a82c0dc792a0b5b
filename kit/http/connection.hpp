#pragma once

#include "kit/async/cancel.hpp"
#include "kit/async/gate.hpp"
#include "kit/http/client_attributes.hpp"
#include "kit/http/framing.hpp"
#include "kit/http/input_buffer.hpp"
#include "kit/http/request_parser.hpp"
#include "kit/http/response_head.hpp"
#include "kit/http/server.hpp"
#include "kit/http/server_metrics.hpp"
#include "kit/http/signal.hpp"
#include "kit/net/stream.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tw::http {

/// What the connections of one server share.
struct ConnectionHost {
    EventLoop& loop;
    ServerLimits limits;
    telemetry::Telemetry telemetry;
    Handler handler;
    bool access_log;
    DateCache dates;
    ServerMetrics metrics{telemetry.meter};
};

/// One client's requests, in order, until the connection is over. Two coroutines work on it: one reads whatever comes, also
/// while a handler runs, since that is how the end of the client is noticed; the other parses, calls and answers. They
/// meet at the input buffer, whose bound is what a client can send ahead.
class Connection {
 public:
    /// `host` outlives the connection.
    Connection(ConnectionHost& host, std::unique_ptr<net::Stream> stream);

    /// Returns when the stream has been closed and nothing of the connection is running any more.
    Task<void> run();
    /// Instead of run: tells the client to come back later, and closes.
    Task<void> refuse();

    /// Ends after the answer that is being worked on; at once when there is none.
    void drain();
    /// Ends now; whoever waits for an answer is cancelled.
    void cut();

 private:
    /// What the connection is doing, for timers and drain.
    enum class Phase : std::uint8_t { idle, head, body, handling, lingering };
    enum class Step : std::uint8_t { need_input, request_ready, rejected };

    Task<void> read_input();
    Task<void> serve_requests();
    Task<bool> await_input();
    Task<bool> flush();
    Task<void> reject(Error why);
    Task<void> linger();
    Task<void> finish(Gate& reader);

    Step advance();
    Step advance_head();
    Step advance_body();
    Step refuse_request(Error why);
    void wait_until(SteadyTime when);
    void on_timer();

    // connection_answer.cpp
    Task<void> answer();
    Task<Response> call_handler(const CallContext& ctx);
    std::optional<Response> answer_without_handler(const CallContext& ctx);
    CallContext make_context(CancelScope& scope);
    void describe(telemetry::Span& span, const Response& response);
    void log_access(const CallContext& ctx, const Response& response, double seconds) const;
    void measure(const TraceContext& trace, std::string_view method, const Response& response, double seconds);
    double seconds_so_far() const;
    void append(const Response& response, bool head_only);

    ConnectionHost& host_;
    std::unique_ptr<net::Stream> stream_;
    std::string peer_;
    InputBuffer input_;
    Signal input_changed_;
    Signal room_made_;
    Signal turn_ended_;
    TurnEnd turn_end_{[this] { turn_ended_.notify(); }};
    RequestParser parser_;
    std::string output_;
    Timer timer_;

    // Of the request at hand.
    Phase phase_ = Phase::idle;
    std::size_t scanned_ = 0;
    SteadyTime started_{};
    bool http_1_1_ = true;
    bool wants_keep_alive_ = true;
    std::optional<Error> rejection_;
    CancelScope* scope_ = nullptr;

    bool keep_alive_ = true;  ///< of the last answer
    bool ended_ = false;      ///< no more input will come
    bool timed_out_ = false;  ///< what the timer was waiting for did not happen
    bool writing_ = false;
    bool draining_ = false;
    bool failed_ = false;  ///< the handler threw: its state is unknown, so the connection closes
    std::shared_ptr<const CallAttributes> attributes_;
    ClientAttributes client_attributes_;
};

}  // namespace tw::http
