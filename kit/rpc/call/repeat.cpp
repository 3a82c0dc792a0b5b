#include "kit/rpc/call/repeat.hpp"

#include <utility>

namespace tw::rpc {

bool is_repeatable(const Method& method, const CallContext& ctx) {
    switch (method.idempotency) {
        case Idempotency::safe:
        case Idempotency::idempotent:
            return true;
        case Idempotency::keyed:
            return !ctx.attributes().idempotency_key.empty();
        case Idempotency::none:
            return false;
    }
    return false;
}

Error forbid_unsafe_retry(Error error, const Method& method, const CallContext& ctx) {
    if (!error.retryable() || !error.outcome_open() || is_repeatable(method, ctx)) return error;
    return std::move(error).with_retryable(false);
}

}  // namespace tw::rpc
