#include "apps/interop/server_load.hpp"

namespace tw::interop {

Task<Result<ServerLoad::Lock>> ServerLoad::lock(const CallContext& ctx) {
    // Another call may take the lock before the call that was woken runs.
    while (locked_) {
        if (ctx.over()) co_return *ctx.over();
        WaitList::Waiter waiter{waiting_, ctx.loop(), ctx.scope()};
        co_await waiter;
    }
    // The lock is also taken if the call has ended in the meantime. The call's next step then
    // fails, and unlocking wakes the next call in the list, which would otherwise not be woken.
    locked_ = true;
    co_return Lock{*this};
}

void ServerLoad::unlock() {
    locked_ = false;
    if (!waiting_.empty()) waiting_.first().wake();
}

}  // namespace tw::interop
