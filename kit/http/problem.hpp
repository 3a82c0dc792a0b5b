#pragma once

#include "kit/async/trace_context.hpp"
#include "kit/base/error.hpp"
#include "kit/http/message.hpp"

#include <string_view>

namespace tw::http {

/// The status that tells a client of `error`: by its reason where that has one of its own, else by its code.
int http_status(const Error& error);

/// The standard phrase ("Not Found"); "Unknown" for a status that nobody here sends.
std::string_view status_phrase(int status);

/// The error as application/problem+json (RFC 9457): type, title, status, detail, instance, code (the reason), retryable,
/// errors, trace_id. `instance` is the request's path and is left out when empty, as is the id of an invalid `trace`.
/// 503 gets Retry-After, and so does a 429 that may be retried; 401 gets WWW-Authenticate. The cause is never told.
Response problem(const Error& error, const TraceContext& trace = {}, std::string_view instance = {});

}  // namespace tw::http
