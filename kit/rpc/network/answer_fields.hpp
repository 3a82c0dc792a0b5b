#pragma once

#include "kit/base/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tw::rpc {

/// Takes those fields of an answer that say how the call went. All other fields are metadata. The
/// class does no I/O.
class AnswerFields {
 public:
    /// Returns false if the field is not one of those, so that it is metadata.
    bool take(std::string_view name, std::string_view value);

    int http_status() const { return http_status_; }
    /// Whether the head announces messages of gRPC, and not for example a proxy's page.
    bool is_grpc() const { return http_status_ == 200 && foreign_type_.empty(); }
    bool has_status() const { return grpc_status_.has_value(); }
    /// Returns the call's status. `callee` is the name of the callee in errors, and `own_domain` is
    /// ChannelOptions::error_domain. Without a gRPC status, the HTTP status determines the code
    /// (grpc/doc/http-grpc-status-mapping.md).
    Result<void> status(std::string_view callee, std::string_view own_domain) const;
    /// The value of "grpc-encoding". Empty if the field did not come.
    const std::string& encoding() const { return encoding_; }
    /// The value of "grpc-retry-pushback-ms" (gRFC A6). Negative if it is not a number.
    const std::optional<std::chrono::milliseconds>& pushback() const { return pushback_; }

 private:
    int http_status_ = 0;
    /// The "content-type", if it is not gRPC's.
    std::string foreign_type_;
    std::string encoding_;
    std::optional<int> grpc_status_;
    std::string message_;
    std::string details_;
    std::optional<std::chrono::milliseconds> pushback_;
};

}  // namespace tw::rpc
