#include "kit/http/server/framing.hpp"

#include "kit/base/text_words.hpp"
#include "kit/http/reasons.hpp"
#include "kit/http/server.hpp"
#include "kit/http/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tw::http {
namespace {

/// Space for the longest method in use, and for the version.
constexpr std::size_t kRequestLineRest = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error uri_too_long(std::size_t limit) {
    return {Code::invalid_argument, reason::kUriTooLong,
            "the request's target is longer than " + std::to_string(limit) + " bytes"};
}

/// The values of the fields read so far, which are judged when all have been read.
struct Fields {
    int hosts = 0;
    int transfer_encodings = 0;
    bool close = false;
    bool keep_alive = false;
    std::string_view host;
    std::string_view expect;
};

Result<void> read_content_length(std::string_view value, RequestHead& head) {
    // A repeated field is refused even if the values agree: nobody sends that in good faith (RFC
    // 9112 §6.3 allows to refuse it).
    if (head.content_length) return malformed_request("Content-Length is given twice");
    std::uint64_t length = 0;
    const auto [end, failure] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (value.empty() || !std::ranges::all_of(value, is_digit)) return malformed_request("Content-Length is not a number");
    // A number that is too large for its type is too large for any limit.
    head.content_length = failure == std::errc{} && end == value.data() + value.size() ? length : UINT64_MAX;
    return {};
}

Result<void> read_transfer_encoding(std::string_view value, RequestHead& head, Fields& fields) {
    if (fields.transfer_encodings++ > 0) return malformed_request("Transfer-Encoding is given twice");
    if (equals_ignoring_case(value, "chunked")) {
        head.chunked = true;
        return {};
    }
    int chunked = 0;
    bool last = false;
    for_each_element(value, [&](std::string_view coding) {
        last = equals_ignoring_case(coding, "chunked");
        chunked += last ? 1 : 0;
    });
    if (chunked > 1 || (chunked == 1 && !last))
        return malformed_request("chunked must be the last transfer coding, once (RFC 9112 section 6.1)");
    return Error{Code::unimplemented, reason::kUnsupportedTransferCoding, "the only supported transfer coding is chunked"};
}

void read_connection(std::string_view value, Fields& fields) {
    for_each_element(value, [&](std::string_view option) {
        fields.close |= equals_ignoring_case(option, "close");
        fields.keep_alive |= equals_ignoring_case(option, "keep-alive");
    });
}

Result<void> read_field(std::string_view name, std::string_view value, RequestHead& head, Fields& fields) {
    switch (name.size()) {
        case 4:
            if (!equals_ignoring_case(name, "host")) break;
            if (++fields.hosts > 1) return malformed_request("Host is given twice");
            fields.host = value;
            break;
        case 6:
            if (equals_ignoring_case(name, "expect")) fields.expect = value;
            break;
        case 10:
            if (equals_ignoring_case(name, "connection")) read_connection(value, fields);
            break;
        case 14:
            if (equals_ignoring_case(name, "content-length")) return read_content_length(value, head);
            break;
        case 17:
            if (equals_ignoring_case(name, "transfer-encoding")) return read_transfer_encoding(value, head, fields);
            break;
        default:
            break;
    }
    return {};
}

Result<void> read_fields(std::string_view lines, RequestHead& head, Fields& fields) {
    while (!lines.empty()) {
        const auto end = lines.find("\r\n");
        const auto line = lines.substr(0, end);
        lines.remove_prefix(end + 2);
        if (line.empty()) return {};
        if (line.front() == ' ' || line.front() == '\t')
            return malformed_request("folded header lines are not accepted (RFC 9112 section 5.2)");
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) return malformed_request("a header line has no colon");
        // This check also catches a space before the colon (RFC 9112 §5.1).
        if (!is_token(line.substr(0, colon)))
            return malformed_request("a header field's name has characters that are not allowed");
        if (!is_field_value(line.substr(colon + 1))) return malformed_request("a header's value has control characters");
        if (auto read = read_field(line.substr(0, colon), trimmed(line.substr(colon + 1)), head, fields); !read) return read;
    }
    return malformed_request("the header does not end");
}

constexpr std::array<bool, 256> kHostTable = [] {
    std::array<bool, 256> table{};
    for (std::size_t c = 0x21; c < 0x7f; ++c) table[c] = true;
    for (const char c : std::string_view{"/?#@\\\"<>^`{|},"}) table[static_cast<unsigned char>(c)] = false;
    return table;
}();

/// Whether all characters are visible ASCII, and there is no fragment.
bool is_target(std::string_view target) {
    using namespace text_words;
    const auto has_odd = [](std::uint64_t word) {
        return any_beyond_ascii(word | marks_below(word, 0x21) | marks_equal(word, 0x7f) | marks_equal(word, '#'));
    };
    target.remove_prefix(skip_words(target, has_odd));
    return std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

Result<void> read_request_line(std::string_view line, RequestHead& head, const ServerLimits& limits) {
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || last == first || line.find(' ', first + 1) != last) {
        return malformed_request("the request line must be METHOD TARGET VERSION with single spaces");
    }
    head.method = line.substr(0, first);
    if (!is_token(head.method)) return malformed_request("the method has characters that are not allowed");
    const auto version = line.substr(last + 1);
    if (version.size() != 8 || !version.starts_with("HTTP/") || !is_digit(version[5]) || version[6] != '.' ||
        !is_digit(version[7])) {
        return malformed_request("the version must look like HTTP/1.1");
    }
    if (version != "HTTP/1.1" && version != "HTTP/1.0") {
        return Error{Code::unimplemented, reason::kUnsupportedHttpVersion,
                     "this port supports HTTP/1.1 and HTTP/1.0 in a request line"};
    }
    head.http_1_1 = version == "HTTP/1.1";
    const auto target = line.substr(first + 1, last - first - 1);
    return read_target(target, limits, head);
}

Error too_many_parts(std::string_view what, std::size_t most) {
    return {Code::invalid_argument, reason::kUriTooLong, std::string{what} + std::to_string(most)};
}

/// Checks how long the path and the query are, and how many parts they have.
Result<void> check_parts(const RequestHead& head, const ServerLimits& limits) {
    if (head.path.size() > limits.path_bytes_max) return too_many_parts("the path has more bytes than ", limits.path_bytes_max);
    if (head.query.size() > limits.query_bytes_max)
        return too_many_parts("the query has more bytes than ", limits.query_bytes_max);
    const auto has_more = [](std::string_view text, char separator, std::size_t most) {
        std::size_t at = 0;
        for (std::size_t found = 0; (at = text.find(separator, at)) != std::string_view::npos; ++at) {
            if (++found > most) return true;
        }
        return false;
    };
    if (has_more(head.path, '/', limits.path_segments_max))
        return too_many_parts("the path has more segments than ", limits.path_segments_max);
    if (has_more(head.query, '&', limits.query_parameters_max - 1))
        return too_many_parts("the query has more parameters than ", limits.query_parameters_max);
    return {};
}

/// Checks the rules that concern several fields (RFC 9112 §3.2, §6.1, §6.3, §9.3; RFC 9110
/// §10.1.1).
Result<void> settle(const Fields& fields, RequestHead& head) {
    if (fields.hosts == 0 && head.http_1_1) return malformed_request("Host is missing");
    if (!is_host(fields.host)) return malformed_request("Host is invalid");
    if (!head.absolute_form) head.host = fields.host;
    if (head.chunked && head.content_length) return malformed_request("Content-Length and Transfer-Encoding exclude each other");
    if (head.chunked && !head.http_1_1) return malformed_request("HTTP/1.0 has no Transfer-Encoding");
    head.keep_alive = head.http_1_1 ? !fields.close : fields.keep_alive && !fields.close;
    if (head.http_1_1 && !fields.expect.empty()) {
        if (auto kept = check_expectation(fields.expect); !kept) return kept;
        head.expects_continue = true;
    }
    return {};
}

}  // namespace

Error malformed_request(std::string_view detail) {
    return {Code::invalid_argument, reason::kMalformedRequest, std::string{detail}};
}

Error body_too_large(std::size_t limit) {
    return {Code::invalid_argument, reason::kBodyTooLarge, "the body is larger than " + std::to_string(limit) + " bytes"};
}

bool is_host(std::string_view host) {
    if (host.empty()) return true;
    if (!std::ranges::all_of(host, [](char c) { return kHostTable[static_cast<unsigned char>(c)]; })) return false;
    std::string_view name;
    std::string_view port;
    if (host.front() == '[') {
        const auto end = host.find(']');
        if (end == std::string_view::npos) return false;
        name = host.substr(1, end - 1);
        port = host.substr(end + 1);
    } else {
        const auto end = std::min(host.find(':'), host.size());
        name = host.substr(0, end);
        port = host.substr(end);
    }
    if (name.empty() || name.find_first_of("[]") != std::string_view::npos) return false;
    return port.empty() || (port.front() == ':' && std::ranges::all_of(port.substr(1), is_digit));
}

Result<void> check_expectation(std::string_view expectation) {
    if (equals_ignoring_case(expectation, "100-continue")) return {};
    return Error{Code::invalid_argument, reason::kExpectationFailed, "the only supported expectation is 100-continue"};
}

Result<void> read_target(std::string_view target, const ServerLimits& limits, RequestHead& head) {
    if (target.size() > limits.uri_bytes_max) return uri_too_long(limits.uri_bytes_max);
    if (head.method == "CONNECT") {
        // The target of CONNECT is not a path, so there is no resource whose methods a 405 could
        // list (RFC 9110 §9.3.6, §15.5.6, §15.6.2). TRACE has a path, and the code that knows the
        // path's methods refuses it.
        return Error{Code::unimplemented, "METHOD_NOT_IMPLEMENTED", std::string{head.method} + " is not supported"};
    }
    if (target.empty() || !is_target(target)) {
        return malformed_request("the target has characters that must be percent-encoded");
    }
    if (target == "*") {
        if (head.method != "OPTIONS") return malformed_request("only OPTIONS may have the target *");
        head.path = target;
        return {};
    }
    if (target.front() != '/') {
        // The authority of an absolute form replaces the Host field.
        const auto scheme = target.find("://");
        if (scheme == std::string_view::npos || !(equals_ignoring_case(target.substr(0, scheme), "http") ||
                                                  equals_ignoring_case(target.substr(0, scheme), "https"))) {
            return malformed_request("the target must be a path or an http URL");
        }
        target.remove_prefix(scheme + 3);
        const auto end = std::min(target.find_first_of("/?"), target.size());
        head.host = target.substr(0, end);
        if (head.host.empty() || !is_host(head.host)) return malformed_request("the target's host is invalid");
        head.absolute_form = true;
        target.remove_prefix(end);
    }
    const auto question = std::min(target.find('?'), target.size());
    head.path = question == 0 ? "/" : target.substr(0, question);
    head.query = question < target.size() ? target.substr(question + 1) : std::string_view{};
    return check_parts(head, limits);
}

Result<std::size_t> find_head_end(std::string_view bytes, std::size_t& scanned, std::size_t header_bytes_max,
                                  std::size_t uri_bytes_max) {
    if (bytes.empty()) return 0;
    if (!is_token_char(bytes.front())) return malformed_request("a request starts with its method");
    const auto too_large = [&] {
        return Error{Code::invalid_argument, reason::kHeaderTooLarge,
                     "the request's header is longer than " + std::to_string(header_bytes_max) + " bytes"};
    };
    while (true) {
        const auto newline = bytes.find('\n', scanned);
        if (newline == std::string_view::npos) break;
        if (bytes[newline - 1] != '\r') return malformed_request("lines end in CR and LF");
        scanned = newline + 1;
        // The line is empty if the line before it ended right before this CR.
        if (newline < 2 || bytes[newline - 2] != '\n') continue;
        if (scanned > header_bytes_max) return too_large();
        return scanned;
    }
    scanned = bytes.size();
    if (bytes.size() > uri_bytes_max + kRequestLineRest && bytes.find('\n') == std::string_view::npos)
        return uri_too_long(uri_bytes_max);
    if (bytes.size() > header_bytes_max) return too_large();
    return 0;
}

Result<RequestHead> scan_head(std::string_view head, const ServerLimits& limits) {
    RequestHead result;
    Fields fields;
    const auto line_end = head.find("\r\n");
    if (line_end == std::string_view::npos) return malformed_request("the request line does not end");
    if (auto read = read_request_line(head.substr(0, line_end), result, limits); !read) return read.error();
    if (auto read = read_fields(head.substr(line_end + 2), result, fields); !read) return read.error();
    if (auto settled = settle(fields, result); !settled) return settled.error();
    return result;
}

}  // namespace tw::http
