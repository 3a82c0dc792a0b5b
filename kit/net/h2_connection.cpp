#include "kit/net/h2_connection.hpp"

#include <algorithm>

namespace tw::net {
namespace {

/// A connection starts small, for there may be thousands of idle ones, and reads more at once when there is more.
constexpr std::size_t kReadBytesFirst = 4 * 1024;
constexpr std::size_t kReadBytesMax = 64 * 1024;
constexpr std::size_t kWriteBytesMax = 128 * 1024;
/// A buffer that grew larger is given back when the connection falls silent.
constexpr std::size_t kIdleWriteBytes = 16 * 1024;
/// How long a peer may take to close its side after the last frame.
constexpr std::chrono::seconds kCloseTimeMax{1};

}  // namespace

H2Connection::H2Connection(EventLoop& loop, std::unique_ptr<Stream> stream, H2Session::Side side, const H2Limits& limits,
                           H2Events& events)
    : loop_{loop},
      stream_{std::move(stream)},
      flush_{[this] { wake_writer(); }},
      session_{side, limits, events, [this] { on_output(); }},
      write_timer_{loop.timers(), [this] { on_write_timer(); }},
      write_time_max_{limits.write_time_max},
      in_(kReadBytesFirst) {}

Task<Result<void>> H2Connection::run(std::string opening) {
    received_at_ = loop_.now();
    loop_.at_turn_end(flush_);
    spawn(gate_, write_until_end());
    auto ended = co_await read_until_end(std::move(opening));
    ending_ = true;
    write_timer_.cancel();
    session_.abandon(H2Code::connection_lost);
    stream_->close();
    wake_writer();
    co_await close_and_wait(gate_);
    co_return ended;
}

void H2Connection::close() { stream_->close(); }

void H2Connection::on_output() {
    // What comes of a read is seen to when all of it has been looked at.
    if (!receiving_) loop_.at_turn_end(flush_);
}

Result<void> H2Connection::receive(std::string_view bytes) {
    receiving_ = true;
    auto fine = session_.receive(bytes, received_at_);
    receiving_ = false;
    return fine;
}

/// Frames often answer to what came (settings, pings, windows) without anybody having said so.
void H2Connection::answer(bool drained) {
    // Where there is one stream, nobody else's output is worth waiting for: the end of the turn costs a look at the system's
    // events more.
    if (drained && session_.streams() <= 1) return wake_writer();
    loop_.at_turn_end(flush_);
}

void H2Connection::wake_writer() {
    if (writer_) std::exchange(writer_, nullptr).resume();
}

Task<Result<void>> H2Connection::read_until_end(std::string opening) {
    if (!opening.empty()) {
        if (auto fine = receive(opening); !fine) {
            co_await drop_until_end();
            co_return fine;
        }
        loop_.at_turn_end(flush_);
    }
    while (true) {
        // What thousands of silent connections hold is what counts.
        if (session_.streams() == 0 && in_.size() > kReadBytesFirst) std::vector<char>(kReadBytesFirst).swap(in_);
        auto got = co_await stream_->read_some(in_);
        if (!got) co_return std::move(got).error();
        if (*got == 0) co_return Result<void>{};
        received_at_ = loop_.now();
        if (auto fine = receive({in_.data(), *got}); !fine) {
            co_await drop_until_end();
            co_return fine;
        }
        answer(*got < in_.size());
        if (*got == in_.size() && in_.size() < kReadBytesMax) in_.resize(std::min(2 * in_.size(), kReadBytesMax));
    }
}

/// The peer gets what there is to say about its end, and a moment to read it: unread bytes of its own would cut it off.
Task<void> H2Connection::drop_until_end() {
    session_.abandon(H2Code::connection_lost);
    loop_.at_turn_end(flush_);
    while (true) {
        const auto got = co_await stream_->read_some(in_);
        if (!got || *got == 0) co_return;
    }
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
        if (!session_.pull(out_, kWriteBytesMax)) break;
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
            continue;
        }
        if (session_.done()) break;
        if (out_.capacity() > kIdleWriteBytes) std::string{}.swap(out_);
        co_await OutputWait{*this};
    }
    if (ending_) co_return;
    // Whoever reads until the peer closes, and only then closes himself, does not cut off his own last frames.
    stream_->shutdown_write();
    Timer impatience{loop_.timers(), [this] { stream_->close(); }};
    impatience.arm(loop_.now() + kCloseTimeMax);
    while (!ending_) co_await OutputWait{*this};
}

}  // namespace tw::net
