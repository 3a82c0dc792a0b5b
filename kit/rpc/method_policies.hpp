#pragma once

#include "kit/rpc/policy.hpp"

#include <span>
#include <string_view>
#include <vector>

namespace tw::rpc {

/// The policies that take part in the calls of one method, in the order of their list.
struct MethodPolicies {
    std::vector<Policy*> before;
    std::vector<Policy*> around;
    bool reads_metadata = false;
    /// The names of the metadata that the policies read. Empty if they read none, or may read any.
    std::vector<std::string_view> metadata_names{};
    /// Whether all policies that read metadata name it, and also look for it among what is lent.
    bool reads_lent_metadata = false;

    /// Chooses the policies that take part in the calls of `method`. `policies` must outlive the
    /// result.
    static MethodPolicies of(std::span<Policy* const> policies, const Method& method);
};

}  // namespace tw::rpc
