#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"

#include <string>
#include <string_view>

namespace tw::http {

/// An absolute http or https URL (RFC 9110 §4.2), taken apart as a client needs it.
struct Url {
    /// https.
    bool tls = false;
    /// With the scheme's port (80, 443) where the URL names none.
    net::Address address;
    /// Path and query as the request line has them; "/" where the URL has neither.
    std::string target = "/";

    /// INVALID_ARGUMENT for anything else, also with a user or characters that no URL has. A fragment is dropped.
    static Result<Url> parse(std::string_view text);
};

}  // namespace tw::http
