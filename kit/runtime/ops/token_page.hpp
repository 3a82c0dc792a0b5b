#pragma once

#include "kit/http/message.hpp"
#include "kit/runtime/callers/process_auth.hpp"

namespace tw::runtime {

/// Answers POST /token of the operations port: signs an access token for development. `role` is
/// customer, support, merchant or operator, and `user` is the id of the user. A process that has no
/// issuer for development answers with FAILED_PRECONDITION (NO_DEVELOPMENT_TOKENS).
http::Response token_page(const ProcessAuth* auth, const http::Request& request);

}  // namespace tw::runtime
