#pragma once

#include "kit/base/result.hpp"
#include "kit/http/message.hpp"
#include "kit/http/server.hpp"
#include "kit/runtime/config.hpp"
#include "kit/runtime/secret_file.hpp"

#include <memory>

namespace tw::runtime {

/// Checks the token of requests to the operations port. Probes need none: health and readiness tell
/// nothing else. It belongs to one loop.
class OpsAccess {
 public:
    /// By ops.token. If the token is in a file, the file is read again when it changes.
    explicit OpsAccess(const Config& config);

    /// Fails with UNAUTHENTICATED, reason OPS_TOKEN, if the request must have the token and has
    /// not.
    Result<void> check(const http::Request& request);

 private:
    SecretFile token_;
};

/// Returns `handler`, which gets the requests that `access` lets pass.
http::Handler with_access(std::shared_ptr<OpsAccess> access, http::Handler handler);

}  // namespace tw::runtime
