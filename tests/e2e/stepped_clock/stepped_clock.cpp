// Loaded with LD_PRELOAD, it adds the seconds in the file STEPPED_CLOCK to the wall clock of the program. The test changes the
// file while the program runs. The monotonic clock stays as it is, as on a real machine.
//
// Nothing here allocates memory or looks up a symbol, since an allocator reads the clock while it starts.

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

namespace {

using Seconds = std::atomic<std::int64_t>;
static_assert(sizeof(Seconds) == sizeof(std::int64_t) && Seconds::is_always_lock_free);

constinit const Seconds* step = nullptr;

__attribute__((constructor)) void map_step() {
    const char* const path = std::getenv("STEPPED_CLOCK");
    if (path == nullptr) return;
    const int file = ::open(path, O_RDONLY | O_CLOEXEC);
    void* const mapped = file < 0 ? MAP_FAILED : ::mmap(nullptr, sizeof(Seconds), PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) std::abort();
    ::close(file);
    step = static_cast<const Seconds*>(mapped);
}

std::int64_t seconds_ahead() { return step == nullptr ? 0 : step->load(std::memory_order_relaxed); }

bool is_wall_clock(clockid_t clock) { return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE; }

}  // namespace

// These take the place of the C library's functions.
extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const auto failed = ::syscall(SYS_clock_gettime, clock, time);
    if (failed == 0 && is_wall_clock(clock)) time->tv_sec += seconds_ahead();
    return static_cast<int>(failed);
}

int gettimeofday(timeval* __restrict time, void* __restrict) noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    *time = {.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1'000};
    return 0;
}

time_t time(time_t* out) noexcept {
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    if (out != nullptr) *out = now.tv_sec;
    return now.tv_sec;
}

}  // extern "C"
