#pragma once

#include "kit/auth/challenge.hpp"
#include "kit/http/message.hpp"
#include "kit/http/text.hpp"
#include "kit/rpc/admission.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/method_policies.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace tw::gateway {

/// Returns the header fields that the policies of a call read, as metadata.
inline rpc::Metadata metadata_of(const http::Request& request, const rpc::MethodPolicies& policies) {
    rpc::Metadata metadata;
    const auto& names = policies.metadata_names;
    if (!policies.reads_metadata) return metadata;
    if (!names.empty()) {
        for (const auto& [field, value] : request.headers.fields()) {
            const auto same = [&field](std::string_view name) { return http::equals_ignoring_case(field, name); };
            const auto read = std::ranges::find_if(names, same);
            if (read != names.end()) rpc::add_received(metadata, *read, value);
        }
        return metadata;
    }
    for (auto [name, value] : request.headers.fields()) {
        std::ranges::transform(name, name.begin(), [](unsigned char one) { return std::tolower(one); });
        if (!rpc::is_reserved_name(name)) rpc::add_received(metadata, name, value);
    }
    return metadata;
}

/// Adds the challenge of a refusal for want of a token, or for a token that permits too little
/// (RFC 6750 §3).
inline void add_challenge(const Error& error, http::Response& response) {
    const auto challenge = auth::challenge_of(error);
    if (!challenge.empty()) response.headers.replace("WWW-Authenticate", std::string{challenge});
}

/// Adds the metadata that policies set to the header fields of a response.
inline void add_fields(const rpc::Metadata& metadata, http::Response& response) {
    for (const auto& [name, value] : metadata) response.headers.add(name, value);
}

/// A call in JSON at the HTTP port, with the metadata that its policies read and write. The object
/// is not moved until the call has ended.
class PolicedCall {
 public:
    PolicedCall(const rpc::Method& method, const rpc::MethodPolicies& policies, const http::Request& request)
        : info_{method, request_metadata_, initial_metadata_, trailing_metadata_}, admission_{policies, info_} {
        request_metadata_ = metadata_of(request, policies);
    }
    PolicedCall(const PolicedCall&) = delete;
    PolicedCall& operator=(const PolicedCall&) = delete;

    rpc::CallInfo& info() { return info_; }
    rpc::Admission& admission() { return admission_; }

    /// Returns the metadata of the answer that policies set.
    const rpc::Metadata& answer_metadata() const { return initial_metadata_; }

 private:
    rpc::Metadata request_metadata_;
    rpc::Metadata initial_metadata_;
    rpc::Metadata trailing_metadata_;
    rpc::CallInfo info_;
    rpc::Admission admission_;
};

}  // namespace tw::gateway
