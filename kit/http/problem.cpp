#include "kit/http/problem.hpp"

#include "kit/base/encoding.hpp"
#include "kit/base/json_text.hpp"
#include "kit/base/reasons.hpp"
#include "kit/http/reasons.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace tw::http {
namespace {

struct ReasonStatus {
    std::string_view reason;
    int status;
};

/// Reasons for which HTTP has a more specific status than for their code.
constexpr std::array kReasons{
    ReasonStatus{reason::kVersionMismatch, 412},
    ReasonStatus{"IDEMPOTENCY_KEY_REUSED", 422},
    ReasonStatus{"PAYMENT_DECLINED", 402},
    ReasonStatus{reason::kBodyTooLarge, 413},
    ReasonStatus{reason::kUnsupportedMediaType, 415},
    ReasonStatus{reason::kNotAcceptable, 406},
    ReasonStatus{reason::kHeaderTooLarge, 431},
    ReasonStatus{reason::kUriTooLong, 414},
    ReasonStatus{reason::kMethodNotAllowed, 405},
    ReasonStatus{reason::kExpectationFailed, 417},
    ReasonStatus{reason::kRequestTimeout, 408},
    ReasonStatus{reason::kHostNotAllowed, 421},
    ReasonStatus{reason::kUnsupportedHttpVersion, 505},
    ReasonStatus{reason::kUnsupportedTransferCoding, 501},
};

int status_of(Code code) {
    switch (code) {
        case Code::ok:
            return 200;
        case Code::invalid_argument:
        case Code::failed_precondition:
        case Code::out_of_range:
            return 400;
        case Code::unauthenticated:
            return 401;
        case Code::permission_denied:
            return 403;
        case Code::not_found:
            return 404;
        case Code::already_exists:
        case Code::aborted:
            return 409;
        case Code::resource_exhausted:
            return 429;
        case Code::cancelled:
            return 499;
        case Code::unimplemented:
            return 501;
        case Code::unavailable:
            return 503;
        case Code::deadline_exceeded:
            return 504;
        case Code::unknown:
        case Code::internal:
        case Code::data_loss:
            return 500;
    }
    return 500;
}

void append_violations(std::string& out, const std::vector<Violation>& violations) {
    out += ",\"errors\":[";
    bool first = true;
    for (const auto& violation : violations) {
        if (!std::exchange(first, false)) out += ',';
        out += "{\"pointer\":";
        append_json_string(out, violation.pointer);
        append_json_member(out, "detail", violation.detail);
        out += '}';
    }
    out += ']';
}

/// Returns whole seconds, rounded up: a client that comes back early is refused again (RFC 9110
/// §10.2.3).
std::string retry_after(const Error& error) {
    constexpr std::chrono::seconds kDefault{1};
    const auto delay = error.retry_after() ? std::chrono::ceil<std::chrono::seconds>(*error.retry_after()) : kDefault;
    return std::to_string(std::max<std::int64_t>(1, delay.count()));
}

}  // namespace

int http_status(const Error& error) {
    const auto found = std::ranges::find(kReasons, error.reason(), &ReasonStatus::reason);
    return found != kReasons.end() ? found->status : status_of(error.code());
}

Response problem(const Error& error, const TraceContext& trace, std::string_view instance) {
    Response response;
    response.status = http_status(error);
    response.content_type = "application/problem+json";
    auto& out = response.body;
    out.reserve(256);
    // With "about:blank" the title is the status phrase (RFC 9457 §4.2.1). Problems are
    // distinguished by their code.
    out += R"({"type":"about:blank")";
    append_json_member(out, "title", status_phrase(response.status));
    out += ",\"status\":" + std::to_string(response.status);
    append_json_member(out, "detail", error.detail());
    if (!instance.empty()) append_json_member(out, "instance", instance);
    append_json_member(out, "code", error.reason());
    out += error.retryable() ? ",\"retryable\":true" : ",\"retryable\":false";
    if (!error.violations().empty()) append_violations(out, error.violations());
    if (trace.valid()) {
        std::array<char, 32> id{};
        write_hex(trace.trace_id, id.data());
        append_json_member(out, "trace_id", {id.data(), id.size()});
    }
    out += '}';
    // Retry-After says when the service is back. `retryable` says whether this request may be sent
    // again.
    if (response.status == 503 || (response.status == 429 && error.retryable()))
        response.headers.add("Retry-After", retry_after(error));
    if (response.status == 401) response.headers.add("WWW-Authenticate", "Bearer");
    return response;
}

std::string_view status_phrase(int status) {
    struct Phrase {
        int status;
        std::string_view text;
    };
    static constexpr std::array kPhrases{
        Phrase{200, "OK"},
        Phrase{201, "Created"},
        Phrase{202, "Accepted"},
        Phrase{204, "No Content"},
        Phrase{301, "Moved Permanently"},
        Phrase{302, "Found"},
        Phrase{303, "See Other"},
        Phrase{304, "Not Modified"},
        Phrase{307, "Temporary Redirect"},
        Phrase{308, "Permanent Redirect"},
        Phrase{400, "Bad Request"},
        Phrase{401, "Unauthorized"},
        Phrase{402, "Payment Required"},
        Phrase{403, "Forbidden"},
        Phrase{404, "Not Found"},
        Phrase{405, "Method Not Allowed"},
        Phrase{406, "Not Acceptable"},
        Phrase{408, "Request Timeout"},
        Phrase{409, "Conflict"},
        Phrase{410, "Gone"},
        Phrase{412, "Precondition Failed"},
        Phrase{413, "Content Too Large"},
        Phrase{414, "URI Too Long"},
        Phrase{415, "Unsupported Media Type"},
        Phrase{417, "Expectation Failed"},
        Phrase{421, "Misdirected Request"},
        Phrase{422, "Unprocessable Content"},
        Phrase{428, "Precondition Required"},
        Phrase{429, "Too Many Requests"},
        Phrase{431, "Request Header Fields Too Large"},
        Phrase{499, "Client Closed Request"},
        Phrase{500, "Internal Server Error"},
        Phrase{501, "Not Implemented"},
        Phrase{502, "Bad Gateway"},
        Phrase{503, "Service Unavailable"},
        Phrase{504, "Gateway Timeout"},
        Phrase{505, "HTTP Version Not Supported"},
    };
    const auto found = std::ranges::find(kPhrases, status, &Phrase::status);
    return found != kPhrases.end() ? found->text : "Unknown";
}

}  // namespace tw::http
