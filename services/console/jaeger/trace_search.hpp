#pragma once

#include "kit/base/result.hpp"
#include "proto/console.pb.h"
#include "services/console/jaeger/url_parameters.hpp"

#include <string>
#include <vector>

namespace tw::console {

/// What /api/traces asks for.
struct JaegerSearch {
    /// If there are any, only these are asked for.
    std::vector<std::string> trace_ids;
    /// The page size is not set.
    ::console::ListTracesRequest request;
    int limit = 0;
};

/// Reads the parameters of /api/traces: service, operation, tag, tags, minDuration, maxDuration,
/// start, end, limit and traceID. Fails with INVALID_ARGUMENT.
Result<JaegerSearch> read_search(const UrlParameters& parameters);

/// Returns 32 lower-case digits for a trace id as Jaeger takes it: fewer digits have zeros before
/// them. Fails with INVALID_ARGUMENT.
Result<std::string> read_trace_id(std::string_view text);

/// The term of a query that a key has exactly this value.
std::string exact_term(std::string_view key, std::string_view value);

/// Reads a whole number; `otherwise` stands for an empty text. Fails with INVALID_ARGUMENT.
Result<std::int64_t> read_whole_number(std::string_view name, std::string_view text, std::int64_t otherwise);

}  // namespace tw::console
