#include "benchmarks/measured.hpp"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <iostream>
#include <sys/resource.h>

namespace tw::bench {
namespace {

sigset_t signals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&set, signal);
    return set;
}

}  // namespace

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

void block_signals() {
    const auto set = signals();
    pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void serve_until_told(const std::function<void()>& report) {
    const auto set = signals();
    int signal = SIGUSR1;
    while (signal == SIGUSR1) {
        sigwait(&set, &signal);
        report();
        std::fflush(stdout);
    }
}

int take_orders(const std::function<bool(Order)>& run) {
    for (Order order{}; std::cin >> order.in_flight >> order.calls;) {
        const auto cpu_before = cpu_seconds();
        const auto started = std::chrono::steady_clock::now();
        if (!run(order)) {
            std::fprintf(stderr, "not every call was answered as it should be\n");
            return 1;
        }
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - started;
        std::printf("%.6f %.6f\n", cpu_seconds() - cpu_before, took.count());
        std::fflush(stdout);
    }
    return 0;
}

}  // namespace tw::bench
