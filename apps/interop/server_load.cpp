#include "apps/interop/server_load.hpp"

namespace tw::interop {

Task<Result<ServerLoad::Lock>> ServerLoad::lock(const CallContext& ctx) {
    // Somebody else may have been quicker than who was woken.
    while (locked_) {
        if (ctx.over()) co_return *ctx.over();
        WaitList::Waiter waiter{waiting_, ctx.loop(), ctx.scope()};
        co_await waiter;
    }
    // Also where the call has ended in the meantime: its next step fails, and the lock goes to the next in the list, who
    // would otherwise not be woken.
    locked_ = true;
    co_return Lock{*this};
}

void ServerLoad::unlock() {
    locked_ = false;
    if (!waiting_.empty()) waiting_.first().wake();
}

}  // namespace tw::interop
