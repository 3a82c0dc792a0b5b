#include "kit/async/thread_priority.hpp"

#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace tw {
namespace {

constexpr int kBackgroundNice = 10;

}  // namespace

void lower_thread_priority() {
    // A process may always lower a priority, so these do not fail. If they did, the thread would go
    // on as before.
    const sched_param none{};
    static_cast<void>(::sched_setscheduler(0, SCHED_BATCH, &none));
    static_cast<void>(::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kBackgroundNice));
}

}  // namespace tw
