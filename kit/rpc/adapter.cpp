#include "kit/rpc/adapter.hpp"

#include "kit/rpc/reasons.hpp"

namespace tw::rpc {

Result<void> check(const Method& method, const Message& request) {
    std::vector<Violation> violations;
    method.validate(request, violations);
    if (violations.empty()) return {};
    return invalid(std::move(violations));
}

void note_ids(const CallContext& ctx, const Message& request, const Message* response) {
    auto* const call = served(ctx);
    if (call == nullptr || !call->recorded || call->method.telemetry_ids == nullptr) return;
    call->method.telemetry_ids(request, response, call->telemetry_ids);
}

Error malformed_request() {
    return Error{Code::invalid_argument, reason::kMalformedMessage, "The bytes are not a message of the method's request type."};
}

}  // namespace tw::rpc
