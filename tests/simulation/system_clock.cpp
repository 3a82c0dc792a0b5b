// The functions of the C library that read a clock or sleep, in place of its own. This program
// exports them, so that the libraries that it uses call them, too.
#include "tests/simulation/system_clock.hpp"

#include "kit/base/simulated_machine.hpp"

#include <cerrno>
#include <chrono>
#include <ctime>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <fmt/format.h>

namespace tw::shop {
namespace {

using std::chrono::duration_cast;
using std::chrono::nanoseconds;
using std::chrono::seconds;

std::uint64_t sleeps = 0;

void count_sleep() noexcept {
    if (SimulatedMachine::current() != nullptr) ++sleeps;
}

timespec split(nanoseconds time) noexcept {
    const auto whole = duration_cast<seconds>(time);
    return {.tv_sec = whole.count(), .tv_nsec = (time - whole).count()};
}

/// Reads the clock of the simulation, or that of the machine. The CPU time that a run takes is
/// always the real one, because it is measured for the report.
int read_clock(clockid_t clock, timespec* time) noexcept {
    if (const auto* machine = SimulatedMachine::current(); machine != nullptr) {
        switch (clock) {
            case CLOCK_REALTIME:
            case CLOCK_REALTIME_COARSE:
                *time = split(std::chrono::microseconds{machine->now().unix_micros()});
                return 0;
            case CLOCK_MONOTONIC:
            case CLOCK_MONOTONIC_COARSE:
            case CLOCK_MONOTONIC_RAW:
            case CLOCK_BOOTTIME:
                *time = split(machine->steady_now().time_since_epoch());
                return 0;
            default:
                break;
        }
    }
    return static_cast<int>(::syscall(SYS_clock_gettime, clock, time));
}

}  // namespace

std::vector<std::string> wrong_clocks() {
    std::vector<std::string> wrong;
    const auto now = std::chrono::microseconds{SimulatedMachine::current()->now().unix_micros()};
    const auto check = [&](std::string_view name, bool right) {
        if (!right) wrong.push_back(fmt::format("{} does not tell the time of the simulation", name));
    };
    check("steady_clock", std::chrono::steady_clock::now() == SimulatedMachine::current()->steady_now());
    check("system_clock", duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch()) == now);
    check("time()", std::time(nullptr) == duration_cast<seconds>(now).count());
    timeval day{};
    ::gettimeofday(&day, nullptr);
    check("gettimeofday()", seconds{day.tv_sec} + std::chrono::microseconds{day.tv_usec} == now);
    return wrong;
}

std::uint64_t real_sleeps() { return sleeps; }

}  // namespace tw::shop

extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept { return tw::shop::read_clock(clock, time); }

int gettimeofday(timeval* __restrict time, void* __restrict) noexcept {
    timespec now{};
    if (tw::shop::read_clock(CLOCK_REALTIME, &now) != 0) return -1;
    *time = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1'000};
    return 0;
}

time_t time(time_t* stored) noexcept {
    timespec now{};
    tw::shop::read_clock(CLOCK_REALTIME, &now);
    if (stored != nullptr) *stored = now.tv_sec;
    return now.tv_sec;
}

int clock_nanosleep(clockid_t clock, int flags, const timespec* wanted, timespec* left) {
    tw::shop::count_sleep();
    return ::syscall(SYS_clock_nanosleep, clock, flags, wanted, left) == 0 ? 0 : errno;
}

int nanosleep(const timespec* wanted, timespec* left) {
    tw::shop::count_sleep();
    return static_cast<int>(::syscall(SYS_nanosleep, wanted, left));
}
}
