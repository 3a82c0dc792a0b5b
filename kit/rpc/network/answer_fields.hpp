#pragma once

#include "kit/base/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace tw::rpc {

/// What the fields of an answer say about how the call went; the rest of them is metadata. Without I/O.
class AnswerFields {
 public:
    /// False where the field is none of those that are meant for this.
    bool take(std::string_view name, std::string_view value);

    int http_status() const { return http_status_; }
    /// As the head says: what follows are gRPC's messages, and not the page of a proxy.
    bool is_grpc() const { return http_status_ == 200 && foreign_type_.empty(); }
    bool has_status() const { return grpc_status_.has_value(); }
    /// The call's, for what `callee` is called, by a program with `own_domain` (ChannelOptions::error_domain); what HTTP's status
    /// stands for where gRPC's did not come (grpc/doc/http-grpc-status-mapping.md).
    Result<void> status(std::string_view callee, std::string_view own_domain) const;
    /// "grpc-encoding"; empty where it did not come.
    const std::string& encoding() const { return encoding_; }
    /// "grpc-retry-pushback-ms" (gRFC A6); negative for whatever is no number.
    const std::optional<std::chrono::milliseconds>& pushback() const { return pushback_; }

 private:
    int http_status_ = 0;
    /// A "content-type" that is not gRPC's.
    std::string foreign_type_;
    std::string encoding_;
    std::optional<int> grpc_status_;
    std::string message_;
    std::string details_;
    std::optional<std::chrono::milliseconds> pushback_;
};

}  // namespace tw::rpc
