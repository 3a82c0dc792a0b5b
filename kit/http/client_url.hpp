#pragma once

#include "kit/base/result.hpp"
#include "kit/net/address.hpp"

#include <string>
#include <string_view>

namespace tw::http {

/// The parts of an absolute http or https URL (RFC 9110 §4.2) that a client needs.
struct Url {
    /// Whether the scheme is https.
    bool tls = false;
    /// Host and port. The port is the scheme's (80, 443) if the URL has none.
    net::Address address;
    /// Path and query in the form of the request line, or "/" if the URL has neither.
    std::string target = "/";

    /// Parses a URL. Fails with INVALID_ARGUMENT for any other text, including a URL with a user or
    /// with characters that no URL has. A fragment is dropped.
    static Result<Url> parse(std::string_view text);
};

}  // namespace tw::http
