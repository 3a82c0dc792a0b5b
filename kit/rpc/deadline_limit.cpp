#include "kit/rpc/deadline_limit.hpp"

#include "kit/rpc/standard_method.hpp"

namespace tw::rpc {

Policy::Part DeadlineLimit::part_in(const Method& method) const { return {.before = method.deadline < kNoTimeLimit}; }

ValueTask<Result<void>> DeadlineLimit::before(const CallContext& ctx, CallInfo& call) {
    call.deadline = Deadline::after(ctx.loop().now(), call.method.deadline);
    return {};
}

}  // namespace tw::rpc
