#include "kit/idempotency/keyed_call.hpp"

#include "kit/idempotency/record/message_bytes.hpp"

namespace tw::idempotency {

void answer_with(const CallContext& ctx, const rpc::Message& answer) {
    if (const auto* const info = rpc::served(ctx); info != nullptr && info->audited != nullptr) info->audited->on_answer(answer);
    if (auto* const call = keyed_call(ctx)) call->set_answer(message_bytes(answer));
}

}  // namespace tw::idempotency
