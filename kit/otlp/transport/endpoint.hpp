#pragma once

#include "kit/base/result.hpp"

#include <string>
#include <string_view>

/// Functions for the URL of a receiver. All take absolute URLs.
namespace tw::otlp {

/// Inserts `path` after the URL's own path and before its query: "http://c:4318/in?x=1" and
/// "/v1/traces" make "http://c:4318/in/v1/traces?x=1". A fragment, which is never sent, is dropped.
std::string with_path(std::string_view url, std::string_view path);

/// Returns the URL up to its path.
std::string without_path(std::string_view url);
/// Whether the host is followed by anything other than "/".
bool has_path_or_query(std::string_view url);

/// Resolves the `location` of an answer from `url` (RFC 9110 §10.2.2): an absolute URL, one without
/// a scheme ("//host/path"), or an absolute path. Fails with FAILED_PRECONDITION, and a sentence,
/// for redirects that are not followed: other forms, other schemes, and a redirect from https to
/// http.
Result<std::string> follow(std::string_view url, std::string_view location);

/// Whether both have the same scheme, host and port (RFC 6454 §4).
bool same_origin(std::string_view a, std::string_view b);

}  // namespace tw::otlp
