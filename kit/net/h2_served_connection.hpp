#pragma once

#include "kit/async/timer_wheel.hpp"
#include "kit/base/random.hpp"
#include "kit/net/h2_connection.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace tw::net {

/// What a server grants the client of one HTTP/2 connection. All times are more than 0 ms.
struct H2ServedOptions {
    static constexpr std::chrono::milliseconds kLeaveTimeMax{5'000};

    /// Windows, counts of streams and frames, keepalive, and how long a client may read nothing.
    H2Limits limits;
    /// How long a connection may be without streams. Then it is told to leave.
    std::chrono::milliseconds idle_time_max{300'000};
    /// How long a connection that was told to leave may be without streams. Then it is closed.
    std::chrono::milliseconds leave_time_max = kLeaveTimeMax;
    /// How long a request's header may take, from its first byte to its end. A header that takes
    /// longer ends the connection with ENHANCE_YOUR_CALM, since no other stream can continue
    /// meanwhile (RFC 9113 §4.3).
    std::chrono::milliseconds header_time_max{5'000};
    /// The age at which a connection is told to leave, so that clients come to new replicas (gRFC
    /// A9). Each connection takes up to 10% more or less, so that connections which began together
    /// do not end together.
    std::chrono::milliseconds age_max{1'800'000};
    /// How long the streams of a connection may continue after its age. Then it is closed.
    std::chrono::milliseconds age_grace{60'000};
    /// Whether the age counts from the start of the connection. Otherwise it counts from the first
    /// call of start_age().
    bool age_from_start = true;
};

/// Takes the requests of an H2ServedConnection. The functions are called while the connection
/// reads.
class H2Requests {
 public:
    virtual ~H2Requests() = default;
    /// A request begins, whose first byte came at `now`. Returns the stream that takes it, or null
    /// to refuse it.
    virtual H2Stream* on_request(SteadyTime now) = 0;
    /// The connection is ended because of the client's behaviour. `what` is for logs.
    virtual void on_abuse(std::string_view /*what*/) {}
};

/// The server's side of one HTTP/2 connection over its whole life. Problem: a client may stay
/// without requests, begin headers and not end them, never go to new replicas, or ignore GOAWAY.
/// Solution: each of these has a time in H2ServedOptions. A client that exceeds one is told to
/// leave by GOAWAY, its streams continue, and the connection is closed when it does not leave in
/// time. Belongs to one loop.
class H2ServedConnection : private H2Events {
 public:
    /// `loop` and `requests` must outlive the connection. `random` is used by the constructor only.
    H2ServedConnection(EventLoop& loop, std::unique_ptr<Stream> stream, const H2ServedOptions& options, Random& random,
                       H2Requests& requests);

    /// Runs the connection until it has ended, as H2Connection::run does. Call it once, and do not
    /// destroy the connection before it returns.
    Task<Result<void>> run(std::string opening = {});
    /// Tells the client to leave. Open streams continue, and `run` returns after they have ended.
    /// It may be called before `run`, and again.
    void drain();
    /// Ends the connection at once; `run` returns soon.
    void close() { connection_.close(); }
    /// Has the age count from now on, unless it counts already.
    void start_age();

    const H2Connection& connection() const { return connection_; }

 private:
    H2Stream* on_request() override;
    void on_stream_gone() override;
    void on_abuse(std::string_view what) override { requests_.on_abuse(what); }
    void on_idle_time();
    void on_header_time();
    void on_age();

    EventLoop& loop_;
    const H2ServedOptions options_;
    H2Requests& requests_;
    H2Connection connection_;
    std::chrono::nanoseconds age_max_;
    /// Runs while there are no streams.
    Timer idle_;
    /// Runs from a request's first byte. Most headers arrive whole, so it is not cancelled when a
    /// header ends: when it fires, it checks whether the current header is late.
    Timer header_;
    Timer age_;
    bool leaving_ = false;
    bool aged_ = false;
};

}  // namespace tw::net
