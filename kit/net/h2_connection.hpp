#pragma once

#include "kit/async/gate.hpp"
#include "kit/async/signal.hpp"
#include "kit/async/task.hpp"
#include "kit/net/h2_keepalive.hpp"
#include "kit/net/h2_session.hpp"
#include "kit/net/stream.hpp"

#include <array>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tw::net {

/// Drives an H2Session over a Stream on one loop. Output is collected until the end of the turn and
/// then sent in one write. While a write is under way the session holds back further output, so
/// memory is bounded by its windows. Keepalive detects a peer that is gone (H2Limits::keepalive).
/// An idle connection needs a few KiB.
class H2Connection {
 public:
    /// `loop` and `events` must outlive the connection.
    H2Connection(EventLoop& loop, std::unique_ptr<Stream> stream, H2Session::Side side, const H2Limits& limits, H2Events& events);

    /// Runs the connection until it has ended in one way or another; every stream has been notified
    /// then. Call it once, and do not destroy the connection before it returns. `opening` is what
    /// has been read from the stream already. Returns success after an orderly end, otherwise the
    /// reason. The reason is UNAVAILABLE, PEER_SILENT if keepalive got no answer.
    Task<Result<void>> run(std::string opening = {});
    /// Ends the connection at once; `run` returns soon.
    void close();
    /// Asks the peer whether it is still there, because somebody has waited for it in vain. If
    /// nothing comes within KeepaliveOptions::timeout, the connection ends.
    void ask_peer();

    H2Session& session() { return session_; }
    const H2Session& session() const { return session_; }
    const Address& peer() const { return stream_->peer(); }
    /// The TLS session, or null if the stream is not encrypted.
    const TlsSession* tls() const { return stream_->tls(); }
    /// The time of the last read. Within an event it is close to the current time, and costs no
    /// system call.
    SteadyTime received_at() const { return received_at_; }

 private:
    Task<Result<void>> read_until_end(std::string opening);
    Task<void> drop_until_end();
    void on_output();
    Result<void> receive(std::string_view bytes);
    void answer(bool drained);
    std::span<char> read_buffer();
    void fit_read_buffer(std::size_t got);
    void on_write_timer();
    void on_keepalive_timer();
    void on_rest_timer();
    Task<void> write_until_end();

    EventLoop& loop_;
    std::unique_ptr<Stream> stream_;
    TurnEnd flush_;
    H2Session session_;
    Gate gate_;
    /// Wakes the writer at the end of a turn in which there was something to send.
    Signal output_;
    bool ending_ = false;
    bool receiving_ = false;
    /// Checks from time to time whether the same write is still under way.
    Timer write_timer_;
    std::chrono::milliseconds write_time_max_;
    bool writing_ = false;
    std::uint64_t writes_ = 0;
    std::uint64_t watched_write_ = 0;
    SteadyTime received_at_{};
    Keepalive keepalive_;
    Timer keepalive_timer_;
    std::uint64_t streams_seen_ = 0;
    /// Runs from a read or a write until nothing has come for a while.
    Timer rest_timer_;
    bool peer_silent_ = false;
    /// The read buffers. Most reads fit into `small_in_`, which an idle connection waits with.
    /// `in_` is larger, or empty.
    std::array<char, 1024> small_in_;
    std::vector<char> in_;
    std::string out_;
};

}  // namespace tw::net
