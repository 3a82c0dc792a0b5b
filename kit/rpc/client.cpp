#include "kit/rpc/client.hpp"

#include "kit/rpc/reasons.hpp"

namespace tw::rpc {

Error no_response() {
    return Error{Code::unimplemented, reason::kNoMessage, "The call ended without the message that its method returns."}
        .with_outcome_open(true);
}

Error too_many_responses() {
    return Error{Code::unimplemented, reason::kTooManyMessages, "The method returns one message, but more were sent."}
        .with_outcome_open(true);
}

}  // namespace tw::rpc
