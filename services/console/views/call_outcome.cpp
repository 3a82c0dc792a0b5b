#include "services/console/views/call_outcome.hpp"

#include "kit/base/error.hpp"
#include "services/console/query.hpp"
#include "services/console/views/span_texts.hpp"

#include <optional>

namespace tw::console {
namespace {

/// OpenTelemetry counts these as errors of the server (semantic conventions for gRPC).
bool is_fault_of_server(Code code) {
    switch (code) {
        case Code::unknown:
        case Code::deadline_exceeded:
        case Code::unimplemented:
        case Code::internal:
        case Code::unavailable:
        case Code::data_loss:
            return true;
        default:
            return false;
    }
}

/// Senders write the name or the number.
std::optional<Code> grpc_code(const Attribute& attribute) {
    if (const auto* name = std::get_if<std::string_view>(&attribute.value); name != nullptr && *name == "OK") return Code::ok;
    const auto text = value_text(attribute);
    for (int number = 0; number <= 16; ++number) {
        const auto code = static_cast<Code>(number);
        if (text == code_name(code) || text == std::to_string(number)) return code;
    }
    return std::nullopt;
}

std::optional<CallOutcome> outcome_by_http(const SpanRecord& span) {
    for (const auto key : {"http.response.status_code", "http.status_code"}) {
        const auto* attribute = find_attribute(span.attributes, key);
        const auto* status = attribute == nullptr ? nullptr : std::get_if<std::int64_t>(&attribute->value);
        if (status == nullptr || *status < 400) continue;
        return *status < 500 ? CallOutcome::refused : CallOutcome::error;
    }
    return std::nullopt;
}

std::optional<CallOutcome> outcome_by_grpc(const SpanRecord& span) {
    for (const auto key : {"rpc.response.status_code", "rpc.grpc.status_code"}) {
        const auto* attribute = find_attribute(span.attributes, key);
        const auto code = attribute == nullptr ? std::nullopt : grpc_code(*attribute);
        if (!code || *code == Code::ok) continue;
        return is_fault_of_server(*code) ? CallOutcome::error : CallOutcome::refused;
    }
    return std::nullopt;
}

}  // namespace

CallOutcome outcome_of(const SpanRecord& span) {
    if (const auto outcome = outcome_by_http(span)) return *outcome;
    if (const auto outcome = outcome_by_grpc(span)) return *outcome;
    return span.status == kStatusOfError ? CallOutcome::error : CallOutcome::ok;
}

std::string_view outcome_name(CallOutcome outcome) {
    switch (outcome) {
        case CallOutcome::refused:
            return "refused";
        case CallOutcome::error:
            return "error";
        default:
            return "ok";
    }
}

}  // namespace tw::console
