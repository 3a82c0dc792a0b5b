#pragma once

#include "kit/http/fixed_fields.hpp"
#include "kit/http/trusted_proxies.hpp"

namespace tw::http {

/// What a port does beside serving requests if clients of the Internet reach it.
struct EdgeOptions {
    TrustedProxies proxies{};
    /// The fields that all answers have.
    FixedFields fields{};
    /// Whether each request has an id (request_id.hpp).
    bool request_ids = false;
};

}  // namespace tw::http
