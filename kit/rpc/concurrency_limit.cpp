#include "kit/rpc/concurrency_limit.hpp"

#include "kit/rpc/reasons.hpp"
#include "kit/rpc/standard_method.hpp"

namespace tw::rpc {

Policy::Part ConcurrencyLimit::part_in(const Method& method) const { return {.before = !is_standard(method)}; }

ValueTask<Result<void>> ConcurrencyLimit::before(const CallContext&, CallInfo&) {
    if (count_->fetch_add(1, std::memory_order_relaxed) >= calls_max_) {
        count_->fetch_sub(1, std::memory_order_relaxed);
        return Error{Code::unavailable, reason::kOverloaded, "The limit of concurrent calls is reached; try again."};
    }
    return {};
}

void ConcurrencyLimit::after(CallInfo&) noexcept { count_->fetch_sub(1, std::memory_order_relaxed); }

}  // namespace tw::rpc
