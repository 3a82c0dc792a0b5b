#pragma once

#include "kit/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tw::http {

// What of a request's header decides where the request ends, judged before anything else reads it. Two readers that
// disagree about that are how requests are smuggled past a proxy, so whatever RFC 9112 calls invalid is refused here, and
// so is what it merely lets a recipient repair: bare LF, line folding, space before a colon. Pure functions; the errors'
// reasons decide the status (kit/http/problem.hpp), and the connection closes after each.

/// The size of the header with its empty line; 0 when more bytes are needed. `scanned` starts at 0 and remembers how far
/// earlier calls got. `bytes` starts at the request line. HEADER_TOO_LARGE, URI_TOO_LONG, MALFORMED_REQUEST.
Result<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned, std::size_t header_bytes_max,
                                  std::size_t uri_bytes_max);

/// Whether it can be a host, with a port or without (RFC 3986 §3.2): no character that would mean something else there, nothing
/// but digits for a port, and brackets around a literal only. Empty where a target has no authority (RFC 9112 §3.2).
bool is_host(std::string_view host);

/// EXPECTATION_FAILED unless the client expects just what is kept here: to be told to go on (RFC 9110 §10.1.1).
Result<void> check_expectation(std::string_view expectation);

/// MALFORMED_REQUEST: the request breaks the grammar of HTTP, as `detail` says.
Error malformed_request(std::string_view detail);

/// BODY_TOO_LARGE: the body has more than `limit` bytes.
Error body_too_large(std::size_t limit);

/// The parts are views of the bytes that were scanned.
struct RequestHead {
    std::string_view method;
    /// Starts with "/" (RFC 9112 §3.2.1, also out of an absolute form), or is "*" for OPTIONS.
    std::string_view path;
    /// Without the "?".
    std::string_view query;
    /// Of the absolute form where that came, else of the Host field; empty with HTTP/1.0 only, or where it was sent empty.
    std::string_view host;
    /// The target had an authority, which takes the place of the Host field (RFC 9112 §3.2.2).
    bool absolute_form = false;
    bool http_1_1 = true;
    /// What the client wants; HTTP/1.0 has to ask for it.
    bool keep_alive = true;
    bool expects_continue = false;
    bool chunked = false;
    std::optional<std::uint64_t> content_length;
};

/// Takes the target of a request apart whose `head.method` is known (RFC 9112 §3.2). URI_TOO_LONG, METHOD_NOT_IMPLEMENTED,
/// MALFORMED_REQUEST.
Result<void> read_target(std::string_view target, std::size_t uri_bytes_max, RequestHead& head);

/// Judges a whole header, as find_head_end delimited it. MALFORMED_REQUEST (400), URI_TOO_LONG (414), METHOD_NOT_IMPLEMENTED
/// (501: TRACE and CONNECT), UNSUPPORTED_TRANSFER_CODING (501), UNSUPPORTED_HTTP_VERSION (505), EXPECTATION_FAILED (417).
Result<RequestHead> scan_head(std::string_view head, std::size_t uri_bytes_max);

}  // namespace tw::http
