#include "services/console/endpoints/export_answer.hpp"

#include "kit/base/json_text.hpp"
#include "proto/google/rpc/status.pb.h"

#include <array>
#include <opentelemetry/proto/collector/trace/v1/trace_service.pb.h>

#include <fmt/format.h>

namespace tw::console {

std::string export_answer(const Accepted& accepted) {
    // The answers for metrics and logs have the same fields with the same numbers.
    opentelemetry::proto::collector::trace::v1::ExportTraceServiceResponse answer;
    if (accepted.rejected > 0 || !accepted.reason.empty()) {
        auto& partial = *answer.mutable_partial_success();
        partial.set_rejected_spans(static_cast<std::int64_t>(accepted.rejected));
        partial.set_error_message(accepted.reason);
    }
    return answer.SerializeAsString();
}

std::string export_answer_json(telemetry::Signal signal, const Accepted& accepted) {
    if (accepted.rejected == 0 && accepted.reason.empty()) return "{}";
    constexpr std::array<std::string_view, 3> kNames{"rejectedSpans", "rejectedDataPoints", "rejectedLogRecords"};
    auto json = fmt::format(R"({{"partialSuccess":{{"{}":"{}","errorMessage":)", kNames[static_cast<std::size_t>(signal)],
                            accepted.rejected);
    append_json_string(json, accepted.reason);
    return json + "}}";
}

std::string status_bytes(const Error& error) {
    google::rpc::Status status;
    status.set_code(static_cast<int>(error.code()));
    status.set_message(error.detail());
    return status.SerializeAsString();
}

std::string status_json(const Error& error) {
    auto json = fmt::format(R"({{"code":{},"message":)", static_cast<int>(error.code()));
    append_json_string(json, error.detail());
    return json + "}";
}

}  // namespace tw::console
