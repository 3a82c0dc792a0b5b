#include "kit/runtime/standard_error.hpp"

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

namespace tw::runtime {
namespace {

/// How long a reader of standard error may take to make room, where it is set not to block.
constexpr int kReaderTimeMaxMs = 1'000;

/// Keeps the signal about a pipe that nobody reads from the process, and takes back one that came
/// meanwhile.
class WithoutPipeSignal {
 public:
    WithoutPipeSignal() {
        ::sigemptyset(&pipe_);
        ::sigaddset(&pipe_, SIGPIPE);
        sigset_t pending;
        ::sigpending(&pending);
        was_pending_ = ::sigismember(&pending, SIGPIPE) == 1;
        ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
    }
    WithoutPipeSignal(const WithoutPipeSignal&) = delete;
    WithoutPipeSignal& operator=(const WithoutPipeSignal&) = delete;
    ~WithoutPipeSignal() {
        const timespec at_once{};
        if (!was_pending_) ::sigtimedwait(&pipe_, nullptr, &at_once);
        ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

 private:
    sigset_t pipe_;
    sigset_t before_;
    bool was_pending_ = false;
};

}  // namespace

void keep_standard_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) >= 0) continue;
        // The lowest number that is free is the one that is missing, since those below are open by
        // now.
        if (::open("/dev/null", O_RDWR) < 0) return;
    }
}

void write_error(std::string_view text) {
    const WithoutPipeSignal quiet;
    while (!text.empty()) {
        const auto written = ::write(STDERR_FILENO, text.data(), text.size());
        if (written > 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            struct pollfd ready{.fd = STDERR_FILENO, .events = POLLOUT, .revents = 0};
            if (::poll(&ready, 1, kReaderTimeMaxMs) <= 0) return;
        } else if (errno != EINTR) {
            return;
        }
    }
}

}  // namespace tw::runtime
