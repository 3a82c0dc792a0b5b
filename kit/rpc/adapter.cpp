#include "kit/rpc/adapter.hpp"

#include "kit/rpc/reasons.hpp"

namespace tw::rpc {

Result<void> check(const Method& method, const Message& request) {
    std::vector<Violation> violations;
    method.validate(request, violations);
    if (violations.empty()) return {};
    return invalid(std::move(violations));
}

Error malformed_request() {
    return Error{Code::invalid_argument, reason::kMalformedMessage, "The bytes are no message of the method's request type."};
}

}  // namespace tw::rpc
