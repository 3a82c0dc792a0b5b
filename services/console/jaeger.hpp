#pragma once

#include "services/console/archive.hpp"

#include <string>
#include <string_view>

namespace tw::console {

/// An answer in Jaeger's form, whether the request succeeded or not. The body is JSON.
struct JaegerAnswer {
    int http_status = 200;
    std::string body;
};

/// Answers a GET request to Jaeger's query API, so that Grafana's Jaeger data source and other
/// clients of Jaeger can use the console: /api/services, /api/services/{service}/operations,
/// /api/operations, /api/traces, /api/traces/{id} and /api/dependencies. `path` begins with
/// "/api/", and `query` is what follows the question mark; both are as they stand in the URL.
/// Another path gets 404. It blocks as the archive does.
JaegerAnswer answer_jaeger(Archive& archive, std::string_view path, std::string_view query);

}  // namespace tw::console
