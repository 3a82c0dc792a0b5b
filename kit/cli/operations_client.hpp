#pragma once

#include "kit/cli/reachable.hpp"
#include "kit/http/client.hpp"
#include "kit/runtime/ops_settings.hpp"
#include "kit/runtime/process_settings.hpp"

#include <string>

namespace tw::cli {

/// Returns the URL of a path of the operations port that the configuration names. The port uses TLS
/// if it has a certificate.
inline http::Url operations_url(const runtime::Config& config, std::string target) {
    return {.tls = !runtime::ops_settings(config).certificate.empty(),
            .address = reachable(runtime::runtime_settings(config).ops),
            .target = std::move(target)};
}

/// Adds the token of the operations port to a request, if the configuration has one.
inline void add_operations_token(const runtime::Config& config, http::ClientRequest& request) {
    const auto token = runtime::ops_settings(config).token;
    if (!token.empty()) request.headers.add("authorization", "Bearer " + token.reveal());
}

}  // namespace tw::cli
