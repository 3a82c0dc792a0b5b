#include "apps/interop/server_load.hpp"

namespace tw::interop {

Task<Result<ServerLoad::Word>> ServerLoad::take_word(const CallContext& ctx) {
    // Somebody else may have been quicker than who was woken.
    while (taken_) {
        if (ctx.over()) co_return *ctx.over();
        WaitList::Waiter waiter{waiting_, ctx.loop(), ctx.scope()};
        co_await waiter;
    }
    // Also where the call has ended in the meantime: its next step fails, and the word goes to the next in the list, who
    // would otherwise not be woken.
    taken_ = true;
    co_return Word{*this};
}

void ServerLoad::give_back() {
    taken_ = false;
    if (!waiting_.empty()) waiting_.first().wake();
}

}  // namespace tw::interop
