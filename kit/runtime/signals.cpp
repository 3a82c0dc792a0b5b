#include "kit/runtime/signals.hpp"

#include <csignal>
#include <unistd.h>

namespace tw::runtime {
namespace {

sigset_t ending() {
    sigset_t set;
    ::sigemptyset(&set);
    ::sigaddset(&set, SIGTERM);
    ::sigaddset(&set, SIGINT);
    return set;
}

}  // namespace

void Signals::hold() {
    std::signal(SIGPIPE, SIG_IGN);
    const auto set = ending();
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void Signals::release() {
    const auto set = ending();
    ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
}

int Signals::wait() {
    const auto set = ending();
    int number = 0;
    while (::sigwait(&set, &number) != 0) {
    }
    return number;
}

void Signals::exit_on_next(std::chrono::seconds at_most) {
    struct sigaction action{};
    action.sa_handler = [](int number) { ::_exit(128 + number); };
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    action.sa_handler = [](int) { ::_exit(70); };
    ::sigaction(SIGALRM, &action, nullptr);
    ::alarm(static_cast<unsigned>(at_most.count()));
    release();
}

}  // namespace tw::runtime
