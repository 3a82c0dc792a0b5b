#pragma once

#include "kit/rpc/policy.hpp"
#include "kit/runtime/module.hpp"
#include "kit/runtime/policies.hpp"

#include <memory>
#include <vector>

namespace tw::gateway {

/// Returns the usual policies of a program with a gateway, for runtime::Program::policies:
/// runtime::server_policies for the calls that modules serve, and edge_policies for the HTTP port.
///
/// A program with policies of its own writes its lists itself. Each list is a function that begins
/// with the usual list and adds to it.
runtime::PolicyLists default_policies();

/// Returns the usual policies of the HTTP port: CORS, authentication and authorization, the rate
/// limit, compressed answers, and conditional requests.
/// Requests meet the first policy first, and answers meet it last. A policy that the gateway's
/// settings turn off is not in the list.
std::vector<std::unique_ptr<rpc::Policy>> edge_policies(runtime::LoopHost& host);

/// Makes the policy that lets pages of other origins use the API from a browser, by the settings
/// http.cors_origins and others. Returns null if no origin is allowed.
std::unique_ptr<rpc::Policy> make_cors(runtime::LoopHost& host);
/// Makes the limit of calls for each caller and method, by the settings
/// http.requests_per_second_max and http.requests_burst_max. Returns null if there is no
/// limit.
std::unique_ptr<rpc::Policy> make_rate_limit(runtime::LoopHost& host);
/// Makes the policy that compresses answers, by the setting http.gzip_bytes_min. Returns null if
/// none is compressed.
std::unique_ptr<rpc::Policy> make_gzip_answers(runtime::LoopHost& host);
/// Makes the policy that adds the ETag to answers, and enforces If-Match and If-None-Match.
std::unique_ptr<rpc::Policy> make_conditional_requests();

}  // namespace tw::gateway
