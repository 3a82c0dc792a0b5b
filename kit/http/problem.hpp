#pragma once

#include "kit/async/trace_context.hpp"
#include "kit/base/error.hpp"
#include "kit/http/message.hpp"

#include <string_view>

namespace tw::http {

/// Returns the status for `error`: by its reason if that has one of its own, otherwise by its code.
int http_status(const Error& error);

/// Returns the standard phrase ("Not Found"), or "Unknown" for a status that is never sent here.
std::string_view status_phrase(int status);

/// Returns the error as application/problem+json (RFC 9457): type, title, status, detail, instance,
/// code (the reason), retryable, errors, trace_id. `instance` is the request's path. It is left out
/// when empty, and so is the id of an invalid `trace`. 503 and a 429 that may be retried get
/// Retry-After. 401 gets WWW-Authenticate. The error's cause is never shown.
Response problem(const Error& error, const TraceContext& trace = {}, std::string_view instance = {});

}  // namespace tw::http
