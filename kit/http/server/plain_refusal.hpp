#pragma once

#include <string>

namespace tw::http {

/// The whole answer to a client that speaks HTTP in the clear at a port of HTTPS: 400 and one sentence.
std::string plain_http_refusal();

}  // namespace tw::http
