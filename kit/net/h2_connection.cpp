#include "kit/net/h2_connection.hpp"

#include <algorithm>

namespace tw::net {
namespace {

/// A connection begins with a small read buffer, since there may be thousands of idle connections.
/// The buffer grows when more data comes.
constexpr std::size_t kH2ReadBytesFirst = 4 * 1024;
constexpr std::size_t kH2ReadBytesMax = 64 * 1024;
constexpr std::size_t kH2WriteBytesMax = 128 * 1024;
/// A buffer larger than this is freed at once. Smaller ones are freed when the connection rests.
constexpr std::size_t kH2IdleWriteBytes = 16 * 1024;
/// A connection without a frame for this long frees the memory that it works with. It may take up
/// to twice as long.
constexpr std::chrono::milliseconds kRestAfter{500};
/// How long a peer may take to close its side after the last frame.
constexpr std::chrono::seconds kCloseTimeMax{1};

}  // namespace

H2Connection::H2Connection(EventLoop& loop, std::unique_ptr<Stream> stream, H2Session::Side side, const H2Limits& limits,
                           H2Events& events)
    : loop_{loop},
      stream_{std::move(stream)},
      flush_{[this] { output_.notify(); }},
      session_{side, limits, events, [this] { on_output(); }},
      write_timer_{loop.timers(), [this] { on_write_timer(); }},
      write_time_max_{limits.write_time_max},
      keepalive_{limits.keepalive},
      keepalive_timer_{loop.timers(), [this] { on_keepalive_timer(); }},
      rest_timer_{loop.timers(), [this] { on_rest_timer(); }} {}

Task<Result<void>> H2Connection::run(std::string opening) {
    received_at_ = loop_.now();
    if (const auto first = keepalive_.start(received_at_)) keepalive_timer_.arm(*first);
    loop_.at_turn_end(flush_);
    spawn(gate_, write_until_end());
    auto ended = co_await read_until_end(std::move(opening));
    ending_ = true;
    write_timer_.cancel();
    keepalive_timer_.cancel();
    rest_timer_.cancel();
    session_.abandon(H2Code::connection_lost);
    stream_->close();
    output_.notify();
    co_await close_and_wait(gate_);
    if (peer_silent_) co_return Error{Code::unavailable, "PEER_SILENT", "the peer did not answer a keepalive ping"};
    co_return ended;
}

void H2Connection::close() { stream_->close(); }

void H2Connection::ask_peer() {
    if (ending_ || keepalive_.on_doubt(loop_.now(), received_at_) != Keepalive::Action::ping) return;
    session_.ping();
    keepalive_timer_.arm(keepalive_.wake_at());
}

void H2Connection::on_output() {
    // The output that a read causes is sent after all of the read has been handled.
    if (!receiving_) loop_.at_turn_end(flush_);
}

Result<void> H2Connection::receive(std::string_view bytes) {
    receiving_ = true;
    auto fine = session_.receive(bytes, received_at_);
    receiving_ = false;
    return fine;
}

/// Sends the frames that answer the input (settings, pings, windows), which may be there although
/// no stream has sent anything.
void H2Connection::answer(bool drained) {
    if (!rest_timer_.armed()) rest_timer_.arm(received_at_ + kRestAfter);
    // With one stream there is no other output to wait for. The end of the turn would cost one more
    // check of the system's events.
    if (drained && session_.streams() <= 1) return output_.notify();
    loop_.at_turn_end(flush_);
}

Task<Result<void>> H2Connection::read_until_end(std::string opening) {
    if (!opening.empty()) {
        if (auto fine = receive(opening); !fine) {
            co_await drop_until_end();
            co_return fine;
        }
        // The coroutine's frame would keep the buffer for as long as the connection lasts.
        std::string{}.swap(opening);
        answer(false);
    }
    while (true) {
        const auto buffer = read_buffer();
        auto got = co_await stream_->read_some(buffer);
        if (!got) co_return std::move(got).error();
        if (*got == 0) co_return Result<void>{};
        received_at_ = loop_.now();
        if (auto fine = receive({buffer.data(), *got}); !fine) {
            co_await drop_until_end();
            co_return fine;
        }
        answer(*got < buffer.size());
        fit_read_buffer(*got);
    }
}

std::span<char> H2Connection::read_buffer() { return in_.empty() ? std::span<char>{small_in_} : std::span<char>{in_}; }

/// Adapts the read buffer. A read that filled it means that more will follow. A read that would fit
/// into the small buffer may be the last for hours.
void H2Connection::fit_read_buffer(std::size_t got) {
    const auto size = read_buffer().size();
    if (got == size && size < kH2ReadBytesMax) {
        in_.resize(std::clamp(2 * size, kH2ReadBytesFirst, kH2ReadBytesMax));
    } else if (got <= small_in_.size() && !in_.empty()) {
        std::vector<char>{}.swap(in_);
    }
}

/// Sends the peer the reason for the end and gives it time to read that. Closing with unread input
/// would cut it off.
Task<void> H2Connection::drop_until_end() {
    session_.abandon(H2Code::connection_lost);
    loop_.at_turn_end(flush_);
    while (true) {
        const auto got = co_await stream_->read_some(read_buffer());
        if (!got || *got == 0) co_return;
    }
}

void H2Connection::on_keepalive_timer() {
    // Calls may be too short to be under way at this moment, so the number of started streams is
    // compared too.
    const auto started = session_.streams_started();
    const bool in_use = session_.streams() > 0 || started != std::exchange(streams_seen_, started);
    switch (keepalive_.on_timer(loop_.now(), received_at_, in_use)) {
        case Keepalive::Action::give_up:
            peer_silent_ = true;
            return stream_->close();
        case Keepalive::Action::ping:
            session_.ping();
            break;
        case Keepalive::Action::none:
            break;
    }
    if (keepalive_.wake_at() != SteadyTime::max()) keepalive_timer_.arm(keepalive_.wake_at());
}

void H2Connection::on_rest_timer() {
    const auto now = loop_.now();
    if (writing_ || now < received_at_ + kRestAfter) return rest_timer_.arm(now + kRestAfter);
    session_.rest();
    std::string{}.swap(out_);
}

void H2Connection::on_write_timer() {
    if (!writing_) return;
    if (writes_ == watched_write_) return stream_->close();
    watched_write_ = writes_;
    write_timer_.arm(loop_.now() + write_time_max_);
}

Task<void> H2Connection::write_until_end() {
    while (!ending_) {
        out_.clear();
        if (!session_.pull(out_, kH2WriteBytesMax)) break;
        if (!out_.empty()) {
            ++writes_;
            if (!write_timer_.armed()) {
                watched_write_ = writes_;
                write_timer_.arm(loop_.now() + write_time_max_);
            }
            writing_ = true;
            auto sent = co_await stream_->write_all(out_);
            writing_ = false;
            if (!sent) break;
            if (!rest_timer_.armed()) rest_timer_.arm(loop_.now() + kRestAfter);
            continue;
        }
        if (session_.done()) break;
        if (out_.capacity() > kH2IdleWriteBytes) std::string{}.swap(out_);
        if (!ending_) co_await output_;
    }
    if (ending_) co_return;
    // The connection is closed after the peer has closed. Closing earlier, with unread input, could
    // cut off the last frames.
    stream_->shutdown_write();
    Timer impatience{loop_.timers(), [this] { stream_->close(); }};
    impatience.arm(loop_.now() + kCloseTimeMax);
    while (!ending_) co_await output_;
}

}  // namespace tw::net
