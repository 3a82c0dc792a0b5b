#include "kit/runtime/signals.hpp"

#include <csignal>
#include <ctime>
#include <unistd.h>

namespace tw::runtime {
namespace {

sigset_t waited_for() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGINT);
    ::sigaddset(&set, SIGHUP);
    return set;
}

}  // namespace

void Signals::hold() {
    for (const int ignored : {SIGPIPE, SIGXFSZ, SIGUSR1, SIGUSR2}) std::signal(ignored, SIG_IGN);
    const auto set = waited_for();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void Signals::release() {
    const auto set = waited_for();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

std::optional<int> Signals::wait_for(std::chrono::milliseconds time) {
    const auto set = waited_for();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(time);
    const timespec limit{.tv_sec = seconds.count(), .tv_nsec = std::chrono::nanoseconds{time - seconds}.count()};
    const int number = ::sigtimedwait(&set, nullptr, &limit);
    if (number < 0) return std::nullopt;
    return number;
}

void Signals::exit_on_next(std::chrono::seconds at_most) {
    struct sigaction action{};
    action.sa_handler = [](int number) { ::_exit(128 + number); };
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    std::signal(SIGHUP, SIG_IGN);
    action.sa_handler = [](int) { ::_exit(70); };
    ::sigaction(SIGALRM, &action, nullptr);
    ::alarm(static_cast<unsigned>(at_most.count()));
    release();
}

}  // namespace tw::runtime
