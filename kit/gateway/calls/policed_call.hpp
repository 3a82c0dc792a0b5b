#pragma once

#include "kit/auth/challenge.hpp"
#include "kit/http/message.hpp"
#include "kit/http/text.hpp"
#include "kit/rpc/admission.hpp"
#include "kit/rpc/metadata.hpp"
#include "kit/rpc/method_policies.hpp"

#include <algorithm>
#include <cctype>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <boost/container/small_vector.hpp>

namespace tw::gateway {

/// Header fields as metadata, without copies. Few requests have more that policies read.
using LentFields = boost::container::small_vector<std::pair<std::string_view, std::string_view>, 2>;

/// Returns which of the names a header field has, in the writing of the list; empty if none.
inline std::string_view name_of(std::string_view field, std::span<const std::string_view> names) {
    const auto same = [field](std::string_view name) {
        if (field.size() != name.size() || field.empty()) return false;
        // Only the first letter of a field is often a capital.
        return field.substr(1) == name.substr(1) ? http::equals_ignoring_case(field.substr(0, 1), name.substr(0, 1))
                                                 : http::equals_ignoring_case(field, name);
    };
    const auto found = std::ranges::find_if(names, same);
    return found == names.end() ? std::string_view{} : *found;
}

/// Adds the header fields of these names. None of the names ends in "-bin", whose values would have
/// to be decoded.
inline void lend_fields(const http::Request& request, std::span<const std::string_view> names, LentFields& lent) {
    for (const auto& [field, value] : request.headers.fields()) {
        if (const auto name = name_of(field, names); !name.empty()) lent.emplace_back(name, value);
    }
}

/// Returns the header fields that the policies of a call read, as metadata.
inline rpc::Metadata metadata_of(const http::Request& request, const rpc::MethodPolicies& policies) {
    rpc::Metadata metadata;
    const auto& names = policies.metadata_names;
    if (!policies.reads_metadata) return metadata;
    if (!names.empty()) {
        for (const auto& [field, value] : request.headers.fields()) {
            if (const auto name = name_of(field, names); !name.empty()) rpc::add_received(metadata, name, value);
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
    /// `request` must outlive the object.
    PolicedCall(const rpc::Method& method, const rpc::MethodPolicies& policies, const http::Request& request)
        : info_{method, request_metadata_, initial_metadata_, trailing_metadata_}, admission_{policies, info_} {
        if (policies.reads_lent_metadata) {
            lend_fields(request, policies.metadata_names, lent_);
            info_.lent_metadata = {lent_.data(), lent_.size()};
        } else {
            request_metadata_ = metadata_of(request, policies);
        }
    }
    PolicedCall(const PolicedCall&) = delete;
    PolicedCall& operator=(const PolicedCall&) = delete;

    rpc::CallInfo& info() { return info_; }
    rpc::Admission& admission() { return admission_; }

    /// Returns the metadata of the answer that policies set.
    const rpc::Metadata& answer_metadata() const { return initial_metadata_; }

 private:
    LentFields lent_;
    rpc::Metadata request_metadata_;
    rpc::Metadata initial_metadata_;
    rpc::Metadata trailing_metadata_;
    rpc::CallInfo info_;
    rpc::Admission admission_;
};

}  // namespace tw::gateway
