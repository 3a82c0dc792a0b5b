#pragma once

#include "kit/base/result.hpp"

#include <string>
#include <string_view>

/// What becomes of the URL of a receiver. All take absolute URLs.
namespace tw::otlp {

/// The URL with `path` after its own path and before its query: "http://c:4318/in?x=1" and "/v1/traces" make
/// "http://c:4318/in/v1/traces?x=1". A fragment, which is never sent, is dropped.
std::string with_path(std::string_view url, std::string_view path);

/// The URL up to its path.
std::string without_path(std::string_view url);
/// Whether something other than "/" follows the host.
bool has_path_or_query(std::string_view url);

/// What `location` means in an answer from `url` (RFC 9110 §10.2.2): an absolute URL, one without a scheme ("//host/path"), or an
/// absolute path. FAILED_PRECONDITION, with a sentence, for what is not followed: other forms, other schemes, and a way from
/// https to http.
Result<std::string> follow(std::string_view url, std::string_view location);

/// Whether both have the same scheme, host and port (RFC 6454 §4).
bool same_origin(std::string_view a, std::string_view b);

}  // namespace tw::otlp
