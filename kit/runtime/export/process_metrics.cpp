#include "kit/runtime/export/process_metrics.hpp"

#include "kit/runtime/export/runtime_metrics.hpp"

#include <chrono>
#include <cstdint>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace tw::runtime {
namespace {

double seconds(const timeval& time) {
    constexpr double kMicros = 1e-6;
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * kMicros;
}

/// What the process has in physical memory (proc(5), statm).
double resident_bytes() {
    std::ifstream statm{"/proc/self/statm"};
    std::uint64_t total_pages = 0;
    std::uint64_t resident_pages = 0;
    statm >> total_pages >> resident_pages;
    return static_cast<double>(resident_pages) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

double open_files() {
    const char* const folder = "/proc/self/fd";
    // Linux gives the number as the folder's size since 6.2; counting thousands would take the loop
    // a while.
    struct stat status{};
    if (::stat(folder, &status) == 0 && status.st_size > 0) return static_cast<double>(status.st_size);
    std::error_code error;
    double count = 0;
    for (std::filesystem::directory_iterator each{folder, error}, end; !error && each != end; each.increment(error)) ++count;
    return count;
}

/// CPU time of the calling thread.
std::chrono::nanoseconds thread_cpu_time() {
    timespec time{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec};
}

/// The share of time that its thread has been running since it was asked last.
class Utilization {
 public:
    double read() {
        const auto now = std::chrono::steady_clock::now();
        const auto cpu = thread_cpu_time();
        const auto passed = now - asked_;
        const auto share = passed.count() > 0 ? std::chrono::duration<double>(cpu - cpu_) / passed : 0.0;
        asked_ = now;
        cpu_ = cpu;
        return share;
    }

 private:
    SteadyTime asked_ = std::chrono::steady_clock::now();
    std::chrono::nanoseconds cpu_{0};
};

}  // namespace

void observe_process(telemetry::Meter& meter, const WorkerPool& workers) {
    const auto user = meter.counter(kProcessCpuTime, {{"cpu.mode", "user"}});
    const auto system = meter.counter(kProcessCpuTime, {{"cpu.mode", "system"}});
    const auto memory = meter.counter(kProcessMemoryUsage);
    const auto files = meter.counter(kProcessOpenFiles);
    const auto uptime = meter.counter(kProcessUptime);
    const auto queued = meter.counter(kWorkersQueued);
    const auto started = std::chrono::steady_clock::now();
    meter.on_collect([=, &workers] {
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        user.set(seconds(usage.ru_utime));
        system.set(seconds(usage.ru_stime));
        memory.set(resident_bytes());
        files.set(open_files());
        uptime.set(std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count());
        queued.set(static_cast<double>(workers.queued()));
    });
}

void observe_loop(telemetry::Meter& meter, const EventLoop& loop, std::size_t index) {
    const auto lag = meter.counter(kLoopLag, {{"tw.loop.index", static_cast<std::int64_t>(index)}});
    const auto utilization = meter.counter(kLoopUtilization, {{"tw.loop.index", static_cast<std::int64_t>(index)}});
    meter.on_collect([=, &loop, busy = Utilization{}]() mutable {
        lag.set(std::chrono::duration<double>(loop.lag()).count());
        utilization.set(busy.read());
    });
}

void observe_readiness(telemetry::Meter& meter, const Module& module, const HealthRegistry& health) {
    const auto ready = meter.counter(kModuleReady);
    // Before the process serves, its modules are being prepared on another thread and are not
    // asked.
    meter.on_collect([=, &module, &health] { ready.set(health.serving() && module.health().ready ? 1 : 0); });
}

}  // namespace tw::runtime
