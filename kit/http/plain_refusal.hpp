#pragma once

#include <string>

namespace tw::http {

/// Returns the whole answer to a client that speaks HTTP without TLS to a port of HTTPS: 400 and
/// one sentence.
std::string plain_http_refusal();

}  // namespace tw::http
