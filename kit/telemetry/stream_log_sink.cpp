#include "kit/telemetry/stream_log_sink.hpp"

#include "kit/telemetry/log_line.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace tw::telemetry {
namespace {

/// How long the writer collects lines while they keep coming, so that a busy loop wakes it rarely.
constexpr std::chrono::milliseconds kCollect{5};
constexpr std::chrono::milliseconds kPoll{50};
/// A pipe that poll reports as writable accepts this many bytes (pipe(7), PIPE_BUF), so a write of
/// them cannot block.
constexpr std::size_t kPipeChunkBytes = 4096;
constexpr std::size_t kFileChunkBytes = 64 * 1024;

std::size_t chunk_for(int fd) {
    struct stat info{};
    return ::fstat(fd, &info) == 0 && S_ISREG(info.st_mode) ? kFileChunkBytes : kPipeChunkBytes;
}

}  // namespace

/// The state that the sink and its thread share. It outlives the sink if the thread hangs in a
/// write that never returns.
struct StreamLogSink::Shared {
    Shared(int descriptor, const Clock& time, Options wanted) : fd{descriptor}, clock{time}, options{std::move(wanted)} {}

    const int fd;
    const Clock& clock;
    const Options options;
    std::atomic<bool> abandoned{false};

    std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable settled;
    std::string pending;
    bool idle = false;
    bool hurry = false;
    bool stopping = false;
    bool ended = false;
    std::uint64_t dropped = 0;
    std::uint64_t dropped_untold = 0;

    void append_drop_notice(std::string& batch, std::uint64_t count) const {
        const LogRecord record{.when = clock.now(),
                               .severity = Severity::warn,
                               .service_name = options.service_name,
                               .event = "log.dropped",
                               .attributes = {{"count", count}},
                               .body = "the reader of the log was too slow; lines are missing here"};
        append_log_line(batch, record, options.style);
        batch += '\n';
    }

    /// Writes the text. Returns false if the descriptor accepts no more for good, or the sink was
    /// abandoned.
    bool write_out(std::string_view text) const {
        const auto chunk = chunk_for(fd);
        while (!text.empty()) {
            struct pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
            if (abandoned.load(std::memory_order_relaxed)) return false;
            if (::poll(&ready, 1, static_cast<int>(kPoll.count())) <= 0) continue;
            const auto written = ::write(fd, text.data(), std::min(text.size(), chunk));
            if (written > 0) {
                text.remove_prefix(static_cast<std::size_t>(written));
            } else if (errno != EAGAIN && errno != EINTR) {
                return false;
            }
        }
        return true;
    }
};

StreamLogSink::StreamLogSink(int fd, const Clock& clock, Options options)
    : shared_{std::make_shared<Shared>(fd, clock, std::move(options))}, thread_{[shared = shared_] { run(shared); }} {
    ::pthread_setname_np(thread_.native_handle(), "log");
}

StreamLogSink::~StreamLogSink() {
    std::unique_lock lock{shared_->mutex};
    shared_->stopping = true;
    shared_->wake.notify_all();
    const auto ended = [this] { return shared_->ended; };
    if (!shared_->settled.wait_for(lock, shared_->options.last_flush_max, ended)) {
        shared_->abandoned = true;
        // A stopped terminal can block a write for ever, and the process must still be able to end.
        if (!shared_->settled.wait_for(lock, 2 * kPoll, ended)) {
            lock.unlock();
            thread_.detach();
            return;
        }
    }
    lock.unlock();
    thread_.join();
}

LogStyle StreamLogSink::style() const { return shared_->options.style; }

void StreamLogSink::write(std::string_view line) {
    auto& shared = *shared_;
    const std::lock_guard lock{shared.mutex};
    if (shared.pending.size() + line.size() + 1 > shared.options.buffer_bytes_max) {
        ++shared.dropped;
        ++shared.dropped_untold;
        return;
    }
    shared.pending.append(line);
    shared.pending += '\n';
    if (shared.idle || shared.pending.size() > shared.options.buffer_bytes_max / 2) shared.wake.notify_one();
}

bool StreamLogSink::flush(std::chrono::milliseconds at_most) {
    auto& shared = *shared_;
    std::unique_lock lock{shared.mutex};
    shared.hurry = true;
    shared.wake.notify_one();
    return shared.settled.wait_for(lock, at_most, [&] { return (shared.idle && shared.pending.empty()) || shared.ended; });
}

std::uint64_t StreamLogSink::dropped() const {
    const std::lock_guard lock{shared_->mutex};
    return shared_->dropped;
}

void StreamLogSink::run(const std::shared_ptr<Shared>& shared) {
    // Signals are handled by the thread that waits for them.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);

    std::string batch;
    std::unique_lock lock{shared->mutex};
    while (!shared->stopping || !shared->pending.empty()) {
        if (shared->pending.empty()) {
            shared->idle = true;
            shared->hurry = false;
            shared->settled.notify_all();
            shared->wake.wait(lock, [&] { return shared->stopping || !shared->pending.empty(); });
            shared->idle = false;
            continue;
        }
        batch.clear();
        std::swap(batch, shared->pending);
        const auto missing = std::exchange(shared->dropped_untold, 0);
        lock.unlock();
        if (missing > 0) shared->append_drop_notice(batch, missing);
        const bool written = shared->write_out(batch);
        lock.lock();
        if (!written) shared->dropped += static_cast<std::uint64_t>(std::count(batch.begin(), batch.end(), '\n'));
        if (shared->abandoned) break;
        shared->wake.wait_for(lock, kCollect, [&] {
            return shared->stopping || shared->hurry || shared->pending.size() > shared->options.buffer_bytes_max / 2;
        });
    }
    shared->ended = true;
    shared->settled.notify_all();
}

}  // namespace tw::telemetry
