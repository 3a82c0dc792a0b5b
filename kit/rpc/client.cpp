#include "kit/rpc/client.hpp"

namespace tw::rpc {

Error no_response() {
    return Error{Code::unimplemented, "NO_MESSAGE", "The call ended without the message that its method promises."};
}

Error too_many_responses() {
    return Error{Code::unimplemented, "TOO_MANY_MESSAGES", "The method promises one message, more came."};
}

}  // namespace tw::rpc
