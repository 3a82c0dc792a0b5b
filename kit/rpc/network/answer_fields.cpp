#include "kit/rpc/network/answer_fields.hpp"

#include "kit/base/encoding.hpp"
#include "kit/rpc/wire/grpc_wire.hpp"
#include "kit/rpc/wire/status_details.hpp"

#include <charconv>

namespace tw::rpc {
namespace {

/// Returns the number that all of `text` is, or `otherwise`.
int number_in(std::string_view text, int otherwise) {
    int number = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, failure] = std::from_chars(text.data(), last, number);
    return failure == std::errc{} && end == last ? number : otherwise;
}

/// Returns the pushback. A text that is no number means "do not retry" (gRFC A6).
std::chrono::milliseconds parse_pushback(std::string_view text) {
    constexpr int kMost = 24 * 3600 * 1000;
    const int number = number_in(text, -1);
    return std::chrono::milliseconds{number <= kMost ? number : -1};
}

/// Whether a proxy or a server sends this status only for requests that it has not passed on. 502,
/// 503 and 504 may also replace an answer that was lost.
bool is_refusal(int http_status) { return http_status == 401 || http_status == 403 || http_status == 404; }

}  // namespace

bool AnswerFields::take(std::string_view name, std::string_view value) {
    if (name == ":status") {
        http_status_ = number_in(value, 0);
    } else if (name == "content-type") {
        if (!is_grpc_content_type(value)) foreign_type_ = value;
    } else if (name == "grpc-status") {
        grpc_status_ = number_in(value, static_cast<int>(Code::unknown));
    } else if (name == "grpc-message") {
        message_ = decode_status_message(value);
    } else if (name == "grpc-status-details-bin") {
        details_ = base64_decode(value).value_or(std::string{});
    } else if (name == "grpc-encoding") {
        encoding_ = value;
    } else if (name == "grpc-retry-pushback-ms") {
        pushback_ = parse_pushback(value);
    } else {
        return false;
    }
    return true;
}

Result<void> AnswerFields::status(std::string_view callee, std::string_view own_domain) const {
    if (!grpc_status_) {
        const auto code = http_status_ == 200 ? Code::unknown : code_from_http_status(http_status_);
        auto cause = "HTTP status " + std::to_string(http_status_);
        if (!foreign_type_.empty()) cause += ", content-type " + foreign_type_;
        return Error{code, std::string{code_name(code)}, std::string{callee} + " did not send a gRPC status."}
            .with_cause(std::move(cause))
            .with_outcome_open(!is_refusal(http_status_));
    }
    if (*grpc_status_ == 0) return {};
    return decode_error(code_from_number(*grpc_status_), message_, details_, own_domain);
}

}  // namespace tw::rpc
