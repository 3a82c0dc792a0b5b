#pragma once

#include "kit/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::http {

struct ServerLimits;

// The parts of a request's header that decide where the request ends. They are checked before any
// other code reads them. If two readers disagree about the end, requests can be smuggled past a
// proxy. Everything that RFC 9112 calls invalid is therefore refused here, and so is everything
// that it allows a recipient to repair: bare LF, line folding, space before a colon.
//
// These are pure functions. The errors' reasons determine the status (kit/http/problem.hpp), and
// the connection closes after each.

/// Returns the size of the header with its empty line, or 0 when more bytes are needed. `bytes`
/// starts at the request line. `scanned` starts at 0 and remembers how far earlier calls got. Fails
/// with HEADER_TOO_LARGE, URI_TOO_LONG or MALFORMED_REQUEST.
Result<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned, std::size_t header_bytes_max,
                                  std::size_t uri_bytes_max);

/// Whether the text is a valid host, with or without a port (RFC 3986 §3.2): it has no character
/// with another meaning there, a port consists of digits, and brackets stand only around a literal.
/// An empty text is valid, since a target may have no authority (RFC 9112 §3.2).
bool is_host(std::string_view host);

/// Fails with EXPECTATION_FAILED unless the expectation is the only supported one, "100-continue"
/// (RFC 9110 §10.1.1).
Result<void> check_expectation(std::string_view expectation);

/// MALFORMED_REQUEST: the request breaks the grammar of HTTP, as `detail` says.
Error malformed_request(std::string_view detail);

/// BODY_TOO_LARGE: the body has more than `limit` bytes.
Error body_too_large(std::size_t limit);

/// The parts of a header. They are views of the bytes that were scanned.
struct RequestHead {
    std::string_view method;
    /// The path. It starts with "/" (RFC 9112 §3.2.1, also if the target was in absolute form), or
    /// is "*" for OPTIONS.
    std::string_view path;
    /// The query without the "?".
    std::string_view query;
    /// The host of the absolute form if there is one, otherwise of the Host field. It is empty if
    /// HTTP/1.0 has none, or if it was sent empty.
    std::string_view host;
    /// Whether the target had an authority, which replaces the Host field (RFC 9112 §3.2.2).
    bool absolute_form = false;
    bool http_1_1 = true;
    /// Whether the client wants to keep the connection. HTTP/1.0 has to ask for it.
    bool keep_alive = true;
    bool expects_continue = false;
    bool chunked = false;
    std::optional<std::uint64_t> content_length;
};

/// Splits the target of a request whose `head.method` is known (RFC 9112 §3.2). Fails with
/// URI_TOO_LONG, also if the path or the query is too long or has too many parts,
/// METHOD_NOT_IMPLEMENTED or MALFORMED_REQUEST.
Result<void> read_target(std::string_view target, const ServerLimits& limits, RequestHead& head);

/// Checks a whole header, as delimited by find_head_end. Fails with MALFORMED_REQUEST (400),
/// URI_TOO_LONG (414), METHOD_NOT_IMPLEMENTED (501: CONNECT), UNSUPPORTED_TRANSFER_CODING (501),
/// UNSUPPORTED_HTTP_VERSION (505) or EXPECTATION_FAILED (417).
Result<RequestHead> scan_head(std::string_view head, const ServerLimits& limits);

}  // namespace tw::http
