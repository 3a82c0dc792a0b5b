#pragma once

#include "kit/base/result.hpp"
#include "kit/http/message.hpp"

namespace tw::console {

/// Whether the method may change something: any but GET, HEAD and OPTIONS.
bool changes_something(const http::Request& request);

/// Accepts a request that changes something only from the console's own page, since pages of other
/// sites can send requests to a local port, too. It needs the field X-Tradewind-Console, which such
/// pages cannot send, and a body of the type application/json. A browser must say that the request
/// comes from the same origin. Fails with PERMISSION_DENIED, reason CROSS_SITE_REQUEST.
Result<void> check_same_origin(const http::Request& request);

}  // namespace tw::console
