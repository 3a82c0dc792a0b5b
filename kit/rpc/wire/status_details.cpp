#include "kit/rpc/wire/status_details.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>

namespace tw::rpc {
namespace {

/// Packs like PackFrom, but with the entries of maps in the order of their keys. Protobuf otherwise
/// takes another order each time, which gives another size after HPACK's compression, and two runs
/// of a simulation would differ.
void pack_in_order(const google::protobuf::Message& message, google::protobuf::Any& any) {
    any.PackFrom(message);
    std::string bytes;
    {
        google::protobuf::io::StringOutputStream stream{&bytes};
        google::protobuf::io::CodedOutputStream coded{&stream};
        coded.SetSerializationDeterministic(true);
        message.SerializeToCodedStream(&coded);
    }
    any.set_value(std::move(bytes));
}

/// A key in the metadata of ErrorInfo. It is set where Error::retryable differs from the code's
/// default.
constexpr char kRetryable[] = "retryable";
/// A key in the metadata of ErrorInfo. It is set where Error::outcome_open differs from the code's
/// default.
constexpr char kOutcomeOpen[] = "outcome_open";
/// The greatest delay that is read, in seconds. A longer one is read as this one.
constexpr std::int64_t kDelaySecondsMax = 24 * 60 * 60;
/// The greatest sizes of the message and of the violations. On the wire, both together leave half
/// of the usual limit of a caller on metadata (16 KiB) to other fields, because an error whose text
/// or violations are too long must still arrive with its code.
constexpr std::size_t kMessageBytesMax = 1024;
constexpr std::size_t kViolationBytesMax = 3 * 1024;

void add_flag(google::rpc::ErrorInfo& info, const char* name, bool value, bool value_by_code) {
    if (value != value_by_code) (*info.mutable_metadata())[name] = value ? "true" : "false";
}

/// Returns nothing if the peer did not send the flag.
std::optional<bool> flag_in(const google::rpc::ErrorInfo& info, const char* name) {
    const auto found = info.metadata().find(name);
    if (found == info.metadata().end()) return std::nullopt;
    return found->second == "true";
}

void add_error_info(const Error& error, std::string_view domain, google::rpc::Status& status) {
    google::rpc::ErrorInfo info;
    info.set_reason(error.reason());
    info.set_domain(std::string{domain});
    const Error by_code{error.code(), {}, {}};
    add_flag(info, kRetryable, error.retryable(), by_code.retryable());
    add_flag(info, kOutcomeOpen, error.outcome_open(), by_code.outcome_open());
    pack_in_order(info, *status.add_details());
}

void add_violations(const Error& error, google::rpc::Status& status) {
    if (error.violations().empty()) return;
    google::rpc::BadRequest bad;
    std::size_t bytes = 0;
    for (const auto& violation : error.violations()) {
        bytes += violation.pointer.size() + violation.detail.size();
        if (bytes > kViolationBytesMax) break;
        auto& field = *bad.add_field_violations();
        field.set_field(violation.pointer);
        field.set_description(violation.detail);
    }
    status.add_details()->PackFrom(bad);
}

void add_retry_info(const Error& error, google::rpc::Status& status) {
    if (!error.retry_after()) return;
    const auto millis = error.retry_after()->count();
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(millis / 1000);
    retry.mutable_retry_delay()->set_nanos(static_cast<std::int32_t>(millis % 1000 * 1'000'000));
    status.add_details()->PackFrom(retry);
}

/// Returns nothing if the delay is negative.
std::optional<std::chrono::milliseconds> delay_in(const google::rpc::RetryInfo& retry) {
    const auto& delay = retry.retry_delay();
    if (delay.seconds() < 0 || delay.nanos() < 0) return std::nullopt;
    if (delay.seconds() >= kDelaySecondsMax) return std::chrono::seconds{kDelaySecondsMax};
    return std::chrono::milliseconds{delay.seconds() * 1000 + delay.nanos() / 1'000'000};
}

Error with_detail_message(Error error, const google::protobuf::Any& detail) {
    google::rpc::ErrorInfo info;
    google::rpc::BadRequest bad;
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&info)) {
        if (const auto retryable = flag_in(info, kRetryable)) error = std::move(error).with_retryable(*retryable);
        if (const auto open = flag_in(info, kOutcomeOpen)) error = std::move(error).with_outcome_open(*open);
    } else if (detail.UnpackTo(&bad)) {
        for (const auto& field : bad.field_violations()) {
            error = std::move(error).with_violation(field.field(), field.description());
        }
    } else if (detail.UnpackTo(&retry)) {
        if (const auto delay = delay_in(retry)) error = std::move(error).with_retry_after(*delay);
    }
    return error;
}

/// Returns the first ErrorInfo, or an empty one.
google::rpc::ErrorInfo error_info_of(const google::rpc::Status& status) {
    google::rpc::ErrorInfo info;
    for (const auto& detail : status.details()) {
        if (detail.UnpackTo(&info)) return info;
    }
    return {};
}

/// Whether a status of this code leaves the outcome open, if the status does not say so itself. A
/// proxy answers with these two codes in place of a callee that may have done the call.
bool leaves_outcome_open(Code code) { return code == Code::unavailable || code == Code::resource_exhausted; }

}  // namespace

std::string_view status_message(const Error& error) {
    const std::string_view detail = error.detail();
    if (detail.size() <= kMessageBytesMax) return detail;
    // The text is cut between two characters.
    auto end = kMessageBytesMax;
    while (end > 0 && (static_cast<unsigned char>(detail[end]) & 0xc0U) == 0x80U) --end;
    return detail.substr(0, end);
}

std::string encode_details(const Error& error, std::string_view domain) {
    google::rpc::Status status;
    status.set_code(static_cast<std::int32_t>(error.code()));
    status.set_message(std::string{status_message(error)});
    add_error_info(error, domain, status);
    add_violations(error, status);
    add_retry_info(error, status);
    return status.SerializeAsString();
}

Error decode_error(Code code, std::string message, std::string_view details, std::string_view own_domain) {
    google::rpc::Status status;
    if (!status.ParseFromArray(details.data(), static_cast<int>(details.size()))) status.Clear();
    const auto info = error_info_of(status);
    Error error{code, info.reason().empty() ? std::string{code_name(code)} : info.reason(), std::move(message)};
    if (info.domain() != own_domain && leaves_outcome_open(code)) error = std::move(error).with_outcome_open(true);
    for (const auto& detail : status.details()) error = with_detail_message(std::move(error), detail);
    return error;
}

}  // namespace tw::rpc
