#pragma once

#include "kit/http/message.hpp"
#include "kit/rpc/admission.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/method_policies.hpp"

#include <algorithm>
#include <cctype>

namespace tw::gateway {

/// A call that came in at the HTTP port, with what its policies see of it and say beside its answer. Stays in place until the
/// call has ended.
class PolicedCall {
 public:
    PolicedCall(const rpc::Method& method, const rpc::MethodPolicies& policies, const http::Request& request)
        : info_{method, request_metadata_, initial_metadata_, trailing_metadata_}, admission_{policies, info_} {
        if (policies.reads_metadata) read_metadata(request);
    }
    PolicedCall(const PolicedCall&) = delete;
    PolicedCall& operator=(const PolicedCall&) = delete;

    rpc::CallInfo& info() { return info_; }
    rpc::Admission& admission() { return admission_; }

    /// Adds what the policies said to the answer's header fields.
    void add_fields(http::Response& response) const {
        for (const auto& [name, value] : initial_metadata_) response.headers.add(name, value);
    }

 private:
    void read_metadata(const http::Request& request) {
        for (auto [name, value] : request.headers.fields()) {
            std::ranges::transform(name, name.begin(), [](unsigned char one) { return std::tolower(one); });
            if (!rpc::is_reserved_name(name)) rpc::add_received(request_metadata_, name, value);
        }
    }

    rpc::Metadata request_metadata_;
    rpc::Metadata initial_metadata_;
    rpc::Metadata trailing_metadata_;
    rpc::CallInfo info_;
    rpc::Admission admission_;
};

}  // namespace tw::gateway
